import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cast, matmul, mean, square, sub, sum, transpose } from '../../../src/ops/index.ts';
import { pca } from '../../../src/ops/linalg/index.ts';
import { thrown } from '../../thrown.ts';
import { apart, draw, fixtures, read, skew } from './matrices.ts';

describe('pca', () => {
  it.each(fixtures.principal)('of $name is that of NumPy', (about) => {
    const x = read(about.x);
    const components = about.components.shape[0] ?? 0;
    const found = pca(x, { components });
    expect(apart(found.components, read(about.components))).toBeLessThan(1e-9);
    expect(apart(found.variances, read(about.variances))).toBeLessThan(1e-12);
    expect(found.totalVariance).toBeCloseTo(about.totalVariance, 10);
    expect(apart(found.encode(x), read(about.codes))).toBeLessThan(1e-9);
    expect(apart(found.decode(found.encode(x)), read(about.decoded))).toBeLessThan(1e-9);
  });

  it('leaves as squared error the variance that its components do not have', () => {
    const sizes = fc.record({
      n: fc.integer({ min: 2, max: 12 }),
      d: fc.integer({ min: 1, max: 14 }),
      k: fc.integer({ min: 1, max: 6 }),
      seed: fc.integer({ min: 0, max: 1e6 }),
    });
    fc.assert(
      fc.property(sizes, ({ n, d, k, seed }) => {
        const components = Math.min(n, d, k);
        const x = matmul(draw([n, d], seed), draw([d, d], seed + 1));
        const { encode, decode, variances, totalVariance, ...about } = pca(x, { components });
        expect(skew(transpose(about.components))).toBeLessThan(1e-12);
        const error = sum(square(sub(decode(encode(x)), x))).item() / (n - 1);
        expect(error).toBeCloseTo(totalVariance - sum(variances).item(), 9);
      }),
    );
  });

  it('has codes whose mean is 0, and samples that it decodes to with all components', () => {
    const x = draw([30, 4], 6);
    const { encode, decode } = pca(x);
    expect(apart(decode(encode(x)), x)).toBeLessThan(1e-13);
    for (const value of mean(encode(x), 0).data()) expect(value).toBeCloseTo(0, 13);
  });

  it('gives its first components as if no more had been asked for', () => {
    const x = draw([20, 5], 7);
    const [two, first] = [pca(x, { components: 2 }), pca(x).first(2)];
    expect(first.components.toArray()).toEqual(two.components.toArray());
    expect(first.variances.toArray()).toEqual(two.variances.toArray());
    expect(first.encode(x).toArray()).toEqual(two.encode(x).toArray());
    expect(thrown(() => first.first(3))).toBe(
      'OptionError: pca: components is 3; want a whole number from 1 to 2 that were found',
    );
  });

  it('adds batches up, in float32 to nearly what they are in float64', () => {
    const x = draw([5000, 3], 2);
    const half = pca(cast(x, 'float32'), { components: 2 });
    const exact = pca(x, { components: 2 });
    expect(half.components.dtype).toBe('float32');
    expect(apart(cast(half.components, 'float64'), exact.components)).toBeLessThan(1e-4);
    expect(apart(cast(half.variances, 'float64'), exact.variances)).toBeLessThan(1e-5);
  });

  it('refuses a single sample and components that there are not', () => {
    expect(thrown(() => pca([[1, 2]]))).toBe(
      'ShapeError: pca: x is [1,2]; want [n,d], at least 2 samples',
    );
    expect(thrown(() => pca(draw([3, 5], 1), { components: 4 }))).toBe(
      'OptionError: pca: components is 4; want a whole number from 1 to 3 for 3 samples of 5 features',
    );
    expect(thrown(() => pca(draw([3, 5], 1), { component: 4 } as object))).toBe(
      'OptionError: pca: no option component; did you mean components?',
    );
  });
});
