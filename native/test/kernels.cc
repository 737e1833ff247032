// Every kernel of the table this program was built with, against plain loops in double precision.
// The vitest suite does the same against the TypeScript reference where Node can load the addon;
// this program runs where it cannot: under an emulator (NEON, AVX-512) and under the sanitizers.
#include "../kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace ISA {
extern const Kernels kernels;
}

namespace {

const Kernels& table = ISA::kernels;
int failures = 0;
std::mt19937 generator(20261121);

using Array = std::vector<float>;
using IntArray = std::vector<int32_t>;
const float infinity = std::numeric_limits<float>::infinity();
const float notANumber = std::numeric_limits<float>::quiet_NaN();

float number(float low, float high) {
  return std::uniform_real_distribution<float>(low, high)(generator);
}
Array numbers(size_t n, float low = -4, float high = 4) {
  Array x(n);
  for (float& each : x) each = number(low, high);
  return x;
}
IntArray truths(size_t n) {
  IntArray x(n);
  for (int32_t& each : x) each = int32_t(generator() % 3) - 1;
  return x;
}

/** Sizes about every number of lanes, so that each partial register is met. */
std::vector<size_t> sizes() {
  std::vector<size_t> all;
  for (size_t n = 0; n <= 3 * table.lanes + 1; n++) all.push_back(n);
  all.push_back(1009);
  return all;
}

Array special() {
  Array all;
  for (float x :
       {0.0f,   1e-45f, 1e-40f,  1.1754942e-38f, 1e-10f, 1e-4f,   0.25f,    0.5f,      0.99999994f,
        1.0f,   1.5f,   2.5f,    6.0f,           7.5f,   25.0f,   88.5f,    89.0f,     103.5f,
        105.0f, 300.0f, 8193.0f, 8388609.0f,     1e19f,  3.4e38f, infinity, notANumber}) {
    all.push_back(x);
    all.push_back(-x);
  }
  return all;
}

int64_t place(float x) {
  int32_t word;
  std::memcpy(&word, &x, 4);
  return word < 0 ? -int64_t(word & 0x7fffffff) : word;
}

/** Within `ulps` units in the last place; the sign of 0 counts. */
bool near(float got, double want, int ulps) {
  const float w = float(want);
  if (std::isnan(w) || std::isnan(got)) return std::isnan(w) && std::isnan(got);
  if (w == 0 && got == 0) return std::signbit(w) == std::signbit(got);
  return std::abs(place(w) - place(got)) <= ulps;
}
bool within(float got, double want, double bound) { return std::fabs(got - want) <= bound; }

void expect(bool good, const char* kernel, size_t n, size_t at, double want, double got) {
  if (good) return;
  if (++failures <= 20) {
    std::printf("%s, size %zu, at %zu: want %.9g, got %.9g\n", kernel, n, at, want, got);
  }
}

void unary(const char* name, UnaryKernel f, double (*exact)(double), int ulps) {
  std::vector<Array> inputs = {special(), numbers(1000, -100, 100), numbers(1000, -20000, 20000)};
  for (size_t n : sizes()) inputs.push_back(numbers(n));
  for (const Array& x : inputs) {
    Array y(x.size() + 1, 77);
    f(x.data(), y.data(), x.size());
    for (size_t i = 0; i < x.size(); i++) {
      expect(near(y[i], exact(x[i]), ulps), name, x.size(), i, exact(x[i]), y[i]);
    }
    expect(y.back() == 77, name, x.size(), x.size(), 77, y.back());
  }
}

/** Floats from end to end of all of them, each `step` bit patterns from the last: 1 if
 * TAPEGRAD_SWEEP asks for every one, which takes minutes. */
void sweep(const char* name, UnaryKernel f, double (*exact)(double), int ulps) {
  const size_t step = std::getenv("TAPEGRAD_SWEEP") != nullptr ? 1 : 20011;
  constexpr uint64_t end = uint64_t(1) << 32;
  float x[1024], y[1024];
  for (uint64_t word = 0; word < end;) {
    size_t n = 0;
    for (; n < 1024 && word < end; n++, word += step) {
      const uint32_t bits = uint32_t(word);
      std::memcpy(x + n, &bits, 4);
    }
    f(x, y, n);
    for (size_t i = 0; i < n; i++) {
      expect(near(y[i], exact(x[i]), ulps), name, n, i, exact(x[i]), y[i]);
    }
  }
}

double larger(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? notANumber
         : a == b                       ? (std::signbit(a) ? b : a)
                                        : std::max(a, b);
}
double smaller(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? notANumber
         : a == b                       ? (std::signbit(a) ? a : b)
                                        : std::min(a, b);
}

/** Every pair of special numbers, and each way a row is read. */
void binary(const char* name, BinaryKernel f, double (*exact)(double, double), int ulps) {
  const Array all = special();
  const size_t s = all.size();
  struct Try {
    Array a, b;
    Box box;
  };
  std::vector<Try> tries = {{all, all, {s, s, {1, 0}, {0, 1}}}, {all, all, {s, s, {0, 1}, {1, 0}}}};
  for (size_t n : sizes()) {
    const Array a = numbers(2 * n + 1), b = numbers(2 * n + 1);
    const ptrdiff_t row = ptrdiff_t(n);
    tries.push_back({a, b, {2, n, {row, row}, {1, 1}}});
    tries.push_back({a, b, {2, n, {row, 1}, {1, 0}}});
    tries.push_back({a, b, {2, n, {1, row}, {0, 1}}});
    tries.push_back({a, b, {2, n, {1, 0}, {2, 1}}});
  }
  for (const Try& t : tries) {
    const size_t n = t.box.cols;
    Array y(t.box.rows * n);
    f(t.a.data(), t.b.data(), y.data(), t.box);
    for (size_t r = 0; r < t.box.rows; r++) {
      for (size_t j = 0; j < n; j++) {
        const double want = exact(t.a[r * size_t(t.box.row[0]) + j * size_t(t.box.col[0])],
                                  t.b[r * size_t(t.box.row[1]) + j * size_t(t.box.col[1])]);
        expect(near(y[r * n + j], want, ulps), name, n, r * n + j, want, y[r * n + j]);
      }
    }
  }
}

void comparison(const char* name, ComparisonKernel f, bool (*exact)(float, float)) {
  const Array x = special();
  const size_t n = x.size();
  IntArray y(n * n);
  f(x.data(), x.data(), y.data(), {n, n, {1, 0}, {0, 1}});
  for (size_t i = 0; i < n * n; i++) {
    expect(y[i] == int32_t(exact(x[i / n], x[i % n])), name, n, i, exact(x[i / n], x[i % n]), y[i]);
  }
}

void logic(const char* name, LogicKernel f, bool (*exact)(bool, bool)) {
  for (size_t n : sizes()) {
    const IntArray a = truths(n), b = truths(n);
    IntArray y(n);
    f(a.data(), b.data(), y.data(), {1, n, {0, 0}, {1, 1}});
    for (size_t i = 0; i < n; i++) {
      expect(y[i] == int32_t(exact(a[i] != 0, b[i] != 0)), name, n, i, exact(a[i], b[i]), y[i]);
    }
  }
}

void elementwise() {
  const ElementwiseKernels& k = *table.elementwise;
  using D = double;
  binary(
      "add", k.add, [](D a, D b) { return a + b; }, 0);
  binary(
      "sub", k.sub, [](D a, D b) { return a - b; }, 0);
  binary(
      "mul", k.mul, [](D a, D b) { return a * b; }, 0);
  binary(
      "div", k.div, [](D a, D b) { return a / b; }, 0);
  binary(
      "pow", k.pow, [](D a, D b) { return std::pow(a, b); }, 4);
  binary("maximum", k.maximum, larger, 0);
  binary("minimum", k.minimum, smaller, 0);
  binary(
      "squaredDifference", k.squaredDifference, [](D a, D b) { return (a - b) * (a - b); }, 2);
  binary(
      "reluGrad", k.reluGrad, [](D dy, D y) { return y > 0 ? dy : 0; }, 0);
  comparison("equal", k.equal, [](float a, float b) { return a == b; });
  comparison("notEqual", k.notEqual, [](float a, float b) { return a != b; });
  comparison("less", k.less, [](float a, float b) { return a < b; });
  comparison("lessEqual", k.lessEqual, [](float a, float b) { return a <= b; });
  comparison("greater", k.greater, [](float a, float b) { return a > b; });
  comparison("greaterEqual", k.greaterEqual, [](float a, float b) { return a >= b; });
  logic("logicalAnd", k.logicalAnd, [](bool a, bool b) { return a && b; });
  logic("logicalOr", k.logicalOr, [](bool a, bool b) { return a || b; });
  logic("logicalXor", k.logicalXor, [](bool a, bool b) { return a != b; });
  unary(
      "neg", k.neg, [](D x) { return -x; }, 0);
  unary(
      "square", k.square, [](D x) { return x * x; }, 0);
  unary(
      "sqrt", k.sqrt, [](D x) { return std::sqrt(x); }, 0);
  unary(
      "rsqrt", k.rsqrt, [](D x) { return 1 / std::sqrt(x); }, 1);
  unary(
      "reciprocal", k.reciprocal, [](D x) { return 1 / x; }, 0);
  unary(
      "exp", k.exp, [](D x) { return std::exp(x); }, 4);
  unary(
      "expm1", k.expm1, [](D x) { return std::expm1(x); }, 4);
  unary(
      "log", k.log, [](D x) { return std::log(x); }, 4);
  unary(
      "log1p", k.log1p, [](D x) { return std::log1p(x); }, 4);
  unary(
      "abs", k.abs, [](D x) { return std::fabs(x); }, 0);
  unary(
      "sign", k.sign, [](D x) { return x == 0 || std::isnan(x) ? x
                                       : x > 0                 ? 1.0
                                                               : -1.0; }, 0);
  unary(
      "floor", k.floor, [](D x) { return std::floor(x); }, 0);
  unary(
      "ceil", k.ceil, [](D x) { return std::ceil(x); }, 0);
  unary(
      "round", k.round, [](D x) { return std::nearbyint(x); }, 0);
  unary(
      "sin", k.sin, [](D x) { return std::sin(x); }, 4);
  unary(
      "cos", k.cos, [](D x) { return std::cos(x); }, 4);
  unary(
      "tan", k.tan, [](D x) { return std::tan(x); }, 4);
  unary(
      "erf", k.erf, [](D x) { return std::erf(x); }, 4);
  unary(
      "sigmoid", k.sigmoid, [](D x) { return 1 / (1 + std::exp(-x)); }, 4);
  unary(
      "tanh", k.tanh, [](D x) { return std::tanh(x); }, 4);
  unary(
      "relu", k.relu, [](D x) { return larger(x, 0); }, 0);
  unary(
      "relu6", k.relu6, [](D x) { return smaller(larger(x, 0), 6); }, 0);
  unary(
      "softplus", k.softplus,
      [](D x) { return larger(x, 0) + std::log1p(std::exp(-std::fabs(x))); }, 4);

  sweep(
      "exp", k.exp, [](D x) { return std::exp(x); }, 4);
  sweep(
      "expm1", k.expm1, [](D x) { return std::expm1(x); }, 4);
  sweep(
      "log", k.log, [](D x) { return std::log(x); }, 4);
  sweep(
      "log1p", k.log1p, [](D x) { return std::log1p(x); }, 4);
  sweep(
      "erf", k.erf, [](D x) { return std::erf(x); }, 4);
  sweep(
      "sigmoid", k.sigmoid, [](D x) { return 1 / (1 + std::exp(-x)); }, 4);
  sweep(
      "tanh", k.tanh, [](D x) { return std::tanh(x); }, 4);
  sweep(
      "softplus", k.softplus,
      [](D x) { return larger(x, 0) + std::log1p(std::exp(-std::fabs(x))); }, 4);

  for (const Array& x : {special(), numbers(37), numbers(1000)}) {
    const size_t n = x.size();
    Array y(n), z(n);
    k.clip(x.data(), y.data(), n, -0.7, 1.3);
    k.leakyRelu(x.data(), z.data(), n, 0.2);
    for (size_t i = 0; i < n; i++) {
      const double want = smaller(larger(x[i], -0.7), 1.3), leaky = x[i] > 0 ? x[i] : 0.2 * x[i];
      expect(near(y[i], want, 0), "clip", n, i, want, y[i]);
      expect(near(z[i], leaky, 1), "leakyRelu", n, i, leaky, z[i]);
    }
    k.elu(x.data(), y.data(), n, 1.5);
    for (size_t i = 0; i < n; i++) {
      const double want = x[i] > 0 ? x[i] : 1.5 * std::expm1(double(x[i]));
      expect(near(y[i], want, 4), "elu", n, i, want, y[i]);
    }
    IntArray nan(n), finite(n), condition = truths(n), negated(n);
    k.isNan(x.data(), nan.data(), n);
    k.isFinite(x.data(), finite.data(), n);
    k.logicalNot(condition.data(), negated.data(), n);
    k.where(condition.data(), x.data(), z.data(), y.data(), {1, n, {0, 0, 0}, {1, 1, 1}});
    for (size_t i = 0; i < n; i++) {
      expect(nan[i] == int32_t(std::isnan(x[i])), "isNan", n, i, std::isnan(x[i]), nan[i]);
      expect(finite[i] == int32_t(std::isfinite(x[i])), "isFinite", n, i, std::isfinite(x[i]),
             finite[i]);
      expect(negated[i] == int32_t(condition[i] == 0), "logicalNot", n, i, condition[i] == 0,
             negated[i]);
      expect(near(y[i], condition[i] != 0 ? x[i] : z[i], 0), "where", n, i, x[i], y[i]);
    }
  }
  for (size_t n : sizes()) {
    const Array dy = numbers(n), y = numbers(n, -1, 1);
    Array bySigmoid(n), byTanh(n);
    k.sigmoidGrad(dy.data(), y.data(), bySigmoid.data(), {1, n, {0, 0}, {1, 1}});
    k.tanhGrad(dy.data(), y.data(), byTanh.data(), {1, n, {0, 0}, {1, 1}});
    for (size_t i = 0; i < n; i++) {
      const double a = dy[i], b = y[i];
      const double sigmoidSlope = a * (b * (1 - b)), tanhSlope = a * ((1 - b) * (1 + b));
      expect(near(bySigmoid[i], sigmoidSlope, 4), "sigmoidGrad", n, i, sigmoidSlope, bySigmoid[i]);
      expect(near(byTanh[i], tanhSlope, 4), "tanhGrad", n, i, tanhSlope, byTanh[i]);
    }
  }
  for (size_t n : sizes()) {
    const Array labels = numbers(n, 0, 1), logits = numbers(n, -30, 30);
    Array y(n);
    k.sigmoidCrossEntropy(labels.data(), logits.data(), y.data(), n);
    for (size_t i = 0; i < n; i++) {
      const double x = logits[i],
                   want = std::max(x, 0.0) - x * labels[i] + std::log1p(std::exp(-std::fabs(x)));
      expect(within(y[i], want, 4e-6), "sigmoidCrossEntropy", n, i, want, y[i]);
    }
  }
}

void reduce() {
  const ReduceKernels& k = *table.reduce;
  std::vector<size_t> lengths = sizes();
  lengths.push_back(70001);
  for (size_t n : lengths) {
    const Array x = numbers(n, -1.9f, 1.9f);
    double sum = 0, terms = 0, prod = 1, max = -infinity, min = infinity;
    for (float each : x) {
      sum += each, terms += std::fabs(each), prod *= each;
      max = std::max(max, double(each)), min = std::min(min, double(each));
    }
    expect(within(float(k.sum(x.data(), n)), sum, 3e-7 * terms), "sum", n, 0, sum,
           k.sum(x.data(), n));
    expect(near(float(k.prod(x.data(), n)), prod, 1), "prod", n, 0, prod, k.prod(x.data(), n));
    expect(k.max(x.data(), n) == max, "max", n, 0, max, k.max(x.data(), n));
    expect(k.min(x.data(), n) == min, "min", n, 0, min, k.min(x.data(), n));
  }
  for (size_t n : {0, 1, 2, 33, 100}) {
    for (size_t cols : sizes()) {
      const size_t stride = cols + 3;
      const Array x = numbers(n * stride, -1.9f, 1.9f);
      const IntArray t = truths(n * stride);
      Array sum(cols), prod(cols), max(cols), min(cols), sums(n * stride), products(n * stride);
      IntArray any(cols), all(cols), most(cols), leastAt(cols);
      k.sumColumns(x.data(), sum.data(), n, cols, stride);
      k.prodColumns(x.data(), prod.data(), n, cols, stride);
      k.maxColumns(x.data(), max.data(), n, cols, stride);
      k.minColumns(x.data(), min.data(), n, cols, stride);
      k.any(t.data(), any.data(), n, cols, stride);
      k.all(t.data(), all.data(), n, cols, stride);
      k.argmax(x.data(), most.data(), n, cols, stride);
      k.argmin(x.data(), leastAt.data(), n, cols, stride);
      k.cumsum(x.data(), sums.data(), n, cols, stride, false, false);
      k.cumprod(x.data(), products.data(), n, cols, stride, true, true);
      for (size_t i = 0; i < cols; i++) {
        double s = 0, terms = 0, p = 1, high = -infinity, low = infinity;
        int32_t some = 0, every = 1, highAt = 0, lowAt = 0;
        for (size_t j = 0; j < n; j++) {
          const double each = x[j * stride + i];
          s += each, terms += std::fabs(each), p *= each;
          if (j > 0 && each > high) highAt = int32_t(j);
          if (j > 0 && each < low) lowAt = int32_t(j);
          high = std::max(high, each), low = std::min(low, each);
          some |= t[j * stride + i] != 0, every &= t[j * stride + i] != 0;
          expect(near(sums[j * stride + i], s, 0), "cumsum", n, j, s, sums[j * stride + i]);
        }
        double below = 1;
        for (size_t j = n; j-- > 0; below *= x[j * stride + i]) {
          expect(near(products[j * stride + i], below, 0), "cumprod", n, j, below,
                 products[j * stride + i]);
        }
        expect(within(sum[i], s, 3e-7 * terms), "sumColumns", cols, i, s, sum[i]);
        expect(near(prod[i], p, 1), "prodColumns", cols, i, p, prod[i]);
        expect(max[i] == high, "maxColumns", cols, i, high, max[i]);
        expect(min[i] == low, "minColumns", cols, i, low, min[i]);
        expect(any[i] == some, "any", cols, i, some, any[i]);
        expect(all[i] == every, "all", cols, i, every, all[i]);
        expect(most[i] == highAt, "argmax", cols, i, highAt, most[i]);
        expect(leastAt[i] == lowAt, "argmin", cols, i, lowAt, leastAt[i]);
      }
    }
  }
  for (size_t n : sizes()) {
    const Array x = numbers(3 * n, -20, 20);
    Array y(3 * n), z(3 * n);
    k.softmax(x.data(), y.data(), 3, n);
    k.logSoftmax(x.data(), z.data(), 3, n);
    for (size_t r = 0; r < 3; r++) {
      double max = -infinity, sum = 0;
      for (size_t j = 0; j < n; j++) max = std::max(max, double(x[r * n + j]));
      for (size_t j = 0; j < n; j++) sum += std::exp(x[r * n + j] - max);
      for (size_t j = 0; j < n; j++) {
        const double log = x[r * n + j] - max - std::log(sum), soft = std::exp(log);
        expect(within(y[r * n + j], soft, 5e-7), "softmax", n, j, soft, y[r * n + j]);
        expect(within(z[r * n + j], log, 1e-5), "logSoftmax", n, j, log, z[r * n + j]);
      }
    }
  }
}

void matmul() {
  const MatmulKernels& kernels = *table.matmul;
  auto* const scratch =
      static_cast<float*>(std::aligned_alloc(64, (kernels.scratchSize * 4 + 63) / 64 * 64));
  for (size_t m : {1, 2, 5, 6, 7, 13, 14, 15, 33, 50}) {
    const size_t column = m == 50 ? 1024 : m;  // of a transposed a: such a one is packed
    for (size_t n : {1, 3, 4, 8, 15, 16, 17, 31, 33, 200}) {
      for (size_t k : {0, 1, 2, 17, 700}) {
        for (int transposed = 0; transposed < 4; transposed++) {
          const Array a = numbers(column * k, -1, 1), b = numbers(k * n, -1, 1);
          const size_t stride = n + 2;
          Array y(m * stride, 77);
          const bool ta = transposed & 1, tb = transposed & 2, ends = ta != tb;
          const Array bias = numbers(n, -1, 1);
          const Epilogue end = ends ? Epilogue{bias.data(), Epilogue::relu, nullptr} : Epilogue{};
          Product p = {a.data(),
                       b.data(),
                       y.data(),
                       m,
                       k,
                       n,
                       ta ? 1 : ptrdiff_t(k),
                       ta ? ptrdiff_t(column) : 1,
                       tb ? 1 : ptrdiff_t(n),
                       tb ? ptrdiff_t(k) : 1,
                       ptrdiff_t(stride),
                       end};
          Wanted wanted;
          wanted.add(a.data(), a.size());
          wanted.add(b.data(), b.size());
          wanted.changes = ta;         // both kinds occur
          if (tb) p.wanted = &wanted;  // which makes no difference
          p.isFar = k % 2 == 0;        // nor does this
          kernels.matmul(p, scratch);
          for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < stride; j++) {
              double sum = 0, terms = 0;
              for (size_t l = 0; l < k && j < n; l++) {
                const double product =
                    double(a[size_t(ptrdiff_t(i) * p.aRow + ptrdiff_t(l) * p.aCol)]) *
                    b[size_t(ptrdiff_t(l) * p.bRow + ptrdiff_t(j) * p.bCol)];
                sum += product, terms += std::fabs(product);
              }
              if (ends && j < n) sum = std::max(0.0, sum + double(bias[j])), terms += 1;
              const double want = j < n ? sum : 77;
              expect(within(y[i * stride + j], want, 2e-6 * terms), "matmul", m * n, i * stride + j,
                     want, y[i * stride + j]);
            }
          }
        }
      }
    }
  }
  std::free(scratch);
}

