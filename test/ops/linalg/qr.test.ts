import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tensor } from '../../../src/core/tensor.ts';
import { matmul } from '../../../src/ops/index.ts';
import { qr } from '../../../src/ops/linalg/index.ts';
import { thrown } from '../../thrown.ts';
import { apart, fixtures, identity, largest, matrices, read, skew } from './matrices.ts';

describe('qr', () => {
  const independent = fixtures.general.filter(({ a, rank }) => rank === Math.min(...a.shape));
  it.each(independent)('of a matrix that is $name is that of NumPy, signs too', ({ a, q, r }) => {
    const found = qr(read(a));
    expect(found.q.shape).toEqual(q.shape);
    expect(found.r.shape).toEqual(r.shape);
    expect(apart(found.q, read(q))).toBeLessThan(1e-7);
    expect(apart(found.r, read(r))).toBeLessThan(1e-12);
  });

  it('multiplies to the matrix, with orthonormal q and triangular r, whatever the matrix', () => {
    fc.assert(
      fc.property(matrices(), (a) => {
        const { q, r } = qr(a);
        expect(apart(matmul(q, r), a)).toBeLessThan(1e-13);
        expect(skew(q)).toBeLessThan(1e-13);
        const n = r.shape[1] ?? 0;
        const below = r.data().filter((_, at) => at % n < Math.floor(at / n));
        expect(below.every((value: number) => value === 0)).toBe(true);
      }),
    );
  });

  it('leaves the identity as it is', () => {
    const { q, r } = qr(identity(3));
    expect([q.toArray(), r.toArray()]).toEqual([identity(3).toArray(), identity(3).toArray()]);
  });

  it('gives back float32 for float32, from work in float64', () => {
    const a = tensor([
      [3, 1],
      [4, 2],
    ]);
    const { q, r } = qr(a);
    expect([q.dtype, r.dtype]).toEqual(['float32', 'float32']);
    expect(largest(q)).toBe(Math.fround(0.8));
    expect(r.toArray()).toEqual([
      [-5, Math.fround(-2.2)],
      [0, Math.fround(0.4)],
    ]);
  });

  it('refuses what is no matrix of finite floats', () => {
    expect(thrown(() => qr([1, 2]))).toBe(
      'ShapeError: qr: a is [2]; want [m,n], neither of them 0',
    );
    expect(thrown(() => qr(tensor([], [0, 3])))).toBe(
      'ShapeError: qr: a is [0,3]; want [m,n], neither of them 0',
    );
    expect(thrown(() => qr(tensor([[1, 2]], [1, 2], 'int32')))).toBe(
      'ShapeError: qr: a is int32; want floats. cast(a, "float32") makes it so',
    );
    expect(
      thrown(() =>
        qr([
          [1, 2],
          [Number.NaN, 3],
        ]),
      ),
    ).toBe(
      'OptionError: qr: a[1,0] is NaN; want finite numbers. checkNumerics finds where it came from',
    );
  });
});
