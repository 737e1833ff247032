/** Ops that move numbers about without changing them. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { checkOptions, wantList, wantNumber } from '../core/options.ts';
import {
  checkAxis,
  layoutOf,
  type Shape,
  sameShape,
  shapeText,
  sizeOf,
  stridesOf,
} from '../core/shape.ts';
import { ints, Tensor, type TensorLike, tensor, toTensor } from '../core/tensor.ts';
import type { Floats } from '../kernels/arrays.ts';
import { broadcastTo } from './broadcast.ts';
import { defineOp, type Op } from './define.ts';

// ── Other shapes for the same numbers ────────────────────────────────────────────────────────────────────────────

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

// ── Boxes of numbers: slices and pads are each other's derivative ────────────────────────────────────────────────

/** Along each axis: the first place, how many, and how far apart (negative runs backwards). */
type Box = { begin: readonly number[]; size: readonly number[]; step: readonly number[] };

const takeBox: Op<['x'], Box> = defineOp({
  name: 'slice',
  inputs: ['x'],
  math: 'y[i,…] = x[begin + step i,…]',
  shape: (_, { size }: Box) => size,
  forward(k, { x }, y, { begin, step }) {
    const { storage, strides } = x.strided();
    const walked = strides.map((s, axis) => s * (step[axis] as number));
    const offset = strides.reduce((sum, s, axis) => sum + s * (begin[axis] as number), 0);
    if (y.size > 0)
      k.copy(storage, y.values, layoutOf(y.shape, walked, stridesOf(y.shape)), offset, 0);
  },
  vjp: {
    x: (dy, _, { shapes, begin, size, step }) =>
      putBox(dy, { into: shapes.x, begin, size, step, value: 0 }),
  },
});

const putBox: Op<['x'], Box & { into: Shape; value: number }> = defineOp({
  name: 'pad',
  inputs: ['x'],
  math: 'y[begin + step i,…] = x[i,…], the value elsewhere',
  shape: (_, { into }: Box & { into: Shape; value: number }) => into,
  forward(k, { x }, y, { begin, step, value }) {
    k.fill(y.values, value);
    const { storage, strides } = x.strided();
    const rows = stridesOf(y.shape);
    const walked = rows.map((s, axis) => s * (step[axis] as number));
    const offset = rows.reduce((sum, s, axis) => sum + s * (begin[axis] as number), 0);
    if (x.size > 0) k.copy(storage, y.values, layoutOf(x.shape, strides, walked), 0, offset);
  },
  vjp: { x: (dy, _, { begin, size, step }) => takeBox(dy, { begin, size, step }) },
});

/** `size[i]` elements from `begin[i]` along each axis; −1 takes all that are left. As tf.slice. */
export function slice(
  x: TensorLike,
  begin: number | readonly number[],
  size?: number | readonly number[],
): Tensor {
  const t = toTensor(x);
  if (typeof begin !== 'number') wantList('slice', 'begin', begin, 'slice(x, [0, 2], [1, 3])');
  const from = typeof begin === 'number' ? [begin] : begin;
  const count = size === undefined ? [] : typeof size === 'number' ? [size] : size;
  if (from.length > t.rank || count.length > t.rank) {
    throw new ShapeError(
      `slice: begin is ${shapeText(from)} and size is ${shapeText(count)} for x ${shapeText(t.shape)}; want at most ${t.rank} numbers each`,
      { x: t.shape, begin, size },
    );
  }
  const starts = t.shape.map((_, axis) => from[axis] ?? 0);
  const sizes = t.shape.map((n, axis) => {
    const wanted = count[axis] ?? -1;
    return wanted === -1 ? n - (starts[axis] as number) : wanted;
  });
  t.shape.forEach((n, axis) => {
    const b = starts[axis] as number;
    const s = sizes[axis] as number;
    if (!Number.isInteger(b) || !Number.isInteger(s) || b < 0 || s < 0 || b + s > n) {
      throw new ShapeError(
        `slice: axis ${axis} of x ${shapeText(t.shape)} is asked for ${s} elements from ${b}; want them within its ${n}`,
        { x: t.shape, axis, begin: b, size: s },
      );
    }
  });
  return takeBox(t, { begin: starts, size: sizes, step: starts.map(() => 1) });
}

