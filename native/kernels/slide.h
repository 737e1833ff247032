/** What kernels that slide a window over images share. */
#pragma once
#include "../kernels.h"
#include "../simd/each-vec.h"
#include "sizes.h"

namespace ISA {
namespace {

/** Floats at the start of each part of the scratch memory: whole lines of the cache. */
constexpr size_t lines(size_t floats) { return blocksOf(floats, lineFloats) * lineFloats; }

/** The taps that output place i sees along one axis: the first one's number and input place, and
 * how many. */
struct Seen {
  size_t tap, at, taps;
};
inline Seen seen(int32_t i, int32_t size, int32_t kernel, int32_t stride, int32_t dilation,
                 int32_t before) {
  int32_t at = i * stride - before, tap = 0, end = kernel;
  for (; tap < end && at < 0; tap++) at += dilation;
  while (tap < end && at + (end - 1 - tap) * dilation >= size) end--;
  return tap < end ? Seen{size_t(tap), size_t(at), size_t(end - tap)} : Seen{0, 0, 0};
}

/** visit(input pixel, tap) for what output pixel (i, j) of an image sees, row by row. Twin of
 * `slide`. */
template <class Visit>
inline void eachTap(const Window& w, size_t i, size_t j, Visit visit) {
  const Seen down =
      seen(int32_t(i), w.height, w.kernelHeight, w.strideHeight, w.dilationHeight, w.top);
  const Seen across =
      seen(int32_t(j), w.width, w.kernelWidth, w.strideWidth, w.dilationWidth, w.left);
  for (size_t p = 0; p < down.taps; p++) {
    const size_t row = down.at + p * size_t(w.dilationHeight);
    const size_t pixel = row * size_t(w.width) + across.at;
    const size_t tap = (down.tap + p) * size_t(w.kernelWidth) + across.tap;
    for (size_t q = 0; q < across.taps; q++) {
      visit(pixel + q * size_t(w.dilationWidth), tap + q);
    }
  }
}

inline void clear(float* y, size_t n) {
  eachVec(n, [=](auto, auto put) { put(Vec::all(0), y); });
}

/** How many slices there are. */
inline size_t countOf(const Slices& s, size_t batch, size_t rows) {
  return blocksOf(batch, s.images) * blocksOf(rows, s.rows);
}

/** Each slice has a gradient of the whole filter, to be added up in the end: not more of them than
 * this. */
constexpr size_t mostParts = 16;

/** As many images as make a slice worth its while, and all rows: for passes that cannot share an
 * image. */
inline Slices wholeImages(WindowRun run, const Window& w, double workOfImage, size_t scratch) {
  const double images = workOfImage > 0 ? double(1 << 16) / workOfImage : double(w.batch);
  const size_t batch = most(1, size_t(w.batch));
  return {run,
          images < 1               ? 1
          : images < double(batch) ? size_t(images)
                                   : batch,
          size_t(w.height > w.rows ? w.height : w.rows), scratch};
}

}  // namespace
}  // namespace ISA
