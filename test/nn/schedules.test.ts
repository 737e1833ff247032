import { describe, expect, it } from 'vitest';
import {
  CosineDecay,
  ExponentialDecay,
  InverseTimeDecay,
  PiecewiseConstantDecay,
  PolynomialDecay,
} from '../../src/nn/schedules.ts';
import { thrown } from '../thrown.ts';

describe('schedules', () => {
  it('ExponentialDecay falls by the rate every decaySteps, smoothly or in stairs', () => {
    const options = { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.25 };
    const smooth = new ExponentialDecay(options);
    const stairs = new ExponentialDecay({ ...options, staircase: true });
    expect([0, 5, 10, 25].map((t) => smooth.at(t))).toEqual([0.1, 0.05, 0.025, 0.1 * 0.25 ** 2.5]);
    expect([0, 9, 10, 29].map((t) => stairs.at(t))).toEqual([0.1, 0.1, 0.025, 0.00625]);
  });

  it('InverseTimeDecay divides by more and more, smoothly or in stairs', () => {
    const options = { initialLearningRate: 2, decaySteps: 10, decayRate: 0.5 };
    const smooth = new InverseTimeDecay(options);
    const stairs = new InverseTimeDecay({ ...options, staircase: true });
    expect([0, 20, 60, 140].map((t) => smooth.at(t))).toEqual([2, 1, 0.5, 0.25]);
    expect([9, 29, 60].map((t) => stairs.at(t))).toEqual([2, 1, 0.5]);
  });

  it('PolynomialDecay falls along a power and stays at the end, or begins anew with longer ways', () => {
    const options = { initialLearningRate: 5, decaySteps: 10, endLearningRate: 1, power: 2 };
    const once = new PolynomialDecay(options);
    const again = new PolynomialDecay({ ...options, cycle: true });
    expect([0, 5, 10, 15].map((t) => once.at(t))).toEqual([5, 2, 1, 1]);
    // The second way is 20 steps long, the third 30.
    expect([0, 5, 10, 15, 20].map((t) => again.at(t))).toEqual([5, 2, 1, 1.25, 1]);
    expect(again.at(25)).toBeCloseTo(1 + 4 * (1 / 6) ** 2, 12);
    expect(new PolynomialDecay({ initialLearningRate: 1, decaySteps: 2 }).at(1)).toBe(0.50005);
  });

  it('CosineDecay falls along half a cosine to alpha times the rate and stays there', () => {
    const schedule = new CosineDecay({ initialLearningRate: 2, decaySteps: 100, alpha: 0.1 });
    const wanted = [2, 1.1, 0.2, 0.2];
    [0, 50, 100, 1000].forEach((t, i) => {
      expect(schedule.at(t)).toBeCloseTo(wanted[i] ?? 0, 12);
    });
  });

  it('CosineDecay warms up in a straight line and falls from the target', () => {
    const schedule = new CosineDecay({
      initialLearningRate: 0,
      decaySteps: 100,
      warmupTarget: 1,
      warmupSteps: 10,
    });
    const wanted = [0, 0.5, 1, 0.5, 0, 0];
    [0, 5, 10, 60, 110, 999].forEach((t, i) => {
      expect(schedule.at(t)).toBeCloseTo(wanted[i] ?? 0, 12);
    });
  });

  it('PiecewiseConstantDecay keeps a value up to and including its boundary', () => {
    const schedule = new PiecewiseConstantDecay({ boundaries: [10, 20], values: [3, 2, 1] });
    expect([0, 10, 11, 20, 21, 999].map((t) => schedule.at(t))).toEqual([3, 3, 2, 2, 1, 1]);
  });

  it('refuse settings that cannot be', () => {
    expect(thrown(() => new PiecewiseConstantDecay({ boundaries: [1], values: [1] }))).toBe(
      'OptionError: PiecewiseConstantDecay: 1 boundaries and 1 values; want one value more than boundaries',
    );
    expect(
      thrown(() => new PiecewiseConstantDecay({ boundaries: [2, 2], values: [1, 2, 3] })),
    ).toBe(
      'OptionError: PiecewiseConstantDecay: boundaries are 2, 2; want each larger than the one before',
    );
    expect(thrown(() => new PiecewiseConstantDecay([1, 2] as never))).toBe(
      'OptionError: PiecewiseConstantDecay: options are [1,2]; want an object with boundaries, values',
    );
    expect(thrown(() => new PiecewiseConstantDecay({ values: [1] } as never))).toBe(
      'OptionError: PiecewiseConstantDecay: boundaries is undefined; want a list of numbers',
    );
    const decay = { initialLearningRate: 1, decaySteps: 1, decayRate: 1 };
    expect(thrown(() => new ExponentialDecay({ ...decay, stair: true } as typeof decay))).toBe(
      'OptionError: ExponentialDecay: no option stair; want initialLearningRate, decaySteps, decayRate, staircase',
    );
    expect(thrown(() => new CosineDecay({ initialLearningRate: 1, decaySteps: 0 }))).toBe(
      'OptionError: CosineDecay: decaySteps is 0; want a number above 0',
    );
    expect(
      thrown(() => new ExponentialDecay({ initialLearningRate: -1, decaySteps: 1, decayRate: 1 })),
    ).toBe('OptionError: ExponentialDecay: initialLearningRate is -1; want a number of at least 0');
  });
});
