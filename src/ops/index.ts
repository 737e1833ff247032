/** The ops, as users call them. */
export {
  elu,
  gelu,
  leakyRelu,
  logSigmoid,
  relu,
  relu6,
  selu,
  sigmoid,
  softplus,
  tanh,
} from './activation.ts';
export { broadcastTo } from './broadcast.ts';
export {
  conv2d,
  conv2dTranspose,
  depthwiseConv2d,
  type TransposedOptions,
} from './conv2d.ts';
export * from './create.ts';
export { grad, hessian, jacobian, jvp, valueAndGrad, vjp } from './derivatives.ts';
export {
  abs,
  add,
  cast,
  ceil,
  clip,
  clone,
  cos,
  div,
  equal,
  erf,
  exp,
  expm1,
  floor,
  greater,
  greaterEqual,
  isFinite,
  isNan,
  less,
  lessEqual,
  log,
  log1p,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  pow,
  reciprocal,
  round,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
  squaredDifference,
  stopGradient,
  sub,
  tan,
  where,
} from './elementwise.ts';
export { gather, oneHot } from './gather.ts';
export {
  checkGradients,
  type Differentiable,
  type GradientCheckOptions,
  type SlopeCheck,
} from './gradcheck.ts';
export {
  binaryCrossentropy,
  huber,
  type LossOptions,
  meanAbsoluteError,
  meanSquaredError,
  sigmoidCrossEntropyWithLogits,
  softmaxCrossEntropyWithLogits,
  sparseSoftmaxCrossEntropyWithLogits,
} from './losses.ts';
export { matmul } from './matmul.ts';
export {
  concat,
  type PadOptions,
  pad,
  reverse,
  slice,
  split,
  stack,
  stridedSlice,
  tile,
  unstack,
} from './move.ts';
export {
  batchNormalisation,
  batchNormalisationByMoments,
  embeddingLookup,
  layerNormalisation,
  type NormaliseOptions,
} from './normalise.ts';
export { avgPool, maxPool, type PoolOptions } from './pool.ts';
export {
  dropout,
  type RandomOptions,
  randomNormal,
  randomUniform,
  truncatedNormal,
} from './random.ts';
export {
  type Axes,
  all,
  any,
  argmax,
  argmin,
  cumprod,
  cumsum,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  moments,
  norm,
  prod,
  softmax,
  sum,
  variance,
} from './reduce.ts';
export { expandDims, reshape, squeeze, transpose } from './reshape.ts';
export { type ResizeOptions, resizeBilinear, resizeNearest } from './resize.ts';
export type { Padding, PerAxis, WindowOptions } from './window.ts';
