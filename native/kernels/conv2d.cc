// Twin of src/kernels/conv2d.ts. No array of patches is made; every pass is a direct loop over the
// taps. The ladder:
//   plain       one sum after the other
//   vectorised  one Vec is either several channels of one image (ByChannel), or one number of
//   several images
//               (ByImage): with 1 to 4 channels only the images fill a Vec. Images are laid side by
//               side in memory for it.
//   blocked     a tile of neighbouring columns and channels stays in registers over all taps, so
//   that each number of
//               the image serves several channels and each of the filter several columns
//   padded      images are copied between columns of zeros, so that tiles at the edge need no cases
//   of their own;
//               taps that see only zeros are left out, rows of zeros are never visited
//   threaded    calls.cc hands out images, and rows of them
// Strides: the transpose of a convolution with stride s is s convolutions with every s-th tap, one
// for each remainder of the output's column (and row); each is as dense as an ordinary one.
#include "../simd/transpose.h"
#include "slide.h"

namespace ISA {
namespace {

/** Rounded down, also below zero. */
inline ptrdiff_t floorDivide(ptrdiff_t a, ptrdiff_t b) { return a / b - (a % b < 0); }
inline ptrdiff_t ceilDivide(ptrdiff_t a, ptrdiff_t b) { return -floorDivide(-a, b); }

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

/** How full n numbers make their Vecs. */
inline double fullness(size_t n) {
  return double(most(1, n)) / double(most(1, blocksOf(n, Vec::lanes)) * Vec::lanes);
}

// A tile holds at most this many sums, so that they and their operands fit the registers.
constexpr size_t mostSums = Vec::registers == 16 ? 12 : 24;
constexpr size_t mostCols(size_t outs) { return least(mostSums / outs, 12); }

/** Vecs of output a pixel has. */
template <class Lanes>
size_t vecsOf(size_t outs) {
  return blocksOf(outs, Lanes::out);
}

/**
 * What a pass costs, in cycles, about, if tiles are of `outs` and `neighbours`: two Vecs of
 * products a cycle where a tile has sums enough to hide the time that one takes; and numbers moved.
 */
template <class Lanes>
double cyclesOf(double products, size_t batch, size_t outs, size_t neighbours, double moved) {
  const size_t block = most(1, least(vecsOf<Lanes>(outs), Lanes::mostOuts));
  const size_t strips = most(1, blocksOf(neighbours, mostCols(block)));
  const double sums = double(block) * double(neighbours) / double(strips);
  const double full = fullness(Lanes::pixel == 1 ? outs : batch);
  const double busy = sums < 8 ? sums / 8 : 1;
  const double perNumber = Lanes::pixel == 1 ? 0.1 : 0.5 / full;
  return products / (2 * double(Vec::lanes) * full * busy) + perNumber * moved;
}

// ── Sums over taps: the forward pass, and the gradient of the input
// ──────────────────────────────────────────────

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
Axis forwardAxis(size_t outputs, size_t kernel, size_t stride, size_t dilation, ptrdiff_t before) {
  return {0, 1, outputs, kernel, -before, ptrdiff_t(dilation), ptrdiff_t(stride), 0, 1};
}

size_t commonDivisor(size_t a, size_t b) { return b == 0 ? a : commonDivisor(b, a % b); }

/** The inputs seen backwards are `stride` kinds of place; those of one kind see the same taps, from
 * the last to the first. */
Axis backwardAxis(size_t kind, size_t inputs, size_t kernel, size_t stride, size_t dilation,
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

Gather forwardGather(const Window& w) {
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

/** Columns of zeros beside the input, so that every tap of every tile sees something. */
struct Margins {
  size_t left = 0, right = 0;
};
Margins marginsOf(const Gather& g) {
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
void rowsSeen(const Gather& g, size_t from, size_t to, size_t& low, size_t& high) {
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

/**
 * One tile of every output row: some of its columns and some of its outs. A row of its taps is
 * `runs` runs of `length` numbers; distances are those in image, filter and output.
 */
struct Strip {
  size_t runs, length;
  size_t imageRow, imageRun, imageCol, filterRow, filterRun, yCol;
  size_t image, filter, filterCol, y;  // where it begins
  size_t some;                         // numbers of the last Vec of its outs
  void (*run)(const float* image, const float* filter, size_t rows, const Strip& strip, float* y);
};
using Tile = decltype(Strip::run);

/** y[b,o] = sum over so many rows of taps of image[b] filter[o]. */
template <class Lanes, size_t cols, size_t outs>
void tile(const float* image, const float* filter, size_t rows, const Strip& strip, float* y) {
  const size_t length = strip.length, imageCol = strip.imageCol;
  Vec sum[cols][outs];
#pragma GCC unroll 16
  for (size_t b = 0; b < cols; b++) {
#pragma GCC unroll 4
    for (size_t o = 0; o < outs; o++) sum[b][o] = Vec::all(0);
  }
  for (; rows > 0; rows--, image += strip.imageRow, filter += strip.filterRow) {
    for (size_t q = 0; q < strip.runs; q++) {
      const float* x = image + q * strip.imageRun;
      const float* f = filter + q * strip.filterRun;
      for (size_t l = 0; l < length; l++, x += Lanes::pixel, f += outs * Lanes::out) {
        if constexpr (cols <= outs) {
          Vec each[cols];
#pragma GCC unroll 16
          for (size_t b = 0; b < cols; b++) each[b] = Lanes::image(x + b * imageCol);
#pragma GCC unroll 4
          for (size_t o = 0; o < outs; o++) {
            const Vec weight = Lanes::filter(f + o * Lanes::out);
#pragma GCC unroll 16
            for (size_t b = 0; b < cols; b++) sum[b][o] = fma(each[b], weight, sum[b][o]);
          }
        } else {
          Vec weight[outs];
#pragma GCC unroll 4
          for (size_t o = 0; o < outs; o++) weight[o] = Lanes::filter(f + o * Lanes::out);
#pragma GCC unroll 16
          for (size_t b = 0; b < cols; b++) {
            const Vec each = Lanes::image(x + b * imageCol);
#pragma GCC unroll 4
            for (size_t o = 0; o < outs; o++) sum[b][o] = fma(each, weight[o], sum[b][o]);
          }
        }
      }
    }
  }
#pragma GCC unroll 16
  for (size_t b = 0; b < cols; b++) {
#pragma GCC unroll 4
    for (size_t o = 0; o < outs; o++) {
      float* const to = y + b * strip.yCol + o * Vec::lanes;
      if (o + 1 < outs || strip.some == Vec::lanes) {
        sum[b][o].store(to);
      } else {
        sum[b][o].storeFirst(to, strip.some);
      }
    }
  }
}

/** Columns of a tile whose rows of `width` taps stay in registers too. */
constexpr size_t slidingCols(size_t width) {
  return least(mostCols(1), Vec::registers - 1 - width);
}

/**
 * The same for one out where neighbouring taps and neighbouring outputs see neighbouring pixels:
 * each number of the image is read once for all taps of a row.
 */
template <class Lanes, size_t cols, size_t width>
void slidingTile(const float* image, const float* filter, size_t rows, const Strip& strip,
                 float* y) {
  const size_t depth = strip.length, imageCol = strip.imageCol;
  Vec sum[cols];
#pragma GCC unroll 16
  for (size_t b = 0; b < cols; b++) sum[b] = Vec::all(0);
  for (; rows > 0; rows--, image += strip.imageRow, filter += strip.filterRow) {
    for (size_t l = 0; l < depth; l++) {
      const float* x = image + l * Lanes::pixel;
      const float* const f = filter + l * Lanes::out;
      Vec weight[width];
#pragma GCC unroll 16
      for (size_t q = 0; q < width; q++) weight[q] = Lanes::filter(f + q * strip.filterRun);
#pragma GCC unroll 32
      for (size_t u = 0; u < cols + width - 1; u++, x += imageCol) {
        const Vec each = Lanes::image(x);
#pragma GCC unroll 16
        for (size_t q = 0; q < width; q++) {
          if (u >= q && u - q < cols) sum[u - q] = fma(each, weight[q], sum[u - q]);
        }
      }
    }
  }
#pragma GCC unroll 16
  for (size_t b = 0; b < cols; b++) {
    if (strip.some == Vec::lanes) {
      sum[b].store(y + b * strip.yCol);
    } else {
      sum[b].storeFirst(y + b * strip.yCol, strip.some);
    }
  }
}
/** of[cols], for rows of `width` taps. */
template <class Lanes, size_t width>
struct SlidingTiles {
  Tile of[13] = {};
};
template <class Lanes, size_t width, size_t cols>
constexpr void fillSlidingTiles(SlidingTiles<Lanes, width>& tiles) {
  tiles.of[cols] = slidingTile<Lanes, cols, width>;
  if constexpr (cols > 1) fillSlidingTiles<Lanes, width, cols - 1>(tiles);
}
template <class Lanes, size_t width>
constexpr SlidingTiles<Lanes, width> allSlidingTiles() {
  SlidingTiles<Lanes, width> tiles;
  fillSlidingTiles<Lanes, width, slidingCols(width)>(tiles);
  return tiles;
}
template <class Lanes, size_t width>
constexpr SlidingTiles<Lanes, width> slidingTilesBy = allSlidingTiles<Lanes, width>();

/** of[outs][cols]: a tile of each size, so that 20 columns of at most 3 are 3+3+3+3+3+3+2. */
template <class Lanes>
struct Tiles {
  Tile of[Lanes::mostOuts + 1][13] = {};
};
template <class Lanes, size_t outs, size_t cols>
constexpr void fillTiles(Tiles<Lanes>& tiles) {
  tiles.of[outs][cols] = tile<Lanes, cols, outs>;
  if constexpr (cols > 1) {
    fillTiles<Lanes, outs, cols - 1>(tiles);
  } else if constexpr (outs > 1) {
    fillTiles<Lanes, outs - 1, mostCols(outs - 1)>(tiles);
  }
}
template <class Lanes>
constexpr Tiles<Lanes> allTiles() {
  Tiles<Lanes> tiles;
  fillTiles<Lanes, Lanes::mostOuts, mostCols(Lanes::mostOuts)>(tiles);
  return tiles;
}
template <class Lanes>
constexpr Tiles<Lanes> tilesBy = allTiles<Lanes>();

/** Outs in the order in which tiles take them: blocks of nearly equal size. */
inline size_t blockFrom(size_t block, size_t blocks, size_t n) { return n * block / blocks; }

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
            for (size_t l = 0; l < g.depth; l++) {
              const float* const weights = filter + tap * g.tapStride + l * g.depthStride;
              for (size_t o = from; o < there; o++) *packed++ = weights[o * g.outStride];
              for (size_t o = there; o < to; o++) *packed++ = 0;
            }
          }
        }
      }
    }
  }
}