/**
 * Python's `x[begin:end:step, …]`: negative places count from the end, places beyond an end stop at it, and `null`
 * is an open end. As tf.strided_slice without its masks.
 */
export function stridedSlice(
  x: TensorLike,
  begin: readonly (number | null)[],
  end: readonly (number | null)[],
  step: readonly number[] = [],
): Tensor {
  const t = toTensor(x);
  if (begin.length > t.rank || end.length > t.rank || step.length > t.rank) {
    throw new ShapeError(
      `stridedSlice: ${Math.max(begin.length, end.length, step.length)} places are given for x ${shapeText(t.shape)}; want at most ${t.rank}`,
      { x: t.shape },
    );
  }
  const box = { begin: [] as number[], size: [] as number[], step: [] as number[] };
  t.shape.forEach((n, axis) => {
    const by = step[axis] ?? 1;
    if (!Number.isInteger(by) || by === 0) {
      throw new OptionError(
        `stridedSlice: the step of axis ${axis} is ${by}; want a whole number that is not 0`,
        { axis },
      );
    }
    const [lowest, highest] = by > 0 ? [0, n] : [-1, n - 1];
    const place = (given: number | null | undefined, open: number) => {
      if (given === null || given === undefined) return open;
      if (!Number.isInteger(given)) {
        throw new OptionError(
          `stridedSlice: a place on axis ${axis} is ${given}; want a whole number or null`,
          { axis },
        );
      }
      return Math.min(Math.max(given < 0 ? given + n : given, lowest), highest);
    };
    const from = place(begin[axis], by > 0 ? 0 : n - 1);
    const to = place(end[axis], by > 0 ? n : -1);
    box.begin.push(from);
    box.size.push(Math.max(0, Math.ceil((to - from) / by)));
    box.step.push(by);
  });
  return takeBox(t, box);
}

/** x backwards along the axes. */
export function reverse(x: TensorLike, axes?: number | readonly number[]): Tensor {
  const t = toTensor(x);
  const list =
    axes === undefined
      ? t.shape.map((_, i) => i)
      : (typeof axes === 'number' ? [axes] : axes).map((a) => checkAxis('reverse', a, t.rank));
  const turned = t.shape.map((_, axis) => list.includes(axis));
  return takeBox(t, {
    begin: t.shape.map((n, axis) => (turned[axis] ? Math.max(n - 1, 0) : 0)),
    size: t.shape,
    step: turned.map((back) => (back ? -1 : 1)),
  });
}

export interface PadOptions {
  /** What the new places hold: `value`, or x mirrored with its edge repeated (symmetric) or not (reflect). */
  mode?: 'constant' | 'reflect' | 'symmetric';
  value?: number;
}

/** x with `[before, after]` more places along each axis. A number stands for the option `value`. As tf.pad. */
export function pad(
  x: TensorLike,
  paddings: readonly (readonly [number, number])[],
  options: number | PadOptions = {},
): Tensor {
  const t = toTensor(x);
  wantList('pad', 'paddings', paddings, 'pad(x, [[0, 0], [1, 1]])');
  const given = typeof options === 'number' ? { value: options } : options;
  checkOptions('pad', given, ['mode', 'value']);
  const { mode = 'constant', value = 0 } = given;
  const whole = paddings.every(
    (p) => p.length === 2 && p.every((n) => Number.isInteger(n) && n >= 0),
  );
  if (paddings.length !== t.rank || !whole) {
    throw new ShapeError(
      `pad: paddings are ${JSON.stringify(paddings)} for x ${shapeText(t.shape)}; want ${t.rank} pairs [before, after] of whole numbers of at least 0`,
      { x: t.shape, paddings },
    );
  }
  if (mode === 'reflect' || mode === 'symmetric') return mirror(t, paddings, mode);
  if (mode !== 'constant') {
    throw new OptionError(
      `pad: mode is ${JSON.stringify(mode)}; want "constant", "reflect" or "symmetric"`,
      { mode },
    );
  }
  return putBox(t, {
    into: t.shape.map((n, axis) => n + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0)),
    begin: paddings.map(([before]) => before),
    size: t.shape,
    step: t.shape.map(() => 1),
    value,
  });
}

