// Twin of src/kernels/conv2d.ts: the forward pass, and the gradient of the input, which is the same
// walk with the taps turned around. No array of patches is made. The ladder:
//   plain       one sum after the other
//   vectorised  one Vec is either several channels of one image (ByChannel), or one number of
//               several images (ByImage): with 1 to 4 channels only the images fill a Vec. Images
//               are laid side by side in memory for it.
//   blocked     a tile of neighbouring columns and channels stays in registers over all taps, so
//               that each number of the image serves several channels and each of the filter
//               several columns
//   padded      images are copied between columns of zeros, so that tiles at the edge need no cases
//               of their own; taps that see only zeros are left out, rows of zeros never visited
//   finished    bias and activation are applied to a row while it is in the first cache
//   threaded    image-calls.cc hands out images, and rows of them
#include "conv2d.h"

#include "conv2d-tiles.h"
#include "epilogue.h"

namespace ISA {
namespace {

/** The outs of one tap for each number of the depth: `count` of them, then zeros up to `width`. */
template <class Lanes>
void packTap(const float* weights, size_t depth, size_t depthStride, size_t outStride, size_t count,
             size_t width, float* packed) {
  if constexpr (Lanes::out == 1) {  // few outs: the long loop goes inside
    for (size_t o = 0; o < width; o++) {
      for (size_t l = 0; l < depth; l++) {
        packed[l * width + o] = weights[l * depthStride + o * outStride];
      }
    }
  } else {
    for (size_t l = 0; l < depth; l++, weights += depthStride, packed += width) {
      for (size_t o = 0; o < count; o++) packed[o] = weights[o * outStride];
      for (size_t o = count; o < width; o++) packed[o] = 0;
    }
  }
}

/**
 * The filter in the order in which tiles read it: for each kind of row and of column, block of
 * outs, tap row, tap column and number of the depth, the outs of the block; missing lanes are 0.
 */
template <class Lanes>
void packFilter(const Gather& g, const float* filter, float* packed) {
  const size_t vecs = vecsOf<Lanes>(g.outs), blocks = blocksOf(vecs, Lanes::mostOuts);
  for (size_t rowKind = 0; rowKind < g.rowKinds; rowKind++) {
    const Axis row = g.row(rowKind);
    for (size_t colKind = 0; colKind < g.colKinds; colKind++) {
      const Axis col = g.col(colKind);
      for (size_t block = 0; block < blocks; block++) {
        const size_t from = blockFrom(block, blocks, vecs) * Lanes::out,
                     to = blockFrom(block + 1, blocks, vecs) * Lanes::out,
                     there = least(to, g.outs);
        for (size_t p = 0; p < row.taps; p++) {
          for (size_t q = 0; q < col.taps; q++) {
            const size_t tap =
                size_t(row.tap + ptrdiff_t(p) * row.tapNext) * size_t(g.window->kernelWidth) +
                size_t(col.tap + ptrdiff_t(q) * col.tapNext);
            const float* const weights = filter + tap * g.tapStride;
            packTap<Lanes>(weights + from * g.outStride, g.depth, g.depthStride, g.outStride,
                           there - from, to - from, packed);
            packed += g.depth * (to - from);
          }
        }
      }
    }
  }
}

template <class Lanes>
size_t packedFilterSize(const Gather& g) {
  return lines(size_t(g.window->kernelHeight) * size_t(g.window->kernelWidth) * g.depth *
               vecsOf<Lanes>(g.outs) * Lanes::out);
}

/**
 * What one output row sees: `taps` rows of the `all` that its kind has, from number `first` on, in
 * the packed rows from `image` on, of which the first `needed` are enough. The filters of its kind
 * begin at `filter`.
 */
struct RowOfTaps {
  size_t image, taps, first, all, filter, needed;
};

constexpr size_t floatsOf(size_t bytes) { return bytes / sizeof(float); }

void listRows(const Gather& g, size_t from, size_t to, size_t low, size_t rowSize,
              size_t filterOfTapRow, RowOfTaps* rows) {
  for (size_t kind = 0; kind < g.rowKinds; kind++) {
    const Axis axis = g.row(kind);
    size_t filter = 0;
    for (size_t before = 0; before < kind; before++) filter += g.row(before).taps * filterOfTapRow;
    const size_t start = from + (kind + g.rowKinds - from % g.rowKinds) % g.rowKinds;
    for (size_t i = start; i < to; i += g.rowKinds) {
      const size_t t = i / g.rowKinds;
      size_t first, last;
      axis.seen(t, 1, g.height, first, last);
      const ptrdiff_t row =
          axis.at + ptrdiff_t(t) * axis.inStep + ptrdiff_t(first) * axis.tapStep - ptrdiff_t(low);
      const bool nothing = first == last;
      const size_t past = size_t(row + ptrdiff_t(last - first - 1) * axis.tapStep) + 1;
      rows[i - from] = {nothing ? 0 : size_t(row) * rowSize,
                        last - first,
                        first,
                        axis.taps,
                        filter,
                        nothing ? 0 : past};
    }
  }
}

/** The strips, if there is room for them; how many there are. */
template <class Lanes>
size_t listStrips(const Gather& g, Strip* strips) {
  const size_t vecs = vecsOf<Lanes>(g.outs), blocks = blocksOf(vecs, Lanes::mostOuts);
  const size_t pixel = g.depth * Lanes::pixel, yPixel = g.outs * Lanes::pixel;
  const Margins margins = marginsOf(g);
  // The same for every kind of row.
  const size_t tapRow = size_t(g.row(0).tapStep) * packedRowSize<Lanes>(g);
  size_t listed = 0, filter = 0;
  for (size_t kind = 0; kind < g.colKinds; kind++) {
    const Axis col = g.col(kind);
    for (size_t block = 0; block < blocks; block++) {
      const size_t o = blockFrom(block, blocks, vecs),
                   outs = blockFrom(block + 1, blocks, vecs) - o;
      const size_t tapSize = g.depth * outs * Lanes::out;
      const bool slides =
          outs == 1 && col.tapStep == 1 && col.inStep == 1 && (col.taps == 3 || col.taps == 5);
      const size_t count = blocksOf(col.count, slides ? slidingCols(col.taps) : mostCols(outs));
      for (size_t strip = 0; strip < count && strips != nullptr; strip++) {
        const size_t j = blockFrom(strip, count, col.count),
                     cols = blockFrom(strip + 1, count, col.count) - j;
        size_t first, last;
        col.seen(j, cols, g.width, first, last);
        if (slides) first = 0, last = col.taps;
        const ptrdiff_t left = col.at + ptrdiff_t(j) * col.inStep + ptrdiff_t(first) * col.tapStep +
                               ptrdiff_t(margins.left);
        Strip& s = strips[listed + strip];
        // Neighbouring taps see neighbouring pixels, if nothing lies between them: one run.
        const bool oneRun = col.tapStep == 1 && !slides;
        s.runs = oneRun ? 1 : last - first;
        s.length = oneRun ? (last - first) * g.depth : g.depth;
        s.imageRow = tapRow;
        s.imageRun = size_t(col.tapStep) * pixel;
        s.imageCol = size_t(col.inStep) * pixel;
        s.filterRow = col.taps * tapSize;
        s.filterRun = tapSize;
        s.yCol = col.step * yPixel;
        s.image = first == last ? 0 : size_t(left) * pixel;
        s.filter = filter;
        s.filterCol = first * tapSize;
        s.y = (col.first + j * col.step) * yPixel + o * Lanes::out * Lanes::pixel;
        s.some = Lanes::pixel == 1 ? least(Vec::lanes, g.outs - (o + outs - 1) * Lanes::out)
                                   : Vec::lanes;
        s.run = tapTile<Lanes>(slides ? col.taps : 0, s.length, outs, cols);
      }
      listed += count;
      filter += col.taps * tapSize;
    }
  }
  return listed;
}

/** A row of the output for each lane, where lanes are images. */
template <class Lanes>
size_t sideBySideSize(const Gather& g) {
  return Lanes::pixel == 1 ? 0 : g.cols * g.outs * Lanes::pixel;
}

/** `bias` for every pixel of a row. */
const float* repeated(const float* bias, size_t outs, size_t cols, float* to) {
  for (size_t i = 0; i < cols * outs; i++) to[i] = bias[i % outs];
  return to;
}

/** Not inlined: the constants of activations would be loaded again behind each tile. */
[[gnu::noinline]] void finishRows(const Epilogue& end, float* y, ptrdiff_t yRow, size_t rows,
                                  size_t cols) {
  finish(end, y, yRow, rows, cols);
}

/** Output rows from … to − 1 of all images of the window. */
template <class Lanes>
void gatherTaps(const Gather& g, const float* images, const float* filter, float* y, size_t from,
                size_t to, float* scratch) {
  const size_t rowSize = packedRowSize<Lanes>(g);
  const Margins margins = marginsOf(g);
  size_t low, high;
  rowsSeen(g, from, to, low, high);

  auto* const rows = reinterpret_cast<RowOfTaps*>(scratch);
  auto* const strips =
      reinterpret_cast<Strip*>(scratch + lines((to - from) * floatsOf(sizeof(RowOfTaps))));
  const size_t count = listStrips<Lanes>(g, strips);
  float* const weights = reinterpret_cast<float*>(strips) + lines(count * floatsOf(sizeof(Strip)));
  float* const packedRows = weights + packedFilterSize<Lanes>(g);
  float* const sideBySide = packedRows + lines((high - low) * rowSize);
  Epilogue end = g.window->end;
  if (end.bias != nullptr) {
    end.bias = repeated(end.bias, g.outs, g.cols, sideBySide + lines(sideBySideSize<Lanes>(g)));
  }
  const size_t filterOfTapRow =
      size_t(g.window->kernelWidth) * g.depth * vecsOf<Lanes>(g.outs) * Lanes::out;
  listRows(g, from, to, low, rowSize, filterOfTapRow, rows);
  packFilter<Lanes>(g, filter, weights);

  // Without margins one image already lies as it should.
  const bool asItIs = Lanes::pixel == 1 && margins.left + margins.right == 0;
  if (!asItIs) clearMargins<Lanes>(high - low, g.width, g.depth, margins, packedRows);
  // Rows are packed shortly before they are used; without margins they are one piece.
  const size_t atOnce = margins.left + margins.right == 0
                            ? high - low
                            : blocksOf(4 * Vec::lanes, most(1, g.width * g.depth));
  constexpr size_t together = Lanes::pixel;
  for (size_t n = 0; n < g.batch; n += together) {
    const size_t some = least(together, g.batch - n);
    const float* const image = images + n * g.height * g.width * g.depth;
    const float* const packed = asItIs ? image + low * rowSize : packedRows;
    size_t ready = asItIs ? high - low : 0;  // rows
    for (size_t i = from; i < to; i++) {
      const RowOfTaps& row = rows[i - from];
      if (row.needed > ready) {
        const size_t next = least(high - low, most(row.needed, ready + atOnce));
        packRows<Lanes>(image, g.height, g.width, g.depth, margins, low + ready, low + next, some,
                        packedRows + ready * rowSize);
        ready = next;
      }
      float* const yRow = y + (n * g.rows + i) * g.cols * g.outs;
      float* const target = Lanes::pixel == 1 ? yRow : sideBySide;
      for (size_t at = 0; at < count; at++) {
        const Strip& s = strips[at];
        s.run(packed + row.image + s.image,
              weights + row.filter + row.all * s.filter + row.first * s.filterRow + s.filterCol,
              row.taps, s, target + s.y);
      }
      if constexpr (Lanes::pixel > 1) {
        outOfLanes(sideBySide, g.cols * g.outs, yRow, g.rows * g.cols * g.outs, some);
      }
      finishRows(end.from(yRow - y, 0), yRow, ptrdiff_t(g.rows * g.cols * g.outs), some,
                 g.cols * g.outs);
    }
  }
}

Gather backwardGather(const Window& w) {
  return {size_t(w.batch),
          size_t(w.rows),
          size_t(w.cols),
          size_t(w.filters),
          size_t(w.height),
          size_t(w.width),
          size_t(w.channels),
          size_t(w.strideHeight),
          size_t(w.strideWidth),
          true,
          &w,
          size_t(w.channels) * size_t(w.filters),
          1,
          size_t(w.filters)};
}

template <class Lanes>
void convolve(const float* x, const float* filter, float* y, const Window& w, size_t from,
              size_t to, float* scratch) {
  gatherTaps<Lanes>(forwardGather(w), x, filter, y, from, to, scratch);
}

template <class Lanes>
void convolveBack(const float* dy, const float* filter, float* dx, const Window& w, size_t from,
                  size_t to, float* scratch) {
  gatherTaps<Lanes>(backwardGather(w), dy, filter, dx, from, to, scratch);
}

bool isCheaperByChannel(const Gather& g) {
  const double outputs = double(g.batch) * double(g.rows) * double(g.cols) * double(g.outs);
  const Work work = workOf(g, outputs, blocksOf(g.cols, g.colKinds));
  return cyclesOf<ByChannel>(work) <= cyclesOf<ByImage>(work);
}

template <class Lanes>
Slices slicesOfTaps(const Gather& g, WindowRun run) {
  const size_t rowSize = packedRowSize<Lanes>(g);
  Slices s = cut(run, Lanes::pixel, g.batch, g.rows, productsOfRow(g), rowSize);
  // Each slice packs the filter, which takes as long as a few dozen pixels.
  while (s.rows >= g.rows && s.images * g.rows * g.cols < 32 * Vec::lanes &&
         countOf(s, g.batch, g.rows) >= 16) {
    s.images *= 2;
  }
  s.scratch = lines(s.rows * floatsOf(sizeof(RowOfTaps))) +
              lines(listStrips<Lanes>(g, nullptr) * floatsOf(sizeof(Strip))) +
              packedFilterSize<Lanes>(g) + lines(mostRowsSeen(g, s.rows) * rowSize) +
              lines(sideBySideSize<Lanes>(g)) +
              lines(g.window->end.bias == nullptr ? 0 : g.cols * g.outs);
  return s;
}

Slices conv2dSlices(const Window& w) {
  const Gather g = forwardGather(w);
  return isCheaperByChannel(g) ? slicesOfTaps<ByChannel>(g, convolve<ByChannel>)
                               : slicesOfTaps<ByImage>(g, convolve<ByImage>);
}

Slices conv2dInputGrad(const Window& w) {
  const Gather g = backwardGather(w);
  return isCheaperByChannel(g) ? slicesOfTaps<ByChannel>(g, convolveBack<ByChannel>)
                               : slicesOfTaps<ByImage>(g, convolveBack<ByImage>);
}

}  // namespace

extern const Conv2dKernels conv2d;
const Conv2dKernels conv2d = {
    .conv2d = conv2dSlices,
    .conv2dInputGrad = conv2dInputGrad,
};

}  // namespace ISA
