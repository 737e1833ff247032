/** Four floats in a 128-bit register: SSE2, which every x86-64 has. */
#pragma once
#include <emmintrin.h>

namespace ISA {
namespace {

struct Mask {
  __m128 v;
  /** True in the first n lanes. */
  static Mask first(size_t n) {
    const __m128i lane = _mm_setr_epi32(0, 1, 2, 3);
    return {_mm_castsi128_ps(_mm_cmpgt_epi32(_mm_set1_epi32(int(n)), lane))};
  }
  /** True where truths[i] is not 0. */
  static Mask load(const int32_t* truths) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(truths));
    const __m128i zero = _mm_cmpeq_epi32(x, _mm_setzero_si128());
    return {_mm_castsi128_ps(_mm_xor_si128(zero, _mm_set1_epi32(-1)))};
  }
  /** 1 and 0 as int32. */
  void store(int32_t* truths) const {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(truths), _mm_srli_epi32(_mm_castps_si128(v), 31));
  }
  bool any() const { return _mm_movemask_ps(v) != 0; }
  bool all() const { return _mm_movemask_ps(v) == 0xf; }
};

inline Mask operator&(Mask a, Mask b) { return {_mm_and_ps(a.v, b.v)}; }
inline Mask operator|(Mask a, Mask b) { return {_mm_or_ps(a.v, b.v)}; }
inline Mask operator!(Mask a) { return {_mm_xor_ps(a.v, _mm_castsi128_ps(_mm_set1_epi32(-1)))}; }

struct Vec {
  static constexpr size_t lanes = 4, registers = 16;
  static constexpr bool fused = false, tables = false;
  __m128 v;
  static Vec all(float x) { return {_mm_set1_ps(x)}; }
  static Vec load(const float* p) { return {_mm_loadu_ps(p)}; }
  /** The first n floats; the other lanes are 0 and their memory is not touched. */
  static Vec loadFirst(const float* p, size_t n) {
    float first[lanes] = {};
    for (size_t i = 0; i < n; i++) first[i] = p[i];
    return load(first);
  }
  void store(float* p) const { _mm_storeu_ps(p, v); }
  void storeFirst(float* p, size_t n) const {
    float first[lanes];
    store(first);
    for (size_t i = 0; i < n; i++) p[i] = first[i];
  }
};

inline Vec operator+(Vec a, Vec b) { return {_mm_add_ps(a.v, b.v)}; }
inline Vec operator-(Vec a, Vec b) { return {_mm_sub_ps(a.v, b.v)}; }
inline Vec operator*(Vec a, Vec b) { return {_mm_mul_ps(a.v, b.v)}; }
inline Vec operator/(Vec a, Vec b) { return {_mm_div_ps(a.v, b.v)}; }
inline Vec operator-(Vec a) { return {_mm_xor_ps(a.v, _mm_set1_ps(-0.0f))}; }
inline Mask operator<(Vec a, Vec b) { return {_mm_cmplt_ps(a.v, b.v)}; }
inline Mask operator<=(Vec a, Vec b) { return {_mm_cmple_ps(a.v, b.v)}; }
inline Mask operator>(Vec a, Vec b) { return {_mm_cmpgt_ps(a.v, b.v)}; }
inline Mask operator>=(Vec a, Vec b) { return {_mm_cmpge_ps(a.v, b.v)}; }
inline Mask operator==(Vec a, Vec b) { return {_mm_cmpeq_ps(a.v, b.v)}; }
inline Mask operator!=(Vec a, Vec b) { return {_mm_cmpneq_ps(a.v, b.v)}; }

