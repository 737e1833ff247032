/** MNIST as TF1's tutorials read it: examples that are handed out batch by batch, in a new order on every pass. */
import type { Tensor } from '../core/tensor.ts';
import { Dataset } from '../data/dataset.ts';
import type { ImageSet, LabelledImages } from '../data/image-set.ts';
import { ImageRows } from '../data/rows.ts';

/** `read_data_sets` keeps this share of the training images for validation: 5,000 of MNIST's 60,000. */
const validationShare = 1 / 12;

/** The training set without the first images, which TF1's loader kept for validation, and the test set. */
export function readDataSets(set: ImageSet): { train: Examples; test: Examples } {
  const kept = Math.round(set.train.count * validationShare);
  const size = set.height * set.width;
  const train = {
    images: set.train.images.subarray(kept * size),
    labels: set.train.labels.subarray(kept),
  };
  return { train: new Examples(train), test: new Examples(set.test) };
}

export class Examples {
  readonly numExamples: number;
  /** [784] each, in [0, 1]. */
  readonly images: ImageRows;
  private readonly labels: Uint8Array;
  private readonly pass: Dataset<number>;
  private order: readonly number[] = [];
  private next = 0;

  constructor({ images, labels }: Pick<LabelledImages, 'images' | 'labels'>) {
    this.images = new ImageRows(images, [784]);
    this.labels = labels;
    this.numExamples = labels.length;
    this.pass = Dataset.range(this.numExamples).shuffle(this.numExamples);
  }

  /** So many examples. When a pass ends, the rest of the batch is the beginning of the next one. */
  nextBatch(size: number): [images: Tensor, labels: readonly number[]] {
    const rows: number[] = [];
    while (rows.length < size) {
      if (this.next === this.order.length) {
        this.order = this.pass.toArray();
        this.next = 0;
      }
      const taken = this.order.slice(this.next, this.next + size - rows.length);
      this.next += taken.length;
      rows.push(...taken);
    }
    return [this.images.gather(rows), rows.map((row) => this.labels[row] ?? 0)];
  }
}
