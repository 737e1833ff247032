// Twin of src/kernels/matmul.ts. The ladder from the plain loop, for [m,k] times [k,n]:
//   plain       one sum after the other; a and b are read from memory for every product
//   vectorised  Vec::lanes columns of y at once
//   blocked     a tile of y, some rows by up to mostVecs Vecs, stays in registers over a whole run
//               of l: each number of a serves several Vecs and each Vec of b several rows
//   halved      on AVX2 half a Vec of columns that is left over shares one with the next row's
//   in place    a strip of tiles goes along the rows of y, so that a stays in the first cache and b
//               in the second. Both are read where they lie; what lies badly is packed first, in
//               the order in which it is read
//   turned      the product of the transposes, where transposing b would be more work than a and y,
//               or much of y's last Vec would be waste
//   finished    bias and activation are applied to a strip while it is in the first caches
//   threaded    calls.cc hands out blocks of y
// `npm run bench:kernels -- ladder` measures the gain of each step: docs/performance.md.
// The tile is as in Van Zee and van de Geijn, "BLIS: a framework for rapidly instantiating BLAS
// functionality", 2015. Every number of y is its products added in the order of l, in runs of at
// most `depth`, whatever tile or block it falls in.
#include "../kernels.h"
#include "../simd/transpose.h"
#include "epilogue.h"
#include "matmul-strip.h"
#include "sizes.h"

