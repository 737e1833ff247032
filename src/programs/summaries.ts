/** What post 2 looks at while it trains: the loss, and originals beside their decodings, in TensorBoard and as pictures. */
import { GradientTape } from '../core/tape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { SummaryWriter } from '../io/events.ts';
import { graphOfTape } from '../io/graph.ts';
import { encodePng } from '../io/png.ts';
import { pairsPicture } from '../io/strips.ts';
import { RunningMeans } from '../nn/metrics.ts';
import { concat, reshape, slice } from '../ops/index.ts';
import type { Examples } from './examples.ts';
import type { Run } from './run.ts';

export interface Watched {
  /** The loss of images [n,784] in [0, 1]. */
  loss(images: Tensor): Tensor;
  /** What the autoencoder makes of them, in [0, 1] and as many numbers. */
  decoded(images: Tensor): Tensor;
}

export class Summaries {
  private readonly run: Run;
  private readonly watched: Watched;
  private readonly writers: { readonly train: SummaryWriter; readonly val: SummaryWriter };

  /** Starts the runs `train` and `val` of TensorBoard in a folder, each with the graph of the loss of these images. */
  constructor(run: Run, folder: string, watched: Watched, images: Tensor) {
    this.run = run;
    this.watched = watched;
    this.writers = { train: run.writer(`${folder}/train`), val: run.writer(`${folder}/val`) };
    const tape = new GradientTape();
    tape.record(() => watched.loss(images));
    for (const writer of Object.values(this.writers)) writer.graph(graphOfTape(tape.steps));
  }

  /** Logs the loss of a batch, and its first three images beside what became of them; returns the loss. */
  add(name: 'train' | 'val', epoch: number, batch: Tensor): number {
    const loss = this.watched.loss(batch).item();
    const three = slice(batch, [0, 0], [Math.min(3, batch.shape[0] ?? 0), 784]);
    const gt = reshape(three, [-1, 28, 28, 1]);
    const pre = reshape(this.watched.decoded(three), [-1, 28, 28, 1]);
    this.writers[name].image('images', concat([gt, pre], 2), epoch);
    this.writers[name].scalar('loss', loss, epoch);
    const file = `${name}-${String(epoch).padStart(3, '0')}.png`;
    this.run.write(file, encodePng(pairsPicture(gt, pre)));
    return loss;
  }

  /** The mean loss of all examples. */
  async meanLoss({ images, numExamples }: Examples): Promise<number> {
    const means = new RunningMeans([]);
    for (let from = 0; from < numExamples; from += 500) {
      const to = Math.min(from + 500, numExamples);
      means.add({ loss: this.watched.loss(images.slice(from, to)) }, to - from);
      await this.run.progress('validation', to, numExamples);
    }
    return means.values().loss ?? Number.NaN;
  }
}
