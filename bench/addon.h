// What the addons of peers/ and of ladder/ share: reading JavaScript's arguments, and being loaded.
#pragma once
#include <node_api.h>

#include <initializer_list>

namespace {

/** The arguments of a call. */
struct Arguments {
  napi_env env;
  napi_value of[10];

  Arguments(napi_env env, napi_callback_info info) : env(env) {
    size_t count = 10;
    napi_get_cb_info(env, info, &count, of, nullptr, nullptr);
  }
  int whole(int i) const {
    int32_t n = 0;
    napi_get_value_int32(env, of[i], &n);
    return n;
  }
  bool truth(int i) const {
    bool truth = false;
    napi_get_value_bool(env, of[i], &truth);
    return truth;
  }
  /** Of a typed array. */
  template <class Number>
  Number* data(int i) const {
    void* data = nullptr;
    napi_get_typedarray_info(env, of[i], nullptr, nullptr, &data, nullptr, nullptr);
    return static_cast<Number*>(data);
  }
};

struct Function {
  const char* name;
  napi_callback call;
};

napi_value exported(napi_env env, napi_value exports, std::initializer_list<Function> functions) {
  for (const auto& [name, call] : functions) {
    napi_value function;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function);
    napi_set_named_property(env, exports, name, function);
  }
  return exports;
}

}  // namespace

/** Defines what Node calls when it loads the addon. */
#define EXPORTS(...)                                                                    \
  extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1( \
      napi_env env, napi_value exports) {                                               \
    return exported(env, exports, {__VA_ARGS__});                                       \
  }
