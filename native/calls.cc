// Every kernel as a call: each function below reads and checks the arguments of one kind of kernel,
// cuts the work into slices and calls the kernel of the chosen instruction set. Where the cuts fall
// depends on the shapes alone, so the results do not depend on the number of threads. Knows nothing
// of JavaScript: addon.cc and plan.cc hand it arguments.
#include "calls.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <numeric>

#include "epilogue.h"
#include "image-calls.h"
#include "kernels.h"
#include "pick.h"
#include "simd/denormals.h"
#include "threads.h"
#include "walk.h"

namespace {

/** Numbers handed out at once, by what one costs: about 5 microseconds' worth. */
enum Grain : size_t { cheap = 1 << 15, costly = 1 << 13, dear = 1 << 11 };

const Kernels& active() { return *chosen().kernels; }

size_t atLeastOne(size_t n) { return n > 0 ? n : 1; }

/** The product of counts that may be too large for any array. */
double product(size_t a, size_t b, size_t c = 1) { return double(a) * double(b) * double(c); }

// Elementwise

template <auto kernel, Grain grain>
void unary(Call& call) {
  const Floats x = call.floats("x"), y = call.floats("y");
  call.needs("x", x.size, double(y.size));
  const auto f = active().elementwise->*kernel;
  parallelFor(y.size, grain,
              [&](size_t from, size_t to) { f(x.data + from, y.data + from, to - from); });
}

template <auto kernel, Grain grain>
void unaryWith(Call& call) {
  const Floats x = call.floats("x"), y = call.floats("y");
  const double alpha = call.number("alpha");
  call.needs("x", x.size, double(y.size));
  const auto f = active().elementwise->*kernel;
  parallelFor(y.size, grain,
              [&](size_t from, size_t to) { f(x.data + from, y.data + from, to - from, alpha); });
}

void clip(Call& call) {
  const Floats x = call.floats("x"), y = call.floats("y");
  const double low = call.number("low"), high = call.number("high");
  call.needs("x", x.size, double(y.size));
  const auto f = active().elementwise->clip;
  parallelFor(y.size, cheap, [&](size_t from, size_t to) {
    f(x.data + from, y.data + from, to - from, low, high);
  });
}

template <auto kernel>
void truth(Call& call) {
  const Floats x = call.floats("x");
  const Ints y = call.ints("y");
  call.needs("x", x.size, double(y.size));
  const auto f = active().elementwise->*kernel;
  parallelFor(y.size, cheap,
              [&](size_t from, size_t to) { f(x.data + from, y.data + from, to - from); });
}

void logicalNot(Call& call) {
  const Ints x = call.ints("x"), y = call.ints("y");
  call.needs("x", x.size, double(y.size));
  const auto f = active().elementwise->logicalNot;
  parallelFor(y.size, cheap,
              [&](size_t from, size_t to) { f(x.data + from, y.data + from, to - from); });
}

template <class X, class Y, class Kernel>
void pairwise(Call& call, Span<X> a, Span<X> b, Span<Y> y, Kernel f, Grain grain) {
  const Walk walk(call, call.ints("layout"), 2);
  walk.within(call, "a", 0, a.size);
  walk.within(call, "b", 1, b.size);
  call.needs("y", y.size, double(walk.total()));
  parallelFor(walk.total(), grain, [&](size_t from, size_t to) {
    walk.boxes(from, to, [&](const Box& box, const ptrdiff_t* at, size_t position) {
      f(a.data + at[0], b.data + at[1], y.data + position, box);
    });
  });
}

template <auto kernel, Grain grain = cheap>
void binary(Call& call) {
  const Floats a = call.floats("a"), b = call.floats("b"), y = call.floats("y");
  pairwise(call, a, b, y, active().elementwise->*kernel, grain);
}

template <auto kernel>
void comparison(Call& call) {
  const Floats a = call.floats("a"), b = call.floats("b");
  const Ints y = call.ints("y");
  pairwise(call, a, b, y, active().elementwise->*kernel, cheap);
}

template <auto kernel>
void logic(Call& call) {
  const Ints a = call.ints("a"), b = call.ints("b"), y = call.ints("y");
  pairwise(call, a, b, y, active().elementwise->*kernel, cheap);
}

void where(Call& call) {
  const Ints condition = call.ints("condition");
  const Floats a = call.floats("a"), b = call.floats("b"), y = call.floats("y");
  const Walk walk(call, call.ints("layout"), 3);
  walk.within(call, "condition", 0, condition.size);
  walk.within(call, "a", 1, a.size);
  walk.within(call, "b", 2, b.size);
  call.needs("y", y.size, double(walk.total()));
  const auto f = active().elementwise->where;
  parallelFor(walk.total(), cheap, [&](size_t from, size_t to) {
    walk.boxes(from, to, [&](const Box& box, const ptrdiff_t* at, size_t position) {
      f(condition.data + at[0], a.data + at[1], b.data + at[2], y.data + position, box);
    });
  });
}

void sigmoidCrossEntropy(Call& call) {
  const Floats labels = call.floats("labels"), logits = call.floats("logits"), y = call.floats("y");
  call.needs("labels", labels.size, double(y.size));
  call.needs("logits", logits.size, double(y.size));
  const auto f = active().elementwise->sigmoidCrossEntropy;
  parallelFor(y.size, costly, [&](size_t from, size_t to) {
    f(labels.data + from, logits.data + from, y.data + from, to - from);
  });
}

// Reductions

/** The middle axis of [outer, n, inner] is folded or run along. */
struct Axes {
  size_t outer, n, inner;
  explicit Axes(Call& call)
      : outer(call.count("outer")), n(call.count("n")), inner(call.count("inner")) {}
  double whole() const { return product(outer, n, inner); }
  double folded() const { return product(outer, inner); }
};

/** f(o, i, cols) for stripes of columns i … i + cols - 1 of [n, inner], of each of the `outer`
 * matrices. */
template <class F>
void eachStripe(const Axes& axes, F f) {
  constexpr size_t width = 256;
  const size_t stripes = (axes.inner + width - 1) / width;
  const size_t grain =
      atLeastOne(cheap / atLeastOne(axes.n * (axes.inner < width ? axes.inner : width)));
  parallelFor(axes.outer * stripes, grain, [&](size_t from, size_t to) {
    for (size_t unit = from; unit < to; unit++) {
      const size_t o = unit / stripes, i = unit % stripes * width;
      f(o, i, axes.inner - i < width ? axes.inner - i : width);
    }
  });
}

double add(double a, double b) { return a + b; }
double multiply(double a, double b) { return a * b; }
/** +0 is larger than -0, as in the kernels. */
double larger(double a, double b) {
  if (a == b) return std::signbit(a) ? b : a;
  return a > b || std::isnan(a) ? a : b;
}
double smaller(double a, double b) {
  if (a == b) return std::signbit(a) ? a : b;
  return a < b || std::isnan(a) ? a : b;
}

/** Long rows are folded in parts, and what the parts give in order. */
template <auto fold, auto foldColumns, double (*combine)(double, double)>
void reduction(Call& call) {
  const Floats x = call.floats("x"), y = call.floats("y");
  const Axes axes(call);
  call.needs("x", x.size, axes.whole());
  call.needs("y", y.size, axes.folded());
  const size_t n = axes.n;
  if (axes.inner != 1) {
    const auto f = active().reduce->*foldColumns;
    eachStripe(axes, [&](size_t o, size_t i, size_t cols) {
      f(x.data + o * n * axes.inner + i, y.data + o * axes.inner + i, n, cols, axes.inner);
    });
    return;
  }
  const auto f = active().reduce->*fold;
  if (n <= partOfRow) {
    parallelFor(axes.outer, atLeastOne(cheap / atLeastOne(n)), [&](size_t from, size_t to) {
      for (size_t o = from; o < to; o++) y.data[o] = float(f(x.data + o * n, n));
    });
    return;
  }
  static_assert(cheap % partOfRow == 0);
  std::vector<double> parts((n + partOfRow - 1) / partOfRow);
  for (size_t o = 0; o < axes.outer; o++) {
    parallelFor(n, cheap, [&](size_t from, size_t to) {
      for (size_t i = from; i < to; i += partOfRow) {
        parts[i / partOfRow] = f(x.data + o * n + i, std::min(partOfRow, to - i));
      }
    });
    y.data[o] = float(std::accumulate(parts.begin() + 1, parts.end(), parts[0], combine));
  }
}

template <auto kernel, class X>
void columns(const Call& call, Span<X> x, Ints y, const Axes& axes) {
  call.needs("x", x.size, axes.whole());
  call.needs("y", y.size, axes.folded());
  const auto f = active().reduce->*kernel;
  eachStripe(axes, [&](size_t o, size_t i, size_t cols) {
    f(x.data + o * axes.n * axes.inner + i, y.data + o * axes.inner + i, axes.n, cols, axes.inner);
  });
}

template <auto kernel>
void truthReduction(Call& call) {
  const Ints x = call.ints("x"), y = call.ints("y");
  columns<kernel>(call, x, y, Axes(call));
}

template <auto kernel>
void argReduction(Call& call) {
  const Floats x = call.floats("x");
  const Ints y = call.ints("y");
  columns<kernel>(call, x, y, Axes(call));
}

template <auto kernel>
void running(Call& call) {
  const Floats x = call.floats("x"), y = call.floats("y");
  const Axes axes(call);
  const bool exclusive = call.truth("exclusive"), reverse = call.truth("reverse");
  call.needs("x", x.size, axes.whole());
  call.needs("y", y.size, axes.whole());
  const auto f = active().reduce->*kernel;
  eachStripe(axes, [&](size_t o, size_t i, size_t cols) {
    const size_t at = o * axes.n * axes.inner + i;
    f(x.data + at, y.data + at, axes.n, cols, axes.inner, exclusive, reverse);
  });
}

template <auto kernel>
void rowwise(Call& call) {
  const Floats x = call.floats("x"), y = call.floats("y");
  const size_t rows = call.count("rows"), n = call.count("n");
  call.needs("x", x.size, product(rows, n));
  call.needs("y", y.size, product(rows, n));
  const auto f = active().reduce->*kernel;
  parallelFor(rows, atLeastOne(costly / atLeastOne(n)), [&](size_t from, size_t to) {
    f(x.data + from * n, y.data + from * n, to - from, n);
  });
}

// Matmul

/** Refuses a matrix argument that its strides leave. */
void reaches(const Call& call, const char* argument, size_t size, size_t batch,
             ptrdiff_t batchStride, size_t rows, ptrdiff_t rowStride, size_t cols,
             ptrdiff_t colStride) {
  if (batch == 0 || rows == 0 || cols == 0) return;
  const double spans[] = {double(batch - 1) * double(batchStride),
                          double(rows - 1) * double(rowStride),
                          double(cols - 1) * double(colStride)};
  double lowest = 0, highest = 0;
  for (double span : spans) (span < 0 ? lowest : highest) += span;
  if (lowest < 0 || highest >= double(size)) {
    call.refuse(false, std::string(argument) + " has " + Call::text(double(size)) +
                           " numbers; its strides reach from " + Call::text(lowest) + " to " +
                           Call::text(highest));
  }
}

/** Products of a matmul for each lane that are worth another thread: some two microseconds. */
constexpr double leastProductsOfLane = 1 << 14;

/** Numbers of a and b that a second cache does not keep. */
constexpr double outside = 1 << 20;

/** Numbers of a product that are taken together: they stay in the first caches. */
constexpr size_t takenSize = 1 << 13;

/** Hands the product to its taker, so many rows at a time; `place` is that of its first number, and
 * `below` are the rows behind its last, with which this thread most likely goes on. */
void takeRows(Product p, size_t place, size_t below, size_t most, const Taker& taker,
              float* scratch) {
  const bool isShared = threadFacts().threads > 1;
  const MatmulKernels& kernels = *active().matmul;
  p.y = scratch + kernels.scratchSize;
  const size_t count = (p.m + most - 1) / most, m = p.m;
  const float* const a = p.a;
  const Epilogue end = p.end;
  for (size_t part = 0; part < count; part++) {
    const size_t row = m * part / count, next = m * (part + 1) / count;
    const size_t after = std::min(next + (next - row), m + below);
    p.m = next - row;
    p.a = a + ptrdiff_t(row) * p.aRow;
    p.end = end.from(ptrdiff_t(row * p.n), 0);
    Wanted wanted;
    wanted.changes = isShared;  // to write what others have read waits for their caches
    for (const float* array : taker.arrays) {
      wanted.add(array + place + next * p.n, (after - next) * p.n);
    }
    p.wanted = &wanted;
    kernels.matmul(p, scratch);
    taker.take(place + row * p.n, place + next * p.n, p.y);
  }
}

void matmul(Call& call) {
  const Floats a = call.floats("a"), b = call.floats("b"), y = call.floats("y");
  const size_t batch = call.count("batch"), m = call.count("m"), k = call.count("k"),
               n = call.count("n");
  const ptrdiff_t aBatch = call.stride("aBatch"), aRow = call.stride("aRow"),
                  aCol = call.stride("aCol"), bBatch = call.stride("bBatch"),
                  bRow = call.stride("bRow"), bCol = call.stride("bCol");
  call.needs("y", y.size, product(batch, m, n));
  const Epilogue end = epilogueIn(call, n, product(batch, m, n));
  if (batch == 0 || m == 0 || n == 0) return;
  reaches(call, "a", a.size, batch, aBatch, m, aRow, k, aCol);
  reaches(call, "b", b.size, batch, bBatch, k, bRow, n, bCol);

  const MatmulKernels& kernels = *active().matmul;
  // Blocks of y: one for one thread, for more of them some four each of at least so many products.
  // They go down the columns first, so a thread mostly keeps its columns of b. Sums do not depend
  // on the block they are in.
  const double all = product(m, n, atLeastOne(k));
  const size_t lanes = active().lanes, vecs = (n + lanes - 1) / lanes;
  const double leastProducts = leastProductsOfLane * double(lanes);
  const size_t threads = size_t(threadFacts().threads);
  const double wanted =
      threads == 1 ? 1 : std::min(4 * double(threads), std::floor(all / leastProducts));
  const Taker* const taker = call.taker;  // takes whole rows
  size_t down = 0, across = 0;            // how often rows and columns are halved
  while (double(batch << (down + across)) < wanted) {
    const bool fewerRows = m >> (down + 1) >= kernels.leastRows,
               fewerCols = taker == nullptr && n >> (across + 1) >= kernels.leastCols;
    if (fewerCols && (n >= m || !fewerRows)) {
      across++;
    } else if (fewerRows) {
      down++;
    } else {
      break;
    }
  }
  const auto firstRow = [&](size_t block) { return m * block >> down; };
  const auto firstCol = [&](size_t block) {
    return block >> across == 1 ? n : (vecs * block >> across) * lanes;
  };
  const size_t units = batch << (down + across);
  const size_t grain =
      units > 1 && all < leastProducts ? atLeastOne(size_t(leastProducts / all)) : 1;
  const size_t takenRows = taker == nullptr ? 0 : std::max(takenSize / n, kernels.leastRows);
  const size_t floats = kernels.scratchSize + takenRows * n;
  std::atomic<bool> noMemory{false};
  parallelFor(units, grain, [&](size_t from, size_t to) {
    const FlushDenormals here;
    float* const memory = scratch(floats);
    if (memory == nullptr) {
      noMemory = true;
      return;
    }
    for (size_t unit = from; unit < to; unit++) {
      const size_t t = unit >> (down + across);
      const size_t col = (unit >> down) % (size_t(1) << across), j = firstCol(col);
      const size_t row = unit % (size_t(1) << down), i = firstRow(row);
      const size_t place = (t * m + i) * n + j;
      Product block = {
          a.data + ptrdiff_t(t) * aBatch + ptrdiff_t(i) * aRow,
          b.data + ptrdiff_t(t) * bBatch + ptrdiff_t(j) * bCol,
          taker == nullptr ? y.data + place : nullptr,
          firstRow(row + 1) - i,
          k,
          firstCol(col + 1) - j,
          aRow,
          aCol,
          bRow,
          bCol,
          ptrdiff_t(n),
          end.from(ptrdiff_t(place), j),
          double(m + n) * double(k) > outside,
      };
      if (taker == nullptr) {
        Wanted wanted;
        // Of several threads the one that will need it may be another.
        for (const Floats& some : threads == 1 ? call.ahead : Span<const Floats>{}) {
          const size_t begin = some.size * unit / units, end = some.size * (unit + 1) / units;
          wanted.add(some.data + begin, end - begin);
        }
        block.wanted = &wanted;
        kernels.matmul(block, memory);
      } else {
        takeRows(block, place, m - firstRow(row + 1), takenRows, *taker, memory);
      }
    }
  });
  if (noMemory)
    call.refuse(false, "no memory is left; want " + Call::text(4.0 * double(floats)) + " bytes");
}

// Moving

void fill(Call& call) {
  const Words y = call.words("y");
  const double value = call.number("value");
  union {
    float number;
    uint32_t word;
  } bits;
  bits.number = float(value);
  if (!y.isFloat) {  // as JavaScript casts: modulo 2^32, and 0 for what is not finite
    const double turns = std::isfinite(value) ? std::fmod(std::trunc(value), 4294967296.0) : 0;
    bits.word = uint32_t(int64_t(turns));
  }
  const auto f = active().move->fill;
  parallelFor(y.size, cheap,
              [&](size_t from, size_t to) { f(y.data + from, to - from, bits.word); });
}

void copy(Call& call) {
  const Words x = call.words("x"), y = call.words("y");
  const Walk walk(call, call.ints("layout"), 2);
  const ptrdiff_t xOffset = call.stride("xOffset"), yOffset = call.stride("yOffset");
  if (x.isFloat != y.isFloat)
    call.refuse(true, "x and y are of two types; want one (cast converts)");
  walk.within(call, "x", 0, x.size, double(xOffset));
  walk.within(call, "y", 1, y.size, double(yOffset));
  const auto f = active().move->copy;
  // Where positions share a place in y the last one stays, so they are not shared among threads.
  const size_t grain = walk.injective(1) ? size_t(cheap) : std::numeric_limits<size_t>::max();
  parallelFor(walk.total(), grain, [&](size_t from, size_t to) {
    walk.boxes(from, to, [&](const Box& box, const ptrdiff_t* at, size_t) {
      f(x.data + xOffset + at[0], y.data + yOffset + at[1], box);
    });
  });
}

void cast(Call& call) {
  const Words x = call.words("x"), y = call.words("y");
  call.needs("x", x.size, double(y.size));
  const MoveKernels& move = *active().move;
  parallelFor(y.size, cheap, [&](size_t from, size_t to) {
    uint32_t* const source = x.data + from;
    uint32_t* const target = y.data + from;
    const size_t n = to - from;
    if (x.isFloat == y.isFloat) {
      move.copy(source, target, {1, n, {0, 0}, {1, 1}});
    } else if (x.isFloat) {
      move.castToInts(reinterpret_cast<float*>(source), reinterpret_cast<int32_t*>(target), n);
    } else {
      move.castToFloats(reinterpret_cast<int32_t*>(source), reinterpret_cast<float*>(target), n);
    }
  });
}

void checkIndices(const Call& call, Ints indices, size_t n) {
  for (size_t k = 0; k < indices.size; k++) {
    if (indices.data[k] < 0 || size_t(indices.data[k]) >= n) {
      call.refuse(false, "indices has " + Call::text(indices.data[k]) + " in place " +
                             Call::text(double(k)) + "; want at least 0 and less than " +
                             Call::text(double(n)));
    }
  }
}

void gather(Call& call) {
  const Words x = call.words("x");
  const Ints indices = call.ints("indices");
  const Words y = call.words("y");
  const Axes axes(call);
  if (x.isFloat != y.isFloat)
    call.refuse(true, "x and y are of two types; want one (cast converts)");
  call.needs("x", x.size, axes.whole());
  call.needs("y", y.size, product(axes.outer, indices.size, axes.inner));
  if (axes.outer == 0 || axes.inner == 0) return;
  checkIndices(call, indices, axes.n);
  const auto f = active().move->gather;
  const size_t count = indices.size, inner = axes.inner;
  parallelFor(axes.outer * count, atLeastOne(cheap / inner), [&](size_t from, size_t to) {
    while (from < to) {
      const size_t o = from / count, k = from % count;
      const size_t some = to - from < count - k ? to - from : count - k;
      f(x.data + o * axes.n * inner, indices.data + k, y.data + from * inner, some, inner);
      from += some;
    }
  });
}

void scatterAdd(Call& call) {
  const Floats x = call.floats("x");
  const Ints indices = call.ints("indices");
  const Floats y = call.floats("y");
  Axes axes(call);
  call.needs("x", x.size, product(axes.outer, indices.size, axes.inner));
  call.needs("y", y.size, axes.whole());
  checkIndices(call, indices, axes.n);
  active().move->fill(reinterpret_cast<uint32_t*>(y.data), y.size, 0);
  const auto f = active().move->scatterAdd;
  const size_t rowsOfY = axes.n;
  axes.n = indices.size;
  eachStripe(axes, [&](size_t o, size_t i, size_t cols) {
    f(x.data + o * indices.size * axes.inner + i, indices.data,
      y.data + o * rowsOfY * axes.inner + i, indices.size, cols, axes.inner);
  });
}

void oneHot(Call& call) {
  const Ints indices = call.ints("indices");
  const Floats y = call.floats("y");
  const size_t depth = call.count("depth");
  const float on = float(call.number("on")), off = float(call.number("off"));
  call.needs("y", y.size, product(indices.size, depth));
  const auto f = active().move->oneHot;
  parallelFor(indices.size, atLeastOne(cheap / atLeastOne(depth)), [&](size_t from, size_t to) {
    f(indices.data + from, y.data + from * depth, to - from, depth, on, off);
  });
}

// Random numbers

/** Blocks of four numbers may be drawn in any order; the state moves past all of them. */
template <auto kernel, class Number>
void draw(const Call& call, Ints state, Span<Number> y, double first, double second) {
  call.needs("state", state.size, 4);
  uint32_t words[4];
  for (int i = 0; i < 4; i++) words[i] = uint32_t(state.data[i]);
  const uint64_t counter = uint64_t(words[3]) << 32 | words[2];
  const auto f = active().random->*kernel;
  parallelFor(y.size, dear, [&](size_t from, size_t to) {
    f({words[0], words[1], counter + from / 4}, y.data + from, to - from, first, second);
  });
  const uint64_t after = counter + (y.size + 3) / 4;
  state.data[2] = int32_t(uint32_t(after));
  state.data[3] = int32_t(uint32_t(after >> 32));
}

template <auto kernel>
void randomFloats(Call& call) {
  const Ints state = call.ints("state");
  const Floats y = call.floats("y");
  const double first = call.number("low"), second = call.number("high");
  draw<kernel>(call, state, y, first, second);
}

void randomInteger(Call& call) {
  const Ints state = call.ints("state"), y = call.ints("y");
  const double low = call.number("low"), high = call.number("high");
  // The limits keep every number inside int64, where casting it is defined.
  if (!(std::fabs(low) < 4503599627370496.0 && std::fabs(high) < 4503599627370496.0)) {
    call.refuse(false, "low is " + Call::text(low) + " and high is " + Call::text(high) +
                           "; want numbers an int32 can hold");
  }
  draw<&RandomKernels::randomInteger>(call, state, y, low, high);
}

// Optimisers

void sgd(Call& call) {
  const Floats w = call.floats("w"), g = call.floats("g"), velocity = call.floats("velocity"),
               rate = call.floats("rate");
  const double momentum = call.number("momentum");
  const bool nesterov = call.truth("nesterov");
  call.needs("g", g.size, double(w.size));
  call.needs("velocity", velocity.size, momentum == 0 ? 0 : double(w.size));
  call.needs("rate", rate.size, 1);
  const auto f = active().optimise->sgd;
  parallelFor(w.size, cheap, [&](size_t from, size_t to) {
    const FlushDenormals here;
    f(w.data + from, g.data + from, momentum == 0 ? nullptr : velocity.data + from, to - from,
      rate.data[0], momentum, nesterov);
  });
}

void rmsprop(Call& call) {
  const Floats w = call.floats("w"), g = call.floats("g"), s = call.floats("s"),
               mean = call.floats("mean"), p = call.floats("p"), rate = call.floats("rate");
  const double rho = call.number("rho"), momentum = call.number("momentum"),
               epsilon = call.number("epsilon");
  const bool centered = mean.size > 0, moving = momentum > 0;
  call.needs("g", g.size, double(w.size));
  call.needs("s", s.size, double(w.size));
  call.needs("mean", mean.size, centered ? double(w.size) : 0);
  call.needs("p", p.size, moving ? double(w.size) : 0);
  call.needs("rate", rate.size, 1);
  const auto f = active().optimise->rmsprop;
  parallelFor(w.size, cheap, [&](size_t from, size_t to) {
    const FlushDenormals here;
    f(w.data + from, g.data + from, s.data + from, centered ? mean.data + from : nullptr,
      moving ? p.data + from : nullptr, to - from, rate.data[0], rho, momentum, epsilon);
  });
}

void adagrad(Call& call) {
  const Floats w = call.floats("w"), g = call.floats("g"), s = call.floats("s"),
               rate = call.floats("rate");
  const double epsilon = call.number("epsilon");
  call.needs("g", g.size, double(w.size));
  call.needs("s", s.size, double(w.size));
  call.needs("rate", rate.size, 1);
  const auto f = active().optimise->adagrad;
  parallelFor(w.size, cheap, [&](size_t from, size_t to) {
    const FlushDenormals here;
    f(w.data + from, g.data + from, s.data + from, to - from, rate.data[0], epsilon);
  });
}

void adam(Call& call) {
  const Floats w = call.floats("w"), g = call.floats("g"), m = call.floats("m"),
               v = call.floats("v"), rate = call.floats("rate");
  const double beta1 = call.number("beta1"), beta2 = call.number("beta2"),
               epsilon = call.number("epsilon");
  call.needs("g", g.size, double(w.size));
  call.needs("m", m.size, double(w.size));
  call.needs("v", v.size, double(w.size));
  call.needs("rate", rate.size, 2);
  const auto f = active().optimise->adam;
  parallelFor(w.size, cheap, [&](size_t from, size_t to) {
    const FlushDenormals here;
    f(w.data + from, g.data + from, m.data + from, v.data + from, to - from, rate.data[0],
      rate.data[1], beta1, beta2, epsilon);
  });
}

using E = ElementwiseKernels;
using R = ReduceKernels;

const Entry entries[] = {
    {"add", binary<&E::add>},
    {"sub", binary<&E::sub>},
    {"mul", binary<&E::mul>},
    {"div", binary<&E::div>},
    {"pow", binary<&E::pow, costly>},
    {"maximum", binary<&E::maximum>},
    {"minimum", binary<&E::minimum>},
    {"squaredDifference", binary<&E::squaredDifference>},
    {"reluGrad", binary<&E::reluGrad>},
    {"sigmoidGrad", binary<&E::sigmoidGrad>},
    {"tanhGrad", binary<&E::tanhGrad>},
    {"equal", comparison<&E::equal>},
    {"notEqual", comparison<&E::notEqual>},
    {"less", comparison<&E::less>},
    {"lessEqual", comparison<&E::lessEqual>},
    {"greater", comparison<&E::greater>},
    {"greaterEqual", comparison<&E::greaterEqual>},
    {"logicalAnd", logic<&E::logicalAnd>},
    {"logicalOr", logic<&E::logicalOr>},
    {"logicalXor", logic<&E::logicalXor>},
    {"logicalNot", logicalNot},
    {"isNan", truth<&E::isNan>},
    {"isFinite", truth<&E::isFinite>},
    {"where", where},
    {"neg", unary<&E::neg, cheap>},
    {"square", unary<&E::square, cheap>},
    {"sqrt", unary<&E::sqrt, cheap>},
    {"rsqrt", unary<&E::rsqrt, cheap>},
    {"reciprocal", unary<&E::reciprocal, cheap>},
    {"exp", unary<&E::exp, costly>},
    {"expm1", unary<&E::expm1, costly>},
    {"log", unary<&E::log, costly>},
    {"log1p", unary<&E::log1p, costly>},
    {"abs", unary<&E::abs, cheap>},
    {"sign", unary<&E::sign, cheap>},
    {"floor", unary<&E::floor, cheap>},
    {"ceil", unary<&E::ceil, cheap>},
    {"round", unary<&E::round, cheap>},
    {"clip", clip},
    {"sin", unary<&E::sin, costly>},
    {"cos", unary<&E::cos, costly>},
    {"tan", unary<&E::tan, costly>},
    {"erf", unary<&E::erf, costly>},
    {"sigmoid", unary<&E::sigmoid, costly>},
    {"tanh", unary<&E::tanh, costly>},
    {"relu", unary<&E::relu, cheap>},
    {"relu6", unary<&E::relu6, cheap>},
    {"softplus", unary<&E::softplus, costly>},
    {"leakyRelu", unaryWith<&E::leakyRelu, cheap>},
    {"elu", unaryWith<&E::elu, costly>},
    {"sigmoidCrossEntropy", sigmoidCrossEntropy},
    {"sum", reduction<&R::sum, &R::sumColumns, add>},
    {"prod", reduction<&R::prod, &R::prodColumns, multiply>},
    {"max", reduction<&R::max, &R::maxColumns, larger>},
    {"min", reduction<&R::min, &R::minColumns, smaller>},
    {"any", truthReduction<&R::any>},
    {"all", truthReduction<&R::all>},
    {"argmax", argReduction<&R::argmax>},
    {"argmin", argReduction<&R::argmin>},
    {"cumsum", running<&R::cumsum>},
    {"cumprod", running<&R::cumprod>},
    {"softmax", rowwise<&R::softmax>},
    {"logSoftmax", rowwise<&R::logSoftmax>},
    {"matmul", matmul},
    {"fill", fill},
    {"cast", cast},
    {"copy", copy},
    {"gather", gather},
    {"scatterAdd", scatterAdd},
    {"oneHot", oneHot},
    {"randomUniform", randomFloats<&RandomKernels::randomUniform>},
    {"randomNormal", randomFloats<&RandomKernels::randomNormal>},
    {"truncatedNormal", randomFloats<&RandomKernels::truncatedNormal>},
    {"randomInteger", randomInteger},
    {"sgd", sgd},
    {"rmsprop", rmsprop},
    {"adagrad", adagrad},
    {"adam", adam},
    {"conv2d", callConv2d},
    {"conv2dInputGrad", callConv2dInputGrad},
    {"conv2dFilterGrad", callConv2dFilterGrad},
    {"depthwiseConv2d", callDepthwiseConv2d},
    {"depthwiseConv2dInputGrad", callDepthwiseConv2dInputGrad},
    {"depthwiseConv2dFilterGrad", callDepthwiseConv2dFilterGrad},
    {"maxPool", callMaxPool},
    {"maxPoolGrad", callMaxPoolGrad},
    {"maxPoolPick", callMaxPoolPick},
    {"avgPool", callAvgPool},
    {"avgPoolGrad", callAvgPoolGrad},
    {"resizeBilinear", callResizeBilinear},
    {"resizeBilinearGrad", callResizeBilinearGrad},
};

}  // namespace

double sumOfPart(const float* x, size_t n) { return active().reduce->sum(x, n); }

const Entry* findEntry(const char* name) {
  for (const Entry& entry : entries) {
    if (std::strcmp(entry.name, name) == 0) return &entry;
  }
  return nullptr;
}

Entries allEntries() { return {entries, sizeof entries / sizeof entries[0]}; }
