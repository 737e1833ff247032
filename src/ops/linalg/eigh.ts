import { ShapeError } from '../../core/errors.ts';
import { shapeText } from '../../core/shape.ts';
import type { Tensor, TensorLike } from '../../core/tensor.ts';
import { fromColumns, fromNumbers, matrixOf } from './matrix.ts';
import {
  addScaled,
  dot,
  type Reflection,
  reflect,
  reflectionOf,
  rotate,
  type Vector,
} from './vectors.ts';

/** a = vectors · diag(values) · vectorsᵀ. */
export interface Eigen {
  /** [n], ascending. */
  readonly values: Tensor;
  /** [n,n], orthonormal: column i belongs to value i. */
  readonly vectors: Tensor;
}

/** Entries on both sides of the diagonal may differ by this share of the largest entry, as roundoff makes them. */
const asymmetry = 1e-5;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix [n,n], in float64: Householder's reflections make it tridiagonal,
 * implicit QR steps diagonal. The lower triangle counts. As numpy.linalg.eigh.
 */
export function eigh(a: TensorLike): Eigen {
  const { m, n, dtype, scale, rows } = matrixOf('eigh', 'a', a);
  if (m !== n) throw new ShapeError(`eigh: a is ${shapeText([m, n])}; want [n,n]`, { a: [m, n] });
  const matrix = symmetric(rows(), scale);
  const { diagonal, beside, reflections } = tridiagonalise(matrix);
  const vectors = product(reflections, n);
  diagonalise(diagonal, beside, vectors);
  const order = Array.from(diagonal.keys()).sort(
    (i, j) => (diagonal[i] as number) - (diagonal[j] as number),
  );
  return {
    values: fromNumbers(
      order.map((i) => diagonal[i] as number),
      dtype,
      1 / scale,
    ),
    vectors: fromColumns(
      order.map((i) => vectors[i] as Vector),
      dtype,
    ),
  };
}

/** Copies the lower triangle to the upper. */
function symmetric(rows: Vector[], scale: number): Vector[] {
  rows.forEach((row, i) => {
    for (let j = 0; j < i; j++) {
      const upper = rows[j] as Vector;
      const [below, above] = [row[j] as number, upper[i] as number];
      if (Math.abs(below - above) > 2 * asymmetry) {
        throw new ShapeError(
          `eigh: a[${i},${j}] is ${below / scale} and a[${j},${i}] is ${above / scale}; want a symmetric matrix. add(a, transpose(a)) is one, and svd takes any`,
          { place: [i, j] },
        );
      }
      upper[i] = below;
    }
  });
  return rows;
}

interface Tridiagonal {
  readonly diagonal: Vector;
  /** What stands beside the diagonal: element i between i and i + 1. */
  readonly beside: Vector;
  /** H₀, H₁, …: the matrix is H₀ H₁ … t … H₁ H₀. */
  readonly reflections: readonly Reflection[];
}

/** a ← h a h, column by column, until it is tridiagonal. Golub and Van Loan, algorithm 8.3.1; a is worked in. */
function tridiagonalise(a: Vector[]): Tridiagonal {
  const n = a.length;
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const reflections: Reflection[] = [];
  a.forEach((row, k) => {
    diagonal[k] = row[k] as number;
    if (k === n - 1) return;
    const { r, ...reflection } = reflectionOf(row, k + 1);
    beside[k] = r;
    reflections.push(reflection);
    const { v, t } = reflection;
    if (t === 0) return;
    // h a h = a − v wᵀ − w vᵀ, where p = t a v and w = p − (t/2)(p·v) v.
    const w = new Float64Array(n);
    for (let i = k + 1; i < n; i++) w[i] = t * dot(a[i] as Vector, v, k + 1);
    addScaled(w, (-t / 2) * dot(w, v, k + 1), v, k + 1);
    for (let i = k + 1; i < n; i++) {
      addScaled(a[i] as Vector, -(v[i] as number), w, k + 1);
      addScaled(a[i] as Vector, -(w[i] as number), v, k + 1);
    }
  });
  return { diagonal, beside, reflections };
}

/** The columns of H₀ H₁ … */
function product(reflections: readonly Reflection[], n: number): Vector[] {
  const columns = Array.from({ length: n }, (_, i) => {
    const unit = new Float64Array(n);
    unit[i] = 1;
    return unit;
  });
  for (const reflection of reflections.toReversed()) {
    for (const column of columns.slice(reflection.from)) reflect(column, reflection);
  }
  return columns;
}

/** QR steps until nothing stands beside the diagonal; the vectors turn with it. Golub and Van Loan, algorithm 8.3.3. */
function diagonalise(diagonal: Vector, beside: Vector, vectors: readonly Vector[]): void {
  const at = (i: number) => diagonal[i] as number;
  const isNothing = (i: number) =>
    Math.abs(beside[i] as number) <= Number.EPSILON * (Math.abs(at(i)) + Math.abs(at(i + 1)));
  let steps = 30 * diagonal.length; // two or three a value are usual
  for (let last = diagonal.length - 1; last > 0; ) {
    if (isNothing(last - 1)) {
      last--;
      continue;
    }
    let first = last - 1;
    while (first > 0 && !isNothing(first - 1)) first--;
    if (steps-- === 0) throw new Error('eigh: the eigenvalues did not settle');
    step(diagonal, beside, vectors, first, last);
  }
}

/**
 * One implicit QR step on a block of the diagonal: the first turn lets a number stand outside the three diagonals, each
 * turn after that drives it further down, until it is out. Golub and Van Loan, algorithm 8.3.2.
 */
function step(
  diagonal: Vector,
  beside: Vector,
  vectors: readonly Vector[],
  first: number,
  last: number,
): void {
  let x = (diagonal[first] as number) - wilkinsonShift(diagonal, beside, last);
  let outside = beside[first] as number;
  for (let k = first; k < last; k++) {
    const length = Math.hypot(x, outside);
    const [c, s] = length === 0 ? [1, 0] : [x / length, outside / length];
    if (k > first) beside[k - 1] = length;
    const [p, q, r] = [diagonal[k] as number, beside[k] as number, diagonal[k + 1] as number];
    const change = s * (2 * c * q + s * (r - p));
    diagonal[k] = p + change;
    diagonal[k + 1] = r - change;
    beside[k] = (c - s) * (c + s) * q + c * s * (r - p);
    if (k + 1 < last) {
      x = beside[k] as number;
      outside = s * (beside[k + 1] as number);
      beside[k + 1] = c * (beside[k + 1] as number);
    }
    rotate(vectors[k] as Vector, vectors[k + 1] as Vector, c, s);
  }
}

/** The eigenvalue of the last two by two numbers that is nearer to the last. */
function wilkinsonShift(diagonal: Vector, beside: Vector, last: number): number {
  const [q, r] = [beside[last - 1] as number, diagonal[last] as number];
  const half = ((diagonal[last - 1] as number) - r) / 2;
  return r - (q * q) / (half + (half < 0 ? -1 : 1) * Math.hypot(half, q));
}
