/** Every kernel at the sizes of the programs, squares for matmul, arrays in each cache for what only streams. */
import { layoutOf } from '../src/core/shape.ts';
import type { Numbers } from '../src/kernels/arrays.ts';
import { type Kernels, reference } from '../src/kernels/reference.ts';
import { type Case, caseOf, floats, type Loose } from './case.ts';
import { binaryCase, elementwiseCases, unaryCase } from './elementwise-cases.ts';
import { convCases, poolCases, resizeCases } from './image-cases.ts';
import { layer, nameOf, type Product, products, stridesOf } from './products.ts';
import { windows } from './windows.ts';

function matmulCase(product: Product): Case {
  const [m, k, n] = product;
  const { aRow, aCol, bRow, bCol } = stridesOf(product);
  const strides = [0, aRow, aCol, 0, bRow, bCol];
  return caseOf(
    'matmul',
    nameOf(product),
    [floats(m * k, 1), floats(k * n, 2), null, 1, m, k, n, ...strides],
    new Float32Array(m * n),
    { flops: 2 * m * k * n, tolerance: 1e-6 * k },
  );
}

function reduceCase(
  kernel: 'sum' | 'prod' | 'max' | 'min' | 'any' | 'all' | 'argmax' | 'argmin',
  [outer, n, inner]: readonly [number, number, number],
): Case {
  const truth = kernel === 'any' || kernel === 'all';
  const size = outer * n * inner;
  const near1 = (x: Float32Array) => x.map((value) => 1 + 0.01 * value);
  const normal = floats(size, 16);
  // Truths that leave a row undecided to its end.
  const x = truth
    ? new Int32Array(size).fill(kernel === 'all' ? 1 : 0)
    : kernel === 'prod'
      ? near1(normal)
      : normal;
  const y = truth || kernel.startsWith('arg') ? Int32Array : Float32Array;
  return caseOf(
    kernel,
    `[${outer},${n},${inner}]`,
    [x, null, outer, n, inner],
    new y(outer * inner),
    {
      tolerance: 1e-5 * Math.sqrt(n),
    },
  );
}

function runningCases(outer: number, n: number, inner: number): Case[] {
  const sizes = [outer, n, inner, false, false];
  const x = floats(outer * n * inner, 17).map((value) => 1 + 0.01 * value);
  return (['cumsum', 'cumprod'] as const).map((kernel) =>
    caseOf(kernel, `[${outer},${n},${inner}]`, [x, null, ...sizes], new Float32Array(x.length)),
  );
}

function softmaxCases(rows: number, n: number): Case[] {
  return (['softmax', 'logSoftmax'] as const).map((kernel) =>
    caseOf(
      kernel,
      `[${rows},${n}]`,
      [floats(rows * n, 18), null, rows, n],
      new Float32Array(rows * n),
    ),
  );
}

function moveCases(rows: number, cols: number): Case[] {
  const size = rows * cols;
  const x = floats(size, 19);
  const places = Int32Array.from({ length: rows }, (_, i) => (i * 7) % rows);
  const turned = layoutOf([cols, rows], [1, cols], [rows, 1]);
  return [
    caseOf('fill', `${size}`, [null, 3], new Float32Array(size)),
    caseOf(
      'copy',
      `[${rows},${cols}] transposed`,
      [x, null, turned, 0, 0],
      new Float32Array(size),
      {
        bytes: 8 * size,
      },
    ),
    caseOf(
      'gather',
      `[${rows},${cols}] rows`,
      [x, places, null, 1, rows, cols],
      new Float32Array(size),
    ),
    caseOf(
      'scatterAdd',
      `[${rows},${cols}] rows`,
      [x, places, null, 1, rows, cols],
      new Float32Array(size),
    ),
    caseOf('oneHot', `[${rows},${cols}]`, [places, null, cols, 1, 0], new Float32Array(size)),
  ];
}

function randomCases(n: number): Case[] {
  const kernels = ['randomUniform', 'randomNormal', 'truncatedNormal', 'randomInteger'] as const;
  return kernels.map((kernel): Case => {
    const whole = kernel === 'randomInteger';
    const output = whole ? new Int32Array(n) : new Float32Array(n);
    const state = new Int32Array(4);
    return {
      ...caseOf(kernel, `${n}`, [state, null, 0, whole ? 100 : 1], output, { bytes: 4 * n }),
      run(table, y) {
        state.fill(0);
        (table[kernel] as Loose)(state, y, 0, whole ? 100 : 1);
      },
    };
  });
}

