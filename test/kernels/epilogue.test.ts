import { afterAll, describe, expect, test } from 'vitest';
import { epilogues, none } from '../../src/kernels/epilogue.ts';
import { loadNative, nativeInfo, setIsa, setThreads } from '../../src/kernels/native.ts';
import { type Kernels, reference } from '../../src/kernels/reference.ts';
import { sizesOf } from '../../src/kernels/window.ts';
import { layoutOf, Random } from './parity.ts';
import { type Asked, inputSize, outputSize, windowAsked } from './windows.ts';

const seed = 4711;
const { facts } = nativeInfo();

/** A kernel of sums, with an output of so many numbers in rows of so many columns. */
interface Maker {
  readonly name: string;
  readonly size: number;
  readonly columns: number;
  make(table: Kernels, y: Float32Array, ...end: (Float32Array | number)[]): void;
}

function products(random: Random): Maker[] {
  const sizes = [
    [1, 1, 3, 5],
    [1, 37, 700, 45],
    [3, 9, 40, 16],
    [1, 70, 30, 1],
    [1, 6, 0, 7],
    [1, 1, 20, 100],
    [1, 150, 64, 337],
  ];
  return sizes.map(([batch = 1, m = 1, k = 1, n = 1]) => {
    const a = random.floats(batch * m * k, -1, 1);
    const b = random.floats(batch * k * n, -1, 1);
    return {
      name: `matmul of ${batch} ${m}×${k}×${n}`,
      size: batch * m * n,
      columns: n,
      make: (table, y, ...end) =>
        (table.matmul as (...args: unknown[]) => void)(
          ...[a, b, y, batch, m, k, n, m * k, k, 1, k * n, n, 1, ...end],
        ),
    };
  });
}

function convolutions(random: Random): Maker[] {
  const asked: Asked[] = [
    { batch: 19, height: 9, width: 8, channels: 1, filters: 4, kernel: [3, 3] },
    { batch: 3, height: 7, width: 9, channels: 5, filters: 20, kernel: [3, 2], padding: 'SAME' },
    { batch: 5, height: 7, width: 6, channels: 3, filters: 1, kernel: [2, 3], stride: [2, 2] },
    { batch: 33, height: 28, width: 28, channels: 2, filters: 3, kernel: [5, 5] },
  ];
  return asked.flatMap((one) => {
    const window = windowAsked(one);
    const w = sizesOf(window);
    const taps = w.kernelHeight * w.kernelWidth;
    const filter = random.floats(taps * w.channels * w.filters, -1, 1);
    const [x, dy] = [random.floats(inputSize(one), -1, 1), random.floats(outputSize(one), -1, 1)];
    const text = `${w.batch}×${w.height}×${w.width}×${w.channels} → ${w.filters}`;
    const call =
      (kernel: 'conv2d' | 'conv2dInputGrad', images: Float32Array) =>
      (table: Kernels, y: Float32Array, ...end: (Float32Array | number)[]) =>
        (table[kernel] as (...args: unknown[]) => void)(images, filter, y, window, ...end);
    return [
      { name: `conv2d ${text}`, size: dy.length, columns: w.filters, make: call('conv2d', x) },
      {
        name: `conv2dInputGrad ${text}`,
        size: x.length,
        columns: w.channels,
        make: call('conv2dInputGrad', dy),
      },
    ];
  });
}

function pools(random: Random): Maker[] {
  const asked: Asked[] = [
    { batch: 19, height: 9, width: 8, channels: 3, filters: 3, kernel: [2, 2], stride: [2, 2] },
    { batch: 3, height: 7, width: 9, channels: 20, filters: 20, kernel: [3, 2], padding: 'SAME' },
    { batch: 40, height: 6, width: 6, channels: 1, filters: 1, kernel: [2, 2], stride: [2, 2] },
  ];
  return asked.map((one) => {
    const window = windowAsked(one);
    const [x, dy] = [random.floats(inputSize(one), -1, 1), random.floats(outputSize(one), -1, 1)];
    return {
      name: `maxPoolGrad ${one.batch}×${one.height}×${one.width}×${one.channels}`,
      size: x.length,
      columns: one.channels,
      make: (table, y, ...end) =>
        (table.maxPoolGrad as (...args: unknown[]) => void)(x, dy, y, window, ...end),
    };
  });
}

/** The same by kernels of their own, one after the other. */
function separately(table: Kernels, y: Float32Array, bias: Float32Array, after: number): void {
  if (bias.length > 0) {
    const shape = [y.length / bias.length, bias.length];
    table.add(y.slice(), bias, y, layoutOf(shape, [bias.length, 1], [0, 1]));
  }
  const name = epilogues[after];
  if (name === 'relu' || name === 'sigmoid' || name === 'tanh') table[name](y.slice(), y);
}

describe(`sums finished by their kernel (seed ${seed})`, () => {
  const random = new Random(seed);
  const makers = [...products(random), ...convolutions(random), ...pools(random)];
  const tables: [string, Kernels, () => void][] = [['reference', reference, () => undefined]];
  const native = loadNative();
  for (const isa of native === undefined ? [] : (facts?.isasSupported ?? [])) {
    for (const threads of [1, 3]) {
      tables.push([
        `${isa}, ${threads} threads`,
        native as Kernels,
        () => {
          setIsa(isa);
          setThreads(threads);
        },
      ]);
    }
  }
  afterAll(() => {
    if (facts === undefined) return;
    setIsa(facts.isa);
    setThreads(facts.threads);
  });

  describe.each(tables)('%s', (_, table, use) => {
    test.each(makers)('$name: the bits of kernels one after the other', (maker) => {
      use();
      const bias = random.floats(maker.columns, -1, 1);
      const beside = random.floats(maker.size, -1, 1);
      const inOrder = layoutOf([maker.size], [1], [1]);
      for (const withBias of [none as Float32Array, bias]) {
        epilogues.forEach((name, after) => {
          const isGradient = name.endsWith('Grad');
          const should = new Float32Array(maker.size);
          maker.make(table, should);
          separately(table, should, withBias, after);
          if (isGradient) {
            const gradient = table[name as 'reluGrad'];
            gradient(should.slice(), beside, should, inOrder);
          }
          const found = new Float32Array(maker.size).fill(Number.NaN);
          maker.make(table, found, withBias, after, isGradient ? beside : (none as Float32Array));
          expect(found, `${name}${withBias.length > 0 ? ' with a bias' : ''}`).toEqual(should);
        });
      }
    });
  });

  test.skipIf(native === undefined)(
    'refuses a short bias, what is no epilogue, and too little beside',
    () => {
      const one = new Float32Array(4);
      const product = [one, one, new Float32Array(4), 1, 2, 2, 2, 0, 2, 1, 0, 2, 1];
      const kernel = (native ?? reference).matmul as (...args: unknown[]) => void;
      const matmul = (...end: unknown[]) => kernel(...product, ...end);
      expect(() => matmul(one.subarray(1, 2), 0, none)).toThrow(
        'matmul: bias has 1 numbers; want at least 2',
      );
      expect(() => matmul(none, 7, none)).toThrow('matmul: after is 7; want at most 6');
      expect(() => matmul(none, 4, one.subarray(1))).toThrow(
        'matmul: beside has 3 numbers; want at least 4',
      );
    },
  );
});
