import type { Callback, Logs, TrainedModel } from './callback.ts';

/** Ends training when the loss is no longer a finite number. As tf.keras.callbacks.TerminateOnNaN. */
export class TerminateOnNaN implements Callback {
  #model: TrainedModel | undefined;

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  onTrainBatchEnd(batch: number, logs: Logs): void {
    if (logs.loss === undefined || Number.isFinite(logs.loss) || !this.#model) return;
    console.log(`Batch ${batch}: Invalid loss, terminating training`);
    this.#model.stopTraining = true;
  }
}
