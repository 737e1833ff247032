/**
 * Inputs on which every op is checked: shapes that broadcast, single numbers, nothing at all, and attributes. Numbers
 * stay clear of kinks and poles. An op of the catalogue without a row here fails a test.
 */
import { Generator } from '../core/random.ts';
import { sizeOf } from '../core/shape.ts';
import { fromArray, type Tensor } from '../core/tensor.ts';
import { gelu, logSigmoid, selu } from './activation.ts';
import { catalogue } from './catalogue.ts';
import { conv2dTranspose } from './conv2d.ts';
import { compareGradients, type Differentiable, describe } from './gradcheck.ts';
import {
  binaryCrossentropy,
  huber,
  meanAbsoluteError,
  meanSquaredError,
  sigmoidCrossEntropyWithLogits,
  softmaxCrossEntropyWithLogits,
  sparseSoftmaxCrossEntropyWithLogits,
} from './losses.ts';
import { matmul } from './matmul.ts';
import { reverse, split, stack, stridedSlice, tile, unstack } from './move.ts';
import {
  batchNormalisation,
  batchNormalisationByMoments,
  embeddingLookup,
  layerNormalisation,
} from './normalise.ts';
import { dropout, randomUniform } from './random.ts';
import { logSumExp, max, mean, moments, norm, prod, softmax, sum, variance } from './reduce.ts';
import { expandDims, squeeze } from './reshape.ts';
import { resizeNearest } from './resize.ts';
import { type WindowOptions, windowOver } from './window.ts';

/** Draws one input. */
export type Draw = (generator: Generator) => Tensor;

/** One call to check: inputs, and what is done with them. */
export interface Sample {
  readonly inputs: readonly Draw[];
  /** Attributes of an op that has some. */
  readonly attrs?: object;
  readonly run: Differentiable;
}

// ── Kinds of input ───────────────────────────────────────────────────────────────────────────────────────────────

type Kind = (...shape: number[]) => Draw;

function between(low: number, high: number): Kind {
  return (...shape) =>
    (generator) =>
      randomUniform(shape, { minval: low, maxval: high, dtype: 'float64', generator });
}
const any = between(-2, 2);
const positive = between(0.5, 2);
const unit = between(0.1, 0.9);

/** Multiples of a spacing, all different, in random order, each moved by at most an eighth of the spacing. */
function spaced(spacing: number, offset: number): Kind {
  return (...shape) =>
    (generator) => {
      const size = sizeOf(shape);
      const places = Array.from({ length: size }, (_, i) => i - Math.floor(size / 2));
      const chance = randomUniform([2, size], { dtype: 'float64', generator }).values;
      const order = places.map((place, i) => ({ place, key: chance[i] as number }));
      order.sort((a, b) => a.key - b.key);
      const values = order.map(
        ({ place }, i) => spacing * (place + offset + ((chance[size + i] as number) - 0.5) / 4),
      );
      return fromArray(Float64Array.from(values), shape);
    };
}
/** Never near a multiple of 1/2, and no two alike: for steps, kinks and largest elements. */
const clear = spaced(0.5, 0.5);
/** Near multiples of 1/2, where `clear` never is. */
const level = spaced(0.5, 0);

function whole(low: number, high: number): Kind {
  return (...shape) =>
    (generator) =>
      randomUniform(shape, { minval: low, maxval: high, dtype: 'int32', generator });
}
const truths = whole(0, 2);

// ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One input in several shapes. */
const one = (x: Kind): Draw[][] => [[x()], [x(5)], [x(2, 3)], [x(0, 3)]];
/** Two inputs that broadcast in every way. */
const two = (a: Kind, b: Kind = a): Draw[][] => [
  [a(), b()],
  [a(2, 3), b(2, 3)],
  [a(2, 3), b(3)],
  [a(), b(4)],
  [a(4, 1), b(2, 1, 3)],
  [a(0, 3), b(3)],
];
/** The same inputs with each of several attributes. */
const withEach = (rows: readonly Draw[][], ...attributes: readonly object[]): Row[] =>
  rows.flatMap((inputs) => attributes.map((attrs) => ({ inputs, attrs })));

interface Row {
  readonly inputs: readonly Draw[];
  readonly attrs: object;
}

/**
 * Windows of 3×2 over two images of 6×5 pixels and two channels: plain, with strides and padding, with dilations.
 * Each makes so many `filters`; `inputsFor` is told them, and how many windows there are.
 */
