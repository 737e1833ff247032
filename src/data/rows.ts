/** What a data set is cut from: many rows of equal shape, read one by one or gathered into a batch. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { checkOptions, isBareObject, list, shown } from '../core/options.ts';
import { layoutOf, type Shape, shapeText, sizeOf } from '../core/shape.ts';
import {
  allocate,
  dtypeOf,
  fromArray,
  type NestedNumbers,
  Tensor,
  tensor,
  Variable,
} from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import type { Numbers } from '../kernels/arrays.ts';
import { nativeGather } from '../kernels/native.ts';

/** Rows of a tensor, or of several side by side. */
export interface Rows<T> {
  readonly count: number;
  at(index: number): T;
  /** The rows with these numbers, stacked along a new first axis. */
  gather(indices: readonly number[]): T;
  /** Begins to gather them on another thread, where there is one; what it returns waits for them. */
  begin(indices: readonly number[]): () => T;
}

/** Begins to gather rows of an array, as the addon does it; undefined where there is none. */
function beginGather(
  from: Numbers | Uint8Array,
  indices: readonly number[],
  shape: Shape,
  to: Numbers,
  table?: Float32Array,
): (() => Tensor) | undefined {
  const addon = nativeGather(kernels());
  if (addon === undefined) return undefined;
  const gathering = addon.beginGather(from, Int32Array.from(indices), sizeOf(shape), to, table);
  return () => {
    addon.endGather(gathering);
    return fromArray(to, [indices.length, ...shape]);
  };
}

type NumberLists = readonly NestedNumbers[];

/** One tensor, or anything that `tensor()` makes one of; or images kept as bytes. */
export type SliceLeaf = Tensor | Numbers | NumberLists | ImageRows;

/** One leaf, or an array or object of them, nested as you like. */
export type SliceSource =
  | SliceLeaf
  | readonly SliceSource[]
  | { readonly [name: string]: SliceSource };

/** What one row of a source looks like: a tensor in the place of each leaf. */
export type RowOf<S> = S extends SliceLeaf ? Tensor : { -readonly [K in keyof S]: RowOf<S[K]> };

/** Rows along the first axis of every leaf, on behalf of an op that errors name. */
export function rowsOf<S extends SliceSource>(source: S, op = 'fromTensorSlices'): Rows<RowOf<S>> {
  return rowsAt(op, source, '') as Rows<RowOf<S>>;
}

function rowsAt(op: string, source: SliceSource, path: string): Rows<unknown> {
  if (source instanceof ImageRows) return source;
  if (isNumeric(source)) return new TensorRows(op, source, path);
  if (!Array.isArray(source) && !isBareObject(source)) {
    throw new ShapeError(
      `${op}: ${path || 'the data'} is ${shown(source)}; want tensors or numbers, or lists or objects of them${source instanceof Promise ? '. Is there an await missing?' : ''}`,
    );
  }
  const parts = Object.entries(source).map(
    ([name, part]) => [name, rowsAt(op, part, path === '' ? name : `${path}.${name}`)] as const,
  );
  const [first, ...others] = parts;
  if (first === undefined) {
    throw new ShapeError(`${op}: ${path || 'the data'} is empty; want at least one tensor`);
  }
  const odd = others.find(([, rows]) => rows.count !== first[1].count);
  if (odd !== undefined) {
    throw new ShapeError(
      `${op}: ${first[0]} has ${first[1].count} rows and ${odd[0]} has ${odd[1].count}; ` +
        'want first axes of equal size',
    );
  }
  const rebuild = (cut: readonly unknown[]) => {
    if (Array.isArray(source)) return cut;
    return Object.fromEntries(parts.map(([name], i) => [name, cut[i]]));
  };
  return {
    count: first[1].count,
    at: (index) => rebuild(parts.map(([, rows]) => rows.at(index))),
    gather: (indices) => rebuild(parts.map(([, rows]) => rows.gather(indices))),
    begin(indices) {
      const begun = parts.map(([, rows]) => rows.begin(indices));
      return () => rebuild(begun.map((end) => end()));
    },
  };
}

/** Tells lists of numbers, which are a tensor, from lists of tensors, which are several. */
function isNumeric(source: SliceSource): source is Tensor | Numbers | NumberLists {
  if (source instanceof Tensor || ArrayBuffer.isView(source)) return true;
  let level: unknown = source;
  while (Array.isArray(level)) level = level[0];
  return typeof level === 'number' || typeof level === 'boolean';
}

