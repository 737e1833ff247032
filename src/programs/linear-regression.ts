import { OptionError } from '../core/errors.ts';
import { fromArray, type Tensor } from '../core/tensor.ts';
import { add, gather, matmul, mean, reshape, square, sub, sum } from '../ops/index.ts';
import { lstsq } from '../ops/linalg/index.ts';

/** What can be fitted to samples and then tell how well it does on others. */
export interface Estimator {
  /** X [n,d], y [n]. */
  fit(X: Tensor, y: Tensor): this;
  score(X: Tensor, y: Tensor): number;
}

/** y = x · coefficients + intercept by least squares, the smallest coefficients where several do. As in scikit-learn. */
export class LinearRegression implements Estimator {
  /** [d] */
  coefficients: Tensor | undefined;
  intercept: Tensor | undefined;

  fit(X: Tensor, y: Tensor): this {
    // The intercept takes part by centring, so that it does not count among what is to be small.
    const [meanX, meanY] = [mean(X, 0), mean(y)];
    this.coefficients = lstsq(sub(X, meanX), sub(y, meanY)).x;
    this.intercept = sub(meanY, sum(times(meanX, this.coefficients)));
    return this;
  }

  /** [n] */
  predict(X: Tensor): Tensor {
    if (this.coefficients === undefined || this.intercept === undefined) {
      throw new OptionError('LinearRegression: it has no coefficients yet; want fit(X, y) first');
    }
    return add(times(X, this.coefficients), this.intercept);
  }

  /** R²: 1 is perfect, 0 is no better than the mean. */
  score(X: Tensor, y: Tensor): number {
    const unexplained = sum(square(sub(y, this.predict(X)))).item();
    return 1 - unexplained / sum(square(sub(y, mean(y)))).item();
  }
}

/** The rows of X, or X if it is one, times a vector. */
function times(X: Tensor, vector: Tensor): Tensor {
  return reshape(matmul(reshape(X, [-1, vector.size]), reshape(vector, [-1, 1])), [-1]);
}

/** Rows to train on and rows to test on. */
export interface Fold {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** Cuts rows, in their order, into so many parts; each in turn is for testing. The first parts take what is over. */
export function kFold(count: number, parts: number): Fold[] {
  if (!Number.isInteger(parts) || parts < 2 || parts > count) {
    throw new OptionError(
      `kFold: ${count} rows in ${parts} parts; want a whole number of parts from 2 to ${count}`,
      { count, parts },
    );
  }
  const rows = Array.from({ length: count }, (_, row) => row);
  const over = count % parts;
  const start = (part: number) => part * Math.floor(count / parts) + Math.min(part, over);
  return Array.from({ length: parts }, (_, part) => {
    const [from, to] = [start(part), start(part + 1)];
    return {
      train: rows.filter((row) => row < from || row >= to),
      test: rows.slice(from, to),
    };
  });
}

/** The score on each part of the rows by an estimator fitted to the other parts. */
export function crossValScore(estimator: Estimator, X: Tensor, y: Tensor, cv = 5): number[] {
  return kFold(X.shape[0] ?? 0, cv).map(({ train, test }) =>
    estimator.fit(rowsOf(X, train), rowsOf(y, train)).score(rowsOf(X, test), rowsOf(y, test)),
  );
}

function rowsOf(t: Tensor, rows: readonly number[]): Tensor {
  return gather(t, fromArray(Int32Array.from(rows), [rows.length]));
}
