/** Losses by Keras's names: the truth first, then what the model says. Each is a mean over all samples. */
import { ShapeError } from '../core/errors.ts';
import { sameShape, shapeText } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import * as ops from '../ops/index.ts';
import {
  abs,
  add,
  clip,
  div,
  equal,
  log,
  maximum,
  mul,
  neg,
  square,
  sub,
  sum,
} from '../ops/index.ts';
import { logitsBehind } from './activations.ts';
import { byName } from './by-name.ts';
import type { FloatType } from './layer.ts';
import type { Tensors } from './tensors.ts';

/** One number from the truth and a model's outputs, or several, whose mean is taken. */
// A method's type, so that functions of single tensors will do where the outputs are one.
export type LossFunction = { loss(truth: Tensors, prediction: Tensors): Tensor }['loss'];

/** Added to and taken from what a logarithm or a limit would not survive; Keras's epsilon. */
const epsilon = 1e-7;

function meanSquaredError(truth: Tensor, prediction: Tensor): Tensor {
  return ops.meanSquaredError(...matched('meanSquaredError', truth, prediction));
}

function meanAbsoluteError(truth: Tensor, prediction: Tensor): Tensor {
  return ops.meanAbsoluteError(...matched('meanAbsoluteError', truth, prediction));
}

function huber(truth: Tensor, prediction: Tensor): Tensor {
  return ops.huber(...matched('huber', truth, prediction));
}

/** Of probabilities; from their logits where they came out of a sigmoid just now. */
function binaryCrossentropy(truth: Tensor, prediction: Tensor): Tensor {
  const [z, p] = matched('binaryCrossentropy', truth, prediction);
  const logits = logitsBehind(prediction);
  return logits === undefined
    ? ops.binaryCrossentropy(z, p)
    : ops.binaryCrossentropy(z, logits, { fromLogits: true });
}

/** Of probabilities along the last axis and truths in the same form. */
function categoricalCrossentropy(truth: Tensor, prediction: Tensor): Tensor {
  const [z, p] = matched('categoricalCrossentropy', truth, prediction);
  const logits = logitsBehind(prediction);
  if (logits !== undefined) return ops.mean(ops.softmaxCrossEntropyWithLogits(z, logits));
  const shares = ops.div(p, ops.sum(p, -1, true));
  const inside = ops.clip(shares, epsilon, 1 - epsilon);
  return ops.mean(ops.neg(ops.sum(ops.mul(z, ops.log(inside)), -1)));
}

/** Of probabilities along the last axis and truths that are class numbers. */
function sparseCategoricalCrossentropy(truth: Tensor, prediction: Tensor): Tensor {
  const logits = logitsBehind(prediction) ?? ops.log(ops.clip(prediction, epsilon, 1 - epsilon));
  return ops.mean(ops.sparseSoftmaxCrossEntropyWithLogits(classesOf(truth, logits), logits));
}

/** A loss that is the mean of what a formula makes of each element, or of each row. */
type Formula = (truth: Tensor, prediction: Tensor) => Tensor;
function meanOf(name: string, formula: Formula): LossFunction {
  return (truth: Tensor, prediction: Tensor) =>
    ops.mean(formula(...matched(name, truth, prediction)));
}

/** max(1 − z p, 0) for truths of ±1; truths that are all 0 or 1 become −1 and 1. */
function hinge(truth: Tensor, prediction: Tensor): Tensor {
  const binary = ops.all(ops.logicalOr(equal(truth, 0), equal(truth, 1)));
  const sides = ops.where(binary, sub(mul(2, truth), 1), truth);
  return maximum(sub(1, mul(sides, prediction)), 0);
}

/** Rows of length 1. */
function unit(x: Tensor): Tensor {
  return mul(x, ops.rsqrt(maximum(sum(square(x), -1, true), 1e-12)));
}

type FormulaName =
  | 'meanAbsolutePercentageError'
  | 'meanSquaredLogarithmicError'
  | 'logCosh'
  | 'poisson'
  | 'hinge'
  | 'squaredHinge'
  | 'kullbackLeiblerDivergence'
  | 'cosineSimilarity';

