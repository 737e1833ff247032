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
};

inline Mask operator&(Mask a, Mask b) { return {a.v && b.v}; }
inline Mask operator|(Mask a, Mask b) { return {a.v || b.v}; }
inline Mask operator!(Mask a) { return {!a.v}; }

struct Vec {
  static constexpr size_t lanes = 1, registers = 16;
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
inline Vec bitAnd(Vec a, Vec b) { return fromBits(bits(a) & bits(b)); }
inline Vec bitOr(Vec a, Vec b) { return fromBits(bits(a) | bits(b)); }
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
/** The e of x = m 2^e, 1 <= m < 2, for positive normal x. */
inline Vec exponent(Vec x) { return {float(int32_t(bits(x) >> 23) - 127)}; }

}  // namespace
}  // namespace ISA
