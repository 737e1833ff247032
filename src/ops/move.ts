/** Ops that copy numbers to other places without changing them: cut out, padded, joined, repeated. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { anything, checkOptions, oneOf, wantList, wantNumber } from '../core/options.ts';
import { checkAxis, layoutOf, type Shape, sameShape, shapeText, stridesOf } from '../core/shape.ts';
import { Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import { broadcastTo } from './broadcast.ts';
import { defineOp, type Op } from './define.ts';
import { gather } from './gather.ts';
import { expandDims, reshape, squeeze } from './reshape.ts';

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
      k.copy(storage, y.numbers, layoutOf(y.shape, walked, stridesOf(y.shape)), offset, 0);
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
    k.fill(y.numbers, value);
    const { storage, strides } = x.strided();
    const rows = stridesOf(y.shape);
    const walked = rows.map((s, axis) => s * (step[axis] as number));
    const offset = rows.reduce((sum, s, axis) => sum + s * (begin[axis] as number), 0);
    if (x.size > 0) k.copy(storage, y.numbers, layoutOf(x.shape, strides, walked), 0, offset);
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
const padMode = oneOf('constant', 'reflect', 'symmetric');

/** x with `[before, after]` more places along each axis. A number stands for the option `value`. As tf.pad. */
export function pad(
  x: TensorLike,
  paddings: readonly (readonly [number, number])[],
  options: number | PadOptions = {},
): Tensor {
  const t = toTensor(x);
  wantList('pad', 'paddings', paddings, 'pad(x, [[0, 0], [1, 1]])');
  const given = typeof options === 'number' ? { value: options } : options;
  checkOptions('pad', given, { mode: padMode, value: anything });
  const { mode = 'constant', value = 0 } = given;
  wantNumber('pad', 'value', value);
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
  wantList(op, 'the first argument', values, `${op}([a, b])`);
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
        if (x.size > 0) k.copy(storage, y.numbers, layoutOf(x.shape, strides, rows), 0, offset);
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

/** The ops behind the functions, for the catalogue. */
export const moveOps: {
  slice: Op<['x'], Box>;
  pad: Op<['x'], Box & { into: Shape; value: number }>;
  concat: Op<string[], Joined>;
} = { slice: takeBox, pad: putBox, concat: joinOp(2) };
