/** Many numbers to fewer: sums, extremes, counts, running sums, and the softmax family. */
import { ShapeError } from '../core/errors.ts';
import { checkOptions, flag, want } from '../core/options.ts';
import { checkAxes, checkAxis, type Shape, shapeText, sizeOf } from '../core/shape.ts';
import { floats, ints, type Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import type { Kernels } from '../kernels/reference.ts';
import { reduceInto, sumTo } from './broadcast.ts';
import { defineOp, type Op, wantFloats } from './define.ts';
import {
  add,
  cast,
  div,
  equal,
  exp,
  isFinite,
  log,
  mul,
  sqrt,
  square,
  squaredDifference,
  stopGradient,
  sub,
  where,
} from './elementwise.ts';
import { reshape, transpose } from './reshape.ts';

/** One axis, several, or (left out) all. Negative axes count from the end. */
export type Axes = number | readonly number[] | undefined;

/** The shape left when the axes are folded: with size 1 in their place, or without them. */
function folded(
  op: string,
  shape: Shape,
  axes: Axes,
  keepDims: boolean,
): { kept: Shape; dropped: Shape } {
  want(op, 'keepDims', keepDims, flag);
  const list = checkAxes(op, axes, shape.length);
  return {
    kept: shape.map((n, axis) => (list.includes(axis) ? 1 : n)),
    dropped: shape.filter((_, axis) => !list.includes(axis)),
  };
}

/** Sum over the axes. As tf.reduce_sum. */
export function sum(x: TensorLike, axes?: Axes, keepDims = false): Tensor {
  return sumOver('sum', toTensor(x), axes, keepDims);
}

/** A sum on behalf of an op, which errors name. */
function sumOver(op: string, t: Tensor, axes: Axes, keepDims: boolean): Tensor {
  const { kept, dropped } = folded(op, t.shape, axes, keepDims);
  const y = sumTo(t, kept);
  return keepDims ? y : reshape(y, dropped);
}

/** Mean over the axes; NaN of nothing. As tf.reduce_mean, but integers and truths have a float32 mean. */
export function mean(x: TensorLike, axes?: Axes, keepDims = false): Tensor {
  return meanOver('mean', toTensor(x), axes, keepDims);
}

function meanOver(op: string, t: Tensor, axes: Axes, keepDims: boolean): Tensor {
  const total = sumOver(op, t, axes, keepDims);
  return div(t.dtype === 'int32' ? cast(total, 'float32') : total, t.size / total.size);
}

type To = { to: Shape };

/** max and min: the gradient goes to the winning elements, in equal parts. */
function extreme(name: 'max' | 'min', math: string): Op<['x'], To> {
  const op: Op<['x'], To> = defineOp({
    name,
    inputs: ['x'],
    keeps: ['x', 'y'],
    math,
    shape: (_, { to }: To) => to,
    forward: (k, { x }, y) => reduceInto(k[name], x, y),
    vjp: {
      x(dy, { x, y }) {
        const winners = cast(equal(x, y), x.dtype);
        const share = div(winners, sumTo(winners, y.shape));
        return mul(share, dy);
      },
    },
  });
  return op;
}

const maxOp: Op<['x'], To> = extreme(
  'max',
  'y = the largest x over the axes; ties share the gradient',
);
const minOp: Op<['x'], To> = extreme(
  'min',
  'y = the smallest x over the axes; ties share the gradient',
);

/** Largest over the axes; −infinity of nothing, NaN if one is NaN. Ties share the gradient. As tf.reduce_max. */
export function max(x: TensorLike, axes?: Axes, keepDims = false): Tensor {
  return extremeOver(maxOp, x, axes, keepDims);
}

/** Smallest over the axes; infinity of nothing, NaN if one is NaN. Ties share the gradient. As tf.reduce_min. */
export function min(x: TensorLike, axes?: Axes, keepDims = false): Tensor {
  return extremeOver(minOp, x, axes, keepDims);
}

function extremeOver(op: Op<['x'], To>, x: TensorLike, axes: Axes, keepDims: boolean): Tensor {
  const t = toTensor(x);
  const { kept, dropped } = folded(op.record.name, t.shape, axes, keepDims);
  const y = op(t, { to: kept });
  return keepDims ? y : reshape(y, dropped);
}

/** The product along the last axis. Its slope is the product of the others, so that zeros need no division. */
const prodOp: Op<['x']> = defineOp({
  name: 'prod',
  inputs: ['x'],
  keeps: ['x'],
  math: 'y = product of x along the last axis',
  shape: ({ x }) => [...x.slice(0, -1), 1],
  forward: (k, { x }, y) => k.prod(x.numbers, y.numbers, y.size, x.shape.at(-1) as number, 1),
  vjp: {
    x: (dy, { x }) =>
      mul(
        dy,
        mul(
          cumprod(x, -1, { exclusive: true }),
          cumprod(x, -1, { exclusive: true, reverse: true }),
        ),
      ),
  },
});

/** Product over the axes; 1 of nothing. As tf.reduce_prod. */
export function prod(x: TensorLike, axes?: Axes, keepDims = false): Tensor {
  const t = toTensor(x);
  const { kept, dropped } = folded('prod', t.shape, axes, keepDims);
  const list = checkAxes('prod', axes, t.rank);
  const others = t.shape.map((_, axis) => axis).filter((axis) => !list.includes(axis));
  const rows = reshape(transpose(t, [...others, ...list]), [
    ...dropped,
    sizeOf(list.map((axis) => t.shape[axis] as number)),
  ]);
  return reshape(prodOp(rows), keepDims ? kept : dropped);
}

/** Mean squared distance from the mean over the axes (divided by n, not n − 1). As tf.math.reduce_variance. */
export function variance(x: TensorLike, axes?: Axes, keepDims = false): Tensor {
  const t = toTensor(x);
  wantFloats('variance', 'x', t.dtype);
  const center = meanOver('variance', t, axes, true);
  return meanOver('variance', squaredDifference(t, center), axes, keepDims);
}

/** Mean and variance over the axes. As tf.nn.moments. */
export function moments(
  x: TensorLike,
  axes?: Axes,
  keepDims = false,
): { mean: Tensor; variance: Tensor } {
  const t = toTensor(x);
  return { mean: mean(t, axes, keepDims), variance: variance(t, axes, keepDims) };
}

// ── Truths and places ────────────────────────────────────────────────────────────────────────────────────────────

function truth(name: 'any' | 'all', math: string): Op<['x'], To> {
  return defineOp({
    name,
    inputs: ['x'],
    ints: ['x'],
    dtype: 'int32',
    math,
    shape: (_, { to }: To) => to,
    forward: (k, { x }, y) => reduceInto(k[name] as Kernels['sum'], x, y),
    noGradient: `${name} makes truths, which have no gradient`,
  });
}
const anyOp: Op<['x'], To> = truth('any', 'y = 1 if some x over the axes is not 0');
const allOp: Op<['x'], To> = truth('all', 'y = 1 if no x over the axes is 0');

/** Whether one of the int32 truths over the axes is not 0. */
export function any(x: TensorLike, axes?: Axes, keepDims = false): Tensor {
  return extremeOver(anyOp, x, axes, keepDims);
}

/** Whether none of the int32 truths over the axes is 0. */
export function all(x: TensorLike, axes?: Axes, keepDims = false): Tensor {
  return extremeOver(allOp, x, axes, keepDims);
}

type Along = { axis: number };

function place(name: 'argmax' | 'argmin', math: string): Op<['x'], Along> {
  return defineOp({
    name,
    inputs: ['x'],
    dtype: 'int32',
    math,
    shape: ({ x }, { axis }: Along) => x.toSpliced(axis, 1),
    forward(k, { x }, y, { axis }) {
      const { outer, n, inner } = around(x.shape, axis);
      k[name](x.numbers, ints(y), outer, n, inner);
    },
    noGradient: `${name} makes integers, which have no gradient`,
  });
}
const argmaxOp: Op<['x'], Along> = place(
  'argmax',
  'y = place of the first largest x along an axis',
);
const argminOp: Op<['x'], Along> = place(
  'argmin',
  'y = place of the first smallest x along an axis',
);

/** Place of the first largest element along an axis. As tf.argmax, whose axis is 0 by default too. */
export function argmax(x: TensorLike, axis = 0): Tensor {
  return placeAlong(argmaxOp, x, axis);
}

/** Place of the first smallest element along an axis. */
export function argmin(x: TensorLike, axis = 0): Tensor {
  return placeAlong(argminOp, x, axis);
}

function placeAlong(op: Op<['x'], Along>, x: TensorLike, axis: number): Tensor {
  const t = toTensor(x);
  const at = checkAxis(op.record.name, axis, t.rank);
  if (t.shape[at] === 0) {
    throw new ShapeError(
      `${op.record.name}: axis ${at} of x ${shapeText(t.shape)} is empty; want at least one element`,
      { x: t.shape, axis: at },
    );
  }
  return op(t, { axis: at });
}

/** A shape seen as [outer, n, inner] around one axis. */
function around(shape: Shape, axis: number): { outer: number; n: number; inner: number } {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    n: shape[axis] as number,
    inner: sizeOf(shape.slice(axis + 1)),
  };
}

