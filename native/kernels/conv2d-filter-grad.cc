// Twin of src/kernels/conv2d.ts: the gradient of the filter, sums over pixels. A tile of
// neighbouring numbers of the image and channels of dy stays in registers over rows of pixels; the
// ladder is that of conv2d.cc. With images as lanes, they are added up in the end.
#include "conv2d.h"

namespace ISA {
namespace {

/** The pixels of dy that a tile visits, and those of the image beneath: how many, and how far apart
 * images, rows and columns are. */
struct Walk {
  size_t images, rows, cols;
  struct Steps {
    size_t image, row, col;
  } x, dy;
};

/** So many Vecs are added to in turns, since each takes four cycles and a processor can start two
 * additions in one. */
constexpr size_t chainsOf(size_t sums) { return sums <= 2 ? 4 : sums <= 4 ? 2 : 1; }

/**
 * sums[b,o] += sum over the pixels of a walk of image[b] dy[o], where b counts neighbouring numbers
 * of the image; sums lie sumRow apart.
 */
template <class Lanes>
struct ProductTile {
  static constexpr size_t mostOuts = Lanes::mostOuts;
  static constexpr size_t mostCols(size_t outs) { return ISA::mostCols(outs); }

  template <size_t width, size_t outs>
  static void run(const float* image, const float* dy, const Walk& walk, float* sums,
                  size_t sumRow) {
    constexpr size_t chains = chainsOf(width * outs);
    const size_t imageCol = walk.x.col, dyCol = walk.dy.col;
    Vec sum[chains][width][outs];
#pragma GCC unroll 32
    for (size_t b = 0; b < width; b++) {
#pragma GCC unroll 4
      for (size_t o = 0; o < outs; o++) {
        sum[0][b][o] = Vec::load(sums + b * sumRow + o * Vec::lanes);
#pragma GCC unroll 4
        for (size_t c = 1; c < chains; c++) sum[c][b][o] = Vec::all(0);
      }
    }
    const auto addPixel = [](const float* x, const float* d, Vec(&to)[width][outs]) {
      addProducts(
          to, [=](size_t b) { return Lanes::image(x + b * Lanes::pixel); },
          [=](size_t o) { return Vec::load(d + o * Vec::lanes); });
    };
    for (size_t n = 0; n < walk.images; n++, image += walk.x.image, dy += walk.dy.image) {
      for (size_t i = 0; i < walk.rows; i++) {
        const float* x = image + i * walk.x.row;
        const float* d = dy + i * walk.dy.row;
        size_t j = 0;
        for (; j + chains <= walk.cols; j += chains) {
#pragma GCC unroll 4
          for (size_t c = 0; c < chains; c++, x += imageCol, d += dyCol) addPixel(x, d, sum[c]);
        }
        if constexpr (chains > 1) {
          for (; j < walk.cols; j++, x += imageCol, d += dyCol) addPixel(x, d, sum[0]);
        }
      }
    }
#pragma GCC unroll 32
    for (size_t b = 0; b < width; b++) {
#pragma GCC unroll 4
      for (size_t o = 0; o < outs; o++) {
#pragma GCC unroll 4
        for (size_t c = 1; c < chains; c++) sum[0][b][o] = sum[0][b][o] + sum[c][b][o];
        sum[0][b][o].store(sums + b * sumRow + o * Vec::lanes);
      }
    }
  }
};

/** A tile of the sums of one row of taps, and where it begins in image, dy and sums. */
struct ProductStrip {
  Tiles<ProductTile<ByImage>>::Run run;
  size_t image, dy, sums;
};

/** The strips, if there is room for them; how many there are. */
template <class Lanes>
size_t listProductStrips(const Gather& g, ProductStrip* strips) {
  const Axis col = g.col(0);
  // Neighbouring taps of a row see neighbouring numbers, if nothing lies between them.
  const size_t runs = col.tapStep == 1 ? 1 : col.taps, length = col.taps * g.depth / most(1, runs);
  const size_t left = size_t(col.at + ptrdiff_t(marginsOf(g).left));
  const size_t vecs = vecsOf<Lanes>(g.outs), blocks = blocksOf(vecs, Lanes::mostOuts);
  size_t listed = 0;
  for (size_t run = 0; run < runs; run++) {
    for (size_t block = 0; block < blocks; block++) {
      const size_t o = blockFrom(block, blocks, vecs),
                   outs = blockFrom(block + 1, blocks, vecs) - o;
      const size_t count = blocksOf(length, mostCols(outs));
      for (size_t strip = 0; strip < count && strips != nullptr; strip++) {
        const size_t u = blockFrom(strip, count, length),
                     width = blockFrom(strip + 1, count, length) - u;
        strips[listed + strip] = {tilesOf<ProductTile<Lanes>>.of[outs][width],
                                  ((left + run * size_t(col.tapStep)) * g.depth + u) * Lanes::pixel,
                                  o * Vec::lanes, ((run * length + u) * vecs + o) * Vec::lanes};
      }
      listed += count;
    }
  }
  return listed;
}

/** What a first cache holds of images and dy beside the sums. */
constexpr size_t mostNear = 6144;

/** Rows of dy visited at once, with the rows of the image they see. */
inline size_t rowsAtOnce(size_t rowSize, size_t dyRowSize, size_t stride) {
  return most(1, mostNear / most(1, rowSize * stride + dyRowSize));
}

/** Images visited at once, of so many numbers with their dy; with images as lanes, as many of
 * `together` each. */
inline size_t imagesAtOnce(size_t numbers, size_t batch, size_t together) {
  return least(most(1, mostNear / most(1, numbers)), most(1, blocksOf(batch, together)));
}

/** dfilter[i] = the lanes of sums[i] added up, for n numbers. */
inline void addLanes(const float* sums, size_t n, float* dfilter) {
  for (size_t i = 0; i < n; i += Vec::lanes) {
    const size_t some = least(Vec::lanes, n - i);
    Vec perImage[Vec::lanes];
    for (size_t k = 0; k < Vec::lanes; k++) {
      perImage[k] = k < some ? Vec::load(sums + (i + k) * Vec::lanes) : Vec::all(0);
    }
    transpose(perImage);
#pragma GCC unroll 4
    for (size_t half = Vec::lanes / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
      for (size_t k = 0; k < half; k++) perImage[k] = perImage[k] + perImage[k + half];
    }
    perImage[0].storeFirst(dfilter + i, some);
  }
}

/** Sizes of the memory that output rows from … to − 1 take. */
template <class Lanes>
struct ProductSizes {
  size_t dyPixel, sums, strips, row, dyRow, image, dyImage, images;

