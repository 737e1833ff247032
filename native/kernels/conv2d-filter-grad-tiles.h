/** Tiles of sums over pixels: neighbouring numbers of the image by channels of dy. */
#pragma once
#include "conv2d-lanes.h"
#include "tiles.h"

namespace ISA {
namespace {

/** The pixels of dy that a tile visits, and those of the image beneath: how many, and how far apart
 * images, rows and columns are, and what neighbouring taps see and sum. */
struct Walk {
  size_t images, rows, cols;
  struct Steps {
    size_t image, row, col;
  } x, dy;
  size_t xTapRow, sumsTapRow, sumsTap;
};

/** So many Vecs are added to in turns, since each takes four cycles and a processor can start two
 * additions in one. */
constexpr size_t chainsOf(size_t sums) { return sums <= 2 ? 4 : sums <= 4 ? 2 : 1; }

/** The most rows of taps of one tile; without fused products, which SSE2 lacks, several gain
 * nothing.
 */
constexpr size_t mostTapRows = Vec::fused ? 3 : 1;

/**
 * sums[p,b,o] += sum over the pixels of a walk of image[p,b] dy[o], where p counts rows of taps and
 * b neighbouring numbers of the image.
 */
template <class Lanes, size_t tapRows>
struct ProductTile {
  static constexpr size_t mostOuts = Lanes::mostOuts;
  static constexpr size_t mostCols(size_t outs) { return ISA::mostCols(outs) / tapRows; }

  template <size_t width, size_t outs>
  static void run(const float* image, const float* dy, const Walk& walk, float* sums) {
    constexpr size_t all = tapRows * width, chains = chainsOf(all * outs);
    const Walk w = walk;  // of which no store can change anything
    const size_t xTapRow = w.xTapRow, sumsTapRow = w.sumsTapRow, sumsTap = w.sumsTap;
    const auto place = [=](size_t b, size_t o) {
      return sums + b / width * sumsTapRow + b % width * sumsTap + o * Vec::lanes;
    };
    Vec sum[chains][all][outs];
#pragma GCC unroll 32
    for (size_t b = 0; b < all; b++) {
#pragma GCC unroll 4
      for (size_t o = 0; o < outs; o++) {
        sum[0][b][o] = Vec::load(place(b, o));
#pragma GCC unroll 4
        for (size_t c = 1; c < chains; c++) sum[c][b][o] = Vec::all(0);
      }
    }
    const auto addPixel = [=](const float* x, const float* d, Vec(&to)[all][outs]) {
      addProducts(
          to,
          [=](size_t b) {
            return Lanes::image(x + b / width * xTapRow + b % width * Lanes::pixel);
          },
          [=](size_t o) { return Vec::load(d + o * Vec::lanes); });
    };
    for (size_t n = 0; n < w.images; n++, image += w.x.image, dy += w.dy.image) {
      for (size_t i = 0; i < w.rows; i++) {
        const float* x = image + i * w.x.row;
        const float* d = dy + i * w.dy.row;
        size_t j = 0;
        for (; j + chains <= w.cols; j += chains) {
#pragma GCC unroll 4
          for (size_t c = 0; c < chains; c++, x += w.x.col, d += w.dy.col) addPixel(x, d, sum[c]);
        }
        if constexpr (chains > 1) {
          for (; j < w.cols; j++, x += w.x.col, d += w.dy.col) addPixel(x, d, sum[0]);
        }
      }
    }
#pragma GCC unroll 32
    for (size_t b = 0; b < all; b++) {
#pragma GCC unroll 4
      for (size_t o = 0; o < outs; o++) {
#pragma GCC unroll 4
        for (size_t c = 1; c < chains; c++) sum[0][b][o] = sum[0][b][o] + sum[c][b][o];
        sum[0][b][o].store(place(b, o));
      }
    }
  }
};

/** The tile of so many rows of taps, channels of dy and neighbouring numbers. */
template <class Lanes>
auto productTile(size_t tapRows, size_t outs, size_t width) {
  if constexpr (Lanes::pixel == 1 && mostTapRows > 1) {
    if (tapRows == 2) return tilesOf<ProductTile<Lanes, 2>>.of[outs][width];
    if (tapRows == 3) return tilesOf<ProductTile<Lanes, 3>>.of[outs][width];
  }
  return tilesOf<ProductTile<Lanes, 1>>.of[outs][width];
}

}  // namespace
}  // namespace ISA
