/** From tensors to the vectors that factorisations work on, and back. */
import { OptionError, ShapeError } from '../../core/errors.ts';
import { shapeText } from '../../core/shape.ts';
import {
  allocate,
  type Dtype,
  fromArray,
  type Tensor,
  type TensorLike,
  toTensor,
} from '../../core/tensor.ts';
import { wantFloats } from '../define.ts';
import type { Vector } from './vectors.ts';

/** A matrix of finite numbers, [m,n]. */
export interface Matrix {
  readonly m: number;
  readonly n: number;
  readonly dtype: Dtype;
  /** The matrix times this power of two has numbers of about 1, whose squares neither overflow nor vanish. */
  readonly scale: number;
  /** Its rows times `scale`, each a copy to work in. */
  rows(): Vector[];
  columns(): Vector[];
}

/** What `op` was given as `name`. */
export function matrixOf(op: string, name: string, given: TensorLike): Matrix {
  const a = toTensor(given);
  const [m = 0, n = 0] = a.shape;
  if (a.rank !== 2 || m === 0 || n === 0) {
    throw new ShapeError(`${op}: ${name} is ${shapeText(a.shape)}; want [m,n], neither of them 0`, {
      [name]: a.shape,
    });
  }
  wantFloats(op, name, a.dtype);
  const numbers = a.data();
  let largest = 0;
  for (let i = 0; i < numbers.length; i++) {
    const size = Math.abs(numbers[i] as number);
    if (!(size < Infinity)) {
      const place = [Math.floor(i / n), i % n];
      throw new OptionError(
        `${op}: ${name}[${place}] is ${numbers[i]}; want finite numbers. checkNumerics finds where it came from`,
        { place },
      );
    }
    if (size > largest) largest = size;
  }
  // Numbers below 1e-300 count as that: the power of two must not overflow.
  const scale = largest === 0 ? 1 : 2 ** -Math.floor(Math.log2(Math.max(largest, 1e-300)));
  const cut = (count: number, length: number, step: number, between: number) =>
    Array.from({ length: count }, (_, i) => {
      const vector = new Float64Array(length);
      for (let j = 0; j < length; j++) {
        vector[j] = (numbers[i * step + j * between] as number) * scale;
      }
      return vector;
    });
  return {
    m,
    n,
    dtype: a.dtype,
    scale,
    rows: () => cut(m, n, n, 1),
    columns: () => cut(n, m, 1, n),
  };
}

/** The tensor of these rows, each number times a factor. */
export function fromRows(rows: readonly Vector[], dtype: Dtype, factor = 1): Tensor {
  const n = rows[0]?.length ?? 0;
  const numbers = allocate(dtype, rows.length * n);
  rows.forEach((row, i) => {
    for (let j = 0; j < n; j++) numbers[i * n + j] = (row[j] as number) * factor;
  });
  return fromArray(numbers, [rows.length, n]);
}

/** The tensor of these columns. */
export function fromColumns(columns: readonly Vector[], dtype: Dtype, factor = 1): Tensor {
  const [n, m] = [columns.length, columns[0]?.length ?? 0];
  const numbers = allocate(dtype, m * n);
  columns.forEach((column, j) => {
    for (let i = 0; i < m; i++) numbers[i * n + j] = (column[i] as number) * factor;
  });
  return fromArray(numbers, [m, n]);
}

export function fromNumbers(values: ArrayLike<number>, dtype: Dtype, factor = 1): Tensor {
  const numbers = allocate(dtype, values.length);
  for (let i = 0; i < values.length; i++) numbers[i] = (values[i] as number) * factor;
  return fromArray(numbers, [values.length]);
}

/** What the unit roundoff of a type lets two numbers of about 1 differ by. */
export function epsilonOf(dtype: Dtype): number {
  return dtype === 'float32' ? 2 ** -23 : Number.EPSILON;
}
