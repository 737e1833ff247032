import type { Argument, Row } from './parity.ts';
import { sizes } from './parity.ts';

/** A seed, and counters among which are some that run over 32 and 64 bits. */
const states = [
  [1, 0, 0, 0],
  [-5, 77, -2, 3],
  [123456789, -987654321, -1, -1],
];

function stream(kernel: Row['kernel'], make: (size: number) => Argument, limits: number[][]): Row {
  return {
    kernel,
    bound: { exact: true },
    outputs: [0, 1],
    *calls() {
      for (const state of states) {
        for (const size of sizes) {
          for (const limit of limits) yield [Int32Array.from(state), make(size), ...limit];
        }
      }
    },
  };
}

const floats = (size: number) => new Float32Array(size);

export const rows: readonly Row[] = [
  stream('randomUniform', floats, [
    [0, 1],
    [-0.1, 0.3],
    [5, 5.000001],
  ]),
  stream('randomInteger', (size) => new Int32Array(size), [
    [0, 10],
    [-(2 ** 31), 2 ** 31],
  ]),
  stream('randomNormal', floats, [
    [0, 1],
    [3, 0.05],
  ]),
  stream('truncatedNormal', floats, [[0, 1]]),
];
