import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tensor } from '../../../src/core/tensor.ts';
import { matmul, mul, sub, sum, transpose } from '../../../src/ops/index.ts';
import { lstsq, svd } from '../../../src/ops/linalg/index.ts';
import { thrown } from '../../thrown.ts';
import { apart, draw, fixtures, largest, matrices, read } from './matrices.ts';

describe('lstsq', () => {
  it.each(fixtures.general)('with a matrix that is $name is that of NumPy', (about) => {
    const { a, b, x, several, xs, rank } = about;
    const one = lstsq(read(a), read(b));
    expect(one.rank).toBe(rank);
    expect(one.x.shape).toEqual(x.shape);
    expect(apart(one.x, read(x))).toBeLessThan(1e-8);
    const two = lstsq(read(a), read(several));
    expect(two.x.shape).toEqual(xs.shape);
    expect(apart(two.x, read(xs))).toBeLessThan(1e-8);
  });

  it('leaves a rest that is orthogonal to the columns, and is the shortest that does', () => {
    fc.assert(
      fc.property(matrices(), fc.integer({ min: 0, max: 1e6 }), (a, seed) => {
        const [m = 0] = a.shape;
        const b = draw([m, 1], seed);
        const { x, rank } = lstsq(a, b);
        const { u, s, v } = svd(a);
        // The same by the pseudoinverse: x = v diag(1/s) uᵀ b over the singular values that count.
        const values = s.data();
        const first = values[0] ?? 0;
        const cut = Math.max(...a.shape) * Number.EPSILON * first;
        expect(rank).toBe(values.filter((value: number) => value > cut).length);
        const inverse = tensor(
          Float64Array.from(values, (value) => (value > cut ? 1 / value : 0)),
          [1, values.length],
        );
        const want = matmul(mul(v, inverse), matmul(u, b, { transposeA: true }));
        const condition = rank === 0 ? 1 : first / (values[rank - 1] ?? 1);
        expect(apart(x, want)).toBeLessThan(1e-13 * (1 + condition * condition));
        const rest = sub(matmul(a, x), b);
        const along = matmul(mul(transpose(a), 1 / (first || 1)), rest);
        expect(largest(along)).toBeLessThan(1e-12 * (1 + condition));
      }),
    );
  });

  it('counts columns as dependent that add less than rcond of the first', () => {
    const a = [
      [1, 1],
      [0, 1e-3],
    ];
    expect(lstsq(a, [1, 1]).rank).toBe(2);
    const { x, rank } = lstsq(a, [1, 1], { rcond: 0.01 });
    expect(rank).toBe(1);
    expect(largest(sub(x, tensor([0.5, 0.5])))).toBeLessThan(1e-3); // the load is shared
  });

  it('takes the roundoff of float32 for nothing where the numbers are float32', () => {
    const a = draw([5, 2], 3);
    const twice = Float32Array.from(a.data());
    const wide = Float32Array.from({ length: 15 }, (_, i) => {
      const row = Math.floor(i / 3);
      const [p = 0, q = 0] = twice.subarray(2 * row, 2 * row + 2);
      return i % 3 === 2 ? p / 3 + q / 7 : i % 3 === 0 ? p : q;
    });
    expect(lstsq(tensor(wide, [5, 3]), [1, 2, 3, 4, 5]).rank).toBe(2);
    expect(lstsq(tensor(Float64Array.from(wide), [5, 3]), [1, 2, 3, 4, 5]).rank).toBe(3);
  });

  it('solves several right sides as it solves each', () => {
    const [a, b] = [draw([6, 4], 1), draw([6, 3], 2)];
    const { x } = lstsq(a, b);
    const squares = sum(mul(sub(matmul(a, x), b), sub(matmul(a, x), b)), 0).data();
    for (let j = 0; j < 3; j++) {
      const column = b.data().filter((_, at) => at % 3 === j) as Float64Array;
      const alone = lstsq(a, tensor(column)).x;
      const rest = sub(matmul(a, alone.view([4, 1])), tensor(column, [6, 1]));
      expect(sum(mul(rest, rest)).item()).toBeCloseTo(squares[j] ?? Number.NaN, 12);
    }
  });

  it('refuses sides that do not fit and a share that is none', () => {
    const a = draw([3, 2], 1);
    expect(thrown(() => lstsq(a, [1, 2]))).toBe(
      'ShapeError: lstsq: a is [3,2] and b is [2]; want b [3] or [3,k]',
    );
    expect(thrown(() => lstsq(a, 1))).toBe(
      'ShapeError: lstsq: a is [3,2] and b is []; want b [3] or [3,k]',
    );
    expect(thrown(() => lstsq(a, [1, 2, 3], { rcond: 2 }))).toBe(
      'OptionError: lstsq: rcond is 2; want at least 0 and below 1',
    );
    expect(thrown(() => lstsq(a, Float64Array.of(1, Infinity, 3)))).toBe(
      'OptionError: lstsq: b[1,0] is Infinity; want finite numbers. checkNumerics finds where it came from',
    );
    expect(thrown(() => lstsq(a, [1, 2, 3], 1e-3 as unknown as object))).toBe(
      'OptionError: lstsq: options are 0.001; want an object with rcond',
    );
  });
});
