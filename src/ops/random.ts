/** Tensors of random numbers. They draw from the default stream (`setSeed`) or from a generator of your own. */
import { OptionError } from '../core/errors.ts';
import { anything, checkOptions, instanceOf, number, type Wants } from '../core/options.ts';
import { defaultGenerator, Generator } from '../core/random.ts';
import { checkShape, type Shape, sizeOf } from '../core/shape.ts';
import {
  allocate,
  type Dtype,
  kernelsFor,
  Tensor,
  type TensorLike,
  toTensor,
} from '../core/tensor.ts';
import type { Floats } from '../kernels/arrays.ts';
import { wantFloats } from './define.ts';
import { greaterEqual, mul, where } from './elementwise.ts';

export interface RandomOptions {
  dtype?: 'float32' | 'float64';
  generator?: Generator;
}

const normal: Wants<RandomOptions & { mean?: number; stddev?: number }> = {
  mean: number(),
  stddev: number({ min: 0 }),
  dtype: anything,
  generator: instanceOf(Generator),
};

/** Normal numbers. As tf.random.normal. */
export function randomNormal(
  shape: Shape,
  options: RandomOptions & { mean?: number; stddev?: number } = {},
): Tensor {
  checkOptions('randomNormal', options, normal);
  const { mean = 0, stddev = 1 } = options;
  const y = empty('randomNormal', shape, options.dtype ?? 'float32');
  kernelsFor(y.dtype).randomNormal(stateOf(options), y.numbers as Floats, mean, stddev);
  return y;
}

/** Normal numbers no further than two stddev from the mean. As tf.random.truncated_normal. */
export function truncatedNormal(
  shape: Shape,
  options: RandomOptions & { mean?: number; stddev?: number } = {},
): Tensor {
  checkOptions('truncatedNormal', options, normal);
  const { mean = 0, stddev = 1 } = options;
  const y = empty('truncatedNormal', shape, options.dtype ?? 'float32');
  kernelsFor(y.dtype).truncatedNormal(stateOf(options), y.numbers as Floats, mean, stddev);
  return y;
}

/** Numbers spread evenly over [minval, maxval); whole ones with dtype int32. As tf.random.uniform. */
export function randomUniform(
  shape: Shape,
  options: { minval?: number; maxval?: number; dtype?: Dtype; generator?: Generator } = {},
): Tensor {
  checkOptions('randomUniform', options, {
    minval: number(),
    maxval: number(),
    dtype: anything,
    generator: instanceOf(Generator),
  });
  const { minval = 0, maxval = 1, dtype = 'float32' } = options;
  if (!(minval <= maxval)) {
    throw new OptionError(
      `randomUniform: minval is ${minval} and maxval is ${maxval}; want minval ≤ maxval`,
      {
        minval,
        maxval,
      },
    );
  }
  const y = empty('randomUniform', shape, dtype);
  if (dtype === 'int32') {
    kernelsFor('float32').randomInteger(stateOf(options), y.numbers as Int32Array, minval, maxval);
  } else {
    kernelsFor(dtype).randomUniform(stateOf(options), y.numbers as Floats, minval, maxval);
  }
  return y;
}

/**
 * Zeroes each element with probability `rate` and scales the others by 1/(1 − rate), so that the sum is kept on
 * average. As tf.nn.dropout.
 */
export function dropout(
  x: TensorLike,
  rate: number,
  options: { generator?: Generator } = {},
): Tensor {
  checkOptions('dropout', options, { generator: instanceOf(Generator) });
  if (!(rate >= 0 && rate < 1)) {
    throw new OptionError(`dropout: rate is ${rate}; want at least 0 and below 1`, { rate });
  }
  const t = toTensor(x);
  wantFloats('dropout', 'x', t.dtype);
  if (rate === 0) return t;
  const chance = randomUniform(t.shape, { dtype: t.dtype, ...options });
  return where(greaterEqual(chance, rate), mul(t, 1 / (1 - rate)), 0);
}

function empty(op: string, shape: Shape, dtype: Dtype): Tensor {
  return new Tensor(allocate(dtype, sizeOf(checkShape(op, shape))), [...shape]);
}

function stateOf(options: { generator?: Generator }): Int32Array {
  return (options.generator ?? defaultGenerator()).state;
}
