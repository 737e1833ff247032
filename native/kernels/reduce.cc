// Twin of src/kernels/reduce.ts. Sums add floats in short runs and the runs with what their
// rounding lost, so that a long sum keeps its digits; products run in double precision, so that
// they overflow no sooner than the reference.
#include <math.h>
#include <string.h>

#include "../kernels.h"
#include "../simd/math.h"

namespace ISA {
namespace {

/** A sum and what its roundings lost so far. Knuth, The Art of Computer Programming 2, 4.2.2,
 * theorem B. */
struct Total {
  Vec sum = Vec::all(0), lost = Vec::all(0);
  void add(Vec x) {
    const Vec next = sum + x, grown = next - sum;
    lost = lost + ((sum - (next - grown)) + (x - grown));
    sum = next;
  }
  /** Infinite sums have no lost part, only NaN in its place. */
  Vec value() const { return select(isNan(lost), sum, sum + lost); }
};

constexpr size_t runLength = 32;

double sum(const float* x, size_t n) {
  constexpr size_t run = 4 * runLength * Vec::lanes;
  Total total;
  size_t i = 0;
  while (i < n) {
    const size_t end = n - i < run ? n : i + run;
    Vec s0 = Vec::all(0), s1 = s0, s2 = s0, s3 = s0;
    for (; i + 4 * Vec::lanes <= end; i += 4 * Vec::lanes) {
      s0 = s0 + Vec::load(x + i);
      s1 = s1 + Vec::load(x + i + Vec::lanes);
      s2 = s2 + Vec::load(x + i + 2 * Vec::lanes);
      s3 = s3 + Vec::load(x + i + 3 * Vec::lanes);
    }
    for (; i + Vec::lanes <= end; i += Vec::lanes) s0 = s0 + Vec::load(x + i);
    if (i < end) s1 = s1 + Vec::loadFirst(x + i, end - i), i = end;
    total.add((s0 + s1) + (s2 + s3));
  }
  const double main = sumOfLanes(total.sum), lost = sumOfLanes(total.lost);
  return isnan(lost) ? main : main + lost;
}

template <class At>
Vec sumDown(At at, size_t n) {
  Total total;
  for (size_t j = 0; j < n;) {
    const size_t end = n - j < runLength ? n : j + runLength;
    Vec run = at(j++);
    while (j < end) run = run + at(j++);
    total.add(run);
  }
  return total.value();
}

/** Columns of several Vecs at once, whose additions do not wait for each other. */
template <size_t wide>
void sumColumnsOf(const float* x, float* y, size_t n, size_t stride) {
  Total totals[wide];
  for (size_t j = 0; j < n;) {
    const size_t end = n - j < runLength ? n : j + runLength;
    Vec run[wide];
    for (size_t k = 0; k < wide; k++) run[k] = Vec::load(x + j * stride + k * Vec::lanes);
    while (++j < end) {
      for (size_t k = 0; k < wide; k++) {
        run[k] = run[k] + Vec::load(x + j * stride + k * Vec::lanes);
      }
    }
    for (size_t k = 0; k < wide; k++) totals[k].add(run[k]);
  }
  for (size_t k = 0; k < wide; k++) totals[k].value().store(y + k * Vec::lanes);
}

void sumFullColumns(const float* x, float* y, size_t n, size_t cols, size_t stride) {
  constexpr size_t wide = 4;
  size_t i = 0;
  for (; i + wide * Vec::lanes <= cols; i += wide * Vec::lanes) {
    sumColumnsOf<wide>(x + i, y + i, n, stride);
  }
  for (; i + Vec::lanes <= cols; i += Vec::lanes) sumColumnsOf<1>(x + i, y + i, n, stride);
  if (i < cols) {
    const size_t some = cols - i;
    sumDown([=](size_t j) { return Vec::loadFirst(x + j * stride + i, some); }, n)
        .storeFirst(y + i, some);
  }
}

/** Rows shorter than this are taken as many at a time as a Vec has lanes: the gradient of a bias.
 */
constexpr size_t shortRow = 32;

void sumColumns(const float* x, float* y, size_t n, size_t cols, size_t stride) {
  if (cols >= shortRow || stride != cols || n < 2 * Vec::lanes) {
    sumFullColumns(x, y, n, cols, stride);
    return;
  }
  float sums[shortRow * Vec::lanes];
  const size_t length = cols * Vec::lanes, rows = n / Vec::lanes;
  sumFullColumns(x, sums, rows, length, length);
  for (size_t i = 0; i < cols; i++) {
    double all = 0;
    for (size_t at = i; at < length; at += cols) all += double(sums[at]);
    for (size_t j = rows * Vec::lanes; j < n; j++) all += double(x[j * cols + i]);
    y[i] = float(all);
  }
}

double prodInOrder(const float* x, size_t n) {
  double product = 1;
  for (size_t i = 0; i < n; i++) product *= double(x[i]);
  return product;
}

/** Neither 0 nor near the ends of double precision, nor NaN. */
inline bool isUsual(double x) {
  const double size = x < 0 ? -x : x;
  return size > 0x1p-900 && size < 0x1p900;
}

/** Sixteen products side by side, which the compiler puts into vectors; where one of them comes
 * near an end, all in order, which may well stay in the middle. */
double prod(const float* x, size_t n) {
  constexpr size_t wide = 16;
  double products[wide];
  for (double& each : products) each = 1;
  size_t i = 0;
  for (; i + wide <= n; i += wide) {
    for (size_t k = 0; k < wide; k++) products[k] *= double(x[i + k]);
  }
  for (size_t k = 0; i < n; i++, k++) products[k] *= double(x[i]);
  for (size_t half = wide; half > 0; half /= 2) {
    for (size_t k = 0; k < half; k++) {
      if (half < wide) products[k] *= products[k + half];
      if (!isUsual(products[k])) return prodInOrder(x, n);
    }
  }
  return products[0];
}

/** A few columns side by side, each in double precision. */
constexpr size_t stripe = 16;

void prodColumns(const float* x, float* y, size_t n, size_t cols, size_t stride) {
  for (size_t i = 0; i < cols; i += stripe) {
    const size_t some = cols - i < stripe ? cols - i : stripe;
    double product[stripe];
    for (size_t c = 0; c < stripe; c++) product[c] = 1;
    for (size_t j = 0; j < n; j++) {
      for (size_t c = 0; c < some; c++) product[c] *= double(x[j * stride + i + c]);
    }
    for (size_t c = 0; c < some; c++) y[i + c] = float(product[c]);
  }
}

/** The extreme of a row: f is maximum or minimum, `start` what nothing has. */
template <auto f>
Vec extreme(const float* x, size_t n, float start) {
  Vec e0 = Vec::all(start), e1 = e0;
  size_t i = 0;
  for (; i + 2 * Vec::lanes <= n; i += 2 * Vec::lanes) {
    e0 = f(e0, Vec::load(x + i));
    e1 = f(e1, Vec::load(x + i + Vec::lanes));
  }
  for (; i < n; i += Vec::lanes) {
    const size_t some = n - i < Vec::lanes ? n - i : Vec::lanes;
    e0 = f(e0, select(Mask::first(some), Vec::loadFirst(x + i, some), Vec::all(start)));
  }
  return f(e0, e1);
}

constexpr auto larger = [](Vec a, Vec b) { return maximum(a, b); };
constexpr auto smaller = [](Vec a, Vec b) { return minimum(a, b); };

/** The largest or smallest lane; NaN if one is. Floats are in the order of their bits, read as
 * whole numbers, once those of negative ones are turned over: -0 stands below +0. */
template <bool largest>
float extremeLane(Vec v) {
  if (isNan(v).any()) return NAN;
  float lanes[Vec::lanes];
  int32_t words[Vec::lanes];
  v.store(lanes);
  memcpy(words, lanes, sizeof(words));
  const auto turned = [](int32_t word) { return word ^ (word >> 31 & INT32_MAX); };
  int32_t best = turned(words[0]);
  for (int32_t word : words) {
    const int32_t other = turned(word);
    best = (largest ? other > best : other < best) ? other : best;
  }
  best = turned(best);
  float y;
  memcpy(&y, &best, sizeof(y));
  return y;
}

float largestOf(const float* x, size_t n) {
  return extremeLane<true>(extreme<larger>(x, n, -INFINITY));
}
double max(const float* x, size_t n) { return double(largestOf(x, n)); }
double min(const float* x, size_t n) {
  return double(extremeLane<false>(extreme<smaller>(x, n, INFINITY)));
}

template <auto f>
void extremeColumns(const float* x, float* y, size_t n, size_t cols, size_t stride, float start) {
  size_t i = 0;
  for (; i + Vec::lanes <= cols; i += Vec::lanes) {
    Vec e = Vec::all(start);
    for (size_t j = 0; j < n; j++) e = f(e, Vec::load(x + j * stride + i));
    e.store(y + i);
  }
  if (i < cols) {
    Vec e = Vec::all(start);
    for (size_t j = 0; j < n; j++) e = f(e, Vec::loadFirst(x + j * stride + i, cols - i));
    e.storeFirst(y + i, cols - i);
  }
}
void maxColumns(const float* x, float* y, size_t n, size_t cols, size_t stride) {
  extremeColumns<larger>(x, y, n, cols, stride, -INFINITY);
}
void minColumns(const float* x, float* y, size_t n, size_t cols, size_t stride) {
  extremeColumns<smaller>(x, y, n, cols, stride, INFINITY);
}

/** True if any truth of a row is `sought`. */
template <bool sought>
bool has(const int32_t* x, size_t n) {
  size_t j = 0;
  for (; j + Vec::lanes <= n; j += Vec::lanes) {
    const Mask truths = Mask::load(x + j);
    if (sought ? truths.any() : !truths.all()) return true;
  }
  for (; j < n; j++) {
    if ((x[j] != 0) == sought) return true;
  }
  return false;
}

void any(const int32_t* x, int32_t* y, size_t n, size_t cols, size_t stride) {
  if (cols == 1 && stride == 1) {
    y[0] = has<true>(x, n);
    return;
  }
  for (size_t i = 0; i < cols; i++) y[i] = 0;
  for (size_t j = 0; j < n; j++) {
    for (size_t i = 0; i < cols; i++) y[i] |= x[j * stride + i] != 0;
  }
}
void all(const int32_t* x, int32_t* y, size_t n, size_t cols, size_t stride) {
  if (cols == 1 && stride == 1) {
    y[0] = !has<false>(x, n);
    return;
  }
  for (size_t i = 0; i < cols; i++) y[i] = 1;
  for (size_t j = 0; j < n; j++) {
    for (size_t i = 0; i < cols; i++) y[i] &= x[j * stride + i] != 0;
  }
}

constexpr auto above = [](auto x, auto best) { return x > best; };
constexpr auto below = [](auto x, auto best) { return x < best; };

/** The place of the best number of a row of several Vecs, the first of equals: nothing is better
 * than a NaN in front, and later ones never are. */
template <auto better>
int32_t placeInRow(const float* x, size_t n) {
  if (isnan(x[0])) return 0;
  Vec bests = Vec::all(x[0]);
  size_t j = 0;
  for (; j + Vec::lanes <= n; j += Vec::lanes) {
    const Vec some = Vec::load(x + j);
    bests = select(better(some, bests), some, bests);
  }
  float lanes[Vec::lanes], best = x[0];
  bests.store(lanes);
  for (float each : lanes) best = better(each, best) ? each : best;
  for (; j < n; j++) best = better(x[j], best) ? x[j] : best;
  const Vec sought = Vec::all(best);
  for (j = 0; j + Vec::lanes <= n && !(Vec::load(x + j) == sought).any();) j += Vec::lanes;
  while (x[j] != best) j++;
  return int32_t(j);
}

template <auto better>
void place(const float* x, int32_t* y, size_t n, size_t cols, size_t stride) {
  if (cols == 1 && stride == 1 && n >= 2 * Vec::lanes) {
    y[0] = placeInRow<better>(x, n);
    return;
  }
  for (size_t i = 0; i < cols; i += stripe) {
    const size_t some = cols - i < stripe ? cols - i : stripe;
    float best[stripe];
    for (size_t c = 0; c < some; c++) {
      best[c] = n > 0 ? x[i + c] : 0;
      y[i + c] = 0;
    }
    for (size_t j = 1; j < n; j++) {
      for (size_t c = 0; c < some; c++) {
        const float value = x[j * stride + i + c];
        const bool wins = better(value, best[c]);
        best[c] = wins ? value : best[c];
        y[i + c] = wins ? int32_t(j) : y[i + c];
      }
    }
  }
}

template <auto fold>
void running(const float* x, float* y, size_t n, size_t cols, size_t stride, bool exclusive,
             bool reverse, double start) {
  if (cols == 1) {
    double total = start;
    for (size_t j = 0; j < n; j++) {
      const size_t at = (reverse ? n - 1 - j : j) * stride;
      const double next = fold(total, double(x[at]));
      y[at] = float(exclusive ? total : next);
      total = next;
    }
    return;
  }
  for (size_t i = 0; i < cols; i += stripe) {
    const size_t some = cols - i < stripe ? cols - i : stripe;
    double total[stripe];
    for (size_t c = 0; c < stripe; c++) total[c] = start;
    for (size_t j = 0; j < n; j++) {
      const size_t at = (reverse ? n - 1 - j : j) * stride + i;
      for (size_t c = 0; c < some; c++) {
        const double next = fold(total[c], double(x[at + c]));
        y[at + c] = float(exclusive ? total[c] : next);
        total[c] = next;
      }
    }
  }
}
void cumsum(const float* x, float* y, size_t n, size_t cols, size_t stride, bool exclusive,
            bool reverse) {
  running<[](double a, double b) { return a + b; }>(x, y, n, cols, stride, exclusive, reverse, 0);
}
void cumprod(const float* x, float* y, size_t n, size_t cols, size_t stride, bool exclusive,
             bool reverse) {
  running<[](double a, double b) { return a * b; }>(x, y, n, cols, stride, exclusive, reverse, 1);
}

/** e^(x - largest) of a row into y; gives their sum. */
double exponentials(const float* x, float* y, size_t n, float largest) {
  const Vec shift = Vec::all(largest);
  size_t i = 0;
  for (; i + Vec::lanes <= n; i += Vec::lanes) exp(Vec::load(x + i) - shift).store(y + i);
  if (i < n) exp(Vec::loadFirst(x + i, n - i) - shift).storeFirst(y + i, n - i);
  return sum(y, n);
}

void softmax(const float* x, float* y, size_t rows, size_t n) {
  for (size_t r = 0; r < rows; r++, x += n, y += n) {
    const float largest = largestOf(x, n);
    const Vec share = Vec::all(float(1 / exponentials(x, y, n, largest)));
    size_t i = 0;
    for (; i + Vec::lanes <= n; i += Vec::lanes) (Vec::load(y + i) * share).store(y + i);
    if (i < n) (Vec::loadFirst(y + i, n - i) * share).storeFirst(y + i, n - i);
  }
}

void logSoftmax(const float* x, float* y, size_t rows, size_t n) {
  for (size_t r = 0; r < rows; r++, x += n, y += n) {
    const float largest = largestOf(x, n);
    const Vec shift = Vec::all(largest);
    // The exponentials are summed as they come, not kept: y may be x.
    Total total;
    for (size_t i = 0; i < n; i += Vec::lanes) {
      const size_t some = n - i < Vec::lanes ? n - i : Vec::lanes;
      const Vec e = exp(Vec::loadFirst(x + i, some) - shift);
      total.add(select(Mask::first(some), e, Vec::all(0)));
    }
    const double whole = sumOfLanes(total.value());
    const Vec logarithm = Vec::all(float(::log(whole)));
    size_t i = 0;
    for (; i + Vec::lanes <= n; i += Vec::lanes) {
      ((Vec::load(x + i) - shift) - logarithm).store(y + i);
    }
    if (i < n) ((Vec::loadFirst(x + i, n - i) - shift) - logarithm).storeFirst(y + i, n - i);
  }
}

}  // namespace

extern const ReduceKernels reduce;
const ReduceKernels reduce = {
    .sum = sum,
    .prod = prod,
    .max = max,
    .min = min,
    .sumColumns = sumColumns,
    .prodColumns = prodColumns,
    .maxColumns = maxColumns,
    .minColumns = minColumns,
    .any = any,
    .all = all,
    .argmax = place<above>,
    .argmin = place<below>,
    .cumsum = cumsum,
    .cumprod = cumprod,
    .softmax = softmax,
    .logSoftmax = logSoftmax,
};

}  // namespace ISA
