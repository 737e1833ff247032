/** Twin of src/kernels/epilogue.ts: what becomes of sums while they are still in the first cache.
 */
#pragma once
#include "../kernels.h"
#include "../simd/activations.h"
#include "../simd/denormals.h"
#include "../simd/each-vec.h"

namespace ISA {
namespace {

/** y = f(y + bias, beside) over one row; bias may be null, and f takes `beside` only if it is a
 * gradient. */
template <class F>
inline void finishRow(float* y, const float* bias, const float* beside, size_t n, F f) {
  eachVec(n, [=](auto get, auto put) {
    const Vec sum = bias == nullptr ? get(y) : get(y) + get(bias);
    put(f(sum, beside == nullptr ? Vec::all(0) : get(beside)), y);
  });
}

template <class F>
inline void finishEach(const Epilogue& e, float* y, ptrdiff_t yRow, size_t rows, size_t cols, F f) {
  for (size_t i = 0; i < rows; i++) {
    const ptrdiff_t at = ptrdiff_t(i) * yRow;
    finishRow(y + at, e.bias, e.beside == nullptr ? nullptr : e.beside + at, cols, f);
  }
}

/** Rows of sums, yRow apart, as `beside` is; the bias is one row. The bits are those of kernels of
 * their own, which keep denormal numbers. */
inline void finish(const Epilogue& e, float* y, ptrdiff_t yRow, size_t rows, size_t cols) {
  if (e.after == Epilogue::none && e.bias == nullptr) return;
  if (e.bias == nullptr && yRow == ptrdiff_t(cols)) cols *= rows, rows = 1;
  const KeepDenormals here;
  switch (e.after) {
    case Epilogue::none:
      return finishEach(e, y, yRow, rows, cols, [](Vec x, Vec) { return x; });
    case Epilogue::relu:
      return finishEach(e, y, yRow, rows, cols, [](Vec x, Vec) { return relu(x); });
    case Epilogue::sigmoid:
      return finishEach(e, y, yRow, rows, cols, [](Vec x, Vec) { return sigmoid(x); });
    case Epilogue::tanh:
      return finishEach(e, y, yRow, rows, cols, [](Vec x, Vec) { return tanh(x); });
    case Epilogue::reluGrad:
      return finishEach(e, y, yRow, rows, cols, [](Vec dy, Vec x) { return reluGrad(dy, x); });
    case Epilogue::sigmoidGrad:
      return finishEach(e, y, yRow, rows, cols, [](Vec dy, Vec x) { return sigmoidGrad(dy, x); });
    case Epilogue::tanhGrad:
      return finishEach(e, y, yRow, rows, cols, [](Vec dy, Vec x) { return tanhGrad(dy, x); });
  }
}

}  // namespace
}  // namespace ISA