void move() {
  const MoveKernels& k = *table.move;
  const Array x = numbers(60 * 70);
  const auto* const words = reinterpret_cast<const uint32_t*>(x.data());
  Array y(x.size());
  auto* const to = reinterpret_cast<uint32_t*>(y.data());
  k.copy(words, to, {60, 70, {70, 1}, {1, 60}});
  for (size_t r = 0; r < 60; r++) {
    for (size_t c = 0; c < 70; c++) {
      expect(y[c * 60 + r] == x[r * 70 + c], "copy", 4200, r * 70 + c, x[r * 70 + c],
             y[c * 60 + r]);
    }
  }
  k.copy(words + 69, to, {60, 70, {70, 70}, {-1, 1}});
  for (size_t i = 0; i < 4200; i++) {
    expect(y[i] == x[i / 70 * 70 + 69 - i % 70], "copy", 4200, i, x[i], y[i]);
  }
  const Array odd = {0.5f,   -0.5f, 1.9f,  -1.9f,    2147483648.0f, 1e10f,
                     -1e10f, 1e19f, 1e30f, infinity, -infinity,     notANumber};
  IntArray ints(odd.size());
  k.castToInts(odd.data(), ints.data(), odd.size());
  for (size_t i = 0; i < odd.size(); i++) {
    const double whole =
        std::isfinite(odd[i]) ? std::fmod(std::trunc(double(odd[i])), 4294967296.0) : 0;
    const int32_t modulo = int32_t(uint32_t(int64_t(whole)));
    expect(ints[i] == modulo, "castToInts", odd.size(), i, modulo, ints[i]);
  }
  const IntArray indices = {2, 0, 2, 1};
  Array rows(4 * 5), sums(3 * 5, 0);
  k.gather(words, indices.data(), reinterpret_cast<uint32_t*>(rows.data()), 4, 5);
  k.scatterAdd(rows.data(), indices.data(), sums.data(), 4, 5, 5);
  for (size_t i = 0; i < 5; i++) {
    expect(rows[i] == x[10 + i], "gather", 5, i, x[10 + i], rows[i]);
    expect(sums[10 + i] == 2 * x[10 + i], "scatterAdd", 5, i, 2 * x[10 + i], sums[10 + i]);
  }
  Array hot(4 * 3);
  k.oneHot(indices.data(), hot.data(), 4, 3, 1, 0);
  for (size_t i = 0; i < 12; i++) {
    expect(hot[i] == float(size_t(indices[i / 3]) == i % 3), "oneHot", 12, i, 0, hot[i]);
  }
  for (size_t n : sizes()) {
    Array full(n + 1, 77);
    uint32_t word;
    const float value = 0.1f;
    std::memcpy(&word, &value, 4);
    k.fill(reinterpret_cast<uint32_t*>(full.data()), n, word);
    for (size_t i = 0; i <= n; i++)
      expect(full[i] == (i < n ? value : 77), "fill", n, i, value, full[i]);
    const IntArray whole = truths(n);
    Array floats(n);
    k.castToFloats(whole.data(), floats.data(), n);
    for (size_t i = 0; i < n; i++)
      expect(floats[i] == float(whole[i]), "castToFloats", n, i, whole[i], floats[i]);
  }
}

