/** Repeating along axes, and its transpose, summing them away: each is the derivative of the other. */
import { ShapeError } from '../core/errors.ts';
import {
  broadcastShapes,
  broadcastStrides,
  checkShape,
  type Shape,
  sameShape,
  shapeText,
  sizeOf,
} from '../core/shape.ts';
import { allocate, type Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import type { Kernels } from '../kernels/reference.ts';
import { defineOp, type Op } from './define.ts';

const repeat: Op<['x'], { to: Shape }> = defineOp({
  name: 'broadcastTo',
  inputs: ['x'],
  math: 'y repeats x along axes that x lacks or has with size 1',
  shape({ x }, { to }: { to: Shape }) {
    if (!sameShape(broadcastShapes('broadcastTo', x, to, ['x', 'shape']), to)) {
      throw new ShapeError(
        `broadcastTo: x is ${shapeText(x)} and shape is ${shapeText(to)}; want a shape that x can grow to`,
        { x, to },
      );
    }
    return to;
  },
  view: ({ x }, shape) => x.view(shape, broadcastStrides(x.shape, shape, x.strided().strides)),
  vjp: { x: (dy, _, { shapes }) => sumTo(dy, shapes.x) },
});

const sumAway: Op<['x'], { to: Shape }> = defineOp({
  name: 'sumTo',
  inputs: ['x'],
  math: 'y sums x over the axes that the shape lacks or has with size 1',
  shape({ x }, { to }: { to: Shape }) {
    if (!sameShape(broadcastShapes('sumTo', x, to, ['x', 'shape']), x)) {
      throw new ShapeError(
        `sumTo: x is ${shapeText(x)} and shape is ${shapeText(to)}; want a shape that can grow to x`,
        { x, to },
      );
    }
    return to;
  },
  forward: (k, { x }, y) => reduceInto(k.sum, x, y),
  vjp: { x: (dy, _, { shapes }) => broadcastTo(dy, shapes.x) },
});

/** x repeated to a shape, aligned from the last axis. */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const t = toTensor(x);
  checkShape('broadcastTo', shape);
  return sameShape(t.shape, shape) ? t : repeat(t, { to: [...shape] });
}

/** The transpose of broadcastTo: x summed over every axis along which `shape` would be repeated to make x's shape. */
export function sumTo(x: TensorLike, shape: Shape): Tensor {
  const t = toTensor(x);
  return sameShape(t.shape, shape) ? t : sumAway(t, { to: shape });
}

/** The ops behind the two functions, for the catalogue. */
export const broadcastOps: {
  broadcastTo: Op<['x'], { to: Shape }>;
  sumTo: Op<['x'], { to: Shape }>;
} = { broadcastTo: repeat, sumTo: sumAway };

/**
 * Reduces x to y's shape by a kernel that folds the middle axis of [outer, n, inner]: runs of neighbouring axes at a
 * time, last run first. y has the axes of x, or fewer in front; those to fold have size 1 in it.
 */
export function reduceInto(kernel: Kernels['sum'], x: Tensor, y: Tensor): void {
  const from = [...x.shape];
  const to = [...new Array<number>(from.length - y.rank).fill(1), ...y.shape];
  let values = x.numbers;
  for (let end = from.length; end > 0; ) {
    const folds = (axis: number) => to[axis] === 1 && from[axis] !== 1;
    if (!folds(end - 1)) {
      end--;
      continue;
    }
    let start = end - 1;
    while (start > 0 && folds(start - 1)) start--;
    const outer = sizeOf(from.slice(0, start));
    const n = sizeOf(from.slice(start, end));
    const inner = sizeOf(from.slice(end));
    from.fill(1, start, end);
    const last = sameShape(from, to);
    const folded = last ? y.numbers : allocate(y.dtype, outer * inner);
    kernel(values, folded, outer, n, inner);
    values = folded;
    end = start;
  }
  // Nothing to fold: each number is folded alone, which still makes a truth of it for any and all.
  if (values === x.numbers) kernel(values, y.numbers, 1, 1, x.size);
}