// ── Running sums and products ────────────────────────────────────────────────────────────────────────────────────

type Running = Along & { exclusive: boolean; reverse: boolean };

const cumsumOp: Op<['x'], Running> = defineOp({
  name: 'cumsum',
  inputs: ['x'],
  math: 'y[j] = x[0] + … + x[j] along an axis',
  shape: ({ x }) => x,
  forward(k, { x }, y, { axis, exclusive, reverse }: Running) {
    const { outer, n, inner } = around(x.shape, axis);
    k.cumsum(x.numbers, y.numbers, outer, n, inner, exclusive, reverse);
  },
  vjp: {
    x: (dy, _, { axis, exclusive, reverse }) =>
      cumsumOp(dy, { axis, exclusive, reverse: !reverse }),
  },
});

const cumprodOp: Op<['x'], Running> = defineOp({
  name: 'cumprod',
  inputs: ['x'],
  keeps: ['x', 'y'],
  math: 'y[j] = x[0] · … · x[j] along an axis',
  shape: ({ x }) => x,
  forward(k, { x }, y, { axis, exclusive, reverse }: Running) {
    const { outer, n, inner } = around(x.shape, axis);
    k.cumprod(x.numbers, y.numbers, outer, n, inner, exclusive, reverse);
  },
  vjp: {
    // As TensorFlow (CumprodGrad, div_no_nan): 0 where x is 0, although the slope there need not be.
    x: (dy, { x, y }, { axis, exclusive, reverse }) => {
      const total = cumsumOp(mul(y, dy), { axis, exclusive, reverse: !reverse });
      const zero = equal(x, 0);
      return where(zero, 0, div(total, where(zero, 1, x)));
    },
  },
});

