import { describe, expect, it } from 'vitest';
import { Generator } from '../../src/core/random.ts';
import { fromArray, type Tensor, Variable } from '../../src/core/tensor.ts';
import * as initialisers from '../../src/nn/initialisers.ts';
import { Adagrad, Adam, AdamW, type Optimiser, RMSprop, SGD } from '../../src/nn/optimisers.ts';
import { ExponentialDecay } from '../../src/nn/schedules.ts';
import { zip } from '../../src/nn/zip.ts';
import { mul, square, sub, sum } from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

const seed = 20;
const gradients = Array.from({ length: 12 }, (_, t) =>
  initialisers.randomNormal({ stddev: 1, generator: new Generator(seed + t) })([3], 'float64'),
);
const start = [0.5, -1.25, 2];

/** Weights after all the gradients, in float64. */
function weightsAfter(optimizer: Optimiser): number[] {
  const w = new Variable(Float64Array.from(start), { name: 'w' });
  for (const g of gradients) optimizer.applyGradients(zip([g], [w]));
  return [...w.data()];
}

/** The same, one number at a time, by a formula written as the paper writes it. */
function byHand(update: (w: number, g: number, t: number, memory: number[]) => number): number[] {
  return start.map((first, i) => {
    const memory: number[] = [];
    return gradients.reduce((w, g, t) => update(w, g.values[i] ?? 0, t + 1, memory), first);
  });
}

function expectClose(found: readonly number[], wanted: readonly number[]): void {
  expect(found).toHaveLength(wanted.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - (wanted[i] ?? Number.NaN)), `seed ${seed}, number ${i}`).toBeLessThan(
      1e-13,
    );
  });
}

/** Sum of decay^(t − i) · x_i over the steps so far: a fading sum in its closed form. */
function fadingSum(xs: readonly number[], decay: number): number {
  return xs.reduce((total, x, i) => total + x * decay ** (xs.length - 1 - i), 0);
}

describe('optimisers against their formulas, in float64', () => {
  it('SGD goes down the gradient', () => {
    expectClose(
      weightsAfter(new SGD({ learningRate: 0.1 })),
      byHand((w, g) => w - 0.1 * g),
    );
  });

  it('SGD with momentum steps by a fading sum of gradients', () => {
    const wanted = byHand((w, g, _t, seen) => {
      seen.push(g);
      return w - 0.1 * fadingSum(seen, 0.9);
    });
    expectClose(weightsAfter(new SGD({ learningRate: 0.1, momentum: 0.9 })), wanted);
  });

  it("Nesterov's momentum steps by the velocity it will have after another such gradient", () => {
    const wanted = byHand((w, g, _t, seen) => {
      seen.push(g);
      return w - 0.1 * (g + 0.9 * fadingSum(seen, 0.9));
    });
    const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9, nesterov: true });
    expectClose(weightsAfter(optimizer), wanted);
  });

  it('RMSprop divides by the root of the mean square', () => {
    const wanted = byHand((w, g, _t, seen) => {
      seen.push(g * g);
      return w - (0.01 * g) / Math.sqrt(0.1 * fadingSum(seen, 0.9) + 1e-7);
    });
    expectClose(weightsAfter(new RMSprop({ learningRate: 0.01 })), wanted);
  });

  it('RMSprop centered with momentum divides by the deviation and adds its steps up', () => {
    const steps = new Map<number[], number[]>();
    const wanted = byHand((w, g, _t, seen) => {
      seen.push(g);
      const squares = seen.map((x) => x * x);
      const variance = 0.2 * fadingSum(squares, 0.8) - (0.2 * fadingSum(seen, 0.8)) ** 2;
      const taken = steps.get(seen) ?? [];
      steps.set(seen, taken);
      taken.push((0.01 * g) / Math.sqrt(variance + 1e-3));
      return w - fadingSum(taken, 0.5);
    });
    const optimizer = new RMSprop({
      learningRate: 0.01,
      rho: 0.8,
      momentum: 0.5,
      epsilon: 1e-3,
      centered: true,
    });
    expectClose(weightsAfter(optimizer), wanted);
  });

  it('Adagrad divides by the root of all squares so far, which start at 0.1', () => {
    const wanted = byHand((w, g, _t, seen) => {
      seen.push(g * g);
      return w - (0.1 * g) / (Math.sqrt(0.1 + fadingSum(seen, 1)) + 1e-7);
    });
    expectClose(weightsAfter(new Adagrad({ learningRate: 0.1 })), wanted);
  });

  const adamStep = (g: number, t: number, seen: number[]): number => {
    seen.push(g);
    const m = 0.1 * fadingSum(seen, 0.9);
    const v =
      0.001 *
      fadingSum(
        seen.map((x) => x * x),
        0.999,
      );
    const rate = (0.001 * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
    return (rate * m) / (Math.sqrt(v) + 1e-7);
  };

  it('Adam has its epsilon outside the bias correction', () => {
    const wanted = byHand((w, g, t, seen) => w - adamStep(g, t, seen));
    expectClose(weightsAfter(new Adam()), wanted);
  });

  it('AdamW takes lr · weightDecay of the weight away first', () => {
    const wanted = byHand((w, g, t, seen) => w * (1 - 0.001 * 0.004) - adamStep(g, t, seen));
    expectClose(weightsAfter(new AdamW()), wanted);
  });

  it('the first step of Adam is the learning rate, whatever the size of the gradient', () => {
    const w = new Variable([0, 0]);
    new Adam({ learningRate: 0.01 }).applyGradients(
      zip([fromArray(Float32Array.of(5, -0.02), [2])], [w]),
    );
    expect(w.values[0]).toBeCloseTo(-0.01, 5);
    expect(w.values[1]).toBeCloseTo(0.01, 5);
  });

  it('a schedule gives the rate of each step, the first being step 0', () => {
    const learningRate = new ExponentialDecay({
      initialLearningRate: 0.5,
      decaySteps: 1,
      decayRate: 0.5,
    });
    const wanted = byHand((w, g, t) => w - 0.5 * 0.5 ** (t - 1) * g);
    expectClose(weightsAfter(new SGD({ learningRate })), wanted);
  });

  it('clipping limits each element, each gradient, or all of them together', () => {
    const stepsWith = (options: object): number[][] => {
      const a = new Variable(Float64Array.of(0, 0));
      const b = new Variable(Float64Array.of(0));
      const given = [Float64Array.of(3, -4), Float64Array.of(12)].map((g) =>
        fromArray(g, [g.length]),
      );
      new SGD({ learningRate: 1, ...options }).applyGradients(zip(given, [a, b]));
      return [[...a.data()].map((x) => -x), [...b.data()].map((x) => -x)];
    };
    expect(stepsWith({ clipvalue: 3.5 })).toEqual([[3, -3.5], [3.5]]);
    expect(stepsWith({ clipnorm: 10 })).toEqual([[3, -4], [10]]);
    const [a, b] = stepsWith({ globalClipnorm: 6.5 }); // the norm of (3, −4, 12) is 13
    expectClose([...(a ?? []), ...(b ?? [])], [1.5, -2, 6]);
  });
});

