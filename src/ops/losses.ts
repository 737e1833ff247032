/** What training makes small. The first argument is the truth, the second the prediction, as Keras has them. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { sameShape, shapeText } from '../core/shape.ts';
import { floats, type Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import { sigmoid } from './activation.ts';
import { defineOp, type Op } from './define.ts';
import {
  abs,
  add,
  cast,
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
import { oneHot, toIndices } from './move.ts';
import { logSoftmax, mean, sum } from './reduce.ts';

/** Mean over all elements of (truth − prediction)². */
export function meanSquaredError(truth: TensorLike, prediction: TensorLike): Tensor {
  return mean(squaredDifference(truth, prediction));
}

/** Mean over all elements of |truth − prediction|. */
export function meanAbsoluteError(truth: TensorLike, prediction: TensorLike): Tensor {
  return mean(abs(sub(truth, prediction)));
}

/** Mean of e²/2 where the error e is at most delta, and delta·(|e| − delta/2) beyond. As tf.keras.losses.Huber. */
export function huber(truth: TensorLike, prediction: TensorLike, delta = 1): Tensor {
  const error = sub(prediction, truth);
  const size = abs(error);
  const near = mul(0.5, square(error));
  const far = sub(mul(delta, size), 0.5 * delta * delta);
  return mean(where(lessEqual(size, delta), near, far));
}

/**
 * −sum over the last axis of labels · ln softmax(logits), one number a row. As
 * tf.nn.softmax_cross_entropy_with_logits.
 */
export function softmaxCrossEntropyWithLogits(labels: TensorLike, logits: TensorLike): Tensor {
  const [l, x] = pair('softmaxCrossEntropyWithLogits', labels, logits);
  return neg(sum(mul(l, logSoftmax(x)), -1));
}

/** The same with int32 class numbers for labels. As tf.nn.sparse_softmax_cross_entropy_with_logits. */
export function sparseSoftmaxCrossEntropyWithLogits(
  labels: TensorLike,
  logits: TensorLike,
): Tensor {
  const x = toTensor(logits);
  const classes = toIndices(labels);
  const n = x.shape.at(-1) ?? 0;
  const wrong = classes.values.find((c: number) => c < 0 || c >= n);
  if (!sameShape(classes.shape, x.shape.slice(0, -1)) || wrong !== undefined) {
    throw new ShapeError(
      wrong === undefined
        ? `sparseSoftmaxCrossEntropyWithLogits: labels are ${shapeText(classes.shape)} and logits are ${shapeText(x.shape)}; want one label a row`
        : `sparseSoftmaxCrossEntropyWithLogits: a label is ${wrong}; want 0 to ${n - 1}`,
      { labels: classes.shape, logits: x.shape },
    );
  }
  return softmaxCrossEntropyWithLogits(cast(oneHot(classes, n), x.dtype), x);
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
 * Mean over all elements of −z ln p − (1 − z) ln(1 − p), p kept 1e-7 away from 0 and 1; `fromLogits` takes logits.
 * As tf.keras.losses.BinaryCrossentropy: 1e-7 is also added inside the logarithms.
 */
export function binaryCrossentropy(
  truth: TensorLike,
  prediction: TensorLike,
  options: { fromLogits?: boolean } = {},
): Tensor {
  const [z, p] = pair('binaryCrossentropy', truth, prediction);
  if (options.fromLogits) return mean(sigmoidCrossEntropyOp(z, p));
  const inside = clip(p, 1e-7, 1 - 1e-7);
  const ones = mul(z, log(add(inside, 1e-7)));
  const zeros = mul(sub(1, z), log(add(sub(1, inside), 1e-7)));
  return neg(mean(add(ones, zeros)));
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
  if (x.dtype === 'int32') throw new OptionError(`${op}: the prediction is int32; want floats`, {});
  return [z, x];
}

/** The op behind the function, for the catalogue. */
export const lossOps: { sigmoidCrossEntropy: Op<['labels', 'logits']> } = {
  sigmoidCrossEntropy: sigmoidCrossEntropyOp,
};
