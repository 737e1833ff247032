// Lets JavaScript call one rung: built together with one file of matmul/ or conv2d/, with KERNEL
// naming which.
#include <node_api.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define HEADER_OF(x) TEXT(x.h)
#include HEADER_OF(KERNEL)

namespace {

float* floatsAt(napi_env env, napi_value value) {
  void* data = nullptr;
  napi_get_typedarray_info(env, value, nullptr, nullptr, &data, nullptr, nullptr);
  return static_cast<float*>(data);
}

/** Sizes follow the three arrays, in the order of the rung's arguments. */
template <class... Sizes>
void callWith(void (*rung)(const float*, const float*, float*, Sizes...), napi_env env,
              napi_value* given) {
  size_t next = 3;
  const auto size = [&] {
    int64_t n = 0;
    napi_get_value_int64(env, given[next++], &n);
    return size_t(n);
  };
  const float* a = floatsAt(env, given[0]);
  const float* b = floatsAt(env, given[1]);
  float* y = floatsAt(env, given[2]);
  struct Run {
    // Braces keep the order of the arguments.
    Run(void (*rung)(const float*, const float*, float*, Sizes...), const float* a, const float* b,
        float* y, Sizes... sizes) {
      rung(a, b, y, sizes...);
    }
  };
  Run{rung, a, b, y, Sizes(size())...};
}

napi_value call(napi_env env, napi_callback_info info) {
  napi_value given[8];
  size_t count = 8;
  napi_get_cb_info(env, info, &count, given, nullptr, nullptr);
  callWith(KERNEL, env, given);
  return nullptr;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(
    napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "run", NAPI_AUTO_LENGTH, call, nullptr, &function);
  napi_set_named_property(env, exports, "run", function);
  return exports;
}
