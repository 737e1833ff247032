import type { Floats } from '../kernels/arrays.ts';
import { inspectNumbers } from './numerics.ts';
import { layoutOf } from './shape.ts';
import { offer } from './steps.ts';
import { allocate, kernelsFor, Tensor } from './tensor.ts';

/** The sum of two gradients that meet at one tensor; both receive what arrives from above, unchanged. */
export function accumulate(a: Tensor, b: Tensor): Tensor {
  const y = allocate(a.dtype, a.size);
  kernelsFor(a.dtype).add(a.numbers, b.numbers, y, layoutOf([a.size], [1], [1]));
  const sum = new Tensor(y, a.shape);
  inspectNumbers('accumulate', [a, b], sum);
  offer([a, b], sum, 'accumulate', () => ({ kept: [], vjp: (dy) => dy }));
  return sum;
}

/** The gradient of a target with respect to itself. */
export function onesLike(t: Tensor): Tensor {
  const ones = allocate(t.dtype, t.size) as Floats;
  kernelsFor(t.dtype).fill(ones, 1);
  return new Tensor(ones, t.shape);
}

export function zerosOf(t: Tensor): Tensor {
  return new Tensor(allocate(t.dtype, t.size), t.shape);
}
