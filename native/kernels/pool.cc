// Twin of src/kernels/pool.ts. The lanes are channels. No array of places is kept: the gradient
// looks for the winner again.
#include <math.h>

#include "slide.h"

namespace ISA {
namespace {

inline size_t pixelsIn(const Window& w) { return size_t(w.height) * size_t(w.width); }
inline size_t pixelsOut(const Window& w) { return size_t(w.rows) * size_t(w.cols); }

/** visit(input image, output image, i, j, pixel) for the output pixels of rows from … to − 1, as
 * offsets in numbers. */
template <class Visit>
inline void eachOutput(const Window& w, size_t from, size_t to, Visit visit) {
  const size_t channels = size_t(w.channels);
  for (size_t n = 0; n < size_t(w.batch); n++) {
    for (size_t i = from; i < to; i++) {
      for (size_t j = 0; j < size_t(w.cols); j++) {
        visit(n * pixelsIn(w) * channels, (n * pixelsOut(w) + i * size_t(w.cols) + j) * channels, i,
              j);
      }
    }
  }
}

/** Whether x beats the best so far: the larger, or the first NaN. */
inline Mask beats(Vec x, Vec best) { return (x > best) | (isNan(x) & !isNan(best)); }

/** The value at the winner: of v, where x is the largest. The first tap a window sees needs no
 * comparison. */
inline void pick(const float* x, const float* v, float* y, const Window& w, size_t from, size_t to,
                 float ofNothing) {
  const size_t channels = size_t(w.channels);
  eachOutput(w, from, to, [&](size_t image, size_t output, size_t i, size_t j) {
    eachVec(channels, [&](auto get, auto put) {
      Vec best = Vec::all(0), value = Vec::all(ofNothing);
      bool first = true;
      eachTap(w, i, j, [&](size_t input, size_t) {
        const Vec here = get(x + image + input * channels);
        const Vec there = x == v ? here : get(v + image + input * channels);
        const Mask wins = beats(here, best);
        best = first ? here : select(wins, here, best);
        value = first ? there : select(wins, there, value);
        first = false;
      });
      put(value, y + output);
    });
  });
}

void maxPool(const float* x, const float*, float* y, const Window& w, size_t from, size_t to,
             float*) {
  pick(x, x, y, w, from, to, -INFINITY);
}

void maxPoolPick(const float* x, const float* v, float* y, const Window& w, size_t from, size_t to,
                 float*) {
  pick(x, v, y, w, from, to, 0);
}

void maxPoolGrad(const float* x, const float* dy, float* dx, const Window& w, size_t, size_t,
                 float*) {
  const size_t channels = size_t(w.channels);
  clear(dx, size_t(w.batch) * pixelsIn(w) * channels);
  eachOutput(w, 0, size_t(w.rows), [&](size_t image, size_t output, size_t i, size_t j) {
    eachVec(channels, [&](auto get, auto put) {
      Vec best = Vec::all(0);
      bool first = true;
      eachTap(w, i, j, [&](size_t input, size_t) {
        const Vec here = get(x + image + input * channels);
        best = first ? here : select(beats(here, best), here, best);
        first = false;
      });
      Vec rest = get(dy + output);  // until the winner has taken it
      eachTap(w, i, j, [&](size_t input, size_t) {
        const Vec here = get(x + image + input * channels);
        const Mask wins = (here == best) | (isNan(here) & isNan(best));
        float* const to = dx + image + input * channels;
        put(get(to) + select(wins, rest, Vec::all(0)), to);
        rest = select(wins, Vec::all(0), rest);
      });
    });
  });
}

/** One over the number of pixels that output pixel (i, j) sees. */
inline Vec share(const Window& w, size_t i, size_t j) {
  size_t count = 0;
  eachTap(w, i, j, [&](size_t, size_t) { count++; });
  return Vec::all(1) / Vec::all(float(count));
}

void avgPool(const float* x, const float*, float* y, const Window& w, size_t from, size_t to,
             float*) {
  const size_t channels = size_t(w.channels);
  eachOutput(w, from, to, [&](size_t image, size_t output, size_t i, size_t j) {
    const Vec part = share(w, i, j);
    eachVec(channels, [&](auto get, auto put) {
      Vec sum = Vec::all(0);
      eachTap(w, i, j,
              [&](size_t input, size_t) { sum = sum + get(x + image + input * channels); });
      put(sum * part, y + output);
    });
  });
}

void avgPoolGrad(const float* dy, const float*, float* dx, const Window& w, size_t, size_t,
                 float*) {
  const size_t channels = size_t(w.channels);
  clear(dx, size_t(w.batch) * pixelsIn(w) * channels);
  eachOutput(w, 0, size_t(w.rows), [&](size_t image, size_t output, size_t i, size_t j) {
    const Vec part = share(w, i, j);
    eachVec(channels, [&](auto get, auto put) {
      const Vec slope = get(dy + output) * part;
      eachTap(w, i, j, [&](size_t input, size_t) {
        float* const to = dx + image + input * channels;
        put(get(to) + slope, to);
      });
    });
  });
}

template <WindowRun run>
Slices slices(const Window& w) {
  const double taps = double(w.kernelHeight) * double(w.kernelWidth);
  const double vecs = double(blocksOf(size_t(w.channels), Vec::lanes));
  return wholeImages(run, w, double(pixelsOut(w)) * taps * vecs * 4, 0);
}

}  // namespace

extern const PoolKernels pool;
const PoolKernels pool = {
    .maxPool = slices<maxPool>,
    .maxPoolGrad = slices<maxPoolGrad>,
    .maxPoolPick = slices<maxPoolPick>,
    .avgPool = slices<avgPool>,
    .avgPoolGrad = slices<avgPoolGrad>,
};

}  // namespace ISA
