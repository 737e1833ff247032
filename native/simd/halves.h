/** Two rows in one Vec, where that costs multiply-adds nothing: AVX2 blends on a port of its own.
 */
#pragma once
#include "vec.h"

namespace ISA {
namespace {

#if defined(__AVX2__) && !defined(__AVX512F__) && !defined(TAPEGRAD_EMULATE_AVX512)

constexpr bool hasHalves = true;
/** Half a Vec of floats, twice. */
inline Vec loadTwice(const float* p) {
  return {_mm256_broadcast_ps(reinterpret_cast<const __m128*>(p))};
}
/** The lower half of one and the upper half of the other. */
inline Vec halvesOf(Vec lower, Vec upper) { return {_mm256_blend_ps(lower.v, upper.v, 0xf0)}; }
/** The upper half, twice. */
inline Vec upperHalf(Vec a) { return {_mm256_permute2f128_ps(a.v, a.v, 0x11)}; }

#else

// Tiles that are never made name these.
constexpr bool hasHalves = false;
inline Vec loadTwice(const float* p) { return Vec::all(*p); }
inline Vec halvesOf(Vec lower, Vec) { return lower; }
inline Vec upperHalf(Vec a) { return a; }

#endif

}  // namespace
}  // namespace ISA
