/** A strip of tiles: the loops of matmul.cc that multiply. */
#pragma once
#include "../kernels.h"
#include "../simd/halves.h"
#include "../simd/transpose.h"
#include "sizes.h"
#include "tiles.h"

namespace ISA {
namespace {

/** Vecs of a tile at most. */
constexpr size_t mostVecs = Vec::registers == 32 ? 4 : 3;
constexpr size_t mostRows = 14;
/** Rows of a tile: its sums, a row of b, a number of a and a product, if that is rounded on its
 * own, fill the registers. */
constexpr size_t rowsOf(size_t vecs) {
  return least(mostRows, (Vec::registers - (Vec::fused ? 1 : 2)) / vecs - 1);
}
/** The same where the last Vec of a tile holds two rows: half a sum less for each row, two numbers
 * of a. */
constexpr size_t halvedRowsOf(size_t vecs) {
  return least(mostRows, 2 * (Vec::registers - vecs - 2) / (2 * vecs - 1));
}
/** Whether half of the last of so many Vecs is enough for `cols` columns. */
constexpr bool isHalved(size_t cols, size_t vecs) {
  return hasHalves && 2 * cols <= (2 * vecs - 1) * Vec::lanes;
}
/** Rows of the tiles of a strip that is so wide. */
constexpr size_t stripRows(size_t cols, size_t vecs) {
  return isHalved(cols, vecs) ? halvedRowsOf(vecs) : rowsOf(vecs);
}

/** Steps of l between the numbers in use and those asked for. */
constexpr ptrdiff_t ahead = 12;

/** A row of tiles: y[i,j] = (or +=) sum over l of a[i,l] b[l,j], for `cols` columns of y. Panels of
 * b, as wide as a tile, are bPanel apart; `packed`, if not null, receives them as they are read. */
struct Strip {
  const float* a;
  ptrdiff_t aRow, aCol;
  bool isFar;  // whether a comes from behind the second cache
  const float* b;
  ptrdiff_t bRow, bPanel;
  float* packed;
  float* y;
  ptrdiff_t yRow, yCol;  // yCol is 1 unless storesColumns
  size_t k, cols;
  bool adds;
  Wanted* wanted;
  size_t pace;  // numbers from what is asked for with an l to that of the next
};

/** What a strip does beside multiplying: it asks for the numbers of a and b that it needs next; it
 * packs b as well; or it asks for what is wanted after the product, to read or to write it. */
enum class Task { read, pack, ask, claim };

inline bool isLeft(const Wanted* wanted) {
  return wanted != nullptr && wanted->range < wanted->count;
}

/** Where the next numbers of what is wanted begin; once all was asked for, the last again. */
inline const float* nextOf(Wanted& wanted, size_t numbers) {
  const Wanted::Range& range = wanted.ranges[least(wanted.range, wanted.count - 1)];
  const float* const begin = range.begin + wanted.asked;
  wanted.asked += numbers;
  if (wanted.asked >= range.size) wanted.asked = 0, wanted.range++;
  return begin;
}

/** Rows of sums, of which `left` columns are wanted, as columns yCol apart. */
template <size_t rows, size_t vecs>
inline void storeTurned([[maybe_unused]] const Vec (&sum)[rows][vecs], [[maybe_unused]] float* y,
                        [[maybe_unused]] ptrdiff_t yCol, [[maybe_unused]] size_t left) {
  if constexpr (storesColumns) {
#pragma GCC unroll 4
    for (size_t j = 0; j < vecs; j++) {
      Vec column[rows];
#pragma GCC unroll 16
      for (size_t i = 0; i < rows; i++) column[i] = sum[i][j];
      storeAsColumns(column, y, yCol, least(Vec::lanes, left - j * Vec::lanes));
      y += ptrdiff_t(Vec::lanes) * yCol;
    }
  }
}

/** Tiles that go along a strip: their rows are the `cols` of Tiles, their Vecs the `outs`. In a
 * halved one, the only one of its strip, the last Vec holds the columns of two rows. */
template <Task task, bool halved>
struct StripTile {
  static constexpr size_t mostOuts = mostVecs;
  static constexpr size_t mostCols(size_t vecs) {
    return halved ? halvedRowsOf(vecs) : rowsOf(vecs);
  }

