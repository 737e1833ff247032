// Everything one instruction set offers, under one name: avx2::kernels and its like.
#include "../kernels.h"
#include "../simd/vec.h"

namespace ISA {

extern const ElementwiseKernels elementwise;
extern const ReduceKernels reduce;
extern const MatmulKernels matmul;
extern const MoveKernels move;
extern const RandomKernels random;
extern const OptimiseKernels optimise;
extern const Conv2dKernels conv2d;
extern const FilterGradKernels conv2dFilterGrad;
extern const DepthwiseKernels depthwise;
extern const PoolKernels pool;
extern const ResizeKernels resize;
extern const CeilingKernels ceiling;

extern const Kernels kernels;
const Kernels kernels = {
    .lanes = Vec::lanes,
    .elementwise = &elementwise,
    .reduce = &reduce,
    .matmul = &matmul,
    .move = &move,
    .random = &random,
    .optimise = &optimise,
    .conv2d = &conv2d,
    .conv2dFilterGrad = &conv2dFilterGrad,
    .depthwise = &depthwise,
    .pool = &pool,
    .resize = &resize,
    .ceiling = &ceiling,
};

}  // namespace ISA
