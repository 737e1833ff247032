/**
 * The native kernels as C++ sees them: one table per instruction set, a struct of function pointers
 * per family, named as in src/kernels/. Every kernel is single-threaded and trusts its arguments;
 * addon.cc checks them and hands out slices. A slice of a problem is a smaller problem, so no
 * kernel knows a thread exists.
 */
#pragma once
#include <cstddef>
#include <cstdint>

/**
 * How an elementwise kernel walks up to three inputs over rows x cols numbers; the output is in row
 * order. Strides count elements, 0 repeats.
 */
struct Box {
  size_t rows, cols;
  ptrdiff_t row[3], col[3];
};

using UnaryKernel = void (*)(const float* x, float* y, size_t n);
using UnaryWithKernel = void (*)(const float* x, float* y, size_t n, double alpha);
using BinaryKernel = void (*)(const float* a, const float* b, float* y, const Box& box);
using ComparisonKernel = void (*)(const float* a, const float* b, int32_t* y, const Box& box);
using LogicKernel = void (*)(const int32_t* a, const int32_t* b, int32_t* y, const Box& box);
using TruthKernel = void (*)(const float* x, int32_t* y, size_t n);

struct ElementwiseKernels {
  BinaryKernel add, sub, mul, div, pow, maximum, minimum, squaredDifference;
  BinaryKernel reluGrad, sigmoidGrad, tanhGrad;
  ComparisonKernel equal, notEqual, less, lessEqual, greater, greaterEqual;
  LogicKernel logicalAnd, logicalOr, logicalXor;
  void (*logicalNot)(const int32_t* x, int32_t* y, size_t n);
  TruthKernel isNan, isFinite;
  void (*where)(const int32_t* condition, const float* a, const float* b, float* y, const Box& box);
  UnaryKernel neg, square, sqrt, rsqrt, reciprocal, exp, expm1, log, log1p;
  UnaryKernel abs, sign, floor, ceil, round, sin, cos, tan, erf;
  void (*clip)(const float* x, float* y, size_t n, double low, double high);
  UnaryKernel sigmoid, tanh, relu, relu6, softplus;
  UnaryWithKernel leakyRelu, elu;
  void (*sigmoidCrossEntropy)(const float* labels, const float* logits, float* y, size_t n);
};

/** Part of one long row folded to one number; parts are folded again in order, in double precision.
 */
using FoldKernel = double (*)(const float* x, size_t n);
/** y[i] = x[0,i] folded with … x[n-1,i] for i < cols; rows of x are `stride` apart. */
using FoldColumnsKernel = void (*)(const float* x, float* y, size_t n, size_t cols, size_t stride);
/** The same for truths and for places: x is [n, cols] with rows `stride` apart. */
using TruthColumnsKernel = void (*)(const int32_t* x, int32_t* y, size_t n, size_t cols,
                                    size_t stride);
using PlaceColumnsKernel = void (*)(const float* x, int32_t* y, size_t n, size_t cols,
                                    size_t stride);
/** A running fold down the columns of x [n, cols], rows `stride` apart in x and y. */
using RunningKernel = void (*)(const float* x, float* y, size_t n, size_t cols, size_t stride,
                               bool exclusive, bool reverse);
using RowsKernel = void (*)(const float* x, float* y, size_t rows, size_t n);

struct ReduceKernels {
  FoldKernel sum, prod, max, min;
  FoldColumnsKernel sumColumns, prodColumns, maxColumns, minColumns;
  TruthColumnsKernel any, all;
  PlaceColumnsKernel argmax, argmin;
  RunningKernel cumsum, cumprod;
  RowsKernel softmax, logSoftmax;
};

/** What becomes of each sum of a product or a convolution before anybody reads it:
 * src/kernels/epilogue.ts. */
struct Epilogue {
  enum After : int32_t { none, relu, sigmoid, tanh, reluGrad, sigmoidGrad, tanhGrad };
  /** One number for each column or channel, or null. */
  const float* bias = nullptr;
  After after = none;
  /** What a gradient takes beside the sum; it lies as the output does. Null for the others. */
  const float* beside = nullptr;

  /** The same for what begins `place` numbers further in the output, in column `col`. */
  Epilogue from(ptrdiff_t place, size_t col) const {
    return {bias == nullptr ? nullptr : bias + col, after,
            beside == nullptr ? nullptr : beside + place};
  }
};

/** Memory that is wanted after a product, which asks for it while it computes. */
struct Wanted {
  struct Range {
    const float* begin;
    size_t size;
  };
  static constexpr size_t most = 14;
  Range ranges[most];  // count of them
  size_t count = 0;
  /** Whether it will be written, so that other processors are to give it up. */
  bool changes = false;
  /** How far it has come. */
  size_t range = 0, asked = 0;

  void add(const float* begin, size_t size) {
    if (size > 0 && count < most) ranges[count++] = {begin, size};
  }
};

/** One block of a product: y[m,n] = a[m,k] b[k,n], finished. Any strides for a and b, unit column
 * stride for y unless it is a transpose (yCol). */
struct Product {
  const float* a;
  const float* b;
  float* y;
  size_t m, k, n;
  ptrdiff_t aRow, aCol, bRow, bCol, yRow;
  Epilogue end;
  /** Whether a comes from behind the second cache. */
  bool isFar = false;
  /** Null if there is nothing. */
  Wanted* wanted = nullptr;
  /** Not 1 where y is the transpose of what is wanted. */
  ptrdiff_t yCol = 1;
};

