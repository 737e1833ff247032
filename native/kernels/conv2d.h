/**
 * What the passes of a convolution share: where taps lie, images laid out for tiles, the choice of
 * lanes, and slices. Strides: the transpose of a convolution with stride s is s convolutions with
 * every s-th tap, one for each remainder of the output's column (and row); each is as dense as an
 * ordinary one.
 */
#pragma once
#include "../simd/transpose.h"
#include "conv2d-lanes.h"
#include "slide.h"

namespace ISA {
namespace {

/** Rounded down, also below zero. */
inline ptrdiff_t floorDivide(ptrdiff_t a, ptrdiff_t b) { return a / b - (a % b < 0); }
inline ptrdiff_t ceilDivide(ptrdiff_t a, ptrdiff_t b) { return -floorDivide(-a, b); }

/** How full n numbers make their Vecs. */
inline double fullness(size_t n) {
  return double(most(1, n)) / double(most(1, blocksOf(n, Vec::lanes)) * Vec::lanes);
}

/** Vecs of output a pixel has. */
template <class Lanes>
inline size_t vecsOf(size_t outs) {
  return blocksOf(outs, Lanes::out);
}

/** What a pass does, for the choice of its lanes. */
struct Work {
  double sums, steps;              // numbers that tiles end with, and products in each
  double moved;                    // numbers of input and output
  size_t batch, outs, neighbours;  // that a tile may take
};

/**
 * What a pass costs in cycles, about. A step of a tile takes as many half cycles as it has products
 * or operands, and at least the time in which a sum can be added to again; a tile some more; a
 * number more where it moves into lanes. Measured for the shapes of the programs, within a fifth on
 * Zen 3, and with 16 lanes within a third on Emerald Rapids.
 */
template <class Lanes>
inline double cyclesOf(const Work& work) {
  const size_t block = most(1, least(vecsOf<Lanes>(work.outs), Lanes::mostOuts));
  const size_t strips = most(1, blocksOf(work.neighbours, mostCols(block)));
  const double cols = double(work.neighbours) / double(strips);
  const double sums = double(block) * cols, operands = double(block) + cols;
  const double full = fullness(Lanes::pixel == 1 ? work.outs : work.batch);
  const double tiles = work.sums / (double(Vec::lanes) * full * sums);
  const double busy = sums > operands ? sums : operands;
  const double step = (busy > 8 ? busy : 8) / 2;
  constexpr bool wide = Vec::lanes == 16;
  const double perNumber = Lanes::pixel == 1 ? (wide ? 0.25 : 0.1) : (wide ? 0.6 : 0.3) / full;
  return tiles * (work.steps * step + 50) + perNumber * work.moved;
}

/** Outs in the order in which tiles take them: blocks of nearly equal size. */
inline size_t blockFrom(size_t block, size_t blocks, size_t n) { return n * block / blocks; }

/**
 * Output places first, first + step, … along one axis. Tap k of the t-th sees input place
 * at + k · tapStep + t · inStep, and is number tap + k · tapNext of the kernel.
 */
struct Axis {
  size_t first, step, count, taps;
  ptrdiff_t at, tapStep, inStep, tap, tapNext;

