import type { Argument, Random, Row } from './parity.ts';

interface Size {
  m: number;
  k: number;
  n: number;
  batch?: number;
  /** The array holds the transpose. */
  aTransposed?: boolean;
  bTransposed?: boolean;
  /** Numbers between two neighbours of a row. */
  spread?: number;
  /** One matrix for every member of the batch. */
  sameB?: boolean;
}

function call(random: Random, size: Size): Argument[] {
  const { m, k, n, batch = 1, spread = 1, sameB = false } = size;
  const aSize = m * k * spread;
  const bSize = k * n * spread;
  const aStrides = size.aTransposed ? [spread, m * spread] : [k * spread, spread];
  const bStrides = size.bTransposed ? [spread, k * spread] : [n * spread, spread];
  const a = random.floats(aSize * batch, -1, 1);
  const b = random.floats(sameB ? bSize : bSize * batch, -1, 1);
  const strides = [aSize, ...aStrides, sameB ? 0 : bSize, ...bStrides];
  return [a, b, new Float32Array(batch * m * n), batch, m, k, n, ...strides];
}

const edges = [0, 1, 3, 4, 5, 7, 8, 9, 13, 14, 15, 16, 17, 29, 31, 33];

export const rows: readonly Row[] = [
  {
    kernel: 'matmul',
    bound: { ofTerms: 1e-6 },
    outputs: [2],
    *calls(random) {
      for (const edge of edges) {
        yield call(random, { m: edge, k: 7, n: 19 });
        yield call(random, { m: edge, k: 7, n: 12 });
        yield call(random, { m: 11, k: edge, n: 19 });
        yield call(random, { m: 11, k: 7, n: edge });
        yield call(random, { m: edge, k: edge, n: edge, aTransposed: true });
        yield call(random, { m: edge, k: edge, n: edge, bTransposed: true });
      }
      for (const aTransposed of [false, true]) {
        yield call(random, { m: 70, k: 401, n: 700, aTransposed }); // b too large for the caches
        yield call(random, { m: 21, k: 900, n: 50, aTransposed, bTransposed: true });
        for (const bTransposed of [false, true]) {
          const each = { aTransposed, bTransposed };
          yield call(random, { m: 32, k: 784, n: 128, ...each });
          yield call(random, { m: 37, k: 41, n: 43, spread: 3, ...each });
          yield call(random, { m: 131, k: 331, n: 337, ...each });
          yield call(random, { m: 5, k: 6, n: 7, batch: 9, ...each });
          yield call(random, { m: 33, k: 17, n: 40, batch: 50, sameB: true, ...each });
          yield call(random, { m: 641, k: 20, n: 3, ...each });
          yield call(random, { m: 2, k: 30, n: 4001, ...each });
        }
      }
      yield [
        new Float32Array(0),
        new Float32Array(0),
        new Float32Array(6),
        1,
        2,
        0,
        3,
        0,
        0,
        1,
        0,
        3,
        1,
      ];
    },
  },
];
