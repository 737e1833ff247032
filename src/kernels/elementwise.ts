import { type Floats, type Ints, type Layout, type Numbers, walk } from './arrays.ts';

/** One number in, one number out: `y[i] = f(x[i])`. */
export type Unary = (x: Numbers, y: Numbers) => void;
/** Two numbers in: `y[i] = f(a, b)`, y in row order; the layout walks a and b (broadcast by stride 0). */
export type Binary = (a: Numbers, b: Numbers, y: Numbers, layout: Layout) => void;
/** Two numbers in, a truth out: 1 or 0. */
export type Comparison = (a: Numbers, b: Numbers, y: Ints, layout: Layout) => void;

function unary(f: (x: number) => number): Unary {
  return (x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = f(x[i]!);
  };
}

function binary(f: (a: number, b: number) => number): Binary {
  return (a, b, y, layout) => {
    walk(layout, 2, (i, at) => {
      y[i] = f(a[at[0]!]!, b[at[1]!]!);
    });
  };
}

function comparison(f: (a: number, b: number) => boolean): Comparison {
  return binary((a, b) => (f(a, b) ? 1 : 0));
}

// Arithmetic
export const add: Binary = binary((a, b) => a + b);
export const sub: Binary = binary((a, b) => a - b);
export const mul: Binary = binary((a, b) => a * b);
export const div: Binary = binary((a, b) => a / b);
/** a^b as C has it: 1^b = 1 and a^0 = 1 whatever the other is, NaN included (JavaScript says NaN to 1^Infinity). */
export const pow: Binary = binary((a, b) =>
  a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b,
);
/** The larger; NaN if either is. */
export const maximum: Binary = binary(Math.max);
/** The smaller; NaN if either is. */
export const minimum: Binary = binary(Math.min);
export const squaredDifference: Binary = binary((a, b) => (a - b) * (a - b));

// Comparisons and logic: 1 for true, 0 for false; any number but 0 counts as true.
export const equal: Comparison = comparison((a, b) => a === b);
export const notEqual: Comparison = comparison((a, b) => a !== b);
export const less: Comparison = comparison((a, b) => a < b);
export const lessEqual: Comparison = comparison((a, b) => a <= b);
export const greater: Comparison = comparison((a, b) => a > b);
export const greaterEqual: Comparison = comparison((a, b) => a >= b);
/** Truths are int32: what compares numbers makes them, what combines them takes them. */
export type Logic = (a: Ints, b: Ints, y: Ints, layout: Layout) => void;
export const logicalAnd: Logic = comparison((a, b) => a !== 0 && b !== 0);
export const logicalOr: Logic = comparison((a, b) => a !== 0 || b !== 0);
export const logicalXor: Logic = comparison((a, b) => (a !== 0) !== (b !== 0));
export function logicalNot(x: Ints, y: Ints): void {
  for (let i = 0; i < y.length; i++) y[i] = x[i] === 0 ? 1 : 0;
}
/** 1 where x is NaN. */
export function isNan(x: Numbers, y: Ints): void {
  for (let i = 0; i < y.length; i++) y[i] = Number.isNaN(x[i]!) ? 1 : 0;
}
/** 1 where x is neither NaN nor infinite. */
export function isFinite(x: Numbers, y: Ints): void {
  for (let i = 0; i < y.length; i++) y[i] = Number.isFinite(x[i]!) ? 1 : 0;
}

/** y = a where the condition is not 0, else b. The layout walks condition, a and b. */
export function where(condition: Ints, a: Numbers, b: Numbers, y: Numbers, layout: Layout): void {
  walk(layout, 3, (i, at) => {
    y[i] = condition[at[0]!]! !== 0 ? a[at[1]!]! : b[at[2]!]!;
  });
}