class TensorRows implements Rows<Tensor> {
  readonly count: number;
  private readonly values: Numbers;
  private readonly shape: Shape;
  private readonly size: number;

  constructor(op: string, source: Tensor | Numbers | NumberLists, path: string) {
    const whole = source instanceof Tensor ? source : tensor(source);
    const [count, ...shape] = whole.shape;
    if (count === undefined) {
      const name = path === '' ? 'the tensor' : path;
      throw new ShapeError(
        `${op}: ${name} is a single number, []; want a first axis to slice along`,
      );
    }
    // A variable changes in place; its rows are those of now.
    this.values = whole instanceof Variable ? whole.data() : whole.values;
    this.count = count;
    this.shape = shape;
    this.size = sizeOf(shape);
  }

  at(index: number): Tensor {
    return fromArray(this.row(index), this.shape);
  }

  gather(indices: readonly number[]): Tensor {
    const batch = allocate(dtypeOf(this.values), indices.length * this.size);
    indices.forEach((index, i) => {
      batch.set(this.row(index), i * this.size);
    });
    return fromArray(batch, [indices.length, ...this.shape]);
  }

  begin(indices: readonly number[]): () => Tensor {
    const batch = allocate(dtypeOf(this.values), indices.length * this.size);
    return beginGather(this.values, indices, this.shape, batch) ?? (() => this.gather(indices));
  }

  private row(index: number): Numbers {
    return this.values.subarray(index * this.size, (index + 1) * this.size);
  }
}

/**
 * Images that stay bytes until they are asked for, and are floats then: 60,000 images of MNIST are 47 MB this way, and
 * 188 MB as float32.
 */
export class ImageRows implements Rows<Tensor> {
  readonly count: number;
  readonly shape: Shape;
  private readonly bytes: Uint8Array;
  private readonly size: number;
  /** Bytes divided by this, then moved by `low`, are the floats. */
  private readonly divisor: Float32Array;
  private readonly low: Float32Array;
  /** The float that each byte becomes. */
  private table: Float32Array | undefined;

  /** Rows of the given shape; byte 0 is read as the low end of `scale`, byte 255 as the high end. */
  constructor(
    bytes: Uint8Array,
    shape: Shape,
    options: { scale?: readonly [low: number, high: number] } = {},
  ) {
    checkOptions('ImageRows', options, { scale: list });
    this.size = sizeOf(shape);
    this.count = bytes.length / this.size;
    if (!Number.isInteger(this.count)) {
      throw new ShapeError(
        `ImageRows: ${bytes.length} bytes and a shape of ${shapeText(shape)}; want whole images of ` +
          `${this.size} bytes each`,
      );
    }
    this.bytes = bytes;
    this.shape = shape;
    const [low, high] = options.scale ?? [0, 1];
    this.divisor = Float32Array.of(255 / (high - low));
    this.low = Float32Array.of(low);
  }

  at(index: number): Tensor {
    return fromArray(this.read([index]), this.shape);
  }

  gather(indices: readonly number[]): Tensor {
    return fromArray(this.read(indices), [indices.length, ...this.shape]);
  }

  begin(indices: readonly number[]): () => Tensor {
    this.table ??= this.scaled(Float32Array.from({ length: 256 }, (_, byte) => byte));
    const floats = new Float32Array(indices.length * this.size);
    const { bytes, shape, table } = this;
    return beginGather(bytes, indices, shape, floats, table) ?? (() => this.gather(indices));
  }

  /** The rows from one number up to, not including, another as one tensor; all of them unless told. */
  slice(from = 0, to: number = this.count): Tensor {
    const inside = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && to <= this.count;
    if (!inside || from > to) {
      throw new OptionError(`slice: rows ${from} to ${to} of ${this.count}; want 0 <= from <= to`);
    }
    return this.gather(Array.from({ length: to - from }, (_, i) => from + i));
  }

  private read(indices: readonly number[]): Float32Array {
    const floats = new Float32Array(indices.length * this.size);
    let to = 0;
    for (const index of indices) {
      floats.set(this.bytes.subarray(index * this.size, (index + 1) * this.size), to);
      to += this.size;
    }
    return this.scaled(floats);
  }

  private scaled(floats: Float32Array): Float32Array {
    // float = byte / (255 / range) + low, by kernels: a plain loop takes several times as long as the copying.
    const each = layoutOf([floats.length], [1], [0]);
    kernels().div(floats, this.divisor, floats, each);
    if (this.low[0] !== 0) kernels().add(floats, this.low, floats, each);
    return floats;
  }
}
