import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../core/errors.ts';
import { text, want } from '../../core/options.ts';
import { defaultGenerator } from '../../core/random.ts';
import type { Tensor } from '../../core/tensor.ts';
import { loadSafetensors, saveSafetensors } from '../../io/safetensors.ts';
import { readWeights } from '../weights-file.ts';
import type { Callback, TrainedModel } from './callback.ts';

/**
 * Saves all there is to know after each epoch, so that a run that was cut off goes on where it was when it is started
 * again: weights, the optimizer's memory, its learning rate, the random stream. With arrays and the same seed it then
 * takes the very steps it would have taken. The file goes when training ends. As tf.keras.callbacks.BackupAndRestore.
 */
export class BackupAndRestore implements Callback {
  readonly path: string;
  #model: TrainedModel | undefined;
  #resumeAt: number | undefined;

  constructor(backupDir: string) {
    want('BackupAndRestore', 'the folder', backupDir, text);
    this.path = join(backupDir, 'backup.safetensors');
  }

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  onTrainBegin(): void {
    this.#resumeAt = undefined;
    if (this.#model && existsSync(this.path)) this.#restore(this.#model);
  }

  resumeAt(): number | undefined {
    return this.#resumeAt;
  }

  onEpochEnd(epoch: number): void {
    if (this.#model) this.#save(this.#model, epoch + 1);
  }

  onTrainEnd(): void {
    rmSync(this.path, { force: true });
  }

  #save(model: TrainedModel, nextEpoch: number): void {
    const { optimizer, trainableWeights } = model;
    const tensors = new Map<string, Tensor>();
    for (const [path, weight] of model.weightsByPath()) tensors.set(`weights/${path}`, weight);
    const { iterations, slots } = optimizer.state(trainableWeights);
    slots.forEach((names, i) => {
      for (const [name, slot] of Object.entries(names)) tensors.set(`optimizer/${i}/${name}`, slot);
    });
    saveSafetensors(this.path, tensors, {
      epoch: String(nextEpoch),
      iterations: String(iterations),
      learningRate: String(optimizer.learningRate),
      random: defaultGenerator().state.join(' '),
    });
  }

  #restore(model: TrainedModel): void {
    const { optimizer, trainableWeights } = model;
    const { tensors, metadata } = loadSafetensors(this.path);
    const epoch = Number(metadata.epoch);
    const iterations = Number(metadata.iterations);
    const random = (metadata.random ?? '').split(' ').map(Number);
    if (![epoch, iterations, ...random].every(Number.isInteger) || random.length !== 4) {
      throw new DataError(
        `${this.path}: it has no epoch in it; want a file that BackupAndRestore wrote`,
        {
          file: this.path,
        },
      );
    }
    const part = (prefix: string) =>
      new Map(
        [...tensors]
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
      );
    readWeights(this.path, model.weightsByPath(), model.name, part('weights/'));
    const slots = trainableWeights.map((_, i) => Object.fromEntries(part(`optimizer/${i}/`)));
    optimizer.restore({ iterations, slots }, trainableWeights);
    const rate = Number(metadata.learningRate);
    if (typeof optimizer.learningRate === 'number') optimizer.learningRate = rate;
    defaultGenerator().state.set(random);
    this.#resumeAt = epoch;
  }
}
