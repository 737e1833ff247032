import type { Kernels } from './reference.ts';

/**
 * What each kernel does with its array arguments, in order: `r` reads, `w` writes every element, `p` writes part and
 * leaves the rest, `m` reads and changes in place. Numbers and booleans are `n`. What a recorded call may be moved
 * past, left out or joined with follows from this and from the group it stands in.
 */
export type Effects = string;

type Group = { readonly [K in keyof Kernels]?: Effects };

const unary = 'rw';
const binary = 'rrwr';
const reduction = 'rwnnn';
const running = 'rwnnnnn';
/** Bias, which epilogue, and what lies beside; left out where there is none. */
const epilogue = 'rnr';

/** Position i of the output depends on position i of the inputs only, or on a row or number that is repeated. */
const elementwise = {
  add: binary,
  sub: binary,
  mul: binary,
  div: binary,
  pow: binary,
  maximum: binary,
  minimum: binary,
  squaredDifference: binary,
  equal: binary,
  notEqual: binary,
  less: binary,
  lessEqual: binary,
  greater: binary,
  greaterEqual: binary,
  logicalAnd: binary,
  logicalOr: binary,
  logicalXor: binary,
  logicalNot: unary,
  isNan: unary,
  isFinite: unary,
  where: 'rrrwr',
  neg: unary,
  square: unary,
  sqrt: unary,
  rsqrt: unary,
  reciprocal: unary,
  exp: unary,
  expm1: unary,
  log: unary,
  log1p: unary,
  abs: unary,
  sign: unary,
  floor: unary,
  ceil: unary,
  round: unary,
  clip: 'rwnn',
  sin: unary,
  cos: unary,
  tan: unary,
  erf: unary,
  sigmoid: unary,
  tanh: unary,
  relu: unary,
  reluGrad: binary,
  sigmoidGrad: binary,
  tanhGrad: binary,
  relu6: unary,
  leakyRelu: 'rwn',
  elu: 'rwn',
  softplus: unary,
  sigmoidCrossEntropy: 'rrw',
} satisfies Group;

/** Optimisers: each call changes one variable, and what it writes lies in the calls of no other. */
const updates = {
  sgd: 'mrmrnn',
  rmsprop: 'mrmmmrnnn',
  adagrad: 'mrmrn',
  adam: 'mrmmrnnn',
} satisfies Group;

const others = {
  // reduce
  sum: reduction,
  prod: reduction,
  max: reduction,
  min: reduction,
  any: reduction,
  all: reduction,
  argmax: reduction,
  argmin: reduction,
  cumsum: running,
  cumprod: running,
  softmax: 'rwnn',
  logSoftmax: 'rwnn',
  // matmul
  matmul: `rrwnnnnnnnnnn${epilogue}`,
  // move
  fill: 'wn',
  cast: unary,
  copy: 'rprnn',
  gather: 'rrwnnn',
  scatterAdd: 'rrwnnn',
  oneHot: 'rwnnn',
  // random
  randomUniform: 'mwnn',
  randomInteger: 'mwnn',
  randomNormal: 'mwnn',
  truncatedNormal: 'mwnn',
  // conv2d, pool
  conv2d: `rrwr${epilogue}`,
  conv2dInputGrad: `rrwr${epilogue}`,
  conv2dFilterGrad: 'rrwr',
  depthwiseConv2d: 'rrwr',
  depthwiseConv2dInputGrad: 'rrwr',
  depthwiseConv2dFilterGrad: 'rrwr',
  maxPool: 'rwr',
  maxPoolGrad: `rrwr${epilogue}`,
  maxPoolPick: 'rrwr',
  avgPool: 'rwr',
  avgPoolGrad: 'rwr',
  // resize
  resizeBilinear: 'rwnnnnnnnn',
  resizeBilinearGrad: 'rwnnnnnnnn',
} satisfies Group;

export const effects: { readonly [K in keyof Kernels]: Effects } = {
  ...elementwise,
  ...updates,
  ...others,
};

export const isElementwise = (kernel: keyof Kernels): boolean => kernel in elementwise;
export const isUpdate = (kernel: keyof Kernels): boolean => kernel in updates;
/** Kernels that look at the numbers they are given, and may throw: what a step changes must not have happened before. */
export const mayRefuse = (kernel: keyof Kernels): boolean =>
  kernel === 'gather' || kernel === 'scatterAdd';
