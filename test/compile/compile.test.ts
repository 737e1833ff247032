import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { checkNumerics } from '../../src/core/numerics.ts';
import { setSeed } from '../../src/core/random.ts';
import { eachStep } from '../../src/core/replay.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { Tensor, tensor, Variable } from '../../src/core/tensor.ts';
import { kernels, useKernels } from '../../src/kernels/active.ts';
import type { Floats } from '../../src/kernels/arrays.ts';
import { reference } from '../../src/kernels/reference.ts';
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
    eachStep([rate], () => {
      t++;
      rate[0] = (0.05 * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
    });
    variables.forEach((v, i) => {
      const [m, s] = memory[i] as readonly [Float32Array, Float32Array];
      v.update((w) =>
        kernels().adam(w as Floats, gradients[i]?.numbers as Floats, m, s, rate, 0.9, 0.999, 1e-7),
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
  });

  it.each<[string, (x: Tensor) => boolean, string]>([
    ['item()', (x) => tg.sum(x).item() > 0, '[]'],
    ['values', (x) => (x.values[0] as number) > 0, '[2]'],
    ['data()', (x) => (x.data()[0] as number) > 0, '[2]'],
  ])('refuses a step that reads %s in the middle', (what, holds, shape) => {
    const step = compile((x: Tensor) => (holds(x) ? tg.neg(x) : x));
    step(tensor([1, 2]));
    expect(() => step(tensor([1, 2]))).toThrow(
      `compile: the step reads ${what} of a tensor ${shape}`,
    );
  });

  it('refuses a step that draws from Math.random', () => {
    const step = compile((x: Tensor) => tg.mul(x, Math.random()));
    const x = tensor([1, 2]);
    step(x);
    expect(() => step(x)).toThrow(
      /compile: the step draws from Math\.random at .*compile\.test\.ts:\d+:\d+, which replays would leave out/,
    );
    expect(Math.random()).toBeLessThan(1);
  });

  it('refuses a step whose calls change from run to run', () => {
    let n = 0;
    const step = compile((x: Tensor) => (n++ % 2 ? tg.neg(x) : tg.square(x)));
    const x = tensor([1, 2]);
    step(x);
    step(x);
    expect(() => step(x)).toThrow(
      /call 0 was neg at .*compile\.test\.ts:\d+:\d+ in one run of the step and square at .*compile\.test\.ts/,
    );
  });
});

