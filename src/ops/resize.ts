/** Images [batch, height, width, channels] in other sizes. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { checkOptions, flag, shown } from '../core/options.ts';
import type { Shape } from '../core/shape.ts';
import { floats, fromArray, type Tensor, type TensorLike } from '../core/tensor.ts';
import type { Floats } from '../kernels/arrays.ts';
import type { Kernels } from '../kernels/reference.ts';
import { defineOp, type Op } from './define.ts';
import { gather } from './gather.ts';
import { fourAxes } from './window.ts';

export interface ResizeOptions {
  /** The corner pixels of input and output coincide. */
  alignCorners?: boolean;
  /** Pixels are squares about their centre, as TensorFlow 2 has them; without it, TensorFlow 1's resize. */
  halfPixelCenters?: boolean;
}

type Between = { small: Shape; large: Shape } & Required<ResizeOptions>;

const bilinear: Op<['x'], Between> = defineOp({
  name: 'resizeBilinear',
  inputs: ['x'],
  math: 'y = x between its four nearest pixels, in proportion to their distance',
  shape: (_, { large }: Between) => large,
  forward: (k, { x }, y, about) => resizeBy(k.resizeBilinear, floats(x), floats(y), about),
  vjp: { x: (dy, _, about) => bilinearGrad(dy, about) },
});

const bilinearGrad: Op<['dy'], Between> = defineOp({
  name: 'resizeBilinearGrad',
  inputs: ['dy'],
  math: 'dx = dy shared out among the four pixels each was mixed from',
  shape: (_, { small }: Between) => small,
  forward: (k, { dy }, dx, about) => resizeBy(k.resizeBilinearGrad, floats(dy), floats(dx), about),
  vjp: { dy: (ddx, _, about) => bilinear(ddx, about) },
});

function resizeBy(
  kernel: Kernels['resizeBilinear'],
  from: Floats,
  to: Floats,
  { small, large, alignCorners, halfPixelCenters }: Between,
): void {
  const [batch, height, width, channels] = small as [number, number, number, number];
  const [, rows, cols] = large as [number, number, number];
  kernel(from, to, batch, height, width, channels, rows, cols, alignCorners, halfPixelCenters);
}

/**
 * Images in the size [height, width], each pixel mixed from the four around its place. Without options as TF1's
 * tf.image.resize_bilinear; `halfPixelCenters` is TF2's tf.image.resize.
 */
export function resizeBilinear(
  x: TensorLike,
  size: readonly [number, number],
  options: ResizeOptions = {},
): Tensor {
  const op = 'resizeBilinear';
  const images = fourAxes(op, 'x', x, 'images [n,h,w,c]');
  const { alignCorners, halfPixelCenters } = checked(op, images, size, options);
  const large = [images.shape[0], ...size, images.shape[3]] as Shape;
  return bilinear(images, { small: images.shape, large, alignCorners, halfPixelCenters });
}

/**
 * Images in the size [height, width], each pixel the one nearest to its place. Without options as TF1's
 * tf.image.resize_nearest_neighbor: the pixel at floor(i · height / rows).
 */
export function resizeNearest(
  x: TensorLike,
  size: readonly [number, number],
  options: ResizeOptions = {},
): Tensor {
  const op = 'resizeNearest';
  const images = fourAxes(op, 'x', x, 'images [n,h,w,c]');
  const kind = checked(op, images, size, options);
  const [, height, width] = images.shape as [number, number, number];
  const tall = gather(images, nearestPlaces(height, size[0], kind), 1);
  return gather(tall, nearestPlaces(width, size[1], kind), 2);
}

/** The input place each output place takes, in float32 as TensorFlow computes it. */
function nearestPlaces(size: number, outSize: number, kind: Required<ResizeOptions>): Tensor {
  const { alignCorners, halfPixelCenters } = kind;
  const corners = alignCorners && outSize > 1;
  const scale = Math.fround(corners ? (size - 1) / (outSize - 1) : size / outSize);
  const places = Int32Array.from({ length: outSize }, (_, i) => {
    const at = Math.fround((halfPixelCenters ? i + 0.5 : i) * scale);
    return Math.min(alignCorners ? Math.floor(at + 0.5) : Math.floor(at), size - 1);
  });
  return fromArray(places, [outSize]);
}

function checked(
  op: string,
  images: Tensor,
  size: readonly [number, number],
  options: ResizeOptions,
): Required<ResizeOptions> {
  checkOptions(op, options, { alignCorners: flag, halfPixelCenters: flag });
  if (
    !Array.isArray(size) ||
    size.length !== 2 ||
    !size.every((n) => Number.isInteger(n) && n >= 1)
  ) {
    throw new OptionError(
      `${op}: size is ${shown(size)}; want [height, width], whole numbers of at least 1`,
      { op, size },
    );
  }
  if (images.shape[1] === 0 || images.shape[2] === 0) {
    throw new ShapeError(`${op}: x is [${images.shape}]; want at least one pixel`, {
      x: images.shape,
    });
  }
  const { alignCorners = false, halfPixelCenters = false } = options;
  if (alignCorners && halfPixelCenters) {
    throw new OptionError(
      `${op}: alignCorners and halfPixelCenters are both set; want at most one of them`,
      { op },
    );
  }
  return { alignCorners, halfPixelCenters };
}

/** The ops behind the functions, for the catalogue. */
export const resizeOps: {
  resizeBilinear: Op<['x'], Between>;
  resizeBilinearGrad: Op<['dy'], Between>;
} = { resizeBilinear: bilinear, resizeBilinearGrad: bilinearGrad };
