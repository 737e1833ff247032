/**
 * Sixteen floats in a 512-bit register: AVX-512 F, BW, DQ, VL. With TAPEGRAD_EMULATE_AVX512 the
 * same source runs on any machine through SIMDe, for the tests.
 */
#pragma once
#ifdef TAPEGRAD_EMULATE_AVX512
#include "../test/avx512-emulated.h"
#else
#include <immintrin.h>
#endif

namespace ISA {
namespace {

struct Mask {
  __mmask16 v;
  /** True in the first n lanes. */
  static Mask first(size_t n) { return {__mmask16((1u << n) - 1)}; }
  /** True where truths[i] is not 0. */
  static Mask load(const int32_t* truths) {
    const __m512i x = _mm512_loadu_si512(truths);
    return {_mm512_test_epi32_mask(x, x)};
  }
  /** 1 and 0 as int32. */
  void store(int32_t* truths) const {
    _mm512_storeu_si512(truths, _mm512_maskz_mov_epi32(v, _mm512_set1_epi32(1)));
  }
  bool any() const { return v != 0; }
  bool all() const { return v == 0xffff; }
};

inline Mask operator&(Mask a, Mask b) { return {__mmask16(a.v & b.v)}; }
inline Mask operator|(Mask a, Mask b) { return {__mmask16(a.v | b.v)}; }
inline Mask operator!(Mask a) { return {__mmask16(~a.v)}; }

struct Vec {
  static constexpr size_t lanes = 16, registers = 32;
  static constexpr bool fused = true, tables = true;
  __m512 v;
  static Vec all(float x) { return {_mm512_set1_ps(x)}; }
  static Vec load(const float* p) { return {_mm512_loadu_ps(p)}; }
  /** The first n floats; the other lanes are 0 and their memory is not touched. */
  static Vec loadFirst(const float* p, size_t n) {
    return {_mm512_maskz_loadu_ps(Mask::first(n).v, p)};
  }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  void storeFirst(float* p, size_t n) const { _mm512_mask_storeu_ps(p, Mask::first(n).v, v); }
};

inline __m512i bits(Vec a) { return _mm512_castps_si512(a.v); }
inline Vec fromBits(__m512i a) { return {_mm512_castsi512_ps(a)}; }

inline Vec operator+(Vec a, Vec b) { return {_mm512_add_ps(a.v, b.v)}; }
inline Vec operator-(Vec a, Vec b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline Vec operator*(Vec a, Vec b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline Vec operator/(Vec a, Vec b) { return {_mm512_div_ps(a.v, b.v)}; }
inline Vec operator-(Vec a) {
  return fromBits(_mm512_xor_si512(bits(a), _mm512_set1_epi32(INT32_MIN)));
}
inline Mask operator<(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
inline Mask operator<=(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
inline Mask operator>(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ)}; }
inline Mask operator>=(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GE_OQ)}; }
inline Mask operator==(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
inline Mask operator!=(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_NEQ_UQ)}; }

/** a b + c, rounded once. */
inline Vec fma(Vec a, Vec b, Vec c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
/** c - a b, rounded once. */
inline Vec fnma(Vec a, Vec b, Vec c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }
inline Vec select(Mask m, Vec yes, Vec no) { return {_mm512_mask_blend_ps(m.v, no.v, yes.v)}; }
/** a where a < b, else b: b where one is NaN. */
inline Vec least(Vec a, Vec b) { return {_mm512_min_ps(a.v, b.v)}; }
/** a where a > b, else b: b where one is NaN. */
inline Vec most(Vec a, Vec b) { return {_mm512_max_ps(a.v, b.v)}; }
inline Vec bitAnd(Vec a, Vec b) { return fromBits(_mm512_and_si512(bits(a), bits(b))); }
inline Vec bitOr(Vec a, Vec b) { return fromBits(_mm512_or_si512(bits(a), bits(b))); }
inline Vec bitOr(Vec a, Vec b, Vec c) {
  return fromBits(_mm512_ternarylogic_epi32(bits(a), bits(b), bits(c), 0xfe));
}
inline Vec abs(Vec a) { return fromBits(_mm512_and_si512(bits(a), _mm512_set1_epi32(INT32_MAX))); }
inline Vec sqrt(Vec a) { return {_mm512_sqrt_ps(a.v)}; }
constexpr int downwards = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
constexpr int upwards = _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC;
constexpr int toNearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
inline Vec floor(Vec a) { return {_mm512_roundscale_ps(a.v, downwards)}; }
inline Vec ceil(Vec a) { return {_mm512_roundscale_ps(a.v, upwards)}; }
/** To the nearest whole number, halves to the even one. */
inline Vec round(Vec a) { return {_mm512_roundscale_ps(a.v, toNearest)}; }
/** y 2^floor(n) for any n, rounded once. */
inline Vec scale(Vec y, Vec n) { return {_mm512_scalef_ps(y.v, n.v)}; }
/** 2^n for whole n in [-126, 127]. */
inline Vec powerOfTwo(Vec n) { return scale(Vec::all(1), n); }
/** y 2^n for whole n added to roundingShift, if the result is a normal number. */
inline Vec timesPowerOfTwo(Vec y, Vec shifted) {
  const __m512i n = _mm512_slli_epi32(_mm512_castps_si512(shifted.v), 23);
  return {_mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(y.v), n))};
}
/** x = m 2^e for positive normal x, sqrt(1/2) <= m < sqrt(2). */
inline void splitExponent(Vec x, Vec& m, Vec& e) {
  const __m512i word = _mm512_castps_si512(x.v);
  const __m512i n = _mm512_srai_epi32(_mm512_sub_epi32(word, _mm512_set1_epi32(rootOfHalf)), 23);
  m = {_mm512_castsi512_ps(_mm512_sub_epi32(word, _mm512_slli_epi32(n, 23)))};
  e = {_mm512_cvtepi32_ps(n)};
}
/** x = m 2^e with 1 <= m < 2, for denormal x too; e is -inf for 0 and inf for infinity. m is NaN
 * for negative x. */
