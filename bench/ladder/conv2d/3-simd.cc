// SIMD: each lane is another image, for 1 to 4 channels fill no Vec; numbers are gathered from the
// images one by one
#include "../../../native/simd/vec.h"
#include "../conv2d.h"

using namespace ISA;

namespace {

constexpr size_t tileFilters = 4;

/** Number `at` of Vec::lanes images that are `apart` numbers apart. */
inline Vec gather(const float* x, size_t at, size_t apart, size_t some) {
  float lanes[Vec::lanes] = {};
  for (size_t image = 0; image < some; image++) lanes[image] = x[image * apart + at];
  return Vec::load(lanes);
}

}  // namespace

void conv2d(const float* x, const float* filter, float* y, size_t images, size_t size,
            size_t channels, size_t filters, size_t kernel) {
  const size_t outputs = size - kernel + 1, apart = size * size * channels,
               apartY = outputs * outputs * filters;
  for (size_t image = 0; image < images; image += Vec::lanes) {
    const size_t some = images - image < Vec::lanes ? images - image : Vec::lanes;
    for (size_t place = 0; place < outputs * outputs; place++) {
      const size_t i = place / outputs, j = place % outputs;
      for (size_t o = 0; o < filters; o += tileFilters) {
        const size_t wide = filters - o < tileFilters ? filters - o : tileFilters;
        Vec sums[tileFilters];
        for (Vec& sum : sums) sum = Vec::all(0);
        for (size_t p = 0; p < kernel; p++) {
          for (size_t t = 0; t < kernel * channels; t++) {
            const Vec seen =
                gather(x + image * apart, ((i + p) * size + j) * channels + t, apart, some);
            const float* taps = filter + (p * kernel * channels + t) * filters + o;
            for (size_t f = 0; f < wide; f++) sums[f] = fma(seen, Vec::all(taps[f]), sums[f]);
          }
        }
        for (size_t f = 0; f < wide; f++) {
          float lanes[Vec::lanes];
          sums[f].store(lanes);
          for (size_t n = 0; n < some; n++)
            y[(image + n) * apartY + place * filters + o + f] = lanes[n];
        }
      }
    }
  }
}
