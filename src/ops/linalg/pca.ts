import { OptionError, ShapeError } from '../../core/errors.ts';
import { shapeText } from '../../core/shape.ts';
import { allocate, fromArray, type Tensor, type TensorLike, toTensor } from '../../core/tensor.ts';
import { wantFloats } from '../define.ts';
import { add, sub } from '../elementwise.ts';
import { matmul } from '../matmul.ts';
import { slice } from '../move.ts';
import { eigh } from './eigh.ts';

/** The linear autoencoder with the least squared error. */
export interface Pca {
  /** [d] */
  readonly mean: Tensor;
  /** [k,d], orthonormal rows: the directions of greatest variance, the greatest first. */
  readonly components: Tensor;
  /** [k], the variance along each component (over n − 1). */
  readonly variances: Tensor;
  /** The variance along all d directions: what the components leave of it is the squared error, summed over features. */
  readonly totalVariance: number;
  /** From samples [n,d] to codes [n,k]. */
  encode(x: TensorLike): Tensor;
  /** From codes to samples. */
  decode(codes: TensorLike): Tensor;
}

/** Rows that are multiplied at once. */
const batch = 4096;

/**
 * The first k principal components of samples [n,d], by default all: eigenvectors of the covariance. The entry of a
 * component that is farthest from 0 is positive, as in scikit-learn.
 */
export function pca(x: TensorLike, options: { components?: number } = {}): Pca {
  const samples = toTensor(x);
  const [n = 0, d = 0] = samples.shape;
  if (samples.rank !== 2 || n < 2 || d === 0) {
    throw new ShapeError(`pca: x is ${shapeText(samples.shape)}; want [n,d], at least 2 samples`, {
      x: samples.shape,
    });
  }
  wantFloats('pca', 'x', samples.dtype);
  const { components: k = Math.min(n, d) } = options;
  if (!Number.isInteger(k) || k < 1 || k > Math.min(n, d)) {
    throw new OptionError(
      `pca: components is ${k}; want a whole number from 1 to ${Math.min(n, d)} for ${n} samples of ${d} features`,
      { components: k },
    );
  }
  const mean = meanOf(samples);
  const covariance = covarianceOf(samples, mean);
  const { values, vectors } = eigh(covariance);
  const components = allocate(samples.dtype, k * d);
  const variances = allocate(samples.dtype, k);
  for (let i = 0; i < k; i++) {
    const from = d - 1 - i; // eigh has the greatest last
    variances[i] = Math.max(0, values.values[from] as number);
    let farthest = 0;
    for (let j = 0; j < d; j++) {
      const entry = vectors.values[j * d + from] as number;
      components[i * d + j] = entry;
      if (Math.abs(entry) > Math.abs(farthest)) farthest = entry;
    }
    if (farthest < 0)
      for (let j = i * d; j < (i + 1) * d; j++) components[j] = -(components[j] as number);
  }
  const rows = fromArray(components, [k, d]);
  let totalVariance = 0;
  for (let j = 0; j < d; j++) totalVariance += covariance.values[j * d + j] as number;
  return {
    mean,
    components: rows,
    variances: fromArray(variances, [k]),
    totalVariance,
    encode: (x) => matmul(sub(x, mean), rows, { transposeB: true }),
    decode: (codes) => add(matmul(codes, rows), mean),
  };
}

/** Summed in float64, whatever the samples are. */
function meanOf(samples: Tensor): Tensor {
  const [n = 0, d = 0] = samples.shape;
  const sums = new Float64Array(d);
  const numbers = samples.data();
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < d; j++, at++) sums[j] = (sums[j] as number) + (numbers[at] as number);
  }
  const mean = allocate(samples.dtype, d);
  for (let j = 0; j < d; j++) mean[j] = (sums[j] as number) / n;
  return fromArray(mean, [d]);
}

/** [d,d] in float64: products of a batch by matmul, which is fast on float32; their sums over the batches here. */
function covarianceOf(samples: Tensor, mean: Tensor): Tensor {
  const [n = 0, d = 0] = samples.shape;
  const sums = new Float64Array(d * d);
  for (let from = 0; from < n; from += batch) {
    const some = sub(slice(samples, [from, 0], [Math.min(batch, n - from), d]), mean);
    const products = matmul(some, some, { transposeA: true }).values;
    for (let i = 0; i < d * d; i++) sums[i] = (sums[i] as number) + (products[i] as number);
  }
  return fromArray(
    sums.map((sum) => sum / (n - 1)),
    [d, d],
  );
}
