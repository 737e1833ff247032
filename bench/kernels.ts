/**
 * How fast is each kernel, on each instruction set and number of threads, beside the TypeScript reference and beside
 * what this machine's memory delivers? Every result is compared with the reference before it is timed.
 */
import { layoutOf, stridesOf } from '../src/core/shape.ts';
import type { Numbers } from '../src/kernels/arrays.ts';
import { loadNative, setIsa, setThreads } from '../src/kernels/native.ts';
import { randomNormal } from '../src/kernels/random.ts';
import { type Kernels, reference } from '../src/kernels/reference.ts';
import { heading, machine, runBench } from './machine.ts';
import { spreadText, type Timing, timeInTurns } from './measure.ts';

/** One kernel at one size. */
interface Case {
  readonly name: string;
  /** Floating-point operations, where they are what counts; else bytes read and written. */
  readonly flops?: number;
  readonly bytes?: number;
  readonly inputs: readonly Float32Array[];
  readonly output: Float32Array;
  /** The largest difference from the reference that rounding explains. */
  readonly tolerance: number;
  run(k: Kernels, y: Float32Array): void;
}

function normal(size: number, seed: number): Float32Array {
  const x = new Float32Array(size);
  randomNormal(Int32Array.of(seed, 0, 0, 0), x, 0, 1);
  return x;
}

/** `turned` operands lie transposed, as the gradients of a matmul have them. */
function matmulCase(m: number, k: number, n: number, turned: 'NN' | 'TN' | 'NT'): Case {
  const a = normal(m * k, 1);
  const b = normal(k * n, 2);
  const [aRow, aCol] = turned === 'TN' ? [1, m] : [k, 1];
  const [bRow, bCol] = turned === 'NT' ? [1, k] : [n, 1];
  return {
    name: `matmul ${turned} ${m}×${k}×${n}`,
    flops: 2 * m * k * n,
    inputs: [a, b],
    output: new Float32Array(m * n),
    tolerance: 4e-7 * k,
    run: (table, y) => table.matmul(a, b, y, 1, m, k, n, 0, aRow, aCol, 0, bRow, bCol),
  };
}

type UnaryName = 'exp' | 'log' | 'sigmoid' | 'tanh' | 'relu' | 'softplus' | 'square' | 'sqrt';

function unaryCase(kernel: UnaryName, n: number): Case {
  const x = normal(n, 3);
  if (kernel === 'log' || kernel === 'sqrt') reference.square(x, x);
  return {
    name: `${kernel} ${n}`,
    bytes: 8 * n,
    inputs: [x],
    output: new Float32Array(n),
    tolerance: 1e-5,
    run: (table, y) => table[kernel](x, y),
  };
}

function binaryCase(
  kernel: 'add' | 'mul' | 'squaredDifference',
  shape: number[],
  b: number[],
): Case {
  const size = shape.reduce((product, n) => product * n, 1);
  const bSize = b.reduce((product, n) => product * n, 1);
  const x = normal(size, 4);
  const z = normal(bSize, 5);
  const bStrides = b.length < shape.length ? [0, ...stridesOf(b)] : stridesOf(b);
  const layout = layoutOf(shape, stridesOf(shape), bStrides);
  return {
    name: `${kernel} [${shape}] [${b}]`,
    bytes: 4 * (2 * size + bSize),
    inputs: [x, z],
    output: new Float32Array(size),
    tolerance: 1e-5,
    run: (table, y) => table[kernel](x, z, y, layout),
  };
}

function reduceCase(kernel: 'sum' | 'max', outer: number, n: number, inner: number): Case {
  const x = normal(outer * n * inner, 6);
  return {
    name: `${kernel} [${outer},${n},${inner}] over its middle axis`,
    bytes: 4 * (outer * n * inner + outer * inner),
    inputs: [x],
    output: new Float32Array(outer * inner),
    tolerance: 1e-5 * Math.sqrt(n),
    run: (table, y) => table[kernel](x, y, outer, n, inner),
  };
}

function softmaxCase(rows: number, n: number): Case {
  const x = normal(rows * n, 7);
  return {
    name: `softmax [${rows},${n}]`,
    bytes: 8 * rows * n,
    inputs: [x],
    output: new Float32Array(rows * n),
    tolerance: 1e-5,
    run: (table, y) => table.softmax(x, y, rows, n),
  };
}