function slid(
  inputsFor: (filters: number, rows: number, cols: number) => readonly Draw[],
  filters: number,
): Row[] {
  const ways: WindowOptions[] = [
    {},
    { strides: [2, 3], padding: 'SAME' },
    { dilations: [2, 1], padding: 'SAME' },
  ];
  return ways.map((options) => {
    const window = windowOver('samples', 'window', [2, 6, 5, 2], [3, 2], filters, options);
    return { inputs: inputsFor(filters, window.rows, window.cols), attrs: { window } };
  });
}

/** Two images of 3×2 pixels made 5×7, in TensorFlow 1's way and the two others. */
const sizings = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
].map((kind) => ({ small: [2, 3, 2, 2], large: [2, 5, 7, 2], ...kind }));

const rows: Readonly<Record<string, readonly (readonly Draw[] | Row)[]>> = {
  add: two(any),
  sub: two(any),
  mul: two(any),
  div: two(any, positive),
  pow: two(positive, any),
  maximum: two(clear, level),
  minimum: two(clear, level),
  squaredDifference: two(any),
  equal: two(any),
  notEqual: two(any),
  less: two(any),
  lessEqual: two(any),
  greater: two(any),
  greaterEqual: two(any),
  logicalAnd: two(truths),
  logicalOr: two(truths),
  logicalXor: two(truths),
  logicalNot: one(truths),
  isNan: one(any),
  isFinite: one(any),
  where: [
    [truths(), any(), any()],
    [truths(2, 3), any(2, 3), any(2, 3)],
    [truths(3), any(2, 1), any()],
    [truths(4, 1), any(3), any(4, 3)],
  ],
  neg: one(any),
  square: one(any),
  sqrt: one(positive),
  rsqrt: one(positive),
  reciprocal: one(positive),
  exp: one(any),
  expm1: one(any),
  log: one(positive),
  log1p: one(positive),
  abs: one(clear),
  sign: one(clear),
  floor: one(clear),
  ceil: one(clear),
  round: one(clear),
  sin: one(any),
  cos: one(any),
  tan: one(between(-1, 1)),
  erf: one(any),
  clip: withEach(one(clear), { low: -1, high: 1 }, { low: 0, high: Infinity }),
  cast: withEach(one(any), { from: 'float64', to: 'float64' }),
  stopGradient: one(any),
  clone: one(any),

  sigmoid: one(any),
  sigmoidGrad: two(any),
  tanh: one(any),
  tanhGrad: two(any),
  relu: one(clear),
  reluGrad: two(any, clear),
  relu6: one(spaced(2, 0.5)),
  softplus: one(any),
  leakyRelu: withEach(one(clear), { alpha: 0.2 }, { alpha: 0 }),
  elu: withEach(one(clear), { alpha: 1 }, { alpha: 1.7 }),

  matmul: [
    [any(2, 3), any(3, 4)],
    [any(1, 5), any(5, 1)],
    [any(2, 3, 4), any(4, 2)],
    [any(2, 1, 3, 4), any(5, 4, 2)],
    [any(2, 0), any(0, 3)],
  ],

  broadcastTo: [
    { inputs: [any()], attrs: { to: [2, 3] } },
    { inputs: [any(3)], attrs: { to: [4, 3] } },
    { inputs: [any(2, 1, 3)], attrs: { to: [2, 4, 3] } },
  ],
  sumTo: [
    { inputs: [any(2, 3)], attrs: { to: [] } },
    { inputs: [any(4, 3)], attrs: { to: [3] } },
    { inputs: [any(2, 4, 3)], attrs: { to: [2, 1, 3] } },
  ],

  max: withEach([[clear(3, 4)]], { to: [3, 1] }, { to: [1, 4] }, { to: [1, 1] }),
  min: withEach([[clear(3, 4)]], { to: [3, 1] }, { to: [1, 4] }, { to: [1, 1] }),
  any: withEach([[truths(3, 4)]], { to: [3, 1] }),
  all: withEach([[truths(3, 4)]], { to: [3, 1] }),
  prod: [[any(4)], [any(2, 3)], [any(2, 1)]],
  argmax: withEach([[any(2, 3, 4)]], { axis: 0 }, { axis: 1 }, { axis: 2 }),
  argmin: withEach([[any(2, 3, 4)]], { axis: 0 }, { axis: 1 }, { axis: 2 }),
  cumsum: withEach(
    [[any(4)], [any(2, 3)]],
    { axis: 0, exclusive: false, reverse: false },
    { axis: 0, exclusive: true, reverse: true },
  ),
  cumprod: withEach(
    [[positive(4)], [positive(2, 3)]],
    { axis: 0, exclusive: false, reverse: false },
    { axis: 0, exclusive: true, reverse: true },
  ),
  softmax: [[any(4)], [any(2, 3)], [any(3, 1)]],
  logSoftmax: [[any(4)], [any(2, 3)], [any(3, 1)]],

  reshape: withEach([[any(2, 3)]], { to: [6] }, { to: [3, 1, 2] }),
  transpose: withEach([[any(2, 3, 4)]], { order: [2, 1, 0] }, { order: [1, 2, 0] }),
  slice: withEach(
    [[any(4, 5)]],
    { begin: [1, 0], size: [2, 5], step: [1, 1] },
    { begin: [3, 4], size: [2, 3], step: [-2, -2] },
    { begin: [0, 0], size: [0, 5], step: [1, 1] },
  ),
  pad: withEach(
    [[any(2, 3)]],
    { begin: [1, 0], size: [2, 3], step: [1, 1], into: [4, 4], value: 7 },
    { begin: [2, 1], size: [2, 3], step: [-2, 2], into: [3, 6], value: 0 },
  ),
  concat: withEach([[any(2, 3), any(2, 3)]], { axis: 0 }, { axis: 1 }),
  gather: withEach(
    [
      [any(4, 3), whole(0, 3)(5)],
      [any(3, 3), whole(0, 3)(2, 2)],
    ],
    { axis: 0 },
    { axis: 1 },
  ),
  scatterAdd: [
    { inputs: [any(5, 2), whole(0, 3)(5)], attrs: { axis: 0, into: [3, 2] } },
    { inputs: [any(2, 4), whole(0, 3)(4)], attrs: { axis: 1, into: [2, 3] } },
  ],
  oneHot: withEach([[whole(0, 3)(4)], [whole(0, 3)(2, 2)]], { depth: 3, on: 1, off: 0 }),

  sigmoidCrossEntropy: [
    [unit(4), any(4)],
    [unit(2, 3), any(2, 3)],
  ],

  conv2d: slid((w) => [any(2, 6, 5, 2), any(3, 2, 2, w)], 3),
  conv2dInputGrad: slid((w, rows, cols) => [any(2, rows, cols, w), any(3, 2, 2, w)], 3),
  conv2dFilterGrad: slid((w, rows, cols) => [any(2, 6, 5, 2), any(2, rows, cols, w)], 3),
  depthwiseConv2d: slid(() => [any(2, 6, 5, 2), any(3, 2, 2, 2)], 4),
  depthwiseConv2dInputGrad: slid((w, rows, cols) => [any(2, rows, cols, w), any(3, 2, 2, 2)], 4),
  depthwiseConv2dFilterGrad: slid((w, rows, cols) => [any(2, 6, 5, 2), any(2, rows, cols, w)], 4),
  maxPool: slid(() => [clear(2, 6, 5, 2)], 2),
  maxPoolGrad: slid((w, rows, cols) => [clear(2, 6, 5, 2), any(2, rows, cols, w)], 2),
  maxPoolPick: slid(() => [clear(2, 6, 5, 2), any(2, 6, 5, 2)], 2),
  avgPool: slid(() => [any(2, 6, 5, 2)], 2),
  avgPoolGrad: slid((w, rows, cols) => [any(2, rows, cols, w)], 2),

  resizeBilinear: withEach([[any(2, 3, 2, 2)]], ...sizings),
  resizeBilinearGrad: withEach([[any(2, 5, 7, 2)]], ...sizings),
};

