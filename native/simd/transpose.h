/** Rows to columns: arrays side by side to arrays lane by lane, and back. */
#pragma once
#include "vec.h"

namespace ISA {
namespace {

#if defined(__AVX2__) && !defined(__AVX512F__) && !defined(TAPEGRAD_EMULATE_AVX512)

/** Four rows to two times four columns, by pairs of numbers and pairs of pairs: fours[i] has column
 * i in its lower half, 4 + i above. */
inline void transposeFour(const Vec* rows, __m256 (&fours)[4]) {
  const __m256 low = _mm256_unpacklo_ps(rows[0].v, rows[1].v);
  const __m256 high = _mm256_unpackhi_ps(rows[0].v, rows[1].v);
  const __m256 nextLow = _mm256_unpacklo_ps(rows[2].v, rows[3].v);
  const __m256 nextHigh = _mm256_unpackhi_ps(rows[2].v, rows[3].v);
  fours[0] = _mm256_shuffle_ps(low, nextLow, 0x44);
  fours[1] = _mm256_shuffle_ps(low, nextLow, 0xee);
  fours[2] = _mm256_shuffle_ps(high, nextHigh, 0x44);
  fours[3] = _mm256_shuffle_ps(high, nextHigh, 0xee);
}

/** rows[i] lane j to rows[j] lane i: fours, then halves. */
inline void transpose(Vec (&rows)[8]) {
  __m256 upper[4], lower[4];
  transposeFour(rows, upper);
  transposeFour(rows + 4, lower);
#pragma GCC unroll 4
  for (size_t i = 0; i < 4; i++) {
    rows[i] = {_mm256_permute2f128_ps(upper[i], lower[i], 0x20)};
    rows[i + 4] = {_mm256_permute2f128_ps(upper[i], lower[i], 0x31)};
  }
}

/** Whether rows in registers become columns in memory at once: not where shuffles take the time of
 * multiply-adds, as with Vecs of sixteen. */
constexpr bool storesColumns = true;

/** to[k * stride + i] = rows[i] lane k, for k < count: four numbers at a time, of which the last
 * may have been stored before. */
template <size_t n>
inline void storeAsColumns(const Vec (&rows)[n], float* to, ptrdiff_t stride, size_t count) {
  if constexpr (n >= 4) {
    if (count == Vec::lanes) {
      constexpr size_t groups = (n + 3) / 4;
      const auto first = [](size_t group) { return group + 1 < groups ? 4 * group : n - 4; };
      __m256 fours[groups][4];
#pragma GCC unroll 4
      for (size_t g = 0; g < groups; g++) transposeFour(rows + first(g), fours[g]);
#pragma GCC unroll 8
      for (size_t k = 0; k < Vec::lanes; k++, to += stride) {
#pragma GCC unroll 4
        for (size_t g = 0; g < groups; g++) {
          const __m256 four = fours[g][k % 4];
          _mm_storeu_ps(to + first(g),
                        k < 4 ? _mm256_castps256_ps128(four) : _mm256_extractf128_ps(four, 1));
        }
      }
      return;
    }
  }
  float lanes[n][Vec::lanes];
#pragma GCC unroll 16
  for (size_t i = 0; i < n; i++) rows[i].store(lanes[i]);
  for (size_t k = 0; k < count; k++, to += stride) {
#pragma GCC unroll 16
    for (size_t i = 0; i < n; i++) to[i] = lanes[i][k];
  }
}

#else

constexpr bool storesColumns = false;

/** a0 b0 a1 b1 …: `low` is the first half, `high` the second. */
#if defined(TAPEGRAD_EMULATE_AVX512) || defined(__AVX512F__)
inline void zip(Vec a, Vec b, Vec& low, Vec& high) {
  const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
  low = {_mm512_permutex2var_ps(a.v, first, b.v)};
  high = {_mm512_permutex2var_ps(a.v, second, b.v)};
}
#elif (defined(__SSE2__) || defined(_M_X64)) && !defined(TAPEGRAD_SCALAR)
inline void zip(Vec a, Vec b, Vec& low, Vec& high) {
  low = {_mm_unpacklo_ps(a.v, b.v)};
  high = {_mm_unpackhi_ps(a.v, b.v)};
}
#elif (defined(__ARM_NEON) || defined(_M_ARM64)) && !defined(TAPEGRAD_SCALAR)
inline void zip(Vec a, Vec b, Vec& low, Vec& high) {
  low = {vzip1q_f32(a.v, b.v)};
  high = {vzip2q_f32(a.v, b.v)};
}
#else
inline void zip(Vec, Vec, Vec&, Vec&) {}  // one lane: nothing to do
#endif

/** rows[i] lane j to rows[j] lane i. Each round of zips moves one bit of a number's row into its
 * lane. */
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

#endif

/**
 * lanes[i * width + k] = arrays[k * stride + i] for i < n, 0 for k from `count` on. The last
 * square may begin inside the one before it, so that it is whole.
 */
inline void intoLanes(const float* arrays, size_t stride, size_t count, size_t n, float* lanes,
                      size_t width = Vec::lanes) {
  Vec rows[Vec::lanes];
  if (count == Vec::lanes && n >= Vec::lanes) {
    for (size_t i = 0; i < n; i += Vec::lanes) {
      if (i + Vec::lanes > n) i = n - Vec::lanes;
      const float* from = arrays + i;
#pragma GCC unroll 16
      for (size_t k = 0; k < Vec::lanes; k++, from += stride) rows[k] = Vec::load(from);
      transpose(rows);
      float* const to = lanes + i * width;
#pragma GCC unroll 16
      for (size_t k = 0; k < Vec::lanes; k++) rows[k].store(to + k * width);
    }
    return;
  }
  for (size_t i = 0; i < n; i += Vec::lanes) {
    const size_t some = n - i < Vec::lanes ? n - i : Vec::lanes;
    for (size_t k = 0; k < Vec::lanes; k++) {
      rows[k] = k < count ? Vec::loadFirst(arrays + k * stride + i, some) : Vec::all(0);
    }
    transpose(rows);
    for (size_t k = 0; k < some; k++) rows[k].store(lanes + (i + k) * width);
  }
}

/** The way back: arrays[k * stride + i] = lanes[i * width + k] for i < n and k < count. */
inline void outOfLanes(const float* lanes, size_t n, float* arrays, size_t stride, size_t count,
                       size_t width = Vec::lanes) {
  Vec rows[Vec::lanes];
  if (count == Vec::lanes && n >= Vec::lanes) {
    // Of many squares all but the first store within lines of the cache, if all arrays can.
    const bool align = n >= 4 * Vec::lanes && stride % Vec::lanes == 0;
    const size_t past = reinterpret_cast<uintptr_t>(arrays) / sizeof(float) % Vec::lanes;
    const size_t back = align ? past : 0;
    for (size_t i = 0; i < n; i += Vec::lanes) {
      if (i + Vec::lanes > n) i = n - Vec::lanes;
      const float* const from = lanes + i * width;
#pragma GCC unroll 16
      for (size_t k = 0; k < Vec::lanes; k++) rows[k] = Vec::load(from + k * width);
      transpose(rows);
      float* to = arrays + i;
#pragma GCC unroll 16
      for (size_t k = 0; k < Vec::lanes; k++, to += stride) rows[k].store(to);
      if (i == 0) i -= back;
    }
    return;
  }
  for (size_t i = 0; i < n; i += Vec::lanes) {
    const size_t some = n - i < Vec::lanes ? n - i : Vec::lanes;
    for (size_t k = 0; k < Vec::lanes; k++) {
      rows[k] = k < some ? Vec::load(lanes + (i + k) * width) : Vec::all(0);
    }
    transpose(rows);
    for (size_t k = 0; k < count; k++) rows[k].storeFirst(arrays + k * stride + i, some);
  }
}

}  // namespace
}  // namespace ISA
