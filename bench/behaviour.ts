/**
 * How does a run behave beside being fast: when does it start, what does it hold, what does it cost when idle, beside
 * other work, what does it gain from gathering the next batch meanwhile, and what do ops cost beyond their kernels?
 * Each figure stands beside its target.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { UsageError } from '../src/cli/command.ts';
import { compile } from '../src/compile/compile.ts';
import { Dataset } from '../src/data/dataset.ts';
import { digits } from '../src/data/digits.ts';
import { cacheFolder, mnist, verifySet } from '../src/data/mnist.ts';
import { ImageRows } from '../src/data/rows.ts';
import { kernels } from '../src/kernels/active.ts';
import type { Floats } from '../src/kernels/arrays.ts';
import { setThreads } from '../src/kernels/native.ts';
import { relu } from '../src/ops/activation.ts';
import { add } from '../src/ops/elementwise.ts';
import { matmul } from '../src/ops/matmul.ts';
import { randomNormal } from '../src/ops/random.ts';
import { denseAe } from '../src/programs/index.ts';
import { lossIn, trainingStepOf } from '../src/programs/training-step.ts';
import { start, temporaryFolder } from './children.ts';
import { heading, machine, runBench } from './machine.ts';
import { makeStep, modelsNamed } from './models.ts';

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The most it should be. */
  readonly target?: number;
  readonly note: string;
}

interface Settings {
  /** A folder with MNIST's four files. */
  readonly data: string;
  readonly out: string;
  /** Seconds of each measurement that is repeated for a time. */
  readonly seconds: number;
  readonly steps: number;
  readonly check: boolean;
}

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** `tapegrad train dense-ae`; `onStep` is told of each line about a step until it returns false. */
async function train(
  { data, out }: Settings,
  steps: number,
  onStep: (step: number, child: ChildProcess) => boolean,
): Promise<void> {
  const words = ['train', 'dense-ae', '--data', data, '--out', out, '--steps', String(steps)];
  const child = start([process.execPath, main, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = 0;
  let text = '';
  let stopped = false;
  child.stdout?.on('data', (some) => {
    text += some;
    const lines = [...text.matchAll(/^step (\d+) loss: .*\n/gm)];
    for (const [, step] of lines.slice(told)) {
      told++;
      if (stopped || onStep(Number(step), child)) continue;
      stopped = true;
      child.kill('SIGKILL');
    }
  });
  const code = await new Promise((ended) => child.on('close', ended));
  if (told === 0 || (code !== 0 && !stopped)) {
    throw new Error(`train dense-ae: it ended with ${code} after ${told} lines of steps`);
  }
}

const middle = (sorted: readonly number[], share = 0.5) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
const rising = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

/** Seconds from the start of the process to its first step's line. */
async function firstStep(settings: Settings): Promise<Figure[]> {
  const times: number[] = [];
  const worked: number[] = [];
  for (let run = 0; run < (settings.check ? 1 : 7); run++) {
    const begun = performance.now();
    await train(settings, 1, (_, child) => {
      times.push((performance.now() - begun) / 1000);
      worked.push(processorSeconds(child));
      return false;
    });
  }
  const sorted = rising(times);
  const note =
    `${times.length} starts, the fastest ${middle(sorted, 0).toFixed(2)} s, ` +
    `with ${middle(rising(worked)).toFixed(2)} s of processor time`;
  return [{ name: 'first step', value: middle(sorted), unit: 's', target: 0.8, note }];
}

/** What a process has used of all processors so far, as Linux tells it: steadier than time beside other work. */
function processorSeconds({ pid }: ChildProcess): number {
  if (!existsSync(`/proc/${pid}/stat`)) return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100; // ticks of user and system
}

/** What the process holds in memory at each line, as Linux tells it. */
async function memory(settings: Settings): Promise<Figure[]> {
  if (!existsSync('/proc/self/status')) return [];
  const held = new Map<number, number>();
  await train(settings, settings.steps, (step, child) => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    held.set(step, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
    return step < settings.steps;
  });
  const [last = 0, most = 0] = [Math.max(...held.keys()), Math.max(...held.values())];
  const note = `dense-ae to step ${last}, its data with it`;
  const resident = { name: 'resident', value: most, unit: 'MiB', target: 150, note };
  // Until some step 5000 V8 still compiles, and frees what it compiled with to memory that stays with the process.
  const growths = [1000, 5000].flatMap((from) => {
    const early = held.get(from);
    if (early === undefined || last <= from) return [];
    const value = 100 * ((held.get(last) ?? Number.NaN) / early - 1);
    return [{ name: 'growth', value, unit: '%', target: 3, note: `step ${from} to ${last}` }];
  });
  return [resident, ...growths];
}

/** Processor time of this process a millisecond after a step on all threads. */
async function idle(): Promise<Figure[]> {
  const [model] = modelsNamed('bench:behaviour', ['A']);
  if (model === undefined) return [];
  const step = await makeStep(model, { batch: model.batch, mode: 'compiled' });
  const spent: number[] = [];
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 20; i++) step.run();
    await setTimeout(1);
    const before = process.cpuUsage();
    await setTimeout(200);
    const { user, system } = process.cpuUsage(before);
    spent.push((user + system) / 2000);
  }
  const note = 'of one processor, in the 200 ms after a step; the least of five';
  return [{ name: 'idle', value: middle(rising(spent), 0), unit: '%', target: 1, note }];
}