/** The sample calls of an op of the catalogue; empty if it has no row. */
export function samplesOf(name: string): readonly Sample[] {
  const op = catalogue.get(name) as unknown as (...args: unknown[]) => Tensor;
  return (rows[name] ?? []).map((row) => {
    if (!('attrs' in row)) return { inputs: row, run: (...inputs) => op(...inputs) };
    return { ...row, run: (...inputs) => op(...inputs, row.attrs) };
  });
}

/** Names that have a row of samples. */
export const sampled: readonly string[] = Object.keys(rows);

/** A function made of ops: how it is made, and calls to check. */
export interface Derived {
  readonly math: string;
  readonly samples: readonly Sample[];
}

/** Samples of a function: each list of inputs with each way of calling it. */
function derived(math: string, inputs: readonly Draw[][], ...ways: Differentiable[]): Derived {
  return { math, samples: inputs.flatMap((row) => ways.map((run) => ({ inputs: row, run }))) };
}

/** Public functions that are made of other ops, or that reach their op by more than one way. */
export const derivedFunctions: Readonly<Record<string, Derived>> = {
  selu: derived('scale · elu(x, alpha)', one(clear), selu),
  logSigmoid: derived('ln sigmoid(x)', one(any), logSigmoid),
  gelu: derived(
    'x Φ(x)',
    one(any),
    (x) => gelu(x),
    (x) => gelu(x, true),
  ),
  'matmul:transposed': derived(
    'a and b with their last two axes exchanged',
    [[any(2, 3, 4), any(2, 5, 3)]],
    (a, b) => matmul(a, b, { transposeA: true, transposeB: true }),
  ),
  sum: derived(
    'sum of x over axes',
    [[any(2, 3, 4)]],
    (x) => sum(x),
    (x) => sum(x, 1),
    (x) => sum(x, [0, -1], true),
  ),
  mean: derived(
    'sum(x) / n',
    [[any(2, 3, 4)]],
    (x) => mean(x),
    (x) => mean(x, -2),
    (x) => mean(x, [0, 2], true),
  ),
  'max:axes': derived('largest over axes that are not neighbours', [[clear(2, 3, 4)]], (x) =>
    max(x, [0, 2]),
  ),
  'prod:axes': derived(
    'product over axes',
    [[any(2, 3, 2)]],
    (x) => prod(x),
    (x) => prod(x, [0, 2]),
    (x) => prod(x, 0, true),
  ),
  variance: derived(
    'mean((x - mean(x))^2)',
    [[any(3, 4)]],
    (x) => variance(x),
    (x) => variance(x, 0),
  ),
  moments: derived('mean(x), variance(x)', [[any(3, 4)]], (x) => Object.values(moments(x, 1))),
  norm: derived(
    'sqrt(sum(x^2))',
    [[any(3, 4)]],
    (x) => norm(x),
    (x) => norm(x, 1),
  ),
  logSumExp: derived(
    'ln sum(e^x), the largest x taken out',
    [[any(3, 4)]],
    (x) => logSumExp(x),
    (x) => logSumExp(x, 0, true),
  ),
  'softmax:axis': derived('softmax between two transposes', [[any(3, 4)]], (x) => softmax(x, 0)),
  squeeze: derived(
    'x without axes of size 1',
    [[any(1, 3, 1)]],
    (x) => squeeze(x),
    (x) => squeeze(x, 0),
  ),
  expandDims: derived('x with an axis of size 1 more', [[any(2, 3)]], (x) => expandDims(x, -1)),
  stack: derived(
    'concat of x0, x1, … with a new axis',
    [[any(2, 3), any(2, 3), any(2, 3)]],
    (...xs) => stack(xs, 1),
  ),
  unstack: derived('slices of x along an axis, without it', [[any(3, 2)]], (x) => unstack(x, 1)),
  split: derived(
    'slices of x along an axis',
    [[any(2, 6)]],
    (x) => split(x, 3, 1),
    (x) => split(x, [1, -1, 2], 1),
  ),
  stridedSlice: derived("slice with Python's places", [[any(5, 6)]], (x) =>
    stridedSlice(x, [-1, 1], [null, -1], [-2, 2]),
  ),
  reverse: derived(
    'slice backwards',
    [[any(3, 4)]],
    (x) => reverse(x),
    (x) => reverse(x, 1),
  ),
  tile: derived('broadcastTo between two reshapes', [[any(2, 3)]], (x) => tile(x, [3, 2])),
  dropout: derived('x / (1 - rate) where chance ≥ rate, else 0', [[any(4, 5)]], (x) =>
    dropout(x, 0.4),
  ),
  conv2dTranspose: derived(
    'conv2dInputGrad: the transpose of conv2d',
    [[any(2, 3, 4, 2), any(3, 2, 3, 2)]],
    (x, f) => conv2dTranspose(x, f),
    (x, f) => conv2dTranspose(x, f, { strides: 2, padding: 'SAME' }),
  ),
  resizeNearest: derived('gather of the nearest rows and columns', [[any(2, 3, 2, 2)]], (x) =>
    resizeNearest(x, [5, 3]),
  ),
  batchNormalisation: derived(
    'scale (x - mean) / sqrt(variance + epsilon) + offset',
    [[any(4, 3), any(3), positive(3), any(3), any(3)]],
    (x, mean, variance, scale, offset) => batchNormalisation(x, mean, variance, { scale, offset }),
  ),
  batchNormalisationByMoments: derived(
    'batchNormalisation by the moments of x itself',
    [[any(4, 3)]],
    (x) => Object.values(batchNormalisationByMoments(x)),
  ),
  layerNormalisation: derived('each row by its own moments', [[any(3, 5)]], (x) =>
    layerNormalisation(x),
  ),
  embeddingLookup: derived('gather of rows', [[any(4, 3), whole(0, 4)(2, 3)]], embeddingLookup),
  meanSquaredError: derived('mean((t - p)^2)', [[any(2, 3), any(2, 3)]], (t, p) =>
    meanSquaredError(t, p),
  ),
  meanAbsoluteError: derived('mean|t - p|', [[clear(2, 3), level(2, 3)]], (t, p) =>
    meanAbsoluteError(t, p),
  ),
  huber: derived(
    'mean of e^2/2 near, delta (|e| - delta/2) far',
    [[clear(2, 3), level(2, 3)]],
    (t, p) => huber(t, p),
    (t, p) => huber(t, p, 1.5),
  ),
  softmaxCrossEntropyWithLogits: derived(
    '-sum(labels · logSoftmax(logits))',
    [[unit(2, 3), any(2, 3)]],
    (labels, logits) => softmaxCrossEntropyWithLogits(labels, logits),
    (labels, logits) => softmaxCrossEntropyWithLogits(labels, logits, 0),
  ),
  sparseSoftmaxCrossEntropyWithLogits: derived(
    '-logSoftmax(logits) at the labels',
    [[whole(0, 3)(4), any(4, 3)]],
    sparseSoftmaxCrossEntropyWithLogits,
  ),
  sigmoidCrossEntropyWithLogits: derived(
    'sigmoidCrossEntropy, shapes checked',
    [[unit(2, 3), any(2, 3)]],
    sigmoidCrossEntropyWithLogits,
  ),
  binaryCrossentropy: derived(
    'mean(-t ln p - (1 - t) ln(1 - p))',
    [[unit(2, 3), unit(2, 3)]],
    (t, p) => binaryCrossentropy(t, p),
    (t, p) => binaryCrossentropy(t, p, { fromLogits: true }),
  ),
};

