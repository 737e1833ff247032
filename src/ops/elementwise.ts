/** One number in, one out, or two numbers in with broadcasting. */
import { OptionError } from '../core/errors.ts';
import { broadcastShapes, broadcastStrides, layoutOf } from '../core/shape.ts';
import { type Dtype, ints, type Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import type { Ints, Layout, Numbers } from '../kernels/arrays.ts';
import type { Binary, Comparison, Logic, Unary } from '../kernels/elementwise.ts';
import type { Kernels } from '../kernels/reference.ts';
import { sumTo } from './broadcast.ts';
import { zerosLike } from './create.ts';
import { defineOp, type Op } from './define.ts';

// ── Arithmetic of two ────────────────────────────────────────────────────────────────────────────────────────────

type PairRule<K extends 'a' | 'b' | 'y'> = (
  dy: Tensor,
  kept: { readonly [N in K]: Tensor },
) => Tensor;

/** An op of two inputs that broadcast; its rules give gradients in the output's shape, summed back here. */
export function binary<const K extends 'a' | 'b' | 'y' = never>(record: {
  name: string;
  math: string;
  keeps?: readonly K[];
  floats?: boolean;
  kernel: (k: Kernels) => Binary;
  /** Without `b` the slope along b is 0 wherever there is one. */
  vjp: { a: PairRule<K>; b?: PairRule<K> };
}): Op<['a', 'b']> {
  const { name, math, keeps = [], floats = false, kernel, vjp } = record;
  const alongB = vjp.b;
  return defineOp<['a', 'b'], K>({
    name,
    math,
    inputs: ['a', 'b'],
    keeps,
    floats,
    shape: ({ a, b }) => broadcastShapes(name, a, b),
    forward(k, { a, b }, y) {
      const on = walked(a, b, y);
      kernel(k)(on.a, on.b, y.numbers, on.layout);
    },
    vjp: {
      a: (dy, kept, { shapes }) => sumTo(vjp.a(dy, kept), shapes.a),
      ...(alongB && { b: (dy, kept, { shapes }) => sumTo(alongB(dy, kept), shapes.b) }),
    },
  });
}

/** Both operands as they lie, and how to walk them: repeated and transposed ones are read in place. */
function walked(a: Tensor, b: Tensor, y: Tensor): { a: Numbers; b: Numbers; layout: Layout } {
  // Most operands are as large as y or single numbers: no need to look at axes.
  const n = y.size;
  if (
    a.inRowOrder &&
    b.inRowOrder &&
    (a.size === n || a.size === 1) &&
    (b.size === n || b.size === 1)
  ) {
    return { a: a.numbers, b: b.numbers, layout: flatLayout(n, a.size === n, b.size === n) };
  }
  const left = a.strided();
  const right = b.strided();
  const layout = layoutOf(
    y.shape,
    broadcastStrides(a.shape, y.shape, left.strides),
    broadcastStrides(b.shape, y.shape, right.strides),
  );
  return { a: left.storage, b: right.storage, layout };
}

/** Layouts of two operands without axes, kept: to make one costs as much as the rest of a small op. */
const flatLayouts = new Map<number, Layout>();

function flatLayout(n: number, a: boolean, b: boolean): Layout {
  const key = 4 * n + (a ? 2 : 0) + (b ? 1 : 0);
  let layout = flatLayouts.get(key);
  if (layout === undefined) {
    if (flatLayouts.size >= 1000) flatLayouts.clear();
    layout = Int32Array.of(1, n, a ? 1 : 0, b ? 1 : 0);
    flatLayouts.set(key, layout);
  }
  return layout;
}

export const add: Op<['a', 'b']> = binary({
  name: 'add',
  math: 'y = a + b',
  kernel: (k) => k.add,
  vjp: { a: (dy) => dy, b: (dy) => dy },
});

export const sub: Op<['a', 'b']> = binary({
  name: 'sub',
  math: 'y = a - b',
  kernel: (k) => k.sub,
  vjp: { a: (dy) => dy, b: (dy) => neg(dy) },
});

export const mul: Op<['a', 'b']> = binary({
  name: 'mul',
  math: 'y = a b',
  keeps: ['a', 'b'],
  kernel: (k) => k.mul,
  vjp: { a: (dy, { b }) => mul(dy, b), b: (dy, { a }) => mul(dy, a) },
});

export const div: Op<['a', 'b']> = binary({
  name: 'div',
  math: 'y = a / b',
  keeps: ['a', 'b'],
  floats: true,
  kernel: (k) => k.div,
  vjp: {
    a: (dy, { b }) => div(dy, b),
    b: (dy, { a, b }) => mul(dy, div(div(neg(a), b), b)),
  },
});

/** a to the power b. The slope along b is 0 where a is not positive, as in TensorFlow (PowGrad). */
export const pow: Op<['a', 'b']> = binary({
  name: 'pow',
  math: 'y = a^b',
  keeps: ['a', 'b', 'y'],
  kernel: (k) => k.pow,
  vjp: {
    a: (dy, { a, b }) => mul(dy, mul(b, pow(a, sub(b, 1)))),
    b: (dy, { a, y }) => {
      const positive = greater(a, 0);
      return mul(dy, mul(y, where(positive, log(where(positive, a, 1)), 0)));
    },
  },
});

/** The larger of two; a tie gives the gradient to a. */
export const maximum: Op<['a', 'b']> = binary({
  name: 'maximum',
  math: 'y = max(a, b)',
  keeps: ['a', 'b'],
  kernel: (k) => k.maximum,
  vjp: {
    a: (dy, { a, b }) => where(greaterEqual(a, b), dy, 0),
    b: (dy, { a, b }) => where(greaterEqual(a, b), 0, dy),
  },
});

/** The smaller of two; a tie gives the gradient to a. */
export const minimum: Op<['a', 'b']> = binary({
  name: 'minimum',
  math: 'y = min(a, b)',
  keeps: ['a', 'b'],
  kernel: (k) => k.minimum,
  vjp: {
    a: (dy, { a, b }) => where(lessEqual(a, b), dy, 0),
    b: (dy, { a, b }) => where(lessEqual(a, b), 0, dy),
  },
});

export const squaredDifference: Op<['a', 'b']> = binary({
  name: 'squaredDifference',
  math: 'y = (a - b)^2',
  keeps: ['a', 'b'],
  kernel: (k) => k.squaredDifference,
  vjp: {
    a: (dy, { a, b }) => mul(dy, mul(2, sub(a, b))),
    b: (dy, { a, b }) => mul(dy, mul(2, sub(b, a))),
  },
});

// ── Comparisons and logic: int32 truths, 1 or 0 ──────────────────────────────────────────────────────────────────

function comparison(
  name: string,
  math: string,
  kernel: (k: Kernels) => Comparison,
): Op<['a', 'b']> {
  return defineOp({
    name,
    math,
    inputs: ['a', 'b'],
    dtype: 'int32',
    shape: ({ a, b }) => broadcastShapes(name, a, b),
    forward(k, { a, b }, y) {
      const on = walked(a, b, y);
      kernel(k)(on.a, on.b, ints(y), on.layout);
    },
    noGradient: `${name} makes truths, which have no gradient`,
  });
}

export const equal: Op<['a', 'b']> = comparison('equal', 'y = (a = b)', (k) => k.equal);
export const notEqual: Op<['a', 'b']> = comparison('notEqual', 'y = (a ≠ b)', (k) => k.notEqual);
export const less: Op<['a', 'b']> = comparison('less', 'y = (a < b)', (k) => k.less);
export const lessEqual: Op<['a', 'b']> = comparison('lessEqual', 'y = (a ≤ b)', (k) => k.lessEqual);
export const greater: Op<['a', 'b']> = comparison('greater', 'y = (a > b)', (k) => k.greater);
export const greaterEqual: Op<['a', 'b']> = comparison(
  'greaterEqual',
  'y = (a ≥ b)',
  (k) => k.greaterEqual,
);

function logic(name: string, math: string, kernel: (k: Kernels) => Logic): Op<['a', 'b']> {
  return defineOp({
    name,
    math,
    inputs: ['a', 'b'],
    ints: ['a', 'b'],
    dtype: 'int32',
    shape: ({ a, b }) => broadcastShapes(name, a, b),
    forward(k, { a, b }, y) {
      const on = walked(a, b, y);
      kernel(k)(on.a as Ints, on.b as Ints, ints(y), on.layout);
    },
    noGradient: `${name} makes truths, which have no gradient`,
  });
}

export const logicalAnd: Op<['a', 'b']> = logic('logicalAnd', 'y = a and b', (k) => k.logicalAnd);
export const logicalOr: Op<['a', 'b']> = logic('logicalOr', 'y = a or b', (k) => k.logicalOr);
export const logicalXor: Op<['a', 'b']> = logic(
  'logicalXor',
  'y = a or else b',
  (k) => k.logicalXor,
);

export const logicalNot: Op<['x']> = defineOp({
  name: 'logicalNot',
  inputs: ['x'],
  ints: ['x'],
  dtype: 'int32',
  math: 'y = not x',
  shape: ({ x }) => x,
  forward: (k, { x }, y) => k.logicalNot(ints(x), ints(y)),
  noGradient: 'logicalNot makes truths, which have no gradient',
});

function test(name: 'isNan' | 'isFinite', math: string): Op<['x']> {
  return defineOp({
    name,
    math,
    inputs: ['x'],
    dtype: 'int32',
    shape: ({ x }) => x,
    forward: (k, { x }, y) => k[name](x.numbers, ints(y)),
    noGradient: `${name} makes truths, which have no gradient`,
  });
}

export const isNan: Op<['x']> = test('isNan', 'y = (x is NaN)');
export const isFinite: Op<['x']> = test('isFinite', 'y = (x is neither NaN nor infinite)');

const choose: Op<['condition', 'a', 'b']> = defineOp({
  name: 'where',
  inputs: ['condition', 'a', 'b'],
  ints: ['condition'],
  keeps: ['condition'],
  math: 'y = a where the condition is not 0, else b',
  shape: ({ condition, a, b }) =>
    broadcastShapes('where', condition, broadcastShapes('where', a, b), ['condition', 'a and b']),
  forward(k, { condition, a, b }, y) {
    const [c, left, right] = [condition.strided(), a.strided(), b.strided()];
    const layout = layoutOf(
      y.shape,
      broadcastStrides(condition.shape, y.shape, c.strides),
      broadcastStrides(a.shape, y.shape, left.strides),
      broadcastStrides(b.shape, y.shape, right.strides),
    );
    k.where(c.storage as Ints, left.storage, right.storage, y.numbers, layout);
  },
  vjp: {
    a: (dy, { condition }, { shapes }) => sumTo(where(condition, dy, 0), shapes.a),
    b: (dy, { condition }, { shapes }) => sumTo(where(condition, 0, dy), shapes.b),
  },
});

/** a where the condition (int32 or booleans) is true, else b; the three broadcast together. */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  return choose(condition, a, b);
}