/** The margins of so many packed rows: they are zero and stay zero. */
template <class Lanes>
void clearMargins(size_t rows, size_t width, size_t depth, Margins margins, float* packed) {
  const size_t pixel = depth * Lanes::pixel;
  for (size_t row = 0; row < rows; row++) {
    for (size_t i = 0; i < margins.left * pixel; i++) *packed++ = 0;
    packed += width * pixel;
    for (size_t i = 0; i < margins.right * pixel; i++) *packed++ = 0;
  }
}

/**
 * Rows low … high − 1 of the images from `image` on, between their margins: as they are where one
 * pixel is one number after the other, or number by number for Vec::lanes images at once, of which
 * only `count` exist.
 */
template <class Lanes>
void packRows(const float* image, size_t height, size_t width, size_t depth, Margins margins,
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
      const float* const there = from + row * numbers;
      eachVec(numbers, [=](auto get, auto put) { put(get(there), to); });
    } else {
      intoLanes(from + row * numbers, height * numbers, count, numbers, to);
    }
  }
}

template <class Lanes>
size_t packedFilterSize(const Gather& g) {
  return lines(size_t(g.window->kernelHeight) * size_t(g.window->kernelWidth) * g.depth *
               vecsOf<Lanes>(g.outs) * Lanes::out);
}
template <class Lanes>
size_t packedRowSize(const Gather& g) {
  const Margins margins = marginsOf(g);
  return (margins.left + g.width + margins.right) * g.depth * Lanes::pixel;
}

