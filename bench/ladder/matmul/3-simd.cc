// SIMD: the same with Vecs of columns: 6 × 2 Vecs of sums fill 16 registers (14 × 2 fill 32)
#include "../../../native/simd/vec.h"
#include "../matmul.h"

using namespace ISA;

namespace {

constexpr size_t tileRows =
    Vec::registers == 16 ? (Vec::lanes == 8 ? 6 : 4) : (Vec::lanes == 16 ? 14 : 8);
constexpr size_t tileVecs = 2;
constexpr size_t tileCols = tileVecs * Vec::lanes;

template <size_t rows>
void tile(const float* a, const float* b, float* y, size_t k, size_t n) {
  Vec sums[rows][tileVecs];
#pragma GCC unroll 16
  for (size_t i = 0; i < rows; i++) {
#pragma GCC unroll 2
    for (size_t v = 0; v < tileVecs; v++) sums[i][v] = Vec::all(0);
  }
  for (size_t l = 0; l < k; l++) {
    Vec of[tileVecs];
#pragma GCC unroll 2
    for (size_t v = 0; v < tileVecs; v++) of[v] = Vec::load(b + l * n + v * Vec::lanes);
#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++) {
      const Vec one = Vec::all(a[i * k + l]);
#pragma GCC unroll 2
      for (size_t v = 0; v < tileVecs; v++) sums[i][v] = fma(one, of[v], sums[i][v]);
    }
  }
#pragma GCC unroll 16
  for (size_t i = 0; i < rows; i++) {
#pragma GCC unroll 2
    for (size_t v = 0; v < tileVecs; v++) sums[i][v].store(y + i * n + v * Vec::lanes);
  }
}

/** What no whole tile covers. */
void rest(const float* a, const float* b, float* y, size_t k, size_t n, size_t rows, size_t cols) {
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < cols; j++) {
      float sum = 0;
      for (size_t l = 0; l < k; l++) sum += a[i * k + l] * b[l * n + j];
      y[i * n + j] = sum;
    }
  }
}

}  // namespace

void matmul(const float* a, const float* b, float* y, size_t m, size_t k, size_t n) {
  const size_t cols = n - n % tileCols;
  for (size_t j = 0; j < cols; j += tileCols) {
    size_t i = 0;
    for (; i + tileRows <= m; i += tileRows) tile<tileRows>(a + i * k, b + j, y + i * n + j, k, n);
    for (; i < m; i++) tile<1>(a + i * k, b + j, y + i * n + j, k, n);
  }
  if (cols < n) rest(a, b + cols, y + cols, k, n, m, n - cols);
}
