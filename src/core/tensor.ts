import { exactKernels, kernels } from '../kernels/active.ts';
import type { Floats, Numbers } from '../kernels/arrays.ts';
import { type Kernels, reference } from '../kernels/reference.ts';
import { OptionError, ShapeError } from './errors.ts';
import { anything, checkOptions, flag, text } from './options.ts';
import { formatTensor, printsItself } from './print.ts';
import { stepRecorder } from './replay.ts';
import {
  checkShape,
  layoutOf,
  type Shape,
  sameShape,
  shapeText,
  sizeOf,
  stridesOf,
} from './shape.ts';
import { ownZeros, zeros } from './zeros.ts';

/** float32 for work, int32 for indices and truths, float64 for checks. */
export type Dtype = 'float32' | 'int32' | 'float64';

/** Numbers in nested lists, as they are written down: `[[1, 2], [3, 4]]`. */
export type NestedNumbers = number | boolean | readonly NestedNumbers[];

/** What ops take: a tensor, or anything that `tensor()` makes one of. */
export type TensorLike = Tensor | NestedNumbers | Numbers;

/** Who a tensor is, without its numbers. A tape holds identities, so it keeps no array alive that no rule needs. */
export interface Identity {
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: Dtype;
  /** The name of a variable. */
  readonly name?: string;
}

let identities = 0;

/**
 * An array of numbers with a shape. Immutable: ops make new tensors. A transpose is a view that shares its numbers
 * and walks them with other strides; `values` puts them in row order the first time someone asks.
 */
export class Tensor {
  readonly identity: Identity;
  /** Numbers, in row order unless `strides` is set. */
  protected storage: Numbers;
  protected strides: readonly number[] | undefined;
  /** Views of a variable remember it, and its version, to refuse numbers that were changed under them. */
  private origin: { variable: Variable; version: number } | undefined;

  constructor(storage: Numbers, shape: Shape, strides?: readonly number[], identity?: Identity) {
    this.storage = storage;
    this.strides = strides;
    this.identity = identity ?? { id: ++identities, shape, dtype: dtypeOf(storage) };
  }

  get shape(): Shape {
    return this.identity.shape;
  }
  get dtype(): Dtype {
    return this.identity.dtype;
  }
  /** Number of axes. */
  get rank(): number {
    return this.identity.shape.length;
  }
  /** Number of elements. */
  get size(): number {
    return sizeOf(this.identity.shape);
  }

  /** The numbers in row order: not a copy, not to be written to. */
  get values(): Numbers {
    this.read('values');
    return this.numbers;
  }

  /** The same for kernels and ops, which a step may have in its middle. */
  get numbers(): Numbers {
    this.refuseStale();
    if (this.strides !== undefined) {
      const dense = allocate(this.dtype, this.size);
      const layout = layoutOf(this.shape, this.strides, stridesOf(this.shape));
      kernelsFor(this.dtype).copy(this.storage, dense, layout, 0, 0);
      this.storage = dense;
      this.strides = undefined;
    }
    return this.storage;
  }

  /** Whether the numbers lie in row order, so that asking for `values` costs nothing. */
  get inRowOrder(): boolean {
    return this.strides === undefined;
  }

  /** The numbers as they lie, with the strides to walk them by: for matmul and copies, which take any strides. */
  strided(): { storage: Numbers; strides: readonly number[] } {
    this.refuseStale();
    return { storage: this.storage, strides: this.strides ?? stridesOf(this.shape) };
  }

  /** Another tensor on the same numbers. Without strides they are taken in row order. */
  view(shape: Shape, strides?: readonly number[]): Tensor {
    const storage = strides === undefined ? this.numbers : this.storage;
    const view = new Tensor(storage, shape, strides);
    view.origin = this.currentOrigin();
    return view;
  }

  /** This tensor as a tape keeps it: the same identity, but numbers that a later `assign` cannot change unnoticed. */
  kept(): Tensor {
    const origin = this.currentOrigin();
    if (origin === undefined) return this;
    const kept = new Tensor(this.storage, this.shape, this.strides, this.identity);
    kept.origin = origin;
    return kept;
  }

  protected currentOrigin(): { variable: Variable; version: number } | undefined {
    return this.origin;
  }

  private refuseStale(): void {
    if (this.origin !== undefined && this.origin.version !== this.origin.variable.version) {
      const { variable } = this.origin;
      throw new OptionError(
        `tensor: these numbers belong to the variable ${variable.label()}, which was changed after they were taken; want them used before it changes: take the gradient before the update, or clone() the variable`,
        { variable: variable.label() },
      );
    }
  }

  /** A copy of the numbers in row order, yours to change. */
  data(): Numbers {
    this.read('data()');
    return this.numbers.slice();
  }

