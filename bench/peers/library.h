// What the addons of libraries share: threads(n), chosen(), timeAgain(runs), and errors that
// JavaScript catches.
#pragma once
#include <chrono>
#include <exception>
#include <functional>
#include <utility>

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

/** What was run last, to be timed without the way from JavaScript. */
std::function<void()> last;

void runRepeatable(std::function<void()> work) {
  last = std::move(work);
  last();
}

/** Nanoseconds of so many more runs. */
napi_value timeAgain(napi_env env, napi_callback_info info) {
  const int runs = Arguments(env, info).whole(0);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < runs; i++) last();
  const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
  napi_value value;
  napi_create_double(env, taken.count(), &value);
  return value;
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
#define LIBRARY(...) \
  EXPORTS({"threads", threads}, {"chosen", chosen}, {"timeAgain", orError<timeAgain>}, __VA_ARGS__)
