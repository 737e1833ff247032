import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, matmul, mul, transpose } from '../../../src/ops/index.ts';
import { eigh } from '../../../src/ops/linalg/index.ts';
import { thrown } from '../../thrown.ts';
import { apart, draw, fixtures, identity, matrices, read, skew } from './matrices.ts';

describe('eigh', () => {
  it.each(fixtures.symmetric)('of a matrix that is $name is that of NumPy', (about) => {
    const { values, vectors } = eigh(read(about.a));
    expect(apart(values, read(about.values))).toBeLessThan(1e-14);
    // Up to the sign of each vector, which nothing fixes: |vᵢ · wᵢ| = 1.
    const n = values.size;
    const products = matmul(vectors, read(about.vectors), { transposeA: true }).data();
    const along = Array.from({ length: n }, (_, i) => Math.abs(products[i * n + i] ?? 0));
    for (const share of along) expect(share).toBeCloseTo(1, 10);
  });

  it('multiplies to the matrix, with orthonormal vectors and values that rise', () => {
    fc.assert(
      fc.property(matrices(8), (a) => {
        const symmetric = matmul(mul(a, 1e-140), mul(transpose(a), 1e-140)); // of any rank
        const { values, vectors } = eigh(symmetric);
        const again = matmul(mul(vectors, values), transpose(vectors));
        expect(apart(again, symmetric)).toBeLessThan(1e-13);
        expect(skew(vectors)).toBeLessThan(1e-13);
        const numbers = Array.from(values.data());
        expect(numbers).toEqual(numbers.toSorted((x, y) => x - y));
      }),
    );
  });

  it('keeps vectors orthonormal where values coincide', () => {
    const { values, vectors } = eigh(identity(5));
    expect(values.toArray()).toEqual([1, 1, 1, 1, 1]);
    expect(skew(vectors)).toBe(0);
    const q = draw([6, 2], 4);
    const many = add(matmul(q, transpose(q)), identity(6)); // four times the value 1
    expect(skew(eigh(many).vectors)).toBeLessThan(1e-14);
  });

  it('takes a matrix of a hundred rows', () => {
    const a = draw([100, 100], 8);
    const symmetric = add(a, transpose(a));
    const { values, vectors } = eigh(symmetric);
    expect(apart(matmul(mul(vectors, values), transpose(vectors)), symmetric)).toBeLessThan(1e-13);
    expect(skew(vectors)).toBeLessThan(1e-13);
  });

  it('refuses what is not symmetric, and stands roundoff', () => {
    const almost = [
      [2, 1],
      [1 + 1e-7, 2],
    ];
    expect(eigh(almost).values.shape).toEqual([2]);
    const slip = [
      [1, 2],
      [3, 4],
    ];
    expect(thrown(() => eigh(slip))).toBe(
      'ShapeError: eigh: a[1,0] is 3 and a[0,1] is 2; want a symmetric matrix. add(a, transpose(a)) is one, and svd takes any',
    );
    expect(thrown(() => eigh([[1, 2]]))).toBe('ShapeError: eigh: a is [1,2]; want [n,n]');
  });
});
