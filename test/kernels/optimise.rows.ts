import type { Argument, Random, Row } from './parity.ts';
import { sizes } from './parity.ts';

/** Weights, gradients and `more` other arrays of one size, some of them not negative as squares are. */
function arrays(random: Random, size: number, more: number): Float32Array[] {
  const all = [random.floats(size), random.floats(size, -0.1, 0.1)];
  for (let i = 0; i < more; i++) all.push(random.floats(size, 0.001, 0.1));
  return all;
}

/** Zeros, infinities, NaN and ordinary numbers, so that arrays with another `turn` meet in all pairs. */
function edges(size: number, turn: number): Float32Array {
  const some = [0, 1, Number.POSITIVE_INFINITY, 0.25, Number.NaN, -0, 3, Number.NEGATIVE_INFINITY];
  return Float32Array.from({ length: size }, (_, i) => {
    const at = turn === 0 ? i : i + (i >> 3);
    return some[at % some.length] as number;
  });
}

const none = new Float32Array(0);
const rate = Float32Array.of(0.003, 0.0004);

function row(
  kernel: Row['kernel'],
  outputs: number[],
  calls: (random: Random, size: number) => Argument[][],
): Row {
  return {
    kernel,
    bound: { relative: 1e-6 },
    outputs,
    *calls(random) {
      for (const size of sizes) yield* calls(random, size);
    },
  };
}

export const rows: readonly Row[] = [
  row('sgd', [0, 2], (random, size) => [
    [...arrays(random, size, 0), none, rate, 0, false],
    [...arrays(random, size, 1), rate, 0.9, false],
    [...arrays(random, size, 1), rate, 0.9, true],
  ]),
  row('rmsprop', [0, 2, 3, 4], (random, size) => [
    [...arrays(random, size, 1), none, none, rate, 0.9, 0, 1e-7],
    [...arrays(random, size, 1), none, random.floats(size), rate, 0.9, 0.5, 1e-7],
    [
      ...[random.floats(size), random.floats(size, -0.1, 0.1), random.floats(size, 1, 2)],
      ...[random.floats(size, -0.5, 0.5), random.floats(size), rate, 0.9, 0.5, 1e-7],
    ],
    // The mean is too large for the mean of squares: their difference has no root.
    [
      ...[random.floats(size), random.floats(size, -0.1, 0.1), random.floats(size, 0, 0.1)],
      ...[random.floats(size, 1, 2), random.floats(size), rate, 0.9, 0.5, 1e-7],
    ],
  ]),
  row('adagrad', [0, 2], (random, size) => [
    [...arrays(random, size, 1), rate, 1e-7],
    [random.floats(size), edges(size, 0), edges(size, 1), rate, 1e-7],
    [random.floats(size), edges(size, 0), edges(size, 1), rate, 0],
  ]),
  row('adam', [0, 2, 3], (random, size) => [
    [random.floats(size), edges(size, 0), edges(size, 0), edges(size, 1), rate, 0.9, 0.999, 1e-7],
    [random.floats(size), edges(size, 0), edges(size, 0), edges(size, 1), rate, 0.9, 0.999, 0],
    [...arrays(random, size, 2), rate, 0.9, 0.999, 1e-7],
    [...arrays(random, size, 2), Float32Array.of(0.001, 0), 0.5, 0.99, 1e-3],
  ]),
];
