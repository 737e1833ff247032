// Twin of src/kernels/resize.ts. First rows are mixed, all their numbers in a row, then columns: of
// the mixed rows one at a time is needed.
#include <math.h>

#include "slide.h"

namespace ISA {
namespace {

/** Where output place i lies along an axis, in float32 step by step, as the reference has it. */
struct Between {
  uint32_t low, high;
  float share;
};
inline Between placeOf(size_t i, size_t size, size_t outSize, bool alignCorners,
                       bool halfPixelCenters) {
  const float scale = alignCorners && outSize > 1 ? float(double(size - 1) / double(outSize - 1))
                                                  : float(double(size) / double(outSize));
  const float at = halfPixelCenters ? float((double(i) + 0.5) * double(scale)) - 0.5f
                                    : float(double(i) * double(scale));
  const float below = floorf(at), above = ceilf(at);
  const size_t low = least(size_t(below < 0 ? 0 : below), size - 1),
               high = least(size_t(above < 0 ? 0 : above), size - 1);
  return {uint32_t(low), uint32_t(high), at - below};
}

/** The places of a row's columns, in what the scratch memory has beside a row. */
inline const Between* columnsOf(const Resize& r, float* scratch) {
  static_assert(sizeof(Between) == 3 * sizeof(float));
  auto* const columns = reinterpret_cast<Between*>(scratch + r.width * r.channels);
  for (size_t j = 0; j < r.cols; j++) {
    columns[j] = placeOf(j, r.width, r.cols, r.alignCorners, r.halfPixelCenters);
  }
  return columns;
}

/** One image of [height, width, channels] to [rows, cols, channels]. */
void resizeBilinear(const float* x, float* y, const Resize& r, float* row) {
  const size_t numbers = r.width * r.channels;
  const Between* const columns = columnsOf(r, row);
  for (size_t i = 0; i < r.rows; i++) {
    const Between v = placeOf(i, r.height, r.rows, r.alignCorners, r.halfPixelCenters);
    const float* const upper = x + v.low * numbers;
    const float* const lower = x + v.high * numbers;
    eachVec(numbers, [=](auto get, auto put) {
      put(fma(Vec::all(v.share), get(lower), Vec::all(1 - v.share) * get(upper)), row);
    });
    for (size_t j = 0; j < r.cols; j++, y += r.channels) {
      const Between h = columns[j];
      const float* const left = row + h.low * r.channels;
      const float* const right = row + h.high * r.channels;
      if (r.channels < Vec::lanes) {
        for (size_t c = 0; c < r.channels; c++) y[c] = (1 - h.share) * left[c] + h.share * right[c];
      } else {
        eachVec(r.channels, [=](auto get, auto put) {
          put(fma(Vec::all(h.share), get(right), Vec::all(1 - h.share) * get(left)), y);
        });
      }
    }
  }
}

/** The transpose: columns are shared out into one row, then the row into two. */
void resizeBilinearGrad(const float* dy, float* dx, const Resize& r, float* row) {
  const size_t numbers = r.width * r.channels;
  const Between* const columns = columnsOf(r, row);
  clear(dx, r.height * numbers);
  for (size_t i = 0; i < r.rows; i++) {
    clear(row, numbers);
    for (size_t j = 0; j < r.cols; j++, dy += r.channels) {
      const Between h = columns[j];
      float* const left = row + h.low * r.channels;
      float* const right = row + h.high * r.channels;
      if (r.channels < Vec::lanes) {
        for (size_t c = 0; c < r.channels; c++) {
          left[c] += (1 - h.share) * dy[c];
          right[c] += h.share * dy[c];
        }
      } else {
        eachVec(r.channels, [=](auto get, auto put) {
          put(fma(Vec::all(1 - h.share), get(dy), get(left)), left);
          put(fma(Vec::all(h.share), get(dy), get(right)), right);
        });
      }
    }
    const Between v = placeOf(i, r.height, r.rows, r.alignCorners, r.halfPixelCenters);
    float* const upper = dx + v.low * numbers;
    float* const lower = dx + v.high * numbers;
    eachVec(numbers, [=](auto get, auto put) {
      put(fma(Vec::all(1 - v.share), get(row), get(upper)), upper);
      put(fma(Vec::all(v.share), get(row), get(lower)), lower);
    });
  }
}

}  // namespace

extern const ResizeKernels resize;
const ResizeKernels resize = {
    .resizeBilinear = resizeBilinear,
    .resizeBilinearGrad = resizeBilinearGrad,
};

}  // namespace ISA
