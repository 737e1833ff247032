import type { Floats } from './arrays.ts';
import { relu, reluGrad, sigmoid, sigmoidGrad, tanh, tanhGrad } from './elementwise.ts';

/** What may become of each sum of a matmul or a convolution before it is stored; kernels are given the place in this list. */
export const epilogues = [
  'none',
  'relu',
  'sigmoid',
  'tanh',
  'reluGrad',
  'sigmoidGrad',
  'tanhGrad',
] as const;

/** No bias, nothing beside. */
export const none: Floats = new Float32Array(0);

/**
 * y = f(y + bias) over rows of bias.length numbers, or no bias if it has none; a gradient f takes for its second argument
 * the number of `beside` in the same place.
 */
export function finish(y: Floats, bias: Floats, after: number, beside: Floats): void {
  for (let i = 0; i < y.length && bias.length > 0; i++) y[i]! += bias[i % bias.length]!;
  const inOrder = Int32Array.of(1, y.length, 1, 1);
  const name = epilogues[after];
  if (name === 'relu') relu(y, y);
  else if (name === 'sigmoid') sigmoid(y, y);
  else if (name === 'tanh') tanh(y, y);
  else if (name === 'reluGrad') reluGrad(y, beside, y, inOrder);
  else if (name === 'sigmoidGrad') sigmoidGrad(y, beside, y, inOrder);
  else if (name === 'tanhGrad') tanhGrad(y, beside, y, inOrder);
}