/** Running sum along an axis; `exclusive` leaves out the element itself, `reverse` comes from the far end. */
export function cumsum(
  x: TensorLike,
  axis = 0,
  options: { exclusive?: boolean; reverse?: boolean } = {},
): Tensor {
  const t = toTensor(x);
  checkOptions('cumsum', options, { exclusive: flag, reverse: flag });
  const { exclusive = false, reverse = false } = options;
  return cumsumOp(t, { axis: checkAxis('cumsum', axis, t.rank), exclusive, reverse });
}

/** Running product along an axis. Its gradient divides by x and is 0 where x is 0, as TensorFlow's. */
export function cumprod(
  x: TensorLike,
  axis = 0,
  options: { exclusive?: boolean; reverse?: boolean } = {},
): Tensor {
  const t = toTensor(x);
  checkOptions('cumprod', options, { exclusive: flag, reverse: flag });
  const { exclusive = false, reverse = false } = options;
  return cumprodOp(t, { axis: checkAxis('cumprod', axis, t.rank), exclusive, reverse });
}

// ── Softmax ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** ln of the sum of e^x over the axes, without overflow. As tf.reduce_logsumexp. */
export function logSumExp(x: TensorLike, axes?: Axes, keepDims = false): Tensor {
  const t = toTensor(x);
  const largest = stopGradient(max(t, axes, true));
  const shift = where(isFinite(largest), largest, 0);
  const y = add(log(sum(exp(sub(t, shift)), axes, true)), shift);
  return keepDims ? y : reshape(y, folded('logSumExp', t.shape, axes, keepDims).dropped);
}

