import { expect, it } from 'vitest';
import * as tapegrad from '../../src/index.ts';
import { GradientTape, Tensor, tensor, Variable } from '../../src/index.ts';

it('a formula reads as the data flows, and is differentiable', () => {
  const x = tensor([[1, 2]]);
  const w = new Variable([[0.5], [-0.25]]);
  const tape = new GradientTape();
  const y = tape.record(() => x.matmul(w).add(1).square().sum());
  expect(y.item()).toBe(1);
  expect(tape.gradient(y, w).toArray()).toEqual([[2], [4]]);
});

it('every method does what the function of its name does', () => {
  const functions = tapegrad as unknown as Record<string, (...args: unknown[]) => unknown>;
  const own = new Set(['constructor', 'shape', 'dtype', 'rank', 'size', 'values', 'toString']);
  const lent = Object.getOwnPropertyNames(Tensor.prototype).filter(
    (name) => !own.has(name) && typeof functions[name] === 'function',
  );
  expect(lent.length).toBeGreaterThan(60);
  for (const name of ['exp', 'sum', 'softmax', 'transpose', 'gelu']) {
    const x = tensor([[0.5, 1], [2, 3]]); // biome-ignore format: a matrix
    const method = (x as unknown as Record<string, () => Tensor>)[name]?.call(x) as Tensor;
    const direct = functions[name]?.(x) as Tensor;
    expect(method.toArray()).toEqual(direct.toArray());
  }
});

it('images have theirs', () => {
  const x = tensor([
    [
      [[1], [2]],
      [[3], [4]],
    ],
  ]);
  const y = x.conv2d(tensor([[[[2]]]])).maxPool({ ksize: 2 });
  expect(y.toArray()).toEqual([[[[8]]]]);
});

it('methods do not show among the properties of a tensor', () => {
  expect(Object.keys(tensor(1))).not.toContain('exp');
});
