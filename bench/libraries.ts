/**
 * Are there faster loops on this machine? Our kernels and those of C and C++ libraries in one process and in turns, every
 * result compared before it is timed. A library that is not installed is named with how to get it.
 */
import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../src/cli/command.ts';
import { alignColumns } from '../src/cli/table.ts';
import { measureCeiling } from '../src/kernels/ceiling.ts';
import { loadNative, setThreads } from '../src/kernels/native.ts';
import type { Kernels } from '../src/kernels/reference.ts';
import { clockOf, nanosecondsOfOne } from './clock.ts';
import { addonOf, CompileError } from './compiler.ts';
import { type Rival, timeInTurns, verify } from './measure.ts';
import type { Progress } from './progress.ts';

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
  /** Nanoseconds of so many more runs of what was run last. */
  timeAgain(runs: number): number;
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
  return names.flatMap((name) => {
    const { flags: libraries, package: wanted } = known[name];
    try {
      const addon = addonOf<L>(`build/peers/${source}-${name}`, {
        sources: [resolve(`bench/peers/${source}.cc`)],
        flags: ['-std=c++17', '-O3', `-DPEER=${name}`],
        libraries: [...libraries],
      });
      const library = { ...addon, name };
      say(`${name} uses ${library.chosen()}`);
      return [library];
    } catch (error) {
      say(`${name}: left out: ${whyNot(error as Error, wanted)}`);
      return [];
    }
  });
}

function whyNot(error: Error, wanted: string): string {
  const { message } = error;
  if (!(error instanceof CompileError)) return message;
  const isMissing = /cannot find -l|No such file|file not found|library.*not found/.test(message);
  return isMissing
    ? `not here; apt-get install ${wanted} (${message})`
    : `it does not compile: ${message}`;
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
  own(kernels: Kernels): void;
  readonly others: readonly Contender[];
}

export interface Contender {
  readonly name: string;
  readonly library: Library;
  run(): void;
  /** Brings the result to `y`, where `run` leaves it in another order. */
  bring?(): void;
  /** By an algorithm of fewer operations, which rounds otherwise: shown, but not what ours is held against. */
  readonly otherwise?: { readonly tolerance: number };
}

type Entrant = Rival & Partial<Pick<Contender, 'bring' | 'otherwise'>>;

/** Helpers of the library before spin for some milliseconds after its work. */
const untilQuiet = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);

interface Run {
  /** Threads: tables of one and of so many. */
  readonly most: number;
  /** A line for each work instead. */
  readonly json: boolean;
  readonly progress: Progress;
  /** How many works there are for a number of threads. */
  readonly count: number;
}

/** Times ours and theirs in turns, every result compared before. */
export function timeBesideLibraries(
  what: string,
  { most, json, progress, count }: Run,
  works: (threads: number) => Iterable<Work>,
): void {
  const native = loadNative();
  if (native === undefined) {
    throw new UsageError(`${what}: no native kernels; want \`npm run build:native\` first`);
  }
  const say = json ? progress.note : progress.print;
  const counts = new Set([1, most]);
  progress.expect(counts.size * count);
  for (const threads of counts) {
    setThreads(threads);
    const ceiling = (measureCeiling({ memory: false })?.flops ?? Number.NaN) / 1e9;
    say(`\n${what}, ×${threads}, GFLOP/s at best of ${ceiling.toFixed(0)}`);
    const rates: Rates[] = [];
    for (const work of works(threads)) {
      const rivals: Entrant[] = [
        {
          name: 'tapegrad',
          prepare: () => setThreads(threads),
          run: () => work.own(native),
          ...clockOf(native, work.own),
        },
        ...work.others.map(({ library, ...other }) => ({
          ...other,
          time() {
            other.run();
            return nanosecondsOfOne((runs) => library.timeAgain(runs)) / 1e6;
          },
          prepare() {
            if (threads > 1) untilQuiet();
            library.threads(threads);
          },
        })),
      ];
      compare(`${what} ${work.name}`, work, rivals);
      const timings = timeInTurns(rivals, { rounds: 12, milliseconds: 15 }); // as many moments as that
      const found = rivals.map(({ name, otherwise }, i) => ({
        name,
        rate: work.flops / (timings[i]?.min ?? Number.NaN) / 1e6,
        otherwise: otherwise !== undefined,
      }));
      rates.push({ work: work.name, found });
      if (json) progress.print(JSON.stringify({ [what]: work.name, threads, ...fieldsOf(found) }));
      progress.step();
    }
    if (!json) say(tableOf(rates, ceiling));
  }
}

/** Refuses a result that is not that of the first. */
function compare(what: string, { y, tolerance }: Work, rivals: readonly Entrant[]): void {
  let right: Float32Array | undefined;
  for (const { name, prepare, run, bring, otherwise } of rivals) {
    prepare?.();
    y.fill(Number.NaN);
    run();
    bring?.();
    right ??= y.slice();
    verify(`${what}, ${name}`, y, right, otherwise?.tolerance ?? tolerance);
  }
}

// ── What they found ──────────────────────────────────────────────────────────────────────────────────────────────

/** GFLOP/s of each at one work, ours first. */
export interface Rates {
  readonly work: string;
  readonly found: readonly { name: string; rate: number; otherwise: boolean }[];
}

/** Ours as a share of the best that does the same operations, and of the best of all where others are among them. */
function sharesOf([ours, ...theirs]: Rates['found']): { ofBest?: number; ofAll?: number } {
  const share = (some: Rates['found']) =>
    some.length === 0 ? undefined : (ours?.rate ?? 0) / Math.max(...some.map(({ rate }) => rate));
  const alike = theirs.filter(({ otherwise }) => !otherwise);
  const [ofBest, ofAll] = [share(alike), alike.length < theirs.length ? share(theirs) : undefined];
  return { ...(ofBest !== undefined && { ofBest }), ...(ofAll !== undefined && { ofAll }) };
}

export function fieldsOf(found: Rates['found']): object {
  const gflopPerSecond = Object.fromEntries(found.map(({ name, rate }) => [name, rate]));
  return { gflopPerSecond, ...sharesOf(found) };
}

export function tableOf(rows: readonly Rates[], ceiling: number): string {
  const names = [...new Set(rows.flatMap(({ found }) => found.map(({ name }) => name)))];
  const hasOthers = rows.some(({ found }) => found.some(({ otherwise }) => otherwise));
  const cells = rows.map(({ work, found }) => {
    const { ofBest, ofAll } = sharesOf(found);
    return [
      work,
      ...names.map((name) => found.find((one) => one.name === name)?.rate.toFixed(1) ?? '–'),
      ofBest?.toFixed(2) ?? '',
      ...(hasOthers ? [ofAll?.toFixed(2) ?? ''] : []),
      `${((100 * (found[0]?.rate ?? 0)) / ceiling).toFixed(0)} %`,
    ];
  });
  const head = ['', ...names, 'of the best', ...(hasOthers ? ['of all'] : []), 'of ceiling'];
  return alignColumns([head, ...cells], head.map((_, i) => i).slice(1));
}
