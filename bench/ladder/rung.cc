// Lets JavaScript call one rung: built together with one file of matmul/ or conv2d/, with KERNEL
// naming which.
#include <utility>

#include "../addon.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define HEADER_OF(x) TEXT(x.h)
#include HEADER_OF(KERNEL)

namespace {

/** Sizes follow the three arrays, in the order of the rung's arguments. */
template <class... Sizes>
void callWith(const Arguments& of, void (*rung)(const float*, const float*, float*, Sizes...)) {
  [&]<size_t... i>(std::index_sequence<i...>) {
    rung(of.data<float>(0), of.data<float>(1), of.data<float>(2), Sizes(of.whole(3 + i))...);
  }
  (std::index_sequence_for<Sizes...>());
}

napi_value run(napi_env env, napi_callback_info info) {
  callWith(Arguments(env, info), KERNEL);
  return nullptr;
}

}  // namespace

EXPORTS({"run", run})
