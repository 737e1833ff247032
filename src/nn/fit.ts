/** The loops over epochs and batches: training, testing, prediction. A model's steps do the work of one batch. */
import { OptionError } from '../core/errors.ts';
import {
  checkOptions,
  flag,
  isBareObject,
  list,
  number,
  oneOf,
  type Wants,
  whole,
} from '../core/options.ts';
import { defaultGenerator } from '../core/random.ts';
import type { Tensor } from '../core/tensor.ts';
import { Dataset } from '../data/dataset.ts';
import type { SliceSource } from '../data/rows.ts';
import {
  type Batch,
  type Batches,
  type BatchReader,
  batchesOfDataset,
  batchesOfRows,
  partOf,
  rowsOfArrays,
} from './batches.ts';
import {
  type Callback,
  CallbackList,
  type Logs,
  type TrainedModel,
  wantCallbacks,
} from './callbacks/callback.ts';
import { History } from './callbacks/history.ts';
import { ProgressLines } from './callbacks/progress-lines.ts';
import { type Metric, RunningMeans } from './metrics.ts';
import { batchSizeOf, type Tensors } from './tensors.ts';

/** Means over a batch, each a single number; what a step returns. */
export type Means = { readonly [name: string]: Tensor | number };

/** What the loops need of a model. */
export interface Fitted extends TrainedModel {
  /** What is done with each batch of a run: trainStep, or its recording. */
  makeTrainFunction(): (batch: Batch) => Means;
  makeTestFunction(): (batch: Batch) => Means;
  predictStep(batch: Batch): Tensors;
  readonly metrics: readonly Metric[];
  /** Makes the weights, if there are none yet, by a look at samples. */
  buildOn(samples: Tensors): void;
}

/** How much is printed: nothing, a progress bar, or a line an epoch. */
export type Verbose = 0 | 1 | 2;

/** Arrays of samples and truth, or a Dataset of batches. */
export type ValidationData = Dataset<unknown> | readonly [x: SliceSource, y?: SliceSource];

export interface FitOptions {
  /** The last epoch's number, counted from 1: with initialEpoch, fewer than this many are run. */
  epochs?: number;
  /** 32 unless told. Not for a Dataset, which makes its own batches. */
  batchSize?: number;
  /** This share of the arrays, taken from their end before any shuffle, is kept for validation. */
  validationSplit?: number;
  validationData?: ValidationData;
  validationBatchSize?: number;
  /** How many batches of validation data are looked at; all unless told. */
  validationSteps?: number;
  /** Whether arrays are mixed anew each epoch; true unless told. */
  shuffle?: boolean;
  callbacks?: readonly Callback[];
  /** The number, counted from 0, of the first epoch. */
  initialEpoch?: number;
  /** Batches an epoch; a Dataset is then read on from epoch to epoch. */
  stepsPerEpoch?: number;
  verbose?: Verbose;
}
const fitOptions: Wants<FitOptions> = {
  epochs: whole(1),
  batchSize: whole(1),
  validationSplit: number({ min: 0, below: 1 }),
  validationData: {
    words: '[x, y] or a Dataset',
    fits: (value) => value instanceof Dataset || (Array.isArray(value) && value.length <= 2),
  },
  validationBatchSize: whole(1),
  validationSteps: whole(1),
  shuffle: flag,
  callbacks: list,
  initialEpoch: whole(0),
  stepsPerEpoch: whole(1),
  verbose: oneOf(0, 1, 2),
};

/** What `evaluate` and `predict` are told. */
export interface RunOptions {
  batchSize?: number;
  /** How many batches are looked at; all unless told. */
  steps?: number;
  callbacks?: readonly Callback[];
  verbose?: Verbose;
}
const runOptions: Wants<RunOptions> = {
  batchSize: whole(1),
  steps: whole(1),
  callbacks: list,
  verbose: oneOf(0, 1, 2),
};

