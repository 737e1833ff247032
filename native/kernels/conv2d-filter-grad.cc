// Twin of src/kernels/conv2d.ts: the gradient of the filter, sums over pixels. A tile of
// neighbouring numbers of the image and channels of dy stays in registers over rows of pixels;
// where a row of taps sees few numbers, a tile takes several. The ladder is that of conv2d.cc. With
// images as lanes, they are added up in the end.
#include "conv2d-filter-grad-tiles.h"
#include "conv2d.h"

namespace ISA {
namespace {

/** Some of the sums of a row of taps, and where they begin in image, dy and sums. */
struct ProductStrip {
  size_t outs, width, image, dy, sums;
};

/** Neighbouring taps of a row see neighbouring numbers, if nothing lies between them: one run. */
struct Runs {
  size_t count, length;
  explicit Runs(const Gather& g) {
    const Axis col = g.col(0);
    count = col.tapStep == 1 ? 1 : col.taps;
    length = col.taps * g.depth / most(1, count);
  }
};

/** The rows of taps that a tile takes together: several only if few numbers of one image are all
 * that a row sees. */
template <class Lanes>
size_t tapRowsTogether(const Gather& g) {
  if (Lanes::pixel > 1) return 1;
  const size_t vecs = vecsOf<Lanes>(g.outs), blocks = blocksOf(vecs, Lanes::mostOuts);
  const size_t fit = mostCols(most(1, blocksOf(vecs, most(1, blocks)))) / most(1, Runs(g).length);
  return most(1, least(fit, mostTapRows));
}

/** The strips, if there is room for them; how many there are. */
template <class Lanes>
size_t listProductStrips(const Gather& g, ProductStrip* strips) {
  const Axis col = g.col(0);
  const auto [runs, length] = Runs(g);
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
        strips[listed + strip] = {outs, width,
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

/** The rows of taps from … to − 1. */
struct TapRows {
  size_t from, to;
  TapRows within(size_t low, size_t high) const { return {most(from, low), least(to, high)}; }
  bool operator==(const TapRows& other) const { return from == other.from && to == other.to; }
};

/** Sizes of the memory that output rows from … to − 1 take. */
template <class Lanes>
struct ProductSizes {
  size_t dyPixel, sums, strips, tapRows, row, dyRow, image, dyImage, images;

  ProductSizes(const Gather& g, size_t rowsIn, size_t rowsOut) {
    dyPixel = vecsOf<Lanes>(g.outs) * Vec::lanes;
    sums = g.row(0).taps * g.col(0).taps * g.depth * dyPixel;
    strips = lines(listProductStrips<Lanes>(g, nullptr) * sizeof(ProductStrip) / sizeof(float));
    tapRows = lines(rowsOut * sizeof(TapRows) / sizeof(float));
    row = packedRowSize<Lanes>(g);
    dyRow = g.cols * dyPixel;
    image = lines(rowsIn * row);
    dyImage = lines(rowsOut * dyRow);
    images = imagesAtOnce(image + dyImage, g.batch, Lanes::pixel);
  }
  /** For fewer rows too, of which more images are visited at once. */
  size_t all() const { return lines(sums) + strips + tapRows + most(mostNear, image + dyImage); }
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
  auto* const tapRows = reinterpret_cast<TapRows*>(reinterpret_cast<float*>(strips) + size.strips);
  float* const rows = reinterpret_cast<float*>(tapRows) + size.tapRows;
  float* const slopes = rows + size.images * size.image;
  clear(sums, size.sums);
  const size_t count = listProductStrips<Lanes>(g, strips);
  for (size_t i = from; i < to; i++) {
    row.seen(i, 1, g.height, tapRows[i - from].from, tapRows[i - from].to);
  }

  const size_t ofImage = g.height * g.width * g.depth, ofDy = g.rows * g.cols * g.outs;
  const bool asItIs = Lanes::pixel == 1 && margins.left + margins.right == 0;
  for (size_t k = 0; k < size.images && !asItIs; k++) {
    clearMargins<Lanes>(high - low, g.width, g.depth, margins, rows + k * size.image);
  }
  Walk walk = {.images = 0,
               .rows = 0,
               .cols = g.cols,
               .x = {asItIs ? ofImage : size.image, size_t(row.inStep) * size.row,
                     size_t(g.col(0).inStep) * g.depth * Lanes::pixel},
               .dy = {},
               .xTapRow = size_t(row.tapStep) * size.row,
               .sumsTapRow = size.sums / row.taps,
               .sumsTap = size.dyPixel};
  const size_t atOnce = rowsAtOnce(size.row, size.dyRow, size_t(row.inStep));
  const size_t groups = blocksOf(row.taps, tapRowsTogether<Lanes>(g));
  constexpr size_t together = Lanes::pixel;
  for (size_t n = 0; n < g.batch; n += size.images * together) {
    const size_t left = least(size.images * together, g.batch - n);
    // The last Vec of a pixel may reach into the next pixels, but not beyond the last image: sums
    // of lanes that no channel fills are nobody's.
    const bool fits = g.outs % Vec::lanes == 0 || (g.batch - n - left) * ofDy >= Vec::lanes;
    const bool dyAsItIs = Lanes::pixel == 1 && fits;
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
    const float* const packedDy = dyAsItIs ? dy + n * ofDy + from * g.cols * g.outs : slopes;
    walk.images = blocksOf(left, together);
    walk.dy = dyAsItIs ? Walk::Steps{ofDy, g.cols * g.outs, g.outs}
                       : Walk::Steps{size.dyImage, size.dyRow, size.dyPixel};

    for (size_t i0 = from; i0 < to; i0 += atOnce) {
      const size_t i1 = least(to, i0 + atOnce);
      for (size_t group = 0; group < groups; group++) {
        const size_t p0 = blockFrom(group, groups, row.taps),
                     p1 = blockFrom(group + 1, groups, row.taps);
        for (size_t i = i0, next; i < i1; i = next) {
          // Output rows that see the same rows of taps.
          const TapRows taps = tapRows[i - from].within(p0, p1);
          for (next = i + 1; next < i1 && tapRows[next - from].within(p0, p1) == taps;) next++;
          if (taps.from >= taps.to) continue;
          walk.rows = next - i;
          const ptrdiff_t place =
              row.at + ptrdiff_t(taps.from) * row.tapStep + ptrdiff_t(i) * row.inStep;
          const float* const top = packed + (size_t(place) - low) * size.row;
          const float* const topDy = packedDy + (i - from) * walk.dy.row;
          float* const ofTaps = sums + taps.from * walk.sumsTapRow;
          for (size_t at = 0; at < count; at++) {
            const ProductStrip& s = strips[at];
            productTile<Lanes>(taps.to - taps.from, s.outs, s.width)(top + s.image, topDy + s.dy,
                                                                     walk, ofTaps + s.sums);
          }
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
  const double sums = visits * taps * double(g.depth) * double(g.outs);
  const double addingUp = Lanes::pixel > 1 ? 10 * sums / double(Vec::lanes) : 0;
  const size_t neighbours =
      Runs(g).length * least(tapRowsTogether<Lanes>(g), size_t(w.kernelHeight));
  return cyclesOf<Lanes>(workOf(g, sums, neighbours)) + addingUp;
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
