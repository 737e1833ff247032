import type { Callback, Logs } from './callback.ts';

/** The figures of all epochs; `fit` returns it. */
export class History implements Callback {
  /** `history.loss` is the loss of each epoch, `history.val_loss` that of the validation data. */
  readonly history: { [name: string]: number[] } = {};
  /** Numbers of the epochs. */
  readonly epoch: number[] = [];

  onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) {
      this.history[name] ??= [];
      this.history[name].push(value);
    }
  }
}