export async function fitModel(
  model: Fitted,
  x: SliceSource | Dataset<unknown>,
  y: SliceSource | undefined,
  options: FitOptions,
): Promise<History> {
  checkOptions('fit', options, fitOptions);
  wantData('fit', x, y, options.batchSize);
  const { epochs = 1, initialEpoch = 0, stepsPerEpoch, verbose = 1 } = options;
  wantCallbacks('fit', options.callbacks ?? []);
  const { training, validation } = splitData(x, y, options);
  const steps = stepsOf('fit', training, stepsPerEpoch);
  if (validation) stepsOf('fit', validation, options.validationSteps, 'validationSteps');
  for (const name of ['validationSteps', 'validationBatchSize'] as const) {
    if (validation || options[name] === undefined) continue;
    throw new OptionError(
      `fit: ${name} came in without validation data; want validationData or validationSplit`,
      { [name]: options[name] },
    );
  }

  const history = new History();
  const progress = verbose === 0 ? [] : [new ProgressLines({ verbose })];
  const callbacks = new CallbackList([...(options.callbacks ?? []), ...progress, history], model, {
    epochs,
    initialEpoch,
    steps,
  });
  const breath = new Breath();
  let reader = training.pass(initialEpoch);
  const first = await reader.peek();
  if (first === undefined) throw nothingIn('fit');
  model.buildOn(first[0]);

  const [trainStep, testStep] = [model.makeTrainFunction(), model.makeTestFunction()];
  model.stopTraining = false;
  let logs: Logs = {};
  try {
    await callbacks.tell('onTrainBegin', {});
    const firstEpoch = callbacks.firstEpoch(initialEpoch);
    for (let epoch = firstEpoch; epoch < epochs && !model.stopTraining; epoch++) {
      // With stepsPerEpoch a Dataset is one long stream, cut into epochs.
      const anew = stepsPerEpoch === undefined || !(x instanceof Dataset);
      if (epoch > initialEpoch && anew) {
        await reader.close();
        reader = training.pass(epoch);
      }
      await callbacks.count('onEpochBegin', epoch, {});
      const means = new RunningMeans(model.metrics);
      const done = await trainEpoch(model, trainStep, reader, steps, means, callbacks, breath);
      if (stepsPerEpoch !== undefined && done < stepsPerEpoch && !model.stopTraining) {
        process.emitWarning(
          `fit: the data ran out after ${done} of the ${stepsPerEpoch} batches of an epoch, so training ends. repeat() makes a Dataset last`,
        );
        model.stopTraining = true;
      }
      logs = means.values();
      if (validation) {
        const limit = options.validationSteps;
        const tested = await test(model, testStep, validation, limit, callbacks, breath);
        for (const [name, value] of Object.entries(tested)) logs[`val_${name}`] = value;
      }
      await callbacks.count('onEpochEnd', epoch, logs);
    }
  } finally {
    await reader.close();
  }
  await callbacks.tell('onTrainEnd', logs);
  return history;
}

/** Trains on the batches of one epoch and says how many there were. */
async function trainEpoch(
  model: Fitted,
  trainStep: (batch: Batch) => Means,
  reader: BatchReader,
  steps: number | undefined,
  means: RunningMeans,
  callbacks: CallbackList,
  breath: Breath,
): Promise<number> {
  for (let step = 0; ; step++) {
    if (step === steps) return step;
    const batch = await reader.next();
    if (batch === undefined) return step;
    await callbacks.count('onTrainBatchBegin', step, {});
    means.add(trainStep(batch), batchSizeOf(batch[0]));
    await callbacks.count('onTrainBatchEnd', step, means.values());
    await breath.take();
    if (model.stopTraining) return step + 1;
  }
}

export async function evaluateModel(
  model: Fitted,
  x: SliceSource | Dataset<unknown>,
  y: SliceSource | undefined,
  options: RunOptions,
): Promise<Logs> {
  checkOptions('evaluate', options, runOptions);
  wantData('evaluate', x, y, options.batchSize);
  wantCallbacks('evaluate', options.callbacks ?? []);
  const { verbose = 1 } = options;
  const batches = batchesOf('evaluate', x, y, options.batchSize);
  const steps = stepsOf('evaluate', batches, options.steps, 'steps');
  const progress = verbose === 0 ? [] : [new ProgressLines({ verbose })];
  const callbacks = new CallbackList([...(options.callbacks ?? []), ...progress], model, {
    epochs: 1,
    initialEpoch: 0,
    steps,
  });
  return test(model, model.makeTestFunction(), batches, options.steps, callbacks, new Breath());
}

/** The running means over all batches, or the first `limit` of them. */
async function test(
  model: Fitted,
  testStep: (batch: Batch) => Means,
  batches: Batches,
  limit: number | undefined,
  callbacks: CallbackList,
  breath: Breath,
): Promise<Logs> {
  const means = new RunningMeans(model.metrics);
  await callbacks.tell('onTestBegin', {});
  await overBatches('evaluate', batches, limit, async (batch, step) => {
    await callbacks.count('onTestBatchBegin', step, {});
    means.add(testStep(batch), batchSizeOf(batch[0]));
    await callbacks.count('onTestBatchEnd', step, means.values());
    await breath.take();
  });
  const logs = means.values();
  await callbacks.tell('onTestEnd', logs);
  return logs;
}

