import { OptionError } from '../../core/errors.ts';
import { checkOptions, flag, number, oneOf, text, want, whole } from '../../core/options.ts';
import type { Callback, Logs, TrainedModel } from './callback.ts';
import { Monitor, type MonitorOptions, monitorOptions } from './monitor.ts';

export interface ModelCheckpointOptions extends MonitorOptions {
  /** Save only when the figure is better than it ever was. */
  saveBestOnly?: boolean;
  /** After each epoch, or after so many batches. */
  saveFreq?: 'epoch' | number;
  /** What the first value must beat. */
  initialValueThreshold?: number;
  verbose?: 0 | 1;
}

/**
 * Saves the weights while training, to safetensors. The path may name the epoch, counted from 1, and its figures in
 * Python's way: `ae-{epoch:03d}-{val_loss:.4f}.safetensors`. As tf.keras.callbacks.ModelCheckpoint.
 */
export class ModelCheckpoint implements Callback {
  best: number;
  readonly #path: string;
  readonly #options: ModelCheckpointOptions;
  readonly #monitor: Monitor;
  #model: TrainedModel | undefined;
  #epoch = 0;
  #batches = 0;

  constructor(path: string, options: ModelCheckpointOptions = {}) {
    want('ModelCheckpoint', 'the path', path, text);
    checkOptions('ModelCheckpoint', options, {
      saveBestOnly: flag,
      saveFreq: {
        words: "'epoch' or a number of batches",
        fits: (value) => value === 'epoch' || whole(1).fits(value),
      },
      initialValueThreshold: number(),
      verbose: oneOf(0, 1),
      ...monitorOptions,
    });
    this.#path = path;
    this.#options = options;
    this.#monitor = new Monitor('ModelCheckpoint', options);
    this.best = options.initialValueThreshold ?? this.#monitor.worst;
  }

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  onTrainBatchEnd(_batch: number, logs: Logs): void {
    const { saveFreq = 'epoch' } = this.#options;
    if (saveFreq !== 'epoch' && ++this.#batches % saveFreq === 0) this.#save(logs);
  }

  onEpochEnd(_epoch: number, logs: Logs): void {
    if ((this.#options.saveFreq ?? 'epoch') === 'epoch') this.#save(logs);
  }

  #save(logs: Logs): void {
    const { saveBestOnly, verbose } = this.#options;
    if (saveBestOnly) {
      const current = this.#monitor.read(logs);
      if (!this.#monitor.better(current, this.best)) return;
      this.best = current;
    }
    const path = fillIn(this.#path, { ...logs, epoch: this.#epoch + 1 });
    this.#model?.saveWeights(path);
    if (verbose) console.log(`Epoch ${this.#epoch + 1}: saving model to ${path}`);
  }
}

/** Replaces `{name}`, `{name:03d}` and `{name:.4f}` by the values of these names. */
function fillIn(template: string, values: { readonly [name: string]: number }): string {
  return template.replace(/\{(\w+)(?::(0?)(\d*)(?:\.(\d+))?([df]?))?\}/g, (_, name, ...format) => {
    const [zero, width, decimals, kind] = format as [string?, string?, string?, string?];
    const value = values[name];
    if (value === undefined) {
      throw new OptionError(
        `ModelCheckpoint: the path asks for ${name}; want one of ${Object.keys(values).join(', ')}`,
        { path: template, name },
      );
    }
    const text = decimals || kind === 'f' ? value.toFixed(Number(decimals ?? 6)) : String(value);
    return text.padStart(Number(width ?? 0), zero === '0' ? '0' : ' ');
  });
}
