/** Every kernel at the sizes of the programs, squares for matmul, arrays in each cache for what only streams. */
import { layoutOf, stridesOf } from '../src/core/shape.ts';
import type { Numbers } from '../src/kernels/arrays.ts';
import { randomNormal } from '../src/kernels/random.ts';
import { type Kernels, reference } from '../src/kernels/reference.ts';
import { windowOf } from '../src/kernels/window.ts';

/** One kernel at one size. */
export interface Case {
  readonly kernel: keyof Kernels;
  readonly name: string;
  /** Multiplications and additions; 0 where only bytes count. */
  readonly flops: number;
  /** Bytes read and written, every array once each way. */
  readonly bytes: number;
  readonly output: Float32Array | Int32Array;
  /** The largest difference from the reference, of 1 or of the number, that rounding explains. */
  readonly tolerance: number;
  run(k: Kernels, y: Float32Array | Int32Array): void;
}

/** Normal numbers, enough for the smaller arrays; larger ones repeat them. */
let some: Float32Array | undefined;
function floats(size: number, seed: number): Float32Array {
  if (some === undefined) {
    some = new Float32Array(1 << 17);
    randomNormal(Int32Array.of(1, 0, 0, 0), some, 0, 1);
  }
  const x = new Float32Array(size);
  const first = (seed * 4099) % some.length;
  x.set(some.subarray(first, first + size));
  for (let at = Math.min(size, some.length - first); at < size; at += some.length) {
    x.set(some.subarray(0, Math.min(some.length, size - at)), at);
  }
  return x;
}
const truths = (size: number, seed: number) =>
  Int32Array.from(floats(size, seed), (x) => (x > 0 ? 1 : 0));

/** A kernel as a function of arrays and numbers, its types left aside. */
type Loose = (...args: unknown[]) => void;

/** `y` stands where the kernel writes; the first argument that is null. */
function caseOf(
  kernel: keyof Kernels,
  sizes: string,
  args: readonly (Numbers | number | boolean | null)[],
  output: Float32Array | Int32Array,
  {
    flops = 0,
    tolerance = 1e-5,
    bytes,
  }: { flops?: number; tolerance?: number; bytes?: number } = {},
): Case {
  const at = args.indexOf(null);
  const arrays = args.filter((arg) => typeof arg === 'object' && arg !== null) as Numbers[];
  return {
    kernel,
    name: `${kernel} ${sizes}`,
    flops,
    bytes: bytes ?? [...arrays, output].reduce((sum, array) => sum + array.byteLength, 0),
    output,
    tolerance,
    run(table, y) {
      (table[kernel] as Loose)(...args.with(at, y));
    },
  };
}

// ── Matmul ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** `turned` operands lie transposed, as the gradients of a matmul have them. */
function matmulCase(m: number, k: number, n: number, turned: 'NN' | 'TN' | 'NT'): Case {
  const [aRow, aCol] = turned === 'TN' ? [1, m] : [k, 1];
  const [bRow, bCol] = turned === 'NT' ? [1, k] : [n, 1];
  const strides = [0, aRow, aCol, 0, bRow, bCol];
  return caseOf(
    'matmul',
    `${turned} ${m}×${k}×${n}`,
    [floats(m * k, 1), floats(k * n, 2), null, 1, m, k, n, ...strides],
    new Float32Array(m * n),
    { flops: 2 * m * k * n, tolerance: 1e-6 * k },
  );
}

/** Forward, gradient of the weights, gradient of the input, of a dense layer. */
const layer = (batch: number, inputs: number, outputs: number): Case[] => [
  matmulCase(batch, inputs, outputs, 'NN'),
  matmulCase(inputs, batch, outputs, 'TN'),
  matmulCase(batch, outputs, inputs, 'NT'),
];

// ── Images ───────────────────────────────────────────────────────────────────────────────────────────────────────

interface Shapes {
  batch: number;
  size: number;
  channels: number;
  filters: number;
  kernel: number;
  stride?: number;
  same?: boolean;
}

