/**
 * The Vec and Mask of the instruction set this file is being built for. Everything is in an unnamed
 * namespace: a shared copy of one of these functions, built for AVX-512, would kill an older
 * machine.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "prefetch.h"

namespace ISA {
namespace {
/** A number of this size plus a whole number n holds n in its last bits. */
constexpr float roundingShift = 12582912;
/** The bits of sqrt(1/2). */
constexpr int32_t rootOfHalf = 0x3f3504f3;
}  // namespace
}  // namespace ISA

#if defined(TAPEGRAD_EMULATE_AVX512) || defined(__AVX512F__)
#include "avx512.h"
#elif defined(TAPEGRAD_SCALAR)
#include "scalar.h"
#elif defined(__AVX2__)
#include "avx2.h"
#elif defined(__SSE2__) || defined(_M_X64)
#include "sse2.h"
#elif defined(__ARM_NEON) || defined(_M_ARM64)
#include "neon.h"
#else
#include "scalar.h"
#endif

namespace ISA {
namespace {

inline Mask isNan(Vec a) { return a != a; }

/** The larger; NaN if either is; +0 above -0, so equal numbers keep only the bits both have. */
inline Vec maximum(Vec a, Vec b) {
  return select(a == b, bitAnd(a, b), select((a > b) | isNan(a), a, b));
}
/** The smaller; NaN if either is. */
inline Vec minimum(Vec a, Vec b) {
  return select(a == b, bitOr(a, b), select((a < b) | isNan(a), a, b));
}

/** The sum of all lanes in double precision, by halves. */
inline double sumOfLanes(Vec v) {
  float lanes[Vec::lanes];
  double sums[Vec::lanes];
  v.store(lanes);
  for (size_t lane = 0; lane < Vec::lanes; lane++) sums[lane] = double(lanes[lane]);
  for (size_t half = Vec::lanes / 2; half > 0; half /= 2) {
    for (size_t lane = 0; lane < half; lane++) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

}  // namespace
}  // namespace ISA
