// Twin of src/kernels/conv2d.ts: depthwise convolutions. The lanes are the outputs of an image's
// channels.
#include "slide.h"

namespace ISA {
namespace {

/** The image with each number as often as its channel has outputs; itself if that is once. */
const float* spread(const Window& w, const float* image, float* scratch) {
  const size_t multiplier = size_t(w.filters / most(1, size_t(w.channels)));
  if (multiplier == 1) return image;
  const size_t numbers = size_t(w.height) * size_t(w.width) * size_t(w.channels);
  for (size_t i = 0; i < numbers; i++) {
    for (size_t m = 0; m < multiplier; m++) scratch[i * multiplier + m] = image[i];
  }
  return scratch;
}

void depthwiseConv2d(const float* x, const float* filter, float* y, const Window& w, size_t from,
                     size_t to, float* scratch) {
  const size_t outs = size_t(w.filters);
  for (size_t n = 0; n < size_t(w.batch); n++) {
    const size_t image = n * size_t(w.height) * size_t(w.width) * size_t(w.channels);
    const float* const spreadX = spread(w, x + image, scratch);
    for (size_t i = from; i < to; i++) {
      for (size_t j = 0; j < size_t(w.cols); j++) {
        float* const pixel = y + ((n * size_t(w.rows) + i) * size_t(w.cols) + j) * outs;
        eachVec(outs, [&](auto get, auto put) {
          Vec sum = Vec::all(0);
          eachTap(w, i, j, [&](size_t input, size_t tap) {
            sum = fma(get(spreadX + input * outs), get(filter + tap * outs), sum);
          });
          put(sum, pixel);
        });
      }
    }
  }
}

void depthwiseConv2dInputGrad(const float* dy, const float* filter, float* dx, const Window& w,
                              size_t, size_t, float* scratch) {
  const size_t outs = size_t(w.filters), channels = size_t(w.channels);
  const size_t pixels = size_t(w.height) * size_t(w.width), multiplier = outs / most(1, channels);
  for (size_t n = 0; n < size_t(w.batch); n++) {
    float* const image = dx + n * pixels * channels;
    float* const sums = multiplier == 1 ? image : scratch;
    clear(sums, pixels * outs);
    for (size_t i = 0; i < size_t(w.rows); i++) {
      for (size_t j = 0; j < size_t(w.cols); j++) {
        const float* const slope = dy + ((n * size_t(w.rows) + i) * size_t(w.cols) + j) * outs;
        eachTap(w, i, j, [&](size_t input, size_t tap) {
          float* const to = sums + input * outs;
          eachVec(outs, [&](auto get, auto put) {
            put(fma(get(slope), get(filter + tap * outs), get(to)), to);
          });
        });
      }
    }
    if (multiplier == 1) continue;
    for (size_t at = 0; at < pixels * channels; at++) {
      float sum = 0;
      for (size_t m = 0; m < multiplier; m++) sum += sums[at * multiplier + m];
      image[at] = sum;
    }
  }
}

void depthwiseConv2dFilterGrad(const float* x, const float* dy, float* dfilter, const Window& w,
                               size_t from, size_t to, float* scratch) {
  const size_t outs = size_t(w.filters);
  clear(dfilter, size_t(w.kernelHeight) * size_t(w.kernelWidth) * outs);
  for (size_t n = 0; n < size_t(w.batch); n++) {
    const size_t image = n * size_t(w.height) * size_t(w.width) * size_t(w.channels);
    const float* const spreadX = spread(w, x + image, scratch);
    for (size_t i = from; i < to; i++) {
      for (size_t j = 0; j < size_t(w.cols); j++) {
        const float* const slope = dy + ((n * size_t(w.rows) + i) * size_t(w.cols) + j) * outs;
        eachTap(w, i, j, [&](size_t input, size_t tap) {
          float* const sums = dfilter + tap * outs;
          eachVec(outs, [&](auto get, auto put) {
            put(fma(get(spreadX + input * outs), get(slope), get(sums)), sums);
          });
        });
      }
    }
  }
}

template <WindowRun run>
Slices depthwiseSlices(const Window& w) {
  const double outs = double(w.filters), taps = double(w.kernelHeight) * double(w.kernelWidth);
  return wholeImages(
      run, w, double(w.rows) * double(w.cols) * taps * outs / double(Vec::lanes),
      w.filters == w.channels ? 0 : size_t(w.height) * size_t(w.width) * size_t(w.filters));
}

Slices depthwiseFilterGrad(const Window& w) {
  Slices s = depthwiseSlices<depthwiseConv2dFilterGrad>(w);
  while (countOf(s, size_t(w.batch), size_t(w.rows)) > mostParts) s.images *= 2;
  return s;
}

}  // namespace

extern const DepthwiseKernels depthwise;
const DepthwiseKernels depthwise = {
    .depthwiseConv2d = depthwiseSlices<depthwiseConv2d>,
    .depthwiseConv2dInputGrad = depthwiseSlices<depthwiseConv2dInputGrad>,
    .depthwiseConv2dFilterGrad = depthwiseFilterGrad,
};

}  // namespace ISA
