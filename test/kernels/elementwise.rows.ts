import type { Kernels } from '../../src/kernels/reference.ts';
import type { Argument, Bound, Random, Row } from './parity.ts';
import { layoutOf, rowOrder, sizes, special } from './parity.ts';

const exact: Bound = { exact: true };
const four: Bound = { ulps: 4 };

function unary(kernel: keyof Kernels, bound: Bound, ...more: Argument[]): Row {
  return {
    kernel,
    bound,
    outputs: [1],
    *calls(random) {
      for (const size of sizes) {
        yield [random.floats(size), new Float32Array(size), ...more];
      }
      for (const scale of [0.01, 1, 30, 100, 20000]) {
        yield [random.floats(3001, -scale, scale), new Float32Array(3001), ...more];
      }
      // From every place in a register.
      const x = Float32Array.from([...special, 1, 2, 3, ...special]);
      yield [x, new Float32Array(x.length), ...more];
    },
  };
}

/** Where a function comes to its end, or through a round number, it does so exactly. */
function ends(kernel: keyof Kernels, ...numbers: number[]): Row {
  const x = Float32Array.from(numbers);
  return {
    kernel,
    bound: exact,
    outputs: [1],
    calls: () => [[x, new Float32Array(x.length)]],
  };
}

function truth(kernel: keyof Kernels): Row {
  return {
    kernel,
    bound: exact,
    outputs: [1],
    *calls(random) {
      for (const size of sizes) yield [random.floats(size), new Int32Array(size)];
      yield [Float32Array.from(special), new Int32Array(special.length)];
    },
  };
}

interface Pair {
  shape: number[];
  /** Strides of the two arrays. */
  a: number[];
  b: number[];
}

/** Every walk a binary kernel has a way of its own for, and the general one. */
function* pairs(): Generator<Pair> {
  for (const size of sizes) {
    const shape = [size];
    yield { shape, a: [1], b: [1] };
    if (size > 2000) continue;
    yield { shape, a: [1], b: [0] };
    yield { shape, a: [0], b: [1] };
  }
  yield { shape: [], a: [], b: [] };
  yield { shape: [0, 3], a: [3, 1], b: [3, 1] };
  for (const shape of [
    [5, 7],
    [33, 17],
    [7, 1],
    [1, 9],
    [101, 41],
  ]) {
    const [rows = 0, cols = 0] = shape;
    yield { shape, a: [cols, 1], b: [0, 1] };
    yield { shape, a: [cols, 1], b: [1, 0] };
    yield { shape, a: [1, 0], b: [0, 1] };
    yield { shape, a: [1, rows], b: [cols, 1] };
    yield { shape, a: [1, rows], b: [1, rows] };
    yield { shape, a: [2 * cols, 2], b: [0, 0] };
  }
  // Short rows repeated over many: a bias of few channels.
  for (const cols of [2, 3, 4, 16, 31, 32, 33]) {
    yield { shape: [1201, cols], a: [cols, 1], b: [0, 1] };
    yield { shape: [67, cols], a: [0, 1], b: [cols, 1] };
  }
  // Shared among threads in the middle of rows.
  yield { shape: [1500, 41], a: [41, 1], b: [0, 1] };
  yield { shape: [17011, 2], a: [2, 1], b: [1, 0] };
  yield { shape: [3, 11003], a: [1, 3], b: [11003, 1] };
  const deep = [3, 1, 5, 2, 4];
  yield { shape: deep, a: rowOrder(deep), b: [0, 0, 1, 0, 5] };
  yield { shape: deep, a: [1, 3, 3, 15, 30], b: rowOrder(deep) };
  const large = [19, 23, 29, 3];
  yield { shape: large, a: rowOrder(large), b: [0, 3, 0, 1] };
}

/** Numbers an array must have for these strides (none of them negative). */
function reach(shape: number[], strides: number[]): number {
  if (shape.includes(0)) return 0;
  return 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0), 0);
}

function binary(
  kernel: keyof Kernels,
  bound: Bound,
  kind: 'number' | 'comparison' | 'logic' | 'slope' = 'number',
): Row {
  const numbers = (random: Random, size: number) =>
    kind === 'logic'
      ? random.ints(size, -1, 2)
      : kind === 'comparison'
        ? Float32Array.from(random.ints(size, -2, 3))
        : random.floats(size);
  return {
    kernel,
    bound,
    outputs: [2],
    *calls(random) {
      const output = (size: number) =>
        kind === 'number' || kind === 'slope' ? new Float32Array(size) : new Int32Array(size);
      for (const { shape, a, b } of pairs()) {
        yield [
          numbers(random, reach(shape, a)),
          numbers(random, reach(shape, b)),
          output(shape.reduce((x, y) => x * y, 1)),
          layoutOf(shape, a, b),
        ];
      }
      if (kind === 'logic') return;
      const n = special.length;
      const all = Float32Array.from(special);
      if (kind === 'slope') {
        // The second is what sigmoid or tanh made: no number is further from 0 than 1.
        yield [all, random.floats(n, -1, 1), output(n), layoutOf([n], [1], [1])];
        return;
      }
      yield [all, all, output(n * n), layoutOf([n, n], [1, 0], [0, 1])];
      yield [all, all, output(n * n), layoutOf([n, n], [0, 1], [1, 0])];
    },
  };
}

