/** The squashing functions between layers. Slopes at kinks are TensorFlow's. */
import { wantNumber } from '../core/options.ts';
import { type Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import { defineOp, type Op } from './define.ts';
import {
  add,
  binary,
  clip,
  erf,
  greater,
  less,
  logicalAnd,
  mul,
  neg,
  square,
  sub,
  where,
} from './elementwise.ts';

/** Squashes to (0, 1). The slope is written with y, so x need not be kept. */
export const sigmoid: Op<['x']> = defineOp({
  name: 'sigmoid',
  inputs: ['x'],
  keeps: ['y'],
  math: 'y = 1 / (1 + e^-x)',
  floats: true,
  shape: ({ x }) => x,
  forward: (k, { x }, y) => k.sigmoid(x.numbers, y.numbers),
  vjp: { x: (dy, { y }) => sigmoidGrad(dy, y) },
});

/** The slope of sigmoid, in one kernel. */
export const sigmoidGrad: Op<['a', 'b']> = binary({
  name: 'sigmoidGrad',
  math: 'y = a b (1 - b)',
  keeps: ['a', 'b'],
  floats: true,
  kernel: (k) => k.sigmoidGrad,
  vjp: {
    a: (dy, { b }) => sigmoidGrad(dy, b),
    b: (dy, { a, b }) => mul(dy, mul(a, sub(1, mul(2, b)))),
  },
});

/** Squashes to (−1, 1). */
export const tanh: Op<['x']> = defineOp({
  name: 'tanh',
  inputs: ['x'],
  keeps: ['y'],
  math: 'y = (e^x - e^-x) / (e^x + e^-x)',
  floats: true,
  shape: ({ x }) => x,
  forward: (k, { x }, y) => k.tanh(x.numbers, y.numbers),
  vjp: { x: (dy, { y }) => tanhGrad(dy, y) },
});

/** The slope of tanh, in one kernel. */
export const tanhGrad: Op<['a', 'b']> = binary({
  name: 'tanhGrad',
  math: 'y = a (1 - b^2)',
  keeps: ['a', 'b'],
  floats: true,
  kernel: (k) => k.tanhGrad,
  vjp: {
    a: (dy, { b }) => tanhGrad(dy, b),
    b: (dy, { a, b }) => mul(dy, mul(-2, mul(a, b))),
  },
});

export const relu: Op<['x']> = defineOp({
  name: 'relu',
  inputs: ['x'],
  keeps: ['y'],
  math: 'y = max(x, 0); slope 0 at 0',
  shape: ({ x }) => x,
  forward: (k, { x }, y) => k.relu(x.numbers, y.numbers),
  vjp: { x: (dy, { y }) => reluGrad(dy, y) },
});

/** The slope of relu, in one kernel. */
export const reluGrad: Op<['a', 'b']> = binary({
  name: 'reluGrad',
  math: 'y = a where b > 0, else 0',
  keeps: ['b'],
  kernel: (k) => k.reluGrad,
  vjp: { a: (dy, { b }) => reluGrad(dy, b) },
});

export const relu6: Op<['x']> = defineOp({
  name: 'relu6',
  inputs: ['x'],
  keeps: ['y'],
  math: 'y = min(max(x, 0), 6); slope 0 at 0 and at 6',
  shape: ({ x }) => x,
  forward: (k, { x }, y) => k.relu6(x.numbers, y.numbers),
  vjp: { x: (dy, { y }) => where(logicalAnd(greater(y, 0), less(y, 6)), dy, 0) },
});

type Alpha = { alpha: number };

const leaky: Op<['x'], Alpha> = defineOp({
  name: 'leakyRelu',
  inputs: ['x'],
  keeps: ['x'],
  math: 'y = x for x > 0, else alpha x',
  floats: true,
  shape: ({ x }) => x,
  forward: (k, { x }, y, { alpha }: Alpha) => k.leakyRelu(x.numbers, y.numbers, alpha),
  vjp: { x: (dy, { x }, { alpha }) => where(greater(x, 0), dy, mul(alpha, dy)) },
});

/** x where positive, else alpha · x; 0.2 is TensorFlow's default (tf.nn.leaky_relu). */
export function leakyRelu(x: TensorLike, alpha = 0.2): Tensor {
  wantNumber('leakyRelu', 'alpha', alpha);
  return leaky(x, { alpha });
}

const exponentialLinear: Op<['x'], Alpha> = defineOp({
  name: 'elu',
  inputs: ['x'],
  keeps: ['y'],
  math: 'y = x for x > 0, else alpha (e^x - 1); slope alpha at 0',
  floats: true,
  shape: ({ x }) => x,
  forward: (k, { x }, y, { alpha }: Alpha) => k.elu(x.numbers, y.numbers, alpha),
  vjp: { x: (dy, { y }, { alpha }) => where(greater(y, 0), dy, mul(dy, add(y, alpha))) },
});

/** x where positive, else alpha · (e^x − 1); slope alpha at 0. As tf.keras.activations.elu. */
export function elu(x: TensorLike, alpha = 1): Tensor {
  wantNumber('elu', 'alpha', alpha, 0);
  return exponentialLinear(x, { alpha });
}

/**
 * scale · elu(x, alpha) with the two numbers that keep mean 0 and variance 1 (Klambauer and others, 2017); slope scale
 * at 0. As tf.nn.selu.
 */
export function selu(x: TensorLike): Tensor {
  const t = toTensor(x);
  return mul(1.0507009873554805, where(less(t, 0), elu(t, 1.6732632423543772), t));
}

export const softplus: Op<['x']> = defineOp({
  name: 'softplus',
  inputs: ['x'],
  keeps: ['x'],
  math: 'y = ln(1 + e^x)',
  floats: true,
  shape: ({ x }) => x,
  forward: (k, { x }, y) => k.softplus(x.numbers, y.numbers),
  vjp: { x: (dy, { x }) => mul(dy, sigmoid(x)) },
});

/** ln(sigmoid(x)). */
export function logSigmoid(x: TensorLike): Tensor {
  return neg(softplus(neg(x)));
}

/** x + 0.044715 x³ */
const plusCube = (x: Tensor) => add(x, mul(0.044715, mul(x, square(x))));

/**
 * x · Φ(x), the Gaussian error linear unit (Hendrycks and Gimpel, 2016); `approximate` takes its tanh form.
 * As tf.nn.gelu.
 */
export function gelu(x: TensorLike, approximate = false): Tensor {
  const t = toTensor(x);
  // Beyond ±10 tanh is ±1, and the cube of a huge number infinite.
  const phi = approximate
    ? tanh(mul(Math.sqrt(2 / Math.PI), plusCube(clip(t, -10, 10))))
    : erf(mul(t, Math.SQRT1_2));
  return mul(mul(0.5, t), add(1, phi));
}

/** The ops behind the functions with a parameter, for the catalogue. */
export const activationOps: { leakyRelu: Op<['x'], Alpha>; elu: Op<['x'], Alpha> } = {
  leakyRelu: leaky,
  elu: exponentialLinear,
};
