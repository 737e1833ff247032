import { OptionError, ShapeError } from '../../core/errors.ts';
import { anything, checkOptions } from '../../core/options.ts';
import { shapeText } from '../../core/shape.ts';
import { allocate, fromArray, type Tensor, type TensorLike, toTensor } from '../../core/tensor.ts';
import { wantFloats } from '../define.ts';
import { add, cast, sub } from '../elementwise.ts';
import { matmul } from '../matmul.ts';
import { reverse, slice } from '../move.ts';
import { eigh } from './eigh.ts';
import { svd } from './svd.ts';

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
  /** The same with fewer components, its first. */
  first(components: number): Pca;
}

/** Rows that are multiplied at once. */
const batch = 4096;

/**
 * The first k principal components of samples [n,d], by default all: eigenvectors of the covariance. The entry of a
 * component that is farthest from 0 is positive, as in scikit-learn.
 */
export function pca(x: TensorLike, options: { components?: number } = {}): Pca {
  checkOptions('pca', options, { components: anything });
  const samples = toTensor(x);
  const [n = 0, d = 0] = samples.shape;
  if (samples.rank !== 2 || n < 2 || d === 0) {
    throw new ShapeError(`pca: x is ${shapeText(samples.shape)}; want [n,d], at least 2 samples`, {
      x: samples.shape,
    });
  }
  wantFloats('pca', 'x', samples.dtype);
  const { components: k = Math.min(n, d) } = options;
  checkComponents(k, Math.min(n, d), `for ${n} samples of ${d} features`);
  const mean = meanOf(samples);
  const { directions, spread } = n < d ? bySvd(samples, mean) : byCovariance(samples, mean);
  const columns = directions.shape[1] ?? 0;
  const components = allocate(samples.dtype, k * d);
  for (let i = 0; i < k; i++) {
    let farthest = 0;
    for (let j = 0; j < d; j++) {
      const entry = directions.values[j * columns + i] as number;
      components[i * d + j] = entry;
      if (Math.abs(entry) > Math.abs(farthest)) farthest = entry;
    }
    if (farthest > 0) continue;
    for (let j = i * d; j < (i + 1) * d; j++) components[j] = -(components[j] as number);
  }
  return withCodes({
    mean,
    components: fromArray(components, [k, d]),
    variances: cast(fromArray(spread.slice(0, k), [k]), samples.dtype),
    totalVariance: spread.reduce((sum, variance) => sum + variance, 0),
  });
}

function withCodes(about: Omit<Pca, 'encode' | 'decode' | 'first'>): Pca {
  const { mean, components, variances } = about;
  const [most = 0, d = 0] = components.shape;
  return {
    ...about,
    encode: (x) => matmul(sub(x, mean), components, { transposeB: true }),
    decode: (codes) => add(matmul(codes, components), mean),
    first(k) {
      checkComponents(k, most, 'that were found');
      return withCodes({
        ...about,
        components: slice(components, [0, 0], [k, d]),
        variances: slice(variances, [0], [k]),
      });
    },
  };
}

function checkComponents(k: number, most: number, why: string): void {
  if (Number.isInteger(k) && k >= 1 && k <= most) return;
  throw new OptionError(`pca: components is ${k}; want a whole number from 1 to ${most} ${why}`, {
    components: k,
  });
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

/** Directions of greatest variance, the greatest first: columns, and the variance along each. */
interface Directions {
  readonly directions: Tensor;
  readonly spread: Float64Array;
}

/** Of few samples: singular vectors are far fewer than features. */
function bySvd(samples: Tensor, mean: Tensor): Directions {
  const { s, v } = svd(sub(cast(samples, 'float64'), cast(mean, 'float64')));
  const freedom = (samples.shape[0] ?? 0) - 1;
  return {
    directions: v,
    spread: Float64Array.from(s.values, (value) => (value * value) / freedom),
  };
}

/**
 * Of many samples: eigenvectors of the covariance, summed in float64 over batches whose products matmul makes, which is
 * fast on float32.
 */
function byCovariance(samples: Tensor, mean: Tensor): Directions {
  const [n = 0, d = 0] = samples.shape;
  const sums = new Float64Array(d * d);
  for (let from = 0; from < n; from += batch) {
    const some = sub(slice(samples, [from, 0], [Math.min(batch, n - from), d]), mean);
    const products = matmul(some, some, { transposeA: true }).values;
    for (let i = 0; i < d * d; i++) sums[i] = (sums[i] as number) + (products[i] as number);
  }
  const covariance = fromArray(
    sums.map((sum) => sum / (n - 1)),
    [d, d],
  );
  const { values, vectors } = eigh(covariance); // the greatest last
  return {
    directions: reverse(vectors, [1]),
    spread: Float64Array.from(values.values, (value) => Math.max(0, value)).reverse(),
  };
}
