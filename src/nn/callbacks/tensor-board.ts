import { join } from 'node:path';
import { checkOptions, flag, text, whole } from '../../core/options.ts';
import { fromArray, type Tensor } from '../../core/tensor.ts';
import { SummaryWriter } from '../../io/events.ts';
import { graphOfTape } from '../../io/graph.ts';
import type { Callback, Logs, TrainedModel } from './callback.ts';

export interface TensorBoardOptions {
  /** `logs` unless told. Training figures go to its folder `train`, those of validation to `validation`. */
  logDir?: string;
  /** Every how many epochs the spread of the weights is logged; 0, the default, is never. */
  histogramFreq?: number;
  /** Whether to draw the graph of one call; true unless told. */
  writeGraph?: boolean;
  /** Whether to log the weights as pictures, too, whenever their spread is logged. */
  writeImages?: boolean;
  /** Also log the loss of the batches, every so many. */
  updateFreq?: 'epoch' | 'batch' | number;
}

/** Writes what TensorBoard shows. As tf.keras.callbacks.TensorBoard, with its tags. */
export class TensorBoard implements Callback {
  readonly #options: TensorBoardOptions;
  #model: TrainedModel | undefined;
  #train: SummaryWriter | undefined;
  #validation: SummaryWriter | undefined;
  #batches = 0;

  constructor(options: TensorBoardOptions = {}) {
    checkOptions('TensorBoard', options, {
      logDir: text,
      histogramFreq: whole(0),
      writeGraph: flag,
      writeImages: flag,
      updateFreq: {
        words: "'epoch', 'batch' or a number of batches",
        fits: (value) => value === 'epoch' || value === 'batch' || whole(1).fits(value),
      },
    });
    this.#options = options;
  }

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  onTrainBegin(): void {
    this.#train = this.#writer('train');
    const steps = this.#options.writeGraph === false ? [] : (this.#model?.forwardSteps() ?? []);
    if (steps.length > 0) this.#train.graph(graphOfTape(steps));
  }

  onTrainBatchEnd(_batch: number, logs: Logs): void {
    const { updateFreq = 'epoch' } = this.#options;
    const every = updateFreq === 'batch' ? 1 : updateFreq;
    const step = this.#batches++;
    if (every === 'epoch' || step % every !== 0) return;
    for (const [name, value] of Object.entries(logs)) {
      this.#train?.scalar(`batch_${name}`, value, step);
    }
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    for (const [name, value] of Object.entries(logs)) {
      if (name.startsWith('val_')) {
        this.#validation ??= this.#writer('validation');
        this.#validation.scalar(`epoch_${name.slice('val_'.length)}`, value, epoch);
      } else {
        this.#train?.scalar(`epoch_${name === 'lr' ? 'learning_rate' : name}`, value, epoch);
      }
    }
    const { histogramFreq = 0 } = this.#options;
    if (histogramFreq > 0 && epoch % histogramFreq === 0) this.#weights(epoch);
  }

  onTrainEnd(): void {
    this.#train?.close();
    this.#validation?.close();
    this.#train = undefined;
    this.#validation = undefined;
  }

  #writer(run: string): SummaryWriter {
    return new SummaryWriter(join(this.#options.logDir ?? 'logs', run));
  }

  #weights(epoch: number): void {
    for (const [path, weight] of this.#model?.weightsByPath() ?? []) {
      const tag = path.replaceAll('.', '/');
      this.#train?.histogram(tag, weight, epoch);
      // TensorBoard shows a tag in one place only, that of what came first.
      if (this.#options.writeImages) this.#train?.image(`${tag}/image`, asImage(weight), epoch);
    }
  }
}

/** A weight as a grey picture [1,h,w,1], its smallest number black and its largest white; axes before the last are rows. */
function asImage(weight: Tensor): Tensor {
  const columns = weight.shape.at(-1) ?? 1;
  const values = weight.values;
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const brightness = Float32Array.from(values, (value) => (value - low) / (high - low || 1));
  return fromArray(brightness, [1, weight.size / columns, columns, 1]);
}
