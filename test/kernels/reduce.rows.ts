import type { Kernels } from '../../src/kernels/reference.ts';
import type { Argument, Bound, Random, Row } from './parity.ts';
import { sizes, special } from './parity.ts';

const exact: Bound = { exact: true };

/** [outer, n, inner]: rows, columns, both, and enough of each to be shared among threads. */
const shapes: readonly (readonly [number, number, number])[] = [
  ...sizes.flatMap(
    (n) =>
      [
        [1, n, 1],
        [1, 3, n],
      ] as const,
  ),
  ...([
    [5, 0, 3],
    [0, 4, 3],
    [3, 4, 0],
    [7, 13, 1],
    [2, 33, 9],
    [3, 5, 19],
  ] as const),
  ...([
    [211, 331, 1],
    [1, 300, 531],
    [40, 30, 40],
    [2, 40001, 1],
    [1, 9001, 4],
  ] as const),
];

type Kind = 'numbers' | 'truths';

function folding(kernel: keyof Kernels, bound: Bound, kind: Kind, output: Kind, scale = 4): Row {
  return {
    kernel,
    bound,
    outputs: [1],
    *calls(random) {
      for (const [outer, n, inner] of shapes) {
        const size = outer * n * inner;
        const x = kind === 'truths' ? mostlyOne(random, size) : random.floats(size, -scale, scale);
        yield [x, zeros(output, outer * inner), outer, n, inner];
      }
      if (kind === 'truths') {
        for (const value of [0, 1]) {
          yield [new Int32Array(77).fill(value), new Int32Array(7), 7, 11, 1];
        }
        return;
      }
      // Ties, and numbers that are special in every place of a register.
      yield [Float32Array.from(random.ints(4000, 0, 3)), zeros(output, 100), 4, 40, 25];
      for (const value of [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -0]) {
        for (const n of [1, 2, 9, 16, 37]) {
          for (const place of [0, 1, n - 1]) {
            const x = random.floats(n, -1, 1);
            x[place % n] = value;
            yield [x, zeros(output, 1), 1, n, 1];
            yield [x, zeros(output, n), 1, 1, n];
          }
        }
      }
    },
  };
}

const zeros = (kind: Kind, size: number) =>
  kind === 'truths' ? new Int32Array(size) : new Float32Array(size);

/** Truths among which whole rows of ones and of zeros are likely. */
function mostlyOne(random: Random, size: number): Int32Array {
  return random.ints(size, 0, 1000).map((x) => (x < 3 ? 0 : 5));
}

function running(kernel: keyof Kernels, scale: number): Row {
  return {
    kernel,
    // Both run in double precision; a product that underflows may be rounded twice.
    bound: exact,
    outputs: [1],
    *calls(random) {
      for (const [outer, n, inner] of shapes) {
        for (const [exclusive, reverse] of [
          [false, false],
          [true, false],
          [true, true],
        ] as const) {
          const x = random.floats(outer * n * inner, -scale, scale);
          yield [x, new Float32Array(x.length), outer, n, inner, exclusive, reverse];
        }
      }
    },
  };
}

function rowwise(kernel: keyof Kernels, bound: Bound): Row {
  return {
    kernel,
    bound,
    outputs: [1],
    *calls(random) {
      for (const n of sizes) {
        for (const rows of n < 100 ? [0, 1, 7] : [2]) {
          yield [random.floats(rows * n), new Float32Array(rows * n), rows, n];
        }
      }
      yield [random.floats(4001 * 10, -90, 90), new Float32Array(4001 * 10), 4001, 10];
      const rows: Argument[] = [
        [Number.NaN, 1, 2],
        [1, Number.NEGATIVE_INFINITY, 2],
        [3e38, -3e38, 0],
      ].map((row) => Float32Array.from(row));
      for (const row of rows) yield [row, new Float32Array(3), 1, 3];
      for (const x of special) yield [Float32Array.of(x, x, 1), new Float32Array(3), 1, 3];
    },
  };
}

export const rows: readonly Row[] = [
  folding('sum', { ofTerms: 3e-7 }, 'numbers', 'numbers'),
  folding('prod', { ulps: 1 }, 'numbers', 'numbers', 2.7),
  folding('max', exact, 'numbers', 'numbers'),
  folding('min', exact, 'numbers', 'numbers'),
  folding('any', exact, 'truths', 'truths'),
  folding('all', exact, 'truths', 'truths'),
  folding('argmax', exact, 'numbers', 'truths'),
  folding('argmin', exact, 'numbers', 'truths'),
  running('cumsum', 4),
  running('cumprod', 2.7),
  rowwise('softmax', { relative: 5e-7 }),
  rowwise('logSoftmax', { relative: 5e-7 }),
  {
    kernel: 'prod',
    bound: { ulps: 1 },
    outputs: [1],
    // Large and small in turns: every product in order stays in the middle.
    *calls() {
      for (const n of [16, 24, 40, 97, 320]) {
        for (const inner of [1, 2]) {
          for (const [even, odd] of [
            [1e30, 1e-30],
            [100, 0.01],
            [0, Number.POSITIVE_INFINITY],
            [1e-40, 3],
          ] as const) {
            const row = Float32Array.from({ length: n }, (_, i) => (i % 2 ? odd : even));
            const x = Float32Array.from(
              { length: n * inner },
              (_, i) => row[Math.floor(i / inner)] ?? 1,
            );
            yield [x, new Float32Array(inner), 1, n, inner];
          }
        }
      }
    },
  },
  ...(['max', 'min'] as const).map(
    (kernel): Row => ({
      kernel,
      bound: exact,
      outputs: [1],
      // Zeros of both signs in parts of a long row.
      *calls() {
        for (const first of [0, -0]) {
          const x = new Float32Array(70001).fill(-first);
          x[0] = first;
          yield [x, new Float32Array(1), 1, x.length, 1];
        }
      },
    }),
  ),
];
