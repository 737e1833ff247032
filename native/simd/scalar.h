/** One float: for processors without a header of their own, and the plainest statement of what Vec
 * means. */
#pragma once
#include <math.h>
#include <string.h>

namespace ISA {
namespace {

struct Mask {
  bool v;
  /** True in the first n lanes. */
  static Mask first(size_t n) { return {n > 0}; }
  /** True where truths[i] is not 0. */
  static Mask load(const int32_t* truths) { return {*truths != 0}; }
  /** 1 and 0 as int32. */
  void store(int32_t* truths) const { *truths = v; }
  bool any() const { return v; }
  bool all() const { return v; }
};

inline Mask operator&(Mask a, Mask b) { return {a.v && b.v}; }
inline Mask operator|(Mask a, Mask b) { return {a.v || b.v}; }
inline Mask operator!(Mask a) { return {!a.v}; }

struct Vec {
  static constexpr size_t lanes = 1, registers = 16;
  static constexpr bool fused = false, tables = false;
  float v;
  static Vec all(float x) { return {x}; }
  static Vec load(const float* p) { return {*p}; }
  /** The first n floats; the other lanes are 0 and their memory is not touched. */
  static Vec loadFirst(const float* p, size_t n) { return {n > 0 ? *p : 0}; }
  void store(float* p) const { *p = v; }
  void storeFirst(float* p, size_t n) const {
    if (n > 0) *p = v;
  }
};

inline uint32_t bits(Vec a) {
  uint32_t word;
  memcpy(&word, &a.v, 4);
  return word;
}
inline Vec fromBits(uint32_t word) {
  Vec a;
  memcpy(&a.v, &word, 4);
  return a;
}

inline Vec operator+(Vec a, Vec b) { return {a.v + b.v}; }
inline Vec operator-(Vec a, Vec b) { return {a.v - b.v}; }
inline Vec operator*(Vec a, Vec b) { return {a.v * b.v}; }
inline Vec operator/(Vec a, Vec b) { return {a.v / b.v}; }
inline Vec operator-(Vec a) { return {-a.v}; }
inline Mask operator<(Vec a, Vec b) { return {a.v < b.v}; }
inline Mask operator<=(Vec a, Vec b) { return {a.v <= b.v}; }
inline Mask operator>(Vec a, Vec b) { return {a.v > b.v}; }
inline Mask operator>=(Vec a, Vec b) { return {a.v >= b.v}; }
inline Mask operator==(Vec a, Vec b) { return {a.v == b.v}; }
inline Mask operator!=(Vec a, Vec b) { return {a.v != b.v}; }

/** a b + c; the product is rounded too, since a fused form may be slow here. */
inline Vec fma(Vec a, Vec b, Vec c) { return {a.v * b.v + c.v}; }
inline Vec select(Mask m, Vec yes, Vec no) { return m.v ? yes : no; }
/** a where a < b, else b: b where one is NaN. */
inline Vec least(Vec a, Vec b) { return a.v < b.v ? a : b; }
/** a where a > b, else b: b where one is NaN. */
inline Vec most(Vec a, Vec b) { return a.v > b.v ? a : b; }
inline Vec bitAnd(Vec a, Vec b) { return fromBits(bits(a) & bits(b)); }
inline Vec bitOr(Vec a, Vec b) { return fromBits(bits(a) | bits(b)); }
/** The size of one number with the sign of another. */
inline Vec withSignOf(Vec sign, Vec size) { return bitOr(size, bitAnd(sign, Vec::all(-0.0f))); }
inline Vec abs(Vec a) { return {::fabsf(a.v)}; }
inline Vec sqrt(Vec a) { return {::sqrtf(a.v)}; }
inline Vec floor(Vec a) { return {::floorf(a.v)}; }
inline Vec ceil(Vec a) { return {::ceilf(a.v)}; }
/** To the nearest whole number, halves to the even one. */
inline Vec round(Vec a) { return {::rintf(a.v)}; }
/** 2^n for whole n in [-126, 127]. */
inline Vec powerOfTwo(Vec n) {
  return n.v == n.v ? fromBits(uint32_t(int32_t(n.v) + 127) << 23) : n;
}
/** y 2^n for whole n added to roundingShift, if the result is a normal number. */
inline Vec timesPowerOfTwo(Vec y, Vec shifted) { return fromBits(bits(y) + (bits(shifted) << 23)); }
/** x = m 2^e for positive normal x, sqrt(1/2) <= m < sqrt(2). */
inline void splitExponent(Vec x, Vec& m, Vec& e) {
  const int32_t n = int32_t(bits(x) - uint32_t(rootOfHalf)) >> 23;
  m = fromBits(bits(x) - (uint32_t(n) << 23));
  e = {float(n)};
}

/** 32-bit words, each in the low half of 64 bits; what stands in the high half counts for nothing.
 */
struct Words {
  static constexpr size_t lanes = 1;
  uint64_t v;
  static Words all(uint32_t x) { return {x}; }
  static Words load(const uint64_t* p) { return {*p}; }
  void store(uint64_t* p) const { *p = v; }
};
inline Words operator^(Words a, Words b) { return {a.v ^ b.v}; }
/** All 64 bits of the products. */
inline Words product(Words a, Words b) { return {uint64_t(uint32_t(a.v)) * uint32_t(b.v)}; }
inline Words highHalf(Words a) { return {a.v >> 32}; }
/** Two words in 64 bits. */
inline Words joined(Words low, Words high) { return {uint32_t(low.v) | high.v << 32}; }

}  // namespace
}  // namespace ISA
