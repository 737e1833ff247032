/** Numbers brought to mean 0 and variance 1, then scaled and shifted; and rows looked up in a table. */
import { ShapeError } from '../core/errors.ts';
import { anything, checkOptions, number, type Wants } from '../core/options.ts';
import { checkAxes, sameShape, shapeText } from '../core/shape.ts';
import { ints, type Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import { add, mul, rsqrt, sub } from './elementwise.ts';
import { gather, toIndices } from './gather.ts';
import { type Axes, moments } from './reduce.ts';
import { reshape } from './reshape.ts';

export interface NormaliseOptions {
  /** Multiplied by, after normalising (gamma). */
  scale?: TensorLike;
  /** Added at the end (beta). */
  offset?: TensorLike;
  /** Added to the variance. */
  epsilon?: number;
}
const normaliseOptions: Wants<NormaliseOptions> = {
  scale: anything,
  offset: anything,
  epsilon: number({ min: 0 }),
};

/**
 * scale · (x − mean) / sqrt(variance + epsilon) + offset, everything broadcast to x; epsilon is 1e-3, as in Keras.
 * As tf.nn.batch_normalization.
 */
export function batchNormalisation(
  x: TensorLike,
  mean: TensorLike,
  variance: TensorLike,
  options: NormaliseOptions = {},
): Tensor {
  checkOptions('batchNormalisation', options, normaliseOptions);
  const t = toTensor(x);
  const { scale, offset, epsilon = 1e-3 } = options;
  const slope = rsqrt(add(variance, epsilon));
  const factor = scale === undefined ? slope : mul(slope, scale);
  const shift = mul(mean, factor);
  const constant = offset === undefined ? undefined : sub(offset, shift);
  return constant === undefined ? sub(mul(t, factor), shift) : add(mul(t, factor), constant);
}

/**
 * Batch normalisation while training: by the mean and variance of x itself over all axes but the last, or over
 * those given. Returns them too, with size 1 along those axes, for running averages. The variance is that of the n
 * numbers, divided by n; Keras's layer on images averages variance · n / (n − 1).
 */
export function batchNormalisationByMoments(
  x: TensorLike,
  options: NormaliseOptions & { axes?: Axes } = {},
): { y: Tensor; mean: Tensor; variance: Tensor } {
  checkOptions('batchNormalisationByMoments', options, { ...normaliseOptions, axes: anything });
  const t = toTensor(x);
  const { axes = t.shape.slice(0, -1).map((_, axis) => axis), ...rest } = options;
  const { mean, variance } = moments(t, axes, true);
  return { y: batchNormalisation(t, mean, variance, rest), mean, variance };
}

/**
 * Each example by its own mean and variance, over the last axis or over those given; scale and offset have the
 * sizes of these axes. As tf.keras.layers.LayerNormalization.
 */
export function layerNormalisation(
  x: TensorLike,
  options: NormaliseOptions & { axes?: Axes } = {},
): Tensor {
  checkOptions('layerNormalisation', options, { ...normaliseOptions, axes: anything });
  const t = toTensor(x);
  const { axes = -1, ...rest } = options;
  const list = checkAxes('layerNormalisation', axes, t.rank);
  const own = list.map((axis) => t.shape[axis] as number);
  const laidOut = t.shape.map((n, axis) => (list.includes(axis) ? n : 1));
  for (const name of ['scale', 'offset'] as const) {
    const given = rest[name];
    if (given === undefined) continue;
    const along = toTensor(given, t.dtype);
    if (sameShape(along.shape, own)) rest[name] = reshape(along, laidOut);
  }
  return batchNormalisationByMoments(t, { ...rest, axes: list }).y;
}

/** The rows of a table [rows, …] that the indices (int32, any shape) name. As tf.nn.embedding_lookup. */
export function embeddingLookup(table: TensorLike, indices: TensorLike): Tensor {
  const rows = toTensor(table);
  if (rows.rank < 2) {
    throw new ShapeError(
      `embeddingLookup: table is ${shapeText(rows.shape)}; want [rows, …], a row for each index`,
      { table: rows.shape },
    );
  }
  const places = toIndices(indices);
  const wrong = ints(places).find((i) => i < 0 || i >= (rows.shape[0] as number));
  if (wrong !== undefined) {
    throw new ShapeError(
      `embeddingLookup: an index is ${wrong}; want 0 to ${(rows.shape[0] as number) - 1} for a table ${shapeText(rows.shape)}`,
      { index: wrong, table: rows.shape },
    );
  }
  return gather(rows, places, 0);
}
