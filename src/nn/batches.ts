/** Data as `fit`, `evaluate` and `predict` read it: batch by batch, from arrays or from a Dataset. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { Generator } from '../core/random.ts';
import { Tensor } from '../core/tensor.ts';
import type { Dataset } from '../data/dataset.ts';
import { type Rows, rowsOf, type SliceSource } from '../data/rows.ts';
import type { Tensors } from './tensors.ts';

/** Samples and, unless the model makes do without, the truth about them. */
export type Batch = readonly [x: Tensors, y?: Tensors | undefined];

/** What can be read again and again. */
export interface Batches {
  /** How many make a pass; Infinity if it never ends, undefined if that shows only in passing. */
  readonly count: number | undefined;
  pass(epoch: number): BatchReader;
}

/** One pass, of which the first batch may be seen before its turn. */
export class BatchReader {
  readonly #source: Iterator<unknown> | AsyncIterator<unknown>;
  #seen: Batch | undefined;

  constructor(source: Iterator<unknown> | AsyncIterator<unknown>) {
    this.#source = source;
  }

  async peek(): Promise<Batch | undefined> {
    this.#seen ??= await this.next();
    return this.#seen;
  }

  /** The next batch, or undefined after the last. */
  async next(): Promise<Batch | undefined> {
    if (this.#seen !== undefined) {
      const seen = this.#seen;
      this.#seen = undefined;
      return seen;
    }
    const answer = this.#source.next();
    const { done, value } = answer instanceof Promise ? await answer : answer;
    return done === true ? undefined : asBatch(value);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

/** An element of a Dataset as samples and truth: `[x, y]`, or samples alone. */
function asBatch(element: unknown): Batch {
  if (element instanceof Tensor) return [element];
  if (Array.isArray(element) && element.length <= 2) return element as unknown as Batch;
  if (Array.isArray(element)) {
    throw new ShapeError(
      `fit: an element of the data set has ${element.length} parts; want [x, y], or x alone`,
      { parts: element.length },
    );
  }
  return [element as Tensors];
}

/** A Dataset of batches. */
export function batchesOfDataset(dataset: Dataset<unknown>): Batches {
  return {
    count: dataset.cardinality(),
    pass: () => new BatchReader(dataset[Symbol.asyncIterator]()),
  };
}

/** Samples and truth as rows that are read together; samples that are their own truth are read once. */
export function rowsOfArrays(op: string, x: SliceSource, y: SliceSource | undefined): Rows<Batch> {
  const both = y !== undefined && y !== x;
  const source: SliceSource = both ? { x, y } : { x };
  const rows: Rows<unknown> = rowsOf(source, op);
  if (rows.count === 0) {
    throw new ShapeError(`${op}: x has no rows; want at least one sample`, {});
  }
  const batch = (row: unknown): Batch => {
    const parts = row as { x: Tensors; y?: Tensors };
    return [parts.x, y === x ? parts.x : parts.y];
  };
  return {
    count: rows.count,
    at: (index) => batch(rows.at(index)),
    gather: (indices) => batch(rows.gather(indices)),
    begin(indices) {
      const end = rows.begin(indices);
      return () => batch(end());
    },
  };
}

/** The rows from one number up to, not including, another. */
export function partOf(rows: Rows<Batch>, from: number, to: number): Rows<Batch> {
  return {
    count: to - from,
    at: (index) => rows.at(from + index),
    gather: (indices) => rows.gather(indices.map((index) => from + index)),
    begin: (indices) => rows.begin(indices.map((index) => from + index)),
  };
}

/** Rows in batches of a size, the last perhaps smaller; in another order each epoch, if a key is given. */
export function batchesOfRows(rows: Rows<Batch>, size: number, key?: Generator): Batches {
  if (!Number.isInteger(size) || size < 1) {
    throw new OptionError(`fit: batchSize is ${size}; want a whole number of at least 1`, {
      batchSize: size,
    });
  }
  return {
    count: Math.ceil(rows.count / size),
    pass: (epoch) => new BatchReader(passOver(rows, size, orderOf(rows.count, epoch, key))),
  };
}

function* passOver(rows: Rows<Batch>, size: number, order: Uint32Array): Generator_<Batch> {
  for (let at = 0; at < order.length; at += size) {
    yield rows.gather([...order.subarray(at, at + size)]);
  }
}
type Generator_<T> = globalThis.Generator<T, void>;

/** Row numbers in order, or mixed: by the key and the number of the epoch alone, so a run that goes on reads on. */
function orderOf(count: number, epoch: number, key: Generator | undefined): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  if (key === undefined) return order;
  const random = new Generator(0);
  // Each epoch reads its own part of the stream: the counter's upper word is its number.
  random.state.set([key.state[0] ?? 0, key.state[1] ?? 0, 0, epoch]);
  let words: Uint32Array = new Uint32Array(0);
  for (let last = count - 1; last > 0; last--) {
    const place = (count - 1 - last) % 4;
    if (place === 0) words = random.words();
    const other = Math.floor(((words[place] ?? 0) * (last + 1)) / 0x100000000);
    const moved = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = moved;
  }
  return order;
}