/** Counter and key 0: the first of Random123's known answers for philox4x32-10. */
void randomNumbers() {
  const RandomKernels& k = *table.random;
  IntArray words(4);
  k.randomInteger({0, 0, 0}, words.data(), 4, -2147483648.0, 2147483648.0);
  const uint32_t known[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  for (size_t i = 0; i < 4; i++) {
    const uint32_t got = uint32_t(words[i]) ^ 0x80000000;
    expect(got == known[i], "philox", 4, i, known[i], got);
  }
  Array x(100000), part(100);
  k.randomNormal({1, 2, 3}, x.data(), x.size(), 1, 2);
  k.randomNormal({1, 2, 3 + 25}, part.data(), 99, 1, 2);
  for (size_t i = 0; i < 99; i++)
    expect(part[i] == x[100 + i], "randomNormal", 99, i, x[100 + i], part[i]);
  double mean = 0, square = 0;
  for (float each : x) mean += each / 1e5, square += (each - 1.0) * (each - 1.0) / 1e5;
  expect(within(float(mean), 1, 0.03), "randomNormal", x.size(), 0, 1, mean);
  expect(within(float(square), 4, 0.1), "randomNormal", x.size(), 0, 4, square);
  k.truncatedNormal({1, 2, 3}, x.data(), x.size(), 0, 1);
  for (float each : x) expect(std::fabs(each) <= 2, "truncatedNormal", x.size(), 0, 2, each);
  k.randomUniform({1, 2, 3}, x.data(), x.size(), 5, 5.000001);
  for (float each : x) expect(each >= 5 && each < 5.000001, "randomUniform", x.size(), 0, 5, each);
}

void optimise() {
  const OptimiseKernels& k = *table.optimise;
  for (size_t n : sizes()) {
    const Array w = numbers(n), g = numbers(n, -0.1f, 0.1f), s = numbers(n, 0.01f, 0.1f),
                t = numbers(n, 0.01f, 0.1f);
    const double rate = 0.003, decay = 0.0004, bound = 4e-6;
    Array w1 = w, v1 = s, w2 = w, s2 = s, p2 = t, w3 = w, s3 = s, w4 = w, m4 = s, v4 = t;
    k.sgd(w1.data(), g.data(), v1.data(), n, float(rate), 0.9, true);
    k.rmsprop(w2.data(), g.data(), s2.data(), nullptr, p2.data(), n, float(rate), 0.9, 0.5, 1e-7);
    k.adagrad(w3.data(), g.data(), s3.data(), n, float(rate), 1e-7);
    k.adam(w4.data(), g.data(), m4.data(), v4.data(), n, float(rate), float(decay), 0.9, 0.999,
           1e-7);
    for (size_t i = 0; i < n; i++) {
      const double x = w[i], d = g[i], v = 0.9 * s[i] - rate * d;
      expect(within(w1[i], x + 0.9 * v - rate * d, bound), "sgd", n, i, x + 0.9 * v - rate * d,
             w1[i]);
      const double square = s[i] + (d * d - s[i]) * 0.1,
                   step = rate * d / std::sqrt(square + 1e-7) + 0.5 * t[i];
      expect(within(w2[i], x - step, bound), "rmsprop", n, i, x - step, w2[i]);
      const double ada = x - rate * d / (std::sqrt(s[i] + d * d) + 1e-7);
      expect(within(w3[i], ada, bound), "adagrad", n, i, ada, w3[i]);
      const double m = s[i] + 0.1 * (d - s[i]), u = t[i] + 0.001 * (d * d - t[i]);
      const double adam = x - decay * x - rate * m / (std::sqrt(u) + 1e-7);
      expect(within(w4[i], adam, bound), "adam", n, i, adam, w4[i]);
    }
  }
}

/** CTest takes 77 for "not here". */
bool supportedHere() {
#if defined(TAPEGRAD_NEEDS_AVX512)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#elif defined(TAPEGRAD_NEEDS_AVX2)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return true;
#endif
}

/** A window of random sizes: strides beyond the kernel, dilations, both paddings. */
Window randomWindow(bool sameChannels) {
  const auto any = [](int32_t low, int32_t high) {
    return low + int32_t(generator() % uint32_t(high - low + 1));
  };
  const bool padded = any(0, 1) == 1;
  const auto along = [&](int32_t size, int32_t span, int32_t stride, int32_t& count,
                         int32_t& before) {
    count = padded ? (size + stride - 1) / stride : size < span ? 0 : (size - span) / stride + 1;
    before = padded ? std::max((count - 1) * stride + span - size, 0) / 2 : 0;
  };
  const int32_t lanes = int32_t(table.lanes);
  for (;;) {
    Window w = {};
    w.batch = any(1, any(0, 1) == 1 ? 3 : lanes + 1);
    w.height = any(1, 7);
    w.width = any(1, 15);
    w.channels = any(1, any(0, 3) == 0 ? 2 * lanes + 1 : 5);
    w.filters = sameChannels ? w.channels * any(1, 2) : any(1, any(0, 2) == 0 ? 2 * lanes + 3 : 5);
    w.kernelHeight = any(1, 5);
    w.kernelWidth = any(1, 5);
    w.strideHeight = any(1, 4);
    w.strideWidth = any(1, 4);
    w.dilationHeight = any(1, 3);
    w.dilationWidth = any(1, 3);
    along(w.height, (w.kernelHeight - 1) * w.dilationHeight + 1, w.strideHeight, w.rows, w.top);
    along(w.width, (w.kernelWidth - 1) * w.dilationWidth + 1, w.strideWidth, w.cols, w.left);
    if (w.rows > 0 && w.cols > 0) return w;
  }
}

template <class Visit>
void slide(const Window& w, Visit visit) {
  size_t output = 0;
  for (int32_t n = 0; n < w.batch; n++) {
    for (int32_t i = 0; i < w.rows; i++) {
      for (int32_t j = 0; j < w.cols; j++, output++) {
        for (int32_t tap = 0; tap < w.kernelHeight * w.kernelWidth; tap++) {
          const int32_t row = i * w.strideHeight + tap / w.kernelWidth * w.dilationHeight - w.top;
          const int32_t col = j * w.strideWidth + tap % w.kernelWidth * w.dilationWidth - w.left;
          if (row < 0 || row >= w.height || col < 0 || col >= w.width) continue;
          visit(output, size_t((n * w.height + row) * w.width + col), size_t(tap));
        }
      }
    }
  }
}

/** Runs a pass slice by slice of rows, and compares with sums in double precision. */
void windowPass(const char* name, WindowPass pass, const Window& w, const Array& a, const Array& b,
                const std::vector<double>& want, const std::vector<double>& terms, size_t rows) {
  Array y(want.size(), notANumber);
  const Slices slices = pass(w);
  const std::unique_ptr<float, void (*)(void*)> scratch(
      static_cast<float*>(std::aligned_alloc(64, (slices.scratch * sizeof(float) + 127) / 64 * 64)),
      std::free);
  for (size_t from = 0; from < rows; from += slices.rows) {
    slices.run(a.data(), b.data(), y.data(), w, from, std::min(rows, from + slices.rows),
               scratch.get());
  }
  for (size_t i = 0; i < y.size(); i++) {
    expect(std::fabs(double(y[i]) - want[i]) <= 2e-6 * terms[i] + 1e-30, name, y.size(), i, want[i],
           double(y[i]));
  }
}

void conv2d(bool depthwise) {
  const Conv2dKernels& k = *table.conv2d;
  const DepthwiseKernels& d = *table.depthwise;
  const WindowPass filterGrad =
      depthwise ? d.depthwiseConv2dFilterGrad : table.conv2dFilterGrad->conv2dFilterGrad;
  for (int round = 0; round < 300; round++) {
    const Window w = randomWindow(depthwise);
    const size_t c = size_t(w.channels), o = size_t(w.filters), multiplier = o / c;
    const size_t xSize = size_t(w.batch * w.height * w.width) * c,
                 ySize = size_t(w.batch * w.rows * w.cols) * o,
                 fSize = size_t(w.kernelHeight * w.kernelWidth) * o * (depthwise ? 1 : c);
    const Array x = numbers(xSize, -1, 1), f = numbers(fSize, -1, 1), dy = numbers(ySize, -1, 1);
    std::vector<double> y(ySize), dx(xSize), df(fSize), yTerms(ySize), dxTerms(xSize),
        dfTerms(fSize);
    const auto add = [](std::vector<double>& sums, std::vector<double>& terms, size_t at,
                        double term) {
      sums[at] += term;
      terms[at] += std::fabs(term);
    };
    slide(w, [&](size_t output, size_t input, size_t tap) {
      for (size_t i = 0; i < c * o; i++) {
        const size_t channel = i / o, out = i % o;
        if (depthwise && out / multiplier != channel) continue;
        const size_t xAt = input * c + channel, yAt = output * o + out,
                     fAt = depthwise ? tap * o + out : (tap * c + channel) * o + out;
        add(y, yTerms, yAt, double(x[xAt]) * double(f[fAt]));
        add(dx, dxTerms, xAt, double(dy[yAt]) * double(f[fAt]));
        add(df, dfTerms, fAt, double(x[xAt]) * double(dy[yAt]));
      }
    });
    const size_t rows = size_t(w.rows), height = size_t(w.height);
    windowPass("conv2d", depthwise ? d.depthwiseConv2d : k.conv2d, w, x, f, y, yTerms, rows);
    windowPass("conv2dInputGrad", depthwise ? d.depthwiseConv2dInputGrad : k.conv2dInputGrad, w, dy,
               f, dx, dxTerms, height);
    // A slice of rows gives only its part of the filter's gradient.
    if (filterGrad(w).rows >= rows) {
      windowPass("conv2dFilterGrad", filterGrad, w, x, dy, df, dfTerms, rows);
    }
  }
}

void pool() {
  const PoolKernels& k = *table.pool;
  for (int round = 0; round < 200; round++) {
    Window w = randomWindow(true);
    w.filters = w.channels;
    const size_t c = size_t(w.channels);
    const size_t xSize = size_t(w.batch * w.height * w.width) * c,
                 ySize = size_t(w.batch * w.rows * w.cols) * c;
    Array x = numbers(xSize), v = numbers(xSize), dy = numbers(ySize);
    for (size_t i = 0; i < xSize; i += 2) x[i] = std::round(x[i]);  // equals
    for (size_t i = 5; i < xSize; i += 31) x[i] = notANumber;
    std::vector<ptrdiff_t> winner(ySize, -1);
    std::vector<double> count(ySize / c);
    slide(w, [&](size_t output, size_t input, size_t) {
      count[output]++;
      for (size_t i = 0; i < c; i++) {
        ptrdiff_t& best = winner[output * c + i];
        const float here = x[input * c + i], there = best < 0 ? 0 : x[size_t(best)];
        if (best < 0 || here > there || (std::isnan(here) && !std::isnan(there)))
          best = ptrdiff_t(input * c + i);
      }
    });
    std::vector<double> picked(ySize), scattered(xSize), mean(ySize), spread(xSize),
        ones(std::max(xSize, ySize), 16);
    for (size_t i = 0; i < ySize; i++) {
      if (winner[i] < 0) continue;
      picked[i] = double(v[size_t(winner[i])]);
      scattered[size_t(winner[i])] += double(dy[i]);
    }
    slide(w, [&](size_t output, size_t input, size_t) {
      for (size_t i = 0; i < c; i++) {
        mean[output * c + i] += double(v[input * c + i]) / count[output];
        spread[input * c + i] += double(dy[output * c + i]) / count[output];
      }
    });
    // A dilated window may see nothing; its mean is then no number, and pools have no dilation.
    const bool dilated = w.dilationHeight > 1 || w.dilationWidth > 1;
    const size_t rows = size_t(w.rows), height = size_t(w.height);
    windowPass("maxPoolPick", k.maxPoolPick, w, x, v, picked, ones, rows);
    windowPass("maxPoolGrad", k.maxPoolGrad, w, x, dy, scattered, ones, height);
    if (!dilated) windowPass("avgPool", k.avgPool, w, v, {}, mean, ones, rows);
    windowPass("avgPoolGrad", k.avgPoolGrad, w, dy, {}, spread, ones, height);
  }
}

void resize() {
  for (int round = 0; round < 100; round++) {
    const auto any = [](size_t most) { return 1 + generator() % most; };
    const bool aligned = round % 3 == 1, halves = round % 3 == 2;
    const Resize r = {any(9), any(9), any(2 * table.lanes + 1), any(9), any(9), aligned, halves};
    const size_t small = r.height * r.width * r.channels, large = r.rows * r.cols * r.channels;
    const size_t images = 1 + size_t(round) % 3;
    const Array x = numbers(images * small, -1, 1), dy = numbers(images * large, -1, 1);
    Array y(images * large, notANumber), dx(images * small, notANumber);
    Array scratch(table.resize->scratchSize(r));
    table.resize->resizeBilinear(x.data(), y.data(), r, images, scratch.data());
    table.resize->resizeBilinearGrad(dy.data(), dx.data(), r, images, scratch.data());
    const auto weight = [&](size_t i, size_t out, size_t place, size_t in) {
      const float scale = aligned && out > 1 ? float(double(in - 1) / double(out - 1))
                                             : float(double(in) / double(out));
      const double at =
          halves ? (double(i) + 0.5) * double(scale) - 0.5 : double(i) * double(scale);
      const double inside = std::min(std::max(at, 0.0), double(in - 1));
      return std::max(0.0, 1 - std::fabs(inside - double(place)));
    };
    std::vector<double> sums(y.size()), back(dx.size());
    for (size_t at = 0; at < images * r.rows * r.cols; at++) {
      const size_t image = at / r.cols / r.rows, i = at / r.cols % r.rows, j = at % r.cols;
      for (size_t p = 0; p < r.height; p++) {
        for (size_t q = 0; q < r.width; q++) {
          const double share = weight(i, r.rows, p, r.height) * weight(j, r.cols, q, r.width);
          const size_t pixel = (image * r.height + p) * r.width + q;
          for (size_t c = 0; c < r.channels; c++) {
            const size_t in = pixel * r.channels + c, out = at * r.channels + c;
            sums[out] += share * double(x[in]);
            back[in] += share * double(dy[out]);
          }
        }
      }
    }
    for (size_t i = 0; i < sums.size(); i++) {
      expect(std::fabs(sums[i] - double(y[i])) < 1e-5, "resizeBilinear", large, i, sums[i],
             double(y[i]));
    }
    for (size_t i = 0; i < back.size(); i++) {
      expect(std::fabs(back[i] - double(dx[i])) < 1e-4, "resizeBilinearGrad", small, i, back[i],
             double(dx[i]));
    }
  }
}

}  // namespace

int main() {
  if (!supportedHere()) {
    std::printf("not supported by this processor\n");
    return 77;
  }
  elementwise();
  reduce();
  matmul();
  move();
  randomNumbers();
  optimise();
  conv2d(false);
  conv2d(true);
  pool();
  resize();
  std::printf("%d failures with %zu lanes\n", failures, table.lanes);
  return failures > 0;
}
