import type { Layout } from '../kernels/arrays.ts';
import { OptionError, ShapeError } from './errors.ts';
import { shown } from './options.ts';

/** Sizes of the axes, outermost first; `[]` is a single number. */
export type Shape = readonly number[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** Distance in elements between neighbours along each axis, in row order. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, axis) => n === b[axis]);
}

/** `[32,784]`, as error messages write it. */
export function shapeText(shape: Shape): string {
  return `[${shape.join(',')}]`;
}

/** Refuses sizes that are negative or not whole. */
export function checkShape(op: string, shape: Shape): Shape {
  if (!Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ShapeError(
      `${op}: shape is ${Array.isArray(shape) ? shapeText(shape) : shown(shape)}; want a list of whole numbers of at least 0`,
      { op, shape },
    );
  }
  return shape;
}

/**
 * The shape two operands meet in: aligned from the last axis, sizes equal or 1. The one broadcasting rule there is
 * (NumPy's).
 */
export function broadcastShapes(
  op: string,
  a: Shape,
  b: Shape,
  names: readonly string[] = ['a', 'b'],
): Shape {
  if (b.length === 0 || sameShape(a, b)) return a;
  if (a.length === 0) return b;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const m = a[axis - rank + a.length] ?? 1;
    const n = b[axis - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(
        `${op}: ${names[0]} is ${shapeText(a)} and ${names[1]} is ${shapeText(b)}; want sizes that are equal or 1, aligned from the last axis`,
        { op, a, b },
      );
    }
    shape[axis] = m === 1 ? n : m;
  }
  return shape;
}

/** Strides that read `from` as if it had the shape `to`: 0 along axes that are repeated. */
export function broadcastStrides(
  from: Shape,
  to: Shape,
  strides: readonly number[] = stridesOf(from),
): number[] {
  const missing = to.length - from.length;
  return to.map((n, axis) => {
    if (axis < missing || (from[axis - missing] === 1 && n !== 1)) return 0;
    return strides[axis - missing] as number;
  });
}

/** An axis counted from the front; −1 is the last. */
export function checkAxis(op: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    const wanted =
      rank === 0
        ? 'none for a single number'
        : `a whole number from ${-rank} to ${rank - 1} for ${rank} axes`;
    throw new ShapeError(`${op}: axis is ${axis}; want ${wanted}`, { op, axis, rank });
  }
  return axis < 0 ? axis + rank : axis;
}

/** A list of different axes, counted from the front and sorted; no list means all of them. */
export function checkAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined || axes === null) return Array.from({ length: rank }, (_, axis) => axis);
  if (typeof axes !== 'number' && !Array.isArray(axes)) {
    throw new OptionError(
      `${op}: axes are ${JSON.stringify(axes)}; want one axis or a list of them`,
      { op, axes },
    );
  }
  const list = (typeof axes === 'number' ? [axes] : [...axes]).map((a) => checkAxis(op, a, rank));
  list.sort((a, b) => a - b);
  for (let i = 1; i < list.length; i++) {
    if (list[i] === list[i - 1]) {
      throw new ShapeError(`${op}: axis ${list[i]} is named twice; want different axes`, {
        op,
        axes,
      });
    }
  }
  return list;
}

/**
 * How kernels walk arrays with these strides over a shape. Axes of size 1 are dropped and neighbours that every array
 * walks as one are joined, so that most layouts come down to one or two axes.
 */
export function layoutOf(shape: Shape, ...strides: readonly (readonly number[])[]): Layout {
  const sizes: number[] = [];
  const innermost: number[] = []; // the last axis of each run of joined ones: its strides are the run's
  for (let axis = 0; axis < shape.length; axis++) {
    const n = shape[axis] as number;
    if (n === 1) continue;
    const run = sizes.length - 1;
    if (run >= 0 && walkAsOne(innermost[run] as number, axis, n, strides)) {
      sizes[run] = (sizes[run] as number) * n;
      innermost[run] = axis;
    } else {
      sizes.push(n);
      innermost.push(axis);
    }
  }
  const rank = sizes.length;
  const layout = new Int32Array(1 + rank * (1 + strides.length));
  layout[0] = rank;
  for (let run = 0; run < rank; run++) {
    layout[1 + run] = sizes[run] as number;
    for (let i = 0; i < strides.length; i++) {
      layout[1 + rank * (1 + i) + run] = (strides[i] as readonly number[])[
        innermost[run] as number
      ] as number;
    }
  }
  return layout;
}

/** Whether a step along the outer axis is n steps along the inner one, in every array. */
function walkAsOne(
  outer: number,
  inner: number,
  n: number,
  strides: readonly (readonly number[])[],
): boolean {
  for (const s of strides) if (s[outer] !== (s[inner] as number) * n) return false;
  return true;
}
