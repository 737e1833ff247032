/** One call of a kernel: its arguments, from JavaScript or from a plan, checked as they are read.
 */
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/** What a call is refused with: the sentence of a JavaScript error. */
struct Refusal {
  bool isType;  // TypeError, else RangeError
  std::string sentence;
};

template <class Number>
struct Span {
  Number* data;
  size_t size;
  Number* begin() const { return data; }
  Number* end() const { return data + size; }
};
using Floats = Span<float>;
using Ints = Span<int32_t>;
/** Float32 or int32, for what only moves. */
struct Words {
  uint32_t* data;
  size_t size;
  bool isFloat;
};

/** One argument of a call, whoever makes it. Nothing is set at first: calls have room for many. */
struct Arg {
  enum Kind { missing, array, number, truth } kind;
  enum Type { float32, int32, other } type;
  void* data;
  size_t size;
  double value;
};

/** Takes rows of what a call makes as soon as they are made, in place of memory for all of them. */
struct Taker {
  /** Numbers [from, to). Several threads may call it at once; it does not throw. */
  std::function<void(size_t from, size_t to, float* numbers)> take;
  /** The arrays that it changes with the numbers, in the same places. */
  std::vector<const float*> arrays;
};

class Call {
 public:
  static constexpr size_t most = 32;

  Call(const char* name, const Arg* args, size_t count) : name(name), args_(args), count_(count) {}

  const char* const name;
  /** Takes what a matmul makes, which is not stored then. */
  const Taker* taker = nullptr;
  /** What a matmul asks the memory for, because calls after it need it, if there is one thread. */
  Span<const Floats> ahead = {};

  Floats floats(const char* argument) {
    const Words words = array(argument, 1u << Arg::float32, "a Float32Array");
    return {reinterpret_cast<float*>(words.data), words.size};
  }
  Ints ints(const char* argument) {
    const Words words = array(argument, 1u << Arg::int32, "an Int32Array");
    return {reinterpret_cast<int32_t*>(words.data), words.size};
  }
  Words words(const char* argument) {
    return array(argument, 1u << Arg::float32 | 1u << Arg::int32,
                 "a Float32Array or an Int32Array");
  }

  double number(const char* argument) {
    const Arg& arg = next();
    if (arg.kind != Arg::number) refuseKind(argument, "a number", "a number");
    return arg.value;
  }
  /** A whole number of at least `low`. */
  int64_t whole(const char* argument, double low) {
    const double value = number(argument);
    if (!(value >= low && value <= 9007199254740992.0 && value == double(int64_t(value)))) {
      refuseWhole(argument, value, low);
    }
    return int64_t(value);
  }
  size_t count(const char* argument) { return size_t(whole(argument, 0)); }
  ptrdiff_t stride(const char* argument) { return ptrdiff_t(whole(argument, -9007199254740992.0)); }
  bool truth(const char* argument) {
    const Arg& arg = next();
    if (arg.kind != Arg::truth) refuseKind(argument, "a boolean", "true or false");
    return arg.value != 0;
  }

  /** Whether arguments are left. */
  bool more() const { return at_ < count_; }

  /** Refuses an array that is shorter than what the call reaches. */
  void needs(const char* argument, size_t size, double wanted) const {
    if (double(size) < wanted) refuseSize(argument, size, wanted);
  }
  [[noreturn]] void refuse(bool isType, const std::string& what) const {
    throw Refusal{isType, std::string(name) + ": " + what};
  }
  static std::string text(double value) {
    if (value == std::floor(value) && std::fabs(value) < 1e15)
      return std::to_string(int64_t(value));
    return std::to_string(value);
  }

 private:
  const Arg& next() {
    static const Arg none = {};
    return at_ < count_ ? args_[at_++] : none;
  }

  Words array(const char* argument, unsigned types, const char* wanted) {
    const Arg& arg = next();
    if (arg.kind != Arg::array || (types >> arg.type & 1) == 0) refuseArray(argument, arg, wanted);
    return {static_cast<uint32_t*>(arg.data), arg.size, arg.type == Arg::float32};
  }

  // Sentences are made apart from what reads the arguments, which every call does.
  [[noreturn]] void refuseKind(const char* argument, const char* kind, const char* wanted) const {
    refuse(true, std::string(argument) + " is not " + kind + "; want " + wanted);
  }
  [[noreturn]] void refuseWhole(const char* argument, double value, double low) const {
    refuse(false, std::string(argument) + " is " + text(value) + "; want a whole number" +
                      (low == 0 ? " of at least 0" : ""));
  }
  [[noreturn]] void refuseSize(const char* argument, size_t size, double wanted) const {
    refuse(false, std::string(argument) + " has " + text(double(size)) +
                      " numbers; want at least " + text(wanted));
  }
  [[noreturn]] void refuseArray(const char* argument, const Arg& arg, const char* wanted) const {
    if (arg.kind != Arg::array) refuseKind(argument, "a typed array", wanted);
    static const char* const names[] = {"a Float32Array", "an Int32Array", "another kind of array"};
    refuse(true, std::string(argument) + " is " + names[arg.type] + "; want " + wanted);
  }

  const Arg* args_;
  size_t count_;
  size_t at_ = 0;
};
