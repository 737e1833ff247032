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

/** While one lives, its thread takes denormal numbers for 0, read or made, as TensorFlow's threads
 * do. */
class FlushDenormals {
 public:
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

#if defined(__SSE2__) || defined(_M_X64)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | flushToZero | denormalsAreZero); }
  ~FlushDenormals() { _mm_setcsr(before_); }

 private:
  static constexpr unsigned flushToZero = 0x8000, denormalsAreZero = 0x0040;
  unsigned before_;
#elif defined(__aarch64__) && !defined(_MSC_VER)
  FlushDenormals() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(before_));
    __asm__ volatile("msr fpcr, %0" : : "r"(before_ | flushToZero));
  }
  ~FlushDenormals() { __asm__ volatile("msr fpcr, %0" : : "r"(before_)); }

 private:
  static constexpr unsigned long long flushToZero = 1ull << 24;
  unsigned long long before_;
#else
  FlushDenormals() {}
#endif
};
