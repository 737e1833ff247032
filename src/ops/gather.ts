/** Ops that pick numbers by index, and the sums and one-hot rows that are their opposites. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { wantNumber } from '../core/options.ts';
import { checkAxis, type Shape, shapeText, sizeOf } from '../core/shape.ts';
import { ints, Tensor, type TensorLike, tensor, toTensor } from '../core/tensor.ts';
import type { Floats } from '../kernels/arrays.ts';
import { defineOp, type Op } from './define.ts';
import { transpose } from './reshape.ts';

type Along = { axis: number };
const gatherOp: Op<['x', 'indices'], Along> = defineOp({
  name: 'gather',
  inputs: ['x', 'indices'],
  ints: ['indices'],
  keeps: ['indices'],
  math: 'y[…,k,…] = x[…,indices[k],…]',
  shape: ({ x, indices }, { axis }: Along) => x.toSpliced(axis, 1, ...indices),
  forward(k, { x, indices }, y, { axis }) {
    const outer = sizeOf(x.shape.slice(0, axis));
    const inner = sizeOf(x.shape.slice(axis + 1));
    k.gather(x.numbers, ints(indices), y.numbers, outer, x.shape[axis] as number, inner);
  },
  vjp: {
    x: (dy, { indices }, { shapes, axis }) => scatterAdd(dy, indices, { axis, into: shapes.x }),
  },
});

const scatterAdd: Op<['x', 'indices'], Along & { into: Shape }> = defineOp({
  name: 'scatterAdd',
  inputs: ['x', 'indices'],
  ints: ['indices'],
  keeps: ['indices'],
  math: 'y[…,j,…] = sum of x[…,k,…] over the k with indices[k] = j',
  shape: (_, { into }: Along & { into: Shape }) => into,
  forward(k, { x, indices }, y, { axis, into }) {
    const outer = sizeOf(into.slice(0, axis));
    const inner = sizeOf(into.slice(axis + 1));
    k.scatterAdd(x.numbers, ints(indices), y.numbers, outer, into[axis] as number, inner);
  },
  vjp: { x: (dy, { indices }, { axis }) => gatherOp(dy, indices, { axis }) },
});

/** The slices of x along an axis that the indices (int32, any shape) name, in their order. As tf.gather. */
export function gather(x: TensorLike, indices: TensorLike, axis = 0): Tensor {
  const t = toTensor(x);
  const places = toIndices(indices);
  const at = checkAxis('gather', axis, t.rank);
  const n = t.shape[at] as number;
  const wrong = ints(places).find((i) => i < 0 || i >= n);
  if (wrong !== undefined) {
    throw new ShapeError(
      `gather: an index is ${wrong}; want 0 to ${n - 1} for axis ${at} of x ${shapeText(t.shape)}`,
      { index: wrong, axis: at },
    );
  }
  return gatherOp(t, places, { axis: at });
}

/** Indices as given: int32 tensors as they are, plain numbers and lists made into int32. */
export function toIndices(indices: TensorLike): Tensor {
  return indices instanceof Tensor || ArrayBuffer.isView(indices)
    ? toTensor(indices)
    : tensor(indices, undefined, 'int32');
}

type Hot = { depth: number; on: number; off: number };
const oneHotOp: Op<['indices'], Hot> = defineOp({
  name: 'oneHot',
  inputs: ['indices'],
  ints: ['indices'],
  dtype: 'float32',
  math: 'y[…,j] = on where j is indices[…], else off',
  shape: ({ indices }, { depth }: Hot) => [...indices, depth],
  forward: (k, { indices }, y, { depth, on, off }) =>
    k.oneHot(ints(indices), y.numbers as Floats, depth, on, off),
  noGradient: 'oneHot takes integers, which have no gradient',
});

/** A new axis of `depth` numbers, `on` at the index and `off` elsewhere; the last unless told. As tf.one_hot. */
export function oneHot(indices: TensorLike, depth: number, on = 1, off = 0, axis = -1): Tensor {
  if (!Number.isInteger(depth) || depth < 0) {
    throw new OptionError(`oneHot: depth is ${depth}; want a whole number of at least 0`, {
      depth,
    });
  }
  wantNumber('oneHot', 'on', on);
  wantNumber('oneHot', 'off', off);
  const y = oneHotOp(toIndices(indices), { depth, on, off });
  const at = checkAxis('oneHot', axis, y.rank);
  const others = y.shape.slice(0, -1).map((_, i) => i);
  return at === y.rank - 1 ? y : transpose(y, others.toSpliced(at, 0, y.rank - 1));
}

/** The ops behind the functions, for the catalogue. */
export const gatherOps: {
  gather: Op<['x', 'indices'], Along>;
  scatterAdd: Op<['x', 'indices'], Along & { into: Shape }>;
  oneHot: Op<['indices'], Hot>;
} = { gather: gatherOp, scatterAdd, oneHot: oneHotOp };
