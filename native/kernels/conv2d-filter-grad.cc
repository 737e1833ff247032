// Twin of src/kernels/conv2d.ts: the gradient of the filter, sums over pixels. A tile of
// neighbouring numbers of the image and channels of dy stays in registers over rows of pixels; the
// ladder is that of conv2d.cc. With images as lanes, they are added up in the end.
#include "conv2d.h"

namespace ISA {
namespace {

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

Slices filterGradSlices(const Window& w) {
  const Gather g = forwardGather(w);
  const size_t inOneRun = w.dilationWidth == 1 ? size_t(w.kernelWidth) : 1;
  const double sums = double(g.batch) * double(w.kernelHeight) * double(w.kernelWidth) *
                      double(g.depth) * double(g.outs);
  return isCheaperByChannel(g, sums, inOneRun * g.depth) ? slicesOfProduct<ByChannel>(g)
                                                         : slicesOfProduct<ByImage>(g);
}

}  // namespace

extern const FilterGradKernels conv2dFilterGrad;
const FilterGradKernels conv2dFilterGrad = {
    .conv2dFilterGrad = filterGradSlices,
};

}  // namespace ISA
