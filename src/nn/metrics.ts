/**
 * What is shown beside the loss. A metric is a mean over samples: the mean of a batch comes from tensors, the mean of an
 * epoch from those of its batches, weighted by their sizes.
 */
import { OptionError } from '../core/errors.ts';
import { isBareObject, shown } from '../core/options.ts';
import { Tensor } from '../core/tensor.ts';
import * as ops from '../ops/index.ts';
import { byName } from './by-name.ts';
import type { FloatType } from './layer.ts';
import { classesOf, type LossFunction, loss, matched } from './losses.ts';
import type { Tensors } from './tensors.ts';

export interface Metric {
  readonly name: string;
  /** The mean over a batch. */
  readonly ofBatch: LossFunction;
  /** What is shown of the mean over the epoch; itself unless told. */
  readonly shown?: (mean: number) => number;
}

/** Share of the predictions that lie on the side of 0.5 on which the truth lies. */
function binaryAccuracy(truth: Tensor, prediction: Tensor): Tensor {
  const [z, p] = matched('binaryAccuracy', truth, prediction);
  return share(ops.equal(z, ops.cast(ops.greater(p, 0.5), p.dtype)), p);
}

/** Share of the rows whose largest prediction stands where the largest truth stands. */
function categoricalAccuracy(truth: Tensor, prediction: Tensor): Tensor {
  const [z, p] = matched('categoricalAccuracy', truth, prediction);
  return share(ops.equal(ops.argmax(z, -1), ops.argmax(p, -1)), p);
}

/** Share of the rows whose largest prediction stands at the class number that is the truth. */
function sparseCategoricalAccuracy(truth: Tensor, prediction: Tensor): Tensor {
  const classes = classesOf(truth, prediction);
  return share(ops.equal(classes, ops.argmax(prediction, -1)), prediction);
}

/** The accuracy that fits: of one number a row, of class numbers, or of one-hot rows. As Keras chooses. */
function accuracy(truth: Tensor, prediction: Tensor): Tensor {
  const width = prediction.shape.at(-1) ?? 1;
  if (width === 1) return binaryAccuracy(truth, prediction);
  const sparse = truth.rank < prediction.rank || truth.shape.at(-1) === 1;
  return sparse
    ? sparseCategoricalAccuracy(truth, prediction)
    : categoricalAccuracy(truth, prediction);
}

function share(truths: Tensor, prediction: Tensor): Tensor {
  return ops.mean(ops.cast(truths, prediction.dtype as FloatType));
}

type Measure = Omit<Metric, 'name'>;
const root: Measure = { ofBatch: loss('mse'), shown: Math.sqrt };

export type MetricName =
  | 'accuracy'
  | 'acc'
  | 'binaryAccuracy'
  | 'categoricalAccuracy'
  | 'sparseCategoricalAccuracy'
  | 'mse'
  | 'meanSquaredError'
  | 'mae'
  | 'meanAbsoluteError'
  | 'rmse'
  | 'rootMeanSquaredError'
  | 'bce'
  | 'binaryCrossentropy'
  | 'categoricalCrossentropy'
  | 'sparseCategoricalCrossentropy';

const metrics: Readonly<Record<MetricName, Measure>> = {
  accuracy: { ofBatch: accuracy },
  acc: { ofBatch: accuracy },
  binaryAccuracy: { ofBatch: binaryAccuracy },
  categoricalAccuracy: { ofBatch: categoricalAccuracy },
  sparseCategoricalAccuracy: { ofBatch: sparseCategoricalAccuracy },
  mse: { ofBatch: loss('mse') },
  meanSquaredError: { ofBatch: loss('mse') },
  mae: { ofBatch: loss('mae') },
  meanAbsoluteError: { ofBatch: loss('mae') },
  rmse: root,
  rootMeanSquaredError: root,
  bce: { ofBatch: loss('bce') },
  binaryCrossentropy: { ofBatch: loss('bce') },
  categoricalCrossentropy: { ofBatch: loss('categoricalCrossentropy') },
  sparseCategoricalCrossentropy: { ofBatch: loss('sparseCategoricalCrossentropy') },
};
export type MetricLike = MetricName | (string & {}) | LossFunction | Metric;

/** A metric from its name, which it keeps as it was written; from a function, whose name it takes; or as it is. */
export function metric(given: MetricLike): Metric {
  if (typeof given === 'string') {
    return { name: given, ...byName('compile', 'metric', given, metrics) };
  }
  if (typeof given === 'function') return { name: given.name || 'metric', ofBatch: given };
  if (typeof given?.name === 'string' && typeof given.ofBatch === 'function') return given;
  throw new OptionError(
    `compile: a metric is ${shown(given)}; want a name such as 'mae', a function, or { name, ofBatch }`,
    { metric: given },
  );
}

/** A loss or metric of one batch as a single number. */
export function meanOfBatch(compute: LossFunction, truth: Tensors, prediction: Tensors): Tensor {
  const value = compute(truth, prediction);
  if (!(value instanceof Tensor)) {
    throw new OptionError(
      `${compute.name || 'a loss or metric'}: it returned ${shown(value)}; want a tensor`,
      { returned: value },
    );
  }
  return value.rank > 0 ? ops.mean(value) : value;
}

/** The running means of an epoch. */
export class RunningMeans {
  readonly #sums = new Map<string, { sum: number; weight: number }>();
  readonly #metrics: readonly Metric[];

  constructor(metrics: readonly Metric[]) {
    this.#metrics = metrics;
  }

  /** Takes in the means of a batch of so many samples. */
  add(batch: { readonly [name: string]: Tensor | number }, samples: number): void {
    if (!isBareObject(batch)) {
      throw new OptionError(
        `trainStep or testStep: ${shown(batch)} was returned; want an object of means, such as { loss }`,
        { returned: batch },
      );
    }
    for (const [name, value] of Object.entries(batch)) {
      const mean = value instanceof Tensor ? value.item() : value;
      const so = this.#sums.get(name) ?? { sum: 0, weight: 0 };
      this.#sums.set(name, { sum: so.sum + mean * samples, weight: so.weight + samples });
    }
  }

  /** The means so far, in the order in which they first came. */
  values(): { [name: string]: number } {
    return Object.fromEntries(
      [...this.#sums].map(([name, { sum, weight }]) => {
        const shown = this.#metrics.find((m) => m.name === name)?.shown;
        const mean = weight === 0 ? 0 : sum / weight;
        return [name, shown ? shown(mean) : mean];
      }),
    );
  }
}
