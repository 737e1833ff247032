// What the addons of libraries share: threads(n), chosen(), and errors that JavaScript catches.
#pragma once
#include <exception>

#include "../addon.h"

namespace {

// Each library has its own.
void useThreads(int n);
const char* chosenKernels();

/** The call, but what it throws is thrown in JavaScript. */
template <napi_callback call>
napi_value orError(napi_env env, napi_callback_info info) {
  try {
    return call(env, info);
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
    return nullptr;
  }
}

napi_value threads(napi_env env, napi_callback_info info) {
  useThreads(Arguments(env, info).whole(0));
  return nullptr;
}

napi_value chosen(napi_env env, napi_callback_info) {
  napi_value value;
  napi_create_string_utf8(env, chosenKernels(), NAPI_AUTO_LENGTH, &value);
  return value;
}

}  // namespace

/** Defines what Node calls when it loads the addon of a library. */
#define LIBRARY(...) EXPORTS({"threads", threads}, {"chosen", chosen}, __VA_ARGS__)
