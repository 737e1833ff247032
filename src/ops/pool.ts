/** The largest or the mean of each window over images [batch, height, width, channels]. */
import { anything, checkOptions } from '../core/options.ts';
import { floats, type Tensor, type TensorLike } from '../core/tensor.ts';
import { windowOf } from '../kernels/window.ts';
import { defineOp, type Op } from './define.ts';
import { fourAxes, type Over, type PerAxis, perAxis, windowOver } from './window.ts';

const maxPoolOp: Op<['x'], Over> = defineOp({
  name: 'maxPool',
  inputs: ['x'],
  keeps: ['x'],
  math: 'y[n,i,j,c] = the largest x[n,·,·,c] in window (i,j); of equals the first has the gradient',
  shape: (_, { window: w }: Over) => [w.batch, w.rows, w.cols, w.channels],
  forward: (k, { x }, y, { window }) => k.maxPool(floats(x), floats(y), windowOf(window)),
  vjp: { x: (dy, { x }, { window }) => maxPoolGrad(x, dy, { window }) },
});

const maxPoolGrad: Op<['x', 'dy'], Over> = defineOp({
  name: 'maxPoolGrad',
  inputs: ['x', 'dy'],
  keeps: ['x'],
  math: 'dx = sum of dy over the windows in which x is the first largest',
  shape: ({ x }) => x,
  forward: (k, { x, dy }, dx, { window }: Over) =>
    k.maxPoolGrad(floats(x), floats(dy), floats(dx), windowOf(window)),
  vjp: { dy: (ddx, { x }, { window }) => maxPoolPick(x, ddx, { window }) },
});

const maxPoolPick: Op<['x', 'v'], Over> = defineOp({
  name: 'maxPoolPick',
  inputs: ['x', 'v'],
  keeps: ['x'],
  math: 'y[n,i,j,c] = v where x is the first largest in window (i,j)',
  shape: (_, { window: w }: Over) => [w.batch, w.rows, w.cols, w.channels],
  forward: (k, { x, v }, y, { window }) =>
    k.maxPoolPick(floats(x), floats(v), floats(y), windowOf(window)),
  vjp: { v: (dy, { x }, { window }) => maxPoolGrad(x, dy, { window }) },
});

const avgPoolOp: Op<['x'], Over> = defineOp({
  name: 'avgPool',
  inputs: ['x'],
  math: 'y[n,i,j,c] = mean of the x[n,·,·,c] in window (i,j), padding left out',
  shape: (_, { window: w }: Over) => [w.batch, w.rows, w.cols, w.channels],
  forward: (k, { x }, y, { window }) => k.avgPool(floats(x), floats(y), windowOf(window)),
  vjp: { x: (dy, _, { window }) => avgPoolGrad(dy, { window }) },
});

const avgPoolGrad: Op<['dy'], Over> = defineOp({
  name: 'avgPoolGrad',
  inputs: ['dy'],
  math: 'dx = sum over the windows that see x of dy / the number of pixels they see',
  shape: (_, { window: w }: Over) => [w.batch, w.height, w.width, w.channels],
  forward: (k, { dy }, dx, { window }) => k.avgPoolGrad(floats(dy), floats(dx), windowOf(window)),
  vjp: { dy: (ddx, _, { window }) => avgPoolOp(ddx, { window }) },
});

export interface PoolOptions {
  /** Size of the window; 2 by default. */
  ksize?: PerAxis;
  /** How far it moves; by its own size by default. */
  strides?: PerAxis;
  /** VALID by default; pixels that SAME would add take no part. */
  padding?: 'VALID' | 'SAME' | 'valid' | 'same';
}

/** The largest number of each window, channel by channel. As tf.nn.max_pool2d. */
export function maxPool(x: TensorLike, options: PoolOptions = {}): Tensor {
  return pool('maxPool', maxPoolOp, x, options);
}

/** The mean of each window, channel by channel. As tf.nn.avg_pool2d. */
export function avgPool(x: TensorLike, options: PoolOptions = {}): Tensor {
  return pool('avgPool', avgPoolOp, x, options);
}

function pool(name: string, op: Op<['x'], Over>, x: TensorLike, options: PoolOptions): Tensor {
  checkOptions(name, options, { ksize: anything, strides: anything, padding: anything });
  const images = fourAxes(name, 'x', x, 'images [n,h,w,c]');
  const ksize = perAxis(name, 'ksize', options.ksize ?? 2);
  const { strides = ksize, padding = 'VALID' } = options;
  const channels = images.shape[3] as number;
  const sliding = { strides, padding };
  return op(images, { window: windowOver(name, 'window', images.shape, ksize, channels, sliding) });
}

/** The ops behind the functions, for the catalogue. */
export const poolOps: {
  maxPool: Op<['x'], Over>;
  maxPoolGrad: Op<['x', 'dy'], Over>;
  maxPoolPick: Op<['x', 'v'], Over>;
  avgPool: Op<['x'], Over>;
  avgPoolGrad: Op<['dy'], Over>;
} = { maxPool: maxPoolOp, maxPoolGrad, maxPoolPick, avgPool: avgPoolOp, avgPoolGrad };
