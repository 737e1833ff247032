/** How convolutions and pools are asked for, and the window over an image that this comes to. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { anything, shown, type Wants } from '../core/options.ts';
import { type Shape, shapeText } from '../core/shape.ts';
import { type Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import type { WindowSizes } from '../kernels/window.ts';

/** One number for both, or [height, width]; TensorFlow's [1, height, width, 1] will do too. */
export type PerAxis = number | readonly number[];

/**
 * VALID: windows lie within the image. SAME: enough zeros around it for ceil(size / stride) outputs, the odd one
 * below or to the right. Or the zeros themselves, [[top, bottom], [left, right]], or TensorFlow's four pairs.
 */
export type Padding = 'VALID' | 'SAME' | 'valid' | 'same' | readonly (readonly [number, number])[];

export interface WindowOptions {
  /** How far the window moves; 1 by default. */
  strides?: PerAxis;
  /** Distance between the window's taps; 1 by default. */
  dilations?: PerAxis;
  /** VALID by default. */
  padding?: Padding;
}
export const windowOptions: Wants<WindowOptions> = {
  strides: anything,
  dilations: anything,
  padding: anything,
};

/** What the ops of a window carry as their attribute. */
export type Over = { window: WindowSizes };

/** The window over images of a shape. `what` is how messages call the window: a kernel, or a pool. */
export function windowOver(
  op: string,
  what: string,
  images: Shape,
  kernel: readonly [number, number],
  filters: number,
  options: WindowOptions,
): WindowSizes {
  const [batch, height, width, channels] = images as [number, number, number, number];
  const [strideHeight, strideWidth] = perAxis(op, 'strides', options.strides ?? 1);
  const [dilationHeight, dilationWidth] = perAxis(op, 'dilations', options.dilations ?? 1);
  const spans = [
    (kernel[0] - 1) * dilationHeight + 1,
    (kernel[1] - 1) * dilationWidth + 1,
  ] as const;
  const padding = options.padding ?? 'VALID';
  const vertical = alongAxis(op, height, spans[0], strideHeight, padding, 0);
  const horizontal = alongAxis(op, width, spans[1], strideWidth, padding, 1);
  if (vertical.count < 0 || horizontal.count < 0) {
    const dilated = dilationHeight > 1 || dilationWidth > 1;
    throw new ShapeError(
      `${op}: the ${what} ${dilated ? 'spans' : 'is'} ${spans.join('×')} and the image is ${height}×${width}${Array.isArray(padding) ? ' before padding' : ''}; want a ${what} that fits in. Padding 'SAME' makes room`,
      { op, image: [height, width], kernel, padding },
    );
  }
  return {
    batch,
    height,
    width,
    channels,
    rows: vertical.count,
    cols: horizontal.count,
    filters,
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    top: vertical.before,
    left: horizontal.before,
  };
}

/** How many windows there are along one axis (−1: none fits) and how much padding comes before the image. */
function alongAxis(
  op: string,
  size: number,
  span: number,
  stride: number,
  padding: Padding,
  axis: 0 | 1,
): { count: number; before: number } {
  if (padding === 'SAME' || padding === 'same') {
    const count = Math.ceil(size / stride);
    const total = Math.max((count - 1) * stride + span - size, 0);
    return { count, before: Math.floor(total / 2) };
  }
  const [before, after] = padsOf(op, padding, axis);
  const room = size + before + after - span;
  return { count: room < 0 ? -1 : Math.floor(room / stride) + 1, before };
}

/**
 * The sizes of an image for a transposed convolution to make, where none are given: size · stride for SAME, else
 * size · stride + max(span − stride, 0) without the padding.
 */
export function sizesBefore(
  op: string,
  sizes: readonly [number, number],
  kernel: readonly [number, number],
  options: WindowOptions,
): [number, number] {
  const strides = perAxis(op, 'strides', options.strides ?? 1);
  const dilations = perAxis(op, 'dilations', options.dilations ?? 1);
  const padding = options.padding ?? 'VALID';
  const sizeBefore = (axis: 0 | 1): number => {
    const inside = sizes[axis] * strides[axis];
    if (padding === 'SAME' || padding === 'same') return inside;
    const [before, after] = padsOf(op, padding, axis);
    const span = (kernel[axis] - 1) * dilations[axis] + 1;
    return inside + Math.max(span - strides[axis], 0) - before - after;
  };
  return [sizeBefore(0), sizeBefore(1)];
}

/** Zeros before and after along one axis, where they do not depend on the sizes. */
function padsOf(op: string, padding: Padding, axis: 0 | 1): readonly [number, number] {
  if (padding === 'VALID' || padding === 'valid') return [0, 0];
  if (Array.isArray(padding)) {
    const pairs = padding as readonly (readonly [number, number])[];
    const numbers = pairs.every(
      (pair) =>
        Array.isArray(pair) &&
        pair.length === 2 &&
        pair.every((n) => Number.isInteger(n) && n >= 0),
    );
    const outside = pairs.length === 4 ? [pairs[0], pairs[3]] : [];
    const inside = pairs.length === 4 ? pairs.slice(1, 3) : pairs;
    if (numbers && inside.length === 2 && outside.every((pair) => pair?.[0] === 0 && pair[1] === 0))
      return inside[axis] as readonly [number, number];
  }
  throw new OptionError(
    `${op}: padding is ${shown(padding)}; want 'SAME', 'VALID', or zeros to add as [[top, bottom], [left, right]]`,
    { op, padding },
  );
}

/** [height, width] of an option. */
export function perAxis(op: string, name: string, given: PerAxis): [number, number] {
  const list = Array.isArray(given) ? given : [given, given];
  const [first, ...rest] = list;
  const pair = list.length === 4 && first === 1 && rest[2] === 1 ? rest.slice(0, 2) : list;
  if (pair.length !== 2 || !pair.every((n) => Number.isInteger(n) && n >= 1)) {
    throw new OptionError(
      `${op}: ${name} ${Array.isArray(given) ? 'are' : 'is'} ${shown(given)}; want a whole number of at least 1, or one for the height and one for the width`,
      { op, [name]: given },
    );
  }
  return pair as [number, number];
}

/** A float tensor of four axes: images, or a filter. */
export function fourAxes(
  op: string,
  name: string,
  value: TensorLike,
  axes: string,
  beside?: Tensor,
): Tensor {
  const t = toTensor(value, beside?.dtype);
  if (t.rank !== 4) {
    throw new ShapeError(`${op}: ${name} is ${shapeText(t.shape)}; want ${axes}`, {
      op,
      [name]: t.shape,
    });
  }
  if (t.dtype === 'int32') {
    throw new ShapeError(
      `${op}: ${name} is int32; want floats. cast(${name}, "float32") makes it so`,
      { op, [name]: t.shape },
    );
  }
  return t;
}
