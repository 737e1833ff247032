import { describe, expect, it } from 'vitest';
import { fromArray, tensor } from '../../src/core/tensor.ts';
import { add, mul, reshape, slice } from '../../src/ops/index.ts';
import { crossValScore, kFold, LinearRegression } from '../../src/programs/linear-regression.ts';
import { thrown } from '../thrown.ts';

describe('LinearRegression', () => {
  const X = tensor([[1], [2], [3], [4]], undefined, 'float64');
  const y = tensor([3, 5, 7, 10], undefined, 'float64');

  it('finds the line by least squares', () => {
    const line = new LinearRegression().fit(X, y);
    expect(line.coefficients?.item()).toBeCloseTo(2.3, 12);
    expect(line.intercept?.item()).toBeCloseTo(0.5, 12);
    expect(line.predict(X).shape).toEqual([4]);
    // Errors 0.2, −0.1, −0.4, 0.3, of deviations −3.25, −1.25, 0.75, 3.75.
    expect(line.score(X, y)).toBeCloseTo(1 - 0.3 / 26.75, 12);
  });

  it('lets the intercept be what it must when there are more features than samples', () => {
    const wide = tensor([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    const line = new LinearRegression().fit(wide, tensor([101, 99]));
    // Without centring, the shortest solution would put all of 101 and 99 on the coefficients.
    const found = line.coefficients?.data() ?? [];
    [1, -1, 0].forEach((coefficient, i) => {
      expect(found[i]).toBeCloseTo(coefficient, 5);
    });
    expect(line.intercept?.item()).toBeCloseTo(100, 4);
  });

  it('wants to be fitted first', () => {
    expect(thrown(() => new LinearRegression().predict(X))).toBe(
      'OptionError: LinearRegression: it has no coefficients yet; want fit(X, y) first',
    );
  });
});

describe('kFold', () => {
  it('cuts rows in their order, the first parts longer, as scikit-learn does', () => {
    expect(kFold(7, 3).map(({ test }) => test)).toEqual([
      [0, 1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(kFold(7, 3)[1]?.train).toEqual([0, 1, 2, 5, 6]);
  });

  it('refuses parts that there cannot be', () => {
    expect(thrown(() => kFold(4, 5))).toBe(
      'OptionError: kFold: 4 rows in 5 parts; want a whole number of parts from 2 to 4',
    );
    expect(thrown(() => kFold(4, 1))).toBe(
      'OptionError: kFold: 4 rows in 1 parts; want a whole number of parts from 2 to 4',
    );
  });
});

describe('crossValScore', () => {
  it('gives the figures of the post for the numbers of the post', () => {
    const randn = numpyNormals(0);
    const X = fromArray(Float64Array.from({ length: 1000 * 900 }, randn), [1000, 900]);
    const noise = fromArray(Float64Array.from({ length: 1000 }, randn), [1000]);
    const x0 = reshape(slice(X, [0, 0], [1000, 1]), [1000]);
    const y = add(add(mul(2, x0), 1), mul(0.1, noise));
    const digits = (scores: readonly number[]) => scores.map((score) => Number(score.toFixed(8)));
    // Centring makes one singular value 0 but for roundoff. NumPy takes it for 0, as here; the post's scikit-learn, before
    // 1.6, divided by it, and printed 0.88558154 0.87775961 0.87564832 0.86230888 0.8796105.
    expect(digits(crossValScore(new LinearRegression(), X, y))).toEqual([
      0.88650667, 0.87812702, 0.87531682, 0.86401302, 0.88026392,
    ]);
    const few = slice(X, [0, 0], [1000, 10]);
    expect(digits(crossValScore(new LinearRegression(), few, y))).toEqual([
      0.99701015, 0.99746395, 0.99780414, 0.99752536, 0.99745693,
    ]);
  }, 120_000);
});

/** numpy.random.seed and randn: the Mersenne Twister (M. Matsumoto and T. Nishimura, 1998) and Marsaglia's polar method. */
function numpyNormals(seed: number): () => number {
  const state = Uint32Array.of(seed, ...new Array(623).fill(0));
  const at = (i: number) => state[i % 624] ?? 0;
  for (let i = 1; i < 624; i++) {
    state[i] = Math.imul(1812433253, at(i - 1) ^ (at(i - 1) >>> 30)) + i;
  }
  let next = 624;
  const word = () => {
    if (next === 624) {
      for (let i = 0; i < 624; i++) {
        const mixed = (at(i) & 0x80000000) | (at(i + 1) & 0x7fffffff);
        state[i] = at(i + 397) ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
      }
      next = 0;
    }
    let y = at(next++);
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
  const uniform = () => {
    const high = word() >>> 5;
    return 2 * ((high * 2 ** 26 + (word() >>> 6)) / 2 ** 53) - 1;
  };
  let kept: number | undefined;
  return () => {
    if (kept !== undefined) {
      const value = kept;
      kept = undefined;
      return value;
    }
    for (;;) {
      const [x1, x2] = [uniform(), uniform()];
      const r2 = x1 * x1 + x2 * x2;
      if (r2 >= 1 || r2 === 0) continue;
      const f = Math.sqrt((-2 * Math.log(r2)) / r2);
      kept = f * x1;
      return f * x2;
    }
  };
}