  /** The taps of places t to t + n − 1 that see some input place in [0, size). */
  void seen(size_t t, size_t n, size_t size, size_t& from, size_t& to) const {
    const ptrdiff_t low = at + ptrdiff_t(t) * inStep, high = low + ptrdiff_t(n - 1) * inStep;
    const ptrdiff_t a = ceilDivide(-high, tapStep), b = ceilDivide(ptrdiff_t(size) - low, tapStep);
    from = a < 0 ? 0 : least(size_t(a), taps);
    to = b < ptrdiff_t(from) ? from : least(size_t(b), taps);
  }
};

/** The outputs of a convolution are one kind of place: each sees every tap. */
inline Axis forwardAxis(size_t outputs, size_t kernel, size_t stride, size_t dilation,
                        ptrdiff_t before) {
  return {0, 1, outputs, kernel, -before, ptrdiff_t(dilation), ptrdiff_t(stride), 0, 1};
}

inline size_t commonDivisor(size_t a, size_t b) { return b == 0 ? a : commonDivisor(b, a % b); }

/** The inputs seen backwards are `stride` kinds of place; those of one kind see the same taps, from
 * the last to the first. */
inline Axis backwardAxis(size_t kind, size_t inputs, size_t kernel, size_t stride, size_t dilation,
                         ptrdiff_t before) {
  const size_t shared = commonDivisor(stride, dilation), every = stride / shared;
  const ptrdiff_t place = ptrdiff_t(kind) + before;
  Axis axis = {kind, stride, inputs > kind ? blocksOf(inputs - kind, stride) : 0,
               0,    0,      ptrdiff_t(dilation / shared),
               1,    0,      -ptrdiff_t(every)};
  for (size_t tap = 0; tap < kernel && tap < every; tap++) {
    if ((place - ptrdiff_t(tap * dilation)) % ptrdiff_t(stride) != 0) continue;
    axis.taps = blocksOf(kernel - tap, every);
    axis.tap = ptrdiff_t(tap + (axis.taps - 1) * every);
    axis.at = (place - axis.tap * ptrdiff_t(dilation)) / ptrdiff_t(stride);
  }
  return axis;
}

/** What both passes are to `gatherTaps`: an image of `depth` channels to one of `outs`. */
struct Gather {
  size_t batch, height, width, depth;  // input
  size_t rows, cols, outs;             // output
  size_t rowKinds, colKinds;
  bool backward;
  const Window* window;
  // Distances in the filter between one tap and the next, and along depth and outs.
  size_t tapStride, depthStride, outStride;