/** Pads one axis after another by gathering it in mirrored order; the gradient scatters back. */
function mirror(
  x: Tensor,
  paddings: readonly (readonly [number, number])[],
  mode: 'reflect' | 'symmetric',
): Tensor {
  const skipped = mode === 'reflect' ? 1 : 0;
  return paddings.reduce((t, [before, after], axis) => {
    const n = t.shape[axis] as number;
    if (before === 0 && after === 0) return t;
    if (Math.max(before, after) > n - skipped) {
      throw new ShapeError(
        `pad: axis ${axis} of x ${shapeText(x.shape)} is to grow by [${before},${after}] in mode ${mode}; want at most ${Math.max(n - skipped, 0)} on a side`,
        { x: x.shape, axis, mode },
      );
    }
    const places = Int32Array.from({ length: before + n + after }, (_, i) => {
      const at = i - before;
      if (at < 0) return skipped - 1 - at;
      return at < n ? at : 2 * n - 1 - skipped - at;
    });
    return gather(t, places, axis);
  }, x);
}

// ── Joining and parting ──────────────────────────────────────────────────────────────────────────────────────────

/** Tensors one after another along an axis; their other axes agree. */
export function concat(tensors: readonly TensorLike[], axis = 0): Tensor {
  const list = asTensors('concat', tensors);
  const first = list[0] as Tensor;
  const at = checkAxis('concat', axis, first.rank);
  list.forEach((t, i) => {
    if (!sameShape(t.shape.toSpliced(at, 1), first.shape.toSpliced(at, 1))) {
      throw new ShapeError(
        `concat: tensor 0 is ${shapeText(first.shape)} and tensor ${i} is ${shapeText(t.shape)}; want shapes that differ along axis ${at} only`,
        { axis: at, index: i },
      );
    }
  });
  return join(list, at);
}

/** The members of a list; plain numbers take the type of the first tensor. */
function asTensors(op: string, values: readonly TensorLike[]): Tensor[] {
  if (values.length === 0) {
    throw new ShapeError(`${op}: the list is empty; want at least one tensor`, {});
  }
  const typed = values.find((value) => value instanceof Tensor);
  return values.map((value) => toTensor(value, typed?.dtype));
}

type Joined = { axis: number };
const joinOps = new Map<number, Op<string[], Joined>>();

/** The op that joins so many tensors: a record has as many inputs as the list has members. */
function join(list: readonly Tensor[], axis: number): Tensor {
  const op = joinOps.get(list.length) ?? joinOp(list.length);
  joinOps.set(list.length, op);
  return op(...([...list, { axis }] as unknown as Parameters<typeof op>));
}

function joinOp(count: number): Op<string[], Joined> {
  const inputs = Array.from({ length: count }, (_, i) => `x${i}`);
  /** Where input i begins along the axis. */
  const placeOf = (shapes: { readonly [name: string]: Shape }, i: number, axis: number): number =>
    inputs.slice(0, i).reduce((sum, name) => sum + (shapes[name]?.[axis] ?? 0), 0);
  return defineOp<string[], never, Joined>({
    name: 'concat',
    inputs,
    math: 'y = x0, x1, … one after another along an axis',
    shape: (shapes, { axis }) => (shapes.x0 as Shape).with(axis, placeOf(shapes, count, axis)),
    forward(k, tensors, y, { axis }) {
      const rows = stridesOf(y.shape);
      let offset = 0;
      for (const name of inputs) {
        const x = tensors[name] as Tensor;
        const { storage, strides } = x.strided();
        if (x.size > 0) k.copy(storage, y.values, layoutOf(x.shape, strides, rows), 0, offset);
        offset += (rows[axis] as number) * (x.shape[axis] as number);
      }
    },
    vjp: Object.fromEntries(
      inputs.map((name, i) => [
        name,
        (dy: Tensor, _: object, about: Joined & { shapes: { readonly [name: string]: Shape } }) => {
          const size = about.shapes[name] as Shape;
          const begin = size.map((__, axis) =>
            axis === about.axis ? placeOf(about.shapes, i, axis) : 0,
          );
          return takeBox(dy, { begin, size, step: size.map(() => 1) });
        },
      ]),
    ),
  });
}

