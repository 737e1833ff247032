import type { Floats, Ints, Numbers } from './arrays.ts';

/** x is [outer, n, inner], y is [outer, inner]: the middle axis is folded away. */
export type Reduction = (x: Numbers, y: Numbers, outer: number, n: number, inner: number) => void;
/** As a reduction, but the place along n, not the value. */
export type ArgReduction = (x: Numbers, y: Ints, outer: number, n: number, inner: number) => void;

function reduction(start: number, fold: (sum: number, x: number) => number): Reduction {
  return (x, y, outer, n, inner) => {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        let sum = start;
        for (let j = 0; j < n; j++) sum = fold(sum, x[(o * n + j) * inner + i]!);
        y[o * inner + i] = sum;
      }
    }
  };
}

export const sum: Reduction = reduction(0, (sum, x) => sum + x);
export const prod: Reduction = reduction(1, (product, x) => product * x);
/** The largest; NaN if one is NaN; −infinity of nothing. */
export const max: Reduction = reduction(-Infinity, Math.max);
/** The smallest; NaN if one is NaN; infinity of nothing. */
export const min: Reduction = reduction(Infinity, Math.min);
/** 1 if any is not 0. */
export const any: (x: Ints, y: Ints, outer: number, n: number, inner: number) => void = reduction(
  0,
  (found, x) => (found || x !== 0 ? 1 : 0),
);
/** 1 if none is 0. */
export const all: (x: Ints, y: Ints, outer: number, n: number, inner: number) => void = reduction(
  1,
  (found, x) => (found && x !== 0 ? 1 : 0),
);

function argReduction(better: (x: number, best: number) => boolean): ArgReduction {
  return (x, y, outer, n, inner) => {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        let best = 0;
        for (let j = 1; j < n; j++) {
          if (better(x[(o * n + j) * inner + i]!, x[(o * n + best) * inner + i]!)) best = j;
        }
        y[o * inner + i] = best;
      }
    }
  };
}

/** Place of the first largest; comparisons with NaN are false, so NaN wins only in first place. */
export const argmax: ArgReduction = argReduction((x, best) => x > best);
/** Place of the first smallest. */
export const argmin: ArgReduction = argReduction((x, best) => x < best);

/** How a running sum goes: `exclusive` leaves out the element itself, `reverse` comes from the far end. */
export type Running = (
  x: Numbers,
  y: Numbers,
  outer: number,
  n: number,
  inner: number,
  exclusive: boolean,
  reverse: boolean,
) => void;

function running(start: number, fold: (sum: number, x: number) => number): Running {
  return (x, y, outer, n, inner, exclusive, reverse) => {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        let sum = start;
        for (let j = 0; j < n; j++) {
          const at = (o * n + (reverse ? n - 1 - j : j)) * inner + i;
          const next = fold(sum, x[at]!);
          y[at] = exclusive ? sum : next;
          sum = next;
        }
      }
    }
  };
}

/** y[j] = x[0] + … + x[j] along the middle axis of [outer, n, inner]. */
export const cumsum: Running = running(0, (sum, x) => sum + x);
/** y[j] = x[0] · … · x[j] along the middle axis of [outer, n, inner]. */
export const cumprod: Running = running(1, (product, x) => product * x);

/** y[r,j] = e^(x[r,j] − max) / sum over j of e^(x[r,j] − max), each row of [rows, n]. */
export function softmax(x: Floats, y: Floats, rows: number, n: number): void {
  for (let r = 0; r < rows; r++) {
    let largest = -Infinity;
    for (let j = 0; j < n; j++) largest = Math.max(largest, x[r * n + j]!);
    let sum = 0;
    for (let j = 0; j < n; j++) sum += Math.exp(x[r * n + j]! - largest);
    for (let j = 0; j < n; j++) y[r * n + j] = Math.exp(x[r * n + j]! - largest) / sum;
  }
}

/** y[r,j] = x[r,j] − max − log of sum over j of e^(x[r,j] − max), each row of [rows, n]. */
export function logSoftmax(x: Floats, y: Floats, rows: number, n: number): void {
  for (let r = 0; r < rows; r++) {
    let largest = -Infinity;
    for (let j = 0; j < n; j++) largest = Math.max(largest, x[r * n + j]!);
    let sum = 0;
    for (let j = 0; j < n; j++) sum += Math.exp(x[r * n + j]! - largest);
    for (let j = 0; j < n; j++) y[r * n + j] = x[r * n + j]! - largest - Math.log(sum);
  }
}
