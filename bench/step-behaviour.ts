/**
 * How steps behave beside being fast: what they cost when they are over, beside other work, what they gain from gathering
 * the next batch meanwhile, and what ops cost beyond their kernels.
 */
import { setTimeout } from 'node:timers/promises';
import { compile } from '../src/compile/compile.ts';
import { Dataset } from '../src/data/dataset.ts';
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
import { start } from './children.ts';
import type { Figure, Settings } from './figures.ts';
import { median, quantile } from './measure.ts';
import { makeStep, modelsNamed } from './models.ts';

/** Processor time of this process a millisecond after a step on all threads. */
export async function idle(): Promise<Figure[]> {
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
  return [{ name: 'idle', value: Math.min(...spent), unit: '%', target: 1, note }];
}

/** Steps on two threads beside other processes that never rest, as multiples of steps on one thread there. */
export async function contention({ seconds, check }: Settings): Promise<Figure[]> {
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
        for (let round = 0; round < (check ? 1 : 16); round++) {
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
      const [one = [], two = []] = [...times.values()];
      const shares = [0.5, 0.95, 1];
      const pair = (share: number) =>
        [two, one].map((some) => quantile(some, share).toFixed(2)).join(' and ');
      figures.push({
        name: `${model.program.name} beside ${busy} busy`,
        value: Math.max(slowest(two) / slowest(one), mean(two) / mean(one)),
        unit: '×',
        target: 1.5,
        note: `the slowest tenth of steps or all, whichever is more; two threads and one, ms: ${shares.map(pair).join('; ')} (half, 95 %, all are faster)`,
      });
    }
  }
  return figures;
}

/**
 * The mean of the slowest tenth. A step that waits takes a time slice of the system longer, and where about so many wait a
 * percentile is either a slice or none.
 */
function slowest(times: readonly number[]): number {
  return mean(times.toSorted((a, b) => b - a).slice(0, Math.ceil(times.length / 10)));
}

const mean = (times: readonly number[]): number =>
  times.reduce((sum, ms) => sum + ms, 0) / times.length;

/** Steps with their batches, gathered meanwhile and not. */
export async function overlap({ seconds }: Settings): Promise<Figure[]> {
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
    const [plain = 0, meanwhile = 0] = passes.map(({ times }) => median(times));
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
export function eager({ seconds }: Settings): Figure[] {
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
  return times.map(median);
}
