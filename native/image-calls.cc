// As calls.cc, for the kernels that slide a window over images or resize them. Slices are images,
// or rows of images; the gradient of a filter is computed in parts, which are added in order.
#include "image-calls.h"

#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>

#include "epilogue.h"
#include "kernels.h"
#include "pick.h"
#include "simd/denormals.h"
#include "threads.h"

namespace {

size_t atLeastOne(size_t n) { return n > 0 ? n : 1; }
size_t blocksOf(size_t n, size_t block) { return (n + block - 1) / block; }

void refuseForMemory(const Call& call) { call.refuse(false, "no memory is left"); }

/** The sizes from JavaScript: none negative but top and left, no stride or dilation of 0, and
 * places an int32 can count. */
Window windowIn(const Call& call, Ints sizes) {
  call.needs("window", sizes.size, double(Window::sizes));
  Window w;
  int32_t* const to = &w.batch;
  for (size_t i = 0; i < Window::sizes; i++) to[i] = sizes.data[i];
  for (size_t i = 0; i < 13; i++) {
    const int32_t low = i >= 7 ? 1 : 0;
    if (to[i] < low) {
      call.refuse(false, "window has " + Call::text(to[i]) + " at place " + Call::text(double(i)) +
                             "; want at least " + Call::text(low));
    }
  }
  const double reachDown =
                   double(w.rows) * w.strideHeight + double(w.kernelHeight) * w.dilationHeight,
               reachAcross =
                   double(w.cols) * w.strideWidth + double(w.kernelWidth) * w.dilationWidth;
  const double furthest = std::numeric_limits<int32_t>::max() / 4;
  if (reachDown > furthest || reachAcross > furthest || std::fabs(double(w.top)) > furthest ||
      std::fabs(double(w.left)) > furthest || double(w.height) > furthest ||
      double(w.width) > furthest) {
    call.refuse(false, "window reaches too far");
  }
  return w;
}

/** A pool keeps the channels; a depthwise convolution makes as many of each. */
void checkChannels(const Call& call, const Window& w, bool isPool, bool isDepthwise) {
  const bool kept = w.filters == w.channels;
  const bool multiplied = w.channels > 0 ? w.filters % w.channels == 0 : w.filters == 0;
  if ((isPool && !kept) || (isDepthwise && !multiplied)) {
    call.refuse(false, "window makes " + Call::text(w.filters) + " channels of " +
                           Call::text(w.channels) +
                           (isPool ? "; want as many" : "; want a multiple"));
  }
}

/** What an argument of a pass holds. */
enum class Holds { nothing, input, output, filter, depthwiseFilter };

double sizeOf(Holds holds, const Window& w, double batch) {
  const double taps = double(w.kernelHeight) * double(w.kernelWidth);
  switch (holds) {
    case Holds::input:
      return batch * double(w.height) * double(w.width) * double(w.channels);
    case Holds::output:
      return batch * double(w.rows) * double(w.cols) * double(w.filters);
    case Holds::filter:
      return taps * double(w.channels) * double(w.filters);
    case Holds::depthwiseFilter:
      return taps * double(w.filters);
    default:
      return 0;
  }
}

bool isImages(Holds holds) { return holds == Holds::input || holds == Holds::output; }

/** Where image n begins; a filter serves all. */
size_t offsetOf(Holds holds, const Window& w, size_t n) {
  return isImages(holds) ? n * size_t(sizeOf(holds, w, 1)) : 0;
}

/** Cuts a pass into slices of images and rows: work(images, rows from, rows to, scratch), and the
 * number of the slice. */
template <class Work>
void eachSlice(const Call& call, const Slices& slices, size_t batch, size_t rows, Work work) {
  const size_t down = blocksOf(rows, slices.rows), count = blocksOf(batch, slices.images) * down;
  std::atomic<bool> noMemory{false};
  parallelFor(count, 1, [&](size_t first, size_t last) {
    float* const memory = scratch(slices.scratch + 16);
    if (memory == nullptr) {
      noMemory = true;
      return;
    }
    for (size_t slice = first; slice < last; slice++) {
      const size_t n = slice / down * slices.images, i = slice % down * slices.rows;
      const size_t images = batch - n < slices.images ? batch - n : slices.images;
      work(slice, n, images, i, rows - i < slices.rows ? rows : i + slices.rows, memory);
    }
  });
  if (noMemory) refuseForMemory(call);
}

/** The window over some of the images only, whose output begins at `place`. */
Window over(Window w, size_t images, size_t place = 0) {
  w.batch = int32_t(images);
  w.end = w.end.from(ptrdiff_t(place), 0);
  return w;
}

/** A pass whose output are images: each slice writes its own. Some are finished by an epilogue. */
template <auto family, auto kernel, Holds aHolds, Holds bHolds, Holds yHolds, bool finished = false>
void imagePass(Call& call, const char* aName, const char* bName, const char* yName) {
  const Floats a = call.floats(aName),
               b = bHolds == Holds::nothing ? Floats{nullptr, 0} : call.floats(bName),
               y = call.floats(yName);
  Window w = windowIn(call, call.ints("window"));
  constexpr bool isPool = std::is_same_v<decltype(family), const PoolKernels * Kernels::*>;
  checkChannels(call, w, isPool, bHolds == Holds::depthwiseFilter);
  call.needs(aName, a.size, sizeOf(aHolds, w, w.batch));
  call.needs(bName, b.size, sizeOf(bHolds, w, w.batch));
  call.needs(yName, y.size, sizeOf(yHolds, w, w.batch));
  if constexpr (finished) {
    w.end = epilogueIn(call, size_t(yHolds == Holds::input ? w.channels : w.filters),
                       sizeOf(yHolds, w, w.batch));
  }
  if (sizeOf(yHolds, w, w.batch) == 0) return;
  const Slices slices = ((chosen().kernels->*family)->*kernel)(w);
  const size_t rows = size_t(yHolds == Holds::input ? w.height : w.rows);
  eachSlice(call, slices, size_t(w.batch), rows,
            [&](size_t, size_t n, size_t images, size_t from, size_t to, float* memory) {
              // A pool picks numbers and leaves them as they are.
              [[maybe_unused]] const std::conditional_t<isPool, bool, FlushDenormals> here{};
              slices.run(a.data + offsetOf(aHolds, w, n),
                         b.data == nullptr ? nullptr : b.data + offsetOf(bHolds, w, n),
                         y.data + offsetOf(yHolds, w, n), over(w, images, offsetOf(yHolds, w, n)),
                         from, to, memory);
            });
}

/** A pass whose output is a filter: each slice gives a part of its own. */
template <auto family, auto kernel, Holds yHolds>
void filterPass(Call& call) {
  const Floats x = call.floats("x"), dy = call.floats("dy"), y = call.floats("dfilter");
  const Window w = windowIn(call, call.ints("window"));
  checkChannels(call, w, false, yHolds == Holds::depthwiseFilter);
  call.needs("x", x.size, sizeOf(Holds::input, w, w.batch));
  call.needs("dy", dy.size, sizeOf(Holds::output, w, w.batch));
  call.needs("dfilter", y.size, sizeOf(yHolds, w, w.batch));
  const size_t size = size_t(sizeOf(yHolds, w, 1)), rows = size_t(w.rows);
  if (size == 0) return;
  const Slices slices = ((chosen().kernels->*family)->*kernel)(w);
  const size_t count = blocksOf(size_t(w.batch), slices.images) * blocksOf(rows, slices.rows);
  std::unique_ptr<float[]> parts;
  if (count > 1) {
    parts.reset(new (std::nothrow) float[count * size]);
    if (parts == nullptr) refuseForMemory(call);
  }
  eachSlice(call, slices, size_t(w.batch), rows,
            [&](size_t slice, size_t n, size_t images, size_t from, size_t to, float* memory) {
              const FlushDenormals here;
              slices.run(x.data + offsetOf(Holds::input, w, n),
                         dy.data + offsetOf(Holds::output, w, n),
                         count > 1 ? parts.get() + slice * size : y.data, over(w, images), from, to,
                         memory);
            });
  if (count == 1) return;
  parallelFor(size, atLeastOne((1 << 15) / atLeastOne(count)), [&](size_t from, size_t to) {
    for (size_t at = from; at < to; at++) {
      double sum = 0;
      for (size_t part = 0; part < count; part++) sum += double(parts[part * size + at]);
      y.data[at] = float(sum);
    }
  });
}

template <auto kernel>
void resizePass(Call& call, const char* smallName, const char* largeName, bool backward) {
  const Floats from = call.floats(backward ? largeName : smallName),
               to = call.floats(backward ? smallName : largeName);
  const size_t batch = call.count("batch");
  Resize r;
  r.height = call.count("height");
  r.width = call.count("width");
  r.channels = call.count("channels");
  r.rows = call.count("rows");
  r.cols = call.count("cols");
  r.alignCorners = call.truth("alignCorners");
  r.halfPixelCenters = call.truth("halfPixelCenters");
  const double small = double(r.height) * double(r.width) * double(r.channels),
               large = double(r.rows) * double(r.cols) * double(r.channels);
  const Floats& ofSmall = backward ? to : from;
  const Floats& ofLarge = backward ? from : to;
  call.needs(smallName, ofSmall.size, small * double(batch));
  call.needs(largeName, ofLarge.size, large * double(batch));
  if (double(batch) * large == 0 || double(batch) * small == 0) return;
  const auto f = chosen().kernels->resize->*kernel;
  const size_t fromImage = size_t(backward ? large : small),
               toImage = size_t(backward ? small : large);
  const Slices slices = {nullptr, atLeastOne((1 << 14) / atLeastOne(size_t(large))), 1,
                         chosen().kernels->resize->scratchSize(r)};
  eachSlice(call, slices, batch, 1,
            [&](size_t, size_t n, size_t images, size_t, size_t, float* memory) {
              f(from.data + n * fromImage, to.data + n * toImage, r, images, memory);
            });
}

using K = Kernels;
using C = Conv2dKernels;
using D = DepthwiseKernels;
using P = PoolKernels;
using enum Holds;

}  // namespace