const softmaxOp: Op<['x']> = defineOp({
  name: 'softmax',
  inputs: ['x'],
  keeps: ['y'],
  floats: true,
  math: 'y[j] = e^x[j] / sum over l of e^x[l], along the last axis',
  shape: ({ x }) => x,
  forward: (k, { x }, y) => k.softmax(floats(x), floats(y), ...rowsOf(x)),
  vjp: { x: (dy, { y }) => mul(sub(dy, sum(mul(dy, y), -1, true)), y) },
});

const logSoftmaxOp: Op<['x']> = defineOp({
  name: 'logSoftmax',
  inputs: ['x'],
  keeps: ['y'],
  floats: true,
  math: 'y[j] = x[j] - ln sum over l of e^x[l], along the last axis',
  shape: ({ x }) => x,
  forward: (k, { x }, y) => k.logSoftmax(floats(x), floats(y), ...rowsOf(x)),
  vjp: { x: (dy, { y }) => sub(dy, mul(exp(y), sum(dy, -1, true))) },
});

function rowsOf(x: Tensor): [rows: number, n: number] {
  const n = x.shape.at(-1) ?? 1;
  return [n === 0 ? 0 : x.size / n, n];
}

/** e^x over its sum along an axis. */
export function softmax(x: TensorLike, axis = -1): Tensor {
  return alongLast(softmaxOp, x, axis);
}

/** The logarithm of softmax, without its underflow. */
export function logSoftmax(x: TensorLike, axis = -1): Tensor {
  return alongLast(logSoftmaxOp, x, axis);
}

/** Runs an op of the last axis along another, by swapping the two. */
function alongLast(op: Op<['x']>, x: TensorLike, axis: number): Tensor {
  const t = toTensor(x);
  const at = checkAxis(op.record.name, axis, t.rank);
  if (at === t.rank - 1) return op(t);
  const order = t.shape.map((_, i) => (i === at ? t.rank - 1 : i === t.rank - 1 ? at : i));
  return transpose(op(transpose(t, order)), order);
}

/** Square root of the sum of squares over the axes. As tf.norm. */
export function norm(x: TensorLike, axes?: Axes, keepDims = false): Tensor {
  return sqrt(sum(square(x), axes, keepDims));
}

/** The ops behind the functions, for the catalogue. */
export const reduceOps: {
  [N in 'max' | 'min' | 'any' | 'all']: Op<['x'], To>;
} & { [N in 'argmax' | 'argmin']: Op<['x'], Along> } & {
  [N in 'cumsum' | 'cumprod']: Op<['x'], Running>;
} & { [N in 'prod' | 'softmax' | 'logSoftmax']: Op<['x']> } = {
  max: maxOp,
  min: minOp,
  any: anyOp,
  all: allOp,
  prod: prodOp,
  argmax: argmaxOp,
  argmin: argminOp,
  cumsum: cumsumOp,
  cumprod: cumprodOp,
  softmax: softmaxOp,
  logSoftmax: logSoftmaxOp,
};
