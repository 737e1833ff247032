/** Runs a program from its options to its folder of results: what `tapegrad train` does, as a call. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NativeError, OptionError } from '../core/errors.ts';
import { want } from '../core/options.ts';
import { setSeed } from '../core/random.ts';
import { type Backend, kernels, useKernels } from '../kernels/active.ts';
import { loadNative, nativeInfo, setThreads } from '../kernels/native.ts';
import { reference } from '../kernels/reference.ts';
import { type Options, refusal, type ValuesOf } from './options.ts';
import type { Program } from './program.ts';
import { type Display, Run } from './run.ts';

/** Options that every program has beside its own. */
export const sharedOptions = {
  seed: {
    type: 'number',
    whole: true,
    min: 0,
    default: 0,
    help: 'Where all random numbers start; the same seed gives the same run, bit for bit',
  },
  data: {
    type: 'text',
    value: 'DIR',
    help: 'Folder of the data files, or one that holds a folder for each set',
  },
  out: { type: 'text', value: 'DIR', help: 'Folder for the results (runs/NAME-TIME)' },
  threads: {
    type: 'number',
    whole: true,
    min: 1,
    max: 256, // mostThreads of native/threads.h
    help: 'Threads of the native kernels',
  },
  backend: {
    type: 'text',
    choices: ['native', 'reference'],
    help: 'Kernels: C++, or TypeScript; native where it was built',
  },
  eager: {
    type: 'flag',
    help: 'Run every step as it is written, without recording and replaying it',
  },
} as const;

export type TrainOptions<O extends Options> = Partial<ValuesOf<O>> &
  Partial<ValuesOf<typeof sharedOptions>>;

export interface TrainSurroundings {
  /** Where lines and progress go; lines to the console unless told. */
  readonly display?: Display;
  /** Stops the run when it is aborted. */
  readonly signal?: AbortSignal;
}

export interface TrainResult {
  /** The folder of the results. */
  readonly folder: string;
  /** Whether the signal ended it, after which step or epoch. */
  readonly stopped: boolean;
  readonly lastStep: number | undefined;
  readonly unit: 'step' | 'epoch';
}

const console_: Display = { print: (line) => console.log(line), progress() {}, end() {} };

/** Trains a program; options that are left out are the post's. */
export async function train<O extends Options>(
  program: Program<O>,
  given: TrainOptions<O> = {},
  surroundings: TrainSurroundings = {},
): Promise<TrainResult> {
  const { display = console_, signal = new AbortController().signal } = surroundings;
  const options = withDefaults(program, given);
  const { seed, data, out, threads, backend, eager } = options as ValuesOf<typeof sharedOptions>;

  const restoreKernels = chooseKernels(backend, threads);
  try {
    setSeed(seed);
    const started = new Date();
    const folder = out ?? newFolder(program.name, started);
    const chosen = describeKernels();
    const run = new Run({
      folder,
      config: {
        program: program.name,
        post: program.post,
        options: { ...options, out: folder },
        kernels: chosen,
        started: started.toISOString(),
        versions: { tapegrad: version(), node: process.version },
      },
      data,
      unit: program.unit,
      eager,
      display,
      signal,
    });
    display.print(`kernels  ${chosen}`);
    display.print(`output   ${folder}`);
    let stopped = false;
    try {
      await program.run(run, options as ValuesOf<O>);
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      stopped = true;
    } finally {
      run.close(`${program.name}: loss`);
    }
    return { folder, stopped, lastStep: run.step, unit: run.unit };
  } finally {
    restoreKernels();
  }
}

export function withDefaults<O extends Options>(
  program: Program<O>,
  given: TrainOptions<O>,
): object {
  want('train', 'the program', program, {
    words: 'a program, as in train(vae, { steps: 100 })',
    fits: (value) => typeof (value as Program | undefined)?.run === 'function',
  });
  const known: Options = { ...program.options, ...sharedOptions };
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(known)) {
    if ('default' in option) values[name] = option.default;
    if (option.type === 'flag') values[name] = false;
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const option = known[name];
    if (option === undefined) {
      throw new OptionError(
        `train: ${program.name} has no option ${name}; want ${Object.keys(known).join(', ')}`,
        { option: name },
      );
    }
    const wanted = refusal(option, value);
    if (wanted !== undefined) {
      throw new OptionError(`train: ${name} is ${value}; want ${wanted}`, { [name]: value });
    }
    values[name] = value;
  }
  return values;
}

/** Puts the wanted kernels in use; what it returns puts those back that were. */
function chooseKernels(backend: Backend | undefined, threads: number | undefined): () => void {
  const before = kernels();
  if (backend === 'reference') useKernels(reference);
  if (backend === 'native') {
    const native = loadNative();
    if (native === undefined) {
      throw new NativeError(
        'train: backend is native and the addon cannot be loaded; want reference, or `npm run build:native` first',
      );
    }
    useKernels(native);
  }
  const threadsBefore = kernels() === reference ? undefined : nativeInfo().facts?.threads;
  if (threadsBefore !== undefined && threads !== undefined) setThreads(threads);
  return () => {
    useKernels(before);
    if (threadsBefore !== undefined) setThreads(threadsBefore);
  };
}

function describeKernels(): string {
  const facts = kernels() === reference ? undefined : nativeInfo().facts;
  if (facts === undefined) return 'reference (TypeScript), 1 thread';
  return `native (${facts.isa}), ${facts.threads} ${facts.threads === 1 ? 'thread' : 'threads'}`;
}

/** `runs/dense-ae-2019-10-28-093000`, with a number behind it if there is one already. */
function newFolder(name: string, now: Date): string {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString();
  const time = local.slice(0, 19).replace('T', '-').replaceAll(':', '');
  const first = join('runs', `${name}-${time}`);
  let folder = first;
  for (let n = 2; existsSync(folder); n++) folder = `${first}-${n}`;
  return folder;
}

function version(): string {
  const about = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(about) as { version: string }).version;
}