void callConv2d(Call& call) {
  imagePass<&K::conv2d, &C::conv2d, input, filter, output, true>(call, "x", "filter", "y");
}
void callConv2dInputGrad(Call& call) {
  imagePass<&K::conv2d, &C::conv2dInputGrad, output, filter, input, true>(call, "dy", "filter",
                                                                          "dx");
}
void callConv2dFilterGrad(Call& call) {
  filterPass<&K::conv2dFilterGrad, &FilterGradKernels::conv2dFilterGrad, filter>(call);
}

void callDepthwiseConv2d(Call& call) {
  imagePass<&K::depthwise, &D::depthwiseConv2d, input, depthwiseFilter, output>(call, "x", "filter",
                                                                                "y");
}
void callDepthwiseConv2dInputGrad(Call& call) {
  imagePass<&K::depthwise, &D::depthwiseConv2dInputGrad, output, depthwiseFilter, input>(
      call, "dy", "filter", "dx");
}
void callDepthwiseConv2dFilterGrad(Call& call) {
  filterPass<&K::depthwise, &D::depthwiseConv2dFilterGrad, depthwiseFilter>(call);
}

void callMaxPool(Call& call) {
  imagePass<&K::pool, &P::maxPool, input, nothing, output>(call, "x", "", "y");
}
void callMaxPoolGrad(Call& call) {
  imagePass<&K::pool, &P::maxPoolGrad, input, output, input, true>(call, "x", "dy", "dx");
}
void callMaxPoolPick(Call& call) {
  imagePass<&K::pool, &P::maxPoolPick, input, input, output>(call, "x", "v", "y");
}
void callAvgPool(Call& call) {
  imagePass<&K::pool, &P::avgPool, input, nothing, output>(call, "x", "", "y");
}
void callAvgPoolGrad(Call& call) {
  imagePass<&K::pool, &P::avgPoolGrad, output, nothing, input>(call, "dy", "", "dx");
}

void callResizeBilinear(Call& call) {
  resizePass<&ResizeKernels::resizeBilinear>(call, "x", "y", false);
}
void callResizeBilinearGrad(Call& call) {
  resizePass<&ResizeKernels::resizeBilinearGrad>(call, "dx", "dy", true);
}