/**
 * What one output row sees: `taps` rows of the `all` that its kind has, from number `first` on, in
 * the packed rows from `image` on. The filters of its kind begin at `filter`.
 */
struct RowOfTaps {
  size_t image, taps, first, all, filter;
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
      rows[i - from] = {first == last ? 0 : size_t(row) * rowSize, last - first, first, axis.taps,
                        filter};
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
        s.run = !slides         ? tilesBy<Lanes>.of[outs][cols]
                : col.taps == 3 ? slidingTilesBy<Lanes, 3>.of[cols]
                                : slidingTilesBy<Lanes, 5>.of[cols];
      }
      listed += count;
      filter += col.taps * tapSize;
    }
  }
  return listed;
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
  const size_t filterOfTapRow =
      size_t(g.window->kernelWidth) * g.depth * vecsOf<Lanes>(g.outs) * Lanes::out;
  listRows(g, from, to, low, rowSize, filterOfTapRow, rows);
  packFilter<Lanes>(g, filter, weights);

  // Without margins one image already lies as it should.
  const bool asItIs = Lanes::pixel == 1 && margins.left + margins.right == 0;
  if (!asItIs) clearMargins<Lanes>(high - low, g.width, g.depth, margins, packedRows);
  constexpr size_t together = Lanes::pixel;
  for (size_t n = 0; n < g.batch; n += together) {
    const size_t some = least(together, g.batch - n);
    const float* const image = images + n * g.height * g.width * g.depth;
    if (!asItIs) {
      packRows<Lanes>(image, g.height, g.width, g.depth, margins, low, high, some, packedRows);
    }
    const float* const packed = asItIs ? image + low * rowSize : packedRows;
    for (size_t i = from; i < to; i++) {
      const RowOfTaps& row = rows[i - from];
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
    }
  }
}

