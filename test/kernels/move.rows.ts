import type { Argument, Bound, Row } from './parity.ts';
import { layoutOf, rowOrder, sizes, special } from './parity.ts';

const exact: Bound = { exact: true };

export const rows: readonly Row[] = [
  {
    kernel: 'fill',
    bound: exact,
    outputs: [0],
    *calls(random) {
      for (const size of sizes) yield [random.floats(size), 0.1];
      for (const size of sizes) yield [random.ints(size, 0, 9), -7];
      for (const value of special) {
        yield [new Float32Array(3), value];
        yield [new Int32Array(3), value];
      }
    },
  },
  {
    kernel: 'cast',
    bound: exact,
    outputs: [1],
    *calls(random) {
      for (const size of sizes) {
        yield [random.floats(size, -1e3, 1e3), new Float32Array(size)];
        yield [random.floats(size, -1e10, 1e10), new Int32Array(size)];
        yield [random.ints(size, -(2 ** 31), 2 ** 31), new Float32Array(size)];
        yield [random.ints(size, -9, 9), new Int32Array(size)];
      }
      yield [Float32Array.from(special), new Int32Array(special.length)];
    },
  },
  {
    kernel: 'copy',
    bound: exact,
    outputs: [1],
    *calls(random) {
      const box = (
        shape: number[],
        x: number[],
        y: number[],
        offsets: number[],
        length: number,
      ): Argument[] => [
        random.floats(length),
        random.floats(length),
        layoutOf(shape, x, y),
        ...offsets,
      ];
      for (const size of sizes) {
        yield box([size], [1], [1], [0, 0], size);
        yield box([size], [-1], [1], [Math.max(0, size - 1), 0], size);
        yield box([size], [0], [1], [0, 0], Math.max(1, size));
        yield box([size], [1], [2], [3, 1], 2 * size + 3);
      }
      for (const [rows, cols] of [
        [3, 5],
        [17, 16],
        [40, 33],
        [200, 301],
        [3, 20011],
        [20011, 3],
      ] as const) {
        const length = rows * cols;
        yield box([rows, cols], [1, rows], [cols, 1], [0, 0], length);
        yield box([rows, cols], [cols, -1], [cols, 1], [cols - 1, 0], length);
        yield box([rows, cols], [0, 1], [cols, 1], [0, 0], length);
        yield box([rows - 1, cols - 2], [cols, 1], [cols, 1], [cols + 1, 1], length);
      }
      const shape = [6, 7, 29, 31];
      const length = 6 * 7 * 29 * 31;
      yield box(shape, [29 * 31, 6 * 29 * 31, 31, 1], rowOrder(shape), [0, 0], length);
      yield box(shape, [1, 6, 42, 42 * 29], rowOrder(shape), [0, 0], length);
      yield box([], [], [], [4, 2], 9);
      yield box([0, 4], [4, 1], [4, 1], [0, 0], 0);
      // The last one written stays, however many threads there are.
      yield box([70001, 3], [3, 1], [0, 1], [0, 0], 210003);
      yield [random.ints(30, -9, 9), new Int32Array(30), layoutOf([5, 6], [1, 5], [6, 1]), 0, 0];
    },
  },
  {
    kernel: 'gather',
    bound: exact,
    outputs: [2],
    *calls(random) {
      for (const [outer, n, inner, count] of [
        ...[
          [1, 10, 1, 0],
          [1, 1, 1, 1],
          [1, 10, 3, 17],
          [4, 5, 6, 7],
          [3, 100, 1, 999],
        ],
        ...[
          [1, 50, 784, 101],
          [7, 3, 1, 9001],
          [2, 0, 3, 0],
          [0, 3, 3, 4],
          [2, 3, 0, 4],
        ],
      ] as [number, number, number, number][]) {
        const indices = random.ints(count, 0, n);
        const size = outer * count * inner;
        yield [random.floats(outer * n * inner), indices, new Float32Array(size), outer, n, inner];
        yield [
          random.ints(outer * n * inner, -9, 9),
          indices,
          new Int32Array(size),
          outer,
          n,
          inner,
        ];
      }
    },
  },
  {
    kernel: 'scatterAdd',
    bound: exact,
    outputs: [2],
    *calls(random) {
      for (const [outer, n, inner, count] of [
        ...[
          [1, 10, 1, 0],
          [1, 1, 1, 1],
          [1, 10, 3, 17],
          [4, 5, 6, 7],
          [3, 100, 1, 999],
        ],
        ...[
          [1, 50, 784, 101],
          [7, 3, 1, 9001],
          [2, 0, 3, 0],
          [0, 3, 3, 4],
          [2, 3, 0, 4],
        ],
      ] as [number, number, number, number][]) {
        const x = random.floats(outer * count * inner);
        const y = random.floats(outer * n * inner);
        yield [x, random.ints(count, 0, n), y, outer, n, inner];
      }
    },
  },
  {
    kernel: 'oneHot',
    bound: exact,
    outputs: [1],
    *calls(random) {
      for (const count of sizes) {
        yield [random.ints(count, -2, 9), new Float32Array(count * 7), 7, 1, 0];
      }
      yield [random.ints(300, 0, 300), new Float32Array(300 * 301), 301, 0.9, 0.1];
      yield [random.ints(5, 0, 2), new Float32Array(0), 0, 1, 0];
    },
  },
];