/** Also results up to 2^±150, and negative numbers to whole powers. The baseline asks the C library. */
const pow: Row = {
  ...binary('pow', four),
  boundOn: { baseline: { ulps: 1 } },
  *calls(random) {
    yield* binary('pow', four).calls(random);
    const n = 3001;
    for (const [most, power] of [
      [2, 150],
      [1e30, 4],
      [1e-30, 4],
      [1.001, 9e4],
    ] as const) {
      const [a, b] = [random.floats(n, 0, most), random.floats(n, -power, power)];
      yield [a, b, new Float32Array(n), layoutOf([n], [1], [1])];
      yield [a.map((x) => -x), b.map(Math.round), new Float32Array(n), layoutOf([n], [1], [1])];
    }
  },
};

const where: Row = {
  kernel: 'where',
  bound: exact,
  outputs: [3],
  *calls(random) {
    for (const size of sizes) {
      const [a, b] = [random.floats(size), random.floats(size)];
      yield [
        random.ints(size, -1, 2),
        a,
        b,
        new Float32Array(size),
        layoutOf([size], [1], [1], [1]),
      ];
    }
    const walks = [
      layoutOf([1500, 41], [1, 0], [41, 1], [0, 1]),
      layoutOf([1500, 41], [41, 1], [0, 0], [41, 1]),
      layoutOf([1500, 41], [1, 1500], [1, 1500], [41, 1]),
      layoutOf([1500, 41], [41, 1], [41, 1], [0, 0]),
      layoutOf([1500, 41], [41, 1], [0, 0], [0, 0]),
    ];
    for (const walk of walks) {
      const size = 1500 * 41;
      const [a, b] = [random.floats(size), random.floats(size)];
      yield [random.ints(size, 0, 2), a, b, new Float32Array(size), walk];
    }
    const all = Float32Array.from(special);
    const ones = random.ints(special.length, 0, 2);
    yield [ones, all, all.slice().reverse(), all.slice(), layoutOf([all.length], [1], [1], [1])];
  },
};

const logicalNot: Row = {
  kernel: 'logicalNot',
  bound: exact,
  outputs: [1],
  *calls(random) {
    for (const size of sizes) yield [random.ints(size, -1, 2), new Int32Array(size)];
  },
};

const sigmoidCrossEntropy: Row = {
  kernel: 'sigmoidCrossEntropy',
  // x - x z cancels: the error is of the size of x.
  bound: { relative: 1e-6 },
  outputs: [2],
  *calls(random) {
    for (const size of sizes) {
      yield [random.floats(size, 0, 1), random.floats(size), new Float32Array(size)];
    }
    const x = Float32Array.from(special);
    for (const label of [0, 1]) {
      yield [new Float32Array(x.length).fill(label), x, new Float32Array(x.length)];
    }
  },
};

export const rows: readonly Row[] = [
  ...(['add', 'sub', 'mul', 'div', 'maximum', 'minimum'] as const).map((k) => binary(k, exact)),
  binary('squaredDifference', { ulps: 2 }),
  binary('reluGrad', exact),
  binary('sigmoidGrad', four, 'slope'),
  binary('tanhGrad', four, 'slope'),
  pow,
  ...(['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const).map((k) =>
    binary(k, exact, 'comparison'),
  ),
  ...(['logicalAnd', 'logicalOr', 'logicalXor'] as const).map((k) => binary(k, exact, 'logic')),
  logicalNot,
  truth('isNan'),
  truth('isFinite'),
  where,
  ...(['neg', 'square', 'sqrt', 'reciprocal', 'abs', 'sign', 'floor', 'ceil'] as const).map((k) =>
    unary(k, exact),
  ),
  unary('round', exact),
  unary('clip', exact, -0.7, 1.3),
  unary('relu', exact),
  unary('relu6', exact),
  unary('rsqrt', { ulps: 1 }),
  unary('leakyRelu', { ulps: 1 }, 0.2),
  ...(['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tan', 'erf'] as const).map((k) =>
    unary(k, four),
  ),
  ...(['sigmoid', 'tanh', 'softplus'] as const).map((k) => unary(k, four)),
  unary('elu', four, 1.5),
  ends('exp', 0, -0, -104.5, -1e30, Number.NEGATIVE_INFINITY, 89, 1e30, Number.POSITIVE_INFINITY),
  ends('log', 1, 0, -0, -1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
  ends('sigmoid', 0, 20, 200, Number.POSITIVE_INFINITY, -105, -1e30, Number.NEGATIVE_INFINITY),
  ends('tanh', ...[0, 1e-45, 9.5, 20, 1e30, Number.POSITIVE_INFINITY].flatMap((x) => [x, -x])),
  ends('softplus', -105, -1e30, Number.NEGATIVE_INFINITY, 30, 1e30, Number.POSITIVE_INFINITY),
  ends('rsqrt', 1, 4, 0, -0, -1, Number.POSITIVE_INFINITY),
  sigmoidCrossEntropy,
];
