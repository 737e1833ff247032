// Twin of src/kernels/pool.ts. Lanes are channels, or where these are few, the images: then as many
// of them side by side are one image of so many more channels. No array of places is kept: the
// gradient looks for the winner again.
#include <math.h>

#include "../simd/transpose.h"
#include "epilogue.h"
#include "slide.h"

namespace ISA {
namespace {

/** Input pixels that an output pixel sees: `rows` of `cols`, from number `at` of the image on. */
struct Box {
  size_t at, rows, cols, rowStep, colStep;

  bool empty() const { return rows * cols == 0; }
};
template <class Visit>
inline void eachTap(const Box& box, Visit visit) {
  size_t row = box.at;
  if (box.rows == 2 && box.cols == 2) {  // the usual pool, without loops
    visit(row);
    visit(row + box.colStep);
    visit(row + box.rowStep);
    visit(row + box.rowStep + box.colStep);
    return;
  }
  for (size_t p = 0; p < box.rows; p++, row += box.rowStep) {
    size_t at = row;
    for (size_t q = 0; q < box.cols; q++, at += box.colStep) visit(at);
  }
}

/** visit(box, output number) for each output pixel of an image of so many channels. */
template <class Visit>
inline void eachOutput(const Window& w, size_t channels, Visit visit) {
  Box box;
  box.rowStep = size_t(w.dilationHeight) * size_t(w.width) * channels;
  box.colStep = size_t(w.dilationWidth) * channels;
  for (int32_t i = 0; i < w.rows; i++) {
    const Seen down = seen(i, w.height, w.kernelHeight, w.strideHeight, w.dilationHeight, w.top);
    box.rows = down.taps;
    for (int32_t j = 0; j < w.cols; j++) {
      const Seen across = seen(j, w.width, w.kernelWidth, w.strideWidth, w.dilationWidth, w.left);
      box.cols = across.taps;
      box.at = (down.at * size_t(w.width) + across.at) * channels;
      visit(box, (size_t(i) * size_t(w.cols) + size_t(j)) * channels);
    }
  }
}

/** Whether every pixel of the input is in one window and no more. */
inline bool isTiled(const Window& w) {
  return w.strideHeight == w.kernelHeight && w.strideWidth == w.kernelWidth &&
         w.dilationHeight == 1 && w.dilationWidth == 1 && w.top == 0 && w.left == 0 &&
         w.rows * w.strideHeight == w.height && w.cols * w.strideWidth == w.width;
}

inline size_t pixelsIn(const Window& w) { return size_t(w.height) * size_t(w.width); }
inline size_t pixelsOut(const Window& w) { return size_t(w.rows) * size_t(w.cols); }

/** Whether x beats the best so far: the larger, or the first NaN. */
inline Mask beats(Vec x, Vec best) { return (x > best) | (isNan(x) & !isNan(best)); }

struct MaxPool {
  static constexpr bool aIsOut = false, yIsOut = true;
  static void run(const float* x, const float*, float* y, const Window& w, size_t channels) {
    eachOutput(w, channels, [=](const Box& box, size_t output) {
      eachVec(channels, [=, &box](auto get, auto put) {
        if (box.empty()) return put(Vec::all(-INFINITY), y + output);
        Vec best = get(x + box.at);
        eachTap(box, [&](size_t at) {
          const Vec here = get(x + at);
          best = select(beats(here, best), here, best);
        });
        put(best, y + output);
      });
    });
  }
};

/** The value of v where x is the largest. */
struct MaxPoolPick {
  static constexpr bool aIsOut = false, bIsOut = false, yIsOut = true;
  static void run(const float* x, const float* v, float* y, const Window& w, size_t channels) {
    eachOutput(w, channels, [=](const Box& box, size_t output) {
      eachVec(channels, [=, &box](auto get, auto put) {
        if (box.empty()) return put(Vec::all(0), y + output);
        Vec best = get(x + box.at), value = get(v + box.at);
        eachTap(box, [&](size_t at) {
          const Vec here = get(x + at);
          const Mask wins = beats(here, best);
          best = select(wins, here, best);
          value = select(wins, get(v + at), value);
        });
        put(value, y + output);
      });
    });
  }
};

struct MaxPoolGrad {
  static constexpr bool aIsOut = false, bIsOut = true, yIsOut = false;
  static void run(const float* x, const float* dy, float* dx, const Window& w, size_t channels) {
    if (isTiled(w)) {
      give(x, dy, dx, w, channels, [](Vec, Vec more) { return Vec::all(0) + more; });
    } else {
      clear(dx, pixelsIn(w) * channels);
      give(x, dy, dx, w, channels, [](Vec some, Vec more) { return some + more; });
    }
  }
  /** `plus` gives what a pixel has with what comes to it. */
  template <class Plus>
  static void give(const float* x, const float* dy, float* dx, const Window& w, size_t channels,
                   Plus plus) {
    eachOutput(w, channels, [=](const Box& box, size_t output) {
      if (box.empty()) return;
      eachVec(channels, [=, &box](auto get, auto put) {
        Vec best = get(x + box.at);
        Mask anyNan = isNan(best);
        eachTap(box, [&](size_t at) {
          const Vec here = get(x + at);
          best = most(here, best);
          anyNan = anyNan | isNan(here);
        });
        Vec rest = get(dy + output);  // until the winner has taken it
        const auto giveWinner = [&](auto winsAt) {
          eachTap(box, [&](size_t at) {
            const Mask wins = winsAt(get(x + at));
            put(plus(get(dx + at), select(wins, rest, Vec::all(0))), dx + at);
            rest = select(wins, Vec::all(0), rest);
          });
        };
        if (anyNan.any()) {
          giveWinner([=](Vec here) { return isNan(here) | (!anyNan & (here == best)); });
        } else {
          giveWinner([=](Vec here) { return here == best; });
        }
      });
    });
  }
};

/** One over the number of pixels seen. */
inline Vec share(const Box& box) { return Vec::all(1) / Vec::all(float(box.rows * box.cols)); }

struct AvgPool {
  static constexpr bool aIsOut = false, yIsOut = true;
  static void run(const float* x, const float*, float* y, const Window& w, size_t channels) {
    eachOutput(w, channels, [=](const Box& box, size_t output) {
      const Vec part = share(box);
      eachVec(channels, [=, &box](auto get, auto put) {
        Vec sum = Vec::all(0);
        eachTap(box, [&](size_t at) { sum = sum + get(x + at); });
        put(sum * part, y + output);
      });
    });
  }
};

struct AvgPoolGrad {
  static constexpr bool aIsOut = true, yIsOut = false;
  static void run(const float* dy, const float*, float* dx, const Window& w, size_t channels) {
    clear(dx, pixelsIn(w) * channels);
    eachOutput(w, channels, [=](const Box& box, size_t output) {
      const Vec part = share(box);
      eachVec(channels, [=, &box](auto get, auto put) {
        const Vec slope = get(dy + output) * part;
        eachTap(box, [&](size_t at) { put(get(dx + at) + slope, dx + at); });
      });
    });
  }
};

template <class Pass>
concept HasB = requires {
  Pass::bIsOut;
};

template <class Pass>
void overChannels(const float* a, const float* b, float* y, const Window& w, size_t, size_t,
                  float*) {
  const size_t channels = size_t(w.channels);
  const size_t ofImage[] = {pixelsIn(w) * channels, pixelsOut(w) * channels};
  for (size_t n = 0; n < size_t(w.batch); n++) {
    const size_t ySize = ofImage[Pass::yIsOut];
    Pass::run(a, b, y, w, channels);
    finish(w.end.from(ptrdiff_t(n * ySize), 0), y, ptrdiff_t(channels), ySize / channels, channels);
    a += ofImage[Pass::aIsOut];
    if constexpr (HasB<Pass>) b += ofImage[Pass::bIsOut];
    y += ySize;
  }
}

template <class Pass>
void overImages(const float* a, const float* b, float* y, const Window& w, size_t, size_t,
                float* scratch) {
  const size_t channels = size_t(w.channels);
  const size_t ofImage[] = {pixelsIn(w) * channels, pixelsOut(w) * channels};
  const size_t aSize = ofImage[Pass::aIsOut], ySize = ofImage[Pass::yIsOut];
  float* const aLanes = scratch;
  float* const yLanes = aLanes + aSize * Vec::lanes;
  float* const bLanes = yLanes + ySize * Vec::lanes;
  for (size_t n = 0; n < size_t(w.batch); n += Vec::lanes) {
    const size_t count = least(Vec::lanes, size_t(w.batch) - n);
    intoLanes(a + n * aSize, aSize, count, aSize, aLanes);
    if constexpr (HasB<Pass>) {
      const size_t bSize = ofImage[Pass::bIsOut];
      intoLanes(b + n * bSize, bSize, count, bSize, bLanes);
    }
    Pass::run(aLanes, bLanes, yLanes, w, channels * Vec::lanes);
    float* const images = y + n * ySize;
    outOfLanes(yLanes, ySize, images, ySize, count);
    finish(w.end.from(ptrdiff_t(n * ySize), 0), images, ptrdiff_t(channels),
           count * ySize / channels, channels);
  }
}

/** Numbers side by side that fit the second cache, about. */
constexpr size_t mostPacked = 1 << 17;

template <class Pass>
Slices slices(const Window& w) {
  const size_t channels = size_t(w.channels), in = pixelsIn(w), out = pixelsOut(w);
  const double taps = double(w.kernelHeight) * double(w.kernelWidth);
  const double work = double(out) * taps * 16;
  const size_t packed = 2 * (in + out) * channels * Vec::lanes;
  if (channels >= Vec::lanes || channels >= size_t(w.batch) || packed > mostPacked) {
    return wholeImages(overChannels<Pass>, w, work * double(blocksOf(channels, Vec::lanes)), 0);
  }
  Slices s = wholeImages(overImages<Pass>, w, work * double(channels) / double(Vec::lanes), packed);
  s.images = wholeVecs(s.images);
  return s;
}

}  // namespace

extern const PoolKernels pool;
const PoolKernels pool = {
    .maxPool = slices<MaxPool>,
    .maxPoolGrad = slices<MaxPoolGrad>,
    .maxPoolPick = slices<MaxPoolPick>,
    .avgPool = slices<AvgPool>,
    .avgPoolGrad = slices<AvgPoolGrad>,
};

}  // namespace ISA
