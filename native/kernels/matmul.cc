// Twin of src/kernels/matmul.ts. The ladder from the plain loop, for [m,k] times [k,n]:
//   plain       one sum after the other; a and b are read from memory for every product
//   vectorised  Vec::lanes columns of y at once
//   blocked     a tile of y, tileRows x tileVecs sums, stays in registers over the whole run of l:
//               each number of a serves tileVecs Vecs and each Vec of b serves tileRows rows
//   packed      the panel of b that a column of tiles needs lies in the order in which it is read,
//               and stays in the first cache. The first tile of the column reads b where it is and
//               stores the panel beside its sums, which costs nothing, and the next tiles ask for
//               the next panel of a large b; only a transposed b is packed beforehand, and an a
//               that is transposed or has its rows a page apart where many panels read it
//   row by row  short products into a large y: columns of tiles in the inner loop, so that y is
//               written in order
//   finished    bias and activation are applied to a column of tiles while it is in the first
//               cache
//   threaded    calls.cc hands out blocks of y
// The tile is as in Van Zee and van de Geijn, "BLIS: a framework for rapidly instantiating BLAS
// functionality", 2015. Every number of y is its products added in the order of l, in runs of
// `depth`, whatever tile or block it falls in.
#include "../kernels.h"
#include "../simd/transpose.h"
#include "epilogue.h"

