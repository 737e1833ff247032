/** What a compiled step may rely on between its runs, and what it refuses: never a wrong number. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { defaultGenerator, Generator, setSeed } from '../../src/core/random.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { type Tensor, tensor, Variable } from '../../src/core/tensor.ts';
import { kernels, useKernels } from '../../src/kernels/active.ts';
import { reference } from '../../src/kernels/reference.ts';
import { Adam, SGD } from '../../src/nn/optimisers.ts';
import { ExponentialDecay } from '../../src/nn/schedules.ts';
import * as tg from '../../src/ops/index.ts';

const here = /replay\.test\.ts:\d+:\d+/;

/** Calls a step often enough for it to be replayed from then on. */
function replaying<A extends readonly unknown[], R>(step: (...args: A) => R, ...args: A) {
  const compiled = compile(step);
  for (let i = 0; i < 4; i++) compiled(...args);
  expect(compiled.replaying).toBe(true);
  return compiled;
}

describe('a replayed step', () => {
  it('sees what was assigned to a variable from outside', () => {
    const w = new Variable([1, 2]);
    const step = replaying((x: Tensor) => tg.mul(x, w), tensor([1, 1]));
    w.assign([5, 7]);
    expect([...step(tensor([1, 10])).values]).toEqual([5, 70]);
  });

  it('tells its argument from the same tensor found outside', () => {
    const x = tensor([1, 2]);
    const step = replaying((y: Tensor) => tg.sub(y, x), x);
    expect([...step(tensor([10, 20])).values]).toEqual([9, 18]);
  });

  it('is refused when memory of a variable was transferred away', () => {
    const w = new Variable([1, 2]);
    const x = tensor([1, 1]);
    const step = replaying((y: Tensor) => tg.mul(y, w), x);
    const { buffer } = w.values;
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    expect(() => step(x)).toThrow(
      'compile: an array that the step uses was transferred away; want it where it was. Post a copy: structuredClone(variable.data())',
    );
  });

  it.each([
    ['native', kernels()],
    ['reference', reference],
  ])('that is refused for an index changes no variable: %s kernels', (_, table) => {
    const before = useKernels(table);
    try {
      const [rows, w] = [new Variable(tg.zeros([10, 4])), new Variable(tg.zeros([3000]))];
      const optimizer = new SGD({ learningRate: 0.1 });
      const step = (x: Tensor, places: Tensor) => {
        const a = tg.exp(x);
        const tape = new GradientTape();
        const loss = tape.record(() => tg.sum(tg.gather(rows, places)));
        const gradient = tape.gradient(loss, rows) as Tensor;
        optimizer.applyGradients([[x, w]]);
        return [tg.mul(a, w), gradient];
      };
      const places = (...values: number[]) => tensor(values, [2], 'int32');
      const compiled = replaying(step, tg.ones([3000]), places(1, 2));
      const old = w.data();
      expect(() => compiled(tg.ones([3000]), places(1, 99))).toThrow(
        'scatterAdd: indices has 99 in place 1; want at least 0 and less than 10',
      );
      expect(w.data()).toEqual(old);
    } finally {
      useKernels(before);
    }
  });

  it('takes views as arguments', () => {
    const square = (from: number) => tensor([from, from + 1, from + 2, from + 3], [2, 2]);
    const step = replaying(
      (x: Tensor) => tg.matmul(x, tensor([[1, 0], [0, 1]])), // biome-ignore format: one line
      tg.transpose(square(0)),
    );
    expect([...step(tg.transpose(square(4))).values]).toEqual([4, 6, 5, 7]);
  });

  it('is another step for another variable, another number and another word', () => {
    const [v, w] = [new Variable([1]), new Variable([2])];
    const step = compile((of: Variable, factor: number, sign: string) =>
      tg.mul(of, sign === '-' ? -factor : factor),
    );
    for (let i = 0; i < 6; i++) {
      expect(step(v, 3, '+').item()).toBe(3);
      expect(step(w, 3, '+').item()).toBe(6);
      expect(step(v, 0, '+').item()).toBe(0);
      expect(step(v, -0, '+').item()).toBe(-0);
      expect(step(v, 3, '-').item()).toBe(-3);
    }
  });

  it('returns a variable as itself', () => {
    const w = new Variable([1, 2]);
    const step = replaying((x: Tensor) => ({ w: w.assign(x) }), tensor([3, 4]));
    expect(step(tensor([5, 6])).w).toBe(w);
    expect([...w.values]).toEqual([5, 6]);
  });

  it('runs as it is under a tape, which gets its gradient', () => {
    const w = new Variable([2, 3]);
    const square = replaying((x: Tensor) => tg.sum(tg.mul(x, w)), tensor([1, 1]));
    const tape = new GradientTape();
    const loss = tape.record(() => square(tensor([4, 5])));
    expect([...tape.gradient(loss, w).values]).toEqual([4, 5]);
  });

  it('goes on with the stream of random numbers where eager code left it', () => {
    const draw = () => [...tg.randomUniform([3]).values];
    setSeed(5);
    const wanted = Array.from({ length: 14 }, draw);
    setSeed(5);
    const step = compile(() => tg.randomUniform([3]));
    const found = wanted.map((_, i) => (i % 3 === 1 ? draw() : [...step().values]));
    expect(found).toEqual(wanted);
    expect(step.replaying).toBe(true);
  });

  it('starts the stream anew where a seed is set', () => {
    const step = replaying(() => tg.randomUniform([3]));
    setSeed(8);
    const [, second] = [step(), [...step().values]];
    setSeed(8);
    tg.randomUniform([3]);
    expect(second).toEqual([...tg.randomUniform([3]).values]);
    expect(defaultGenerator().state[2]).toBe(2);
  });

  it('follows a learning rate that is changed or scheduled, and counts the steps', () => {
    const train = (wrap: <F extends (x: Tensor) => Tensor>(step: F) => F) => {
      const w = new Variable([1, 2]);
      const scheduled = new Adam({ learningRate: { at: (t: number) => 0.1 / (1 + t) } as never });
      const changed = new SGD({ learningRate: 0.1 });
      const step = wrap((x: Tensor) => {
        const loss = () => tg.sum(tg.square(tg.sub(w, x)));
        changed.minimize(loss, [w]);
        return scheduled.minimize(loss, [w]);
      });
      const losses = Array.from({ length: 12 }, (_, i) => {
        if (i === 7) (changed as { learningRate: number }).learningRate = 0.3;
        return step(tensor([i, 0.5])).item();
      });
      return [losses, [...w.values], scheduled.iterations, changed.iterations];
    };
    expect(train(compile as never)).toEqual(train((step) => step));
  });

  it('may let one optimiser step twice', () => {
    const train = (wrap: <F extends (x: Tensor) => Tensor>(step: F) => F) => {
      const w = new Variable([1, 2]);
      const adam = new Adam({ learningRate: 0.1 });
      const step = wrap((x: Tensor) => {
        adam.minimize(() => tg.sum(tg.square(tg.sub(w, x))), [w]);
        return adam.minimize(() => tg.sum(tg.square(tg.add(w, x))), [w]);
      });
      return Array.from({ length: 8 }, (_, i) => step(tensor([i, 0.5])).item());
    };
    expect(train(compile as never)).toEqual(train((step) => step));
  });

  it('survives a step that throws while it is recorded', () => {
    let n = 0;
    const step = compile((x: Tensor) => {
      const y = tg.square(x);
      if (++n === 2 || n === 4) throw new Error('once');
      return tg.neg(y);
    });
    const run = () => [...step(tensor([2])).values];
    expect(run()).toEqual([-4]);
    expect(run).toThrow('once');
    expect(run()).toEqual([-4]);
    expect(run).toThrow('once');
    expect(run()).toEqual([-4]);
    expect(run()).toEqual([-4]);
    expect(step.replaying).toBe(true);
    expect([...tg.relu(tensor([-1])).values]).toEqual([0]);
  });

  it('remembers what comes again and again among arguments that come once', () => {
    let runs = 0;
    const step = compile((x: Tensor, n: number) => {
      runs++;
      return tg.mul(x, n);
    });
    for (let i = 0; i < 100; i++) {
      expect(step(tensor([2]), -1).item()).toBe(-2);
      expect(step(tensor([2]), i).item()).toBe(2 * i);
    }
    expect(runs).toBe(3 + 100);
  });
});

