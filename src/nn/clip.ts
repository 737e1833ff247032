/** Limits to tensors, gradients above all, as TensorFlow computes them. */
import { OptionError } from '../core/errors.ts';
import { wantList } from '../core/options.ts';
import type { Tensor } from '../core/tensor.ts';
import {
  add,
  clip,
  div,
  equal,
  maximum,
  mul,
  sqrt,
  square,
  sub,
  sum,
  where,
} from '../ops/index.ts';

/** Every element kept within [low, high]. As tf.clip_by_value. */
export function clipByValue(x: Tensor, low: number, high: number): Tensor {
  return clip(x, low, high);
}

/** Scaled down to the norm `clipNorm` if its norm is larger. As tf.clip_by_norm. */
export function clipByNorm(x: Tensor, clipNorm: number): Tensor {
  wantPositive('clipByNorm', clipNorm);
  const squares = sum(square(x));
  // The root of 0 has an infinite slope, so a norm of zero goes round it.
  const zero = equal(squares, 0);
  const norm = where(zero, 0, sqrt(where(zero, 1, squares)));
  return div(mul(x, clipNorm), maximum(norm, clipNorm));
}

/**
 * All scaled down together, so that the norm of all their elements is at most `clipNorm`; returns them and the norm they
 * had. A norm that is not finite makes them all NaN. As tf.clip_by_global_norm.
 */
export function clipByGlobalNorm<T extends Tensor | undefined>(
  tensors: readonly T[],
  clipNorm: number,
): [clipped: T[], norm: Tensor] {
  wantPositive('clipByGlobalNorm', clipNorm);
  const norm = globalNorm(tensors);
  const notFinite = sub(norm, norm); // 0, or NaN
  const scale = add(div(clipNorm, maximum(norm, clipNorm)), notFinite);
  return [tensors.map((t) => (t === undefined ? t : mul(t, scale)) as T), norm];
}

/** Root of the sum of the squares of all elements of all tensors. As tf.linalg.global_norm. */
export function globalNorm(tensors: readonly (Tensor | undefined)[]): Tensor {
  wantList('globalNorm', 'tensors', tensors, 'globalNorm(gradients)');
  const squares = tensors.filter((t) => t !== undefined).map((t) => sum(square(t)));
  const [first, ...others] = squares;
  if (first === undefined)
    throw new OptionError('globalNorm: no tensor came in; want at least one');
  return sqrt(others.reduce((total, one) => add(total, one), first));
}

function wantPositive(op: string, clipNorm: number): void {
  if (!(clipNorm > 0)) {
    throw new OptionError(`${op}: clipNorm is ${clipNorm}; want a number above 0`, { clipNorm });
  }
}
