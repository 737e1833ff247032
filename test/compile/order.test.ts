import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { updatedEarly } from '../../src/compile/order.ts';
import type { Call } from '../../src/compile/record.ts';
import * as tg from '../../src/index.ts';

const arrays = [...Array(16).keys()].map((b) => new Float32Array(b < 12 ? 1 << 15 : 64));
const array = (buffer: number) => ({ buffer });
const [w, g, m, v, x, y, dx, rate] = [0, 1, 2, 3, 4, 5, 6, 12].map(array) as [
  ...Array<{ buffer: number }>,
];

const matmul = (a: typeof w, b: typeof w, to: typeof w): Call => ({
  kernel: 'matmul',
  exact: false,
  args: [a, b, to, 1, 8, 8, 8, 0, 8, 1, 0, 8, 1] as Call['args'],
});
const adam = (weights: typeof w, gradient: typeof w, exact = false): Call => ({
  kernel: 'adam',
  exact,
  args: [weights, gradient, m, v, rate, 0.9, 0.999, 1e-7] as Call['args'],
});

describe('early updates', () => {
  it('come right behind the last call that needs the old numbers or makes the gradient', () => {
    const [gradient, below, other] = [matmul(x, y, g), matmul(y, w, dx), matmul(x, x, y)];
    const update = adam(w, g);
    expect(updatedEarly([gradient, below, other, other, update], arrays)).toEqual([
      gradient,
      below,
      update,
      other,
      other,
    ]);
    expect(updatedEarly([below, gradient, other, update], arrays)).toEqual([
      below,
      gradient,
      update,
      other,
    ]);
  });

  it('come first where nothing in the step has to be waited for', () => {
    const [other, update] = [matmul(x, x, y), adam(w, g)];
    expect(updatedEarly([other, update], arrays)).toEqual([update, other]);
  });

  it('stay where they are if they are small, or twice of one variable', () => {
    const [other, small] = [matmul(x, x, y), adam(array(12), array(13))];
    expect(updatedEarly([other, small], arrays)).toEqual([other, small]);
    const [first, second] = [adam(w, g), adam(w, dx)];
    expect(updatedEarly([matmul(x, y, g), other, first, second], arrays)).toEqual([
      matmul(x, y, g),
      first,
      other,
      second,
    ]);
    const exact = adam(w, g, true);
    expect(updatedEarly([other, exact], arrays)).toEqual([other, exact]);
  });

  it('leave an argument that is a view of the variable as it was', () => {
    const make = () => {
      tg.setSeed(5);
      const weights = new tg.Variable(tg.randomNormal([200, 200], { stddev: 0.1 }));
      const optimizer = new tg.SGD({ learningRate: 0.5 });
      const step = (input: tg.Tensor, flat: tg.Tensor) => {
        const tape = new tg.GradientTape();
        const loss = tape.record(() => tg.mean(tg.square(tg.matmul(input, weights))));
        const gradients = tape.gradient(loss, [weights]);
        const norm = tg.sum(tg.square(flat));
        optimizer.applyGradients(tg.zip(gradients, [weights]));
        return [loss, norm];
      };
      return { weights, step };
    };
    const [eager, fast] = [make(), make()];
    const compiled = compile(fast.step);
    for (let i = 0; i < 6; i++) {
      const input = tg.randomNormal([32, 200]);
      const want = eager.step(input, tg.reshape(eager.weights, [40000])).map((t) => t.item());
      const got = compiled(input, tg.reshape(fast.weights, [40000])).map((t) => t.item());
      expect(got).toEqual(want);
    }
    expect(compiled.replaying).toBe(true);
  });
});