/** One pass over weights, gradient and memory. The weights are the output and begin at 0, so that runs can be compared. */
function optimiserCases(n: number): Case[] {
  const none = new Float32Array(0);
  const g = floats(n, 20);
  const rate = Float32Array.of(1e-3, 0);
  const [m, v] = [new Float32Array(n), new Float32Array(n)];
  const update = (
    kernel: keyof Kernels,
    bytes: number,
    args: (Numbers | number | boolean | null)[],
  ) => {
    const one = caseOf(kernel, `${n}`, args, new Float32Array(n), { bytes: bytes * n });
    const run: Case['run'] = (table, w) => {
      // From weights that were updated often, results cannot be compared; verification comes first.
      if (w !== one.output) for (const memory of [m, v]) memory.fill(0);
      one.run(table, w);
    };
    return { ...one, run };
  };
  return [
    update('sgd', 12, [null, g, none, rate, 0, false]),
    update('rmsprop', 20, [null, g, m, none, none, rate, 0.9, 0, 1e-7]),
    update('adagrad', 20, [null, g, m, rate, 1e-7]),
    update('adam', 28, [null, g, m, v, rate, 0.9, 0.999, 1e-7]),
  ];
}

// ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The shapes of the programs' steps, squares, and arrays in L1, L2 and memory. */
export function* cases(): Generator<Case> {
  const n = 25_088; // a batch of 32 images
  yield* products.map(matmulCase);
  yield* windows.flatMap((one) => convCases(one));
  yield* convCases(
    { batch: 32, size: 28, channels: 32, filters: 32, kernel: 3 },
    'depthwiseConv2d',
  );
  yield* poolCases({ batch: 128, size: 10, channels: 16, filters: 16, kernel: 2, stride: 2 });
  yield* resizeCases(128, 30, 28);
  yield* elementwiseCases(n);
  yield* [4096, 1 << 20].flatMap((size) => [
    binaryCase('add', [size]),
    ...(['sigmoid', 'exp', 'tanh'] as const).map((kernel) => unaryCase(kernel, size)),
  ]);
  yield binaryCase('add', [32, 784], [784]);
  yield binaryCase('add', [51200, 4], [4]);
  yield* (['sum', 'prod', 'max', 'min', 'any', 'all', 'argmax', 'argmin'] as const).map((kernel) =>
    reduceCase(kernel, [32, 784, 1]),
  );
  yield reduceCase('sum', [1, n, 1]);
  yield reduceCase('sum', [1, 32, 784]);
  yield reduceCase('sum', [1, 51200, 4]);
  yield* runningCases(32, 784, 1);
  yield* softmaxCases(128, 1000);
  yield* moveCases(128, 784);
  yield* randomCases(n);
  yield* optimiserCases(218_192);
}

/** The same kernels at sizes that are odd and small, for `--check`. */
export function tinyCases(): Case[] {
  const tiny = { batch: 3, size: 7, channels: 2, filters: 2, kernel: 3 };
  return [
    ...layer(5, 33, 19).map(matmulCase),
    ...convCases({ ...tiny, filters: 5 }),
    ...convCases({ ...tiny, stride: 2, same: true }),
    ...convCases(tiny, 'depthwiseConv2d'),
    ...poolCases({ ...tiny, stride: 2 }),
    ...resizeCases(3, 7, 5),
    ...elementwiseCases(37),
    binaryCase('mul', [3, 13], [13]),
    ...(['sum', 'prod', 'max', 'min', 'any', 'all', 'argmax', 'argmin'] as const).map((kernel) =>
      reduceCase(kernel, [3, 17, 5]),
    ),
    ...runningCases(3, 7, 2),
    ...softmaxCases(3, 17),
    ...moveCases(5, 11),
    ...randomCases(37),
    ...optimiserCases(37),
  ];
}

/** Kernels of the contract that no case times: a new one has to be given a size. */
export function kernelsWithoutCase(all: Iterable<Case>): string[] {
  const timed = new Set<string>();
  for (const { kernel } of all) timed.add(kernel);
  return Object.keys(reference).filter((name) => !timed.has(name));
}
