// Twin of src/kernels/move.ts.
#include <string.h>

#include "../kernels.h"
#include "../simd/transpose.h"

namespace ISA {
namespace {

/** Side of the square that is moved at once: its lines stay in the first cache. */
constexpr size_t tile = 16;

void copyTiles(const uint32_t* x, uint32_t* y, const Box& box) {
  const ptrdiff_t xRow = box.row[0], yRow = box.row[1], xCol = box.col[0], yCol = box.col[1];
  for (size_t r0 = 0; r0 < box.rows; r0 += tile) {
    const size_t rEnd = r0 + tile < box.rows ? r0 + tile : box.rows;
    for (size_t c0 = 0; c0 < box.cols; c0 += tile) {
      const size_t cEnd = c0 + tile < box.cols ? c0 + tile : box.cols;
      for (size_t r = r0; r < rEnd; r++) {
        for (size_t c = c0; c < cEnd; c++) {
          y[ptrdiff_t(r) * yRow + ptrdiff_t(c) * yCol] =
              x[ptrdiff_t(r) * xRow + ptrdiff_t(c) * xCol];
        }
      }
    }
  }
}

/** Squares of rows that are columns of x: x goes on from row to row, y from column to column. */
void copyTransposed(const uint32_t* x, uint32_t* y, const Box& box) {
  const ptrdiff_t yRow = box.row[1], xCol = box.col[0];
  const size_t rows = box.rows / Vec::lanes * Vec::lanes, cols = box.cols / Vec::lanes * Vec::lanes;
  for (size_t r = 0; r < rows; r += Vec::lanes) {
    for (size_t c = 0; c < cols; c += Vec::lanes) {
      const float* from = reinterpret_cast<const float*>(x + r + ptrdiff_t(c) * xCol);
      float* to = reinterpret_cast<float*>(y + ptrdiff_t(r) * yRow + c);
      Vec square[Vec::lanes];
#pragma GCC unroll 16
      for (size_t k = 0; k < Vec::lanes; k++) square[k] = Vec::load(from + ptrdiff_t(k) * xCol);
      transpose(square);
#pragma GCC unroll 16
      for (size_t k = 0; k < Vec::lanes; k++) square[k].store(to + ptrdiff_t(k) * yRow);
    }
  }
  const auto rest = [&](size_t r, size_t c, size_t height, size_t width) {
    const Box part = {height, width, {1, yRow}, {xCol, 1}};
    copyTiles(x + r + ptrdiff_t(c) * xCol, y + ptrdiff_t(r) * yRow + c, part);
  };
  rest(0, cols, rows, box.cols - cols);
  rest(rows, 0, box.rows - rows, box.cols);
}

void copy(const uint32_t* x, uint32_t* y, const Box& box) {
  const ptrdiff_t xRow = box.row[0], yRow = box.row[1], xCol = box.col[0], yCol = box.col[1];
  if (xCol == 1 && yCol == 1) {
    for (size_t r = 0; r < box.rows; r++, x += xRow, y += yRow) memmove(y, x, box.cols * 4);
  } else if (xRow == 1 && yCol == 1 && yRow >= ptrdiff_t(box.cols)) {
    copyTransposed(x, y, box);
  } else if (xCol == 1 && yRow == 1 && yCol >= ptrdiff_t(box.rows)) {
    copyTransposed(x, y, {box.cols, box.rows, {xCol, yCol}, {xRow, yRow}});
  } else {
    copyTiles(x, y, box);
  }
}

void fill(uint32_t* y, size_t n, uint32_t word) {
  for (size_t i = 0; i < n; i++) y[i] = word;
}

/** As JavaScript casts: towards zero, modulo 2^32; 0 for NaN and infinity. From 2^63 on floats are
 * multiples of 2^32. */
void castToInts(const float* x, int32_t* y, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const bool small = x[i] > -9223372036854775808.0f && x[i] < 9223372036854775808.0f;
    y[i] = int32_t(uint32_t(int64_t(small ? x[i] : 0)));
  }
}

void castToFloats(const int32_t* x, float* y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = float(x[i]);
}

void gather(const uint32_t* x, const int32_t* indices, uint32_t* y, size_t count, size_t inner) {
  for (size_t k = 0; k < count; k++) {
    const uint32_t* row = x + size_t(indices[k]) * inner;
    if (inner == 1) {
      y[k] = *row;
    } else {
      memcpy(y + k * inner, row, inner * 4);
    }
  }
}

void scatterAdd(const float* x, const int32_t* indices, float* y, size_t count, size_t cols,
                size_t stride) {
  for (size_t k = 0; k < count; k++) {
    const float* from = x + k * stride;
    float* to = y + size_t(indices[k]) * stride;
    for (size_t i = 0; i < cols; i++) to[i] += from[i];
  }
}

void oneHot(const int32_t* indices, float* y, size_t count, size_t depth, float on, float off) {
  for (size_t k = 0; k < count; k++, y += depth) {
    for (size_t j = 0; j < depth; j++) y[j] = off;
    if (indices[k] >= 0 && size_t(indices[k]) < depth) y[indices[k]] = on;
  }
}

}  // namespace

extern const MoveKernels move;
const MoveKernels move = {
    .copy = copy,
    .fill = fill,
    .castToInts = castToInts,
    .castToFloats = castToFloats,
    .gather = gather,
    .scatterAdd = scatterAdd,
    .oneHot = oneHot,
};

}  // namespace ISA
