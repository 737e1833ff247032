// blocked: up to 2 columns × 4 filters of sums in registers, so that each number that is read
// serves several products
#include "../conv2d.h"

#pragma GCC optimize("no-tree-vectorize")

namespace {

constexpr size_t tileCols = 2, tileFilters = 4;

/** One tile of a row; x is the pixel that its first tap sees. `cols` and `some` are constants where
 * it matters. */
inline __attribute__((always_inline)) void tile(const float* x, const float* filter, float* y,
                                                size_t size, size_t channels, size_t filters,
                                                size_t kernel, size_t cols, size_t some) {
  float sums[tileCols][tileFilters] = {};
  for (size_t p = 0; p < kernel; p++) {
    // The taps of one row of the kernel lie side by side, and so do the numbers they see.
    const float* row = x + p * size * channels;
    const float* taps = filter + p * kernel * channels * filters;
    for (size_t t = 0; t < kernel * channels; t++) {
      for (size_t j = 0; j < cols; j++) {
        for (size_t o = 0; o < some; o++)
          sums[j][o] += row[j * channels + t] * taps[t * filters + o];
      }
    }
  }
  for (size_t j = 0; j < cols; j++) {
    for (size_t o = 0; o < some; o++) y[j * filters + o] = sums[j][o];
  }
}

size_t least(size_t a, size_t b) { return a < b ? a : b; }

}  // namespace

void conv2d(const float* x, const float* filter, float* y, size_t images, size_t size,
            size_t channels, size_t filters, size_t kernel) {
  const size_t outputs = size - kernel + 1;
  for (size_t image = 0; image < images; image++) {
    for (size_t i = 0; i < outputs; i++) {
      for (size_t j = 0; j < outputs; j += tileCols) {
        const float* first = x + ((image * size + i) * size + j) * channels;
        float* to = y + ((image * outputs + i) * outputs + j) * filters;
        for (size_t o = 0; o < filters; o += tileFilters) {
          const size_t cols = least(tileCols, outputs - j), some = least(tileFilters, filters - o);
          if (cols == tileCols && some == tileFilters) {
            tile(first, filter + o, to + o, size, channels, filters, kernel, tileCols, tileFilters);
          } else {
            tile(first, filter + o, to + o, size, channels, filters, kernel, cols, some);
          }
        }
      }
    }
  }
}
