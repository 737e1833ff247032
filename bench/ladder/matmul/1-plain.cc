// plain: one sum after the other, as the formula says
#include "../matmul.h"

#pragma GCC optimize("no-tree-vectorize")

void matmul(const float* a, const float* b, float* y, size_t m, size_t k, size_t n) {
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < n; j++) {
      float sum = 0;
      for (size_t l = 0; l < k; l++) sum += a[i * k + l] * b[l * n + j];
      y[i * n + j] = sum;
    }
  }
}