namespace ISA {
namespace {

/** Numbers of l between two visits of y. */
constexpr size_t depth = 400;
/** Numbers of b in use at a time, which stay in the second cache. */
constexpr size_t blockSize = Vec::lanes == 16 ? 3 << 16 : 3 << 15;
/** Numbers of a and b that stay in the first cache. */
constexpr size_t nearSize = 3 << 12;
/** A b whose rows reach farther is packed unless few rows of y need it. */
constexpr size_t farReach = 1 << 18, fewRows = 64;
/** An a in columns that are a multiple of so many numbers apart, whose lines have few places in the
 * first cache, is packed, so many rows of y at a time, if it is far or used often enough. */
constexpr size_t crowding = 1 << 10, bandRows = 48, colsOfBand = 256;
/** Numbers of the result of a product that is turned, and products that take as long as transposing
 * a number and as storing it in a column. */
constexpr size_t turnedSize = 1 << 16, transposing = 10, storing = 4;
/** Numbers of what is wanted that are asked for at least with each number of l. */
constexpr size_t leastPace = 4;
constexpr size_t scratchSize = turnedSize + blockSize + bandRows * depth;

/** Whether no Vec of the rows of b lies across two lines of the cache. */
inline bool isAligned(const float* b, ptrdiff_t bRow) {
  return reinterpret_cast<uintptr_t>(b) % sizeof(Vec) == 0 && bRow % ptrdiff_t(Vec::lanes) == 0;
}

/** A whole in parts of at most `most`, as equal as can be: the first `larger` have one more than
 * `each`. */
struct Parts {
  size_t count, each, larger;
  Parts(size_t whole, size_t most)
      : count(whole <= most ? 1 : blocksOf(whole, most)),
        each(count == 1 ? whole : whole / count),
        larger(whole - count * each) {}
  size_t size(size_t part) const { return each + (part < larger); }
  size_t largest() const { return size(0); }
};

/** `cols` columns of b as rows of `width` numbers. What is stored beyond them counts for nothing.
 */
void packPanel(const float* b, ptrdiff_t bRow, ptrdiff_t bCol, size_t k, size_t cols, size_t width,
               float* panel) {
  if (bRow == 1) {
    for (size_t j = 0; j < cols; j += Vec::lanes) {
      intoLanes(b + ptrdiff_t(j) * bCol, bCol, least(Vec::lanes, cols - j), k, panel + j, width);
    }
    return;
  }
  for (size_t l = 0; l < k; l++, b += bRow, panel += width) {
    if (bCol == 1) {
      for (size_t j = 0; j < cols; j += Vec::lanes) {
        Vec::loadFirst(b + j, least(Vec::lanes, cols - j)).store(panel + j);
      }
    } else {
      for (size_t j = 0; j < cols; j++) panel[j] = b[ptrdiff_t(j) * bCol];
      for (size_t j = cols; j < width; j++) panel[j] = 0;
    }
  }
}

/** Rows of a, which lies in columns, as columns of bandRows numbers. */
void packBand(const float* a, ptrdiff_t aCol, size_t rows, size_t k, float* band) {
  for (size_t l = 0; l < k; l++, a += aCol, band += bandRows) {
    for (size_t i = 0; i < rows; i += Vec::lanes) {
      prefetch(a + ahead * aCol + i);
      Vec::loadFirst(a + i, least(Vec::lanes, rows - i)).store(band + i);
    }
  }
}

/** From here on the strip reads panels that lie one after the other. */
void readPacked(Strip& strip, size_t width, const float* block) {
  strip.b = block;
  strip.bRow = ptrdiff_t(width);
  strip.bPanel = ptrdiff_t(width * strip.k);
  strip.packed = nullptr;
}

/** Packs what a strip is to read of b, or lets the first strip do it, or leaves b where it lies. */
void prepareB(Strip& strip, const Product& p, size_t width, float* block) {
  const float* const b = strip.b;
  if (p.bCol != 1 || p.n % width != 0) {
    for (size_t j = 0; j < p.n; j += width) {
      packPanel(b + ptrdiff_t(j) * p.bCol, p.bRow, p.bCol, strip.k, least(width, p.n - j), width,
                block + j * strip.k);
    }
    readPacked(strip, width, block);
  } else if (isAligned(b, p.bRow) ? p.m > fewRows && strip.k * size_t(p.bRow) > farReach
                                  : p.m > mostRows && strip.k * (p.m + p.n) > nearSize) {
    strip.packed = block;
  }
}

/** Numbers to ask for with each l, so that all is asked for by the end and no sooner than need be:
 * at most a line, for more would keep the caches from what the product itself reads. */
size_t paceOf(const Wanted& wanted, size_t steps) {
  size_t numbers = 0;
  for (size_t i = 0; i < wanted.count; i++) numbers += wanted.ranges[i].size;
  return least(lineFloats, most(leastPace, blocksOf(numbers, steps)));
}

/** Strips below each other; y is finished after the last run. Rows of a that come from far are
 * asked for while the strip above is made: the processor's own looking ahead begins anew with each.
 * Of rows that lie in columns that is a line of each column: a strip has fewer than a line has
 * numbers, and the first are most likely in the line of those above.
 */
void multiplyRows(Strip& strip, const Product& p, size_t m, size_t vecs, bool isLast) {
  const Parts strips(m, stripRows(p.n, vecs));
  static_assert(mostRows <= Wanted::most && mostRows < lineFloats);
  const size_t pace = strip.pace, steps = blocksOf(p.n, vecs * Vec::lanes) * strip.k;
  for (size_t s = 0; s < strips.count; s++) {
    const size_t rows = strips.size(s), next = s + 1 < strips.count ? strips.size(s + 1) : 0;
    const float* const a = strip.a + ptrdiff_t(rows) * strip.aRow;
    const bool asks = strip.isFar && !isLeft(p.wanted);
    Wanted below;
    strip.wanted = p.wanted;
    strip.pace = pace;
    if (asks && strip.aCol == 1) {
      for (size_t i = 0; i < next; i++) below.add(a + ptrdiff_t(i) * strip.aRow, strip.k);
      strip.wanted = &below;
      strip.pace = paceOf(below, steps);
    } else if (asks && strip.aRow == 1 && strip.aCol > 0 && next > 0) {
      strip.wanted = &below;
      strip.pace = size_t(strip.aCol);
      below.add(a + next - 1, strip.k * strip.pace);
    }
    stripTile(strip, vecs, rows)(strip);
    if (strip.packed != nullptr) readPacked(strip, vecs * Vec::lanes, strip.packed);
    if (isLast) finish(p.end.from(strip.y - p.y, 0), strip.y, p.yRow, rows, p.n);
    strip.a = a;
    strip.y += ptrdiff_t(rows) * p.yRow;
  }
}

/** Columns of y, in panels of `vecs` Vecs, for which a run of b fits the second cache. */
void multiplyBlock(const Product& p, size_t vecs, size_t pace, float* scratch) {
  float *const block = scratch, *const band = scratch + blockSize;
  const ptrdiff_t width = ptrdiff_t(vecs * Vec::lanes);
  const Parts runs(p.k, depth);
  const float *a = p.a, *b = p.b;
  for (size_t r = 0; r < runs.count; r++) {
    const size_t k = runs.size(r);
    const bool isLast = r + 1 == runs.count;
    Strip strip = {a,   p.aRow, p.aCol, p.isFar, b,   p.bRow, width,    nullptr,
                   p.y, p.yRow, p.yCol, k,       p.n, r > 0,  p.wanted, pace};
    prepareB(strip, p, size_t(width), block);
    if (p.aRow == 1 && p.aCol % crowding == 0 && (p.isFar || p.n > colsOfBand)) {
      strip.aCol = bandRows;
      strip.isFar = false;
      for (size_t i = 0; i < p.m; i += bandRows) {
        const size_t rows = least(bandRows, p.m - i);
        packBand(a + i, p.aCol, rows, k, band);
        strip.a = band;
        multiplyRows(strip, p, rows, vecs, isLast);
      }
    } else {
      multiplyRows(strip, p, p.m, vecs, isLast);
    }
    a += ptrdiff_t(k) * p.aCol;
    b += ptrdiff_t(k) * p.bRow;
  }
}

/** `cols` columns of y from column `from` on. */
Product columns(const Product& p, size_t from, size_t cols) {
  Product part = p;
  part.b += ptrdiff_t(from) * p.bCol;
  part.y += ptrdiff_t(from) * p.yCol;
  part.n = cols;
  part.end = p.end.from(ptrdiff_t(from), from);
  return part;
}

/** Panels are as equally wide as can be. The last one is on its own if it is not whole: only that
 * is packed. */
void multiplyInOrder(const Product& p, float* scratch) {
  const Parts panels(blocksOf(p.n, Vec::lanes), mostVecs);
  const size_t longest = Parts(p.k, depth).largest();
  const auto steps = [&] {
    return panels.count * blocksOf(p.m, stripRows(p.n, panels.largest())) * p.k;
  };
  const size_t pace = isLeft(p.wanted) ? paceOf(*p.wanted, steps()) : leastPace;
  size_t from = 0;
  const auto next = [&](size_t count, size_t vecs) {
    if (count == 0) return;
    const size_t width = vecs * Vec::lanes;
    // A panel packed for few rows leaves the first cache to the next.
    const bool isBrief = p.bCol != 1 && p.m <= fewRows && p.k * p.n > nearSize;
    const Parts blocks(count, isBrief ? 1 : blockSize / (longest * width));
    for (size_t i = 0; i < blocks.count; i++) {
      const size_t cols = least(p.n - from, blocks.size(i) * width);
      multiplyBlock(columns(p, from, cols), vecs, pace, scratch);
      from += cols;
    }
  };
  const size_t ragged = p.n % Vec::lanes != 0;
  next(panels.larger, panels.each + 1);
  next(panels.count - panels.larger - ragged, panels.each);
  next(ragged, panels.each);
}

/** Lanes that a row of n numbers takes up, in time: half a Vec beside another row's takes as long
 * as three quarters of one. */
size_t lanesOf(size_t n) {
  const size_t vecs = blocksOf(n, Vec::lanes);
  return vecs * Vec::lanes - (isHalved(n, vecs) ? Vec::lanes / 4 : 0);
}

/** Whether the sums of a turned product go to the columns of y straight from the registers. */
bool isStoredAtOnce(const Product& p) { return storesColumns && p.k <= depth; }

/** Whether y is sooner had by way of its transpose. A small n wastes lanes of the last Vec; an
 * operand whose numbers of one l do not lie side by side must be transposed first, the result of a
 * turned product afterwards. */
bool isTurned(const Product& p) {
  if (p.n * wholeVecs(p.m) > turnedSize || (p.aRow != 1 && p.aCol != 1)) return false;
  const size_t inOrder = p.k * p.m * lanesOf(p.n) + (p.bCol == 1 ? 0 : transposing * p.k * p.n);
  const size_t turned = p.k * p.n * lanesOf(p.m) + (p.aRow == 1 ? 0 : transposing * p.m * p.k) +
                        (isStoredAtOnce(p) ? storing : transposing) * p.m * p.n;
  return turned < inOrder;
}

/** y as the transpose of b's transpose times a's. */
void multiplyTurned(const Product& p, float* scratch) {
  const bool atOnce = isStoredAtOnce(p);
  const size_t width = wholeVecs(p.m);
  float* const y = atOnce ? p.y : scratch;
  const ptrdiff_t yRow = atOnce ? 1 : ptrdiff_t(width), yCol = atOnce ? p.yRow : 1;
  const Product turned = {p.b,    p.a,    y,    p.n, p.k,   p.m,      p.bCol, p.bRow,
                          p.aCol, p.aRow, yRow, {},  false, p.wanted, yCol};
  multiplyInOrder(turned, scratch + turnedSize);
  if (atOnce) return finish(p.end, p.y, p.yRow, p.m, p.n);
  for (size_t i = 0; i < p.m; i += Vec::lanes) {
    const size_t rows = least(Vec::lanes, p.m - i);
    const ptrdiff_t at = ptrdiff_t(i) * p.yRow;
    outOfLanes(scratch + i, p.n, p.y + at, size_t(p.yRow), rows, width);
    finish(p.end.from(at, 0), p.y + at, p.yRow, rows, p.n);
  }
}

void multiply(const Product& p, float* scratch) {
  if (p.k == 0) {
    for (size_t i = 0; i < p.m; i++) {
      for (size_t j = 0; j < p.n; j++) p.y[ptrdiff_t(i) * p.yRow + ptrdiff_t(j)] = 0;
    }
    finish(p.end, p.y, p.yRow, p.m, p.n);
  } else if (isTurned(p)) {
    multiplyTurned(p, scratch);
  } else {
    const size_t some = p.n % Vec::lanes, whole = p.n - some;
    const Product last = columns(p, whole, some);
    const bool isApart = some > 0 && whole > 0 && isTurned(last);
    multiplyInOrder(isApart ? columns(p, 0, whole) : p, scratch);
    if (isApart) multiplyTurned(last, scratch);
  }
}

}  // namespace

extern const MatmulKernels matmul;
const MatmulKernels matmul = {
    .matmul = multiply,
    .scratchSize = scratchSize,
    .leastRows = 32,
    .leastCols = mostVecs * Vec::lanes,
};

}  // namespace ISA