  Axis row(size_t kind) const {
    const Window& w = *window;
    return backward ? backwardAxis(kind, size_t(w.height), size_t(w.kernelHeight),
                                   size_t(w.strideHeight), size_t(w.dilationHeight), w.top)
                    : forwardAxis(size_t(w.rows), size_t(w.kernelHeight), size_t(w.strideHeight),
                                  size_t(w.dilationHeight), w.top);
  }
  Axis col(size_t kind) const {
    const Window& w = *window;
    return backward ? backwardAxis(kind, size_t(w.width), size_t(w.kernelWidth),
                                   size_t(w.strideWidth), size_t(w.dilationWidth), w.left)
                    : forwardAxis(size_t(w.cols), size_t(w.kernelWidth), size_t(w.strideWidth),
                                  size_t(w.dilationWidth), w.left);
  }
};

inline Gather forwardGather(const Window& w) {
  return {size_t(w.batch),
          size_t(w.height),
          size_t(w.width),
          size_t(w.channels),
          size_t(w.rows),
          size_t(w.cols),
          size_t(w.filters),
          1,
          1,
          false,
          &w,
          size_t(w.channels) * size_t(w.filters),
          size_t(w.filters),
          1};
}

/** Columns of zeros beside the input, so that every tap of every tile sees something. */
struct Margins {
  size_t left = 0, right = 0;
};
inline Margins marginsOf(const Gather& g) {
  Margins margins;
  for (size_t kind = 0; kind < g.colKinds; kind++) {
    const Axis a = g.col(kind);
    if (a.taps == 0 || a.count == 0) continue;
    const ptrdiff_t last =
        a.at + ptrdiff_t(a.taps - 1) * a.tapStep + ptrdiff_t(a.count - 1) * a.inStep;
    if (a.at < 0) margins.left = most(margins.left, size_t(-a.at));
    if (last >= ptrdiff_t(g.width)) margins.right = most(margins.right, size_t(last) + 1 - g.width);
  }
  return margins;
}

/** The input rows that output rows from … to − 1 see. */
inline void rowsSeen(const Gather& g, size_t from, size_t to, size_t& low, size_t& high) {
  low = g.height;
  high = 0;
  for (size_t i = from; i < to; i++) {
    const Axis a = g.row(i % g.rowKinds);
    size_t first, last;
    const size_t t = i / g.rowKinds;
    a.seen(t, 1, g.height, first, last);
    if (first == last) continue;
    const ptrdiff_t start = a.at + ptrdiff_t(t) * a.inStep;
    low = least(low, size_t(start + ptrdiff_t(first) * a.tapStep));
    high = most(high, size_t(start + ptrdiff_t(last - 1) * a.tapStep) + 1);
  }
  if (low > high) low = high;
}

template <class Lanes>
inline size_t packedRowSize(const Gather& g) {
  const Margins margins = marginsOf(g);
  return (margins.left + g.width + margins.right) * g.depth * Lanes::pixel;
}

/** The margins of so many packed rows: they are zero and stay zero. */
template <class Lanes>
inline void clearMargins(size_t rows, size_t width, size_t depth, Margins margins, float* packed) {
  const size_t pixel = depth * Lanes::pixel;
  for (size_t row = 0; row < rows; row++) {
    for (size_t i = 0; i < margins.left * pixel; i++) *packed++ = 0;
    packed += width * pixel;
    for (size_t i = 0; i < margins.right * pixel; i++) *packed++ = 0;
  }
}

/** to[i] = from[i]. The last Vec may begin inside the one before it, so that it is whole: numbers
 * from memory written in part wait until they are there. */
inline void copyNumbers(const float* from, size_t n, float* to) {
  if (n < Vec::lanes) return Vec::loadFirst(from, n).storeFirst(to, n);
  for (size_t i = 0; i < n; i += Vec::lanes) {
    if (i + Vec::lanes > n) i = n - Vec::lanes;
    Vec::load(from + i).store(to + i);
  }
}

/**
 * Rows low … high − 1 of the images from `image` on, between their margins: as they are where one
 * pixel is one number after the other, or number by number for Vec::lanes images at once, of which
 * only `count` exist.
 */
template <class Lanes>
inline void packRows(const float* image, size_t height, size_t width, size_t depth, Margins margins,
                     size_t low, size_t high, size_t count, float* packed) {
  const size_t numbers = width * depth, pixel = depth * Lanes::pixel;
  const float* const from = image + low * numbers;
  if constexpr (Lanes::pixel > 1) {
    if (margins.left + margins.right == 0) {
      return intoLanes(from, height * numbers, count, (high - low) * numbers, packed);
    }
  }
  const size_t rowSize = (margins.left + width + margins.right) * pixel;
  for (size_t row = 0; row < high - low; row++) {
    float* const to = packed + row * rowSize + margins.left * pixel;
    if constexpr (Lanes::pixel == 1) {
      copyNumbers(from + row * numbers, numbers, to);
    } else {
      intoLanes(from + row * numbers, height * numbers, count, numbers, to);
    }
  }
}

/** Products that a slice should hold at least, some ten microseconds' worth. */
constexpr double worthwhile = 1 << 19;
/** Rows of images that fit the second cache beside the rest. */
constexpr size_t mostPacked = 1 << 15;

/**
 * Images, as many as are computed together or more, and all their rows; or fewer rows, where these
 * alone are work enough and would else be too few slices to share, or too much memory.
 */
inline Slices cut(WindowRun run, size_t together, size_t batch, size_t rows, double productsOfRow,
                  size_t packedRow) {
  Slices s = {run, together, most(1, rows), 0};
  const double products = productsOfRow * double(together) * double(s.rows);
  if (products < worthwhile) {
    const double times = products > 0 ? worthwhile / products : double(batch);
    s.images =
        most(together, least(together * size_t(times < double(batch) ? times : double(batch)),
                             blocksOf(most(1, batch), together) * together));
  }
  while (s.rows > 1 && productsOfRow * double(together) * double(s.rows) > 4 * worthwhile &&
         (s.rows * packedRow > mostPacked || countOf(s, batch, rows) < 8)) {
    s.rows = (s.rows + 1) / 2;
  }
  return s;
}

/** The most input rows that a slice sees. */
inline size_t mostRowsSeen(const Gather& g, size_t rows) {
  size_t seen = 0;
  for (size_t i = 0; i < g.rows; i += rows) {
    size_t low, high;
    rowsSeen(g, i, least(g.rows, i + rows), low, high);
    seen = most(seen, high - low);
  }
  return seen;
}

/** Products of a number and a weight in one row of outputs. */
inline double productsOfRow(const Gather& g) {
  const double taps = double(g.window->kernelHeight) * double(g.window->kernelWidth);
  return double(g.cols) * taps / double(g.rowKinds * g.colKinds) * double(g.depth) * double(g.outs);
}

/** A pass that ends with so many sums, where tiles have so many neighbours. */
inline Work workOf(const Gather& g, double sums, size_t neighbours) {
  const double products = productsOfRow(g) * double(g.rows) * double(g.batch);
  const double moved = double(g.batch) * (double(g.height) * double(g.width) * double(g.depth) +
                                          double(g.rows) * double(g.cols) * double(g.outs));
  return {sums, sums > 0 ? products / sums : 0, moved, g.batch, g.outs, most(1, neighbours)};
}

}  // namespace
}  // namespace ISA
