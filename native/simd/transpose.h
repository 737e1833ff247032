/** Rows to columns: arrays side by side to arrays lane by lane, and back. */
#pragma once
#include "vec.h"

namespace ISA {
namespace {

/** a0 b0 a1 b1 …: `low` is the first half, `high` the second. */
#if defined(TAPEGRAD_EMULATE_AVX512) || defined(__AVX512F__)
inline void zip(Vec a, Vec b, Vec& low, Vec& high) {
  const __m512i first =
      _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
  low = {_mm512_permutex2var_ps(a.v, first, b.v)};
  high = {_mm512_permutex2var_ps(a.v, second, b.v)};
}
#elif defined(TAPEGRAD_SCALAR)
inline void zip(Vec, Vec, Vec&, Vec&) {}
#elif defined(__AVX2__)
inline void zip(Vec a, Vec b, Vec& low, Vec& high) {
  const __m256 even = _mm256_unpacklo_ps(a.v, b.v), odd = _mm256_unpackhi_ps(a.v, b.v);
  low = {_mm256_permute2f128_ps(even, odd, 0x20)};
  high = {_mm256_permute2f128_ps(even, odd, 0x31)};
}
#elif defined(__SSE2__) || defined(_M_X64)
inline void zip(Vec a, Vec b, Vec& low, Vec& high) {
  low = {_mm_unpacklo_ps(a.v, b.v)};
  high = {_mm_unpackhi_ps(a.v, b.v)};
}
#elif defined(__ARM_NEON) || defined(_M_ARM64)
inline void zip(Vec a, Vec b, Vec& low, Vec& high) {
  low = {vzip1q_f32(a.v, b.v)};
  high = {vzip2q_f32(a.v, b.v)};
}
#else
inline void zip(Vec, Vec, Vec&, Vec&) {}
#endif

/** rows[i] lane j to rows[j] lane i. Each round of zips moves one bit of a number's row into its lane. */
inline void transpose(Vec (&rows)[Vec::lanes]) {
  constexpr size_t half = Vec::lanes / 2;
#pragma GCC unroll 4
  for (size_t round = 1; round < Vec::lanes; round *= 2) {
    Vec next[Vec::lanes];
#pragma GCC unroll 16
    for (size_t i = 0; i < half; i++) zip(rows[i], rows[i + half], next[2 * i], next[2 * i + 1]);
#pragma GCC unroll 16
    for (size_t i = 0; i < Vec::lanes; i++) rows[i] = next[i];
  }
}

/** lanes[i * Vec::lanes + k] = arrays[k * stride + i] for i < n, 0 for k from `count` on. */
inline void intoLanes(const float* arrays, size_t stride, size_t count, size_t n, float* lanes) {
  for (size_t i = 0; i < n; i += Vec::lanes) {
    const size_t some = n - i < Vec::lanes ? n - i : Vec::lanes;
    Vec rows[Vec::lanes];
    for (size_t k = 0; k < Vec::lanes; k++) {
      const float* from = arrays + k * stride + i;
      rows[k] = k >= count ? Vec::all(0) : some == Vec::lanes ? Vec::load(from) : Vec::loadFirst(from, some);
    }
    transpose(rows);
    for (size_t k = 0; k < some; k++) rows[k].store(lanes + (i + k) * Vec::lanes);
  }
}

/** The way back: arrays[k * stride + i] = lanes[i * Vec::lanes + k] for i < n and k < count. */
inline void outOfLanes(const float* lanes, size_t n, float* arrays, size_t stride, size_t count) {
  for (size_t i = 0; i < n; i += Vec::lanes) {
    const size_t some = n - i < Vec::lanes ? n - i : Vec::lanes;
    Vec rows[Vec::lanes];
    for (size_t k = 0; k < Vec::lanes; k++) {
      rows[k] = k < some ? Vec::load(lanes + (i + k) * Vec::lanes) : Vec::all(0);
    }
    transpose(rows);
    for (size_t k = 0; k < count; k++) {
      float* const to = arrays + k * stride + i;
      if (some == Vec::lanes) {
        rows[k].store(to);
      } else {
        rows[k].storeFirst(to, some);
      }
    }
  }
}

}  // namespace
}  // namespace ISA