describe('an optimiser', () => {
  const quadratic = (w: Variable) => () => sum(square(sub(w, 3)));

  it('minimizes a loss and returns what it was before each step', () => {
    const w = new Variable([10, -4]);
    const optimizer = new SGD({ learningRate: 0.25 });
    const losses = [1, 2, 3].map(() => optimizer.minimize(quadratic(w), [w]).item());
    expect(losses).toEqual([98, 24.5, 6.125]); // the distance is halved at each step
    expect(optimizer.iterations).toBe(3);
  });

  it('goes on from a saved state as if it had never stopped', () => {
    const run = (stopAfter: number): number[] => {
      let w = new Variable([1, 2]);
      let optimizer = new AdamW({ learningRate: 0.1 });
      for (let t = 0; t < 10; t++) {
        if (t === stopAfter) {
          const state = optimizer.state([w]);
          w = new Variable(w);
          optimizer = new AdamW({ learningRate: 0.1 });
          optimizer.restore(state, [w]);
        }
        optimizer.minimize(quadratic(w), [w]);
      }
      return [...w.data()];
    };
    expect(run(4)).toEqual(run(-1));
  });

  it('leaves variables without a gradient as they are', () => {
    const [a, b] = [new Variable([1]), new Variable([2])];
    const pairs: [Tensor | undefined, Variable][] = [
      [undefined, a],
      [mul(b, 1), b],
    ];
    new SGD({ learningRate: 1 }).applyGradients(pairs);
    expect([a.item(), b.item()]).toEqual([1, 0]);
  });

  it('refuses what does not fit in a sentence', () => {
    const w = new Variable([1, 2], { name: 'w' });
    const optimizer = new SGD();
    expect(thrown(() => optimizer.applyGradients([]))).toBe(
      'OptionError: applyGradients: no gradient came in; want at least one',
    );
    expect(thrown(() => optimizer.applyGradients([[fromArray(new Float32Array(3), [3]), w]]))).toBe(
      'ShapeError: applyGradients: the gradient is float32 [3] and the variable w [2] is float32; want the same shape and type',
    );
    expect(thrown(() => new Adam({ learningRate: -1 }))).toBe(
      'OptionError: Adam: learningRate is -1; want a number of at least 0, or a schedule',
    );
    expect(thrown(() => new Adam({ learningRate: '0.5' as unknown as number }))).toBe(
      'OptionError: Adam: learningRate is "0.5"; want a number of at least 0, or a schedule',
    );
    expect(thrown(() => new SGD(0.5 as never))).toBe(
      'OptionError: SGD: the learning rate came in by itself; want new SGD({ learningRate: 0.5 })',
    );
    const schedule = new ExponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 1 });
    expect(thrown(() => new Adam(schedule as never))).toBe(
      'OptionError: Adam: the learning rate came in by itself; want new Adam({ learningRate: schedule })',
    );
    expect(thrown(() => new AdamW({ learning_rate: 1 } as object))).toBe(
      'OptionError: AdamW: no option learning_rate; did you mean learningRate?',
    );
    expect(thrown(() => new AdamW({ lr: 1 } as object))).toBe(
      'OptionError: AdamW: no option lr; want learningRate, clipnorm, clipvalue, globalClipnorm, beta1, beta2, epsilon, weightDecay',
    );
    expect(thrown(() => new Adam({ beta1: 1 }))).toBe(
      'OptionError: Adam: beta1 is 1; want a number of at least 0 and below 1',
    );
    expect(thrown(() => new SGD({ clipnorm: 1, clipvalue: 2 }))).toBe(
      'OptionError: SGD: clipnorm and clipvalue were given; want one of them',
    );
    expect(thrown(() => new SGD({ clipnorm: 0 }))).toBe(
      'OptionError: SGD: clipnorm is 0; want a number above 0',
    );
    expect(thrown(() => new Adam().restore({ iterations: 1, slots: [{}] }, [w]))).toBe(
      'ShapeError: restore: m of w [2] is missing; want the shape of the variable',
    );
    expect(thrown(() => zip([1, 2], [3]))).toBe(
      'OptionError: zip: 2 on the left and 1 on the right; want as many of each',
    );
  });
});