// ── Sums over pixels: the gradient of the filter
// ─────────────────────────────────────────────────────────────────

/**
 * sums[b,o] += sum over rows and columns of image[b] dy[o], where b counts neighbouring numbers of
 * the image; sums lie sumRow apart.
 */
template <class Lanes, size_t width, size_t outs>
void productTile(const float* image, size_t imageRow, size_t imageCol, const float* dy,
                 size_t dyRow, size_t dyCol, size_t rows, size_t cols, float* sums, size_t sumRow) {
  Vec sum[width][outs];
#pragma GCC unroll 16
  for (size_t b = 0; b < width; b++) {
#pragma GCC unroll 4
    for (size_t o = 0; o < outs; o++) sum[b][o] = Vec::load(sums + b * sumRow + o * Vec::lanes);
  }
  for (size_t i = 0; i < rows; i++) {
    const float* x = image + i * imageRow;
    const float* d = dy + i * dyRow;
    for (size_t j = 0; j < cols; j++, x += imageCol, d += dyCol) {
      if constexpr (width <= outs) {
        Vec each[width];
#pragma GCC unroll 16
        for (size_t b = 0; b < width; b++) each[b] = Lanes::image(x + b * Lanes::pixel);
#pragma GCC unroll 4
        for (size_t o = 0; o < outs; o++) {
          const Vec slope = Vec::load(d + o * Vec::lanes);
#pragma GCC unroll 16
          for (size_t b = 0; b < width; b++) sum[b][o] = fma(each[b], slope, sum[b][o]);
        }
      } else {
        Vec slope[outs];
#pragma GCC unroll 4
        for (size_t o = 0; o < outs; o++) slope[o] = Vec::load(d + o * Vec::lanes);
#pragma GCC unroll 16
        for (size_t b = 0; b < width; b++) {
          const Vec each = Lanes::image(x + b * Lanes::pixel);
#pragma GCC unroll 4
          for (size_t o = 0; o < outs; o++) sum[b][o] = fma(each, slope[o], sum[b][o]);
        }
      }
    }
  }
#pragma GCC unroll 16
  for (size_t b = 0; b < width; b++) {
#pragma GCC unroll 4
    for (size_t o = 0; o < outs; o++) sum[b][o].store(sums + b * sumRow + o * Vec::lanes);
  }
}

using ProductTile = void (*)(const float* image, size_t imageRow, size_t imageCol, const float* dy,
                             size_t dyRow, size_t dyCol, size_t rows, size_t cols, float* sums,
                             size_t sumRow);