/** Steps on two threads beside other processes that never rest, as multiples of steps on one thread there. */
async function contention({ seconds, check }: Settings): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const model of modelsNamed('bench:behaviour', check ? ['A'] : ['A', 'B', 'C', 'E'])) {
    const step = await makeStep(model, { batch: model.batch, mode: 'compiled' });
    for (let i = 0; i < 9; i++) step.run();
    for (const busy of check ? [1] : [1, 2]) {
      const foreign = Array.from({ length: busy }, () =>
        start([process.execPath, '-e', 'for (;;);'], { stdio: 'ignore' }),
      );
      const times = new Map([1, 2].map((threads) => [threads, [] as number[]]));
      try {
        await setTimeout(100);
        for (let round = 0; round < 4; round++) {
          for (const [threads, milliseconds] of times) {
            await setTimeout(0); // Ctrl-C is heard
            setThreads(threads);
            const end = performance.now() + 250 * seconds;
            do {
              const begun = performance.now();
              step.run();
              milliseconds.push(performance.now() - begun);
            } while (performance.now() < end);
          }
        }
      } finally {
        for (const each of foreign) each.kill('SIGKILL');
      }
      const [one = [], two = []] = [...times.values()].map(rising);
      const shares = [0.5, 0.95, 1];
      const pair = (share: number) =>
        [two, one].map((sorted) => middle(sorted, share).toFixed(2)).join(' and ');
      figures.push({
        name: `${model.program.name} beside ${busy} busy`,
        value: middle(two, 0.95) / middle(one, 0.95),
        unit: '×',
        target: 1.5,
        note: `two threads and one, ms: ${shares.map(pair).join('; ')} (half, 95 %, all are faster)`,
      });
    }
  }
  return figures;
}

/** Steps with their batches, gathered meanwhile and not. */
async function overlap({ seconds }: Settings): Promise<Figure[]> {
  const figures: Figure[] = [];
  const { step, batch } = await trainingStepOf(denseAe);
  const replayed = compile(step);
  const bytes = Uint8Array.from({ length: 784 * 20_000 }, (_, i) => (i * 131) % 251);
  const ordered = Dataset.fromTensorSlices(new ImageRows(bytes, [784])).batch(32);
  const ahead = ordered.prefetch(1).take(50).toArray();
  for (const [i, plain] of ordered.take(50).toArray().entries()) {
    if (!ahead[i]?.values.every((x, at) => x === plain.values[at])) {
      throw new Error(`overlap: batch ${i} is another when it is gathered meanwhile`);
    }
  }
  for (let i = 0; i < 4; i++) lossIn(replayed(...batch));
  const data = Dataset.fromTensorSlices(new ImageRows(bytes, [784]))
    .repeat()
    .shuffle(10_000, 1);
  for (const threads of [1, 2]) {
    setThreads(threads);
    const passes = [data.batch(32), data.batch(32).prefetch(1)].map((set) => ({
      elements: set[Symbol.iterator](),
      times: [] as number[],
    }));
    for (let round = 0; round < 4; round++) {
      for (const { elements, times } of passes) {
        const end = performance.now() + 250 * seconds;
        do {
          const begun = performance.now();
          replayed(elements.next().value);
          times.push(performance.now() - begun);
        } while (performance.now() < end);
      }
    }
    const [plain = 0, meanwhile = 0] = passes.map(({ times }) => middle(rising(times)));
    figures.push({
      name: `prefetch, threads ${threads}`,
      value: meanwhile / plain,
      unit: '×',
      note: `a step of dense-ae with its batch ${plain.toFixed(3)} ms, gathered meanwhile ${meanwhile.toFixed(3)}`,
    });
  }
  return figures;
}

/** What an op costs beyond its kernel: the same call on the kernels' table, with its output at hand. */
function eager({ seconds }: Settings): Figure[] {
  const n = 16; // larger outputs take longer to be had and zeroed than all the rest
  const [x, w] = [randomNormal([n, n]), randomNormal([n, n])];
  const [xs, ws] = [x.values as Floats, w.values as Floats];
  const y = new Float32Array(n * n);
  const [pairs, scalar] = [Int32Array.of(1, n * n, 1, 1), Int32Array.of(1, n * n, 1, 0)];
  const one = Float32Array.of(1);
  const table = kernels();
  const ops: [string, () => unknown, () => void][] = [
    ['relu(x)', () => relu(x), () => table.relu(xs, y)],
    ['add(x, w)', () => add(x, w), () => table.add(xs, ws, y, pairs)],
    ['add(x, 1)', () => add(x, 1), () => table.add(xs, one, y, scalar)],
    [
      'matmul(x, w)',
      () => matmul(x, w),
      () => table.matmul(xs, ws, y, 1, n, n, n, 0, n, 1, 0, n, 1),
    ],
  ];
  return ops.map(([name, op, kernel]) => {
    const [whole = 0, own = 0] = microseconds([op, kernel], seconds);
    const note = `${whole.toFixed(2)} µs, ${own.toFixed(2)} in the kernel; 16×16 numbers, no tape`;
    return { name: `eager ${name}`, value: whole - own, unit: 'µs', target: 2, note };
  });
}

