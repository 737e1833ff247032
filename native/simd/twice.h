/**
 * Two Vecs, or two such pairs, that go through the same operations side by side: none waits for the
 * other, and a question about all lanes is asked once.
 */
#pragma once
#include "vec.h"

namespace ISA {
namespace {

template <class V>
struct Twice {
  static constexpr size_t lanes = 2 * V::lanes;
  static constexpr bool tables = V::tables;
  V first, second;
  static Twice all(float x) { return {V::all(x), V::all(x)}; }
  static Twice load(const float* p) { return {V::load(p), V::load(p + V::lanes)}; }
  void store(float* p) const {
    first.store(p);
    second.store(p + V::lanes);
  }
};

template <class F, class V, class... More>
inline Twice<V> each(F f, Twice<V> a, More... more) {
  return {f(a.first, more.first...), f(a.second, more.second...)};
}

template <class V>
inline Twice<V> operator+(Twice<V> a, Twice<V> b) {
  return each([](V x, V y) { return x + y; }, a, b);
}
template <class V>
inline Twice<V> operator-(Twice<V> a, Twice<V> b) {
  return each([](V x, V y) { return x - y; }, a, b);
}
template <class V>
inline Twice<V> operator*(Twice<V> a, Twice<V> b) {
  return each([](V x, V y) { return x * y; }, a, b);
}
template <class V>
inline Twice<V> fma(Twice<V> a, Twice<V> b, Twice<V> c) {
  return each([](V x, V y, V z) { return fma(x, y, z); }, a, b, c);
}
template <class V>
inline Twice<V> fnma(Twice<V> a, Twice<V> b, Twice<V> c) {
  return each([](V x, V y, V z) { return fnma(x, y, z); }, a, b, c);
}
template <class V>
inline Twice<V> abs(Twice<V> a) {
  return each([](V x) { return abs(x); }, a);
}
template <class V>
inline Twice<V> least(Twice<V> a, Twice<V> b) {
  return each([](V x, V y) { return least(x, y); }, a, b);
}
template <class V>
inline Twice<V> most(Twice<V> a, Twice<V> b) {
  return each([](V x, V y) { return most(x, y); }, a, b);
}
template <class V>
inline Twice<V> withSignOf(Twice<V> sign, Twice<V> size) {
  return each([](V x, V y) { return withSignOf(x, y); }, sign, size);
}
template <class V>
inline Twice<V> scale(Twice<V> y, Twice<V> n) {
  return each([](V a, V b) { return scale(a, b); }, y, n);
}
template <class V>
inline Twice<V> leastSize(Twice<V> a, Twice<V> b) {
  return each([](V x, V y) { return leastSize(x, y); }, a, b);
}
template <class V>
inline Twice<V> negativeLeast(Twice<V> a, Twice<V> b) {
  return each([](V x, V y) { return negativeLeast(x, y); }, a, b);
}
template <class V>
inline Twice<V> reciprocalEstimate(Twice<V> a) {
  return each([](V x) { return reciprocalEstimate(x); }, a);
}
template <class V>
inline Twice<V> bitsDown(Twice<V> a, int places) {
  return each([=](V x) { return bitsDown(x, places); }, a);
}
template <size_t count, class V>
inline Twice<V> lookUp(const float (&table)[count], Twice<V> place) {
  return each([&](V x) { return lookUp(table, x); }, place);
}
template <class V>
inline void splitAny(Twice<V> x, Twice<V>& m, Twice<V>& e) {
  splitAny(x.first, m.first, e.first);
  splitAny(x.second, m.second, e.second);
}
template <class V>
inline bool anyBit(Twice<Twice<V>> a, int32_t pattern) {
  const V most = bitOr(a.first.first, a.first.second, a.second.first);
  return anyBit(bitOr(most, a.second.second), pattern);
}

}  // namespace
}  // namespace ISA
