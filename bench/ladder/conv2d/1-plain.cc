// plain: one sum after the other, as the formula says
#include "../conv2d.h"

#pragma GCC optimize("no-tree-vectorize")

void conv2d(const float* x, const float* filter, float* y, size_t images, size_t size,
            size_t channels, size_t filters, size_t kernel) {
  const size_t outputs = size - kernel + 1;
  for (size_t image = 0; image < images; image++) {
    for (size_t i = 0; i < outputs; i++) {
      for (size_t j = 0; j < outputs; j++) {
        for (size_t o = 0; o < filters; o++) {
          float sum = 0;
          for (size_t p = 0; p < kernel; p++) {
            for (size_t q = 0; q < kernel; q++) {
              for (size_t c = 0; c < channels; c++) {
                sum += x[((image * size + i + p) * size + j + q) * channels + c] *
                       filter[((p * kernel + q) * channels + c) * filters + o];
              }
            }
          }
          *y++ = sum;
        }
      }
    }
  }
}