/** Tensors of one shape along a new axis. */
export function stack(tensors: readonly TensorLike[], axis = 0): Tensor {
  const list = asTensors('stack', tensors);
  const { shape } = list[0] as Tensor;
  const at = checkAxis('stack', axis, shape.length + 1);
  list.forEach((t, i) => {
    if (!sameShape(t.shape, shape)) {
      throw new ShapeError(
        `stack: tensor 0 is ${shapeText(shape)} and tensor ${i} is ${shapeText(t.shape)}; want one shape`,
        { index: i },
      );
    }
  });
  return join(
    list.map((t) => expandDims(t, at)),
    at,
  );
}

/** The parts of x along an axis, each without it: the opposite of stack. */
export function unstack(x: TensorLike, axis = 0): Tensor[] {
  const t = toTensor(x);
  const at = checkAxis('unstack', axis, t.rank);
  return split(t, t.shape[at] as number, at).map((part) => squeeze(part, at));
}

/** x parted along an axis: into so many equal parts, or into parts of the given sizes (one may be −1). As tf.split. */
export function split(x: TensorLike, parts: number | readonly number[], axis = 0): Tensor[] {
  const t = toTensor(x);
  const at = checkAxis('split', axis, t.rank);
  const n = t.shape[at] as number;
  let sizes: number[];
  if (typeof parts === 'number') {
    sizes = new Array<number>(Number.isInteger(parts) && parts >= 0 ? parts : 0).fill(n / parts);
  } else {
    const known = parts.reduce((sum, p) => sum + (p === -1 ? 0 : p), 0);
    sizes = parts.map((p) => (p === -1 ? n - known : p));
  }
  const total = sizes.reduce((sum, s) => sum + s, 0);
  if (total !== n || !sizes.every((s) => Number.isInteger(s) && s >= 0)) {
    throw new ShapeError(
      `split: axis ${at} of x ${shapeText(t.shape)} is to be parted into ${JSON.stringify(parts)}; want equal parts, or sizes whose sum is ${n}`,
      { x: t.shape, axis: at, parts },
    );
  }
  let from = 0;
  return sizes.map((size) => {
    const begin = t.shape.map((_, a) => (a === at ? from : 0));
    from += size;
    return takeBox(t, { begin, size: t.shape.with(at, size), step: begin.map(() => 1) });
  });
}

/** x repeated so many times along each axis. */
export function tile(x: TensorLike, times: readonly number[]): Tensor {
  wantList('tile', 'times', times, 'tile(x, [2, 1])');
  const t = toTensor(x);
  if (times.length !== t.rank || !times.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ShapeError(
      `tile: times are ${shapeText(times)} for x ${shapeText(t.shape)}; want ${t.rank} whole numbers of at least 0`,
      { x: t.shape, times },
    );
  }
  const apart = t.shape.flatMap((n) => [1, n]);
  const repeated = t.shape.flatMap((n, axis) => [times[axis] as number, n]);
  const y = broadcastTo(reshape(t, apart), repeated);
  return reshape(
    y,
    t.shape.map((n, axis) => n * (times[axis] as number)),
  );
}

// ── By index ─────────────────────────────────────────────────────────────────────────────────────────────────────

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
    k.gather(x.values, ints(indices), y.values, outer, x.shape[axis] as number, inner);
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
    k.scatterAdd(x.values, ints(indices), y.values, outer, into[axis] as number, inner);
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
    k.oneHot(ints(indices), y.values as Floats, depth, on, off),
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
export const moveOps: {
  reshape: Op<['x'], To>;
  transpose: Op<['x'], Order>;
  slice: Op<['x'], Box>;
  pad: Op<['x'], Box & { into: Shape; value: number }>;
  concat: Op<string[], Joined>;
  gather: Op<['x', 'indices'], Along>;
  scatterAdd: Op<['x', 'indices'], Along & { into: Shape }>;
  oneHot: Op<['indices'], Hot>;
} = {
  reshape: reshapeOp,
  transpose: transposeOp,
  slice: takeBox,
  pad: putBox,
  concat: joinOp(2),
  gather: gatherOp,
  scatterAdd,
  oneHot: oneHotOp,
};
