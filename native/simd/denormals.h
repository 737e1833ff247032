/**
 * Numbers too small to be normal, below 2^-126 in float32. Intel's processors take some 150 cycles
 * for every operation that meets one, and training makes them without end: the gradient of a dead
 * relu is 0, so what Adam remembers of it shrinks by a tenth a step and is denormal after 800 of
 * them.
 */
#pragma once
#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace {

/** What becomes of denormal numbers in its thread, read or made, while one lives. */
class Denormals {
 public:
  Denormals(const Denormals&) = delete;
  Denormals& operator=(const Denormals&) = delete;

 protected:
#if defined(__SSE2__) || defined(_M_X64)
  using Control = unsigned;
  static constexpr Control zeros = 0x8000 | 0x0040;  // flush to zero, denormals are zero
  static Control get() { return _mm_getcsr(); }
  static void set(Control control) { _mm_setcsr(control); }
#elif defined(__aarch64__) && !defined(_MSC_VER)
  using Control = unsigned long long;
  static constexpr Control zeros = 1ull << 24;
  static Control get() {
    Control control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    return control;
  }
  static void set(Control control) { __asm__ volatile("msr fpcr, %0" : : "r"(control)); }
#else
  using Control = int;
  static constexpr Control zeros = 0;
  static Control get() { return 0; }
  static void set(Control) {}
#endif

  explicit Denormals(bool areZero) : before_(get()) {
    set(areZero ? before_ | zeros : before_ & ~zeros);
  }
  ~Denormals() { set(before_); }

 private:
  const Control before_;
};

/** They count as 0, as in TensorFlow's threads. */
struct FlushDenormals : Denormals {
  FlushDenormals() : Denormals(true) {}
};
/** They are numbers as others are. */
struct KeepDenormals : Denormals {
  KeepDenormals() : Denormals(false) {}
};

}  // namespace