  ProductSizes(const Gather& g, size_t rowsIn, size_t rowsOut) {
    dyPixel = vecsOf<Lanes>(g.outs) * Vec::lanes;
    sums = g.row(0).taps * g.col(0).taps * g.depth * dyPixel;
    strips = lines(listProductStrips<Lanes>(g, nullptr) * sizeof(ProductStrip) / sizeof(float));
    row = packedRowSize<Lanes>(g);
    dyRow = g.cols * dyPixel;
    image = lines(rowsIn * row);
    dyImage = lines(rowsOut * dyRow);
    images = imagesAtOnce(image + dyImage, g.batch, Lanes::pixel);
  }
  /** For fewer rows too, of which more images are visited at once. */
  size_t all() const { return lines(sums) + strips + most(mostNear, image + dyImage); }
};

/** Rows of dy with the lanes of its last Vec filled up. */
inline void packSlopes(const float* dy, size_t pixels, size_t outs, float* packed) {
  for (size_t at = 0; at < pixels; at++, dy += outs) {
    for (size_t o = 0; o < outs; o += Vec::lanes, packed += Vec::lanes) {
      Vec::loadFirst(dy + o, least(Vec::lanes, outs - o)).store(packed);
    }
  }
}

/** dfilter of output rows from … to − 1 of all images of the window. */
template <class Lanes>
void productOfImages(const float* images, const float* dy, float* dfilter, const Window& w,
                     size_t from, size_t to, float* scratch) {
  const Gather g = forwardGather(w);
  const Axis row = g.row(0);
  const Margins margins = marginsOf(g);
  size_t low, high;
  rowsSeen(g, from, to, low, high);
  const ProductSizes<Lanes> size(g, high - low, to - from);

  float* const sums = scratch;  // [tap, channel, vecs of outs]
  auto* const strips = reinterpret_cast<ProductStrip*>(sums + lines(size.sums));
  float* const rows = reinterpret_cast<float*>(strips) + size.strips;
  float* const slopes = rows + size.images * size.image;
  clear(sums, size.sums);
  const size_t count = listProductStrips<Lanes>(g, strips);

  const size_t ofImage = g.height * g.width * g.depth, ofDy = g.rows * g.cols * g.outs;
  const bool asItIs = Lanes::pixel == 1 && margins.left + margins.right == 0;
  const bool dyAsItIs = Lanes::pixel == 1 && g.outs % Vec::lanes == 0;
  const Walk::Steps steps = {asItIs ? ofImage : size.image, size_t(row.inStep) * size.row,
                             size_t(g.col(0).inStep) * g.depth * Lanes::pixel};
  const Walk::Steps dySteps = {dyAsItIs ? ofDy : size.dyImage, size.dyRow, size.dyPixel};
  for (size_t k = 0; k < size.images && !asItIs; k++) {
    clearMargins<Lanes>(high - low, g.width, g.depth, margins, rows + k * size.image);
  }
  const size_t atOnce = rowsAtOnce(size.row, size.dyRow, size_t(row.inStep));
  constexpr size_t together = Lanes::pixel;
  for (size_t n = 0; n < g.batch; n += size.images * together) {
    const size_t left = least(size.images * together, g.batch - n);
    for (size_t k = 0; k * together < left; k++) {
      const size_t some = least(together, left - k * together);
      const float* const image = images + (n + k * together) * ofImage;
      const float* const dyImage = dy + (n + k * together) * ofDy;
      if (!asItIs) {
        packRows<Lanes>(image, g.height, g.width, g.depth, margins, low, high, some,
                        rows + k * size.image);
      }
      float* const slope = slopes + k * size.dyImage;
      if constexpr (Lanes::pixel > 1) {
        packRows<Lanes>(dyImage, g.rows, g.cols, g.outs, {}, from, to, some, slope);
      } else if (!dyAsItIs) {
        packSlopes(dyImage + from * g.cols * g.outs, (to - from) * g.cols, g.outs, slope);
      }
    }
    const float* const packed = asItIs ? images + n * ofImage + low * size.row : rows;
    const float* const packedDy = dyAsItIs ? dy + n * ofDy + from * size.dyRow : slopes;

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
        const Walk walk = {blocksOf(left, together), last - first, g.cols, steps, dySteps};
        const float* const top =
            packed + (size_t(place + ptrdiff_t(first) * row.inStep) - low) * size.row;
        const float* const topDy = packedDy + (first - from) * size.dyRow;
        float* const sumsOfRow = sums + p * (size.sums / row.taps);
        for (size_t at = 0; at < count; at++) {
          const ProductStrip& s = strips[at];
          s.run(top + s.image, topDy + s.dy, walk, sumsOfRow + s.sums, size.dyPixel);
        }
      }
    }
  }

