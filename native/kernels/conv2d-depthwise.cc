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
  for (size_t m = 0; m < multiplier; m++) {
    for (size_t i = 0; i < numbers; i++) scratch[i * multiplier + m] = image[i];
  }
  return scratch;
}

/** Output columns `from` to `from` + `count` − 1 of a row see this tap; the first of them at
 * `input`. */
struct TapOfRow {
  size_t tap, input, from, count;
};

/** visit(tap) for the taps of output row i, row by row. */
template <class Visit>
inline void eachTapOfRow(const Window& w, size_t i, Visit visit) {
  const Seen down =
      seen(int32_t(i), w.height, w.kernelHeight, w.strideHeight, w.dilationHeight, w.top);
  for (size_t p = 0; p < down.taps; p++) {
    const size_t row = (down.at + p * size_t(w.dilationHeight)) * size_t(w.width);
    for (int32_t q = 0; q < w.kernelWidth; q++) {
      const int32_t left = q * w.dilationWidth - w.left, stride = w.strideWidth;
      const int32_t from = left < 0 ? (stride - 1 - left) / stride : 0;
      const int32_t past = left < w.width ? (w.width - left + stride - 1) / stride : 0;
      const int32_t to = past < w.cols ? past : w.cols;
      if (from >= to) continue;
      visit(TapOfRow{(down.tap + p) * size_t(w.kernelWidth) + size_t(q),
                     row + size_t(from * stride + left), size_t(from), size_t(to - from)});
    }
  }
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
  const size_t stride = size_t(w.strideWidth) * outs;
  for (size_t n = 0; n < size_t(w.batch); n++) {
    float* const image = dx + n * pixels * channels;
    float* const sums = multiplier == 1 ? image : scratch;
    clear(sums, pixels * outs);
    for (size_t i = 0; i < size_t(w.rows); i++) {
      const float* const slopes = dy + (n * size_t(w.rows) + i) * size_t(w.cols) * outs;
      eachTapOfRow(w, i, [&](const TapOfRow& t) {
        eachVec(outs, [&](auto get, auto put) {
          const Vec weight = get(filter + t.tap * outs);
          const float* slope = slopes + t.from * outs;
          float* to = sums + t.input * outs;
          for (size_t j = 0; j < t.count; j++, slope += outs, to += stride) {
            put(fma(get(slope), weight, get(to)), to);
          }
        });
      });
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
  const size_t outs = size_t(w.filters), stride = size_t(w.strideWidth) * outs;
  clear(dfilter, size_t(w.kernelHeight) * size_t(w.kernelWidth) * outs);
  for (size_t n = 0; n < size_t(w.batch); n++) {
    const size_t image = n * size_t(w.height) * size_t(w.width) * size_t(w.channels);
    const float* const spreadX = spread(w, x + image, scratch);
    for (size_t i = from; i < to; i++) {
      const float* const slopes = dy + (n * size_t(w.rows) + i) * size_t(w.cols) * outs;
      eachTapOfRow(w, i, [&](const TapOfRow& t) {
        float* const sums = dfilter + t.tap * outs;
        eachVec(outs, [&](auto get, auto put) {
          const float* slope = slopes + t.from * outs;
          const float* here = spreadX + t.input * outs;
          Vec even = get(sums), odd = Vec::all(0);
          size_t j = 0;
          for (; j + 2 <= t.count; j += 2, slope += 2 * outs, here += 2 * stride) {
            even = fma(get(here), get(slope), even);
            odd = fma(get(here + stride), get(slope + outs), odd);
          }
          if (j < t.count) even = fma(get(here), get(slope), even);
          put(even + odd, sums);
        });
      });
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
