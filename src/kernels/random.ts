/**
 * Random numbers from a counter: block number c of key s is philox(s, c), whoever asks and in whatever order, so a
 * seed gives the same stream here, in C++, and on any number of threads. Philox 4x32-10: Salmon, Moraes, Dror and
 * Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 *
 * The normal numbers use only + − · / and sqrt in double precision, in this order, so C++ gives the same bits.
 */
import type { Floats, Ints } from './arrays.ts';

/** The generator's whole state: [seed low, seed high, counter low, counter high], 32 bits each. */
export type RandomState = Int32Array;

/** Ten rounds over the counter block (c0, c1, 0, 0) with key (k0, k1); four 32-bit words into `words`. */
export function philox(k0: number, k1: number, c0: number, c1: number, words: Uint32Array): void {
  let a = c0 >>> 0;
  let b = c1 >>> 0;
  let c = 0;
  let d = 0;
  for (let round = 0; round < 10; round++) {
    const highA = multiplyHigh(0xd2511f53, a);
    const lowA = Math.imul(0xd2511f53, a);
    const highC = multiplyHigh(0xcd9e8d57, c);
    const lowC = Math.imul(0xcd9e8d57, c);
    a = (highC ^ b ^ k0) >>> 0;
    b = lowC >>> 0;
    c = (highA ^ d ^ k1) >>> 0;
    d = lowA >>> 0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  words[0] = a;
  words[1] = b;
  words[2] = c;
  words[3] = d;
}

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit numbers. */
function multiplyHigh(x: number, y: number): number {
  const xLow = x & 0xffff;
  const xHigh = x >>> 16;
  const yLow = y & 0xffff;
  const yHigh = y >>> 16;
  const middle = xHigh * yLow + ((xLow * yLow) >>> 16);
  const carry = xLow * yHigh + (middle % 0x10000);
  return (xHigh * yHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** Fills y from the stream, four numbers a block, and moves the state past what was used. */
function draw(state: RandomState, y: Floats | Ints, numberOf: (word: number) => number): void {
  const words = new Uint32Array(4);
  let low = state[2]! >>> 0;
  let high = state[3]! >>> 0;
  for (let i = 0; i < y.length; i++) {
    if (i % 4 === 0) {
      philox(state[0]!, state[1]!, low, high, words);
      low = (low + 1) >>> 0;
      if (low === 0) high = (high + 1) >>> 0;
    }
    y[i] = numberOf(words[i % 4]!);
  }
  state[2] = low | 0;
  state[3] = high | 0;
}

/** y uniform in [low, high): low + (high − low) · (upper 24 bits of a word) / 2^24. */
export function randomUniform(state: RandomState, y: Floats, low: number, high: number): void {
  draw(state, y, (word) => {
    const value = Math.fround(low + (high - low) * ((word >>> 8) / 0x1000000));
    return value < high ? value : low; // rounding to float32 may reach the open end
  });
}

/** y whole numbers, uniform in [low, high): low + floor(word · (high − low) / 2^32). */
export function randomInteger(state: RandomState, y: Ints, low: number, high: number): void {
  draw(state, y, (word) => low + Math.floor((word * (high - low)) / 0x100000000));
}

/** y normal: mean + stddev · (the normal quantile of a uniform number). */
export function randomNormal(state: RandomState, y: Floats, mean: number, stddev: number): void {
  draw(state, y, (word) => mean + stddev * normalQuantile((word + 0.5) / 0x100000000));
}

/** Probability of a normal number below −2. */
const belowMinusTwo = 0.022750131948179209;

/** y normal, but never further than two stddev from the mean: the quantile of a uniform number between the cuts. */
export function truncatedNormal(state: RandomState, y: Floats, mean: number, stddev: number): void {
  const between = 1 - 2 * belowMinusTwo;
  draw(state, y, (word) => {
    const p = belowMinusTwo + between * ((word + 0.5) / 0x100000000);
    return mean + stddev * normalQuantile(p);
  });
}

/**
 * The x that a standard normal number stays below with probability p, 0 < p < 1. Algorithm AS 241 (PPND16):
 * Wichura, Applied Statistics 37, 1988; relative error about 1e-16.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(centreAbove, r)) / polynomial(centreBelow, r);
  }
  const r = Math.sqrt(-logarithm(q < 0 ? p : 1 - p));
  const x =
    r <= 5
      ? polynomial(middleAbove, r - 1.6) / polynomial(middleBelow, r - 1.6)
      : polynomial(tailAbove, r - 5) / polynomial(tailBelow, r - 5);
  return q < 0 ? -x : x;
}

/** Horner's rule; the coefficient of the highest power comes first. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const c of coefficients) sum = sum * x + c;
  return sum;
}

/** Natural logarithm of a number in (2^-40, 1), by + − · / only: halve until near 1, then the series of atanh. */
function logarithm(x: number): number {
  let exponent = 0;
  while (x < Math.SQRT1_2) {
    x *= 2;
    exponent++;
  }
  const s = (x - 1) / (x + 1);
  return polynomial(atanhSeries, s * s) * s - exponent * Math.LN2;
}

/** 2/(2n+1) from n = 11 down to 0: log((1+s)/(1−s)) = 2(s + s³/3 + s⁵/5 + …), |s| ≤ 0.172. */
const atanhSeries = [
  2 / 23,
  2 / 21,
  2 / 19,
  2 / 17,
  2 / 15,
  2 / 13,
  2 / 11,
  2 / 9,
  2 / 7,
  2 / 5,
  2 / 3,
  2,
];

const centreAbove = [
  2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
  13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
];
const centreBelow = [
  5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
  5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1,
];
const middleAbove = [
  7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
  1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959,
  1.42343711074968357734,
];
const middleBelow = [
  1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
  0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1,
];
const tailAbove = [
  2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
  0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699,
  6.6579046435011037772,
];
const tailBelow = [
  2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
  7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769,
  1,
];