// ── One number in, one out ───────────────────────────────────────────────────────────────────────────────────────

type UnaryName = {
  [N in keyof Kernels]: Unary extends Kernels[N] ? (Kernels[N] extends Unary ? N : never) : never;
}[keyof Kernels];

/** An op on single numbers whose kernel has its name. */
function unary<const K extends 'x' | 'y' = never>(record: {
  name: UnaryName;
  math: string;
  keeps?: readonly K[];
  floats?: boolean;
  slope?: (dy: Tensor, kept: { readonly [N in K]: Tensor }) => Tensor;
  noGradient?: string;
}): Op<['x']> {
  const { name, math, keeps = [], floats = false, slope, noGradient } = record;
  return defineOp({
    name,
    math,
    inputs: ['x'],
    keeps,
    floats,
    shape: ({ x }) => x,
    forward: (k, { x }, y) => k[name](x.numbers, y.numbers),
    ...(slope ? { vjp: { x: slope } } : {}),
    ...(noGradient ? { noGradient } : {}),
  });
}

/**
 * dy · slope, but 0 where nothing arrives at a slope that is infinite or NaN, so that a branch `where` left out stays
 * out. TensorFlow's gradients of sqrt, rsqrt and reciprocal do so (mul_no_nan in cwise_ops_gradients.h).
 */