/** One pass over weights, gradient and both moments; the weights are the output. */
function adamCase(n: number): Case {
  const g = normal(n, 8);
  const [m, v] = [new Float32Array(n), new Float32Array(n)];
  const rate = Float32Array.of(1e-3, 0);
  return {
    name: `adam ${n}`,
    bytes: 28 * n,
    inputs: [g],
    output: new Float32Array(n),
    tolerance: 1e-5,
    run(table, y) {
      m.fill(0);
      v.fill(0);
      table.adam(y, g, m, v, rate, 0.9, 0.999, 1e-7);
    },
  };
}

/** The shapes of a dense-ae step (batch 32), squares, and arrays in L1, L2 and memory. */
function cases(): Case[] {
  return [
    matmulCase(32, 784, 128, 'NN'),
    matmulCase(32, 128, 64, 'NN'),
    matmulCase(32, 64, 128, 'NN'),
    matmulCase(32, 128, 784, 'NN'),
    matmulCase(784, 32, 128, 'TN'),
    matmulCase(128, 32, 784, 'TN'),
    matmulCase(32, 784, 128, 'NT'),
    matmulCase(256, 256, 256, 'NN'),
    matmulCase(512, 512, 512, 'NN'),
    matmulCase(1024, 1024, 1024, 'NN'),
    ...[4096, 25_088, 1 << 20].flatMap((n) => [
      binaryCase('add', [n], [n]),
      unaryCase('sigmoid', n),
      unaryCase('exp', n),
      unaryCase('tanh', n),
    ]),
    unaryCase('relu', 25_088),
    unaryCase('log', 25_088),
    unaryCase('softplus', 25_088),
    binaryCase('add', [32, 784], [784]),
    binaryCase('squaredDifference', [32, 784], [32, 784]),
    reduceCase('sum', 1, 25_088, 1),
    reduceCase('sum', 1, 32, 784),
    reduceCase('sum', 32, 784, 1),
    reduceCase('max', 32, 784, 1),
    softmaxCase(128, 1000),
    adamCase(237_968),
  ];
}

/** The same kernels at sizes that are odd and small, for `--check`. */
function tinyCases(): Case[] {
  return [
    matmulCase(5, 7, 3, 'NN'),
    matmulCase(9, 4, 17, 'TN'),
    matmulCase(3, 33, 19, 'NT'),
    binaryCase('add', [37], [37]),
    binaryCase('mul', [3, 13], [13]),
    binaryCase('squaredDifference', [3, 13], [3, 13]),
    ...(['exp', 'log', 'sigmoid', 'tanh', 'relu', 'softplus', 'square', 'sqrt'] as const).map(
      (kernel) => unaryCase(kernel, 37),
    ),
    reduceCase('sum', 3, 17, 5),
    reduceCase('max', 3, 17, 1),
    softmaxCase(3, 17),
    adamCase(37),
  ];
}

/** A table of kernels with the settings it is measured under. */
interface Setting {
  readonly name: string;
  readonly isa: string;
  readonly threads: number;
  readonly kernels: Kernels;
  use(): void;
}

function settings(isas: readonly string[], most: number): Setting[] {
  const own: Setting = {
    name: 'reference',
    isa: 'reference',
    threads: 1,
    kernels: reference,
    use: () => {},
  };
  const native = loadNative();
  if (native === undefined) return [own];
  const counts = most === 1 ? [1] : [1, most];
  return [
    own,
    ...isas.flatMap((isa) =>
      counts.map((threads) => ({
        name: `${isa} ×${threads}`,
        isa,
        threads,
        kernels: native,
        use() {
          setIsa(isa);
          setThreads(threads);
        },
      })),
    ),
  ];
}

/** Refuses results that differ from the reference by more than rounding. */
function verify(one: Case, wanted: Float32Array, setting: Setting): void {
  const y = new Float32Array(one.output.length);
  setting.use();
  one.run(setting.kernels, y);
  y.forEach((value, i) => {
    const should = wanted[i] as number;
    const off = Math.abs(value - should);
    if (!(off <= one.tolerance * Math.max(1, Math.abs(should)))) {
      throw new Error(`${one.name} on ${setting.name}: element ${i} is ${value}; want ${should}`);
    }
  });
}

