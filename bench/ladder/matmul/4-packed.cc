// packed: the panel of b that a column of tiles reads is copied into one piece that stays in the
// first cache
#include "../../../native/simd/vec.h"
#include "../matmul.h"

using namespace ISA;

namespace {

constexpr size_t tileRows =
    Vec::registers == 16 ? (Vec::lanes == 8 ? 6 : 4) : (Vec::lanes == 16 ? 14 : 8);
constexpr size_t tileVecs = 2;
constexpr size_t tileCols = tileVecs * Vec::lanes;
/** Rows of b in a panel: 320 × 16 floats are 20 KiB. */
constexpr size_t depth = 320;

/** Adds to y what `k` rows of the panel give; the first run of rows begins it. */
template <size_t rows>
void tile(const float* a, size_t aRow, const float* panel, float* y, size_t k, size_t n,
          bool begin) {
  Vec sums[rows][tileVecs];
#pragma GCC unroll 16
  for (size_t i = 0; i < rows; i++) {
#pragma GCC unroll 2
    for (size_t v = 0; v < tileVecs; v++)
      sums[i][v] = begin ? Vec::all(0) : Vec::load(y + i * n + v * Vec::lanes);
  }
  for (size_t l = 0; l < k; l++) {
    Vec of[tileVecs];
#pragma GCC unroll 2
    for (size_t v = 0; v < tileVecs; v++) of[v] = Vec::load(panel + l * tileCols + v * Vec::lanes);
#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++) {
      const Vec one = Vec::all(a[i * aRow + l]);
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
  alignas(64) float panel[depth * tileCols];
  const size_t cols = n - n % tileCols;
  for (size_t from = 0; from < k; from += depth) {
    const size_t some = k - from < depth ? k - from : depth;
    for (size_t j = 0; j < cols; j += tileCols) {
      for (size_t l = 0; l < some; l++) {
        for (size_t v = 0; v < tileCols; v += Vec::lanes) {
          Vec::load(b + (from + l) * n + j + v).store(panel + l * tileCols + v);
        }
      }
      const bool begin = from == 0;
      size_t i = 0;
      for (; i + tileRows <= m; i += tileRows) {
        tile<tileRows>(a + i * k + from, k, panel, y + i * n + j, some, n, begin);
      }
      for (; i < m; i++) tile<1>(a + i * k + from, k, panel, y + i * n + j, some, n, begin);
    }
  }
  if (cols < n) rest(a, b + cols, y + cols, k, n, m, n - cols);
}
