import { checkOptions, flag, number, oneOf, whole } from '../../core/options.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Callback, Logs, TrainedModel } from './callback.ts';
import { Monitor, type MonitorOptions, monitorOptions } from './monitor.ts';

export interface EarlyStoppingOptions extends MonitorOptions {
  /** How much better counts as better. */
  minDelta?: number;
  /** How many epochs in a row may be no better. */
  patience?: number;
  /** A value that must be beaten for patience to last. */
  baseline?: number;
  /**
   * Whether the model ends with the weights of its best epoch, however training ends. Keras 2 brings them back only when
   * this callback stopped it; Keras 3 always.
   */
  restoreBestWeights?: boolean;
  /** The first epoch, counted from 0, that is looked at. */
  startFromEpoch?: number;
  verbose?: 0 | 1;
}

/** Ends training when a figure no longer gets better. As tf.keras.callbacks.EarlyStopping. */
export class EarlyStopping implements Callback {
  /** The number, counted from 0, of the epoch it stopped after; 0 if it did not. */
  stoppedEpoch = 0;
  bestEpoch = 0;
  best: number;
  readonly #options: EarlyStoppingOptions;
  readonly #monitor: Monitor;
  #model: TrainedModel | undefined;
  #bestWeights: Tensor[] | undefined;
  #wait = 0;

  constructor(options: EarlyStoppingOptions = {}) {
    checkOptions('EarlyStopping', options, {
      minDelta: number(),
      patience: whole(0),
      baseline: number(),
      restoreBestWeights: flag,
      startFromEpoch: whole(0),
      verbose: oneOf(0, 1),
      ...monitorOptions,
    });
    this.#options = options;
    this.#monitor = new Monitor('EarlyStopping', options, options.minDelta);
    this.best = this.#monitor.worst;
  }

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  onTrainBegin(): void {
    this.#wait = 0;
    this.stoppedEpoch = 0;
    this.bestEpoch = 0;
    this.best = this.#monitor.worst;
    this.#bestWeights = undefined;
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    const { patience = 0, baseline, restoreBestWeights, startFromEpoch = 0 } = this.#options;
    const current = this.#monitor.read(logs);
    if (epoch < startFromEpoch) return;
    this.#wait++;
    const better = this.#monitor.better(current, this.best);
    if (restoreBestWeights && (better || this.#bestWeights === undefined)) {
      this.#bestWeights = this.#model?.getWeights();
      this.bestEpoch = epoch;
    }
    if (better) {
      this.best = current;
      this.bestEpoch = epoch;
      if (baseline === undefined || this.#monitor.better(current, baseline)) this.#wait = 0;
    } else if (this.#wait >= patience && epoch > 0 && this.#model) {
      this.stoppedEpoch = epoch;
      this.#model.stopTraining = true;
    }
  }

  onTrainEnd(): void {
    if (this.#options.verbose && this.stoppedEpoch > 0) {
      console.log(`Epoch ${this.stoppedEpoch + 1}: early stopping`);
    }
    if (this.#bestWeights) this.#model?.setWeights(this.#bestWeights);
  }
}
