// packed: the images are laid side by side in memory first, so that a Vec of them is one load; 3
// columns × 4 filters
#include <stdlib.h>

#include "../../../native/simd/transpose.h"
#include "../conv2d.h"

using namespace ISA;

namespace {

constexpr size_t tileCols = 3, tileFilters = 4;

/** to[at, image] = x[image, at] for Vec::lanes images, of which `some` exist. */
void interleave(const float* x, size_t numbers, size_t some, float* to) {
  for (size_t at = 0; at < numbers; at += Vec::lanes) {
    const size_t few = numbers - at < Vec::lanes ? numbers - at : Vec::lanes;
    Vec square[Vec::lanes];
    for (size_t image = 0; image < Vec::lanes; image++) {
      square[image] = image < some ? Vec::loadFirst(x + image * numbers + at, few) : Vec::all(0);
    }
    transpose(square);
    for (size_t i = 0; i < few; i++) square[i].store(to + (at + i) * Vec::lanes);
  }
}

/** y[image, at] = from[at, image]. */
void separate(const float* from, size_t numbers, size_t some, float* y) {
  for (size_t at = 0; at < numbers; at += Vec::lanes) {
    const size_t few = numbers - at < Vec::lanes ? numbers - at : Vec::lanes;
    Vec square[Vec::lanes];
    for (size_t i = 0; i < Vec::lanes; i++)
      square[i] = i < few ? Vec::load(from + (at + i) * Vec::lanes) : Vec::all(0);
    transpose(square);
    for (size_t image = 0; image < some; image++)
      square[image].storeFirst(y + image * numbers + at, few);
  }
}

template <size_t cols, size_t wide>
void tile(const float* x, const float* filter, float* y, size_t size, size_t channels,
          size_t filters, size_t kernel) {
  Vec sums[cols][wide];
#pragma GCC unroll 4
  for (size_t j = 0; j < cols; j++) {
#pragma GCC unroll 4
    for (size_t f = 0; f < wide; f++) sums[j][f] = Vec::all(0);
  }
  for (size_t p = 0; p < kernel; p++) {
    const float* row = x + p * size * channels * Vec::lanes;
    const float* taps = filter + p * kernel * channels * filters;
    for (size_t t = 0; t < kernel * channels; t++) {
      Vec seen[cols];
#pragma GCC unroll 4
      for (size_t j = 0; j < cols; j++) seen[j] = Vec::load(row + (j * channels + t) * Vec::lanes);
#pragma GCC unroll 4
      for (size_t f = 0; f < wide; f++) {
        const Vec tap = Vec::all(taps[t * filters + f]);
#pragma GCC unroll 4
        for (size_t j = 0; j < cols; j++) sums[j][f] = fma(seen[j], tap, sums[j][f]);
      }
    }
  }
#pragma GCC unroll 4
  for (size_t j = 0; j < cols; j++) {
#pragma GCC unroll 4
    for (size_t f = 0; f < wide; f++) sums[j][f].store(y + (j * filters + f) * Vec::lanes);
  }
}

}  // namespace

void conv2d(const float* x, const float* filter, float* y, size_t images, size_t size,
            size_t channels, size_t filters, size_t kernel) {
  const size_t outputs = size - kernel + 1, apart = size * size * channels,
               apartY = outputs * outputs * filters;
  float* const side = static_cast<float*>(malloc((apart + apartY) * Vec::lanes * sizeof(float)));
  if (side == nullptr) return;
  float* const sideY = side + apart * Vec::lanes;
  for (size_t image = 0; image < images; image += Vec::lanes) {
    const size_t some = images - image < Vec::lanes ? images - image : Vec::lanes;
    interleave(x + image * apart, apart, some, side);
    for (size_t i = 0; i < outputs; i++) {
      size_t cols;
      for (size_t j = 0; j < outputs; j += cols) {
        cols = outputs - j < tileCols ? 1 : tileCols;
        const float* first = side + (i * size + j) * channels * Vec::lanes;
        float* to = sideY + (i * outputs + j) * filters * Vec::lanes;
        size_t o = 0;
        for (; o + tileFilters <= filters; o += tileFilters) {
          (cols == tileCols ? tile<tileCols, tileFilters>
                            : tile<1, tileFilters>)(first, filter + o, to + o * Vec::lanes, size,
                                                    channels, filters, kernel);
        }
        for (; o < filters; o++) {
          (cols == tileCols ? tile<tileCols, 1> : tile<1, 1>)(first, filter + o,
                                                              to + o * Vec::lanes, size, channels,
                                                              filters, kernel);
        }
      }
    }
    separate(sideY, apartY, some, y + image * apartY);
  }
  free(side);
}