  template <size_t rows, size_t vecs>
  static void run(const Strip& strip) {
    constexpr bool asks = task == Task::ask || task == Task::claim;
    constexpr size_t whole = halved ? vecs - 1 : vecs;
    const ptrdiff_t aRow = strip.aRow, aCol = strip.aCol, bRow = strip.bRow, yRow = strip.yRow;
    const float* panel = strip.b;
    float* packed = strip.packed;
    float* corner = strip.y;
    for (size_t left = strip.cols;; left -= vecs * Vec::lanes) {
      Vec sum[rows][vecs];
#pragma GCC unroll 16
      for (size_t i = 0; i < rows; i++) {
#pragma GCC unroll 4
        for (size_t j = 0; j < vecs; j++) sum[i][j] = Vec::all(0);
      }
      const float *a = strip.a, *b = panel;
      [[maybe_unused]] const float* asked =
          asks ? nextOf(*strip.wanted, strip.k * strip.pace) : nullptr;
#pragma GCC unroll 2
      for (size_t l = 0; l < strip.k; l++) {
        Vec column[vecs];
#pragma GCC unroll 4
        for (size_t j = 0; j < whole; j++) column[j] = Vec::load(b + j * Vec::lanes);
        if constexpr (halved) column[whole] = loadTwice(b + whole * Vec::lanes);
        if constexpr (task == Task::pack) {
#pragma GCC unroll 4
          for (size_t j = 0; j < vecs; j++) {
            column[j].store(packed + j * Vec::lanes);
            prefetch(b + ahead * bRow + j * Vec::lanes);
          }
          packed += vecs * Vec::lanes;
        }
        // Loads are what takes the time of narrow tiles.
        if constexpr (vecs > 2) prefetch(a + ahead * aCol);
        if constexpr (asks) {
          task == Task::claim ? prefetchToWrite(asked) : prefetchFar(asked);
          asked += strip.pace;
        } else if constexpr (vecs > 2) {
          prefetch(b + ahead * bRow);
        }
        [[maybe_unused]] Vec before;  // the number of a of the row above
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++) {
          const Vec each = Vec::all(a[ptrdiff_t(i) * aRow]);
#pragma GCC unroll 4
          for (size_t j = 0; j < whole; j++) sum[i][j] = fma(each, column[j], sum[i][j]);
          if constexpr (halved) {
            // A pair's sums are where its first row's would be; the last row may be alone.
            Vec& pair = sum[i / 2 * 2][whole];
            if (i % 2 == 1) pair = fma(halvesOf(before, each), column[whole], pair);
            if (i % 2 == 0 && i + 1 == rows) pair = fma(each, column[whole], pair);
            before = each;
          }
        }
        a += aCol;
        b += bRow;
      }
      if constexpr (halved) {
#pragma GCC unroll 16
        for (size_t i = 1; i < rows; i += 2) sum[i][whole] = upperHalf(sum[i - 1][whole]);
      }
      // The last Vec of a row may be part of one.
      float* y = corner;
      if (storesColumns && strip.yCol != 1) {
        storeTurned(sum, corner, strip.yCol, left);
      } else if (left >= vecs * Vec::lanes && !strip.adds) {
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++, y += yRow) {
#pragma GCC unroll 4
          for (size_t j = 0; j < vecs; j++) sum[i][j].store(y + j * Vec::lanes);
        }
      } else if (left >= vecs * Vec::lanes) {
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++, y += yRow) {
#pragma GCC unroll 4
          for (size_t j = 0; j < vecs; j++) {
            float* const to = y + j * Vec::lanes;
            (Vec::load(to) + sum[i][j]).store(to);
          }
        }
      } else {
        const size_t last = left - (vecs - 1) * Vec::lanes;
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++, y += yRow) {
#pragma GCC unroll 4
          for (size_t j = 0; j < vecs; j++) {
            float* const to = y + j * Vec::lanes;
            const size_t some = j + 1 < vecs ? Vec::lanes : last;
            (strip.adds ? Vec::loadFirst(to, some) + sum[i][j] : sum[i][j]).storeFirst(to, some);
          }
        }
      }
      if (left <= vecs * Vec::lanes) break;
      panel += strip.bPanel;
      corner += ptrdiff_t(vecs * Vec::lanes) * strip.yCol;
    }
  }
};

template <bool halved>
inline auto tileFor(const Strip& strip, size_t vecs, size_t rows) {
  if (!halved && strip.packed != nullptr) {
    return tilesOf<StripTile<Task::pack, false>>.of[vecs][rows];
  }
  if (!isLeft(strip.wanted)) return tilesOf<StripTile<Task::read, halved>>.of[vecs][rows];
  return strip.wanted->changes ? tilesOf<StripTile<Task::claim, halved>>.of[vecs][rows]
                               : tilesOf<StripTile<Task::ask, halved>>.of[vecs][rows];
}

/** The tile of so many Vecs and rows that does what the strip wants. */
inline auto stripTile(const Strip& strip, size_t vecs, size_t rows) {
  if constexpr (hasHalves) {
    if (isHalved(strip.cols, vecs)) return tileFor<true>(strip, vecs, rows);
  }
  return tileFor<false>(strip, vecs, rows);
}

}  // namespace
}  // namespace ISA
