/**
 * Are there faster loops on this machine? Our kernels and those of C and C++ libraries in one process and in turns, every
 * result compared before it is timed. A library that is not installed is named with how to get it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UsageError } from '../src/cli/command.ts';
import { alignColumns } from '../src/cli/table.ts';
import { measureCeiling } from '../src/kernels/ceiling.ts';
import { loadNative, setThreads } from '../src/kernels/native.ts';
import type { Kernels } from '../src/kernels/reference.ts';
import { type Rival, timeInTurns, verify } from './measure.ts';
import { headers } from './rungs.ts';

// ── What they have to be told ────────────────────────────────────────────────────────────────────────────────────

/**
 * Both look the processor up in lists that end before today's, and take plain loops where they do not find it. BLIS is
 * told the number of a kind: 0 is skx in 0.9.
 */
const forAvx512 = { OPENBLAS_CORETYPE: 'SkylakeX', BLIS_ARCH_TYPE: '0' };

/**
 * Tells the libraries to use AVX-512 where the processor has it and the user tells them nothing; returns what was set.
 * They read it when they are loaded, here or in a process started from here.
 */
export function useBestKernels(isas: readonly string[]): string[] {
  if (!isas.includes('avx512')) return [];
  return Object.entries(forAvx512).flatMap(([name, value]) => {
    if (process.env[name] !== undefined) return [];
    process.env[name] = value;
    return [`${name}=${value}`];
  });
}

/** The folder where a package of Debian keeps this file. */
export function folderOf(name: string, file: string): string | undefined {
  const listed = spawnSync('dpkg', ['-L', name], { encoding: 'utf8' }).stdout ?? '';
  const path = listed.split('\n').find((line) => line.endsWith(`/${file}`));
  return path && dirname(path);
}

// ── Who is here ──────────────────────────────────────────────────────────────────────────────────────────────────

/** What every addon of bench/peers has beside its own functions. */
export interface Library {
  readonly name: string;
  threads(n: number): void;
  /** The kernels or the instruction set that the library chose for this processor. */
  chosen(): string;
}

const blis = folderOf('libblis-openmp-dev', 'libblis.so'); // a folder of its own
type Known = 'openblas' | 'blis' | 'onednn';
const known: Record<Known, { flags: readonly string[]; package: string }> = {
  openblas: { flags: ['-lopenblas'], package: 'libopenblas-dev' },
  blis: {
    flags: [...(blis === undefined ? [] : [`-L${blis}`, `-Wl,-rpath,${blis}`]), '-lblis'],
    package: 'libblis-dev',
  },
  onednn: { flags: ['-fopenmp', '-ldnnl'], package: 'libdnnl-dev' },
};

/** bench/peers/SOURCE.cc compiled for each of these libraries that is here. */
export function librariesFor<L extends Library>(
  source: string,
  names: readonly Known[],
  say: (text: string) => void,
): L[] {
  const folder = join(process.cwd(), 'build/peers');
  mkdirSync(folder, { recursive: true });
  return names.flatMap((name) => {
    const { flags, package: wanted } = known[name];
    const target = join(folder, `${source}-${name}.node`);
    const path = join(process.cwd(), `bench/peers/${source}.cc`);
    const words = ['-std=c++17', '-O3', '-fPIC', '-shared', `-DPEER=${name}`, `-I${headers()}`];
    const run = spawnSync(process.env.CXX ?? 'g++', [...words, path, '-o', target, ...flags]);
    if (run.status !== 0) {
      say(`${name}: not here; apt-get install g++ ${wanted}`);
      return [];
    }
    const library = { ...createRequire(import.meta.url)(target), name } as L;
    say(`${name} uses ${library.chosen()}`);
    return [library];
  });
}

// ── In turns ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** One product or convolution, done by all. */
export interface Work {
  readonly name: string;
  readonly flops: number;
  /** The largest difference that rounding explains, of 1 or of the number. */
  readonly tolerance: number;
  /** Where each leaves its result. */
  readonly y: Float32Array;
  own(): void;
  readonly others: readonly Contender[];
}

export interface Contender {
  readonly name: string;
  readonly library: Library;
  run(): void;
  /** Brings the result to `y`, where `run` leaves it in another order. */
  bring?(): void;
}

/** Helpers of the library before spin for some milliseconds after its work. */
const untilQuiet = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);

/** Tables of one and of `most` threads; `json` gives a line for each work instead. */
export function timeBesideLibraries(
  what: string,
  { most, json, say }: { most: number; json: boolean; say: (text: string) => void },
  works: (kernels: Kernels, threads: number) => Iterable<Work>,
): void {
  const native = loadNative();
  if (native === undefined) {
    throw new UsageError(`${what}: no native kernels; want \`npm run build:native\` first`);
  }
  for (const threads of new Set([1, most])) {
    setThreads(threads);
    const ceiling = (measureCeiling({ memory: false })?.flops ?? Number.NaN) / 1e9;
    say(`\n${what}, ×${threads}, GFLOP/s at best of ${ceiling.toFixed(0)}`);
    const rows: string[][] = [];
    for (const work of works(native, threads)) {
      const rivals: (Rival & Pick<Contender, 'bring'>)[] = [
        { name: 'tapegrad', prepare: () => setThreads(threads), run: work.own },
        ...work.others.map(({ library, ...other }) => ({
          ...other,
          prepare() {
            if (threads > 1) untilQuiet();
            library.threads(threads);
          },
        })),
      ];
      const names = rivals.map(({ name }) => name);
      compare(`${what} ${work.name}`, work, rivals);
      const rates = timeInTurns(rivals).map(({ min }) => work.flops / min / 1e6);
      const [ours = 0, ...theirs] = rates;
      const best = Math.max(...theirs);
      if (json) {
        const of = Object.fromEntries(names.map((name, i) => [name, rates[i]]));
        const fields = { [what]: work.name, threads, gflopPerSecond: of, ofBest: ours / best };
        console.log(JSON.stringify(fields));
      }
      if (rows.length === 0) rows.push(['', ...names, 'of the best', 'of ceiling']);
      rows.push([
        work.name,
        ...rates.map((rate) => rate.toFixed(1)),
        theirs.length === 0 ? '' : (ours / best).toFixed(2),
        `${((100 * ours) / ceiling).toFixed(0)} %`,
      ]);
    }
    if (!json) say(alignColumns(rows, rows[0]?.map((_, i) => i).slice(1) ?? []));
  }
}

/** Refuses a result that is not that of the first. */
function compare(
  what: string,
  { y, tolerance }: Work,
  rivals: readonly (Rival & Pick<Contender, 'bring'>)[],
): void {
  let right: Float32Array | undefined;
  for (const { name, prepare, run, bring } of rivals) {
    prepare?.();
    y.fill(Number.NaN);
    run();
    bring?.();
    right ??= y.slice();
    verify(`${what}, ${name}`, y, right, tolerance);
  }
}