/** a b + c; this set has no fused form, so the product is rounded too. */
inline Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
inline Vec select(Mask m, Vec yes, Vec no) {
  return {_mm_or_ps(_mm_and_ps(m.v, yes.v), _mm_andnot_ps(m.v, no.v))};
}
/** a where a < b, else b: b where one is NaN. */
inline Vec least(Vec a, Vec b) { return {_mm_min_ps(a.v, b.v)}; }
/** a where a > b, else b: b where one is NaN. */
inline Vec most(Vec a, Vec b) { return {_mm_max_ps(a.v, b.v)}; }
inline Vec bitAnd(Vec a, Vec b) { return {_mm_and_ps(a.v, b.v)}; }
inline Vec bitOr(Vec a, Vec b) { return {_mm_or_ps(a.v, b.v)}; }
/** The size of one number with the sign of another. */
inline Vec withSignOf(Vec sign, Vec size) { return bitOr(size, bitAnd(sign, Vec::all(-0.0f))); }
inline Vec abs(Vec a) { return {_mm_andnot_ps(_mm_set1_ps(-0.0f), a.v)}; }
inline Vec sqrt(Vec a) { return {_mm_sqrt_ps(a.v)}; }
/** To the nearest whole number, halves to the even one. From 2^23 on every float is whole. */
inline Vec round(Vec a) {
  const Vec sign = bitAnd(a, Vec::all(-0.0f)), shift = Vec::all(8388608.0f);
  const Vec rounded = bitOr((abs(a) + shift) - shift, sign);
  return select(abs(a) < shift, rounded, a);
}
inline Vec floor(Vec a) {
  const Vec near = round(a);
  return select(near > a, near - Vec::all(1), near);
}
inline Vec ceil(Vec a) {
  const Vec sign = bitAnd(a, Vec::all(-0.0f)), near = round(a);
  return bitOr(select(near < a, near + Vec::all(1), near), sign);  // ceil(-0.5) is -0
}
/** 2^n for whole n in [-126, 127]. */
inline Vec powerOfTwo(Vec n) {
  const __m128i biased = _mm_add_epi32(_mm_cvtps_epi32(n.v), _mm_set1_epi32(127));
  return {_mm_castsi128_ps(_mm_slli_epi32(biased, 23))};
}
/** y 2^n for whole n added to roundingShift, if the result is a normal number. */
inline Vec timesPowerOfTwo(Vec y, Vec shifted) {
  const __m128i n = _mm_slli_epi32(_mm_castps_si128(shifted.v), 23);
  return {_mm_castsi128_ps(_mm_add_epi32(_mm_castps_si128(y.v), n))};
}
/** x = m 2^e for positive normal x, sqrt(1/2) <= m < sqrt(2). */
inline void splitExponent(Vec x, Vec& m, Vec& e) {
  const __m128i word = _mm_castps_si128(x.v);
  const __m128i n = _mm_srai_epi32(_mm_sub_epi32(word, _mm_set1_epi32(rootOfHalf)), 23);
  m = {_mm_castsi128_ps(_mm_sub_epi32(word, _mm_slli_epi32(n, 23)))};
  e = {_mm_cvtepi32_ps(n)};
}

/** 32-bit words, each in the low half of 64 bits; what stands in the high half counts for nothing.
 */
struct Words {
  static constexpr size_t lanes = 2;
  __m128i v;
  static Words all(uint32_t x) { return {_mm_set1_epi64x(x)}; }
  static Words load(const uint64_t* p) {
    return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))};
  }
  void store(uint64_t* p) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), v); }
};
inline Words operator^(Words a, Words b) { return {_mm_xor_si128(a.v, b.v)}; }
/** All 64 bits of the products. */
inline Words product(Words a, Words b) { return {_mm_mul_epu32(a.v, b.v)}; }
inline Words highHalf(Words a) { return {_mm_srli_epi64(a.v, 32)}; }
/** Two words in 64 bits. */
inline Words joined(Words low, Words high) {
  return {
      _mm_or_si128(_mm_and_si128(low.v, _mm_set1_epi64x(0xffffffff)), _mm_slli_epi64(high.v, 32))};
}

}  // namespace
}  // namespace ISA
