import type { Tensor, TensorLike } from '../../core/tensor.ts';
import { fromColumns, fromNumbers, matrixOf } from './matrix.ts';
import { triangularise } from './qr.ts';
import { addScaled, dot, reflect, rotate, type Vector } from './vectors.ts';

/** a = u · diag(s) · vᵀ. */
export interface Svd {
  /** [m,p], orthonormal columns, where p is the smaller of m and n. */
  readonly u: Tensor;
  /** [p], descending, none negative. */
  readonly s: Tensor;
  /** [n,p], orthonormal columns. */
  readonly v: Tensor;
}

/**
 * The singular value decomposition of a matrix [m,n], in float64. QR makes it small and square; then pairs of rows of r
 * are turned until all are orthogonal (one-sided Jacobi), which finds small singular values as exactly as large ones.
 * J. Demmel and K. Veselić, "Jacobi's method is more accurate than QR", 1992. As tf.linalg.svd.
 */
export function svd(a: TensorLike): Svd {
  const { m, n, dtype, scale, rows, columns } = matrixOf('svd', 'a', a);
  const tall = m >= n;
  const { left, values, right } = decompose(tall ? columns() : rows());
  return {
    u: fromColumns(tall ? left : right, dtype),
    s: fromNumbers(values, dtype, 1 / scale),
    v: fromColumns(tall ? right : left, dtype),
  };
}

interface Decomposed {
  readonly left: Vector[];
  readonly values: number[];
  readonly right: Vector[];
}

/** Of a tall matrix, given by its columns: a p = q r, j r = diag(s) wᵀ, so a = (q jᵀ) diag(s) (p w)ᵀ. */
function decompose(columns: Vector[]): Decomposed {
  const [n, m] = [columns.length, columns[0]?.length ?? 0];
  const { reflections, rows, order } = triangularise(columns, { pivot: true });
  const turned = rows.map((_, i) => unit(n, i)); // the columns of jᵀ
  makeOrthogonal(rows, turned);

  const values = rows.map((row) => Math.sqrt(dot(row, row)));
  const falling = Array.from(values.keys()).sort((i, j) => (values[j] ?? 0) - (values[i] ?? 0));
  const right = completed(
    falling.map((i) => {
      const length = values[i] as number;
      const row = rows[i] as Vector;
      return length > 0 ? row.map((x) => x / length) : undefined;
    }),
    n,
  );
  return {
    values: falling.map((i) => values[i] as number),
    left: falling.map((i) => {
      const column = new Float64Array(m);
      column.set(turned[i] as Vector);
      for (const reflection of reflections.toReversed()) reflect(column, reflection);
      return column;
    }),
    right: right.map((w) => {
      const column = new Float64Array(n);
      order.forEach((to, j) => {
        column[to] = w[j] as number;
      });
      return column;
    }),
  };
}

/** Turns pairs of rows, and the vectors beside them, until the cosine of no pair is more than roundoff. */
function makeOrthogonal(rows: readonly Vector[], beside: readonly Vector[]): void {
  const enough = Number.EPSILON * Math.sqrt(rows.length);
  for (let sweep = 0; sweep < 60; sweep++) {
    let turns = 0;
    for (let i = 0; i < rows.length; i++) {
      for (let j = i + 1; j < rows.length; j++) {
        const [x, y] = [rows[i] as Vector, rows[j] as Vector];
        const [xx, xy, yy] = [dot(x, x), dot(x, y), dot(y, y)];
        if (!(Math.abs(xy) > enough * Math.sqrt(xx) * Math.sqrt(yy))) continue;
        // The smaller angle whose turn makes x·y vanish. H. Rutishauser, "The Jacobi method", 1966.
        const z = (yy - xx) / (2 * xy);
        const t = (z < 0 ? -1 : 1) / (Math.abs(z) + Math.hypot(1, z));
        const c = 1 / Math.hypot(1, t);
        rotate(x, y, c, -c * t);
        rotate(beside[i] as Vector, beside[j] as Vector, c, -c * t);
        turns++;
      }
    }
    if (turns === 0) return;
  }
  throw new Error('svd: the rows did not become orthogonal');
}

/** Where a vector is missing, since its singular value is 0, one that is orthogonal to all the others. */
function completed(vectors: readonly (Vector | undefined)[], n: number): Vector[] {
  const known = vectors.filter((vector) => vector !== undefined);
  let axis = 0;
  return vectors.map((vector) => {
    if (vector !== undefined) return vector;
    for (; ; axis++) {
      const candidate = unit(n, axis);
      // Twice: the second pass takes away what roundoff leaves of the first.
      for (const other of [...known, ...known]) addScaled(candidate, -dot(other, candidate), other);
      const length = Math.sqrt(dot(candidate, candidate));
      if (length * length < 0.5 / n) continue; // some axis has at least 1/n left
      const found = candidate.map((x) => x / length);
      known.push(found);
      return found;
    }
  });
}

function unit(n: number, at: number): Vector {
  const vector = new Float64Array(n);
  vector[at] = 1;
  return vector;
}
