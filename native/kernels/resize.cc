// Twin of src/kernels/resize.ts. Rows are mixed, then columns; the gradient is the same with the
// mixes turned around: what a place was mixed into, with the same weights. Lanes are channels, or
// where these are few, as many rows of the result side by side.
#include "../simd/transpose.h"
#include "slide.h"

namespace ISA {
namespace {

/** A place of the source along an axis, and its weight in a mix. */
struct Part {
  uint32_t place;
  float weight;
};

/** Result place i along an axis is mixed from parts[starts[i]] to parts[starts[i + 1] - 1]. */
struct Mixes {
  size_t sources, results;
  uint32_t* starts;
  Part* parts;

  /** y = the mix of result place i; each place of x has n numbers. Put writes the last Vec. */
  template <class Put>
  void mix(const float* x, size_t i, size_t n, float* y, Put putLast) const {
    const Part* const from = parts + starts[i];
    const Part* const to = parts + starts[i + 1];
    if (to - from == 2) {
      const float* const a = x + from[0].place * n;
      const float* const b = x + from[1].place * n;
      const Vec ofA = Vec::all(from[0].weight), ofB = Vec::all(from[1].weight);
      each(n, y, putLast, [=](auto get) { return fma(ofB, get(b), ofA * get(a)); });
    } else {
      each(n, y, putLast, [=](auto get) {
        Vec sum = Vec::all(0);
        for (const Part* part = from; part < to; part++) {
          sum = fma(Vec::all(part->weight), get(x + part->place * n), sum);
        }
        return sum;
      });
    }
  }

 private:
  template <class Put, class Sum>
  static void each(size_t n, float* y, Put putLast, Sum sum) {
    size_t i = 0;
    for (; i + Vec::lanes <= n; i += Vec::lanes) {
      sum([i](const float* p) { return Vec::load(p + i); }).store(y + i);
    }
    if (i == n) return;
    const size_t some = n - i;
    putLast(sum([=](const float* p) { return Vec::loadFirst(p + i, some); }), y + i, some);
  }
};

/** The two parts of each of outSize places; they lie in float32 where the reference has them. */
void placeParts(size_t size, size_t outSize, const Resize& r, Part* parts) {
  const float scale = r.alignCorners && outSize > 1 ? float(double(size - 1) / double(outSize - 1))
                                                    : float(double(size) / double(outSize));
  for (size_t i = 0; i < outSize; i++) {
    const float at = r.halfPixelCenters ? float((double(i) + 0.5) * double(scale)) - 0.5f
                                        : float(double(i) * double(scale));
    const ptrdiff_t towardsZero = ptrdiff_t(at);
    const ptrdiff_t below = towardsZero - (float(towardsZero) > at);
    const ptrdiff_t above = below + (float(below) < at);
    const float share = at - float(below);
    parts[2 * i] = {uint32_t(below < 0 ? 0 : least(size_t(below), size - 1)), 1 - share};
    parts[2 * i + 1] = {uint32_t(least(size_t(above), size - 1)), share};
  }
}

/** Floats of memory for the mixes of one axis. */
size_t sizeOfMixes(size_t size, size_t outSize) {
  return lines(most(size, outSize) + 2 + 8 * outSize);
}

/** From `size` places to `outSize`, or where `backward` the other way round. */
Mixes mixesOf(size_t size, size_t outSize, const Resize& r, bool backward, float* memory) {
  auto* const forward = reinterpret_cast<Part*>(memory);
  Part* const turned = forward + 2 * outSize;
  auto* const starts = reinterpret_cast<uint32_t*>(turned + 2 * outSize);
  placeParts(size, outSize, r, forward);
  if (!backward) {
    for (size_t i = 0; i <= outSize; i++) starts[i] = uint32_t(2 * i);
    return {size, outSize, starts, forward};
  }
  // Counted two places on, added up, then used as the ends of the runs written so far: so that
  // starts[place] is in the end where the run of `place` begins.
  for (size_t place = 0; place < size + 2; place++) starts[place] = 0;
  for (size_t i = 0; i < 2 * outSize; i++) starts[forward[i].place + 2]++;
  for (size_t place = 2; place < size + 2; place++) starts[place] += starts[place - 1];
  for (size_t i = 0; i < 2 * outSize; i++) {
    turned[starts[forward[i].place + 1]++] = {uint32_t(i / 2), forward[i].weight};
  }
  return {outSize, size, starts, turned};
}

size_t rowsTogether(const Resize& r) { return r.channels < Vec::lanes ? Vec::lanes : 1; }

template <bool backward>
void resizeImages(const float* x, float* y, const Resize& r, size_t images, float* scratch) {
  float* const ofColumns = scratch + sizeOfMixes(r.height, r.rows);
  const Mixes rows = mixesOf(r.height, r.rows, r, backward, scratch);
  const Mixes columns = mixesOf(r.width, r.cols, r, backward, ofColumns);
  const size_t numbers = columns.sources * r.channels, results = columns.results * r.channels;
  const size_t together = rowsTogether(r), whole = wholeVecs(numbers);
  float* const mixed = ofColumns + sizeOfMixes(r.width, r.cols);
  float* const lanes = mixed + lines(together * whole);
  float* const mixedLanes = lanes + lines(together * whole);
  const auto putWhole = [](Vec last, float* p, size_t) { last.store(p); };
  const auto putSome = [](Vec last, float* p, size_t some) { last.storeFirst(p, some); };

  const size_t all = images * rows.results;
  for (size_t first = 0; first < all; first += together) {
    const size_t count = least(together, all - first);
    for (size_t k = 0; k < count; k++) {
      const size_t image = (first + k) / rows.results, row = (first + k) % rows.results;
      const float* const from = x + image * rows.sources * numbers;
      rows.mix(from, row, numbers, mixed + k * whole, putWhole);
    }
    float* const to = y + first * results;
    if (together == 1) {
      for (size_t j = 0; j < columns.results; j++) {
        columns.mix(mixed, j, r.channels, to + j * r.channels, putSome);
      }
    } else {
      const size_t depth = r.channels * Vec::lanes;
      intoLanes(mixed, whole, count, whole, lanes);
      for (size_t j = 0; j < columns.results; j++) {
        columns.mix(lanes, j, depth, mixedLanes + j * depth, putWhole);
      }
      outOfLanes(mixedLanes, results, to, results, count);
    }
  }
}

size_t scratchSize(const Resize& r) {
  const size_t row = wholeVecs(r.channels * most(r.width, r.cols));
  return sizeOfMixes(r.height, r.rows) + sizeOfMixes(r.width, r.cols) +
         3 * lines(rowsTogether(r) * row);
}

}  // namespace

extern const ResizeKernels resize;
const ResizeKernels resize = {
    .resizeBilinear = resizeImages<false>,
    .resizeBilinearGrad = resizeImages<true>,
    .scratchSize = scratchSize,
};

}  // namespace ISA
