/**
 * Is there a faster matrix product on this machine? Our matmul and those of OpenBLAS, BLIS and oneDNN in turns, at the
 * shapes of training and at squares. A library that is not installed is named with how to get it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { alignColumns } from '../src/cli/table.ts';
import { measureCeiling } from '../src/kernels/ceiling.ts';
import { loadNative, setThreads } from '../src/kernels/native.ts';
import { headers } from './ladder.ts';
import { timeInTurns } from './measure.ts';

interface Library {
  readonly name: string;
  run(a: Float32Array, b: Float32Array, y: Float32Array, ...sizes: (number | boolean)[]): void;
  threads(n: number): void;
}

const libraries = [
  { name: 'openblas', flags: ['-lopenblas'], package: 'libopenblas-dev' },
  {
    name: 'blis',
    flags: [...folderFlags('libblis-openmp-dev', 'libblis.so'), '-lblis'],
    package: 'libblis-dev',
  },
  { name: 'onednn', flags: ['-fopenmp', '-ldnnl'], package: 'libdnnl-dev' },
];

/** Debian keeps BLIS in a folder of its own. */
function folderFlags(name: string, file: string): string[] {
  const listed = spawnSync('dpkg', ['-L', name], { encoding: 'utf8' }).stdout ?? '';
  const path = listed.split('\n').find((line) => line.endsWith(`/${file}`));
  const folder = path?.slice(0, -file.length - 1);
  return folder === undefined ? [] : [`-L${folder}`, `-Wl,-rpath,${folder}`];
}

function installed(say: (text: string) => void): Library[] {
  const folder = join(process.cwd(), 'build/peers');
  mkdirSync(folder, { recursive: true });
  return libraries.flatMap(({ name, flags, package: wanted }) => {
    const target = join(folder, `gemm-${name}.node`);
    const source = join(process.cwd(), 'bench/peers/gemm.cc');
    const words = ['-std=c++17', '-O3', '-fPIC', '-shared', `-DPEER=${name}`, `-I${headers()}`];
    const run = spawnSync(process.env.CXX ?? 'g++', [...words, source, '-o', target, ...flags]);
    if (run.status !== 0) {
      say(`${name}: not here; apt-get install g++ ${wanted}`);
      return [];
    }
    const addon = createRequire(import.meta.url)(target) as Omit<Library, 'name'>;
    return [{ name, run: addon.run, threads: addon.threads }];
  });
}

type Shape = readonly [m: number, k: number, n: number, turned: 'NN' | 'TN' | 'NT'];

/** Forward, gradient of the weights, gradient of the input, of a dense layer. */
const layer = (batch: number, inputs: number, outputs: number): Shape[] => [
  [batch, inputs, outputs, 'NN'],
  [inputs, batch, outputs, 'TN'],
  [batch, outputs, inputs, 'NT'],
];

const shapes: readonly Shape[] = [
  ...layer(32, 784, 128),
  ...layer(32, 128, 64),
  ...layer(32, 64, 128),
  ...layer(32, 128, 784),
  ...layer(128, 784, 256),
  ...layer(128, 256, 256),
  ...layer(128, 256, 20),
  ...layer(128, 20, 256),
  ...layer(128, 256, 784),
  ...[256, 512, 1024, 2048].map((n): Shape => [n, n, n, 'NN']),
];

const noise = (size: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7));

/** Helpers of the library before spin for some milliseconds after its work. */
const untilQuiet = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);

/** Tables of one and of `most` threads; `json` gives a line for each shape instead. */
export function gemmBesideLibraries(most: number, json: boolean): void {
  const say = (text: string) => (json ? console.error : console.log)(text);
  const native = loadNative();
  if (native === undefined) throw new Error('gemm: no native kernels; want `npm run build:native`');
  const others = installed(say);
  for (const threads of new Set([1, most])) {
    setThreads(threads);
    const ceiling = (measureCeiling({ memory: false })?.flops ?? Number.NaN) / 1e9;
    say(`\nmatmul, ×${threads}, GFLOP/s at best of ${ceiling.toFixed(0)}`);
    const rows: string[][] = [];
    for (const [m, k, n, turned] of shapes) {
      const [a, b, y] = [noise(m * k), noise(k * n), new Float32Array(m * n)];
      const [aTurned, bTurned] = [turned === 'TN', turned === 'NT'];
      const strides = [
        0,
        ...(aTurned ? [1, m] : [k, 1]),
        0,
        ...(bTurned ? [1, k] : [n, 1]),
      ] as const;
      const own = () =>
        native.matmul(
          a,
          b,
          y,
          1,
          m,
          k,
          n,
          ...(strides as [number, number, number, number, number, number]),
        );
      own();
      const right = y.slice();
      const rivals = [
        { name: 'tapegrad', run: own, prepare: () => setThreads(threads) },
        ...others.map(({ name, run, threads: use }) => ({
          name,
          run: () => run(a, b, y, m, k, n, aTurned, bTurned),
          prepare() {
            if (threads > 1) untilQuiet();
            use(threads);
          },
        })),
      ];
      for (const { name, run, prepare } of rivals) {
        prepare();
        y.fill(Number.NaN);
        run();
        const off = y.findIndex(
          (value, i) => !(Math.abs(value - (right[i] ?? 0)) < 1e-6 * k + 1e-5),
        );
        if (off >= 0) throw new Error(`gemm: ${name} has ${y[off]} at ${off}; want ${right[off]}`);
      }
      const rates = timeInTurns(rivals).map(({ min }) => (2 * m * k * n) / min / 1e6);
      const [ours = 0, ...theirs] = rates;
      const best = Math.max(...theirs);
      const sizes = `${turned} ${m}×${k}×${n}`;
      if (json) {
        const of = Object.fromEntries(rivals.map(({ name }, i) => [name, rates[i]]));
        console.log(
          JSON.stringify({ gemm: sizes, threads, gflopPerSecond: of, ofBest: ours / best }),
        );
      }
      const ratio = theirs.length === 0 ? '' : (ours / best).toFixed(2);
      rows.push([
        sizes,
        ...rates.map((rate) => rate.toFixed(1)),
        ratio,
        `${((100 * ours) / ceiling).toFixed(0)} %`,
      ]);
    }
    const head = ['', 'tapegrad', ...others.map(({ name }) => name), 'of the best', 'of ceiling'];
    say(alignColumns([head, ...rows], head.map((_, i) => i).slice(1)));
  }
}