const formulas: Readonly<Record<FormulaName, Formula>> = {
  meanAbsolutePercentageError: (z, p) => mul(100, abs(div(sub(z, p), maximum(abs(z), epsilon)))),
  meanSquaredLogarithmicError: (z, p) => {
    const [left, right] = [z, p].map((x) => log(add(maximum(x, epsilon), 1)));
    return ops.squaredDifference(left as Tensor, right as Tensor);
  },
  /** ln cosh of the error, without overflow. */
  logCosh: (z, p) => {
    const error = sub(p, z);
    return sub(add(error, ops.softplus(mul(-2, error))), Math.LN2);
  },
  poisson: (z, p) => sub(p, mul(z, log(add(p, epsilon)))),
  hinge,
  squaredHinge: (z, p) => square(hinge(z, p)),
  kullbackLeiblerDivergence: (z, p) => {
    const [truth, said] = [clip(z, epsilon, 1), clip(p, epsilon, 1)];
    return sum(mul(truth, log(div(truth, said))), -1);
  },
  /** −1 where two rows point the same way, 1 where they point apart. */
  cosineSimilarity: (z, p) => neg(sum(mul(unit(z), unit(p)), -1)),
};

/** Class numbers as int32 and without a last axis of size 1. */
export function classesOf(truth: Tensor, prediction: Tensor): Tensor {
  const rows = prediction.shape.slice(0, -1);
  const classes = ops.cast(truth, 'int32');
  return sameShape(classes.shape, [...rows, 1]) ? ops.reshape(classes, rows) : classes;
}

/** The truth in the type of the prediction, and in its shape where only a last axis of size 1 stands between. */
export function matched(loss: string, truth: Tensor, prediction: Tensor): [Tensor, Tensor] {
  if (!(truth instanceof Tensor) || !(prediction instanceof Tensor)) {
    throw new ShapeError(
      `${loss}: the ${truth instanceof Tensor ? 'prediction' : 'truth'} is several tensors; want one. A loss function of your own takes them all`,
      {},
    );
  }
  const z = ops.cast(truth, prediction.dtype as FloatType);
  if (sameShape(z.shape, prediction.shape)) return [z, prediction];
  const columns =
    sameShape([...z.shape, 1], prediction.shape) || sameShape(z.shape, [...prediction.shape, 1]);
  if (columns) return [ops.reshape(z, prediction.shape), prediction];
  throw new ShapeError(
    `${loss}: the truth is ${shapeText(truth.shape)} and the prediction is ${shapeText(prediction.shape)}; want the same shape`,
    { truth: truth.shape, prediction: prediction.shape },
  );
}

export type LossName =
  | 'mse'
  | 'meanSquaredError'
  | 'mae'
  | 'meanAbsoluteError'
  | 'bce'
  | 'binaryCrossentropy'
  | 'categoricalCrossentropy'
  | 'sparseCategoricalCrossentropy'
  | 'huber'
  | 'huberLoss'
  | 'mape'
  | 'msle'
  | 'kld'
  | FormulaName;

const means = Object.fromEntries(
  Object.entries(formulas).map(([name, formula]) => [name, meanOf(name, formula)]),
) as Record<FormulaName, LossFunction>;

const losses: Readonly<Record<LossName, LossFunction>> = {
  mse: meanSquaredError,
  meanSquaredError,
  mae: meanAbsoluteError,
  meanAbsoluteError,
  bce: binaryCrossentropy,
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
  huber,
  huberLoss: huber,
  ...means,
  mape: means.meanAbsolutePercentageError,
  msle: means.meanSquaredLogarithmicError,
  kld: means.kullbackLeiblerDivergence,
};

/** A loss from its name, ours or Keras's; one that is a function stays. */
export function loss(given: LossName | (string & {}) | LossFunction): LossFunction {
  return typeof given === 'function' ? given : byName('compile', 'loss', given, losses);
}
