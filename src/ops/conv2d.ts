/**
 * Convolutions of images [batch, height, width, channels] with filters [height, width, in, out], by TensorFlow's
 * conventions. Of the image x, the filter and the output y, each is linear in the two others, so the three ops of a
 * family are each other's derivatives.
 */
import { ShapeError } from '../core/errors.ts';
import { checkOptions, list } from '../core/options.ts';
import { type Shape, shapeText } from '../core/shape.ts';
import { floats, type Tensor, type TensorLike } from '../core/tensor.ts';
import { windowOf } from '../kernels/window.ts';
import { defineOp, type Op } from './define.ts';
import {
  fourAxes,
  type Over,
  sizesBefore,
  type WindowOptions,
  windowOptions,
  windowOver,
} from './window.ts';

const conv2dOp: Op<['x', 'filter'], Over> = defineOp({
  name: 'conv2d',
  inputs: ['x', 'filter'],
  keeps: ['x', 'filter'],
  math: 'y[n,i,j,o] = sum over p, q, c of x[n, i s + p d - top, j s + q d - left, c] filter[p,q,c,o]',
  shape: (_, { window: w }: Over) => [w.batch, w.rows, w.cols, w.filters],
  forward: (k, { x, filter }, y, { window }) =>
    k.conv2d(floats(x), floats(filter), floats(y), windowOf(window)),
  vjp: {
    x: (dy, { filter }, { window }) => conv2dInputGrad(dy, filter, { window }),
    filter: (dy, { x }, { window }) => conv2dFilterGrad(x, dy, { window }),
  },
});

const conv2dInputGrad: Op<['dy', 'filter'], Over> = defineOp({
  name: 'conv2dInputGrad',
  inputs: ['dy', 'filter'],
  keeps: ['dy', 'filter'],
  math: 'dx[n, i s + p d - top, j s + q d - left, c] = sum over those i, j, p, q and o of dy[n,i,j,o] filter[p,q,c,o]',
  shape: (_, { window: w }: Over) => [w.batch, w.height, w.width, w.channels],
  forward: (k, { dy, filter }, dx, { window }) =>
    k.conv2dInputGrad(floats(dy), floats(filter), floats(dx), windowOf(window)),
  vjp: {
    dy: (ddx, { filter }, { window }) => conv2dOp(ddx, filter, { window }),
    filter: (ddx, { dy }, { window }) => conv2dFilterGrad(ddx, dy, { window }),
  },
});

const conv2dFilterGrad: Op<['x', 'dy'], Over> = defineOp({
  name: 'conv2dFilterGrad',
  inputs: ['x', 'dy'],
  keeps: ['x', 'dy'],
  math: 'df[p,q,c,o] = sum over n, i, j of x[n, i s + p d - top, j s + q d - left, c] dy[n,i,j,o]',
  shape: (_, { window: w }: Over) => [w.kernelHeight, w.kernelWidth, w.channels, w.filters],
  forward: (k, { x, dy }, df, { window }) =>
    k.conv2dFilterGrad(floats(x), floats(dy), floats(df), windowOf(window)),
  vjp: {
    x: (ddf, { dy }, { window }) => conv2dInputGrad(dy, ddf, { window }),
    dy: (ddf, { x }, { window }) => conv2dOp(x, ddf, { window }),
  },
});

/** Convolution of images [n,h,w,in] with a filter [h,w,in,out]. As tf.nn.conv2d. */
export function conv2d(x: TensorLike, filter: TensorLike, options: WindowOptions = {}): Tensor {
  checkOptions('conv2d', options, windowOptions);
  const images = fourAxes('conv2d', 'x', x, 'images [n,h,w,in]');
  const f = fourAxes('conv2d', 'filter', filter, '[h,w,in,out]', images);
  const filters = f.shape[3] as number;
  return conv2dOp(images, f, { window: windowBy('conv2d', images.shape, f, filters, options) });
}

export interface TransposedOptions extends WindowOptions {
  /** [height, width] of the output, or all four sizes. */
  outputShape?: Shape;
}

