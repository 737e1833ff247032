import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { joined } from '../../src/compile/join.ts';
import * as order from '../../src/compile/order.ts';
import type { Call } from '../../src/compile/record.ts';
import * as tg from '../../src/index.ts';

const arrays = [...Array(16).keys()].map((b) => new Float32Array(b < 12 ? 1 << 15 : 64));
const array = (buffer: number) => ({ buffer });
type Ref = ReturnType<typeof array>;
const [w, g, m, v] = [array(0), array(1), array(2), array(3)];
const [x, y, dx, rate] = [array(4), array(5), array(6), array(12)];

const matmul = (a: Ref, b: Ref, to: Ref): Call => ({
  kernel: 'matmul',
  exact: false,
  args: [a, b, to, 1, 8, 8, 8, 0, 8, 1, 0, 8, 1] as Call['args'],
});
const adam = (weights: Ref, gradient: Ref, exact = false): Call => ({
  kernel: 'adam',
  exact,
  args: [weights, gradient, m, v, rate, 0.9, 0.999, 1e-7] as Call['args'],
});

const updatedEarly = (calls: Call[], handed: Ref[] = []) =>
  order.updatedEarly(calls, arrays, new Set(handed.map(({ buffer }) => buffer)));

describe('early updates', () => {
  it('come right behind the last call that needs the old numbers or makes the gradient', () => {
    const [gradient, below, other] = [matmul(x, y, g), matmul(y, w, dx), matmul(x, x, y)];
    const update = adam(w, g);
    expect(updatedEarly([gradient, below, other, other, update])).toEqual([
      gradient,
      below,
      update,
      other,
      other,
    ]);
    expect(updatedEarly([below, gradient, other, update])).toEqual([
      below,
      gradient,
      update,
      other,
    ]);
  });

  it('come first where nothing in the step has to be waited for', () => {
    const [other, update] = [matmul(x, x, y), adam(w, g)];
    expect(updatedEarly([other, update])).toEqual([update, other]);
  });

  it('of one variable keep their order', () => {
    const [gradient, other] = [matmul(x, y, g), matmul(x, x, y)];
    const [first, second] = [adam(w, g), adam(w, dx)];
    expect(updatedEarly([gradient, other, first, second])).toEqual([
      gradient,
      first,
      second,
      other,
    ]);
  });

  it('take a product along that nobody else takes', () => {
    const [gradient, below, other] = [matmul(x, y, g), matmul(y, w, dx), matmul(x, x, array(7))];
    const update = adam(w, g);
    expect(updatedEarly([gradient, other, below, other, update], [g])).toEqual([
      other,
      below,
      gradient,
      update,
      other,
    ]);
  });

  it('leave the product where it is if its factors change before the update can come', () => {
    const [gradient, below, change] = [
      matmul(x, y, g),
      matmul(y, w, dx),
      matmul(dx, dx, y), // the factor y is made anew
    ];
    const late = matmul(array(7), w, array(8));
    const update = adam(w, g);
    const calls = [gradient, below, change, late, update];
    expect(updatedEarly(calls, [g])).toEqual(calls);
  });

  it('wait for a product that reads what they change', () => {
    const [gradient, other] = [matmul(x, w, g), matmul(x, x, y)];
    const update = adam(w, g);
    expect(updatedEarly([gradient, other, update], [g])).toEqual([gradient, update, other]);
    expect(joined([gradient, update], arrays, new Set([1])).map(({ kind }) => kind)).toEqual([
      'call',
      'sweep',
    ]);
  });

  it('wait for what may be refused', () => {
    const gather: Call = { kernel: 'gather', exact: false, args: [x, y, dx, 8, 8, 8] };
    const [gradient, update, other] = [matmul(x, y, g), adam(w, g), matmul(x, x, y)];
    expect(updatedEarly([gradient, gather, other, update], [g])).toEqual([
      gather,
      gradient,
      update,
      other,
    ]);
  });

  it('take no rows of a small product, which other updates are joined with', () => {
    const calls = [matmul(x, y, array(13)), adam(array(12), array(13))];
    expect(joined(calls, arrays, new Set([13])).map(({ kind }) => kind)).toEqual(['call', 'sweep']);
  });

  it('stay where they are if they are small or exact', () => {
    const [other, small] = [matmul(x, x, y), adam(array(12), array(13))];
    expect(updatedEarly([other, small])).toEqual([other, small]);
    const exact = adam(w, g, true);
    expect(updatedEarly([other, exact])).toEqual([other, exact]);
  });

  it.each([
    ['SGD', () => new tg.SGD({ learningRate: 0.1 })],
    ['SGD with momentum', () => new tg.SGD({ learningRate: 0.1, momentum: 0.9, nesterov: true })],
    ['RMSprop', () => new tg.RMSprop({ centered: true, momentum: 0.5 })],
    ['Adagrad', () => new tg.Adagrad()],
    ['AdamW', () => new tg.AdamW({ weightDecay: 0.01 })],
  ])('apply the rows of a gradient as they are made, with the bits of %s', (_, optimizerOf) => {
    const make = () => {
      tg.setSeed(5);
      const weights = [0, 1, 2].map(
        () => new tg.Variable(tg.randomNormal([200, 200], { stddev: 0.1 })),
      );
      const optimizer = optimizerOf();
      const step = (input: tg.Tensor) => {
        const tape = new tg.GradientTape();
        const loss = tape.record(() => {
          const output = weights.reduce((x, w) => tg.tanh(tg.matmul(x, w)), input);
          return tg.mean(tg.squaredDifference(output, input));
        });
        optimizer.applyGradients(tg.zip(tape.gradient(loss, weights), weights));
        return loss;
      };
      return { weights, step };
    };
    const [eager, fast] = [make(), make()];
    const compiled = compile(fast.step);
    for (const batch of [600, 700, 0, 3].flatMap((n) => [n, n, n, n])) {
      const input = tg.randomNormal([batch, 200]);
      expect(compiled(input).item()).toEqual(eager.step(input).item());
    }
    const differences = fast.weights.map((w, i) =>
      tg.max(tg.abs(tg.sub(w, eager.weights[i] as tg.Tensor))).item(),
    );
    expect(differences).toEqual([0, 0, 0]);
    expect(compiled.explain().match(/update: matmul/g)).toHaveLength(9); // of 600, 0 and 3 rows
  });

  it('of a variable by a product of itself are those of the eager step', () => {
    const make = () => {
      tg.setSeed(5);
      const w = new tg.Variable(tg.randomNormal([200, 200]));
      const optimizer = new tg.SGD({ learningRate: 0.01 });
      const step = (c: tg.Tensor) => {
        optimizer.applyGradients([[tg.matmul(c, w), w]]);
        return tg.sum(c);
      };
      return { w, step };
    };
    const [eager, fast] = [make(), make()];
    const compiled = compile(fast.step);
    for (let i = 0; i < 6; i++) {
      const c = tg.randomNormal([200, 200], { stddev: 0.1 });
      eager.step(c);
      compiled(c);
      expect(tg.max(tg.abs(tg.sub(fast.w, eager.w))).item()).toBe(0);
    }
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
