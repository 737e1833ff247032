/** Callbacks that change the learning rate from epoch to epoch. */
import { OptionError } from '../../core/errors.ts';
import { checkOptions, number, oneOf, wantFunction, whole } from '../../core/options.ts';
import type { Callback, Logs, TrainedModel } from './callback.ts';
import { Monitor, type MonitorOptions, monitorOptions } from './monitor.ts';

/** Sets the learning rate at the beginning of each epoch. As tf.keras.callbacks.LearningRateScheduler. */
export class LearningRateScheduler implements Callback {
  readonly #schedule: (epoch: number, learningRate: number) => number;
  #model: TrainedModel | undefined;

  /** The schedule makes the rate of an epoch, counted from 0, of its number and the rate before it. */
  constructor(schedule: (epoch: number, learningRate: number) => number) {
    wantFunction('LearningRateScheduler', schedule, '(epoch, learningRate) => learningRate / 2');
    this.#schedule = schedule;
  }

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  onEpochBegin(epoch: number): void {
    const optimizer = this.#model?.optimizer;
    if (optimizer === undefined) return;
    const rate = this.#schedule(epoch, optimizer.currentLearningRate());
    if (!(typeof rate === 'number' && rate >= 0)) {
      throw new OptionError(
        `LearningRateScheduler: the schedule returned ${rate} for epoch ${epoch}; want a number of at least 0`,
        { epoch, rate },
      );
    }
    optimizer.learningRate = rate;
  }

  onEpochEnd(_epoch: number, logs: Logs): void {
    if (this.#model) logs.lr = this.#model.optimizer.currentLearningRate();
  }
}

export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** What the rate is multiplied by; 0.1 unless told. */
  factor?: number;
  /** After how many epochs that were no better; 10 unless told. */
  patience?: number;
  /** How much better counts as better; 1e-4 unless told. */
  minDelta?: number;
  /** How many epochs after a change are not counted. */
  cooldown?: number;
  /** The rate never falls below. */
  minLr?: number;
  verbose?: 0 | 1;
}

/** Lowers the learning rate when a figure no longer gets better. As tf.keras.callbacks.ReduceLROnPlateau. */
export class ReduceLROnPlateau implements Callback {
  readonly #options: ReduceLROnPlateauOptions;
  readonly #monitor: Monitor;
  #model: TrainedModel | undefined;
  #best: number;
  #wait = 0;
  #cooling = 0;

  constructor(options: ReduceLROnPlateauOptions = {}) {
    checkOptions('ReduceLROnPlateau', options, {
      factor: number({ above: 0, below: 1 }),
      patience: whole(0),
      minDelta: number(),
      cooldown: whole(0),
      minLr: number({ min: 0 }),
      verbose: oneOf(0, 1),
      ...monitorOptions,
    });
    const { minDelta = 1e-4 } = options;
    this.#options = options;
    this.#monitor = new Monitor('ReduceLROnPlateau', options, minDelta);
    this.#best = this.#monitor.worst;
  }

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  onTrainBegin(): void {
    this.#best = this.#monitor.worst;
    this.#wait = 0;
    this.#cooling = 0;
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    const optimizer = this.#model?.optimizer;
    if (optimizer === undefined) return;
    if (typeof optimizer.learningRate !== 'number') {
      throw new OptionError(
        'ReduceLROnPlateau: the learning rate is a schedule; want a number, which can be lowered',
        {},
      );
    }
    const { factor = 0.1, patience = 10, cooldown = 0, minLr = 0, verbose } = this.#options;
    logs.lr = optimizer.learningRate;
    const current = this.#monitor.read(logs);
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#wait = 0;
    }
    if (this.#monitor.better(current, this.#best)) {
      this.#best = current;
      this.#wait = 0;
      return;
    }
    if (this.#cooling > 0 || ++this.#wait < patience || optimizer.learningRate <= minLr) return;
    optimizer.learningRate = Math.max(optimizer.learningRate * factor, minLr);
    this.#cooling = cooldown;
    this.#wait = 0;
    if (verbose) {
      console.log(
        `Epoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${optimizer.learningRate}.`,
      );
    }
  }
}
