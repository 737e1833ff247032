import { describe, expect, it } from 'vitest';
import { Generator } from '../../src/core/random.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { dropout, mean, mul, ones, randomNormal, randomUniform, sum, tensor, truncatedNormal, variance } from '../../src/index.ts'; // biome-ignore format: one line

const many = 100_000;
const from = (seed: number) => ({ generator: new Generator(seed) });

describe('moments of many numbers, seed 1', () => {
  it('uniform: mean 1/2, variance 1/12, all within [0, 1)', () => {
    const x = randomUniform([many], from(1));
    expect(mean(x).item()).toBeCloseTo(0.5, 2);
    expect(variance(x).item()).toBeCloseTo(1 / 12, 2);
    expect(x.values.every((v: number) => v >= 0 && v < 1)).toBe(true);
  });

  it('uniform between other ends, the upper one never reached', () => {
    const x = randomUniform([many], { minval: -3, maxval: -1, ...from(1) });
    expect(mean(x).item()).toBeCloseTo(-2, 1);
    expect(x.values.every((v: number) => v >= -3 && v < -1)).toBe(true);
    expect(randomUniform([2], { minval: 4, maxval: 4 }).toArray()).toEqual([4, 4]);
  });

  it('whole numbers: each equally often, the upper end never', () => {
    const x = randomUniform([many], { minval: -1, maxval: 3, dtype: 'int32', ...from(1) });
    const counts = new Map<number, number>();
    for (const v of x.values) counts.set(v, (counts.get(v) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2]);
    for (const n of counts.values()) expect(Math.abs(n / many - 0.25)).toBeLessThan(0.01);
  });

  it('normal: mean and stddev as asked', () => {
    const x = randomNormal([many], { mean: 3, stddev: 2, ...from(1) });
    expect(mean(x).item()).toBeCloseTo(3, 1);
    expect(Math.sqrt(variance(x).item())).toBeCloseTo(2, 1);
  });

  it('truncated normal: nothing beyond two stddev, and so a smaller spread', () => {
    const x = truncatedNormal([many], { mean: 1, stddev: 0.5, ...from(1) });
    expect(x.values.every((v: number) => Math.abs(v - 1) <= 1)).toBe(true);
    expect(mean(x).item()).toBeCloseTo(1, 2);
    // Variance of the standard normal cut at ±2: 1 − 4 φ(2) / (2 Φ(2) − 1).
    expect(variance(x).item() / 0.25).toBeCloseTo(0.7737, 1);
  });
});

it('draws nothing for an empty shape and one number for no axes', () => {
  expect(randomNormal([0, 3]).shape).toEqual([0, 3]);
  expect(randomUniform([]).size).toBe(1);
});

it('draws float64 when asked', () => {
  expect(randomNormal([2], { dtype: 'float64' }).dtype).toBe('float64');
});

describe('dropout', () => {
  it('zeroes about a share of the elements and scales the others, seed 2', () => {
    const y = dropout(ones([many]), 0.25, from(2));
    const kept = [...y.values].filter((v) => v !== 0);
    expect(Math.abs(kept.length / many - 0.75)).toBeLessThan(0.01);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.75)]));
    expect(mean(y).item()).toBeCloseTo(1, 1);
  });

  it('gives back x itself at rate 0', () => {
    const x = tensor([1, 2]);
    expect(dropout(x, 0)).toBe(x);
  });

  it('passes the gradient through what it kept, scaled alike', () => {
    const x = ones([50]);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => dropout(x, 0.5, from(3)));
    expect(tape.gradient(sumOf(tape, y), x).toArray()).toEqual(y.toArray());
  });

  it('zeroes infinities and NaN for good', () => {
    const y = dropout(tensor([Infinity, Number.NaN, Infinity, Number.NaN]), 0.99999, from(4));
    expect(y.toArray()).toEqual([0, 0, 0, 0]);
  });
});

function sumOf(tape: GradientTape, y: ReturnType<typeof ones>) {
  return tape.record(() => sum(mul(y, 1)));
}