namespace ISA {
namespace {

// A tile fills the registers: AVX-512 has 32 of them, NEON too, AVX2 and SSE2 16.
constexpr size_t tileRows =
    Vec::registers == 16 ? (Vec::lanes == 8 ? 6 : 4) : (Vec::lanes == 16 ? 14 : 8);
constexpr size_t tileVecs = 2;
/** A tile one Vec wide has registers left for more rows. */
constexpr size_t tallRows = Vec::registers == 16 ? 10 : 14;
/** A short run has little time to fill and empty the pipeline: its tile is of fewer rows. */
constexpr size_t shortRun = 64;
constexpr size_t shortRows = Vec::registers == 16 ? 4 : 8;
constexpr size_t panelCols = tileVecs * Vec::lanes;
/** Numbers of l between two visits of y: a panel of b of this depth fits the first cache beside the
 * rows of a. */
constexpr size_t depth = 320;
/** Products of short runs into a large y, the gradients of weights, go row by row: y is written in
 * order, and all panels of b stay in the second cache. */
constexpr size_t flatRun = 128, largeY = 1 << 15;
constexpr size_t blockRows = 24 * tileRows;
constexpr size_t blockCols = 1024;
constexpr size_t scratchSize = depth * panelCols + blockRows * depth + Vec::lanes;

/** Numbers from which on b is not expected in the second cache: the first tiles of a panel ask for
 * the next. */
constexpr size_t farB = 1 << 16;
constexpr size_t lineFloats = 16;
constexpr ptrdiff_t pageFloats = 1024;
/** A packed copy of a transposed a is worth its price when more panels than this read it; fewer of
 * a long one, whose columns reach into many pages. */
constexpr size_t panelsPerPackedA = 8, panelsPerLongA = 2;
/** Rows of b between the one in use and the one asked for: some 70 cycles, as long as the second or
 * third cache takes. */
constexpr ptrdiff_t rowsAhead = 12;

inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

/** The rows of y in strips of at most `most`, as equal as can be. */
struct Strips {
  size_t rows, count;
  Strips(size_t rows, size_t most) : rows(rows), count((rows + most - 1) / most) {}
  size_t first(size_t strip) const { return rows * strip / count; }
};

/** What a tile does with the panel of b besides reading it: nothing; it makes it, from a b in row
 * order; or it asks for other memory, at `soon`, once for each of its rows. */
enum class Panel { read, made, asks };

/** One tile: y[i,j] = (or +=) sum over l of a[i,l] b[l,j], whose first `cols` columns are stored.
 * bRow is the distance of rows in a b that is not packed, or between what is asked for. */
template <size_t rows, size_t vecs, Panel task>
void tile(const float* a, ptrdiff_t aRow, ptrdiff_t aCol, const float* b, ptrdiff_t bRow,
          float* panel, size_t k, float* y, ptrdiff_t yRow, size_t cols, bool first,
          [[maybe_unused]] const float* soon) {
  Vec sum[rows][vecs];
#pragma GCC unroll 16
  for (size_t i = 0; i < rows; i++) {
#pragma GCC unroll 4
    for (size_t j = 0; j < vecs; j++) sum[i][j] = Vec::all(0);
  }
  for (size_t l = 0; l < k; l++) {
    Vec column[vecs];
#pragma GCC unroll 4
    for (size_t j = 0; j < vecs; j++) column[j] = Vec::load(b + j * Vec::lanes);
    if constexpr (task == Panel::made) {
#pragma GCC unroll 4
      for (size_t j = 0; j < vecs; j++) column[j].store(panel + j * Vec::lanes);
      panel += panelCols;
      prefetch(b + rowsAhead * bRow);
    } else if constexpr (task == Panel::asks) {
      prefetchFar(soon);
      soon += bRow;
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++) {
      const Vec each = Vec::all(a[ptrdiff_t(i) * aRow]);
#pragma GCC unroll 4
      for (size_t j = 0; j < vecs; j++) sum[i][j] = fma(each, column[j], sum[i][j]);
    }
    a += aCol;
    b += task == Panel::made ? bRow : ptrdiff_t(panelCols);
  }
#pragma GCC unroll 16
  for (size_t i = 0; i < rows; i++) {
    float* row = y + ptrdiff_t(i) * yRow;
#pragma GCC unroll 4
    for (size_t j = 0; j < vecs; j++) {
      float* to = row + j * Vec::lanes;
      if ((j + 1) * Vec::lanes <= cols) {
        (first ? sum[i][j] : Vec::load(to) + sum[i][j]).store(to);
      } else if (j * Vec::lanes < cols) {
        const size_t some = cols - j * Vec::lanes;
        (first ? sum[i][j] : Vec::loadFirst(to, some) + sum[i][j]).storeFirst(to, some);
      }
    }
  }
}

using Tile = void (*)(const float* a, ptrdiff_t aRow, ptrdiff_t aCol, const float* b,
                      ptrdiff_t bRow, float* panel, size_t k, float* y, ptrdiff_t yRow, size_t cols,
                      bool first, const float* soon);

/** tiles.of[vecs][rows] reads a panel, tiles.packing[rows] makes a full one, tiles.asking[rows]
 * reads a full one; of each height, so that none is wasted. */
struct Tiles {
  Tile of[tileVecs + 1][tallRows + 1] = {};
  Tile packing[tileRows + 1] = {}, asking[tileRows + 1] = {};
};
template <size_t vecs, size_t rows>
constexpr void fillTiles(Tiles& tiles) {
  tiles.of[vecs][rows] = tile<rows, vecs, Panel::read>;
  if constexpr (vecs == tileVecs) {
    tiles.packing[rows] = tile<rows, vecs, Panel::made>;
    tiles.asking[rows] = tile<rows, vecs, Panel::asks>;
  }
  if constexpr (rows > 1) {
    fillTiles<vecs, rows - 1>(tiles);
  } else if constexpr (vecs > 1) {
    fillTiles<vecs - 1, tallRows>(tiles);
  }
}
constexpr Tiles allTiles() {
  Tiles tiles;
  fillTiles<tileVecs, tileRows>(tiles);
  return tiles;
}
constexpr Tiles tiles = allTiles();

/** What a taker changes with the next rows: tiles of these ask for it, a line for each of their l.
 */
struct Ahead {
  const Taker* taker;
  size_t from, to;
  size_t array = 0, at = from;