template <class Lanes>
struct ProductTiles {
  ProductTile of[Lanes::mostOuts + 1][13] = {};
};
template <class Lanes, size_t outs, size_t width>
constexpr void fillProductTiles(ProductTiles<Lanes>& tiles) {
  tiles.of[outs][width] = productTile<Lanes, width, outs>;
  if constexpr (width > 1) {
    fillProductTiles<Lanes, outs, width - 1>(tiles);
  } else if constexpr (outs > 1) {
    fillProductTiles<Lanes, outs - 1, mostCols(outs - 1)>(tiles);
  }
}
template <class Lanes>
constexpr ProductTiles<Lanes> allProductTiles() {
  ProductTiles<Lanes> tiles;
  fillProductTiles<Lanes, Lanes::mostOuts, mostCols(Lanes::mostOuts)>(tiles);
  return tiles;
}
template <class Lanes>
constexpr ProductTiles<Lanes> productTilesBy = allProductTiles<Lanes>();

/** Rows of dy visited at once: with the rows of the image they see, about half of a first cache. */
template <class Lanes>
size_t rowsAtOnce(const Gather& g, size_t rowSize, size_t dyRowSize) {
  return most(1, 4096 / most(1, rowSize * size_t(g.window->strideHeight) + dyRowSize));
}

/** dfilter of output rows from … to − 1 of all images of the window. */
template <class Lanes>
void productOfImages(const float* images, const float* dy, float* dfilter, const Window& w,
                     size_t from, size_t to, float* scratch) {
  const Gather g = forwardGather(w);
  const Axis row = g.row(0), col = g.col(0);
  const Margins margins = marginsOf(g);
  const size_t vecs = vecsOf<Lanes>(g.outs), blocks = blocksOf(vecs, Lanes::mostOuts);
  const size_t rowSize = packedRowSize<Lanes>(g), pixel = g.depth * Lanes::pixel;
  const size_t dyPixel = vecs * Vec::lanes, dyRowSize = g.cols * dyPixel;
  size_t low, high;
  rowsSeen(g, from, to, low, high);

  const size_t taps = row.taps * col.taps;
  float* const sums = scratch;  // [tap, channel, vecs of outs]
  float* const rows = sums + lines(taps * g.depth * dyPixel);
  float* const slopes = rows + lines((high - low) * rowSize);
  for (size_t i = 0; i < taps * g.depth * dyPixel; i++) sums[i] = 0;

  // Neighbouring taps of a row see neighbouring numbers, if nothing lies between them.
  const size_t runs = col.tapStep == 1 ? 1 : col.taps, length = col.taps * g.depth / most(1, runs);
  const size_t atOnce = rowsAtOnce<Lanes>(g, rowSize, dyRowSize);
  const bool asItIs = Lanes::pixel == 1 && margins.left + margins.right == 0;
  if (!asItIs) clearMargins<Lanes>(high - low, g.width, g.depth, margins, rows);
  constexpr size_t together = Lanes::pixel;
  for (size_t n = 0; n < g.batch; n += together) {
    const size_t count = least(together, g.batch - n);
    const float* const image = images + n * g.height * g.width * g.depth;
    const float* const dyImage = dy + n * g.rows * g.cols * g.outs;
    if (!asItIs)
      packRows<Lanes>(image, g.height, g.width, g.depth, margins, low, high, count, rows);
    const float* const packed = asItIs ? image + low * rowSize : rows;
    const bool dyAsItIs = Lanes::pixel == 1 && g.outs % Vec::lanes == 0;
    if constexpr (Lanes::pixel > 1) {
      packRows<Lanes>(dyImage, g.rows, g.cols, g.outs, {}, from, to, count, slopes);
    } else if (!dyAsItIs) {
      for (size_t at = 0; at < (to - from) * g.cols; at++) {
        const float* const pixelOfDy = dyImage + (from * g.cols + at) * g.outs;
        for (size_t o = 0; o < dyPixel; o += Vec::lanes) {
          Vec::loadFirst(pixelOfDy + o, least(Vec::lanes, g.outs - o))
              .store(slopes + at * dyPixel + o);
        }
      }
    }
    const float* const packedDy = dyAsItIs ? dyImage + from * dyRowSize : slopes;

    for (size_t i0 = from; i0 < to; i0 += atOnce) {
      const size_t i1 = least(to, i0 + atOnce);
      for (size_t p = 0; p < row.taps; p++) {
        // The output rows of which this tap sees a row.
        const ptrdiff_t place = row.at + ptrdiff_t(p) * row.tapStep;
        const ptrdiff_t a = ceilDivide(-place, row.inStep),
                        b = ceilDivide(ptrdiff_t(g.height) - place, row.inStep);
        const size_t first = a > ptrdiff_t(i0) ? size_t(a) : i0;
        const size_t last = b < ptrdiff_t(i1) ? size_t(b < 0 ? 0 : b) : i1;
        if (first >= last) continue;
        const float* const top =
            packed + (size_t(place + ptrdiff_t(first) * row.inStep) - low) * rowSize;
        const float* const topDy = packedDy + (first - from) * dyRowSize;
        for (size_t run = 0; run < runs; run++) {
          const size_t left = size_t(col.at + ptrdiff_t(margins.left)) + run * size_t(col.tapStep);
          float* const sumsOfRun = sums + (p * col.taps * g.depth + run * length) * dyPixel;
          for (size_t block = 0; block < blocks; block++) {
            const size_t o = blockFrom(block, blocks, vecs),
                         outs = blockFrom(block + 1, blocks, vecs) - o;
            const size_t strips = blocksOf(length, mostCols(outs));
            for (size_t strip = 0; strip < strips; strip++) {
              const size_t u = blockFrom(strip, strips, length),
                           width = blockFrom(strip + 1, strips, length) - u;
              productTilesBy<Lanes>.of[outs][width](
                  top + left * pixel + u * Lanes::pixel, size_t(row.inStep) * rowSize,
                  size_t(col.inStep) * pixel, topDy + o * Vec::lanes, dyRowSize, dyPixel,
                  last - first, g.cols, sumsOfRun + u * dyPixel + o * Vec::lanes, dyPixel);
            }
          }
        }
      }
    }
  }

  for (size_t at = 0; at < taps * g.depth; at++) {
    for (size_t o = 0; o < g.outs; o++) {
      if constexpr (Lanes::pixel == 1) {
        dfilter[at * g.outs + o] = sums[at * dyPixel + o];
      } else {
        const Vec perImage = Vec::load(sums + at * dyPixel + o * Vec::lanes);
        dfilter[at * g.outs + o] =
            float(foldLanes(perImage, 0, [](double a, double b) { return a + b; }));
      }
    }
  }
}

