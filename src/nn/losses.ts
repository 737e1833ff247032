/** Losses by Keras's names: the truth first, then what the model says. Each is a mean over all samples. */
import { ShapeError } from '../core/errors.ts';
import { sameShape, shapeText } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import * as ops from '../ops/index.ts';
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
  | 'huberLoss';

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
};

/** A loss from its name, ours or Keras's; one that is a function stays. */
export function loss(given: LossName | (string & {}) | LossFunction): LossFunction {
  return typeof given === 'function' ? given : byName('compile', 'loss', given, losses);
}
