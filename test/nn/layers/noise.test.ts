import { describe, expect, it } from 'vitest';
import { setSeed } from '../../../src/core/random.ts';
import { Dropout, GaussianNoise } from '../../../src/nn/layers/index.ts';
import { ones } from '../../../src/ops/index.ts';
import { thrown } from '../../thrown.ts';

describe('Dropout', () => {
  it('lets everything pass unless it trains', () => {
    const x = ones([3, 4]);
    expect(new Dropout(0.5).apply(x)).toBe(x);
  });

  it('drops its share and scales up the rest', () => {
    setSeed(1);
    const y = new Dropout(0.25).apply(ones([100, 100]), { training: true });
    const kept = y.values.filter((v: number) => v !== 0);
    expect(new Set(kept)).toEqual(new Set([Math.fround(4 / 3)]));
    expect(kept.length / 10_000).toBeCloseTo(0.75, 1);
  });

  it('drops others each time, and the same again from the same seed', () => {
    const layer = new Dropout(0.5);
    const run = () => [...layer.apply(ones([40]), { training: true }).values];
    setSeed(2);
    const [first, second] = [run(), run()];
    setSeed(2);
    expect(run()).toEqual(first);
    expect(second).not.toEqual(first);
  });

  it('makes floats of whole numbers', () => {
    const whole = ones([200], 'int32');
    const y = new Dropout(0.5).apply(whole, { training: true });
    expect([y.dtype, new Set(y.values)]).toEqual(['float32', new Set([0, 2])]);
    const noisy = new GaussianNoise(0.1).apply(whole, { training: true });
    expect(new Set(noisy.values).size).toBeGreaterThan(100);
  });

  it('refuses rates that are none', () => {
    expect(thrown(() => new Dropout(1))).toBe(
      'OptionError: Dropout: rate is 1; want a number of at least 0 and below 1',
    );
  });
});

describe('GaussianNoise', () => {
  it('adds noise of its deviation while training only', () => {
    setSeed(3);
    const layer = new GaussianNoise(0.1);
    const x = ones([10_000]);
    expect(layer.apply(x)).toBe(x);
    const noise = [...layer.apply(x, { training: true }).values].map((v) => v - 1);
    const mean = noise.reduce((s, v) => s + v, 0) / noise.length;
    const deviation = Math.sqrt(noise.reduce((s, v) => s + (v - mean) ** 2, 0) / noise.length);
    expect(mean).toBeCloseTo(0, 2);
    expect(deviation).toBeCloseTo(0.1, 2);
  });

  it('refuses deviations below 0', () => {
    expect(thrown(() => new GaussianNoise(-1))).toBe(
      'OptionError: GaussianNoise: stddev is -1; want a number of at least 0',
    );
  });
});
