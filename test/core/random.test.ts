import { describe, expect, it } from 'vitest';
import { defaultGenerator, Generator, setSeed } from '../../src/core/random.ts';
import { randomNormal, randomUniform } from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

describe('a seed', () => {
  it('gives the same numbers again', () => {
    setSeed(7);
    const first = [randomUniform([3]).toArray(), randomNormal([2]).toArray()];
    setSeed(7);
    expect([randomUniform([3]).toArray(), randomNormal([2]).toArray()]).toEqual(first);
    setSeed(8);
    expect(randomUniform([3]).toArray()).not.toEqual(first[0]);
  });

  it('may have 53 bits, and the upper ones count', () => {
    const low = new Generator(5).words();
    const high = new Generator(5 + 2 ** 32).words();
    expect(high).not.toEqual(low);
    expect(new Generator(2 ** 53 - 1).words()).toEqual(new Generator(2 ** 53 - 1).words());
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('of %s is refused', (seed) => {
    expect(thrown(() => setSeed(seed))).toBe(
      `OptionError: seed: it is ${seed}; want a whole number from 0 to 2^53 − 1`,
    );
  });
});

describe('a generator', () => {
  it('is the stream of the seed, whoever reads it', () => {
    setSeed(3);
    const fromDefault = randomUniform([5]).toArray();
    const generator = new Generator(3);
    expect(randomUniform([5], { generator }).toArray()).toEqual(fromDefault);
  });

  it('goes on from a saved state', () => {
    const generator = new Generator(11);
    randomUniform([10], { generator });
    const saved = generator.state.slice();
    const next = randomUniform([4], { generator }).toArray();
    const restored = new Generator(0);
    restored.state.set(saved);
    expect(randomUniform([4], { generator: restored }).toArray()).toEqual(next);
  });

  it('carries its counter over 32 bits', () => {
    const generator = new Generator(1);
    generator.state[2] = -1;
    generator.words();
    expect([...generator.state.subarray(2)]).toEqual([0, 1]);
  });

  it('splits into streams of their own, the same ones for the same seed', () => {
    const a = new Generator(9);
    const b = new Generator(9);
    const [one, two] = [a.split(), a.split()];
    expect(one.words()).not.toEqual(two.words());
    expect(b.split().words()).toEqual(new Generator(9).split().words());
  });

  it('is the default one whatever seed is set', () => {
    setSeed(1);
    const first = defaultGenerator();
    const state = [...first.state];
    first.words();
    setSeed(1);
    expect(defaultGenerator()).toBe(first);
    expect([...first.state]).toEqual(state);
  });
});
