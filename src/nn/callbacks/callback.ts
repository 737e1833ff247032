/** What is told how training goes, and may steer it. */
import { didYouMean } from '../../core/did-you-mean.ts';
import { OptionError } from '../../core/errors.ts';
import { isBareObject, shown } from '../../core/options.ts';
import type { Step } from '../../core/steps.ts';
import type { Tensor, TensorLike, Variable } from '../../core/tensor.ts';
import type { Optimiser } from '../optimisers.ts';

/** The figures of a batch or an epoch, by name. A callback may add to those of an epoch for the callbacks after it. */
export type Logs = { [name: string]: number };

/** What a run was asked for. */
export interface RunSettings {
  readonly epochs: number;
  readonly initialEpoch: number;
  /** Batches an epoch; undefined or Infinity while unknown. */
  readonly steps: number | undefined;
}

/** The model as callbacks see it. */
export interface TrainedModel {
  readonly name: string;
  readonly optimizer: Optimiser;
  readonly weights: readonly Variable[];
  readonly trainableWeights: readonly Variable[];
  /** Set to true, it ends training after the batch. */
  stopTraining: boolean;
  weightsByPath(): Map<string, Variable>;
  getWeights(): Tensor[];
  setWeights(weights: readonly TensorLike[]): void;
  saveWeights(path: string): void;
  loadWeights(path: string): void;
  /** The steps of one call on a sample, for a picture of the graph. */
  forwardSteps(): readonly Step[];
}

type Answer = void | Promise<void>;

/**
 * Functions that are called while a model is trained, tested or used; a plain object with some of them will do. Epochs and
 * batches are counted from 0.
 */
export interface Callback {
  /** Called first of all. */
  setModel?(model: TrainedModel): void;
  setRun?(run: RunSettings): void;
  onTrainBegin?(logs: Logs): Answer;
  /** Asked after onTrainBegin: the epoch to go on with, in place of initialEpoch. */
  resumeAt?(): number | undefined;
  onTrainEnd?(logs: Logs): Answer;
  onEpochBegin?(epoch: number, logs: Logs): Answer;
  onEpochEnd?(epoch: number, logs: Logs): Answer;
  onTrainBatchBegin?(batch: number, logs: Logs): Answer;
  onTrainBatchEnd?(batch: number, logs: Logs): Answer;
  onTestBegin?(logs: Logs): Answer;
  onTestEnd?(logs: Logs): Answer;
  onTestBatchBegin?(batch: number, logs: Logs): Answer;
  onTestBatchEnd?(batch: number, logs: Logs): Answer;
  onPredictBegin?(logs: Logs): Answer;
  onPredictEnd?(logs: Logs): Answer;
  onPredictBatchBegin?(batch: number, logs: Logs): Answer;
  onPredictBatchEnd?(batch: number, logs: Logs): Answer;
}

/** What a callback may have. */
const hooks: Record<keyof Callback, true> = {
  setModel: true,
  setRun: true,
  resumeAt: true,
  onTrainBegin: true,
  onTrainEnd: true,
  onEpochBegin: true,
  onEpochEnd: true,
  onTrainBatchBegin: true,
  onTrainBatchEnd: true,
  onTestBegin: true,
  onTestEnd: true,
  onTestBatchBegin: true,
  onTestBatchEnd: true,
  onPredictBegin: true,
  onPredictEnd: true,
  onPredictBatchBegin: true,
  onPredictBatchEnd: true,
};

/** Refuses what would never be called. */
export function wantCallbacks(asker: string, callbacks: readonly Callback[]): void {
  callbacks.forEach((callback, i) => {
    if (typeof callback !== 'object' || callback === null || Array.isArray(callback)) {
      throw new OptionError(
        `${asker}: callback ${i} is ${shown(callback)}; want a callback, or an object of functions such as onEpochEnd`,
        { callback },
      );
    }
    const known = Object.keys(hooks);
    const names = functionsOf(callback);
    // A class may have methods for itself; a bare object is made for its functions alone.
    const strange = names.find(
      (name) => !known.includes(name) && (isBareObject(callback) || /^on[A-Z_]/.test(name)),
    );
    if (strange === undefined && names.some((name) => known.includes(name))) return;
    const found = strange === undefined ? 'no function that is called' : `a function ${strange}`;
    const hint = didYouMean(strange ?? '', known, `; want some of ${known.join(', ')}`);
    throw new OptionError(`${asker}: callback ${i} has ${found}${hint}`, { callback });
  });
}

/** Names of an object's functions, those of its class among them. */
function functionsOf(object: object): string[] {
  const names: string[] = [];
  for (let at = object; Object.getPrototypeOf(at) !== null; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor') names.push(name);
    }
  }
  return names;
}

type Phase = 'Train' | 'Test' | 'Predict';
type Told = `on${Phase}${'Begin' | 'End'}`;
type Counted = `on${'Epoch' | `${Phase}Batch`}${'Begin' | 'End'}`;

/** Several callbacks, told in order; one that answers with a promise is waited for. */
export class CallbackList {
  readonly #callbacks: readonly Callback[];

  constructor(callbacks: readonly Callback[], model: TrainedModel, run: RunSettings) {
    this.#callbacks = callbacks;
    for (const callback of callbacks) {
      callback.setModel?.(model);
      callback.setRun?.(run);
    }
  }

  /** The epoch to begin with: one that a callback knows, else the one given. */
  firstEpoch(given: number): number {
    for (const callback of this.#callbacks) {
      const epoch = callback.resumeAt?.();
      if (epoch !== undefined) return epoch;
    }
    return given;
  }

  async tell(hook: Told, logs: Logs): Promise<void> {
    for (const callback of this.#callbacks) await callback[hook]?.(logs);
  }

  async count(hook: Counted, number: number, logs: Logs): Promise<void> {
    for (const callback of this.#callbacks) await callback[hook]?.(number, logs);
  }
}
