// Twin of src/kernels/elementwise.ts.
#include <math.h>

#include "../kernels.h"
#include "../simd/activations.h"
#include "../simd/twice.h"

namespace ISA {
namespace {

/** How a row of an input is read: one after the other, one number for all, or with a stride. */
struct Contiguous {
  const float* p;
  Vec at(size_t i) const { return Vec::load(p + i); }
  Vec firstAt(size_t i, size_t n) const { return Vec::loadFirst(p + i, n); }
};
struct Repeated {
  Vec all;
  Vec at(size_t) const { return all; }
  Vec firstAt(size_t, size_t) const { return all; }
};
struct Strided {
  const float* p;
  ptrdiff_t stride;
  Vec at(size_t i) const { return firstAt(i, Vec::lanes); }
  Vec firstAt(size_t i, size_t n) const {
    float lanes[Vec::lanes] = {};
    for (size_t lane = 0; lane < n; lane++) lanes[lane] = p[ptrdiff_t(i + lane) * stride];
    return Vec::load(lanes);
  }
};

inline void write(Vec value, float* y) { value.store(y); }
inline void writeFirst(Vec value, float* y, size_t n) { value.storeFirst(y, n); }
inline void write(Mask truth, int32_t* y) { truth.store(y); }
inline void writeFirst(Mask truth, int32_t* y, size_t n) {
  int32_t lanes[Vec::lanes];
  truth.store(lanes);
  for (size_t lane = 0; lane < n; lane++) y[lane] = lanes[lane];
}

/** The last, partial Vec goes through the same arithmetic as the others: results do not depend on
 * the place. */
template <class F, class A, class B, class Y>
void row(F f, A a, B b, Y* y, size_t n) {
  size_t i = 0;
  for (; i + Vec::lanes <= n; i += Vec::lanes) write(f(a.at(i), b.at(i)), y + i);
  if (i < n) writeFirst(f(a.firstAt(i, n - i), b.firstAt(i, n - i)), y + i, n - i);
}

/** Rows shorter than this are written several times over, so that the vectors are full: a bias of
 * few channels. */
constexpr size_t shortRow = 32;

/** One operand goes on from row to row, the other repeats one short row. */
template <auto f, class Y>
bool repeatedRow(const float* a, const float* b, Y* y, const Box& box) {
  const ptrdiff_t cols = ptrdiff_t(box.cols);
  const bool fits =
      box.cols <= shortRow && box.rows >= 2 * Vec::lanes && box.col[0] == 1 && box.col[1] == 1;
  const bool second = box.row[0] == cols && box.row[1] == 0;
  const bool first = box.row[1] == cols && box.row[0] == 0;
  if (!fits || (!first && !second)) return false;
  float tile[shortRow * Vec::lanes];
  const size_t length = box.cols * Vec::lanes, n = box.rows * box.cols;
  const float* const repeated = second ? b : a;
  for (size_t copy = 0; copy < Vec::lanes; copy++) {
    for (size_t j = 0; j < box.cols; j++) tile[copy * box.cols + j] = repeated[j];
  }
  for (size_t i = 0; i < n; i += length) {
    const size_t some = n - i < length ? n - i : length;
    if (second) {
      row(f, Contiguous{a + i}, Contiguous{tile}, y + i, some);
    } else {
      row(f, Contiguous{tile}, Contiguous{b + i}, y + i, some);
    }
  }
  return true;
}

template <auto f, class Y>
void binary(const float* a, const float* b, Y* y, const Box& box) {
  const ptrdiff_t aCol = box.col[0], bCol = box.col[1];
  if (box.cols == 0) return;  // a repeated number is read before its row
  if (repeatedRow<f>(a, b, y, box)) return;
  for (size_t r = 0; r < box.rows; r++, a += box.row[0], b += box.row[1], y += box.cols) {
    if (aCol == 1 && bCol == 1) {
      row(f, Contiguous{a}, Contiguous{b}, y, box.cols);
    } else if (aCol == 1 && bCol == 0) {
      row(f, Contiguous{a}, Repeated{Vec::all(*b)}, y, box.cols);
    } else if (aCol == 0 && bCol == 1) {
      row(f, Repeated{Vec::all(*a)}, Contiguous{b}, y, box.cols);
    } else {
      row(f, Strided{a, aCol}, Strided{b, bCol}, y, box.cols);
    }
  }
}

/** Two Vecs at a time, which do not wait for each other, if there are registers for them. */
constexpr bool inPairs = Vec::registers >= 32;
using Four = Twice<Twice<Vec>>;

/** Numbers until y comes to where a Vec lies within one line of the cache: across two it takes
 * twice as long to store. Arrays begin at a multiple of 16 bytes. */
inline size_t untilAligned(const float* y) {
  return (Vec::lanes - reinterpret_cast<uintptr_t>(y) / sizeof(float) % Vec::lanes) % Vec::lanes;
}

/** y[i] = f(x[i]...). f takes Vecs, or if `inFours` also four at a time. */
template <auto f, bool inFours, class... X>
inline void inOrder(float* y, size_t n, const X*... x) {
  size_t i = 0;
  const auto some = [&](size_t count) {
    f(Vec::loadFirst(x + i, count)...).storeFirst(y + i, count);
    i += count;
  };
  if constexpr (sizeof(Vec) > 16) {
    if (n >= 16 * Vec::lanes && untilAligned(y) != 0) some(untilAligned(y));
  }
  if constexpr (inFours) {
    for (; i + Four::lanes <= n; i += Four::lanes) f(Four::load(x + i)...).store(y + i);
  }
  for (; inPairs && i + 2 * Vec::lanes <= n; i += 2 * Vec::lanes) {
    const Vec first = f(Vec::load(x + i)...), second = f(Vec::load(x + i + Vec::lanes)...);
    first.store(y + i);
    second.store(y + i + Vec::lanes);
  }
  for (; i + Vec::lanes <= n; i += Vec::lanes) f(Vec::load(x + i)...).store(y + i);
  if (i < n) some(n - i);
}

template <auto f, bool inFours = false>
void unary(const float* x, float* y, size_t n) {
  inOrder<f, inFours>(y, n, x);
}

template <auto f>
void unaryWith(const float* x, float* y, size_t n, double alpha) {
  const Vec second = Vec::all(float(alpha));
  size_t i = 0;
  for (; i + Vec::lanes <= n; i += Vec::lanes) f(Vec::load(x + i), second).store(y + i);
  if (i < n) f(Vec::loadFirst(x + i, n - i), second).storeFirst(y + i, n - i);
}

template <auto f>
void truth(const float* x, int32_t* y, size_t n) {
  size_t i = 0;
  for (; i + Vec::lanes <= n; i += Vec::lanes) write(f(Vec::load(x + i)), y + i);
  if (i < n) writeFirst(f(Vec::loadFirst(x + i, n - i)), y + i, n - i);
}

template <auto f>
void logic(const int32_t* a, const int32_t* b, int32_t* y, const Box& box) {
  for (size_t r = 0; r < box.rows; r++, a += box.row[0], b += box.row[1], y += box.cols) {
    for (size_t j = 0; j < box.cols; j++) {
      y[j] = f(a[ptrdiff_t(j) * box.col[0]] != 0, b[ptrdiff_t(j) * box.col[1]] != 0);
    }
  }
}

/** Angles too large to reduce here go to the C library, in double precision. */
template <auto f, auto exact>
void angle(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; i += Vec::lanes) {
    const size_t some = n - i < Vec::lanes ? n - i : Vec::lanes;
    const Vec v = Vec::loadFirst(x + i, some);
    if ((abs(v) > Vec::all(largestAngle)).any()) {
      float lanes[Vec::lanes];
      f(v).store(lanes);
      for (size_t lane = 0; lane < some; lane++) {
        const float each = x[i + lane];
        y[i + lane] = ::fabsf(each) > largestAngle ? float(exact(double(each))) : lanes[lane];
      }
    } else {
      f(v).storeFirst(y + i, some);
    }
  }
}

/** What is not usual goes to the C library, and all of it where products are not exact. */
inline Vec powOf(Vec a, Vec b) {
  Mask usual = Mask::first(0);
  Vec y = a;
  if constexpr (Vec::fused) {
    y = powOfUsual(abs(a), b, usual);
    const Mask positive = a > Vec::all(0);
    if ((usual & positive).all()) return y;
    usual = usual & (positive | (round(b) == b));
    y = select(positive, y, select(odd(b), -y, y));
    if (usual.all()) return y;
  }
  float as[Vec::lanes], bs[Vec::lanes], ys[Vec::lanes];
  int32_t good[Vec::lanes];
  a.store(as), b.store(bs), y.store(ys), usual.store(good);
  for (size_t lane = 0; lane < Vec::lanes; lane++) {
    if (good[lane] == 0) ys[lane] = ::powf(as[lane], bs[lane]);
  }
  return Vec::load(ys);
}

template <class A, class B>
void choose(const int32_t* condition, A a, B b, float* y, size_t n) {
  size_t i = 0;
  for (; i + Vec::lanes <= n; i += Vec::lanes) {
    select(Mask::load(condition + i), a.at(i), b.at(i)).store(y + i);
  }
  if (i == n) return;
  int32_t last[Vec::lanes] = {};
  for (size_t lane = 0; lane < n - i; lane++) last[lane] = condition[i + lane];
  select(Mask::load(last), a.firstAt(i, n - i), b.firstAt(i, n - i)).storeFirst(y + i, n - i);
}

void where(const int32_t* condition, const float* a, const float* b, float* y, const Box& box) {
  if (box.cols == 0) return;  // a repeated number is read before its row
  const ptrdiff_t aCol = box.col[1], bCol = box.col[2];
  const bool plain = box.col[0] == 1;
  for (size_t r = 0; r < box.rows; r++) {
    if (plain && aCol == 1 && bCol == 1) {
      choose(condition, Contiguous{a}, Contiguous{b}, y, box.cols);
    } else if (plain && aCol == 1 && bCol == 0) {
      choose(condition, Contiguous{a}, Repeated{Vec::all(*b)}, y, box.cols);
    } else if (plain && aCol == 0 && bCol == 1) {
      choose(condition, Repeated{Vec::all(*a)}, Contiguous{b}, y, box.cols);
    } else {
      for (size_t j = 0; j < box.cols; j++) {
        const ptrdiff_t at = ptrdiff_t(j);
        y[j] = condition[at * box.col[0]] != 0 ? a[at * aCol] : b[at * bCol];
      }
    }
    condition += box.row[0], a += box.row[1], b += box.row[2], y += box.cols;
  }
}

void logicalNot(const int32_t* x, int32_t* y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = x[i] == 0;
}

void clip(const float* x, float* y, size_t n, double low, double high) {
  const Vec least = Vec::all(float(low)), most = Vec::all(float(high));
  size_t i = 0;
  for (; i + Vec::lanes <= n; i += Vec::lanes) {
    minimum(maximum(Vec::load(x + i), least), most).store(y + i);
  }
  if (i < n) {
    minimum(maximum(Vec::loadFirst(x + i, n - i), least), most).storeFirst(y + i, n - i);
  }
}

void sigmoidCrossEntropy(const float* labels, const float* logits, float* y, size_t n) {
  constexpr auto of = [](auto z, auto x) {
    return most(x, decltype(x)::all(0)) - x * z + softplusAboveRelu(x);
  };
  inOrder<of, Vec::tables>(y, n, labels, logits);
}

inline Vec signOf(Vec x) {
  const Vec step = withSignOf(x, Vec::all(1));
  return select((x == Vec::all(0)) | isNan(x), x, step);
}

inline double sinOf(double x) { return ::sin(x); }
inline double cosOf(double x) { return ::cos(x); }
inline double tanOf(double x) { return ::tan(x); }

}  // namespace

