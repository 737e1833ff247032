/** Four floats in a 128-bit register: NEON, which every arm64 has. */
#pragma once
#include <arm_neon.h>

namespace ISA {
namespace {

struct Mask {
  uint32x4_t v;
  /** True in the first n lanes. */
  static Mask first(size_t n) {
    const uint32_t lane[4] = {0, 1, 2, 3};
    return {vcltq_u32(vld1q_u32(lane), vdupq_n_u32(uint32_t(n)))};
  }
  /** True where truths[i] is not 0. */
  static Mask load(const int32_t* truths) {
    const int32x4_t x = vld1q_s32(truths);
    return {vtstq_s32(x, x)};
  }
  /** 1 and 0 as int32. */
  void store(int32_t* truths) const {
    vst1q_s32(truths, vreinterpretq_s32_u32(vshrq_n_u32(v, 31)));
  }
  bool any() const { return vmaxvq_u32(v) != 0; }
  bool all() const { return vminvq_u32(v) != 0; }
};

inline Mask operator&(Mask a, Mask b) { return {vandq_u32(a.v, b.v)}; }
inline Mask operator|(Mask a, Mask b) { return {vorrq_u32(a.v, b.v)}; }
inline Mask operator!(Mask a) { return {vmvnq_u32(a.v)}; }

struct Vec {
  static constexpr size_t lanes = 4, registers = 32;
  static constexpr bool fused = true, tables = false;
  float32x4_t v;
  static Vec all(float x) { return {vdupq_n_f32(x)}; }
  static Vec load(const float* p) { return {vld1q_f32(p)}; }
  /** The first n floats; the other lanes are 0 and their memory is not touched. */
  static Vec loadFirst(const float* p, size_t n) {
    float first[lanes] = {};
    for (size_t i = 0; i < n; i++) first[i] = p[i];
    return load(first);
  }
  void store(float* p) const { vst1q_f32(p, v); }
  void storeFirst(float* p, size_t n) const {
    float first[lanes];
    store(first);
    for (size_t i = 0; i < n; i++) p[i] = first[i];
  }
};

inline uint32x4_t bits(Vec a) { return vreinterpretq_u32_f32(a.v); }
inline Vec fromBits(uint32x4_t a) { return {vreinterpretq_f32_u32(a)}; }

inline Vec operator+(Vec a, Vec b) { return {vaddq_f32(a.v, b.v)}; }
inline Vec operator-(Vec a, Vec b) { return {vsubq_f32(a.v, b.v)}; }
inline Vec operator*(Vec a, Vec b) { return {vmulq_f32(a.v, b.v)}; }
inline Vec operator/(Vec a, Vec b) { return {vdivq_f32(a.v, b.v)}; }
inline Vec operator-(Vec a) { return {vnegq_f32(a.v)}; }
inline Mask operator<(Vec a, Vec b) { return {vcltq_f32(a.v, b.v)}; }
inline Mask operator<=(Vec a, Vec b) { return {vcleq_f32(a.v, b.v)}; }
inline Mask operator>(Vec a, Vec b) { return {vcgtq_f32(a.v, b.v)}; }
inline Mask operator>=(Vec a, Vec b) { return {vcgeq_f32(a.v, b.v)}; }
inline Mask operator==(Vec a, Vec b) { return {vceqq_f32(a.v, b.v)}; }
inline Mask operator!=(Vec a, Vec b) { return !(a == b); }

/** a b + c, rounded once. */
inline Vec fma(Vec a, Vec b, Vec c) { return {vfmaq_f32(c.v, a.v, b.v)}; }
inline Vec select(Mask m, Vec yes, Vec no) { return {vbslq_f32(m.v, yes.v, no.v)}; }
/** a where a < b, else b: b where one is NaN. */
inline Vec least(Vec a, Vec b) { return select(a < b, a, b); }
/** a where a > b, else b: b where one is NaN. */
inline Vec most(Vec a, Vec b) { return select(a > b, a, b); }
inline Vec bitAnd(Vec a, Vec b) { return fromBits(vandq_u32(bits(a), bits(b))); }
inline Vec bitOr(Vec a, Vec b) { return fromBits(vorrq_u32(bits(a), bits(b))); }
/** The size of one number with the sign of another. */
inline Vec withSignOf(Vec sign, Vec size) {
  return {vbslq_f32(vdupq_n_u32(0x80000000), sign.v, size.v)};
}
inline Vec abs(Vec a) { return {vabsq_f32(a.v)}; }
inline Vec sqrt(Vec a) { return {vsqrtq_f32(a.v)}; }
inline Vec floor(Vec a) { return {vrndmq_f32(a.v)}; }
inline Vec ceil(Vec a) { return {vrndpq_f32(a.v)}; }
/** To the nearest whole number, halves to the even one. */
inline Vec round(Vec a) { return {vrndnq_f32(a.v)}; }
/** 2^n for whole n in [-126, 127]. */
inline Vec powerOfTwo(Vec n) {
  const int32x4_t biased = vaddq_s32(vcvtnq_s32_f32(n.v), vdupq_n_s32(127));
  return {vreinterpretq_f32_s32(vshlq_n_s32(biased, 23))};
}
/** y 2^n for whole n added to roundingShift, if the result is a normal number. */
inline Vec timesPowerOfTwo(Vec y, Vec shifted) {
  return fromBits(vaddq_u32(bits(y), vshlq_n_u32(bits(shifted), 23)));
}
/** x = m 2^e for positive normal x, sqrt(1/2) <= m < sqrt(2). */
inline void splitExponent(Vec x, Vec& m, Vec& e) {
  const int32x4_t word = vreinterpretq_s32_u32(bits(x));
  const int32x4_t n = vshrq_n_s32(vsubq_s32(word, vdupq_n_s32(rootOfHalf)), 23);
  m = {vreinterpretq_f32_s32(vsubq_s32(word, vshlq_n_s32(n, 23)))};
  e = {vcvtq_f32_s32(n)};
}

/** 32-bit words, each in the low half of 64 bits; what stands in the high half counts for nothing.
 */
struct Words {
  static constexpr size_t lanes = 2;
  uint64x2_t v;
  static Words all(uint32_t x) { return {vdupq_n_u64(x)}; }
  static Words load(const uint64_t* p) { return {vld1q_u64(p)}; }
  void store(uint64_t* p) const { vst1q_u64(p, v); }
};
inline Words operator^(Words a, Words b) { return {veorq_u64(a.v, b.v)}; }
/** All 64 bits of the products. */
inline Words product(Words a, Words b) { return {vmull_u32(vmovn_u64(a.v), vmovn_u64(b.v))}; }
inline Words highHalf(Words a) { return {vshrq_n_u64(a.v, 32)}; }
/** Two words in 64 bits. */
inline Words joined(Words low, Words high) { return {vsliq_n_u64(low.v, high.v, 32)}; }

}  // namespace
}  // namespace ISA
