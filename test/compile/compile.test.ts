import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { setSeed } from '../../src/core/random.ts';
import { eachStep } from '../../src/core/replay.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { type Tensor, tensor, Variable } from '../../src/core/tensor.ts';
import { kernels } from '../../src/kernels/active.ts';
import type { Floats } from '../../src/kernels/arrays.ts';
import * as tg from '../../src/ops/index.ts';

/** A two-layer net with Adam, small enough to run in a blink. */
function makeStep(seed: number) {
  setSeed(seed);
  const w1 = new Variable(tg.randomNormal([6, 5], { stddev: 0.3 }));
  const b1 = new Variable(tg.zeros([5]));
  const w2 = new Variable(tg.randomNormal([5, 6], { stddev: 0.3 }));
  const variables = [w1, b1, w2];
  const memory = variables.map(
    (v) => [new Float32Array(v.size), new Float32Array(v.size)] as const,
  );
  const rate = new Float32Array(2);
  let t = 0;
  const step = (x: Tensor): { loss: Tensor; hidden: Tensor } => {
    const tape = new GradientTape();
    const { loss, hidden } = tape.record(() => {
      const hidden = tg.sigmoid(tg.add(tg.matmul(x, w1), b1));
      const noisy = tg.add(hidden, tg.randomNormal(hidden.shape, { stddev: 0.01 }));
      return { loss: tg.meanSquaredError(x, tg.tanh(tg.matmul(noisy, w2))), hidden };
    });
    const gradients = tape.gradient(loss, variables);
    eachStep(() => {
      t++;
      rate[0] = (0.05 * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
    });
    variables.forEach((v, i) => {
      const [m, s] = memory[i] as readonly [Float32Array, Float32Array];
      v.update((w) =>
        kernels().adam(w as Floats, gradients[i]?.values as Floats, m, s, rate, 0.9, 0.999, 1e-7),
      );
    });
    return { loss, hidden };
  };
  return { step, variables };
}

function batches(count: number): Tensor[] {
  return Array.from({ length: count }, (_, i) =>
    tg.sin(
      tensor(
        Float32Array.from({ length: (i % 5 === 4 ? 3 : 7) * 6 }, (_, j) => i + j * 0.37),
        [i % 5 === 4 ? 3 : 7, 6],
      ),
    ),
  );
}

describe('compile', () => {
  it('gives the bits of the eager step, with a smaller last batch in between', () => {
    const data = batches(40);
    const eager = makeStep(3);
    const eagerLosses = data.map((x) => eager.step(x).loss.item());
    const fast = makeStep(3);
    const compiled = compile(fast.step);
    const losses = data.map((x) => compiled(x).loss.item());
    expect(losses).toEqual(eagerLosses);
    expect(compiled.replaying).toBe(true);
    fast.variables.forEach((v, i) => {
      expect(v.data()).toEqual(eager.variables[i]?.data());
    });
    expect(compiled.explain()).toContain('instructions of');
  });

  it('refuses a step that reads a value in the middle', () => {
    const step = compile((x: Tensor) => (tg.sum(x).item() > 0 ? tg.neg(x) : x));
    step(tensor([1, 2]));
    expect(() => step(tensor([1, 2]))).toThrow('compile: the step reads item() of a tensor []');
  });

  it('refuses a step that draws from Math.random', () => {
    const step = compile((x: Tensor) => tg.mul(x, Math.random()));
    const x = tensor([1, 2]);
    step(x);
    step(x);
    expect(() => step(x)).toThrow('an array of 1 numbers that JavaScript filled was not the same');
  });

  it('refuses a step whose calls change from run to run', () => {
    let n = 0;
    const step = compile((x: Tensor) => (n++ % 2 ? tg.neg(x) : tg.square(x)));
    const x = tensor([1, 2]);
    step(x);
    step(x);
    expect(() => step(x)).toThrow('call 0 was neg in one run of the step and square in the next');
  });
});
