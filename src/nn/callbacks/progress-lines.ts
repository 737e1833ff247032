import { anything, checkOptions, oneOf } from '../../core/options.ts';
import { figuresText, ProgressBar, type Screen } from '../progress-bar.ts';
import type { Callback, Logs, RunSettings } from './callback.ts';

export interface ProgressLinesOptions {
  /** 1: a progress bar for each epoch, of which only the last state is printed where there is no terminal. 2: a line. */
  verbose?: 1 | 2;
  screen?: Screen;
  /** Milliseconds, for tests. */
  clock?: () => number;
}

/** Prints what Keras prints while it fits, evaluates and predicts. */
export class ProgressLines implements Callback {
  readonly #verbose: 1 | 2;
  readonly #screen: Screen;
  readonly #clock: () => number;
  #run: RunSettings = { epochs: 1, initialEpoch: 0, steps: undefined };
  /** Batches of an epoch, once one of them showed how many there are. */
  #target: number | undefined;
  #training = false;
  #bar: ProgressBar | undefined;
  #begun = 0;
  #done = 0;

  constructor(options: ProgressLinesOptions = {}) {
    checkOptions('ProgressLines', options, {
      verbose: oneOf(1, 2),
      screen: anything,
      clock: anything,
    });
    this.#verbose = options.verbose ?? 1;
    this.#screen = options.screen ?? process.stdout;
    this.#clock = options.clock ?? (() => performance.now());
  }

  setRun(run: RunSettings): void {
    this.#run = run;
    this.#target = run.steps === Infinity ? undefined : run.steps;
  }

  onTrainBegin(): void {
    this.#training = true;
  }

  onTrainEnd(): void {
    this.#training = false;
  }

  onEpochBegin(epoch: number): void {
    const { epochs } = this.#run;
    if (epochs > 1) this.#screen.write(`Epoch ${epoch + 1}/${epochs}\n`);
    this.#begin();
  }

  onTrainBatchEnd(batch: number, logs: Logs): void {
    this.#update(batch + 1, logs);
  }

  onEpochEnd(_epoch: number, logs: Logs): void {
    this.#finish(logs);
  }

  // Tests within training show in the figures of the epoch.
  onTestBegin(): void {
    if (!this.#training) this.#begin();
  }

  onTestBatchEnd(batch: number, logs: Logs): void {
    if (!this.#training) this.#update(batch + 1, logs);
  }

  onTestEnd(logs: Logs): void {
    if (!this.#training) this.#finish(logs);
  }

  onPredictBegin(): void {
    this.#begin();
  }

  onPredictBatchEnd(batch: number): void {
    this.#update(batch + 1, {});
  }

  onPredictEnd(): void {
    this.#finish({});
  }

  #begin(): void {
    const { clock, screen, target } = {
      clock: this.#clock,
      screen: this.#screen,
      target: this.#target,
    };
    this.#begun = clock();
    this.#done = 0;
    this.#bar = this.#verbose === 1 ? new ProgressBar({ target, screen, clock }) : undefined;
  }

  #update(done: number, logs: Logs): void {
    this.#done = done;
    this.#bar?.update(done, logs);
  }

  #finish(logs: Logs): void {
    const done = this.#done;
    this.#target ??= done;
    if (this.#bar) {
      this.#bar.finish(done, logs);
    } else {
      const seconds = Math.round((this.#clock() - this.#begun) / 1000);
      this.#screen.write(`${done}/${this.#target} - ${seconds}s${figuresText(logs)}\n`);
    }
  }
}