inline void splitAny(Vec x, Vec& m, Vec& e) {
  m = {_mm512_getmant_ps(x.v, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan)};
  e = {_mm512_getexp_ps(x.v)};
}
/** |a| or |b|, whichever is less, with a's sign; |b| where a is NaN. */
inline Vec leastSize(Vec a, Vec b) { return {_mm512_range_ps(a.v, b.v, 2)}; }
/** -|a| or -|b|, whichever is nearer to 0; -|b| where a is NaN. */
inline Vec negativeLeast(Vec a, Vec b) { return {_mm512_range_ps(a.v, b.v, 0xe)}; }
/** The size of one number with the sign of another. */
inline Vec withSignOf(Vec sign, Vec size) {
  const __m512i y =
      _mm512_ternarylogic_epi32(bits(sign), bits(size), _mm512_set1_epi32(INT32_MIN), 0xe4);
  return fromBits(y);
}
/** 1/x but for a part of 2^-14 at most. */
inline Vec reciprocalEstimate(Vec x) { return {_mm512_rcp14_ps(x.v)}; }
/** 1/sqrt(x), as near. */
inline Vec rootEstimate(Vec x) { return {_mm512_rsqrt14_ps(x.v)}; }
// What an x that is, from the lowest digit on, NaN (two kinds), 0, 1, -inf, inf, less or more
// becomes: 0 is y, 1 is x, 6 infinity with the sign of x, 7 is -0, 8 is 0.
/** y, but the square root of x where that is 0 or infinite. */
inline Vec rootAtEdges(Vec y, Vec x) {
  return {_mm512_fixupimm_ps(y.v, x.v, _mm512_set1_epi32(0x00100100), 0)};
}
/** y, but 1/x where that is 0 or infinite. */
inline Vec reciprocalAtEdges(Vec y, Vec x) {
  return {_mm512_fixupimm_ps(y.v, x.v, _mm512_set1_epi32(0x00870600), 0)};
}
/** Each lane's bits, read as a whole number, moved down. */
inline Vec bitsDown(Vec a, int places) {
  return fromBits(_mm512_srlv_epi32(bits(a), _mm512_set1_epi32(places)));
}
/** Lanes that have a bit of this pattern. */
inline Mask haveBit(Vec a, int32_t pattern) {
  return {_mm512_test_epi32_mask(bits(a), _mm512_set1_epi32(pattern))};
}
inline bool anyBit(Vec a, int32_t pattern) { return haveBit(a, pattern).any(); }
/** The numbers of a table that the last bits of each lane name. */
inline Vec lookUp(const float (&table)[16], Vec place) {
  return {_mm512_permutexvar_ps(bits(place), _mm512_loadu_ps(table))};
}
inline Vec lookUp(const float (&table)[32], Vec place) {
  return {_mm512_permutex2var_ps(_mm512_loadu_ps(table), bits(place), _mm512_loadu_ps(table + 16))};
}

/** 32-bit words, each in the low half of 64 bits; what stands in the high half counts for nothing.
 */
struct Words {
  static constexpr size_t lanes = 8;
  __m512i v;
  static Words all(uint32_t x) { return {_mm512_set1_epi64(x)}; }
  static Words load(const uint64_t* p) { return {_mm512_loadu_si512(p)}; }
  void store(uint64_t* p) const { _mm512_storeu_si512(p, v); }
};
inline Words operator^(Words a, Words b) { return {_mm512_xor_si512(a.v, b.v)}; }
/** All 64 bits of the products. */
inline Words product(Words a, Words b) { return {_mm512_mul_epu32(a.v, b.v)}; }
inline Words highHalf(Words a) { return {_mm512_srli_epi64(a.v, 32)}; }
/** Two words in 64 bits. */
inline Words joined(Words low, Words high) {
  return {_mm512_mask_blend_epi32(0xaaaa, low.v, _mm512_slli_epi64(high.v, 32))};
}

}  // namespace
}  // namespace ISA
