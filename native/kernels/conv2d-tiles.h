/** Tiles of sums over taps: some columns of an output row and some of their outs. */
#pragma once
#include "conv2d-lanes.h"
#include "tiles.h"

namespace ISA {
namespace {

/**
 * One tile of every output row: some of its columns and some of its outs. A row of its taps is
 * `runs` runs of `length` numbers; distances are those in image, filter and output.
 */
struct Strip {
  size_t runs, length;
  size_t imageRow, imageRun, imageCol, filterRow, filterRun, yCol;
  size_t image, filter, filterCol, y;  // where it begins
  size_t some;                         // numbers of the last Vec of its outs
  void (*run)(const float* image, const float* filter, size_t rows, const Strip& strip, float* y);
};

template <size_t cols, size_t outs>
inline void clearTile(Vec (&sum)[cols][outs]) {
#pragma GCC unroll 32
  for (size_t b = 0; b < cols; b++) {
#pragma GCC unroll 4
    for (size_t o = 0; o < outs; o++) sum[b][o] = Vec::all(0);
  }
}

/** Writes the sums of a tile. */
template <size_t cols, size_t outs>
inline void storeTile(const Vec (&sum)[cols][outs], const Strip& strip, float* y) {
  const size_t yCol = strip.yCol, some = strip.some;
  const auto each = [&](auto storeLast) {
#pragma GCC unroll 32
    for (size_t b = 0; b < cols; b++, y += yCol) {
#pragma GCC unroll 4
      for (size_t o = 0; o + 1 < outs; o++) sum[b][o].store(y + o * Vec::lanes);
      storeLast(sum[b][outs - 1], y + (outs - 1) * Vec::lanes);
    }
  };
  if (some == Vec::lanes) {
    each([](Vec last, float* to) { last.store(to); });
  } else {
    each([=](Vec last, float* to) { last.storeFirst(to, some); });
  }
}

/** y[b,o] = sum over so many rows of taps of image[b] filter[o]. Runs have a known length, or any
 * where that is 0. */
template <class Lanes, size_t known>
struct TapTile {
  static constexpr size_t mostOuts = Lanes::mostOuts;
  static constexpr size_t mostCols(size_t outs) { return ISA::mostCols(outs); }

  template <size_t cols, size_t outs>
  static void run(const float* image, const float* filter, size_t rows, const Strip& strip,
                  float* y) {
    const size_t length = strip.length, imageCol = strip.imageCol;
    // Two places from which to reach the columns, since registers hold few distances.
    constexpr size_t half = cols > 8 ? (cols + 1) / 2 : cols;
    const size_t toHalf = half * imageCol;
    Vec sum[cols][outs];
    clearTile(sum);
    const auto add = [&sum, imageCol](const float* x, const float* x2, const float* f) {
      addProducts(
          sum,
          [=](size_t b) {
            return Lanes::image(b < half ? x + b * imageCol : x2 + (b - half) * imageCol);
          },
          [=](size_t o) { return Lanes::filter(f + o * Lanes::out); });
    };
    for (; rows > 0; rows--, image += strip.imageRow, filter += strip.filterRow) {
      for (size_t q = 0; q < strip.runs; q++) {
        const float* x = image + q * strip.imageRun;
        const float* f = filter + q * strip.filterRun;
        const float* x2 = x + toHalf;
        if constexpr (known > 0) {
#pragma GCC unroll 8
          for (size_t l = 0; l < known; l++) {
            add(x + l * Lanes::pixel, x2 + l * Lanes::pixel, f + l * outs * Lanes::out);
          }
        } else {
          for (size_t l = 0; l < length;
               l++, x += Lanes::pixel, x2 += Lanes::pixel, f += outs * Lanes::out) {
            add(x, x2, f);
          }
        }
      }
    }
    storeTile(sum, strip, y);
  }
};

/** Columns of a tile whose rows of `width` taps stay in registers too. */
constexpr size_t slidingCols(size_t width) {
  const size_t most = Vec::registers == 16 ? 12 : 16, left = Vec::registers - 1 - width;
  return left < most ? left : most;
}

/**
 * The same for one out and rows of `width` taps, where neighbouring taps and neighbouring outputs
 * see neighbouring pixels: each number of the image is read once for all taps of a row.
 */
template <class Lanes, size_t width>
struct SlidingTile {
  static constexpr size_t mostOuts = 1;
  static constexpr size_t mostCols(size_t) { return slidingCols(width); }

  template <size_t cols, size_t outs>
  static void run(const float* image, const float* filter, size_t rows, const Strip& strip,
                  float* y) {
    const size_t depth = strip.length, imageCol = strip.imageCol;
    Vec sum[cols][outs];
    clearTile(sum);
    for (; rows > 0; rows--, image += strip.imageRow, filter += strip.filterRow) {
      for (size_t l = 0; l < depth; l++) {
        const float* x = image + l * Lanes::pixel;
        const float* const f = filter + l * Lanes::out;
        Vec weight[width];
#pragma GCC unroll 32
        for (size_t q = 0; q < width; q++) weight[q] = Lanes::filter(f + q * strip.filterRun);
#pragma GCC unroll 32
        for (size_t u = 0; u < cols + width - 1; u++) {
          // Four at a time: each step would wait for the one before it.
          if (u > 0 && u % 4 == 0) x += 4 * imageCol;
          const Vec each = Lanes::image(x + u % 4 * imageCol);
#pragma GCC unroll 32
          for (size_t q = 0; q < width; q++) {
            if (u >= q && u - q < cols) sum[u - q][0] = fma(each, weight[q], sum[u - q][0]);
          }
        }
      }
    }
    storeTile(sum, strip, y);
  }
};

/** The tile of so many columns and outs, whose taps lie in runs of `length`; one that slides over
 * rows of 3 or 5 taps, if `sliding` is their number. */
template <class Lanes>
decltype(Strip::run) tapTile(size_t sliding, size_t length, size_t outs, size_t cols) {
  if (sliding == 3) return tilesOf<SlidingTile<Lanes, 3>>.of[1][cols];
  if (sliding == 5) return tilesOf<SlidingTile<Lanes, 5>>.of[1][cols];
  if constexpr (Lanes::pixel == 1) {
    if (length == 3) return tilesOf<TapTile<Lanes, 3>>.of[outs][cols];
  }
  return tilesOf<TapTile<Lanes, 0>>.of[outs][cols];
}

}  // namespace
}  // namespace ISA