// ── The check of all samples ─────────────────────────────────────────────────────────────────────────────────────

/** What `checkSamples` found: a line of the coverage table. */
export interface Coverage {
  readonly name: string;
  readonly math: string;
  /** Why there is no gradient to check, where there is none. */
  readonly noGradient?: string;
  /** How many inputs were differentiated by, over all samples. */
  readonly inputs: number;
  /** The worst relative error, of first and second derivatives. */
  readonly worst: number;
  /** What was wrong, in sentences. */
  readonly failures: readonly string[];
}

/** Everything that can be checked, the ops of the catalogue first. */
export const checkable: readonly string[] = [...catalogue.keys(), ...Object.keys(derivedFunctions)];

/**
 * Checks the first and second derivatives of an op or function on all its samples; an op without a gradient is run
 * only.
 */
export function checkSamples(
  name: string,
  options: { tolerance?: number; seed?: number } = {},
): Coverage {
  const record = catalogue.get(name)?.record;
  const { math, samples } = record
    ? { math: record.math, samples: samplesOf(name) }
    : (derivedFunctions[name] ?? { math: '', samples: [] });
  const noGradient = record && !record.vjp ? (record.noGradient ?? 'no rule') : undefined;
  const failures: string[] = samples.length === 0 ? [`${name} has no samples`] : [];
  let inputs = 0;
  let worst = 0;
  samples.forEach((sample, i) => {
    const generator = new Generator(options.seed ?? 1);
    try {
      const drawn = sample.inputs.map((draw) => draw(generator));
      if (noGradient !== undefined) {
        sample.run(...drawn);
        return;
      }
      for (const check of compareGradients(sample.run, drawn, { ...options, second: true })) {
        if (check.order === 1) inputs++;
        worst = Math.max(worst, check.error);
        if (!check.passed) failures.push(`sample ${i}: ${describe(check)}`);
      }
    } catch (error) {
      failures.push(`sample ${i}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  return {
    name,
    math,
    inputs,
    worst,
    failures,
    ...(noGradient === undefined ? {} : { noGradient }),
  };
}
