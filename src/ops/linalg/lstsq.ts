import { OptionError, ShapeError } from '../../core/errors.ts';
import { checkOptions, number } from '../../core/options.ts';
import { shapeText } from '../../core/shape.ts';
import { type Tensor, type TensorLike, toTensor } from '../../core/tensor.ts';
import { epsilonOf, fromColumns, fromNumbers, matrixOf } from './matrix.ts';
import { triangularise } from './qr.ts';
import { addScaled, dot, type Reflection, reflect, reflectionOf, type Vector } from './vectors.ts';

export interface LeastSquares {
  /** [n], or [n,k] for b of [m,k]: what makes a x come closest to b; the shortest, if there are several. */
  readonly x: Tensor;
  /** How many columns of a are independent, as far as its numbers tell. */
  readonly rank: number;
}

/**
 * Least squares: the x for which |a x − b|² is least, a [m,n] and b [m] or [m,k]. In float64, by the complete orthogonal
 * factorisation: QR with the columns in order of what they add, and reflections from the right where columns depend on
 * others or are more than the rows. Columns that add less than `rcond` of the first count as dependent; the default
 * is the larger of m and n times the roundoff of a's type. As numpy.linalg.lstsq.
 */
export function lstsq(
  a: TensorLike,
  b: TensorLike,
  options: { rcond?: number } = {},
): LeastSquares {
  checkOptions('lstsq', options, { rcond: number({ min: 0 }) });
  const { m, n, dtype, scale, rows, columns } = matrixOf('lstsq', 'a', a);
  const right = toTensor(b, dtype);
  if (right.shape[0] !== m || right.rank > 2 || right.size === 0) {
    throw new ShapeError(
      `lstsq: a is ${shapeText([m, n])} and b is ${shapeText(right.shape)}; want b [${m}] or [${m},k]`,
      { a: [m, n], b: right.shape },
    );
  }
  const { rcond = Math.max(m, n) * epsilonOf(dtype) } = options;
  if (!(rcond >= 0 && rcond < 1)) {
    throw new OptionError(`lstsq: rcond is ${rcond}; want at least 0 and below 1`, { rcond });
  }
  const inverse = m >= n ? invert(columns(), rcond) : invert(rows(), rcond);
  const wanted = matrixOf('lstsq', 'b', right.rank === 1 ? right.view([m, 1]) : right);
  const solve = m >= n ? inverse.times : inverse.transposedTimes;
  const x = wanted.columns().map(solve);
  const factor = scale / wanted.scale;
  const [first] = x;
  const answer =
    right.rank === 1 && first !== undefined
      ? fromNumbers(first, dtype, factor)
      : fromColumns(x, dtype, factor);
  return { x: answer, rank: inverse.rank };
}

interface Inverse {
  readonly rank: number;
  /** a⁺ b; b is worked in. */
  times(b: Vector): Vector;
  /** (aᵀ)⁺ b; b is worked in. */
  transposedTimes(b: Vector): Vector;
}

/**
 * The pseudoinverse of a tall matrix, as its factors: a p = q [t 0; 0 0] z, where p permutes, q and z are orthogonal and t
 * is triangular and of full rank. Golub and Van Loan, section 5.4.7.
 */
function invert(columns: Vector[], rcond: number): Inverse {
  const n = columns.length;
  const { reflections, rows, order } = triangularise(columns, { pivot: true });
  const largest = Math.abs(rows[0]?.[0] ?? 0);
  const found = rows.findIndex((row, i) => Math.abs(row[i] as number) <= rcond * largest);
  const rank = found < 0 ? n : found;
  const fromRight = rank < n ? clearRight(rows, rank) : [];
  const diagonal = (i: number) => rows[i]?.[i] as number;
  const q = reflections.slice(0, rank);
  return {
    rank,
    times(b) {
      for (const reflection of q) reflect(b, reflection);
      const w = new Float64Array(n);
      for (let i = rank - 1; i >= 0; i--) {
        w[i] = ((b[i] as number) - dot(rows[i] as Vector, w, i + 1, rank)) / diagonal(i);
      }
      for (const reflection of fromRight) reflectSplit(w, reflection, rank);
      const x = new Float64Array(n);
      order.forEach((from, i) => {
        x[from] = w[i] as number;
      });
      return x;
    },
    transposedTimes(b) {
      const w = Float64Array.from(order, (from) => b[from] as number);
      for (const reflection of fromRight.toReversed()) reflectSplit(w, reflection, rank);
      const x = new Float64Array(q[0]?.v.length ?? columns[0]?.length ?? 0);
      for (let i = 0; i < rank; i++) {
        x[i] = (w[i] as number) / diagonal(i);
        addScaled(w, -(x[i] as number), rows[i] as Vector, i + 1, rank);
      }
      for (const reflection of q.toReversed()) reflect(x, reflection);
      return x;
    },
  };
}

/** A reflection of element `at` together with those from the rank on. */
interface SplitReflection {
  readonly at: number;
  /** Of element `at`, then of the others. */
  readonly reflection: Reflection;
}

/** Reflects the first rows from the right until nothing is left in the columns from the rank on. */
function clearRight(rows: readonly Vector[], rank: number): SplitReflection[] {
  const done: SplitReflection[] = [];
  for (let at = rank - 1; at >= 0; at--) {
    const row = rows[at] as Vector;
    const { r, ...reflection } = reflectionOf(gathered(row, at, rank), 0);
    for (let i = 0; i < at; i++) reflectSplit(rows[i] as Vector, { at, reflection }, rank);
    row.fill(0, rank);
    row[at] = r;
    done.unshift({ at, reflection });
  }
  return done;
}

function reflectSplit(y: Vector, { at, reflection }: SplitReflection, rank: number): void {
  const part = gathered(y, at, rank);
  reflect(part, reflection);
  y[at] = part[0] as number;
  y.set(part.subarray(1), rank);
}

function gathered(y: Vector, at: number, rank: number): Vector {
  const part = new Float64Array(1 + y.length - rank);
  part[0] = y[at] as number;
  part.set(y.subarray(rank), 1);
  return part;
}
