/** What tools/fixtures-linalg.py wrote, matrices drawn for properties, and the distances that tests ask for. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Generator } from '../../../src/core/random.ts';
import { fromArray, type Tensor } from '../../../src/core/tensor.ts';
import { abs, matmul, max, mul, randomNormal, sub } from '../../../src/ops/index.ts';

interface Stored {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
interface General {
  readonly name: string;
  readonly rank: number;
  readonly a: Stored;
  readonly q: Stored;
  readonly r: Stored;
  readonly s: Stored;
  readonly b: Stored;
  readonly x: Stored;
  readonly several: Stored;
  readonly xs: Stored;
}
interface Symmetric {
  readonly name: string;
  readonly a: Stored;
  readonly values: Stored;
  readonly vectors: Stored;
}
interface Principal {
  readonly name: string;
  readonly x: Stored;
  readonly components: Stored;
  readonly variances: Stored;
  readonly totalVariance: number;
  readonly codes: Stored;
  readonly decoded: Stored;
}

export const fixtures: {
  readonly general: readonly General[];
  readonly symmetric: readonly Symmetric[];
  readonly principal: readonly Principal[];
} = JSON.parse(readFileSync(new URL('../../fixtures/linalg.json', import.meta.url), 'utf8'));

export function read({ shape, values }: Stored): Tensor {
  return fromArray(Float64Array.from(values), shape);
}

export function draw(shape: readonly number[], seed: number): Tensor {
  return randomNormal(shape, { dtype: 'float64', generator: new Generator(seed) });
}

/**
 * Matrices of at most `most` rows and columns, tall, square and wide, some of them of a rank that is less than it might
 * be, some with columns of zeros, some far from 1 in size.
 */
export function matrices(most = 7): fc.Arbitrary<Tensor> {
  const size = fc.integer({ min: 1, max: most });
  return fc
    .record({
      m: size,
      n: size,
      rank: fc.integer({ min: 0, max: 2 * most }), // often full
      exponent: fc.constantFrom(0, 0, 0, -280, -30, 30, 280),
      seed: fc.integer({ min: 0, max: 1e6 }),
    })
    .map(({ m, n, rank, exponent, seed }) => {
      if (rank === 0) return fromArray(new Float64Array(m * n), [m, n]);
      const full = rank >= Math.min(m, n);
      const a = full
        ? draw([m, n], seed)
        : matmul(draw([m, rank], seed), draw([rank, n], seed + 1));
      return mul(a, 10 ** exponent);
    });
}

/** The largest number of a tensor, without its sign. */
export function largest(t: Tensor): number {
  return max(abs(t)).item();
}

/** How far the numbers of two tensors are apart, as a share of the largest of the second. */
export function apart(a: Tensor, b: Tensor): number {
  const size = largest(b);
  return largest(sub(a, b)) / (size === 0 ? 1 : size);
}

export function identity(n: number): Tensor {
  const numbers = new Float64Array(n * n);
  for (let i = 0; i < n; i++) numbers[i * n + i] = 1;
  return fromArray(numbers, [n, n]);
}

/** How far the columns are from being orthonormal. */
export function skew(columns: Tensor): number {
  const products = matmul(columns, columns, { transposeA: true });
  return largest(sub(products, identity(columns.shape[1] ?? 0)));
}