function windowFor({ batch, size, channels, filters, kernel, stride = 1, same = false }: Shapes) {
  const outputs = same ? Math.ceil(size / stride) : Math.floor((size - kernel) / stride) + 1;
  const before = same ? Math.max(0, (outputs - 1) * stride + kernel - size) >> 1 : 0;
  const window = windowOf({
    batch,
    height: size,
    width: size,
    channels,
    rows: outputs,
    cols: outputs,
    filters,
    kernelHeight: kernel,
    kernelWidth: kernel,
    strideHeight: stride,
    strideWidth: stride,
    dilationHeight: 1,
    dilationWidth: 1,
    top: before,
    left: before,
  });
  const name = `${batch}×${size}×${size}×${channels} → ${outputs}×${outputs}×${filters} by ${kernel}×${kernel}`;
  return { window, name, x: batch * size * size * channels, y: batch * outputs ** 2 * filters };
}

/** The three passes of a convolution. */
function convCases(shapes: Shapes, kind: 'conv2d' | 'depthwiseConv2d' = 'conv2d'): Case[] {
  const { window, name, x, y } = windowFor(shapes);
  const { kernel, channels, filters } = shapes;
  const taps = kernel * kernel * (kind === 'conv2d' ? channels : 1);
  const cost = { flops: 2 * y * taps, tolerance: 2e-6 * Math.max(x, y, taps) ** 0.75 };
  const image = () => floats(x, 3);
  const filter = () => floats(taps * filters, 4);
  const above = () => floats(y, 5);
  return [
    caseOf(kind, name, [image(), filter(), null, window], new Float32Array(y), cost),
    caseOf(`${kind}InputGrad`, name, [above(), filter(), null, window], new Float32Array(x), cost),
    caseOf(
      `${kind}FilterGrad`,
      name,
      [image(), above(), null, window],
      new Float32Array(taps * filters),
      cost,
    ),
  ];
}

function poolCases(shapes: Shapes): Case[] {
  const { window, name, x, y } = windowFor(shapes);
  const [image, above] = [floats(x, 6), floats(y, 7)];
  return [
    caseOf('maxPool', name, [image, null, window], new Float32Array(y)),
    caseOf('maxPoolGrad', name, [image, above, null, window], new Float32Array(x)),
    caseOf('maxPoolPick', name, [image, floats(x, 8), null, window], new Float32Array(y)),
    caseOf('avgPool', name, [image, null, window], new Float32Array(y)),
    caseOf('avgPoolGrad', name, [above, null, window], new Float32Array(x)),
  ];
}

function resizeCases(batch: number, from: number, to: number): Case[] {
  const [x, y] = [batch * from * from, batch * to * to];
  const sizes = [batch, from, from, 1, to, to, false, false];
  const name = `${batch}×${from}×${from}×1 → ${to}×${to}`;
  return [
    caseOf('resizeBilinear', name, [floats(x, 9), null, ...sizes], new Float32Array(y)),
    caseOf('resizeBilinearGrad', name, [floats(y, 9), null, ...sizes], new Float32Array(x)),
  ];
}

// ── Elementwise ──────────────────────────────────────────────────────────────────────────────────────────────────

const unary = [
  ...(['neg', 'square', 'sqrt', 'rsqrt', 'reciprocal', 'exp', 'expm1', 'log', 'log1p'] as const),
  ...(['abs', 'sign', 'floor', 'ceil', 'round', 'sin', 'cos', 'tan', 'erf'] as const),
  ...(['sigmoid', 'tanh', 'relu', 'relu6', 'softplus'] as const),
] as const;
const positive = new Set<string>(['sqrt', 'rsqrt', 'reciprocal', 'log', 'log1p', 'tan', 'pow']);

function signed(kernel: string, size: number, seed: number): Float32Array {
  const x = floats(size, seed);
  // tan is steep near π/2, and what needs positive numbers gets such from 0.1 on.
  return positive.has(kernel) ? x.map((value) => 0.1 + Math.abs(Math.tanh(value))) : x;
}

function unaryCase(kernel: (typeof unary)[number], n: number): Case {
  return caseOf(kernel, `${n}`, [signed(kernel, n, 10), null], new Float32Array(n));
}

