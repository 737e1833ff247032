// Twin of src/kernels/random.ts: the same bits. Products and sums in double precision must be
// rounded one by one, which the build asks for with -ffp-contract=off.
#include <math.h>

#include "../kernels.h"

namespace ISA {
namespace {

/** Philox 4x32-10 of the block (counter, 0, 0); Salmon and others, "Parallel random numbers", SC
 * 2011. */
inline void philox(const Stream& stream, uint32_t (&words)[4]) {
  uint32_t a = uint32_t(stream.counter), b = uint32_t(stream.counter >> 32), c = 0, d = 0;
  uint32_t k0 = stream.key0, k1 = stream.key1;
  for (int round = 0; round < 10; round++) {
    const uint64_t fromA = uint64_t(0xd2511f53) * a, fromC = uint64_t(0xcd9e8d57) * c;
    a = uint32_t(fromC >> 32) ^ b ^ k0;
    b = uint32_t(fromC);
    c = uint32_t(fromA >> 32) ^ d ^ k1;
    d = uint32_t(fromA);
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  words[0] = a, words[1] = b, words[2] = c, words[3] = d;
}

template <class Number, class NumberOf>
void draw(Stream stream, Number* y, size_t n, NumberOf numberOf) {
  uint32_t words[4];
  for (size_t i = 0; i < n; i += 4, stream.counter++) {
    philox(stream, words);
    const size_t some = n - i < 4 ? n - i : 4;
    for (size_t j = 0; j < some; j++) y[i + j] = numberOf(words[j]);
  }
}

void randomUniform(Stream stream, float* y, size_t n, double low, double high) {
  draw(stream, y, n, [=](uint32_t word) {
    const float value = float(low + (high - low) * (double(word >> 8) / 16777216.0));
    return double(value) < high ? value : float(low);
  });
}

void randomInteger(Stream stream, int32_t* y, size_t n, double low, double high) {
  draw(stream, y, n, [=](uint32_t word) {
    const double value = low + ::floor((double(word) * (high - low)) / 4294967296.0);
    return int32_t(uint32_t(int64_t(value)));
  });
}

/** Horner's rule; the coefficient of the highest power comes first. */
template <size_t count>
inline double polynomial(const double (&coefficients)[count], double x) {
  double sum = 0;
  for (double c : coefficients) sum = sum * x + c;
  return sum;
}

/** Natural logarithm of a number in (2^-40, 1) by + - * / only. */
inline double logarithm(double x) {
  // 2/(2n+1) from n = 11 down to 0.
  static const double atanhSeries[] = {2.0 / 23, 2.0 / 21, 2.0 / 19, 2.0 / 17, 2.0 / 15, 2.0 / 13,
                                       2.0 / 11, 2.0 / 9,  2.0 / 7,  2.0 / 5,  2.0 / 3,  2.0};
  int exponent = 0;
  while (x < 0.70710678118654752) {
    x *= 2;
    exponent++;
  }
  const double s = (x - 1) / (x + 1);
  return polynomial(atanhSeries, s * s) * s - exponent * 0.69314718055994531;
}

/** Algorithm AS 241 (PPND16): Wichura, Applied Statistics 37, 1988. */
inline double normalQuantile(double p) {
  static const double centreAbove[] = {
      2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
      13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608};
  static const double centreBelow[] = {
      5226.495278852854561,  28729.085735721942674, 39307.89580009271061,  21213.794301586595867,
      5394.1960214247511077, 687.1870074920579083,  42.313330701600911252, 1};
  static const double middleAbove[] = {7.7454501427834140764e-4, 0.0227238449892691845833,
                                       0.24178072517745061177,   1.27045825245236838258,
                                       3.64784832476320460504,   5.7694972214606914055,
                                       4.6303378461565452959,    1.42343711074968357734};
  static const double middleBelow[] = {1.05075007164441684324e-9, 5.475938084995344946e-4,
                                       0.0151986665636164571966,  0.14810397642748007459,
                                       0.68976733498510000455,    1.6763848301838038494,
                                       2.05319162663775882187,    1};
  static const double tailAbove[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                     0.0012426609473880784386,  0.026532189526576123093,
                                     0.29656057182850489123,    1.7848265399172913358,
                                     5.4637849111641143699,     6.6579046435011037772};
  static const double tailBelow[] = {2.04426310338993978564e-15, 1.4215117583164458887e-7,
                                     1.8463183175100546818e-5,   7.868691311456132591e-4,
                                     0.0148753612908506148525,   0.13692988092273580531,
                                     0.59983220655588793769,     1};
  const double q = p - 0.5;
  if (::fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return (q * polynomial(centreAbove, r)) / polynomial(centreBelow, r);
  }
  const double r = ::sqrt(-logarithm(q < 0 ? p : 1 - p));
  const double x = r <= 5 ? polynomial(middleAbove, r - 1.6) / polynomial(middleBelow, r - 1.6)
                          : polynomial(tailAbove, r - 5) / polynomial(tailBelow, r - 5);
  return q < 0 ? -x : x;
}

void randomNormal(Stream stream, float* y, size_t n, double mean, double stddev) {
  draw(stream, y, n, [=](uint32_t word) {
    return float(mean + stddev * normalQuantile((double(word) + 0.5) / 4294967296.0));
  });
}

void truncatedNormal(Stream stream, float* y, size_t n, double mean, double stddev) {
  constexpr double belowMinusTwo = 0.022750131948179209;  // probability of a number below -2
  constexpr double between = 1 - 2 * belowMinusTwo;
  draw(stream, y, n, [=](uint32_t word) {
    const double p = belowMinusTwo + between * ((double(word) + 0.5) / 4294967296.0);
    return float(mean + stddev * normalQuantile(p));
  });
}

}  // namespace

extern const RandomKernels random;
const RandomKernels random = {
    .randomUniform = randomUniform,
    .randomNormal = randomNormal,
    .truncatedNormal = truncatedNormal,
    .randomInteger = randomInteger,
};

}  // namespace ISA