function alongSlope(dy: Tensor, slope: Tensor): Tensor {
  return mul(dy, where(logicalOr(isFinite(slope), notEqual(dy, 0)), slope, 0));
}

export const neg: Op<['x']> = unary({ name: 'neg', math: 'y = -x', slope: (dy) => neg(dy) });

export const square: Op<['x']> = unary({
  name: 'square',
  math: 'y = x^2',
  keeps: ['x'],
  slope: (dy, { x }) => mul(dy, mul(2, x)),
});

export const sqrt: Op<['x']> = unary({
  name: 'sqrt',
  math: 'y = x^(1/2)',
  keeps: ['y'],
  floats: true,
  slope: (dy, { y }) => alongSlope(dy, div(0.5, y)),
});

export const rsqrt: Op<['x']> = unary({
  name: 'rsqrt',
  math: 'y = x^(-1/2)',
  keeps: ['y'],
  floats: true,
  slope: (dy, { y }) => alongSlope(dy, mul(-0.5, mul(y, square(y)))),
});

export const reciprocal: Op<['x']> = unary({
  name: 'reciprocal',
  math: 'y = 1 / x',
  keeps: ['y'],
  floats: true,
  slope: (dy, { y }) => alongSlope(dy, neg(square(y))),
});

export const exp: Op<['x']> = unary({
  name: 'exp',
  math: 'y = e^x',
  keeps: ['y'],
  floats: true,
  slope: (dy, { y }) => mul(dy, y),
});