const binary = [
  ...(['add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum'] as const),
  ...(['reluGrad', 'sigmoidGrad', 'tanhGrad', 'squaredDifference'] as const),
  ...(['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const),
  ...(['logicalAnd', 'logicalOr', 'logicalXor'] as const),
] as const;

function binaryCase(kernel: (typeof binary)[number], shape: number[], b: number[] = shape): Case {
  const [size, sizeB] = [shape, b].map((sizes) => sizes.reduce((all, n) => all * n, 1));
  const logic = kernel.startsWith('logical');
  const make = (n = 1, seed = 11) => (logic ? truths(n, seed) : signed(kernel, n, seed));
  const strides = [...shape.map(() => 0), ...stridesOf(b)].slice(-shape.length);
  const float = binary.indexOf(kernel) <= binary.indexOf('squaredDifference');
  const divisor = (n?: number) =>
    kernel === 'div' ? signed('reciprocal', n ?? 1, 12) : make(n, 12);
  return caseOf(
    kernel,
    b === shape ? `[${shape}]` : `[${shape}] [${b}]`,
    [make(size), divisor(sizeB), null, layoutOf(shape, stridesOf(shape), strides)],
    float ? new Float32Array(size ?? 0) : new Int32Array(size ?? 0),
    { bytes: 4 * (2 * (size ?? 0) + (sizeB ?? 0)) },
  );
}

function otherElementwise(n: number): Case[] {
  const [x, z] = [floats(n, 13), floats(n, 14)];
  const [y, ys] = [() => new Float32Array(n), () => new Int32Array(n)];
  const flat = layoutOf([n], [1], [1], [1]);
  return [
    caseOf('where', `${n}`, [truths(n, 15), x, z, null, flat], y(), { bytes: 16 * n }),
    caseOf('logicalNot', `${n}`, [truths(n, 15), null], ys()),
    caseOf('isNan', `${n}`, [x, null], ys()),
    caseOf('isFinite', `${n}`, [x, null], ys()),
    caseOf('clip', `${n}`, [x, null, -1, 1], y()),
    caseOf('leakyRelu', `${n}`, [x, null, 0.2], y()),
    caseOf('elu', `${n}`, [x, null, 1], y()),
    caseOf('sigmoidCrossEntropy', `${n}`, [z.map(Math.abs), x, null], y()),
    caseOf('cast', `${n} to int32`, [x, null], ys()),
  ];
}

// ── Reductions, moves, random numbers, updates ───────────────────────────────────────────────────────────────────

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
  yield* layer(32, 784, 128);
  yield* layer(32, 128, 64);
  yield* layer(32, 64, 128);
  yield* layer(32, 128, 784);
  yield* layer(128, 784, 256);
  yield* layer(128, 256, 256);
  yield* layer(128, 20, 256);
  yield* layer(32, 100, 100);
  yield* [64, 128, 256, 512, 1024, 2048].map((size) => matmulCase(size, size, size, 'NN'));
  yield* convCases({ batch: 128, size: 28, channels: 1, filters: 4, kernel: 5 });
  yield* convCases({ batch: 128, size: 24, channels: 4, filters: 4, kernel: 5 });
  yield* convCases({ batch: 128, size: 20, channels: 4, filters: 1, kernel: 5 });
  yield* convCases({
    batch: 128,
    size: 28,
    channels: 1,
    filters: 16,
    kernel: 3,
    stride: 3,
    same: true,
  });
  yield* convCases({
    batch: 128,
    size: 15,
    channels: 8,
    filters: 16,
    kernel: 5,
    stride: 3,
    same: true,
  });
  yield* convCases({ batch: 32, size: 56, channels: 64, filters: 64, kernel: 3, same: true });
  yield* convCases(
    { batch: 32, size: 28, channels: 32, filters: 32, kernel: 3 },
    'depthwiseConv2d',
  );
  yield* poolCases({ batch: 128, size: 10, channels: 16, filters: 16, kernel: 2, stride: 2 });
  yield* resizeCases(128, 30, 28);
  yield* unary.map((kernel) => unaryCase(kernel, n));
  yield* [4096, 1 << 20].flatMap((size) => [
    binaryCase('add', [size]),
    ...(['sigmoid', 'exp', 'tanh'] as const).map((kernel) => unaryCase(kernel, size)),
  ]);
  yield* binary.map((kernel) => binaryCase(kernel, [n]));
  yield binaryCase('add', [32, 784], [784]);
  yield binaryCase('add', [51200, 4], [4]);
  yield* otherElementwise(n);
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
    ...layer(5, 33, 19),
    ...convCases({ ...tiny, filters: 5 }),
    ...convCases({ ...tiny, stride: 2, same: true }),
    ...convCases(tiny, 'depthwiseConv2d'),
    ...poolCases({ ...tiny, stride: 2 }),
    ...resizeCases(3, 7, 5),
    ...unary.map((kernel) => unaryCase(kernel, 37)),
    ...binary.map((kernel) => binaryCase(kernel, [37])),
    binaryCase('mul', [3, 13], [13]),
    ...otherElementwise(37),
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