// ── Depthwise: the lanes are the outputs of an image's channels
// ──────────────────────────────────────────────────

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

// ── The kernels
// ──────────────────────────────────────────────────────────────────────────────────────────────────

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

// ── Slices
// ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Products that a slice should hold at least, some ten microseconds' worth. */
constexpr double worthwhile = 1 << 19;
/** Rows of images that fit the second cache beside the rest. */
constexpr size_t mostPacked = 1 << 15;

/** How many slices there are. */
size_t countOf(const Slices& s, size_t batch, size_t rows) {
  return blocksOf(batch, s.images) * blocksOf(rows, s.rows);
}

/**
 * Images, as many as are computed together or more, and all their rows; or fewer rows, where these
 * alone are work enough and would else be too few slices to share, or too much memory.
 */
Slices cut(WindowRun run, size_t together, size_t batch, size_t rows, double productsOfRow,
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
size_t mostRowsSeen(const Gather& g, size_t rows) {
  size_t seen = 0;
  for (size_t i = 0; i < g.rows; i += rows) {
    size_t low, high;
    rowsSeen(g, i, least(g.rows, i + rows), low, high);
    seen = most(seen, high - low);
  }
  return seen;
}

/** Products of a number and a weight in one row of outputs. */
double productsOfRow(const Gather& g) {
  const double taps = double(g.window->kernelHeight) * double(g.window->kernelWidth);
  return double(g.cols) * taps / double(g.rowKinds * g.colKinds) * double(g.depth) * double(g.outs);
}

/** The cheaper way of a pass whose tiles have so many neighbours. */
bool isCheaperByChannel(const Gather& g, size_t neighbours) {
  const double products = productsOfRow(g) * double(g.rows) * double(g.batch);
  const double moved = double(g.batch) * (double(g.height) * double(g.width) * double(g.depth) +
                                          double(g.rows) * double(g.cols) * double(g.outs));
  return cyclesOf<ByChannel>(products, g.batch, g.outs, neighbours, moved) <=
         cyclesOf<ByImage>(products, g.batch, g.outs, neighbours, moved);
}

template <class Lanes>
Slices slicesOfTaps(const Gather& g, WindowRun run) {
  const size_t rowSize = packedRowSize<Lanes>(g);
  Slices s = cut(run, Lanes::pixel, g.batch, g.rows, productsOfRow(g), rowSize);
  s.scratch = lines(s.rows * floatsOf(sizeof(RowOfTaps))) +
              lines(listStrips<Lanes>(g, nullptr) * floatsOf(sizeof(Strip))) +
              packedFilterSize<Lanes>(g) + lines(mostRowsSeen(g, s.rows) * rowSize) +
              lines(Lanes::pixel == 1 ? 0 : g.cols * g.outs * Lanes::pixel);
  return s;
}

Slices conv2dSlices(const Window& w) {
  const Gather g = forwardGather(w);
  return isCheaperByChannel(g, g.cols) ? slicesOfTaps<ByChannel>(g, convolve<ByChannel>)
                                       : slicesOfTaps<ByImage>(g, convolve<ByImage>);
}

Slices conv2dInputGrad(const Window& w) {
  const Gather g = backwardGather(w);
  return isCheaperByChannel(g, blocksOf(g.cols, g.colKinds))
             ? slicesOfTaps<ByChannel>(g, convolveBack<ByChannel>)
             : slicesOfTaps<ByImage>(g, convolveBack<ByImage>);
}

/** Each slice has a gradient of the whole filter, to be added up in the end: not more of them than
 * this. */
constexpr size_t mostParts = 16;

template <class Lanes>
Slices slicesOfProduct(const Gather& g) {
  const size_t taps = size_t(g.window->kernelHeight) * size_t(g.window->kernelWidth);
  const size_t rowSize = packedRowSize<Lanes>(g), dyPixel = vecsOf<Lanes>(g.outs) * Vec::lanes;
  Slices s = cut(productOfImages<Lanes>, Lanes::pixel, g.batch, g.rows, productsOfRow(g),
                 rowSize + g.cols * dyPixel);
  while (countOf(s, g.batch, g.rows) > mostParts && s.images < g.batch) s.images *= 2;
  while (countOf(s, g.batch, g.rows) > mostParts) s.rows *= 2;
  s.scratch = lines(taps * g.depth * dyPixel) + lines(mostRowsSeen(g, s.rows) * rowSize) +
              lines(s.rows * g.cols * dyPixel);
  return s;
}

Slices conv2dFilterGrad(const Window& w) {
  const Gather g = forwardGather(w);
  const size_t inOneRun = w.dilationWidth == 1 ? size_t(w.kernelWidth) : 1;
  return isCheaperByChannel(g, inOneRun * g.depth) ? slicesOfProduct<ByChannel>(g)
                                                   : slicesOfProduct<ByImage>(g);
}

template <WindowRun run>
Slices depthwise(const Window& w) {
  const double outs = double(w.filters), taps = double(w.kernelHeight) * double(w.kernelWidth);
  return wholeImages(
      run, w, double(w.rows) * double(w.cols) * taps * outs / double(Vec::lanes),
      w.filters == w.channels ? 0 : size_t(w.height) * size_t(w.width) * size_t(w.filters));
}

Slices depthwiseFilterGrad(const Window& w) {
  Slices s = depthwise<depthwiseConv2dFilterGrad>(w);
  while (countOf(s, size_t(w.batch), size_t(w.rows)) > mostParts) s.images *= 2;
  return s;
}

}  // namespace

extern const Conv2dKernels conv2d;
const Conv2dKernels conv2d = {
    .conv2d = conv2dSlices,
    .conv2dInputGrad = conv2dInputGrad,
    .conv2dFilterGrad = conv2dFilterGrad,
    .depthwiseConv2d = depthwise<depthwiseConv2d>,
    .depthwiseConv2dInputGrad = depthwise<depthwiseConv2dInputGrad>,
    .depthwiseConv2dFilterGrad = depthwiseFilterGrad,
};

}  // namespace ISA