struct MatmulKernels {
  /** `scratch` holds scratchSize floats, aligned to 64 bytes. */
  void (*matmul)(const Product& product, float* scratch);
  size_t scratchSize;
  /** The smallest block that uses the registers well. */
  size_t leastRows, leastCols;
};

struct MoveKernels {
  /** Words are float32 or int32: moving looks at neither. The box walks x (0) and y (1). */
  void (*copy)(const uint32_t* x, uint32_t* y, const Box& box);
  void (*fill)(uint32_t* y, size_t n, uint32_t word);
  void (*castToInts)(const float* x, int32_t* y, size_t n);
  void (*castToFloats)(const int32_t* x, float* y, size_t n);
  /** y[k,i] = x[indices[k],i], rows of `inner` words. */
  void (*gather)(const uint32_t* x, const int32_t* indices, uint32_t* y, size_t count,
                 size_t inner);
  /** y[indices[k],i] += x[k,i] for i < cols; rows of x and y are `stride` apart. */
  void (*scatterAdd)(const float* x, const int32_t* indices, float* y, size_t count, size_t cols,
                     size_t stride);
  void (*oneHot)(const int32_t* indices, float* y, size_t count, size_t depth, float on, float off);
};

/** Where a slice of a random stream begins: the key, and the counter of its first block of four. */
struct Stream {
  uint32_t key0, key1;
  uint64_t counter;
};

using RandomKernel = void (*)(Stream stream, float* y, size_t n, double first, double second);

struct RandomKernels {
  RandomKernel randomUniform, randomNormal, truncatedNormal;
  void (*randomInteger)(Stream stream, int32_t* y, size_t n, double low, double high);
};

struct OptimiseKernels {
  /** velocity is null without momentum. */
  void (*sgd)(float* w, const float* g, float* velocity, size_t n, float rate, double momentum,
              bool nesterov);
  /** mean is null unless centered, p is null without momentum. */
  void (*rmsprop)(float* w, const float* g, float* s, float* mean, float* p, size_t n, float rate,
                  double rho, double momentum, double epsilon);
  void (*adagrad)(float* w, const float* g, float* s, size_t n, float rate, double epsilon);
  void (*adam)(float* w, const float* g, float* m, float* v, size_t n, float rate, float decay,
               double beta1, double beta2, double epsilon);
};

/** A window that slides over images: the sizes of src/kernels/window.ts, in the same order, and how
 * a convolution's output is finished. */
struct Window {
  static constexpr size_t sizes = 15;
  int32_t batch, height, width, channels, rows, cols, filters, kernelHeight, kernelWidth,
      strideHeight, strideWidth, dilationHeight, dilationWidth, top, left;
  Epilogue end;
};

/**
 * One pass over all images of the window. `b` is null where a pass has one input. If the output are
 * images: their rows from … to − 1; if it is a filter: the part of these output rows in its sums.
 * `scratch` is aligned to 64 bytes.
 */
using WindowRun = void (*)(const float* a, const float* b, float* y, const Window& w, size_t from,
                           size_t to, float* scratch);

/** How a pass is best done: by which run, on how many images and rows of its output at a time, with
 * how many floats of scratch memory. */
struct Slices {
  WindowRun run;
  size_t images, rows, scratch;
};

using WindowPass = Slices (*)(const Window& w);

struct Conv2dKernels {
  WindowPass conv2d, conv2dInputGrad;
};

struct FilterGradKernels {
  WindowPass conv2dFilterGrad;
};

struct DepthwiseKernels {
  WindowPass depthwiseConv2d, depthwiseConv2dInputGrad, depthwiseConv2dFilterGrad;
};

struct PoolKernels {
  WindowPass maxPool, maxPoolGrad, maxPoolPick, avgPool, avgPoolGrad;
};

/** An image of [height, width, channels] in another size, [rows, cols, channels]. */
struct Resize {
  size_t height, width, channels, rows, cols;
  bool alignCorners, halfPixelCenters;
};

struct ResizeKernels {
  /** So many images; `scratch` holds scratchSize floats. */
  void (*resizeBilinear)(const float* x, float* y, const Resize& resize, size_t images,
                         float* scratch);
  void (*resizeBilinearGrad)(const float* dy, float* dx, const Resize& resize, size_t images,
                             float* scratch);
  size_t (*scratchSize)(const Resize& resize);
};

/** No kernels of formulas, but what this instruction set can do at most. */
struct CeilingKernels {
  float (*multiplyAdds)(size_t rounds, float x, float y);
  size_t flopsPerRound;
  void (*triad)(const float* a, const float* b, float* y, size_t n);
};

/** The table of one instruction set: `avx2::kernels` and its like, built by table.cc. */
struct Kernels {
  size_t lanes;
  const ElementwiseKernels* elementwise;
  const ReduceKernels* reduce;
  const MatmulKernels* matmul;
  const MoveKernels* move;
  const RandomKernels* random;
  const OptimiseKernels* optimise;
  const Conv2dKernels* conv2d;
  const FilterGradKernels* conv2dFilterGrad;
  const DepthwiseKernels* depthwise;
  const PoolKernels* pool;
  const ResizeKernels* resize;
  const CeilingKernels* ceiling;
};