/**
 * The transpose of conv2d: images [n,h,w,in] with a filter [h,w,out,in] make images of `outputShape`, of which the
 * convolution with the same options has the size of x. Without outputShape that is, as in Keras, size · stride for
 * SAME and size · stride + max(filter − stride, 0) for VALID: rows and columns that no window reaches are 0. As
 * tf.nn.conv2d_transpose.
 */
export function conv2dTranspose(
  x: TensorLike,
  filter: TensorLike,
  options: TransposedOptions = {},
): Tensor {
  const op = 'conv2dTranspose';
  checkOptions(op, options, { ...windowOptions, outputShape: list });
  const images = fourAxes(op, 'x', x, 'images [n,h,w,in]');
  const f = fourAxes(op, 'filter', filter, '[h,w,out,in]', images);
  if (images.shape[3] !== f.shape[3]) {
    throw new ShapeError(
      `${op}: x is ${shapeText(images.shape)} and filter is ${shapeText(f.shape)}; want a filter [h,w,out,in] whose last size is the channels of x, ${images.shape[3]}`,
      { x: images.shape, filter: f.shape },
    );
  }
  const output = transposedShape(images.shape, f.shape, options);
  const window = windowBy(op, output, f, f.shape[3] as number, options);
  if (window.rows !== images.shape[1] || window.cols !== images.shape[2]) {
    throw new ShapeError(
      `${op}: outputShape is ${shapeText(output)}, and a convolution of that makes ${window.rows}×${window.cols} pixels; want an output of which it makes ${images.shape[1]}×${images.shape[2]}, the size of x`,
      { x: images.shape, filter: f.shape, outputShape: output },
    );
  }
  return conv2dInputGrad(images, f, { window });
}

/** The four sizes of a transposed convolution's output. */
function transposedShape(x: Shape, filter: Shape, options: TransposedOptions): Shape {
  const [batch, height, width] = x as [number, number, number];
  const channels = filter[2] as number;
  const given = options.outputShape;
  if (given !== undefined) {
    const sizes = given.length === 2 ? [batch, ...given, channels] : given;
    const fits = sizes.length === 4 && sizes[0] === batch && sizes[3] === channels;
    if (!fits || !sizes.every((n) => Number.isInteger(n) && n >= 0)) {
      throw new ShapeError(
        `conv2dTranspose: outputShape is ${shapeText(given)}; want [height, width], or [${batch}, height, width, ${channels}] for x ${shapeText(x)} and filter ${shapeText(filter)}`,
        { x, filter, outputShape: given },
      );
    }
    return sizes;
  }
  const kernel = filter.slice(0, 2) as [number, number];
  return [batch, ...sizesBefore('conv2dTranspose', [height, width], kernel, options), channels];
}

function windowBy(
  op: string,
  images: Shape,
  filter: Tensor,
  filters: number,
  options: WindowOptions,
): Over['window'] {
  const [kernelHeight, kernelWidth, channels] = filter.shape as [number, number, number];
  if (kernelHeight === 0 || kernelWidth === 0) {
    throw new ShapeError(
      `${op}: filter is ${shapeText(filter.shape)}; want a kernel of at least 1×1`,
      { filter: filter.shape },
    );
  }
  if (images[3] !== channels) {
    throw new ShapeError(
      `${op}: x is ${shapeText(images)} and filter is ${shapeText(filter.shape)}; want a filter whose third size is the channels of x, ${images[3]}`,
      { x: images, filter: filter.shape },
    );
  }
  return windowOver(op, 'kernel', images, [kernelHeight, kernelWidth], filters, options);
}

// ── Depthwise ────────────────────────────────────────────────────────────────────────────────────────────────────

