import { ShapeError } from '../core/errors.ts';
import { checkOptions, flag } from '../core/options.ts';
import {
  broadcastShapes,
  broadcastStrides,
  layoutOf,
  type Shape,
  sameShape,
  shapeText,
  sizeOf,
  stridesOf,
} from '../core/shape.ts';
import { allocate, floats, Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import type { Floats } from '../kernels/arrays.ts';
import type { Kernels } from '../kernels/reference.ts';
import { sumTo } from './broadcast.ts';
import { defineOp, type Op, wantFloats } from './define.ts';
import { transpose } from './reshape.ts';

const matmulOp: Op<['a', 'b']> = defineOp({
  name: 'matmul',
  inputs: ['a', 'b'],
  keeps: ['a', 'b'],
  math: 'y[…,i,j] = sum over l of a[…,i,l] b[…,l,j]',
  shape({ a, b }) {
    const [m, k] = a.slice(-2) as [number, number];
    const [rows, n] = b.slice(-2) as [number, number];
    if (k !== rows) throw misfit(a, b);
    if (a.length === 2 && b.length === 2) return [m, n];
    return [
      ...broadcastShapes('matmul', a.slice(0, -2), b.slice(0, -2), ["a's batch", "b's batch"]),
      m,
      n,
    ];
  },
  forward(kernels, { a, b }, y) {
    const [m, n] = y.shape.slice(-2) as [number, number];
    const k = a.shape.at(-1) as number;
    const batch = sizeOf(y.shape.slice(0, -2));
    const left = asMatrices(kernels, a, y);
    const right = asMatrices(kernels, b, y);
    kernels.matmul(
      left.storage, right.storage, floats(y), batch, m, k, n,
      left.batch, left.row, left.col, right.batch, right.row, right.col,
    ); // biome-ignore format: m, k, n and the strides read as two rows
  },
  vjp: {
    a: (dy, { b }, { shapes }) => sumTo(matmulOp(dy, swapped(b)), shapes.a), // [m,n][n,k] -> [m,k]
    b: (dy, { a }, { shapes }) => sumTo(matmulOp(swapped(a), dy), shapes.b), // [k,m][m,n] -> [k,n]
  },
});

/**
 * Matrix product of the last two axes; the axes before them are a batch and broadcast. The options multiply by the
 * transpose of an operand, which costs nothing: it is a swap of strides. As tf.matmul.
 */
export function matmul(
  a: TensorLike,
  b: TensorLike,
  options: { transposeA?: boolean; transposeB?: boolean } = {},
): Tensor {
  checkOptions('matmul', options, { transposeA: flag, transposeB: flag });
  const left = twoAxes('a', a, b);
  const right = twoAxes('b', b, a);
  return matmulOp(
    options.transposeA ? swapped(left) : left,
    options.transposeB ? swapped(right) : right,
  );
}

function twoAxes(name: 'a' | 'b', value: TensorLike, other: TensorLike): Tensor {
  const t = toTensor(value, other instanceof Tensor ? other.dtype : undefined);
  if (t.rank < 2) {
    throw new ShapeError(
      `matmul: ${name} is ${shapeText(t.shape)}; want at least two axes. expandDims adds one`,
      { [name]: t.shape },
    );
  }
  wantFloats('matmul', name, t.dtype);
  return t;
}

function misfit(a: Shape, b: Shape): ShapeError {
  const turned = b.at(-1) === a.at(-1) ? ' Did you mean transpose(b)?' : '';
  const turnedA = turned === '' && a.at(-2) === b.at(-2) ? ' Did you mean transpose(a)?' : '';
  return new ShapeError(
    `matmul: a is ${shapeText(a)} and b is ${shapeText(b)}; want a [m,k] and b [k,n].${turned}${turnedA}`,
    { a, b },
  );
}

/** The last two axes exchanged: a view. */
function swapped(t: Tensor): Tensor {
  const order = t.shape.map((_, axis) => axis);
  return transpose(t, [...order.slice(0, -2), t.rank - 1, t.rank - 2]);
}

/** Storage and strides of a batch of matrices, as the kernel wants them for the batch of y. */
function asMatrices(
  kernels: Kernels,
  t: Tensor,
  y: Tensor,
): {
  storage: Floats;
  batch: number;
  row: number;
  col: number;
} {
  const { storage, strides } = t.strided();
  if (t.rank === 2) {
    const [row, col] = strides as [number, number];
    return { storage: storage as Floats, batch: 0, row, col };
  }
  const batchShape = y.shape.slice(0, -2);
  const own = t.shape.slice(0, -2);
  const [row, col] = strides.slice(-2) as [number, number];
  if (sizeOf(own) === 1) return { storage: storage as Floats, batch: 0, row, col };
  if (!sameShape(own, batchShape)) {
    const shape = [...batchShape, ...t.shape.slice(-2)];
    const repeated = new Tensor(allocate(t.dtype, sizeOf(shape)), shape);
    const from = broadcastStrides(t.shape, shape, [...strides]);
    kernels.copy(storage, repeated.numbers, layoutOf(shape, from, stridesOf(shape)), 0, 0);
    return asMatrices(kernels, repeated, y);
  }
  // One stride must lead through the whole batch: so it does where the batch axes lie in row order.
  const batch = strides[own.length - 1] as number;
  const expected = stridesOf(own).map((s) => s * batch);
  const even = own.every((n, axis) => n === 1 || strides[axis] === expected[axis]);
  if (even) return { storage: storage as Floats, batch, row, col };
  const dense = stridesOf(t.shape);
  return {
    storage: floats(t),
    batch: dense[own.length - 1] as number,
    row: dense.at(-2) as number,
    col: dense.at(-1) as number,
  };
}

/** The op behind the function, for the catalogue. */
export const matmulOps: { matmul: Op<['a', 'b']> } = { matmul: matmulOp };