export const expm1: Op<['x']> = unary({
  name: 'expm1',
  math: 'y = e^x - 1, exact for small x',
  keeps: ['x'],
  floats: true,
  slope: (dy, { x }) => mul(dy, exp(x)),
});

export const log: Op<['x']> = unary({
  name: 'log',
  math: 'y = ln x',
  keeps: ['x'],
  floats: true,
  slope: (dy, { x }) => mul(dy, reciprocal(x)),
});

export const log1p: Op<['x']> = unary({
  name: 'log1p',
  math: 'y = ln(1 + x), exact for small x',
  keeps: ['x'],
  floats: true,
  slope: (dy, { x }) => mul(dy, reciprocal(add(x, 1))),
});

export const abs: Op<['x']> = unary({
  name: 'abs',
  math: 'y = |x|; slope 0 at 0',
  keeps: ['x'],
  slope: (dy, { x }) => mul(dy, sign(x)),
});

/** −1, 0 or 1. Its gradient is zero, as in TensorFlow. */
export const sign: Op<['x']> = unary({
  name: 'sign',
  math: 'y = -1, 0 or 1 as x is below, at or above 0',
  slope: (dy) => zerosLike(dy),
});

const steps = (name: string) => `${name} is constant between steps, so it has no useful gradient`;
export const floor: Op<['x']> = unary({
  name: 'floor',
  math: 'y = the largest whole number ≤ x',
  noGradient: steps('floor'),
});
export const ceil: Op<['x']> = unary({
  name: 'ceil',
  math: 'y = the smallest whole number ≥ x',
  noGradient: steps('ceil'),
});
/** To the nearest whole number, halves to the even one. */
export const round: Op<['x']> = unary({
  name: 'round',
  math: 'y = the nearest whole number, halves to even',
  noGradient: steps('round'),
});

