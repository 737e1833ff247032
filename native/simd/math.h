/**
 * Transcendental functions of a Vec: within 4 units in the last place, right at zeros, infinities
 * and NaN. The polynomials are least-maximum fits of the relative error, rounded to float;
 * arguments are reduced by sums of short constants whose multiples are exact (Cody and Waite,
 * Software Manual for the Elementary Functions, 1980).
 */
#pragma once
#include <math.h>

#include "tables.h"
#include "vec.h"

namespace ISA {
namespace {

/** The coefficient of the highest power comes first. Even and odd powers are summed apart, each by
 * Horner's rule: half as long a chain. */
template <size_t count>
inline Vec polynomial(const float (&coefficients)[count], Vec x) {
  const Vec square = x * x;
  Vec sum = Vec::all(coefficients[0]), other = Vec::all(coefficients[1]);
  for (size_t i = 2; i < count; i += 2) {
    sum = fma(sum, square, Vec::all(coefficients[i]));
    if (i + 1 < count) other = fma(other, square, Vec::all(coefficients[i + 1]));
  }
  return count % 2 == 0 ? fma(sum, x, other) : fma(other, x, sum);
}

template <class V>
requires(!V::tables) inline V rsqrt(V x) { return V::all(1) / sqrt(x); }

/** x kept within [low, high]; NaN stays. */
inline Vec clamp(Vec x, float low, float high) {
  return least(Vec::all(high), most(Vec::all(low), x));
}

/** x = n ln 2 + r with whole n and |r| <= ln(2)/2. */
struct Exponent {
  Vec shifted;  // n + roundingShift
  Vec n, r;
};
inline Exponent reduceExponent(Vec x) {
  const Vec shift = Vec::all(roundingShift), shifted = fma(x, Vec::all(1.44269504f), shift);
  const Vec n = shifted - shift;
  return {shifted, n, fma(n, Vec::all(-3.1946183e-05f), fma(n, Vec::all(-0.693115234375f), x))};
}

/** e^r - 1 for |r| <= ln(2)/2. */
inline Vec expm1NearZero(Vec r) {
  static const float tail[] = {0.0013818304f, 0.008368532f, 0.041668292f, 0.16666523f, 0.49999994f};
  return fma(r * r, polynomial(tail, r), r);
}

/** e^x where x and the result are no extremes. */
inline Vec expOfUsual(Vec x) {
  const Exponent e = reduceExponent(x);
  return timesPowerOfTwo(Vec::all(1) + expm1NearZero(e.r), e.shifted);
}
constexpr float usualExponent = 87;

/** e^x. At the ends the power of two is applied in two halves, so that both round as they should.
 */
template <class V>
requires(!V::tables) inline V exp(V x) {
  const Mask usual = abs(x) < Vec::all(usualExponent);
  const Vec y = expOfUsual(x);
  if (usual.all()) return y;
  const Exponent e = reduceExponent(clamp(x, -104, 89));
  const Vec half = floor(e.n * Vec::all(0.5f));
  const Vec extreme =
      (Vec::all(1) + expm1NearZero(e.r)) * powerOfTwo(half) * powerOfTwo(e.n - half);
  return select(usual, y, extreme);
}

/** e^x - 1 without cancellation: 2^n (e^r - 1) + (2^n - 1), halved on the way because 2^128 is too
 * large. */
inline Vec expm1(Vec x) {
  const Exponent e = reduceExponent(clamp(x, -25, 89));
  const Vec half = powerOfTwo(e.n - Vec::all(1));
  const Vec y = Vec::all(2) * fma(half, expm1NearZero(e.r), half - Vec::all(0.5f));
  return select(abs(x) < Vec::all(1e-8f), x, y);
}

/** Natural logarithm of m 2^e, m in [sqrt(1/2), sqrt(2)). */
inline Vec logOfParts(Vec m, Vec e) {
  const Vec f = m - Vec::all(1), square = f * f;
  static const float tail[] = {-0.07636363f, 0.12762143f, -0.13159598f, 0.14201586f,
                               -0.1662341f,  0.20001242f, -0.2500082f,  0.3333333f};
  Vec y = fma(f * square, polynomial(tail, f), e * Vec::all(3.1946183e-05f));
  y = fma(square, Vec::all(-0.5f), y);
  return fma(e, Vec::all(0.693115234375f), f + y);
}

template <class V>
requires(!V::tables) inline V log(V x) {
  const Vec zero = Vec::all(0), infinity = Vec::all(INFINITY);
  const Mask usual = (x >= Vec::all(1.17549435e-38f)) & (x < infinity);
  Vec m, e;
  splitExponent(x, m, e);
  const Vec y = logOfParts(m, e);
  if (usual.all()) return y;
  splitExponent(x * Vec::all(8388608), m, e);
  const Vec tiny = logOfParts(m, e - Vec::all(23));
  const Vec positive = select(usual, y, select(x < infinity, tiny, x));  // infinity and NaN stay
  return select(x > zero, positive,
                select(x == zero, -infinity, select(isNan(x), x, Vec::all(NAN))));
}

/** True where whole n is odd. */
inline Mask odd(Vec n) {
  const Vec half = n * Vec::all(0.5f);
  return floor(half) != half;
}

/** A number as a sum of two, the second some 2^-24 of the first. */
struct Pair {
  Vec high, low;
};

/** log2(x) of positive normal x, to some 2^-33 of it: with s = (m - 1) / (m + 1) it is the exponent
 * and 2 atanh(s) / ln 2. */
inline Pair log2InTwo(Vec x) {
  static const float tail[] = {0.116652347f, 0.142754108f, 0.200000614f, 0.333333343f};
  const Vec one = Vec::all(1), twoByLn2 = Vec::all(2.88539004f);
  Vec m, e;
  splitExponent(x, m, e);
  const Vec f = m - one, g = m + one, inverse = one / g;
  const Vec s = f * inverse, square = s * s;
  const Vec lost = fma(-s, m - (g - one), fma(-s, g, f)) * inverse;
  const Vec high = s * twoByLn2, rest = fma(s * square, polynomial(tail, square), lost);
  const Vec low = fma(s, Vec::all(3.85192589e-08f), fma(s, twoByLn2, -high)) + twoByLn2 * rest;
  const Vec sum = e + high, less = low + (high - (sum - e)), whole = sum + less;
  return {whole, less - (whole - sum)};
}

/** Results of pow further from 1 than 2 to this power lose digits, and ask the C library. */
constexpr float largestPower = 64;

/** a^b; `usual` is where that is right: for positive normal a. */
inline Vec powOfUsual(Vec a, Vec b, Mask& usual) {
  const Pair l = log2InTwo(a);
  const Vec q = b * l.high, shift = Vec::all(roundingShift), shifted = q + shift;
  const Vec low = fma(b, l.low, fma(b, l.high, -q));
  const Vec r = ((q - (shifted - shift)) + low) * Vec::all(0.693147182f);
  usual = (a >= Vec::all(1.17549435e-38f)) & (a < Vec::all(INFINITY)) &
          (abs(q) < Vec::all(largestPower));
  return timesPowerOfTwo(Vec::all(1) + expm1NearZero(r), shifted);
}

/** log(1 + x): the logarithm of the rounded sum, and to first order what the rounding lost. */
inline Vec log1p(Vec x) {
  const Vec one = Vec::all(1), sum = one + x;
  const Vec lost = select(abs(x) > one, one - (sum - x), x - (sum - one));
  const Vec y = log(sum) + lost / sum;
  const Mask plain = (x == Vec::all(0)) | (x == Vec::all(INFINITY));
  return select(plain, x, select(x <= Vec::all(-1), log(sum), y));
}

/** log(1 + t) for t in [0, 1]: t times a polynomial about the middle, where terms cancel least. */
inline Vec log1pOfUnit(Vec t) {
  static const float quotient[] = {0.005112797f,  -0.008492251f, 0.011658262f,
                                   -0.020267524f, 0.036619168f,  -0.06770581f,
                                   0.13261025f,   -0.2885269f,   0.8109302f};
  return t * polynomial(quotient, t - Vec::all(0.5f));
}

/**
 * 1 / (1 + e^-x) with x = r - n ln 2 and e^r = (even + odd) / (even - odd), so that one division
 * does for both quotients. Below -87, where e^-x is too large, it is e^x.
 */
template <class V>
requires(!V::tables) inline V sigmoid(V x) {
  const Mask usual = abs(x) < Vec::all(usualExponent);
  const Vec shift = Vec::all(roundingShift), shifted = fma(x, Vec::all(-1.44269504f), shift);
  const Vec n = shifted - shift;
  const Vec r = fma(n, Vec::all(3.1946183e-05f), fma(n, Vec::all(0.693115234375f), x));
  const Vec square = r * r, even = fma(square, Vec::all(0.099980034f), Vec::all(1));
  const Vec odd = r * fma(square, Vec::all(0.008323383f), Vec::all(0.5f));
  const Vec above = even + odd;
  const Vec y = above / (above + timesPowerOfTwo(even - odd, shifted));
  if (usual.all()) return y;
  return select(usual, y, exp(least(Vec::all(0), x)));
}

/**
 * (e^2z - 1) / (e^2z + 1) for z = |x| = r + n ln(2)/2, with tanh(r) = odd / even and so
 * e^2z = 2^n (even + odd) / (even - odd). If n is 0, nothing cancels. From 9.1 on it is 1.
 */
template <class V>
requires(!V::tables) inline V tanh(V x) {
  const Vec one = Vec::all(1), z = least(Vec::all(9.1f), abs(x));
  const Vec shift = Vec::all(roundingShift), shifted = fma(z, Vec::all(2.88539008f), shift);
  const Vec n = shifted - shift;
  const Vec r = fma(n, Vec::all(-1.59730915e-05f), fma(n, Vec::all(-0.3465576171875f), z));
  const Vec square = r * r, tail = Vec::all(0.39992014f);
  const Vec odd = r * fma(square, Vec::all(0.066587064f), one);
  const Vec power = timesPowerOfTwo(one, shifted);
  const Vec less = power - one, more = power + one;
  // The larger product is not rounded; where there is no such sum, the ones stand apart from it.
  if constexpr (Vec::fused) {
    const Vec even = fma(square, tail, one);
    return withSignOf(x, fma(less, even, more * odd) / fma(more, even, less * odd));
  }
  const Vec rest = square * tail;
  return withSignOf(x, (less + (less * rest + more * odd)) / (more + (more * rest + less * odd)));
}

/** log(1 + e^-|x|). */
template <class V>
requires(!V::tables) inline V softplusAboveRelu(V x) { return log1pOfUnit(exp(-abs(x))); }

/** log(1 + e^x). */
template <class V>
inline V softplus(V x) {
  return most(V::all(0), x) + softplusAboveRelu(x);
}

/** Below 1 an odd polynomial; from there 1 - e^-g, where g fits -log(1 - erf). From 4 on it is 1.
 */
inline Vec erf(Vec x) {
  static const float centre[] = {7.85386073e-05f, -0.000801019371f, 0.00518832775f, -0.026853811f,
                                 0.112835854f,    -0.37612626f,     0.12837917f};
  static const float side[] = {-0.000186379257f, 0.002947659f, -0.0218380671f, 0.103106759f,
                               0.638144851f,     1.12708914f,  0.000341522304f};
  const Vec near = fma(x, polynomial(centre, x * x), x);
  const Vec z = clamp(abs(x), 0, 4);
  const Vec far = Vec::all(1) - exp(-polynomial(side, z));
  return select(z < Vec::all(1), near, withSignOf(x, far));
}

/** Beyond this the reduction below loses digits; sin, cos and tan then ask the C library. */
constexpr float largestAngle = 8192;

/** x = n pi/2 + r with whole n and |r| <= pi/4, for |x| <= largestAngle: all but the last product
 * are exact. */
struct Angle {
  Vec n, r;
};
inline Angle reduceAngle(Vec x) {
  const Vec n = round(x * Vec::all(0.636619772f));
  Vec r = x - n * Vec::all(1.5703125f);
  r = r - n * Vec::all(0.00048375129699707031f);
  r = r - n * Vec::all(7.5495336204767227e-8f);
  return {n, fma(n, Vec::all(-2.5633440682570896e-12f), r)};
}

inline Vec sinNearZero(Vec r) {
  static const float tail[] = {2.71804652e-06f, -0.000198393042f, 0.00833332911f, -0.166666672f};
  const Vec z = r * r;
  return fma(z * r, polynomial(tail, z), r);
}
inline Vec cosNearZero(Vec r) {
  static const float tail[] = {2.44324128e-05f, -0.00138873095f, 0.0416666456f};
  const Vec z = r * r;
  return fma(z * z, polynomial(tail, z), fma(z, Vec::all(-0.5f), Vec::all(1)));
}

inline Vec sin(Vec x) {
  const Angle a = reduceAngle(x);
  const Vec y = select(odd(a.n), cosNearZero(a.r), sinNearZero(a.r));
  const Vec turned = select(odd(floor(a.n * Vec::all(0.5f))), -y, y);
  return select(x == Vec::all(0), x, turned);
}
inline Vec cos(Vec x) {
  const Angle a = reduceAngle(x);
  const Vec y = select(odd(a.n), sinNearZero(a.r), cosNearZero(a.r));
  return select(odd(floor((a.n + Vec::all(1)) * Vec::all(0.5f))), -y, y);
}
inline Vec tan(Vec x) {
  static const float tail[] = {0.00438707881f, 6.81985184e-05f, 0.0108521832f, 0.0212760568f,
                               0.0540610664f,  0.13332653f,     0.333333492f};
  const Angle a = reduceAngle(x);
  const Vec z = a.r * a.r;
  const Vec y = fma(z * a.r, polynomial(tail, z), a.r);
  return select(x == Vec::all(0), x, select(odd(a.n), Vec::all(-1) / y, y));
}

}  // namespace
}  // namespace ISA