// Powers, exponentials, logarithms
export const neg: Unary = unary((x) => -x);
export const square: Unary = unary((x) => x * x);
export const sqrt: Unary = unary(Math.sqrt);
export const rsqrt: Unary = unary((x) => 1 / Math.sqrt(x));
export const reciprocal: Unary = unary((x) => 1 / x);
export const exp: Unary = unary(Math.exp);
export const expm1: Unary = unary(Math.expm1);
export const log: Unary = unary(Math.log);
export const log1p: Unary = unary(Math.log1p);

// Signs and steps
export const abs: Unary = unary(Math.abs);
export const sign: Unary = unary(Math.sign);
export const floor: Unary = unary(Math.floor);
export const ceil: Unary = unary(Math.ceil);
/** To the nearest whole number, halves to the even one (as TensorFlow and IEEE 754 round). */
export const round: Unary = unary((x) => {
  const below = Math.floor(x);
  const beyond = x - below;
  if (beyond < 0.5) return below;
  if (beyond > 0.5) return Math.ceil(x); // −0 for −0.3
  return beyond === 0.5 ? 2 * Math.round(below / 2) : x;
});
/** x kept within [low, high]. */
export function clip(x: Numbers, y: Numbers, low: number, high: number): void {
  for (let i = 0; i < y.length; i++) y[i] = Math.min(Math.max(x[i]!, low), high);
}

// Trigonometry and the error function
export const sin: Unary = unary(Math.sin);
export const cos: Unary = unary(Math.cos);
export const tan: Unary = unary(Math.tan);
/** erf(x) = 2/sqrt(pi) · integral of e^(-t²) from 0 to x. Abramowitz and Stegun, 7.1.6 and 7.1.14. */
export const erf: Unary = unary((x) => {
  if (Math.abs(x) > 6 || x === 0 || Number.isNaN(x)) return Math.abs(x) > 6 ? Math.sign(x) : x;
  if (Math.abs(x) < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  const z = Math.abs(x);
  let fraction = z;
  for (let n = 60; n >= 1; n--) fraction = z + n / 2 / fraction;
  const beyond = Math.exp(-z * z) / Math.sqrt(Math.PI) / fraction;
  return Math.sign(x) * (1 - beyond);
});

// Activations
export const sigmoid: Unary = unary((x) => 1 / (1 + Math.exp(-x)));
export const tanh: Unary = unary(Math.tanh);
export const relu: Unary = unary((x) => Math.max(x, 0));
/** What comes back through y = relu(x) from dy: dy where y is positive, else 0. */
export const reluGrad: Binary = binary((dy, y) => (y > 0 ? dy : 0));
/** dy · y (1 − y), for y = sigmoid(x). */
export const sigmoidGrad: Binary = binary((dy, y) => dy * (y * (1 - y)));
/** dy · (1 − y)(1 + y), for y = tanh(x): the square would lose the digits of a y near 1. */
export const tanhGrad: Binary = binary((dy, y) => dy * ((1 - y) * (1 + y)));
export const relu6: Unary = unary((x) => Math.min(Math.max(x, 0), 6));
/** x where positive, else alpha · x. */
export function leakyRelu(x: Numbers, y: Numbers, alpha: number): void {
  for (let i = 0; i < y.length; i++) y[i] = x[i]! > 0 ? x[i]! : alpha * x[i]!;
}
/** x where positive, else alpha · (e^x − 1). */
export function elu(x: Numbers, y: Numbers, alpha: number): void {
  for (let i = 0; i < y.length; i++) y[i] = x[i]! > 0 ? x[i]! : alpha * Math.expm1(x[i]!);
}
/** log(1 + e^x), written so that it neither overflows nor loses the small end. */
export const softplus: Unary = unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))));
/** max(x, 0) − x·z + log(1 + e^−|x|): cross-entropy of label z with the sigmoid of logit x, all of one size. */
export function sigmoidCrossEntropy(labels: Floats, logits: Floats, y: Floats): void {
  for (let i = 0; i < y.length; i++) {
    const x = logits[i]!;
    y[i] = Math.max(x, 0) - x * labels[i]! + Math.log1p(Math.exp(-Math.abs(x)));
  }
}