it('tells a list with a hole from an empty one', () => {
  const step = replaying(
    (x: Tensor, list: unknown[]) => tg.mul(x, list.length),
    tensor([2]),
    [] as unknown[],
  );
  const hole = new Array(1);
  expect(step(tensor([2]), hole).item()).toBe(2);
});

describe('compile refuses', () => {
  /** The refusal that a step meets in its first calls. */
  function refusalOf(step: (x: Tensor) => unknown): string {
    const compiled = compile(step);
    for (let i = 0; i < 4; i++) {
      try {
        compiled(tensor([1, 2]));
      } catch (refusal) {
        return (refusal as Error).message;
      }
    }
    throw new Error('the step was not refused');
  }

  it('a number that comes from outside and changes, with the op and its line', () => {
    let count = 0;
    const said = refusalOf((x) => tg.clip(x, 0, ++count));
    expect(said).toMatch(/^compile: clip at /);
    expect(said).toMatch(here);
    expect(said).toContain('was given 2 in one run of the step and 3 in the next');
  });

  it('a branch, with the ops and their lines', () => {
    let count = 0;
    const said = refusalOf((x) => (++count % 2 ? tg.exp(x) : tg.log(x)));
    expect(said).toMatch(
      /call 0 was log at .*replay\.test\.ts:\d+:\d+ in one run .* and exp at .*replay/,
    );
  });

  it('ops that come and go', () => {
    let count = 0;
    const said = refusalOf((x) => (++count === 2 ? x : tg.exp(x)));
    expect(said).toMatch(/made 0 kernel calls in one run and 1 in the next, exp at .*replay\.test/);
  });

  it('a number that JavaScript fills in and changes', () => {
    let count = 0;
    expect(refusalOf((x) => tg.mul(x, ++count))).toMatch(
      /mul at .*replay\.test\.ts:\d+:\d+ reads an array of 1 numbers that JavaScript filled, not the same/,
    );
  });

  it('a tensor that the run before left behind, though its numbers are still the same', () => {
    let state = tensor([0, 0]);
    const said = refusalOf((x) => {
      state = tg.mul(tg.add(state, tg.sub(x, x)), 2);
      return state;
    });
    expect(said).toMatch(
      /add at .*replay\.test\.ts:\d+:\d+ reads an array that the run before had in another place/,
    );
  });

  it('a seed that is set, words that are drawn, though both runs look alike', () => {
    const said = refusalOf((x) => {
      setSeed(3);
      return tg.add(x, tg.randomUniform([2]));
    });
    expect(said).toContain('compile: the step sets the seed at ');
    expect(said).toMatch(here);
    expect(refusalOf((x) => (new Generator(1).words()[0] ? x : tg.neg(x)))).toMatch(
      /^compile: the step draws words from a generator at .*replay\.test/,
    );
  });

  it('a result that JavaScript makes', () => {
    let count = 0;
    expect(refusalOf(() => ({ count: ++count }))).toContain(
      'the step returned {"count":2} in one run and {"count":3} in the next',
    );
    expect(refusalOf(() => tensor([++count]))).toContain(
      'result 0 of the step is 1 numbers that no kernel made',
    );
  });

  it('a value that is read in the middle, with its line', () => {
    const said = refusalOf((x) => tg.mul(x, tg.sum(x).item()));
    expect(said).toContain('compile: the step reads item() of a tensor []');
    expect(said).toMatch(here);
  });

  it('the count of an optimiser, which goes on in replays, and a rate that hangs on it', () => {
    const w = new Variable([1, 2]);
    const scheduled = new Adam({
      learningRate: new ExponentialDecay({
        initialLearningRate: 0.1,
        decaySteps: 10,
        decayRate: 0.9,
      }),
    });
    const loss = (x: Tensor) => tg.sum(tg.square(tg.sub(w, x)));
    const branching = (x: Tensor) =>
      scheduled.minimize(() => (scheduled.iterations < 6 ? tg.mul(loss(x), 0.1) : loss(x)), [w]);
    const said = refusalOf(branching);
    expect(said).toContain('compile: the step reads iterations of Adam at ');
    expect(said).toMatch(here);
    expect(refusalOf((x) => tg.mul(x, scheduled.currentLearningRate()))).toContain(
      'the step reads iterations of Adam',
    );
    expect(refusalOf(() => Object.assign(scheduled, { iterations: 0 }))).toContain(
      'the step sets iterations of Adam',
    );
    expect(refusalOf(() => Object.assign(scheduled, { learningRate: 0.1 }))).toContain(
      'the step sets the learning rate of Adam',
    );
    // Outside a step both are free.
    scheduled.iterations = 3;
    expect(scheduled.currentLearningRate()).toBeCloseTo(0.1 * 0.9 ** 0.3);
    const fixed = new SGD({ learningRate: 0.5 });
    const step = compile((x: Tensor) => tg.mul(x, fixed.currentLearningRate()));
    expect(step(tensor([2])).item()).toBe(1);
  });

  it('a variable that is made anew by each run', () => {
    const said = refusalOf((x) => {
      const w = new Variable([1, 2]);
      return new SGD().minimize(() => tg.sum(tg.mul(w, x)), [w]);
    });
    expect(said).toMatch(/the array that mul at .*replay\.test\.ts:\d+:\d+ takes is made anew by/);
  });

  it('arguments and results that are neither tensors nor plain', () => {
    expect(refusalOf(() => () => 1)).toBe(
      'compile: an argument or result of the step is a function; want tensors, numbers, strings, and lists or plain objects of them',
    );
    expect(refusalOf(async (x) => x)).toContain('is a Promise; want');
    expect(refusalOf(() => Symbol('one'))).toContain('is a symbol; want');
  });
});
