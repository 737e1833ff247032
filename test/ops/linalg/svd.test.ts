import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tensor } from '../../../src/core/tensor.ts';
import { matmul, mul, transpose } from '../../../src/ops/index.ts';
import { svd } from '../../../src/ops/linalg/index.ts';
import { thrown } from '../../thrown.ts';
import { apart, draw, fixtures, matrices, read, skew } from './matrices.ts';

describe('svd', () => {
  it.each(fixtures.general)('of a matrix that is $name has the values of NumPy', ({ a, s }) => {
    const found = svd(read(a));
    expect(found.s.shape).toEqual(s.shape);
    expect(apart(found.s, read(s))).toBeLessThan(1e-14);
  });

  it('multiplies to the matrix, with orthonormal columns and values that fall', () => {
    fc.assert(
      fc.property(matrices(), (a) => {
        const [m = 0, n = 0] = a.shape;
        const { u, s, v } = svd(a);
        const p = Math.min(m, n);
        expect([u.shape, s.shape, v.shape]).toEqual([[m, p], [p], [n, p]]);
        expect(apart(matmul(mul(u, s), transpose(v)), a)).toBeLessThan(1e-13);
        expect(skew(u)).toBeLessThan(1e-13);
        expect(skew(v)).toBeLessThan(1e-13);
        const values = Array.from(s.data());
        expect(values).toEqual(values.toSorted((x, y) => y - x));
        expect(values.every((value) => value >= 0)).toBe(true);
      }),
    );
  });

  it('finds small values as exactly as large ones', () => {
    // Orthogonal columns of lengths 1e0 … 1e-18: the lengths are the singular values.
    const lengths = [1, 1e-6, 1e-12, 1e-18];
    const signs = [
      [1, 1, 1, 1],
      [1, -1, 1, -1],
      [1, 1, -1, -1],
      [1, -1, -1, 1],
    ];
    const a = Float64Array.from(
      signs.flatMap((row) => row.map((x, j) => (x * (lengths[j] ?? 0)) / 2)),
    );
    const { s } = svd(tensor(a, [4, 4]));
    lengths.forEach((length, i) => {
      expect((s.data()[i] ?? 0) / length).toBeCloseTo(1, 12);
    });
  });

  it('takes a matrix of a hundred rows', () => {
    const a = draw([100, 60], 8);
    const { u, s, v } = svd(a);
    expect(apart(matmul(mul(u, s), transpose(v)), a)).toBeLessThan(1e-13);
  });

  it('refuses what is no matrix', () => {
    expect(thrown(() => svd([[[1]]]))).toBe(
      'ShapeError: svd: a is [1,1,1]; want [m,n], neither of them 0',
    );
  });
});