  if constexpr (Lanes::pixel > 1) {
    addLanes(sums, size.sums / Vec::lanes, dfilter);
  } else {
    for (size_t at = 0; at < size.sums; at += size.dyPixel, dfilter += g.outs) {
      const float* const ofTap = sums + at;
      eachVec(g.outs, [=](auto get, auto put) { put(get(ofTap), dfilter); });
    }
  }
}

template <class Lanes>
Slices slicesOfProduct(const Gather& g) {
  Slices s = cut(productOfImages<Lanes>, Lanes::pixel, g.batch, g.rows, productsOfRow(g),
                 packedRowSize<Lanes>(g) + g.cols * vecsOf<Lanes>(g.outs) * Vec::lanes);
  while (countOf(s, g.batch, g.rows) > mostParts && s.images < g.batch) s.images *= 2;
  while (countOf(s, g.batch, g.rows) > mostParts) s.rows *= 2;
  s.scratch = ProductSizes<Lanes>(g, mostRowsSeen(g, s.rows), s.rows).all();
  return s;
}

/** What a pass costs in cycles, about: sums are loaded once for the images visited together, and
 * lanes added up in the end. */
template <class Lanes>
double cyclesOfProduct(const Gather& g) {
  const Window& w = *g.window;
  const double taps = double(w.kernelHeight) * double(w.kernelWidth);
  const double visits = double(g.batch) / double(ProductSizes<Lanes>(g, g.height, g.rows).images);
  const size_t inOneRun = w.dilationWidth == 1 ? size_t(w.kernelWidth) : 1;
  const double sums = visits * taps * double(g.depth) * double(g.outs);
  const double addingUp = Lanes::pixel > 1 ? 10 * sums / double(Vec::lanes) : 0;
  return cyclesOf<Lanes>(workOf(g, sums, inOneRun * g.depth)) + addingUp;
}

Slices filterGradSlices(const Window& w) {
  const Gather g = forwardGather(w);
  return cyclesOfProduct<ByChannel>(g) <= cyclesOfProduct<ByImage>(g)
             ? slicesOfProduct<ByChannel>(g)
             : slicesOfProduct<ByImage>(g);
}

}  // namespace

extern const FilterGradKernels conv2dFilterGrad;
const FilterGradKernels conv2dFilterGrad = {
    .conv2dFilterGrad = filterGradSlices,
};

}  // namespace ISA