  /** The number of a tensor that holds only one. */
  item(): number {
    this.read('item()');
    if (this.size !== 1) {
      throw new ShapeError(
        `item: the tensor is ${shapeText(this.shape)}; want a single element. Use data() or toArray()`,
        { shape: this.shape },
      );
    }
    return this.numbers[0] as number;
  }

  /** Nested arrays, as deep as the tensor has axes; a number for a single one. */
  toArray(): NestedNumbers {
    this.read('toArray()');
    const values = this.numbers;
    let at = 0;
    const nest = (axis: number): NestedNumbers =>
      axis === this.rank
        ? (values[at++] as number)
        : Array.from({ length: this.shape[axis] as number }, () => nest(axis + 1));
    return nest(0);
  }

  /** What `JSON.stringify` writes: nested arrays, where NaN and infinities become null. */
  toJSON(): NestedNumbers {
    return this.toArray();
  }

  /** `x * 2` is no arithmetic of tensors, which JavaScript would pass over as NaN. Texts may have them put in. */
  [Symbol.toPrimitive](hint: 'number' | 'string' | 'default'): string {
    if (hint !== 'number') return this.toString();
    throw new OptionError(
      `tensor: a tensor ${shapeText(this.shape)} stands where a number is wanted; want mul(), add() and the like, or item() for its number`,
      { shape: this.shape },
    );
  }

  toString(): string {
    this.read('the text');
    return formatTensor(this);
  }

  /** Tells a recording of steps that its numbers are wanted outside the kernels. */
  private read(by: string): void {
    stepRecorder()?.onRead(`${by} of a tensor ${shapeText(this.shape)}`);
  }
}
printsItself(Tensor);

/**
 * A tensor that can be changed in place, such as a weight. Tapes watch it by themselves while it is trainable.
 */
export class Variable extends Tensor {
  readonly trainable: boolean;
  /** Counts the changes, so that a view or a tape can tell that its numbers are gone. */
  version = 0;

  /** Takes a copy of the initial value. */
  constructor(
    initial: TensorLike,
    options: { trainable?: boolean; name?: string; dtype?: Dtype } = {},
  ) {
    checkOptions('Variable', options, { trainable: flag, name: text, dtype: anything });
    const value = options.dtype ? tensor(initial, undefined, options.dtype) : toTensor(initial);
    const identity: Identity = {
      id: ++identities,
      shape: value.shape,
      dtype: value.dtype,
      ...(options.name === undefined ? {} : { name: options.name }),
    };
    super(copyOf(value.numbers), value.shape, undefined, identity);
    this.trainable = options.trainable ?? value.dtype !== 'int32';
  }

  get name(): string | undefined {
    return this.identity.name;
  }

  /** How messages name it. */
  label(): string {
    return `${this.name ?? `#${this.identity.id}`} ${shapeText(this.shape)}`;
  }

  /** Replaces the numbers by those of a tensor of the same shape. */
  assign(value: TensorLike): this {
    const next = toTensor(value, this.dtype);
    if (!sameShape(next.shape, this.shape) || next.dtype !== this.dtype) {
      throw new ShapeError(
        `assign: the variable ${this.label()} is ${this.dtype} and the value is ${next.dtype} ${shapeText(next.shape)}; want the same shape and type`,
        { variable: this.shape, value: next.shape },
      );
    }
    const source = next.numbers;
    return this.update((values) => kernelsFor(this.dtype).cast(source, values));
  }

  /** Lets a kernel write to the numbers in place. */
  update(write: (values: Numbers) => void): this {
    write(this.storage);
    this.version++;
    stepRecorder()?.onUpdate(this);
    return this;
  }

  protected override currentOrigin(): { variable: Variable; version: number } {
    return { variable: this, version: this.version };
  }
}

export function dtypeOf(values: Numbers): Dtype {
  if (values instanceof Float32Array) return 'float32';
  return values instanceof Int32Array ? 'int32' : 'float64';
}

/** A row of zeros. */
export function allocate(dtype: Dtype, size: number): Numbers {
  try {
    if (dtype === 'float32') return zeros(size);
    if (dtype === 'int32') return new Int32Array(size);
    if (dtype === 'float64') return new Float64Array(size);
  } catch (error) {
    if (!(error instanceof RangeError) || 'code' in error) throw error; // V8's own has no code
    throw new ShapeError(
      `tensor: ${size} numbers of ${dtype} are more than there is memory for; want a smaller shape`,
      { size },
    );
  }
  throw new OptionError(`dtype: it is ${String(dtype)}; want float32, int32 or float64`, { dtype });
}

/** A copy in memory of its own. */
function copyOf(values: Numbers): Numbers {
  if (!(values instanceof Float32Array)) return values.slice();
  const copy = ownZeros(values.length);
  copy.set(values);
  return copy;
}

/** The kernels that work on a type: int32 arithmetic and float64 are the reference's alone. */
export function kernelsFor(dtype: Dtype): Kernels {
  return dtype === 'float32' ? kernels() : exactKernels();
}