describe('a replayed step', () => {
  /** Calls a compiled step until it replays, and compares every result with the step as it is. */
  function expectEqualBits<A extends readonly unknown[]>(
    make: () => (...args: A) => unknown,
    calls: readonly A[],
  ): void {
    setSeed(11);
    const eager = make();
    const wanted = calls.map((args) => numbersIn(eager(...args)));
    setSeed(11);
    const compiled = compile(make());
    const found = calls.map((args) => numbersIn(compiled(...args)));
    // toEqual takes long over the numbers of arrays.
    if (!isDeepStrictEqual(found, wanted)) expect(found).toEqual(wanted);
    expect(compiled.replaying).toBe(true);
  }

  function numbersIn(tree: unknown): unknown {
    if (tree instanceof Tensor) return [tree.shape, tree.data()];
    if (Array.isArray(tree)) return tree.map(numbersIn);
    if (typeof tree !== 'object' || tree === null) return tree;
    return Object.fromEntries(Object.entries(tree).map(([name, part]) => [name, numbersIn(part)]));
  }

  const inputs = Array.from({ length: 6 }, (_, i) => [
    tg.sin(
      tensor(
        Float32Array.from({ length: 300 * 5 }, (_, j) => i + j * 0.11),
        [300, 5],
      ),
    ),
  ]) as [Tensor][];

  it('draws its random numbers from the same stream', () => {
    expectEqualBits(() => (x: Tensor) => tg.dropout(tg.add(x, tg.randomNormal([5])), 0.3), inputs);
  });

  it('returns nested results, its own arguments and plain values', () => {
    expectEqualBits(
      () => (x: Tensor) => ({ same: x, list: [tg.neg(x), tg.transpose(x)], text: 'loss', n: 3 }),
      inputs,
    );
  });

  it('joins bias additions over rows with what follows', () => {
    expectEqualBits(() => {
      const bias = new Variable(tg.randomNormal([5]));
      return (x: Tensor) => tg.relu(tg.add(tg.mul(x, 2), bias));
    }, inputs);
  });

  it('pads, gathers, slices, joins and sums along any axis', () => {
    expectEqualBits(
      () => (x: Tensor) => {
        const padded = tg.pad(x, [[1, 2], [0, 3]], 0.5); // biome-ignore format: one line
        const parts = tg.concat([tg.gather(padded, [3, 1, 3]), tg.slice(padded, [2], [4])]);
        return [tg.sum(parts, 0), tg.max(parts, 1), tg.softmax(parts), tg.argmax(parts, 1)];
      },
      inputs,
    );
  });

  it('changes variables that are assigned in it', () => {
    expectEqualBits(() => {
      const average = new Variable(tg.zeros([5]), { trainable: false });
      return (x: Tensor) => {
        average.assign(tg.add(tg.mul(average, 0.9), tg.mul(tg.mean(x, 0), 0.1)));
        return tg.clone(average);
      };
    }, inputs);
  });

  it('updates a variable twice, one update after the other', () => {
    const make = () => {
      const w = new Variable(tg.randomNormal([5]));
      const rate = Float32Array.of(0.1);
      const none = new Float32Array(0);
      return (x: Tensor) => {
        const g = tg.sum(x, 0).numbers as Floats;
        for (let i = 0; i < 2; i++) {
          w.update((values) => kernels().sgd(values as Floats, g, none, rate, 0, false));
        }
        return tg.clone(w);
      };
    };
    expectEqualBits(make, inputs);
    const step = compile(make());
    for (const [x] of inputs) step(x);
    expect(step.report().filter(({ name }) => name === 'sweep: sgd')).toHaveLength(2);
  });

  it('computes on integers and in float64 as the eager step does', () => {
    expectEqualBits(
      () => (x: Tensor) => {
        const count = tg.sum(tg.cast(tg.greater(x, 0), 'int32'));
        return [count, tg.exp(tg.cast(x, 'float64'))];
      },
      inputs,
    );
  });

  it('works on the reference kernels', () => {
    const before = useKernels(reference);
    try {
      expectEqualBits(() => (x: Tensor) => tg.mean(tg.square(tg.sub(tg.sigmoid(x), x))), inputs);
    } finally {
      useKernels(before);
    }
  });

  it('drops calls that nobody reads', () => {
    const step = compile((x: Tensor) => {
      tg.exp(tg.neg(x));
      return tg.square(x);
    });
    for (const [x] of inputs) step(x);
    expect(step.report().map(({ name }) => name)).toEqual(['run: square']);
  });

  it('runs as it is inside another compiled step, and while numbers are watched', () => {
    const inner = compile((x: Tensor) => tg.square(x));
    expectEqualBits(() => (x: Tensor) => tg.neg(inner(x)), inputs);
    const step = compile((x: Tensor) => tg.log(x));
    const x = tensor([1, -1]);
    for (let i = 0; i < 5; i++) step(x);
    expect(() => checkNumerics(() => step(x))).toThrow('log: element 1 of the output [2] is NaN');
  });

  it('refuses a variable whose numbers were read in the middle', () => {
    const v = new Variable([1, 2]);
    const step = compile((x: Tensor) => tg.mul(x, Math.max(...v.data())));
    step(tensor([1]));
    expect(() => step(tensor([1]))).toThrow('compile: the step reads data() of a tensor [2]');
  });

  it('times its instructions when asked', () => {
    const step = compile((x: Tensor) => tg.sum(tg.exp(x)), { timed: true });
    for (const [x] of inputs) step(x);
    const [first] = step.report();
    expect(first?.kernels).toContain('exp');
    expect(first?.nanoseconds).toBeGreaterThan(0);
  });
});
