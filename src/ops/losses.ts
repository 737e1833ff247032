/** What training makes small. The first argument is the truth, the second the prediction, as Keras has them. */
import { ShapeError } from '../core/errors.ts';
import { anything, checkOptions, flag, number, oneOf } from '../core/options.ts';
import { broadcastShapes, sameShape, shapeText } from '../core/shape.ts';
import { floats, Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import { sigmoid } from './activation.ts';
import { range } from './create.ts';
import { defineOp, type Op, wantFloats } from './define.ts';
import {
  abs,
  add,
  clip,
  lessEqual,
  log,
  mul,
  neg,
  square,
  squaredDifference,
  sub,
  where,
} from './elementwise.ts';
import { gather, toIndices } from './gather.ts';
import { logSoftmax, mean, sum } from './reduce.ts';
import { expandDims, reshape, squeeze } from './reshape.ts';

export interface LossOptions {
  /**
   * What becomes of the samples' losses, each a mean over the last axis: their mean (the default), their sum, or all
   * of them. As in tf.keras.losses.
   */
  reduction?: 'mean' | 'sum' | 'none';
  /** What the samples' losses are multiplied by, one number each or one for all; their mean still counts samples. */
  sampleWeight?: TensorLike;
}
const common = { reduction: oneOf('mean', 'sum', 'none'), sampleWeight: anything };

/** (truth − prediction)². As tf.keras.losses.MeanSquaredError. */
export function meanSquaredError(
  truth: TensorLike,
  prediction: TensorLike,
  options: LossOptions = {},
): Tensor {
  const [z, p] = compared('meanSquaredError', truth, prediction);
  return reduced('meanSquaredError', squaredDifference(z, p), options);
}

/** |truth − prediction|. As tf.keras.losses.MeanAbsoluteError. */
export function meanAbsoluteError(
  truth: TensorLike,
  prediction: TensorLike,
  options: LossOptions = {},
): Tensor {
  const [z, p] = compared('meanAbsoluteError', truth, prediction);
  return reduced('meanAbsoluteError', abs(sub(z, p)), options);
}

/** e²/2 where the error e is at most delta, and delta·(|e| − delta/2) beyond. As tf.keras.losses.Huber. */
export function huber(
  truth: TensorLike,
  prediction: TensorLike,
  options: number | (LossOptions & { delta?: number }) = {},
): Tensor {
  const given = typeof options === 'number' ? { delta: options } : options;
  checkOptions('huber', given, { ...common, delta: number() });
  const { delta = 1, ...rest } = given;
  const [z, p] = compared('huber', truth, prediction);
  const error = sub(p, z);
  const size = abs(error);
  const near = mul(0.5, square(error));
  const far = sub(mul(delta, size), 0.5 * delta * delta);
  return reduced('huber', where(lessEqual(size, delta), near, far), rest);
}

/** The losses of all elements, as one number or one a sample. */
function reduced(op: string, losses: Tensor, options: LossOptions): Tensor {
  checkOptions(op, options, common);
  const { reduction = 'mean', sampleWeight } = options;
  if (reduction === 'mean' && sampleWeight === undefined) return mean(losses);
  let samples = losses.rank === 0 ? losses : mean(losses, -1);
  if (sampleWeight !== undefined) samples = mul(samples, weightOf(op, sampleWeight, samples));
  if (reduction === 'none') return samples;
  return reduction === 'sum' ? sum(samples) : mean(samples);
}

/** Weights that broadcast with the losses: a last axis of size 1 is taken away or added, as Keras does. */
function weightOf(op: string, given: TensorLike, losses: Tensor): Tensor {
  const weight = toTensor(given, losses.dtype);
  const column = weight.rank === losses.rank + 1 && weight.shape.at(-1) === 1;
  const fitting = column
    ? squeeze(weight, -1)
    : weight.rank > 0 && weight.rank === losses.rank - 1
      ? expandDims(weight, -1)
      : weight;
  broadcastShapes(op, fitting.shape, losses.shape, ['sampleWeight', 'the loss of each sample']);
  return fitting;
}

/**
 * −sum over an axis of labels · ln softmax(logits), the last unless told: one number a row. As
 * tf.nn.softmax_cross_entropy_with_logits.
 */
export function softmaxCrossEntropyWithLogits(
  labels: TensorLike,
  logits: TensorLike,
  axis = -1,
): Tensor {
  const [l, x] = pair('softmaxCrossEntropyWithLogits', labels, logits);
  return neg(sum(mul(l, logSoftmax(x, axis)), axis));
}

/**
 * −ln softmax(logits) along the last axis, at the class that each int32 label names. As
 * tf.nn.sparse_softmax_cross_entropy_with_logits.
 */
export function sparseSoftmaxCrossEntropyWithLogits(
  labels: TensorLike,
  logits: TensorLike,
): Tensor {
  const x = toTensor(logits);
  const classes = toIndices(labels);
  const n = x.shape.at(-1) ?? 0;
  if (x.rank === 0 || !sameShape(classes.shape, x.shape.slice(0, -1))) {
    throw new ShapeError(
      `sparseSoftmaxCrossEntropyWithLogits: labels are ${shapeText(classes.shape)} and logits are ${shapeText(x.shape)}; want one label a row`,
      { labels: classes.shape, logits: x.shape },
    );
  }
  if (classes.dtype !== 'int32') {
    throw new ShapeError(
      `sparseSoftmaxCrossEntropyWithLogits: labels are ${classes.dtype}; want int32. cast(labels, "int32") makes them so`,
      { labels: classes.dtype },
    );
  }
  const wrong = classes.numbers.find((c: number) => c < 0 || c >= n);
  if (wrong !== undefined) {
    throw new ShapeError(
      `sparseSoftmaxCrossEntropyWithLogits: a label is ${wrong}; want 0 to ${n - 1}`,
      { label: wrong, classes: n },
    );
  }
  // Taken from the row, not multiplied by ones and zeros: other classes may be ruled out by logits of −infinity.
  const firsts = reshape(range(0, x.size, Math.max(n, 1), 'int32'), classes.shape);
  return neg(gather(reshape(logSoftmax(x), [x.size]), add(classes, firsts)));
}

const sigmoidCrossEntropyOp: Op<['labels', 'logits']> = defineOp({
  name: 'sigmoidCrossEntropy',
  inputs: ['labels', 'logits'],
  keeps: ['labels', 'logits'],
  math: 'y = max(x, 0) - x z + ln(1 + e^-|x|) for labels z and logits x',
  shape: ({ logits }) => logits,
  forward: (k, { labels, logits }, y) =>
    k.sigmoidCrossEntropy(floats(labels), floats(logits), floats(y)),
  vjp: {
    labels: (dy, { logits }) => neg(mul(dy, logits)),
    logits: (dy, { labels, logits }) => mul(dy, sub(sigmoid(logits), labels)),
  },
});

/**
 * Cross-entropy of labels z in [0,1] with sigmoid(logits x), one number each; its slope along x is sigmoid(x) − z,
 * at 0 as everywhere. As tf.nn.sigmoid_cross_entropy_with_logits.
 */
export function sigmoidCrossEntropyWithLogits(labels: TensorLike, logits: TensorLike): Tensor {
  return sigmoidCrossEntropyOp(...pair('sigmoidCrossEntropyWithLogits', labels, logits));
}

/**
 * −z ln p − (1 − z) ln(1 − p) for truths z and chances p, which are kept 1e-7 away from 0 and 1; `fromLogits` takes
 * logits. As tf.keras.losses.BinaryCrossentropy: 1e-7 is also added inside the logarithms.
 */
export function binaryCrossentropy(
  truth: TensorLike,
  prediction: TensorLike,
  options: LossOptions & { fromLogits?: boolean } = {},
): Tensor {
  checkOptions('binaryCrossentropy', options, { ...common, fromLogits: flag });
  const { fromLogits = false, ...rest } = options;
  const [z, p] = pair('binaryCrossentropy', truth, prediction);
  if (fromLogits) return reduced('binaryCrossentropy', sigmoidCrossEntropyOp(z, p), rest);
  const inside = clip(p, 1e-7, 1 - 1e-7);
  const ones = mul(z, log(add(inside, 1e-7)));
  const zeros = mul(sub(1, z), log(add(sub(1, inside), 1e-7)));
  return reduced('binaryCrossentropy', neg(add(ones, zeros)), rest);
}

/** Truth and prediction as tensors of one type whose shapes meet. */
function compared(op: string, truth: TensorLike, prediction: TensorLike): [Tensor, Tensor] {
  const p = toTensor(prediction, truth instanceof Tensor ? truth.dtype : undefined);
  const z = toTensor(truth, p.dtype);
  if (z.dtype !== p.dtype) {
    throw new ShapeError(
      `${op}: the truth is ${z.dtype} and the prediction is ${p.dtype}; want one type. cast(truth, "${p.dtype}") makes it so`,
      { truth: z.dtype, prediction: p.dtype },
    );
  }
  broadcastShapes(op, z.shape, p.shape, ['the truth', 'the prediction']);
  return [z, p];
}

function pair(op: string, labels: TensorLike, logits: TensorLike): [Tensor, Tensor] {
  const x = toTensor(logits);
  const z = toTensor(labels, x.dtype);
  if (!sameShape(z.shape, x.shape)) {
    throw new ShapeError(
      `${op}: the truth is ${shapeText(z.shape)} and the prediction is ${shapeText(x.shape)}; want the same shape`,
      { labels: z.shape, logits: x.shape },
    );
  }
  wantFloats(op, 'prediction', x.dtype);
  return [z, x];
}

/** The op behind the function, for the catalogue. */
export const lossOps: { sigmoidCrossEntropy: Op<['labels', 'logits']> } = {
  sigmoidCrossEntropy: sigmoidCrossEntropyOp,
};
