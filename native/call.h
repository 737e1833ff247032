/**
 * One call from JavaScript: its arguments, checked as they are read. The raw Node-API, not its C++ wrapper, because a
 * call on a few hundred numbers should not spend most of its time here.
 */
#pragma once
#include <node_api.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

/** What a call is refused with: the sentence of a JavaScript error. */
struct Refusal {
  bool isType;  // TypeError, else RangeError
  std::string sentence;
};

template <class Number>
struct Span {
  Number* data;
  size_t size;
};
using Floats = Span<float>;
using Ints = Span<int32_t>;
/** Float32 or int32, for what only moves. */
struct Words {
  uint32_t* data;
  size_t size;
  bool isFloat;
};

class Call {
 public:
  Call(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = most;
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, arguments_, nullptr, &data);
    data_ = data;
  }

  napi_env env() const { return env_; }
  void* data() const { return data_; }
  const char* name = "";

  Floats floats(const char* argument) {
    const Words words = array(argument, 1u << napi_float32_array, "a Float32Array");
    return {reinterpret_cast<float*>(words.data), words.size};
  }
  Ints ints(const char* argument) {
    const Words words = array(argument, 1u << napi_int32_array, "an Int32Array");
    return {reinterpret_cast<int32_t*>(words.data), words.size};
  }
  Words words(const char* argument) {
    return array(argument, 1u << napi_float32_array | 1u << napi_int32_array,
                 "a Float32Array or an Int32Array");
  }

  double number(const char* argument) {
    double value;
    if (napi_get_value_double(env_, arguments_[at_++], &value) != napi_ok) {
      refuse(true, std::string(argument) + " is not a number; want a number");
    }
    return value;
  }
  /** A whole number of at least `low`. */
  int64_t whole(const char* argument, double low) {
    const double value = number(argument);
    if (!(value >= low && value <= 9007199254740992.0 && value == std::floor(value))) {
      refuse(false, std::string(argument) + " is " + text(value) + "; want a whole number" +
                        (low == 0 ? " of at least 0" : ""));
    }
    return int64_t(value);
  }
  size_t count(const char* argument) { return size_t(whole(argument, 0)); }
  ptrdiff_t stride(const char* argument) {
    return ptrdiff_t(whole(argument, -9007199254740992.0));
  }
  bool truth(const char* argument) {
    bool value;
    if (napi_get_value_bool(env_, arguments_[at_++], &value) != napi_ok) {
      refuse(true, std::string(argument) + " is not a boolean; want true or false");
    }
    return value;
  }

  /** Refuses an array that is shorter than what the call reaches. */
  void needs(const char* argument, size_t size, double wanted) const {
    if (double(size) < wanted) {
      refuse(false, std::string(argument) + " has " + text(double(size)) +
                        " numbers; want at least " + text(wanted));
    }
  }
  [[noreturn]] void refuse(bool isType, const std::string& what) const {
    throw Refusal{isType, std::string(name) + ": " + what};
  }
  static std::string text(double value) {
    if (value == std::floor(value) && std::fabs(value) < 1e15) return std::to_string(int64_t(value));
    return std::to_string(value);
  }

 private:
  static constexpr size_t most = 16;

  Words array(const char* argument, unsigned types, const char* wanted) {
    const napi_value value = arguments_[at_++];
    napi_typedarray_type type;
    size_t size;
    void* data;
    if (napi_get_typedarray_info(env_, value, &type, &size, &data, nullptr, nullptr) != napi_ok) {
      refuse(true, std::string(argument) + " is not a typed array; want " + wanted);
    }
    if ((types >> type & 1) == 0) {
      static const char* const names[] = {"an Int8Array",     "a Uint8Array",   "a Uint8ClampedArray",
                                          "an Int16Array",    "a Uint16Array",  "an Int32Array",
                                          "a Uint32Array",    "a Float32Array", "a Float64Array",
                                          "a BigInt64Array", "a BigUint64Array"};
      const char* const given = size_t(type) < 11 ? names[type] : "another typed array";
      refuse(true, std::string(argument) + " is " + given + "; want " + wanted);
    }
    return {static_cast<uint32_t*>(data), data == nullptr ? 0 : size, type == napi_float32_array};
  }

  napi_env env_;
  void* data_;
  napi_value arguments_[most];
  size_t at_ = 0;
};
