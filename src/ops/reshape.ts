/** Ops that give the same numbers other axes. They are views: nothing is copied until numbers in row order are asked for. */
import { ShapeError } from '../core/errors.ts';
import { checkAxis, type Shape, shapeText, sizeOf } from '../core/shape.ts';
import { type Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import { defineOp, type Op } from './define.ts';

type To = { to: Shape };
const reshapeOp: Op<['x'], To> = defineOp({
  name: 'reshape',
  inputs: ['x'],
  math: 'y = x in row order, with other axes',
  shape: (_, { to }: To) => to,
  view: ({ x }, shape) => x.view(shape),
  vjp: { x: (dy, _, { shapes }) => reshape(dy, shapes.x) },
});

/** The same numbers in row order with other axes; one size may be −1, for what is left. */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  const t = toTensor(x);
  if (!Array.isArray(shape)) {
    throw new ShapeError(`reshape: shape is ${String(shape)}; want a list of whole numbers`, {
      shape,
    });
  }
  const open = shape.indexOf(-1);
  const known = sizeOf(shape.filter((n) => n !== -1));
  const to = [...shape];
  if (open >= 0 && shape.indexOf(-1, open + 1) < 0 && known > 0) to[open] = t.size / known;
  const fits = to.every((n) => Number.isInteger(n) && n >= 0) && sizeOf(to) === t.size;
  if (!fits) {
    throw new ShapeError(
      `reshape: x is ${shapeText(t.shape)} with ${t.size} elements and shape is ${shapeText(shape)}; want sizes whose product is ${t.size}, at most one of them −1`,
      { x: t.shape, shape },
    );
  }
  return reshapeOp(t, { to });
}

/** x without its axes of size 1, or without those named. */
export function squeeze(x: TensorLike, axes?: number | readonly number[]): Tensor {
  const t = toTensor(x);
  const named =
    axes === undefined
      ? undefined
      : new Set(
          (typeof axes === 'number' ? [axes] : axes).map((a) => checkAxis('squeeze', a, t.rank)),
        );
  named?.forEach((axis) => {
    if (t.shape[axis] !== 1) {
      throw new ShapeError(
        `squeeze: axis ${axis} of ${shapeText(t.shape)} has size ${t.shape[axis]}; want 1`,
        { axis },
      );
    }
  });
  return reshape(
    t,
    t.shape.filter((n, axis) => (named ? !named.has(axis) : n !== 1)),
  );
}

/** x with a new axis of size 1 at `axis`; −1 appends it. */
export function expandDims(x: TensorLike, axis: number): Tensor {
  const t = toTensor(x);
  const at = checkAxis('expandDims', axis, t.rank + 1);
  return reshape(t, [...t.shape.slice(0, at), 1, ...t.shape.slice(at)]);
}

// ── Transposition: a view ────────────────────────────────────────────────────────────────────────────────────────

type Order = { order: readonly number[] };
const transposeOp: Op<['x'], Order> = defineOp({
  name: 'transpose',
  inputs: ['x'],
  math: 'y = x with its axes in another order',
  shape: ({ x }, { order }: Order) => order.map((axis) => x[axis] as number),
  view({ x }, shape, { order }) {
    const { strides } = x.strided();
    return x.view(
      shape,
      order.map((axis) => strides[axis] as number),
    );
  },
  vjp: {
    x: (dy, _, { order }) => {
      const back = new Array<number>(order.length);
      order.forEach((axis, i) => {
        back[axis] = i;
      });
      return transposeOp(dy, { order: back });
    },
  },
});

/** x with its axes in the given order; reversed if none is given. As tf.transpose. */
export function transpose(x: TensorLike, order?: readonly number[]): Tensor {
  const t = toTensor(x);
  const axes = (order ?? t.shape.map((_, i) => t.rank - 1 - i)).map((a) =>
    checkAxis('transpose', a, t.rank),
  );
  if (axes.length !== t.rank || new Set(axes).size !== t.rank) {
    throw new ShapeError(
      `transpose: the order is ${shapeText(order ?? [])} for ${t.rank} axes; want each axis once`,
      { order, rank: t.rank },
    );
  }
  return transposeOp(t, { order: axes });
}

/** The ops behind the functions, for the catalogue. */
export const reshapeOps: { reshape: Op<['x'], To>; transpose: Op<['x'], Order> } = {
  reshape: reshapeOp,
  transpose: transposeOp,
};
