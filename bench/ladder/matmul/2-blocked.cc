// blocked: 4 × 2 sums in registers, so that each number that is read serves several products
#include "../matmul.h"

#pragma GCC optimize("no-tree-vectorize")

namespace {

constexpr size_t tileRows = 4, tileCols = 2;

void tile(const float* a, const float* b, float* y, size_t k, size_t n, size_t rows, size_t cols) {
  float sums[tileRows][tileCols] = {};
  if (rows == tileRows && cols == tileCols) {
    for (size_t l = 0; l < k; l++) {
#pragma GCC unroll 4
      for (size_t i = 0; i < tileRows; i++) {
#pragma GCC unroll 2
        for (size_t j = 0; j < tileCols; j++) sums[i][j] += a[i * k + l] * b[l * n + j];
      }
    }
  } else {
    for (size_t l = 0; l < k; l++) {
      for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < cols; j++) sums[i][j] += a[i * k + l] * b[l * n + j];
      }
    }
  }
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < cols; j++) y[i * n + j] = sums[i][j];
  }
}

size_t least(size_t a, size_t b) { return a < b ? a : b; }

}  // namespace

void matmul(const float* a, const float* b, float* y, size_t m, size_t k, size_t n) {
  for (size_t i = 0; i < m; i += tileRows) {
    for (size_t j = 0; j < n; j += tileCols) {
      tile(a + i * k, b + j, y + i * n + j, k, n, least(tileRows, m - i), least(tileCols, n - j));
    }
  }
}