extern const ElementwiseKernels elementwise;
const ElementwiseKernels elementwise = {
    .add = binary<[](Vec a, Vec b) { return a + b; }>,
    .sub = binary<[](Vec a, Vec b) { return a - b; }>,
    .mul = binary<[](Vec a, Vec b) { return a * b; }>,
    .div = binary<[](Vec a, Vec b) { return a / b; }>,
    .pow = binary<[](Vec a, Vec b) { return powOf(a, b); }>,
    .maximum = binary<[](Vec a, Vec b) { return maximum(a, b); }>,
    .minimum = binary<[](Vec a, Vec b) { return minimum(a, b); }>,
    .squaredDifference = binary<[](Vec a, Vec b) { return (a - b) * (a - b); }>,
    .reluGrad = binary<[](Vec dy, Vec y) { return reluGrad(dy, y); }>,
    .sigmoidGrad = binary<[](Vec dy, Vec y) { return sigmoidGrad(dy, y); }>,
    .tanhGrad = binary<[](Vec dy, Vec y) { return tanhGrad(dy, y); }>,
    .equal = binary<[](Vec a, Vec b) { return a == b; }>,
    .notEqual = binary<[](Vec a, Vec b) { return a != b; }>,
    .less = binary<[](Vec a, Vec b) { return a < b; }>,
    .lessEqual = binary<[](Vec a, Vec b) { return a <= b; }>,
    .greater = binary<[](Vec a, Vec b) { return b < a; }>,
    .greaterEqual = binary<[](Vec a, Vec b) { return b <= a; }>,
    .logicalAnd = logic<[](bool a, bool b) { return a & b; }>,
    .logicalOr = logic<[](bool a, bool b) { return a | b; }>,
    .logicalXor = logic<[](bool a, bool b) { return a ^ b; }>,
    .logicalNot = logicalNot,
    .isNan = truth<[](Vec x) { return isNan(x); }>,
    .isFinite = truth<[](Vec x) { return abs(x) < Vec::all(INFINITY); }>,
    .where = where,
    .neg = unary<[](Vec x) { return -x; }>,
    .square = unary<[](Vec x) { return x * x; }>,
    .sqrt = unary<[](Vec x) { return sqrt(x); }>,
    .rsqrt = unary<[](Vec x) { return rsqrt(x); }>,
    .reciprocal = unary<[](Vec x) { return Vec::all(1) / x; }>,
    .exp = unary<[](auto x) { return exp(x); }, Vec::tables>,
    .expm1 = unary<[](Vec x) { return expm1(x); }>,
    .log = unary<[](auto x) { return log(x); }, Vec::tables>,
    .log1p = unary<[](Vec x) { return log1p(x); }>,
    .abs = unary<[](Vec x) { return abs(x); }>,
    .sign = unary<[](Vec x) { return signOf(x); }>,
    .floor = unary<[](Vec x) { return floor(x); }>,
    .ceil = unary<[](Vec x) { return ceil(x); }>,
    .round = unary<[](Vec x) { return round(x); }>,
    .sin = angle<[](Vec x) { return sin(x); }, sinOf>,
    .cos = angle<[](Vec x) { return cos(x); }, cosOf>,
    .tan = angle<[](Vec x) { return tan(x); }, tanOf>,
    .erf = unary<[](Vec x) { return erf(x); }>,
    .clip = clip,
    .sigmoid = unary<[](auto x) { return sigmoid(x); }, Vec::tables>,
    .tanh = unary<[](auto x) { return tanh(x); }, Vec::tables>,
    .relu = unary<[](Vec x) { return relu(x); }>,
    .relu6 =
        unary<[](Vec x) { return least(Vec::all(6), select(x <= Vec::all(0), Vec::all(0), x)); }>,
    .softplus = unary<[](auto x) { return softplus(x); }, Vec::tables>,
    .leakyRelu = unaryWith<[](Vec x, Vec alpha) { return select(x > Vec::all(0), x, alpha * x); }>,
    .elu = unaryWith<[](Vec x, Vec alpha) { return select(x > Vec::all(0), x, alpha * expm1(x)); }>,
    .sigmoidCrossEntropy = sigmoidCrossEntropy,
};

}  // namespace ISA
