import type { Tensor, TensorLike } from '../../core/tensor.ts';
import { fromColumns, fromRows, matrixOf } from './matrix.ts';
import { dot, type Reflection, reflect, reflectionOf, type Vector } from './vectors.ts';

/** a = q r, where the columns of q are orthonormal and r is upper triangular. */
export interface Qr {
  /** [m,p], where p is the smaller of m and n. */
  readonly q: Tensor;
  /** [p,n] */
  readonly r: Tensor;
}

/** The QR factorisation of a matrix [m,n] by Householder's reflections, in float64. As numpy.linalg.qr. */
export function qr(a: TensorLike): Qr {
  const { dtype, scale, columns } = matrixOf('qr', 'a', a);
  const { reflections, rows } = triangularise(columns());
  const q = reflections.map((_, j) => {
    const column = new Float64Array(reflections[0]?.v.length ?? 0);
    column[j] = 1;
    for (const reflection of reflections.slice(0, j + 1).reverse()) reflect(column, reflection);
    return column;
  });
  return { q: fromColumns(q, dtype), r: fromRows(rows, dtype, 1 / scale) };
}

export interface Triangle {
  /** H₀, H₁, …, one a column or row, whichever are fewer: H₀ H₁ … is q. */
  readonly reflections: readonly Reflection[];
  /** The rows of r, zero before the diagonal. */
  readonly rows: Vector[];
  /** Which column of the matrix became which column of r. */
  readonly order: readonly number[];
}

/**
 * Reflects columns, which it works in, until they are upper triangular. With `pivot` the column that has most left comes
 * first, so that the diagonal of r falls and its small end tells the rank. Golub and Van Loan, sections 5.2 and 5.4.
 */
export function triangularise(columns: Vector[], options: { pivot?: boolean } = {}): Triangle {
  const [n, m] = [columns.length, columns[0]?.length ?? 0];
  const order = columns.map((_, j) => j);
  const left = columns.map((column) => ({ squares: dot(column, column), measured: Infinity }));
  const reflections: Reflection[] = [];
  const diagonal: number[] = [];
  for (let k = 0; k < Math.min(m, n); k++) {
    if (options.pivot) {
      let most = k;
      for (let j = k + 1; j < n; j++) if (squaresOf(j) > squaresOf(most)) most = j;
      for (const list of [columns, order, left] as unknown[][]) {
        [list[k], list[most]] = [list[most], list[k]];
      }
    }
    const { r, ...reflection } = reflectionOf(columns[k] as Vector, k);
    reflections.push(reflection);
    diagonal.push(r);
    for (let j = k + 1; j < n; j++) {
      const column = columns[j] as Vector;
      reflect(column, reflection);
      if (options.pivot) shorten(j, column, k);
    }
  }
  const rows = diagonal.map((r, i) =>
    Float64Array.from({ length: n }, (_, j) => {
      if (j <= i) return j === i ? r : 0;
      return (columns[j] as Vector)[i] as number;
    }),
  );
  return { reflections, rows, order };

  function squaresOf(j: number): number {
    return left[j]?.squares ?? 0;
  }

  /** Takes row k from what the column has left; measures anew once so much is gone that rounding would tell. */
  function shorten(j: number, column: Vector, k: number): void {
    const rest = left[j];
    if (rest === undefined) return;
    rest.squares -= (column[k] as number) ** 2;
    if (rest.squares > 1e-6 * rest.measured) return;
    rest.squares = dot(column, column, k + 1);
    rest.measured = rest.squares;
  }
}