  bool isLeft() const { return taker != nullptr && from < to && array < taker->count; }
  const float* next(size_t lines) {
    const float* const begin = taker->arrays[array] + at;
    at += lines * lineFloats;
    if (at >= to) at = from, array++;
    return begin;
  }
};

/** Lane k of panel row l is number l of column k, for `count` columns `bCol` apart and unit steps
 * of l. */
void packColumns(const float* b, ptrdiff_t bCol, size_t k, size_t count, float* panel) {
  for (size_t l = 0; l < k; l += Vec::lanes) {
    const size_t some = least(Vec::lanes, k - l);
    Vec square[Vec::lanes];
    if (some == Vec::lanes && count == Vec::lanes) {
#pragma GCC unroll 16
      for (size_t c = 0; c < Vec::lanes; c++) square[c] = Vec::load(b + ptrdiff_t(c) * bCol + l);
      transpose(square);
#pragma GCC unroll 16
      for (size_t c = 0; c < Vec::lanes; c++) square[c].store(panel + (l + c) * panelCols);
      continue;
    }
    for (size_t c = 0; c < Vec::lanes; c++) {
      square[c] = c < count ? Vec::loadFirst(b + ptrdiff_t(c) * bCol + l, some) : Vec::all(0);
    }
    transpose(square);
    for (size_t c = 0; c < some; c++) square[c].store(panel + (l + c) * panelCols);
  }
}

/** The panel of b from column 0 on, `cols` wide, as rows of panelCols; missing columns are 0 or not
 * read. */
void packPanel(const float* b, ptrdiff_t bRow, ptrdiff_t bCol, size_t k, size_t cols,
               float* panel) {
  if (bRow == 1) {
    for (size_t j = 0; j < cols; j += Vec::lanes) {
      packColumns(b + ptrdiff_t(j) * bCol, bCol, k, least(Vec::lanes, cols - j), panel + j);
    }
    return;
  }
  for (size_t l = 0; l < k; l++, b += bRow, panel += panelCols) {
    if (bCol == 1) {
      for (size_t j = 0; j < cols; j += Vec::lanes) {
        Vec::loadFirst(b + j, least(Vec::lanes, cols - j)).store(panel + j);
      }
    } else {
      for (size_t j = 0; j < cols; j++) panel[j] = b[ptrdiff_t(j) * bCol];
      for (size_t j = cols; j < panelCols; j++) panel[j] = 0;
    }
  }
}

/** Rows of a as columns of `rows` numbers, one column per l. What is stored beyond a column is
 * overwritten by the next. */
void packRows(const float* a, ptrdiff_t aRow, ptrdiff_t aCol, size_t rows, size_t k, float* to) {
  if (aRow != 1) {
    for (size_t l = 0; l < k; l++, a += aCol, to += rows) {
      for (size_t i = 0; i < rows; i++) to[i] = a[ptrdiff_t(i) * aRow];
    }
    return;
  }
  for (size_t l = 0; l < k; l++, a += aCol, to += rows) {
#pragma GCC unroll 4
    for (size_t i = 0; i < tileRows; i += Vec::lanes) {
      if (i < rows) Vec::loadFirst(a + i, least(Vec::lanes, rows - i)).store(to + i);
    }
  }
}

void multiply(const Product& p, float* scratch) {
  if (p.k == 0) {
    for (size_t i = 0; i < p.m; i++) {
      for (size_t j = 0; j < p.n; j++) p.y[ptrdiff_t(i) * p.yRow + ptrdiff_t(j)] = 0;
    }
    finish(p.end, p.y, p.yRow, p.m, p.n);
    return;
  }
  const Strips strips(p.m, p.k <= shortRun ? shortRows : tileRows), tall(p.m, tallRows);
  const size_t runs = (p.k + depth - 1) / depth;
  const size_t width = (p.n + panelCols - 1) / panelCols * panelCols;
  const bool rowByRow =
      p.taker != nullptr || (p.k <= flatRun && p.m * p.n > largeY && width * p.k <= scratchSize);
  const bool isFar = !rowByRow && p.k * p.n >= farB;
  // Rows a page apart share few places of the first cache.
  const size_t readers = p.aCol != 1 && runs > 1 ? panelsPerLongA : panelsPerPackedA;
  const bool packA =
      !rowByRow && (p.aCol != 1 || p.aRow % pageFloats == 0) && p.n > readers * panelCols;
  float* const panels = scratch;
  float* const packedA = scratch + depth * panelCols;
  for (size_t run = 0; run < runs; run++) {
    const size_t l0 = p.k * run / runs, k = p.k * (run + 1) / runs - l0;
    const bool isFirst = run == 0, isLast = run + 1 == runs;
    const float* const a = p.a + ptrdiff_t(l0) * p.aCol;
    for (size_t s = 0; packA && s < strips.count; s++) {
      const size_t i = strips.first(s), rows = strips.first(s + 1) - i;
      packRows(a + ptrdiff_t(i) * p.aRow, p.aRow, p.aCol, rows, k, packedA + i * k);
    }
    const auto column = [&](size_t j, const Strips& down, size_t from, size_t to, float* panel,
                            Ahead& ahead) {
      const float* const b = p.b + ptrdiff_t(l0) * p.bRow + ptrdiff_t(j) * p.bCol;
      const size_t cols = least(panelCols, p.n - j), vecs = (cols + Vec::lanes - 1) / Vec::lanes;
      const bool inRows = p.bCol == 1 && cols == panelCols;
      if (!inRows && from == 0) packPanel(b, p.bRow, p.bCol, k, cols, panel);
      for (size_t s = from; s < to; s++) {
        const size_t i = down.first(s), rows = down.first(s + 1) - i;
        const float* const strip = packA ? packedA + i * k : a + ptrdiff_t(i) * p.aRow;
        const ptrdiff_t aRow = packA ? 1 : p.aRow, aCol = packA ? ptrdiff_t(rows) : p.aCol;
        float* const y = (p.taker == nullptr ? p.y + ptrdiff_t(i) * p.yRow : p.y) + ptrdiff_t(j);
        const bool makes = inRows && s == 0;
        const bool takes = inRows && !makes && ahead.isLeft();
        const bool asks =
            inRows && isFar && s > 0 && s <= panelCols / lineFloats && j + 2 * panelCols <= p.n;
        const Tile tile = makes           ? tiles.packing[rows]
                          : takes || asks ? tiles.asking[rows]
                                          : tiles.of[vecs][rows];
        tile(strip, aRow, aCol, makes ? b : panel, takes ? ptrdiff_t(lineFloats) : p.bRow, panel, k,
             y, p.yRow, cols, isFirst,
             takes  ? ahead.next(k)
             : asks ? b + panelCols + (s - 1) * lineFloats
                    : nullptr);
      }
    };
    if (rowByRow) {
      for (size_t s = 0; s < strips.count; s++) {
        const size_t row = strips.first(s), rows = strips.first(s + 1) - row;
        const size_t next = p.place + (row + rows) * p.n;
        Ahead ahead = {p.taker, next, s + 1 < strips.count ? next + rows * p.n : next};
        for (size_t j = 0; j < p.n; j += panelCols) {
          column(j, strips, s, s + 1, panels + j * k, ahead);
        }
        if (!isLast) continue;
        const ptrdiff_t at = ptrdiff_t(row) * p.yRow;
        float* const y = p.taker == nullptr ? p.y + at : p.y;
        finish(p.end.from(at, 0), y, p.yRow, rows, p.n);
        if (p.taker != nullptr)
          (*p.taker)(p.place + size_t(at), p.place + size_t(at) + rows * p.n, y);
      }
    } else {
      Ahead ahead = {nullptr, 0, 0};
      for (size_t j = 0; j < p.n; j += panelCols) {
        const Strips& down = p.n - j <= Vec::lanes && !packA ? tall : strips;
        column(j, down, 0, down.count, panels, ahead);
        if (isLast)
          finish(p.end.from(ptrdiff_t(j), j), p.y + j, p.yRow, p.m, least(panelCols, p.n - j));
      }
    }
  }
}

}  // namespace

extern const MatmulKernels matmul;
const MatmulKernels matmul = {
    .matmul = multiply,
    .scratchSize = scratchSize,
    .blockRows = blockRows,
    .blockCols = blockCols,
    .leastRows = 4 * tileRows,
    .panelCols = panelCols,
    .takenRows = tileRows,
    .longestTaken = depth,
};

}  // namespace ISA
