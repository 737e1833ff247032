/** What the lanes of a Vec are in a convolution, and the products of one step of a tile. */
#pragma once
#include "../simd/vec.h"

namespace ISA {
namespace {

/** The lanes of a Vec are channels of the output: a number of the image is spread over them. */
struct ByChannel {
  static constexpr size_t pixel = 1, out = Vec::lanes;
  static constexpr size_t mostOuts = 2;
  static Vec image(const float* p) { return Vec::all(*p); }
  static Vec filter(const float* p) { return Vec::load(p); }
};
/** The lanes are images: a number of the filter is spread over them. */
struct ByImage {
  static constexpr size_t pixel = Vec::lanes, out = 1;
  static constexpr size_t mostOuts = 4;
  static Vec image(const float* p) { return Vec::load(p); }
  static Vec filter(const float* p) { return Vec::all(*p); }
};

/** The most columns of a tile, so that its sums, its outs and one number more fit the registers. */
constexpr size_t mostCols(size_t outs) {
  return Vec::registers == 16 ? 12 / outs : (Vec::registers - 1 - outs) / outs;
}

/** sum[b,o] += image(b) other(o); of the two, the fewer are held in registers. */
template <size_t cols, size_t outs, class Image, class Other>
inline void addProducts(Vec (&sum)[cols][outs], Image image, Other other) {
  if constexpr (cols <= outs) {
    Vec each[cols];
#pragma GCC unroll 32
    for (size_t b = 0; b < cols; b++) each[b] = image(b);
#pragma GCC unroll 4
    for (size_t o = 0; o < outs; o++) {
      const Vec factor = other(o);
#pragma GCC unroll 32
      for (size_t b = 0; b < cols; b++) sum[b][o] = fma(each[b], factor, sum[b][o]);
    }
  } else {
    Vec factor[outs];
#pragma GCC unroll 4
    for (size_t o = 0; o < outs; o++) factor[o] = other(o);
#pragma GCC unroll 32
    for (size_t b = 0; b < cols; b++) {
      const Vec each = image(b);
#pragma GCC unroll 4
      for (size_t o = 0; o < outs; o++) sum[b][o] = fma(each, factor[o], sum[b][o]);
    }
  }
}

}  // namespace
}  // namespace ISA