const depthwiseConv2dOp: Op<['x', 'filter'], Over> = defineOp({
  name: 'depthwiseConv2d',
  inputs: ['x', 'filter'],
  keeps: ['x', 'filter'],
  math: 'y[n,i,j,c M + m] = sum over p, q of x[n, i s + p d - top, j s + q d - left, c] filter[p,q,c,m]',
  shape: (_, { window: w }: Over) => [w.batch, w.rows, w.cols, w.filters],
  forward: (k, { x, filter }, y, { window }) =>
    k.depthwiseConv2d(floats(x), floats(filter), floats(y), windowOf(window)),
  vjp: {
    x: (dy, { filter }, { window }) => depthwiseConv2dInputGrad(dy, filter, { window }),
    filter: (dy, { x }, { window }) => depthwiseConv2dFilterGrad(x, dy, { window }),
  },
});

const depthwiseConv2dInputGrad: Op<['dy', 'filter'], Over> = defineOp({
  name: 'depthwiseConv2dInputGrad',
  inputs: ['dy', 'filter'],
  keeps: ['dy', 'filter'],
  math: 'dx[n, i s + p d - top, j s + q d - left, c] = sum over those i, j, p, q and m of dy[n,i,j,c M + m] filter[p,q,c,m]',
  shape: (_, { window: w }: Over) => [w.batch, w.height, w.width, w.channels],
  forward: (k, { dy, filter }, dx, { window }) =>
    k.depthwiseConv2dInputGrad(floats(dy), floats(filter), floats(dx), windowOf(window)),
  vjp: {
    dy: (ddx, { filter }, { window }) => depthwiseConv2dOp(ddx, filter, { window }),
    filter: (ddx, { dy }, { window }) => depthwiseConv2dFilterGrad(ddx, dy, { window }),
  },
});

const depthwiseConv2dFilterGrad: Op<['x', 'dy'], Over> = defineOp({
  name: 'depthwiseConv2dFilterGrad',
  inputs: ['x', 'dy'],
  keeps: ['x', 'dy'],
  math: 'df[p,q,c,m] = sum over n, i, j of x[n, i s + p d - top, j s + q d - left, c] dy[n,i,j,c M + m]',
  shape: (_, { window: w }: Over) => [
    w.kernelHeight,
    w.kernelWidth,
    w.channels,
    w.channels === 0 ? 0 : w.filters / w.channels,
  ],
  forward: (k, { x, dy }, df, { window }) =>
    k.depthwiseConv2dFilterGrad(floats(x), floats(dy), floats(df), windowOf(window)),
  vjp: {
    x: (ddf, { dy }, { window }) => depthwiseConv2dInputGrad(dy, ddf, { window }),
    dy: (ddf, { x }, { window }) => depthwiseConv2dOp(x, ddf, { window }),
  },
});

/**
 * Each channel convolved with filters of its own, [h,w,in,multiplier]; the outputs of channel c are
 * c · multiplier … c · multiplier + multiplier − 1. As tf.nn.depthwise_conv2d.
 */
export function depthwiseConv2d(
  x: TensorLike,
  filter: TensorLike,
  options: WindowOptions = {},
): Tensor {
  const op = 'depthwiseConv2d';
  checkOptions(op, options, windowOptions);
  const images = fourAxes(op, 'x', x, 'images [n,h,w,in]');
  const f = fourAxes(op, 'filter', filter, '[h,w,in,multiplier]', images);
  const filters = (f.shape[2] as number) * (f.shape[3] as number);
  return depthwiseConv2dOp(images, f, { window: windowBy(op, images.shape, f, filters, options) });
}

/** The ops behind the functions, for the catalogue. */
export const conv2dOps: {
  conv2d: Op<['x', 'filter'], Over>;
  conv2dInputGrad: Op<['dy', 'filter'], Over>;
  conv2dFilterGrad: Op<['x', 'dy'], Over>;
  depthwiseConv2d: Op<['x', 'filter'], Over>;
  depthwiseConv2dInputGrad: Op<['dy', 'filter'], Over>;
  depthwiseConv2dFilterGrad: Op<['x', 'dy'], Over>;
} = {
  conv2d: conv2dOp,
  conv2dInputGrad,
  conv2dFilterGrad,
  depthwiseConv2d: depthwiseConv2dOp,
  depthwiseConv2dInputGrad,
  depthwiseConv2dFilterGrad,
};
