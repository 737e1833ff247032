/**
 * Transcendental functions of a Vec: within 4 units in the last place, right at zeros, infinities
 * and NaN. The polynomials are least-maximum fits of the relative error, rounded to float;
 * arguments are reduced by sums of short constants whose multiples are exact (Cody and Waite,
 * Software Manual for the Elementary Functions, 1980).
 */
#pragma once
#include <math.h>

#include "vec.h"

namespace ISA {
namespace {

/** Horner's rule; the coefficient of the highest power comes first. */
template <size_t count>
inline Vec polynomial(const float (&coefficients)[count], Vec x) {
  Vec sum = Vec::all(coefficients[0]);
  for (size_t i = 1; i < count; i++) sum = fma(sum, x, Vec::all(coefficients[i]));
  return sum;
}

inline Vec withSignOf(Vec sign, Vec magnitude) {
  return bitOr(magnitude, bitAnd(sign, Vec::all(-0.0f)));
}

/** x kept within [low, high]; NaN stays. */
inline Vec clamp(Vec x, float low, float high) {
  const Vec below = Vec::all(low), above = Vec::all(high);
  return select(x < below, below, select(x > above, above, x));
}

/** x = n ln 2 + r with whole n and |r| <= ln(2)/2; `growth` is e^r - 1. */
struct Exponential {
  Vec n, growth;
};
inline Exponential reduceExponent(Vec x) {
  const Vec n = round(x * Vec::all(1.44269504f));
  const Vec r = fma(n, Vec::all(-3.1946183e-05f), fma(n, Vec::all(-0.693115234375f), x));
  static const float tail[] = {0.000198458845f, 0.00139407197f, 0.00833338965f,
                               0.0416663587f,   0.166666657f,   0.5f};
  return {n, fma(r * r, polynomial(tail, r), r)};
}

/** e^x. The power of two is applied in two halves, so that both ends round as they should. */
inline Vec exp(Vec x) {
  const Exponential e = reduceExponent(clamp(x, -104, 89));
  const Vec half = floor(e.n * Vec::all(0.5f));
  return (Vec::all(1) + e.growth) * powerOfTwo(half) * powerOfTwo(e.n - half);
}

/** e^x - 1 without cancellation: 2^n growth + (2^n - 1), halved on the way because 2^128 is too
 * large. */
inline Vec expm1(Vec x) {
  const Exponential e = reduceExponent(clamp(x, -25, 89));
  const Vec half = powerOfTwo(e.n - Vec::all(1));
  const Vec y = Vec::all(2) * fma(half, e.growth, half - Vec::all(0.5f));
  return select(abs(x) < Vec::all(1e-8f), x, y);
}

/** Natural logarithm of m 2^e, m in [sqrt(1/2), sqrt(2)). */
inline Vec logOfParts(Vec m, Vec e) {
  const Vec f = m - Vec::all(1), square = f * f;
  static const float tail[] = {0.06746649f,   -0.1167567f,   0.11888168f,
                               -0.124055862f, 0.142195508f,  -0.166679963f,
                               0.200021192f,  -0.250000089f, 0.333333135f};
  Vec y = fma(f * square, polynomial(tail, f), e * Vec::all(3.1946183e-05f));
  y = fma(square, Vec::all(-0.5f), y);
  return fma(e, Vec::all(0.693115234375f), f + y);
}

/** Natural logarithm of a positive finite number. */
inline Vec logOfPositive(Vec x) {
  const Mask denormal = x < Vec::all(1.17549435e-38f);
  x = select(denormal, x * Vec::all(8388608), x);
  Vec e = exponent(x);
  Vec m = x * powerOfTwo(-clamp(e, -126, 126));
  m = select(e > Vec::all(126), m * Vec::all(0.5f), m);
  const Mask large = m > Vec::all(1.41421354f);
  m = select(large, m * Vec::all(0.5f), m);
  e = e + select(large, Vec::all(1), Vec::all(0)) - select(denormal, Vec::all(23), Vec::all(0));
  return logOfParts(m, e);
}

inline Vec log(Vec x) {
  const Vec infinity = Vec::all(INFINITY);
  const Vec y = select(x < infinity, logOfPositive(x), x);  // log of infinity and of NaN
  return select(x > Vec::all(0), y,
                select(x == Vec::all(0), -infinity, select(isNan(x), x, Vec::all(NAN))));
}

/** log(1 + x): the logarithm of the rounded sum, and to first order what the rounding lost. */
inline Vec log1p(Vec x) {
  const Vec one = Vec::all(1), sum = one + x;
  const Vec lost = select(abs(x) > one, one - (sum - x), x - (sum - one));
  const Vec y = log(sum) + lost / sum;
  const Mask plain = (x == Vec::all(0)) | (x == Vec::all(INFINITY));
  return select(plain, x, select(x <= Vec::all(-1), log(sum), y));
}

/** log(1 + t) for t in [0, 1]: the sum is a number of [1, 2], and what its rounding lost is small.
 */
inline Vec log1pOfUnit(Vec t) {
  const Vec one = Vec::all(1), sum = one + t;
  const Vec lost = t - (sum - one);
  const Mask large = sum > Vec::all(1.41421354f);
  const Vec m = select(large, sum * Vec::all(0.5f), sum);
  return logOfParts(m, select(large, one, Vec::all(0))) + lost / sum;
}

/** 1 / (1 + e^-x), with the exponential of -|x| so that it cannot overflow. */
inline Vec sigmoid(Vec x) {
  const Vec one = Vec::all(1), t = exp(-abs(x));
  return select(x < Vec::all(0), t, one) / (one + t);
}

/** e / (e + 2) with e = e^2|x| - 1; from 10 on the quotient is 1. */
inline Vec tanh(Vec x) {
  const Vec e = expm1(Vec::all(2) * clamp(abs(x), 0, 10));
  return withSignOf(x, e / (e + Vec::all(2)));
}

/** log(1 + e^x), as max(x, 0) + log(1 + e^-|x|). */
inline Vec softplus(Vec x) {
  return select(x > Vec::all(0), x, Vec::all(0)) + log1pOfUnit(exp(-abs(x)));
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

/** True where n is odd. */
inline Mask odd(Vec n) {
  const Vec half = n * Vec::all(0.5f);
  return floor(half) != half;
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
