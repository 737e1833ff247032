/** Penalties on weights and activations, added to the loss. As tf.keras.regularizers. */
import { checkOptions, number, want } from '../core/options.ts';
import type { Tensor } from '../core/tensor.ts';
import { abs, add, mul, square, sum } from '../ops/index.ts';
import { byName } from './by-name.ts';

/** Makes the penalty, a single number, of a tensor. */
export type Regulariser = (x: Tensor) => Tensor;

/** factor · sum of |x|. */
export function l1(factor = 0.01): Regulariser {
  want('l1', 'the factor', factor, number());
  return (x) => mul(factor, sum(abs(x)));
}

/** factor · sum of x². */
export function l2(factor = 0.01): Regulariser {
  want('l2', 'the factor', factor, number());
  return (x) => mul(factor, sum(square(x)));
}

/** Both together. */
export function l1l2(options: { l1?: number; l2?: number } = {}): Regulariser {
  checkOptions('l1l2', options, { l1: number(), l2: number() });
  const [first, second] = [l1(options.l1), l2(options.l2)];
  return (x) => add(first(x), second(x));
}

export type RegulariserName = 'l1' | 'l2' | 'l1l2';

/** A regulariser from its name, with the factor 0.01; one that is a function stays. */
export function regulariser(
  asker: string,
  given: RegulariserName | (string & {}) | Regulariser,
): Regulariser {
  return typeof given === 'function'
    ? given
    : byName(asker, 'regularizer', given, { l1, l2, l1l2 })();
}