/** GB/s of copying arrays that lie in L1, in L2 and in memory: what there is to be had for kernels that only move. */
function ceilings(all: readonly Setting[]): { size: number; setting: string; rate: number }[] {
  return [1 << 12, 1 << 15, 1 << 23].flatMap((n) => {
    const x: Numbers = normal(n, 9);
    const y = new Float32Array(n);
    const layout = Int32Array.of(1, n, 1, 1);
    const tables = all.filter((setting) => setting.kernels !== reference);
    const timings = timeInTurns(
      tables.map(({ name, kernels, use }) => ({
        name,
        prepare: use,
        run: () => kernels.copy(x, y, layout, 0, 0),
      })),
    );
    return tables.map(({ name }, i) => ({
      size: 4 * n,
      setting: name,
      rate: (8 * n) / (timings[i] as Timing).median / 1e6,
    }));
  });
}

await runBench(
  {
    name: 'bench:kernels',
    summary: 'Times the kernels: reference and native, each instruction set, one thread and all',
    many: 'Only the kernels whose lines begin so',
    options: {
      json: { type: 'flag', help: 'One JSON object a line' },
      check: {
        type: 'flag',
        help: 'Only compares with the reference, at tiny sizes, and times nothing',
      },
      isa: { type: 'text', value: 'ISA', help: 'This instruction set only' },
      threads: { type: 'number', whole: true, min: 1, max: 256, help: 'Most threads' },
    },
  },
  (options, words) => {
    const here = machine();
    const isas = options.isa === undefined ? here.isas : [options.isa];
    const all = settings(isas, options.threads ?? here.threads);
    const wanted = (options.check ? tinyCases() : cases()).filter(
      ({ name }) => words.length === 0 || words.some((word) => name.startsWith(word)),
    );
    const say = (fields: object, line: string) =>
      console.log(options.json ? JSON.stringify({ ...here, ...fields }) : line);
    if (!options.json) console.log(heading(here));

    if (!options.check) {
      for (const { size, setting, rate } of ceilings(all)) {
        say(
          { ceiling: 'copy', bytes: size, setting, gbPerSecond: rate },
          `ceiling: copying ${`${size / 1024} KiB`.padStart(9)}  ${setting.padEnd(12)} ${rate.toFixed(1).padStart(7)} GB/s`,
        );
      }
    }
    for (const one of wanted) {
      const right = new Float32Array(one.output.length);
      const start = performance.now();
      one.run(reference, right);
      const once = performance.now() - start;
      for (const setting of all) verify(one, right, setting);
      if (options.check) {
        say({ kernel: one.name, correct: true }, `${one.name}: ${all.length} tables agree`);
        continue;
      }
      // A reference that takes long is not made to run again.
      const inTurns = once > 100 ? all.slice(1) : all;
      const timings = timeInTurns(
        inTurns.map(({ name, kernels, use }) => ({
          name,
          prepare: use,
          run: () => one.run(kernels, one.output),
        })),
      );
      if (once > 100) timings.unshift({ median: once, min: once, spread: Number.NaN, count: 1 });
      const slowest = timings[0] as Timing;
      timings.forEach((timing, i) => {
        const setting = all[i] as Setting;
        const rate = (one.flops ?? one.bytes ?? 0) / timing.median / 1e6;
        const unit = one.flops === undefined ? 'GB/s' : 'GFLOP/s';
        say(
          {
            kernel: one.name,
            isa: setting.isa,
            threads: setting.threads,
            msMedian: timing.median,
            msMin: timing.min,
            spread: timing.spread,
            [unit === 'GB/s' ? 'gbPerSecond' : 'gflopPerSecond']: rate,
            timesReference: slowest.median / timing.median,
          },
          `${(i === 0 ? one.name : '').padEnd(36)} ${setting.name.padEnd(12)} ${(1000 * timing.median).toFixed(2).padStart(10)} µs ${spreadText(timing.spread)}  ${rate.toFixed(1).padStart(7)} ${unit.padEnd(7)} ${(slowest.median / timing.median).toFixed(1).padStart(6)}×`,
        );
      });
    }
  },
);