/** The outputs for every batch. */
export async function predictWith(
  model: Fitted,
  x: SliceSource | Dataset<unknown>,
  options: RunOptions,
): Promise<Tensors[]> {
  checkOptions('predict', options, runOptions);
  wantData('predict', x, undefined, options.batchSize);
  wantCallbacks('predict', options.callbacks ?? []);
  const batches = batchesOf('predict', x, undefined, options.batchSize);
  const steps = stepsOf('predict', batches, options.steps, 'steps');
  const run = { epochs: 1, initialEpoch: 0, steps };
  const progress = options.verbose ? [new ProgressLines({ verbose: options.verbose })] : [];
  const callbacks = new CallbackList([...(options.callbacks ?? []), ...progress], model, run);
  const breath = new Breath();
  const outputs: Tensors[] = [];
  await callbacks.tell('onPredictBegin', {});
  await overBatches('predict', batches, options.steps, async (batch, step) => {
    await callbacks.count('onPredictBatchBegin', step, {});
    outputs.push(model.predictStep(batch));
    await callbacks.count('onPredictBatchEnd', step, {});
    await breath.take();
  });
  await callbacks.tell('onPredictEnd', {});
  return outputs;
}

async function overBatches(
  op: string,
  batches: Batches,
  limit: number | undefined,
  visit: (batch: Batch, step: number) => Promise<void>,
): Promise<void> {
  const reader = batches.pass(0);
  try {
    for (let step = 0; step !== limit; step++) {
      const batch = await reader.next();
      if (batch === undefined && step === 0) throw nothingIn(op);
      if (batch === undefined) return;
      await visit(batch, step);
    }
  } finally {
    await reader.close();
  }
}

/** Gives signals, timers and the screen a turn, every 30 milliseconds; steps themselves never wait. */
class Breath {
  #last = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#last < 30) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#last = performance.now();
  }
}

function splitData(
  x: SliceSource | Dataset<unknown>,
  y: SliceSource | undefined,
  options: FitOptions,
): { training: Batches; validation: Batches | undefined } {
  const { batchSize = 32, validationSplit = 0, validationData, shuffle = true } = options;
  const { validationBatchSize = batchSize } = options;
  const validation = validationData && validationOf(validationData, validationBatchSize);
  if (x instanceof Dataset) {
    if (validationSplit > 0) {
      throw new OptionError(
        'fit: validationSplit came in beside a Dataset; want arrays to split, or validationData',
        { validationSplit },
      );
    }
    return { training: batchesOfDataset(x), validation };
  }
  const rows = rowsOfArrays('fit', x, y);
  const key = shuffle ? defaultGenerator().split() : undefined;
  if (validation !== undefined || validationSplit === 0) {
    return { training: batchesOfRows(rows, batchSize, key), validation };
  }
  const at = Math.floor(rows.count * (1 - validationSplit));
  if (at === 0 || at === rows.count) {
    throw new OptionError(
      `fit: validationSplit is ${validationSplit} of ${rows.count} samples, which leaves ${at} to train on and ${rows.count - at} to validate on; want at least one of each`,
      { validationSplit, samples: rows.count },
    );
  }
  return {
    training: batchesOfRows(partOf(rows, 0, at), batchSize, key),
    validation: batchesOfRows(partOf(rows, at, rows.count), validationBatchSize),
  };
}

function validationOf(data: ValidationData, batchSize: number): Batches {
  if (data instanceof Dataset) return batchesOfDataset(data);
  return batchesOf('fit', data[0], data[1], batchSize);
}

function batchesOf(
  op: string,
  x: SliceSource | Dataset<unknown>,
  y: SliceSource | undefined,
  batchSize = 32,
): Batches {
  return x instanceof Dataset
    ? batchesOfDataset(x)
    : batchesOfRows(rowsOfArrays(op, x, y), batchSize);
}

/** How many batches to read: as many as asked for, else all there are. */
function stepsOf(
  op: string,
  batches: Batches,
  asked: number | undefined,
  name = 'stepsPerEpoch',
): number | undefined {
  if (asked === undefined && batches.count === Number.POSITIVE_INFINITY) {
    throw new OptionError(
      `${op}: the Dataset never ends; want ${name}, how many batches to read of it`,
      {},
    );
  }
  return asked ?? batches.count;
}

function nothingIn(op: string): OptionError {
  return new OptionError(`${op}: the Dataset holds nothing; want at least one batch`, {});
}

/** Refuses options in the place of y, and beside a Dataset what goes with arrays alone. */
function wantData(
  op: string,
  x: SliceSource | Dataset<unknown>,
  y: SliceSource | undefined,
  batchSize: number | undefined,
): void {
  if (x instanceof Dataset) {
    for (const [name, given] of Object.entries({ y, batchSize })) {
      if (given === undefined) continue;
      throw new OptionError(
        `${op}: ${name} came in beside a Dataset; want a Dataset of batches [x, y] alone`,
        { name },
      );
    }
    return;
  }
  if (!isBareObject(y)) return;
  const names = Object.keys(y);
  const known = { ...fitOptions, ...runOptions };
  const areOptions =
    names.every((name) => Object.hasOwn(known, name)) ||
    Object.values(y).some((part) => typeof part !== 'object');
  if (!areOptions) return;
  throw new OptionError(
    `${op}: an object with ${names.join(', ') || 'nothing'} came in for y; want ${op}(x, y, options), or ${op}(x, undefined, options) where there is no truth`,
    { y: names },
  );
}