/**
 * A tensor from numbers: one number, nested arrays, or a typed array with a shape. Nested arrays and plain numbers
 * become float32 unless told otherwise, typed arrays keep their type; booleans become int32 ones and zeros.
 */
export function tensor(values: TensorLike, shape?: Shape, dtype?: Dtype): Tensor {
  if (values instanceof Tensor) {
    const same = dtype === undefined || dtype === values.dtype;
    const numbers = same ? values.data() : convert(values.numbers, dtype);
    return fromFlat('tensor', numbers, shape ?? values.shape);
  }
  if (isNumbers(values)) {
    if (dtype === 'int32') for (const value of values) checkWhole('tensor', value);
    const numbers = dtype === undefined ? copyOf(values) : convert(values, dtype);
    return fromFlat('tensor', numbers, shape ?? [values.length]);
  }
  if (ArrayBuffer.isView(values)) {
    const kind = (values as object).constructor.name;
    throw new OptionError(
      `tensor: values are a ${kind}; want nested arrays, a Float32Array, an Int32Array or a Float64Array. Float32Array.from(values) makes one`,
      { kind },
    );
  }
  const found = shapeOfNested(values);
  const flat: (number | boolean)[] = [];
  flatten(values, found, 0, flat);
  const truths = flat.length > 0 && flat.every((v) => typeof v === 'boolean');
  const numbers = allocate(dtype ?? (truths ? 'int32' : 'float32'), flat.length);
  flat.forEach((v, i) => {
    numbers[i] = Number(v);
    if (dtype === 'int32') checkWhole('tensor', Number(v));
  });
  return fromFlat('tensor', numbers, shape ?? found);
}

/** An int32 tensor holds whole numbers of 32 bits: others are refused, not cut off. */
export function checkWhole(op: string, value: number): void {
  if ((value | 0) !== value) {
    throw new OptionError(
      `${op}: found ${value} where the type is int32; want a whole number of 32 bits. cast(x, "int32") cuts off`,
      { value },
    );
  }
}

/** A tensor on an array that the caller hands over and will not change. */
export function fromArray(values: Numbers, shape: Shape): Tensor {
  return fromFlat('fromArray', values, shape);
}

/** What an op was given as a tensor; plain numbers take the type that is wanted. */
export function toTensor(value: TensorLike, dtype?: Dtype): Tensor {
  if (value instanceof Tensor) return value;
  if (typeof value === 'number') {
    if (dtype === 'int32') checkWhole('tensor', value);
    const scalar = allocate(dtype ?? 'float32', 1);
    scalar[0] = value;
    return new Tensor(scalar, []);
  }
  return tensor(value, undefined, isNumbers(value) ? undefined : dtype);
}

function isNumbers(value: unknown): value is Numbers {
  return (
    value instanceof Float32Array || value instanceof Int32Array || value instanceof Float64Array
  );
}

function convert(values: Numbers, dtype: Dtype): Numbers {
  const converted = allocate(dtype, values.length);
  reference.cast(values, converted);
  return converted;
}

function fromFlat(op: string, values: Numbers, shape: Shape): Tensor {
  checkShape(op, shape);
  if (sizeOf(shape) !== values.length) {
    throw new ShapeError(
      `${op}: ${values.length} numbers were given for the shape ${shapeText(shape)}; want ${sizeOf(shape)}`,
      { op, count: values.length, shape },
    );
  }
  return new Tensor(values, [...shape]);
}

function shapeOfNested(values: NestedNumbers): number[] {
  const shape: number[] = [];
  let level: unknown = values;
  while (Array.isArray(level)) {
    shape.push(level.length);
    level = level[0];
  }
  return shape;
}

function flatten(
  values: NestedNumbers,
  shape: Shape,
  axis: number,
  into: (number | boolean)[],
): void {
  if (axis < shape.length && Array.isArray(values) && values.length === shape[axis]) {
    for (const part of values) flatten(part, shape, axis + 1, into);
  } else if (axis === shape.length && (typeof values === 'number' || typeof values === 'boolean')) {
    into.push(values);
  } else if (Array.isArray(values)) {
    throw new ShapeError(
      `tensor: a list at depth ${axis} has ${values.length} parts where ${axis < shape.length ? `the first has ${shape[axis]}` : 'the first is a number'}; want lists of equal length`,
      { depth: axis },
    );
  } else {
    throw new ShapeError(
      `tensor: found ${values === null ? 'null' : typeof values} at depth ${axis}; want ${axis < shape.length ? `a list of ${shape[axis]}` : 'a number'}`,
      { depth: axis },
    );
  }
}

/** The array of a float tensor, in row order. */
export function floats(t: Tensor): Floats {
  return t.numbers as Floats;
}

/** The array of an int32 tensor, in row order. */
export function ints(t: Tensor): Int32Array {
  return t.numbers as Int32Array;
}
