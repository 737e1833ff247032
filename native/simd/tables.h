/**
 * Functions of a Vec whose set looks numbers up in tables that lie in registers (`Vec::tables`):
 * the argument is cut into many pieces, each with a short polynomial of its own. Within 4 units in
 * the last place, and right at the ends mostly without asking whether an argument lies there.
 */
#pragma once
#include <math.h>

#include "vec.h"

namespace ISA {
namespace {

/** 2^(j/32) (1 + 2.25e-8), rounded: without the factor sigmoid is too small by up to 9e-8. */
constexpr float powers[] = {
    1.0f,       1.0218972f, 1.0442739f, 1.0671405f, 1.0905077f, 1.1143868f, 1.1387887f, 1.1637249f,
    1.1892072f, 1.2152474f, 1.2418579f, 1.269051f,  1.2968396f, 1.3252367f, 1.3542556f, 1.38391f,
    1.4142135f, 1.4451809f, 1.4768262f, 1.5091645f, 1.5422108f, 1.5759809f, 1.6104903f, 1.6457555f,
    1.6817929f, 1.7186193f, 1.7562522f, 1.7947091f, 1.8340081f, 1.8741677f, 1.9152066f, 1.9571441f};

/** A sum with this number rounds to 32nds, and its last five bits say which. */
constexpr float shiftTo32nds = 393216;
/** e^r = 1 + r slope for |r| <= ln(2)/64; for e^-r the signs of r and the slope change. */
constexpr float slopeAtZero = 1.0000147f, slopeOfSlope = 0.5000049f;

/** e^x as 2^floor(n) power (1 + r slope): n is a multiple of 1/32. */
template <class V>
struct Steps {
  V n, power, r;
};
template <class V>
inline Steps<V> steps(V x) {
  const V shift = V::all(shiftTo32nds), shifted = fma(x, V::all(1.44269504f), shift);
  const V n = shifted - shift;
  const V r = fma(n, V::all(-3.1946183e-05f), fma(n, V::all(-0.693115234375f), x));
  return {n, lookUp(powers, shifted), r};
}
template <class V>
inline V product(Steps<V> s) {
  const V slope = fma(s.r, V::all(slopeOfSlope), V::all(slopeAtZero));
  return scale(fma(s.power * s.r, slope, s.power), s.n);
}

/** r is kept small, so that very large and infinite n decide alone. */
template <class V>
requires(V::tables) inline V exp(V x) {
  const Steps<V> s = steps(x);
  return product(Steps<V>{s.n, s.power, leastSize(s.r, V::all(1))});
}

/** With this shift n from -80 to 48 changes the last twelve bits alone. Any other n, and NaN, sets
 * one of the bits named here, but for numbers so far below that e^-x is 0 anyway. */
constexpr float sigmoidShift = shiftTo32nds + 80;
constexpr int32_t sigmoidBits = int32_t(0xb73ff000);

/** e^x where n is beyond, which is the same below -33. */
template <class V>
requires(V::tables) inline V sigmoidBeyond(V x, V shifted, V y) {
  if constexpr (requires { x.first; }) {
    return {sigmoidBeyond(x.first, shifted.first, y.first),
            sigmoidBeyond(x.second, shifted.second, y.second)};
  } else {
    return select(haveBit(shifted, sigmoidBits), exp(least(V::all(0), x)), y);
  }
}

/**
 * 1 / (1 + e^-x) for -33 < x < 55, with e^-x as in exp, but that n is not large and so ln 2 may be
 * a float. The step of Newton's leaves the square of the estimate's error, 2^-28.
 */
template <class V>
requires(V::tables) inline V sigmoid(V x) {
  const V one = V::all(1), shift = V::all(sigmoidShift);
  const V shifted = fma(x, V::all(-1.44269504f), shift), n = shifted - shift;
  const V r = fma(n, V::all(0.693147182f), x);
  const V rest = fma(r, fma(r, V::all(slopeOfSlope), V::all(-slopeAtZero)), one);
  const V below = fma(scale(lookUp(powers, shifted), n), rest, one);
  const V estimate = reciprocalEstimate(below);
  const V y = fma(estimate, fnma(below, estimate, one), estimate);
  return anyBit(shifted, sigmoidBits) ? sigmoidBeyond(x, shifted, y) : y;
}

/** Coefficients for each piece, from the constant on: least-maximum fits, whose last bits were then
 * searched for the least error over all floats. The leading bits of 0.83 |x| + 0.5, two of the
 * exponent and three more, say which piece it is. */
constexpr float tanhPieces[5][32] = {
    {-0.085905604f, 0.04709777f,    0.2140978f,    0.38095555f,   0.519861f,      0.6430876f,
     0.74070895f,   0.8152148f,     0.89058137f,   0.9490152f,    0.97724706f,    0.99019927f,
     0.9959017f,    0.9983289f,     0.99933326f,   1.0f,          0.0f,           1.8405939e-06f,
     2.386822e-05f, 0.00010107345f, 0.0002545715f, 0.0003785007f, 0.00018143155f, -0.0008203956f,
     -0.005453055f, -0.020886183f,  -0.048833508f, -0.08557981f,  -0.122441396f,  -0.14944746f,
     -0.16010636f,  -0.08564233f},
    {1.4467249f,    1.1956112f,    0.91899836f,    0.6734342f,   0.48902482f,  0.33980763f,
     0.23145457f,   0.15512769f,   0.084313974f,   0.035332657f, 0.014315117f, 0.0056433086f,
     0.0021746585f, 0.0008220205f, 0.00030562843f, 0.0f,         1.0f,         0.9999121f,
     0.99934244f,   0.99797934f,   0.9959278f,     0.9945788f,   0.9962659f,   1.0038097f,
     1.0335155f,    1.1149778f,    1.2385648f,     1.3782569f,   1.5011406f,   1.5813991f,
     1.6100388f,    1.436718f},
    {-0.7692617f,    -0.5912941f,    -0.4193377f,     -0.2837282f,     -0.1918831f,
     -0.1240955f,    -0.07898015f,   -0.049649056f,   -0.024684653f,   -0.00927604f,
     -0.0034049395f, -0.0012266348f, -0.00043510835f, -0.00015233963f, -5.2744752e-05f,
     0.0f,           1.0371158e-05f, 0.0016581325f,   0.007254765f,    0.016328031f,
     0.026646176f,   0.03216118f,    0.026743516f,    0.0054226955f,   -0.066108845f,
     -0.22768034f,   -0.4329191f,    -0.6322711f,     -0.78601396f,    -0.87551224f,
     -0.90438646f,   -0.75309664f},
    {0.19152205f,    0.13540922f,    0.087860316f,   0.054555517f,  0.034216803f,  0.020524267f,
     0.012172475f,   0.0071614315f,  0.0032478143f,  0.0010918411f, 0.0003624949f, 0.00011918854f,
     3.8880615e-05f, 1.2599542e-05f, 4.0599716e-06f, 0.0f,          -0.33417025f,  -0.3488006f,
     -0.37357938f,   -0.4005677f,    -0.42371184f,   -0.4337467f,   -0.42601252f,  -0.39920664f,
     -0.32253706f,   -0.1798206f,    -0.028120052f,  0.09845405f,   0.18401177f,   0.22839467f,
     0.24134013f,    0.18264255f},
    {-0.018665383f,   -0.012024163f,   -0.007089569f,   -0.004020351f,
     -0.0023306964f,  -0.0012930913f,  -0.0007131019f,  -0.0003919648f,
     -0.00016176533f, -4.855748e-05f,  -1.4561055e-05f, -4.3651835e-06f,
     -1.308504e-06f,  -3.9222272e-07f, -1.1756744e-07f, 0.0f,
     0.019211791f,    0.07165403f,     0.11337993f,     0.14364728f,
     0.1631805f,      0.17003709f,     0.16589548f,     0.15324543f,
     0.122380555f,    0.07501035f,     0.03290199f,     0.00273337f,
     -0.015135493f,   -0.023394052f,   -0.025571736f,   -0.017030776f}};

/** |x| in 32 pieces, which grow with it, each a polynomial of |x| itself; the last is 1. */
template <class V>
requires(V::tables) inline V tanh(V x) {
  const V z = least(V::all(9.03f), abs(x));
  const V piece = bitsDown(fma(z, V::all(0.83f), V::all(0.5f)), 20);
  V y = lookUp(tanhPieces[4], piece);
  for (int power = 3; power >= 0; power--) y = fma(y, z, lookUp(tanhPieces[power], piece));
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

/**
 * Numbers near 1/m, and minus their logarithms, for m from 1 to 2. They are chosen so that those
 * logarithms are all but floats, in the second half once the error of ln 2 as a float is added:
 * nothing is lost when ln 2 is subtracted, for arguments just below 1.
 */
constexpr float inverses[] = {
    1.0f,        0.9552043f,  0.9275087f,  0.9015071f,  0.8768412f,  0.8534205f, 0.8311185f,
    0.8100589f,  0.79019904f, 0.77118164f, 0.7530798f,  0.7356564f,  0.719033f,  0.7031499f,
    0.68825334f, 0.6738138f,  0.65993434f, 0.6464965f,  0.6337178f,  0.6214795f, 0.60963994f,
    0.59804624f, 0.5871239f,  0.57644224f, 0.56638825f, 0.55661607f, 0.5469388f, 0.5378209f,
    0.52878916f, 0.5201788f,  0.5118646f,  0.5f};
constexpr float logarithms[] = {
    0.0f,        0.045830026f, 0.07525309f, 0.10368738f, 0.13142939f, 0.15850289f, 0.18498287f,
    0.21064833f, 0.23547041f,  0.25983134f, 0.28358412f, 0.30699214f, 0.32984802f, 0.35218516f,
    0.37359828f, 0.39480144f,  0.41561493f, 0.43618754f, 0.45615157f, 0.47565234f, 0.49488676f,
    0.5140872f,  0.53251946f,  0.55088013f, 0.5684755f,  0.58587956f, 0.6034184f,  0.6202297f,
    0.6371655f,  0.6535827f,   0.66969514f, 0.6931472f};

template <class V>
requires(V::tables) inline V log(V x) {
  V m, e;
  splitAny(x, m, e);
  const V piece = bitsDown(m, 18);
  const V r = fma(m, lookUp(inverses, piece), V::all(-1));
  const V tail = fma(r, fma(r, V::all(-0.24543929f), V::all(0.3333787f)), V::all(-0.50000054f));
  const V whole = fma(e, V::all(0.693147182f), lookUp(logarithms, piece));
  return fma(r, fma(r, tail, V::all(1)), whole);
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
  const V t = product(steps(negativeLeast(x, V::all(104))));
  const V piece = fma(t, V::all(15), V::all(12582912));
  V quotient = lookUp(quotients[3], piece);
  for (int power = 2; power >= 0; power--)
    quotient = fma(quotient, t, lookUp(quotients[power], piece));
  return t * quotient;
}

}  // namespace
}  // namespace ISA
