/**
 * Lends ops to `Tensor` as methods, so that a formula reads as the data flows: `x.matmul(w).add(b).sigmoid()`.
 * Installed by one call in index.ts; the library itself uses the functions.
 */
import { Tensor } from '../core/tensor.ts';
import * as activation from './activation.ts';
import * as broadcast from './broadcast.ts';
import * as conv2d from './conv2d.ts';
import * as elementwise from './elementwise.ts';
import * as gather from './gather.ts';
import * as matmul from './matmul.ts';
import * as move from './move.ts';
import * as pool from './pool.ts';
import * as random from './random.ts';
import * as reduce from './reduce.ts';
import * as reshape from './reshape.ts';
import * as resize from './resize.ts';

/** The ops that become methods, by the file they stand in. */
const elementwiseNames = [
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'squaredDifference',
  'equal',
  'notEqual',
  'less',
  'lessEqual',
  'greater',
  'greaterEqual',
  'logicalAnd',
  'logicalOr',
  'logicalXor',
  'logicalNot',
  'isNan',
  'isFinite',
  'neg',
  'square',
  'sqrt',
  'rsqrt',
  'reciprocal',
  'exp',
  'expm1',
  'log',
  'log1p',
  'abs',
  'sign',
  'floor',
  'ceil',
  'round',
  'sin',
  'cos',
  'tan',
  'erf',
  'clip',
  'cast',
  'stopGradient',
  'clone',
] as const;
const activationNames = [
  'sigmoid',
  'tanh',
  'relu',
  'relu6',
  'leakyRelu',
  'elu',
  'selu',
  'softplus',
  'logSigmoid',
  'gelu',
] as const;
const matmulNames = ['matmul'] as const;
const broadcastNames = ['broadcastTo'] as const;
const reduceNames = [
  'sum',
  'mean',
  'max',
  'min',
  'prod',
  'variance',
  'any',
  'all',
  'argmax',
  'argmin',
  'logSumExp',
  'softmax',
  'logSoftmax',
  'cumsum',
  'cumprod',
  'norm',
] as const;
const reshapeNames = ['reshape', 'transpose', 'squeeze', 'expandDims'] as const;
const moveNames = ['slice', 'stridedSlice', 'reverse', 'pad', 'tile', 'split', 'unstack'] as const;
const gatherNames = ['gather'] as const;
const conv2dNames = ['conv2d', 'conv2dTranspose', 'depthwiseConv2d'] as const;
const poolNames = ['maxPool', 'avgPool'] as const;
const resizeNames = ['resizeBilinear', 'resizeNearest'] as const;
const randomNames = ['dropout'] as const;

type Lent = Pick<typeof elementwise, (typeof elementwiseNames)[number]> &
  Pick<typeof activation, (typeof activationNames)[number]> &
  Pick<typeof matmul, (typeof matmulNames)[number]> &
  Pick<typeof broadcast, (typeof broadcastNames)[number]> &
  Pick<typeof reduce, (typeof reduceNames)[number]> &
  Pick<typeof reshape, (typeof reshapeNames)[number]> &
  Pick<typeof move, (typeof moveNames)[number]> &
  Pick<typeof gather, (typeof gatherNames)[number]> &
  Pick<typeof conv2d, (typeof conv2dNames)[number]> &
  Pick<typeof pool, (typeof poolNames)[number]> &
  Pick<typeof resize, (typeof resizeNames)[number]> &
  Pick<typeof random, (typeof randomNames)[number]>;

/** A function of a tensor and more, as a method of the tensor. */
type Method<F> = F extends (x: never, ...rest: infer R) => infer Y ? (...rest: R) => Y : never;
/** The ops that every tensor has as methods. */
export type TensorMethods = { [N in keyof Lent]: Method<Lent[N]> };

declare module '../core/tensor.ts' {
  interface Tensor extends TensorMethods {}
}

export function installMethods(): void {
  lend(elementwise, elementwiseNames);
  lend(activation, activationNames);
  lend(matmul, matmulNames);
  lend(broadcast, broadcastNames);
  lend(reduce, reduceNames);
  lend(reshape, reshapeNames);
  lend(move, moveNames);
  lend(gather, gatherNames);
  lend(conv2d, conv2dNames);
  lend(pool, poolNames);
  lend(resize, resizeNames);
  lend(random, randomNames);
}

function lend<M extends object>(module: M, names: readonly (keyof M & string)[]): void {
  for (const name of names) {
    const op = module[name] as (...args: unknown[]) => unknown;
    Object.defineProperty(Tensor.prototype, name, {
      value(this: Tensor, ...rest: unknown[]) {
        return op(this, ...rest);
      },
      configurable: true,
      writable: true,
    });
  }
}
