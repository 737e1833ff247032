/** The loops over epochs and batches: training, testing, prediction. A model's steps do the work of one batch. */
import { OptionError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { Dataset } from '../data/dataset.ts';
import type { SliceSource } from '../data/rows.ts';
import type { Batch, Batches, BatchReader } from './batches.ts';
import { type Callback, CallbackList, type Logs, type TrainedModel } from './callbacks/callback.ts';
import { History } from './callbacks/history.ts';
import { ProgressLines } from './callbacks/progress-lines.ts';
import { type FitOptions, fitData, type RunOptions, runData, type Verbose } from './fit-data.ts';
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

export async function fitModel(
  model: Fitted,
  x: SliceSource | Dataset<unknown>,
  y: SliceSource | undefined,
  options: FitOptions,
): Promise<History> {
  const { training, validation, steps } = fitData(x, y, options);
  const { epochs = 1, initialEpoch = 0, stepsPerEpoch, verbose = 1 } = options;
  const history = new History();
  const told = [...(options.callbacks ?? []), ...progressOf(verbose), history];
  const callbacks = new CallbackList(told, model, { epochs, initialEpoch, steps });
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
  const { batches, steps } = runData('evaluate', x, y, options);
  const told = [...(options.callbacks ?? []), ...progressOf(options.verbose ?? 1)];
  const callbacks = new CallbackList(told, model, { epochs: 1, initialEpoch: 0, steps });
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
  const { batches, steps } = runData('predict', x, undefined, options);
  const told = [...(options.callbacks ?? []), ...progressOf(options.verbose ?? 0)];
  const callbacks = new CallbackList(told, model, { epochs: 1, initialEpoch: 0, steps });
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

const progressOf = (verbose: Verbose): Callback[] =>
  verbose === 0 ? [] : [new ProgressLines({ verbose })];

/** Gives signals, timers and the screen a turn, every 30 milliseconds; steps themselves never wait. */
class Breath {
  #last = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#last < 30) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#last = performance.now();
  }
}

function nothingIn(op: string): OptionError {
  return new OptionError(`${op}: the Dataset holds nothing; want at least one batch`, {});
}
