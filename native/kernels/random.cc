// Twin of src/kernels/random.ts: the same bits. Products and sums in double precision must be
// rounded one by one, which the build asks for with -ffp-contract=off.
#include <math.h>
#include <string.h>

#include "../kernels.h"
#include "../simd/vec.h"

namespace ISA {
namespace {

/** Blocks of four numbers drawn side by side: loops of this length have no branches, and the
 * compiler puts them into vectors. With fewer, the outer quantiles below would fill theirs badly.
 */
constexpr size_t blocks = 64, drawn = 4 * blocks;

/** Philox 4x32-10 of the blocks (counter, 0, 0), (counter + 1, 0, 0), …; Salmon and others,
 * "Parallel random numbers", SC 2011. */
inline void philox(const Stream& stream, uint32_t (&words)[drawn]) {
  uint64_t low[blocks], high[blocks];
  for (size_t i = 0; i < blocks; i++) {
    low[i] = stream.counter + i;
    high[i] = low[i] >> 32;
  }
  const Words byA = Words::all(0xd2511f53), byC = Words::all(0xcd9e8d57);
  for (size_t i = 0; i < blocks; i += Words::lanes) {
    Words a = Words::load(low + i), b = Words::load(high + i), c = Words::all(0), d = c;
    uint32_t k0 = stream.key0, k1 = stream.key1;
    for (int round = 0; round < 10; round++) {
      const Words fromA = product(a, byA), fromC = product(c, byC);
      a = highHalf(fromC) ^ b ^ Words::all(k0);
      b = fromC;
      c = highHalf(fromA) ^ d ^ Words::all(k1);
      d = fromA;
      k0 += 0x9e3779b9;
      k1 += 0xbb67ae85;
    }
    joined(a, b).store(low + i), joined(c, d).store(high + i);
  }
  for (size_t i = 0; i < blocks; i++) {
    words[4 * i] = uint32_t(low[i]), words[4 * i + 1] = uint32_t(low[i] >> 32);
    words[4 * i + 2] = uint32_t(high[i]), words[4 * i + 3] = uint32_t(high[i] >> 32);
  }
}

/** `numbersOf(words, numbers)` makes as many numbers of as many words. */
template <class Number, class NumbersOf>
void draw(Stream stream, Number* y, size_t n, NumbersOf numbersOf) {
  uint32_t words[drawn];
  for (; n >= drawn; n -= drawn, y += drawn, stream.counter += blocks) {
    philox(stream, words);
    numbersOf(words, y);
  }
  if (n == 0) return;
  Number last[drawn];
  philox(stream, words);
  numbersOf(words, last);
  for (size_t i = 0; i < n; i++) y[i] = last[i];
}

void randomUniform(Stream stream, float* y, size_t n, double low, double high) {
  draw(stream, y, n, [=](const uint32_t* words, float* numbers) {
    for (size_t i = 0; i < drawn; i++) {
      const float value = float(low + (high - low) * (double(int32_t(words[i] >> 8)) / 16777216.0));
      numbers[i] = double(value) < high ? value : float(low);
    }
  });
}

/** A word as a number: this way round all instruction sets convert vectors of them. */
inline double numberOf(uint32_t word) { return double(int32_t(word ^ 0x80000000)) + 2147483648.0; }

void randomInteger(Stream stream, int32_t* y, size_t n, double low, double high) {
  draw(stream, y, n, [=](const uint32_t* words, int32_t* numbers) {
    for (size_t i = 0; i < drawn; i++) {
      const double value = low + ::floor((numberOf(words[i]) * (high - low)) / 4294967296.0);
      numbers[i] = int32_t(uint32_t(int64_t(value)));
    }
  });
}

/** Horner's rule; the coefficient of the highest power comes first. */
template <size_t count>
inline double polynomial(const double (&coefficients)[count], double x) {
  double sum = coefficients[0];
  for (size_t i = 1; i < count; i++) sum = sum * x + coefficients[i];
  return sum;
}

/** Natural logarithm of a number in (2^-40, 1) by + - * / only: 2^-e of it lies in
 * [sqrt(1/2), sqrt(2)). */
inline double logarithm(double x) {
  // 2/(2n+1) from n = 11 down to 0.
  constexpr double atanhSeries[] = {2.0 / 23, 2.0 / 21, 2.0 / 19, 2.0 / 17, 2.0 / 15, 2.0 / 13,
                                    2.0 / 11, 2.0 / 9,  2.0 / 7,  2.0 / 5,  2.0 / 3,  2.0};
  constexpr uint64_t rootOfHalf = 0x3fe6a09e667f3bcd, one = uint64_t(1) << 52;
  uint64_t bits;
  memcpy(&bits, &x, 8);
  const uint64_t e = (bits - rootOfHalf + 64 * one) / one;  // + 64
  bits -= (e - 64) * one;
  memcpy(&x, &bits, 8);
  const double s = (x - 1) / (x + 1);
  return polynomial(atanhSeries, s * s) * s - double(64 - int32_t(e)) * 0.69314718055994531;
}

/** The quantile near the middle: algorithm AS 241 (PPND16), Wichura, Applied Statistics 37, 1988.
 */
inline double centralQuantile(double p) {
  constexpr double centreAbove[] = {
      2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
      13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608};
  constexpr double centreBelow[] = {
      5226.495278852854561,  28729.085735721942674, 39307.89580009271061,  21213.794301586595867,
      5394.1960214247511077, 687.1870074920579083,  42.313330701600911252, 1};
  const double q = p - 0.5, r = 0.180625 - q * q;
  return (q * polynomial(centreAbove, r)) / polynomial(centreBelow, r);
}
inline bool isCentral(double p) { return ::fabs(p - 0.5) <= 0.425; }

/** The same for the rest, but for p below 1e-11 or as near to 1: no word makes such. */
inline double outerQuantile(double p) {
  constexpr double middleAbove[] = {7.7454501427834140764e-4, 0.0227238449892691845833,
                                    0.24178072517745061177,   1.27045825245236838258,
                                    3.64784832476320460504,   5.7694972214606914055,
                                    4.6303378461565452959,    1.42343711074968357734};
  constexpr double middleBelow[] = {1.05075007164441684324e-9, 5.475938084995344946e-4,
                                    0.0151986665636164571966,  0.14810397642748007459,
                                    0.68976733498510000455,    1.6763848301838038494,
                                    2.05319162663775882187,    1};
  const double r = ::sqrt(-logarithm(p < 0.5 ? p : 1 - p)) - 1.6;
  const double x = polynomial(middleAbove, r) / polynomial(middleBelow, r);
  return p < 0.5 ? -x : x;
}

/** Quantiles of all p in place. */
inline void normalQuantiles(double (&p)[drawn]) {
  double outer[drawn];
  uint32_t places[drawn];
  size_t count = 0;
  for (size_t i = 0; i < drawn; i++) {
    outer[count] = p[i];
    places[count] = uint32_t(i);
    count += isCentral(p[i]) ? 0 : 1;
  }
  for (size_t i = 0; i < drawn; i++) p[i] = centralQuantile(p[i]);
  constexpr size_t some = 16;
  for (size_t i = count; i % some != 0; i++) outer[i] = 0.25;
  for (size_t from = 0; from < count; from += some) {
    for (size_t i = from; i < from + some; i++) outer[i] = outerQuantile(outer[i]);
  }
  for (size_t i = 0; i < count; i++) p[places[i]] = outer[i];
}

void randomNormal(Stream stream, float* y, size_t n, double mean, double stddev) {
  draw(stream, y, n, [=](const uint32_t* words, float* numbers) {
    double p[drawn];
    for (size_t i = 0; i < drawn; i++) p[i] = (numberOf(words[i]) + 0.5) / 4294967296.0;
    normalQuantiles(p);
    for (size_t i = 0; i < drawn; i++) numbers[i] = float(mean + stddev * p[i]);
  });
}

void truncatedNormal(Stream stream, float* y, size_t n, double mean, double stddev) {
  constexpr double belowMinusTwo = 0.022750131948179209;  // probability of a number below -2
  constexpr double between = 1 - 2 * belowMinusTwo;
  draw(stream, y, n, [=](const uint32_t* words, float* numbers) {
    double p[drawn];
    for (size_t i = 0; i < drawn; i++) {
      p[i] = belowMinusTwo + between * ((numberOf(words[i]) + 0.5) / 4294967296.0);
    }
    normalQuantiles(p);
    for (size_t i = 0; i < drawn; i++) numbers[i] = float(mean + stddev * p[i]);
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
