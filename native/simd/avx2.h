/** Eight floats in a 256-bit register: AVX2 with FMA. */
#pragma once
#include <immintrin.h>

namespace ISA {
namespace {

struct Mask {
  __m256 v;
  /** True in the first n lanes. */
  static Mask first(size_t n) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return {_mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(int(n)), lane))};
  }
  /** True where truths[i] is not 0. */
  static Mask load(const int32_t* truths) {
    const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(truths));
    const __m256i zero = _mm256_cmpeq_epi32(x, _mm256_setzero_si256());
    return {_mm256_castsi256_ps(_mm256_xor_si256(zero, _mm256_set1_epi32(-1)))};
  }
  /** 1 and 0 as int32. */
  void store(int32_t* truths) const {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(truths),
                        _mm256_srli_epi32(_mm256_castps_si256(v), 31));
  }
  bool any() const { return _mm256_movemask_ps(v) != 0; }
  bool all() const { return _mm256_movemask_ps(v) == 0xff; }
};

inline Mask operator&(Mask a, Mask b) { return {_mm256_and_ps(a.v, b.v)}; }
inline Mask operator|(Mask a, Mask b) { return {_mm256_or_ps(a.v, b.v)}; }
inline Mask operator!(Mask a) {
  return {_mm256_xor_ps(a.v, _mm256_castsi256_ps(_mm256_set1_epi32(-1)))};
}

struct Vec {
  static constexpr size_t lanes = 8, registers = 16;
  static constexpr bool fused = true, tables = false;
  __m256 v;
  static Vec all(float x) { return {_mm256_set1_ps(x)}; }
  static Vec load(const float* p) { return {_mm256_loadu_ps(p)}; }
  /** The first n floats; the other lanes are 0 and their memory is not touched. */
  static Vec loadFirst(const float* p, size_t n) {
    return {_mm256_maskload_ps(p, _mm256_castps_si256(Mask::first(n).v))};
  }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  /** In up to three stores: a masked one takes 12 cycles on Zen 3. */
  void storeFirst(float* p, size_t n) const {
    if (n == lanes) return store(p);
    __m128 rest = _mm256_castps256_ps128(v);
    if (n & 4) {
      _mm_storeu_ps(p, rest);
      rest = _mm256_extractf128_ps(v, 1);
      p += 4;
    }
    if (n & 2) {
      _mm_storel_pi(reinterpret_cast<__m64*>(p), rest);
      rest = _mm_movehl_ps(rest, rest);
      p += 2;
    }
    if (n & 1) _mm_store_ss(p, rest);
  }
};

inline Vec operator+(Vec a, Vec b) { return {_mm256_add_ps(a.v, b.v)}; }
inline Vec operator-(Vec a, Vec b) { return {_mm256_sub_ps(a.v, b.v)}; }
inline Vec operator*(Vec a, Vec b) { return {_mm256_mul_ps(a.v, b.v)}; }
inline Vec operator/(Vec a, Vec b) { return {_mm256_div_ps(a.v, b.v)}; }
inline Vec operator-(Vec a) { return {_mm256_xor_ps(a.v, _mm256_set1_ps(-0.0f))}; }
inline Mask operator<(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
inline Mask operator<=(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }
inline Mask operator>(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GT_OQ)}; }
inline Mask operator>=(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GE_OQ)}; }
inline Mask operator==(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)}; }
inline Mask operator!=(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_NEQ_UQ)}; }

/** a b + c, rounded once. */
inline Vec fma(Vec a, Vec b, Vec c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
inline Vec select(Mask m, Vec yes, Vec no) { return {_mm256_blendv_ps(no.v, yes.v, m.v)}; }
/** a where a < b, else b: b where one is NaN. */
inline Vec least(Vec a, Vec b) { return {_mm256_min_ps(a.v, b.v)}; }
/** a where a > b, else b: b where one is NaN. */
inline Vec most(Vec a, Vec b) { return {_mm256_max_ps(a.v, b.v)}; }
inline Vec bitAnd(Vec a, Vec b) { return {_mm256_and_ps(a.v, b.v)}; }
inline Vec bitOr(Vec a, Vec b) { return {_mm256_or_ps(a.v, b.v)}; }
/** The size of one number with the sign of another. */
inline Vec withSignOf(Vec sign, Vec size) { return bitOr(size, bitAnd(sign, Vec::all(-0.0f))); }
inline Vec abs(Vec a) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)}; }
inline Vec sqrt(Vec a) { return {_mm256_sqrt_ps(a.v)}; }
inline Vec floor(Vec a) { return {_mm256_floor_ps(a.v)}; }
inline Vec ceil(Vec a) { return {_mm256_ceil_ps(a.v)}; }
/** To the nearest whole number, halves to the even one. */
inline Vec round(Vec a) {
  return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
/** 2^n for whole n in [-126, 127]. */
inline Vec powerOfTwo(Vec n) {
  const __m256i biased = _mm256_add_epi32(_mm256_cvtps_epi32(n.v), _mm256_set1_epi32(127));
  return {_mm256_castsi256_ps(_mm256_slli_epi32(biased, 23))};
}
/** y 2^n for whole n added to roundingShift, if the result is a normal number. */
inline Vec timesPowerOfTwo(Vec y, Vec shifted) {
  const __m256i n = _mm256_slli_epi32(_mm256_castps_si256(shifted.v), 23);
  return {_mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(y.v), n))};
}
/** x = m 2^e for positive normal x, sqrt(1/2) <= m < sqrt(2). */
inline void splitExponent(Vec x, Vec& m, Vec& e) {
  const __m256i word = _mm256_castps_si256(x.v);
  const __m256i n = _mm256_srai_epi32(_mm256_sub_epi32(word, _mm256_set1_epi32(rootOfHalf)), 23);
  m = {_mm256_castsi256_ps(_mm256_sub_epi32(word, _mm256_slli_epi32(n, 23)))};
  e = {_mm256_cvtepi32_ps(n)};
}

/** 32-bit words, each in the low half of 64 bits; what stands in the high half counts for nothing.
 */
struct Words {
  static constexpr size_t lanes = 4;
  __m256i v;
  static Words all(uint32_t x) { return {_mm256_set1_epi64x(x)}; }
  static Words load(const uint64_t* p) {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))};
  }
  void store(uint64_t* p) const { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
};
inline Words operator^(Words a, Words b) { return {_mm256_xor_si256(a.v, b.v)}; }
/** All 64 bits of the products. */
inline Words product(Words a, Words b) { return {_mm256_mul_epu32(a.v, b.v)}; }
inline Words highHalf(Words a) { return {_mm256_srli_epi64(a.v, 32)}; }
/** Two words in 64 bits. */
inline Words joined(Words low, Words high) {
  return {_mm256_blend_epi32(low.v, _mm256_slli_epi64(high.v, 32), 0xaa)};
}

}  // namespace
}  // namespace ISA