/** Microseconds of each call: the median of batches of calls, taken in turns. */
function microseconds(calls: readonly (() => void)[], seconds: number): number[] {
  const each = 200;
  const times = calls.map(() => [] as number[]);
  const end = performance.now() + 1000 * seconds;
  do {
    for (const [i, call] of calls.entries()) {
      const begun = performance.now();
      for (let n = 0; n < each; n++) call();
      times[i]?.push((1000 * (performance.now() - begun)) / each);
    }
  } while (performance.now() < end);
  return times.map((some) => middle(rising(some)));
}

/** MNIST where it is in the cache, else as many drawn digits (a few for a check) in its place. */
function dataFolder(folder: string, check: boolean): string {
  const cached = !check && verifySet(mnist).every(({ state }) => state === 'good');
  if (cached) return join(cacheFolder(), 'mnist');
  const set = digits(check ? { train: 256, test: 128 } : {});
  const to = join(folder, 'mnist');
  mkdirSync(to);
  for (const [name, { images, labels, count }] of [
    ['train', set.train],
    ['t10k', set.test],
  ] as const) {
    const head = (...words: number[]) =>
      Buffer.concat(words.map((word) => Buffer.from([24, 16, 8, 0].map((bits) => word >> bits))));
    const write = (file: string, ...parts: Uint8Array[]) =>
      writeFileSync(join(to, `${name}-${file}.gz`), gzipSync(Buffer.concat(parts)));
    write('images-idx3-ubyte', head(2051, count, 28, 28), images);
    write('labels-idx1-ubyte', head(2049, count), labels);
  }
  return to;
}

const questions = { start: firstStep, memory, idle, contention, overlap, eager };

await runBench(
  {
    name: 'bench:behaviour',
    summary:
      'Start, memory, idle threads, busy neighbours, the pipeline and ops, beside their targets',
    positionals: [
      {
        name: 'question',
        help: 'All if none is named',
        choices: Object.keys(questions),
        optional: true,
        many: true,
      },
    ],
    options: {
      data: { type: 'text', value: 'DIR', help: 'MNIST; the cache, or drawn digits, unless told' },
      steps: {
        type: 'number',
        whole: true,
        min: 0,
        default: 20_000,
        help: 'How far the run goes whose memory is watched',
      },
      seconds: { type: 'number', above: 0, default: 2, help: 'Time for each of two rivals' },
      json: { type: 'flag', help: 'One JSON object a line' },
      check: { type: 'flag', help: 'Only tries everything on little data, and judges no figure' },
    },
  },
  async ({ data, steps, seconds, json, check }, words) => {
    const asked = Object.entries(questions).filter(
      ([name]) => words.length === 0 || words.includes(name),
    );
    if (data !== undefined && !existsSync(data)) {
      throw new UsageError(`bench:behaviour: --data is ${data}; want a folder with MNIST's files`);
    }
    if (!existsSync(main)) {
      throw new UsageError(`bench:behaviour: no ${main}; want \`npm run build:ts\` first`);
    }
    const here = machine();
    if (!json) console.log(heading(here));
    const { folder, remove } = temporaryFolder('behaviour');
    try {
      const settings: Settings = {
        data: data ?? dataFolder(folder, check),
        out: join(folder, 'run'),
        seconds: check ? 0.01 : seconds,
        steps: check ? 3 : steps,
        check,
      };
      for (const [question, measure] of asked) {
        for (const { name, value, unit, target, note } of await measure(settings)) {
          if (!Number.isFinite(value)) throw new Error(`${name} is ${value}; want a number`);
          const met = target === undefined ? undefined : value <= target;
          const { isa, threads, processor, node } = here;
          const fields = { question, name, value, unit, target, met, note };
          const digits = unit === 'MiB' ? 0 : 2;
          const verdict = `at most ${target} ${unit}: ${met ? 'met' : 'NOT met'}`;
          const line = [
            name.padEnd(27),
            `${value.toFixed(digits)} ${unit}`.padStart(9),
            (target === undefined || check ? '' : verdict).padEnd(22),
            note,
          ].join('  ');
          console.log(json ? JSON.stringify({ ...fields, isa, threads, processor, node }) : line);
        }
      }
    } finally {
      remove();
    }
  },
);