export const sin: Op<['x']> = unary({
  name: 'sin',
  math: 'y = sin x',
  keeps: ['x'],
  floats: true,
  slope: (dy, { x }) => mul(dy, cos(x)),
});

export const cos: Op<['x']> = unary({
  name: 'cos',
  math: 'y = cos x',
  keeps: ['x'],
  floats: true,
  slope: (dy, { x }) => neg(mul(dy, sin(x))),
});

export const tan: Op<['x']> = unary({
  name: 'tan',
  math: 'y = tan x',
  keeps: ['y'],
  floats: true,
  slope: (dy, { y }) => mul(dy, add(1, square(y))),
});

export const erf: Op<['x']> = unary({
  name: 'erf',
  math: 'y = 2/sqrt(pi) · integral of e^(-t^2) from 0 to x',
  keeps: ['x'],
  floats: true,
  slope: (dy, { x }) => mul(dy, mul(2 / Math.sqrt(Math.PI), exp(neg(square(x))))),
});

const limit: Op<['x'], { low: number; high: number }> = defineOp({
  name: 'clip',
  inputs: ['x'],
  keeps: ['x'],
  math: 'y = x kept within [low, high]',
  shape: ({ x }) => x,
  forward: (k, { x }, y, { low, high }: { low: number; high: number }) =>
    k.clip(x.numbers, y.numbers, low, high),
  vjp: {
    x: (dy, { x }, { low, high }) => where(logicalOr(less(x, low), greater(x, high)), 0, dy),
  },
});

/** x kept within [low, high]; the gradient passes inside and at both ends. As tf.clip_by_value. */
export function clip(x: TensorLike, low: number, high: number): Tensor {
  if (!(low <= high)) {
    throw new OptionError(`clip: low is ${low} and high is ${high}; want low ≤ high`, {
      low,
      high,
    });
  }
  return limit(x, { low, high });
}

// ── Changes of type, and the end of gradients ────────────────────────────────────────────────────────────────────

const convert: Op<['x'], { from: Dtype; to: Dtype }> = defineOp({
  name: 'cast',
  inputs: ['x'],
  math: 'y = x in another type; to int32 towards zero',
  dtype: ({ to }: { from: Dtype; to: Dtype }) => to,
  shape: ({ x }) => x,
  forward: (k, { x }, y) => k.cast(x.numbers, y.numbers),
  vjp: { x: (dy, _, { from }) => cast(dy, from) },
});

/** x in another type. */
export function cast(x: TensorLike, dtype: Dtype): Tensor {
  const t = toTensor(x);
  return t.dtype === dtype ? t : convert(t, { from: t.dtype, to: dtype });
}

/** The same numbers, through which no gradient passes. */
export const stopGradient: Op<['x']> = defineOp({
  name: 'stopGradient',
  inputs: ['x'],
  math: 'y = x, with gradient cut',
  shape: ({ x }) => x,
  view: ({ x }, shape) => x.view(shape),
  noGradient: 'it is cut by stopGradient',
});

/** A copy that later changes of a variable do not reach. */
export const clone: Op<['x']> = defineOp({
  name: 'clone',
  inputs: ['x'],
  math: 'y = x, copied',
  shape: ({ x }) => x,
  forward: (k, { x }, y) => k.cast(x.numbers, y.numbers),
  vjp: { x: (dy) => dy },
});

/** The ops behind the functions with parameters, for the catalogue. */
export const elementwiseOps: {
  where: Op<['condition', 'a', 'b']>;
  clip: Op<['x'], { low: number; high: number }>;
  cast: Op<['x'], { from: Dtype; to: Dtype }>;
} = { where: choose, clip: limit, cast: convert };
