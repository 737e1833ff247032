/**
 * Functions of a Vec whose set looks numbers up in tables that lie in registers (`Vec::tables`):
 * the argument is cut into many pieces, each with a short polynomial of its own, which meets the
 * function at the piece's Chebyshev points. Within 4 units in the last place, and right at the ends
 * mostly without asking whether an argument lies there.
 */
#pragma once
#include <math.h>

#include "vec.h"

namespace ISA {
namespace {

/** 2^(j/32). */
constexpr float powers[] = {
    1.0f,       1.0218972f, 1.0442737f, 1.0671405f, 1.0905077f, 1.1143868f, 1.1387886f, 1.1637249f,
    1.1892071f, 1.2152474f, 1.2418578f, 1.269051f,  1.2968396f, 1.3252367f, 1.3542556f, 1.38391f,
    1.4142135f, 1.4451808f, 1.4768262f, 1.5091645f, 1.5422108f, 1.5759809f, 1.6104903f, 1.6457555f,
    1.6817929f, 1.7186193f, 1.7562522f, 1.7947091f, 1.8340081f, 1.8741677f, 1.9152066f, 1.9571441f};

/** e^x, or e^-x if `sign` is -1, as 2^floor(n) power (1 + r slope): n is a multiple of 1/32. */
template <class V>
struct Steps {
  V n, power, r, slope;
};
template <int sign, class V>
inline Steps<V> steps(V x) {
  // The sum with this number rounds to 32nds, and its last five bits say which.
  const V shift = V::all(393216), shifted = fma(x, V::all(sign * 1.44269504f), shift);
  const V n = shifted - shift;
  const V r = fma(n, V::all(sign * -3.1946183e-05f), fma(n, V::all(sign * -0.693115234375f), x));
  return {n, lookUp(powers, shifted), r, fma(r, V::all(0.5000049f), V::all(sign * 1.0000147f))};
}
template <class V>
inline V product(Steps<V> s) {
  return scale(fma(s.power * s.r, s.slope, s.power), s.n);
}

template <class V>
requires(V::tables) inline V exp(V x) {
  return product(steps<1>(least(V::all(89), most(V::all(-104), x))));
}

/** 1 / (1 + e^-x); where e^-x is too large for that, it is e^x. */
template <class V>
requires(V::tables) inline V sigmoid(V x) {
  const V one = V::all(1);
  const Steps<V> s = steps<-1>(x);
  const V below = fma(scale(s.power, s.n), fma(s.r, s.slope, one), one);
  const V estimate = reciprocalEstimate(below);
  const V y = fma(estimate, fnma(below, estimate, one), estimate);
  const auto usual = below < V::all(8e37f);
  if (usual.all()) return y;
  return select(usual, y, exp(least(V::all(0), x)));
}

/** For each piece where it is taken to begin, and coefficients from the constant on. The leading
 * bits of 0.83 |x| + 0.5, two of the exponent and three more, say which piece it is. The last piece
 * ends at 1. */
constexpr float tanhPieces[6][32] = {
    {1.9578314f,  2.259036f,   2.560241f,  2.8614457f,  3.1626506f,  3.4638555f,  3.7650602f,
     4.066265f,   4.518072f,   5.120482f,  5.7228913f,  6.325301f,   6.927711f,   7.5301204f,
     8.13253f,    8.73494f,    0.0f,       0.11295181f, 0.18825302f, 0.26355422f, 0.33885542f,
     0.41415662f, 0.48945785f, 0.564759f,  0.67771083f, 0.82831323f, 0.9789157f,  1.129518f,
     1.2801205f,  1.4307228f,  1.5813253f, 1.7319278f},
    {0.960924f,   0.9784154f,  0.98812467f, 0.99348086f, 0.99642557f, 0.99804145f, 0.99892724f,
     0.99941254f, 0.999762f,   0.99992865f, 0.9999786f,  0.99999356f, 0.9999981f,  0.9999994f,
     0.9999998f,  0.99999994f, 0.0f,        0.1124739f,  0.18606025f, 0.2576169f,  0.32645518f,
     0.3919963f,  0.45378602f, 0.5114999f,  0.5900292f,  0.67956924f, 0.75259614f, 0.81085426f,
     0.856517f,   0.89181465f, 0.91880864f, 0.9392833f},
    {0.07662429f,   0.04270264f,    0.023609264f,   0.012995577f,   0.0071359864f, 0.0039132107f,
     0.002144347f,  0.00117458f,    0.00047583785f, 0.00014265417f, 4.276219e-05f, 1.2817987e-05f,
     3.842158e-06f, 1.1516744e-06f, 3.4520997e-07f, 2.1e-07f,       1.0f,          0.98734957f,
     0.9653815f,    0.9336335f,     0.893427f,      0.84633887f,    0.79407823f,   0.7383679f,
     0.6518662f,    0.53818625f,    0.43359956f,    0.3425157f,     0.26637876f,   0.20466672f,
     0.15579073f,   0.117746785f},
    {-0.07363086f,   -0.04178142f,    -0.0233292f,     -0.012911033f,   -0.007110578f,
     -0.0039056018f, -0.002142077f,   -0.0011739066f,  -0.00047583453f, -0.00014267699f,
     -4.277117e-05f, -1.2820873e-05f, -3.8430403e-06f, -1.1519403e-06f, -3.4528983e-07f,
     0.0f,           1.7722015e-06f,  -0.11105103f,    -0.1796191f,     -0.24051973f,
     -0.29166383f,   -0.3317617f,     -0.36034158f,    -0.37767506f,    -0.38461956f,
     -0.3657345f,    -0.32632515f,    -0.27773026f,    -0.22815795f,    -0.18252482f,
     -0.14314193f,   -0.11059765f},
    {0.045347396f,   0.026757156f,   0.01525625f,    0.00853946f,   0.0047320845f,  0.0026079365f,
     0.0014329889f,  0.00078610063f, 0.0003243416f,  9.728948e-05f, 2.9168397e-05f, 8.743672e-06f,
     2.6209316e-06f, 7.8561914e-07f, 2.3548664e-07f, 0.0f,          -0.33375704f,   -0.3164149f,
     -0.28820303f,   -0.24913117f,   -0.20253347f,   -0.15205862f,  -0.101217166f,  -0.053020086f,
     0.009216936f,   0.06870778f,    0.100713044f,   0.11080367f,   0.10651076f,    0.0945131f,
     0.07959161f,    0.06465806f},
    {-0.01889973f,    -0.012163957f,   -0.0072449786f,  -0.0041490765f,
     -0.0023274848f,  -0.0012912325f,  -0.0007120535f,  -0.00039138153f,
     -0.0001607997f,  -4.8266415e-05f, -1.4473725e-05f, -4.3389873e-06f,
     -1.3006437e-06f, -3.8986738e-07f, -1.1686167e-07f, 0.0f,
     0.01502072f,     0.0725582f,      0.1134221f,      0.14425898f,
     0.16323149f,     0.17008014f,     0.16593261f,     0.15290627f,
     0.12241859f,     0.07498513f,     0.03284986f,     0.0026810635f,
     -0.015175701f,   -0.02341999f,    -0.025378078f,   -0.023827495f}};

/** |x| in 32 pieces, which grow with it; from 9.03 on it is 1. */
template <class V>
requires(V::tables) inline V tanh(V x) {
  const V z = least(V::all(9.03f), abs(x));
  const V piece = bitsDown(fma(z, V::all(0.83f), V::all(0.5f)), 20);
  const auto of = [=](const float(&row)[32]) { return lookUp(row, piece); };
  const V r = z - of(tanhPieces[0]);
  V y = of(tanhPieces[5]);
  for (int power = 4; power >= 1; power--) y = fma(y, r, of(tanhPieces[power]));
  return withSignOf(x, y);
}

/** 1/sqrt(x): a step of Newton's from the estimate, which is right where the step is NaN. */
template <class V>
requires(V::tables) inline V rsqrt(V x) {
  const V estimate = rootEstimate(x);
  const V error = fnma(x * estimate, estimate, V::all(1));
  const V y = fma(estimate * V::all(0.5f), error, estimate);
  return select(error == error, y, estimate);
}

/** Numbers near 1/m, and minus their logarithms, for m from 1 to 1.5 and from 0.75 to 1. */
constexpr float inverses[] = {
    1.0f,        0.95522386f, 0.92753625f, 0.90140843f, 0.8767123f, 0.85333335f, 0.83116883f,
    0.8101266f,  0.79012346f, 0.7710843f,  0.7529412f,  0.7356322f, 0.71910113f, 0.7032967f,
    0.68817204f, 0.67368424f, 1.3195876f,  1.2929293f,  1.2673267f, 1.2427185f,  1.2190477f,
    1.1962616f,  1.1743119f,  1.1531532f,  1.1327434f,  1.1130434f, 1.0940171f,  1.0756303f,
    1.0578512f,  1.0406504f,  1.024f,      1.0f};
constexpr float logarithms[] = {
    0.0f,          0.04580956f,  0.0752234f,   0.10379681f,  0.13157636f,   0.15860501f,
    0.18492234f,   0.21056475f,  0.23556606f,  0.25995755f,  0.28376815f,   0.30702505f,
    0.32975328f,   0.3519764f,   0.3737164f,   0.39499375f,  -0.27731925f,  -0.2569104f,
    -0.23690973f,  -0.21730128f, -0.19806994f, -0.1792014f,  -0.16068234f,  -0.14250009f,
    -0.12464244f,  -0.10709809f, -0.08985638f, -0.07290682f, -0.056239676f, -0.039845873f,
    -0.023716575f, 0.0f};

template <class V>
requires(V::tables) inline V log(V x) {
  V m, e;
  splitAny(x, m, e);
  const V piece = bitsDown(m, 18);
  const V r = fma(m, lookUp(inverses, piece), V::all(-1));
  const V tail = fma(r, fma(r, V::all(-0.24543929f), V::all(0.3333787f)), V::all(-0.50000054f));
  return fma(e, V::all(0.693147182f), lookUp(logarithms, piece)) + fma(r * r, tail, r);
}

/** log(1 + t) / t for t = (j + r) / 15, the lowest power of t first. */
constexpr float quotients[4][16] = {
    {1.0f, 0.99999756f, 0.99996096f, 0.9998309f, 0.99954903f, 0.99906886f, 0.998358f, 0.99739736f,
     0.99617827f, 0.9947003f, 0.9929693f, 0.9909949f, 0.98878986f, 0.98636866f, 0.9837466f,
     0.9816447f},
    {-0.4999998f, -0.49983066f, -0.49875823f, -0.4964319f, -0.49281487f, -0.4880154f, -0.48219955f,
     -0.47554693f, -0.46822944f, -0.4604018f, -0.45219836f, -0.4437331f, -0.43510133f, -0.42638162f,
     -0.41763806f, -0.4110663f},
    {0.33321318f, 0.32906973f, 0.3184091f, 0.30444422f, 0.28892028f, 0.27289763f, 0.25701362f,
     0.24164185f, 0.22699033f, 0.21316293f, 0.20019846f, 0.18809552f, 0.17682852f, 0.16635795f,
     0.15663709f, 0.1497873f},
    {-0.24030365f, -0.20343935f, -0.16744846f, -0.13931704f, -0.1170319f, -0.099164896f,
     -0.08468445f, -0.07283328f, -0.06304729f, -0.054900635f, -0.048067942f, -0.04229781f,
     -0.03739401f, -0.033201914f, -0.029598618f, -0.027218532f}};

/** log(1 + e^-|x|). */
template <class V>
requires(V::tables) inline V softplusAboveRelu(V x) {
  const V t = product(steps<1>(negativeLeast(x, V::all(104))));
  const V piece = fma(t, V::all(15), V::all(12582912));
  V quotient = lookUp(quotients[3], piece);
  for (int power = 2; power >= 0; power--)
    quotient = fma(quotient, t, lookUp(quotients[power], piece));
  return t * quotient;
}

}  // namespace
}  // namespace ISA
