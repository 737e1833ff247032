/** How a run behaves that a user starts: when its first step is done, and what it holds in memory. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { digits } from '../src/data/digits.ts';
import { cacheFolder, mnist, verifySet } from '../src/data/mnist.ts';
import { start } from './children.ts';
import type { Figure, Settings } from './figures.ts';
import { median } from './measure.ts';

/** The command `tapegrad`, built. */
export const main: string = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

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

/** Seconds from the start of the process to its first step's line. */
export async function firstStep(settings: Settings): Promise<Figure[]> {
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
  const note =
    `${times.length} starts, the fastest ${Math.min(...times).toFixed(2)} s, ` +
    `with ${median(worked).toFixed(2)} s of processor time`;
  return [{ name: 'first step', value: median(times), unit: 's', target: 0.8, note }];
}

/** What a process has used of all processors so far, as Linux tells it: steadier than time beside other work. */
function processorSeconds({ pid }: ChildProcess): number {
  if (!existsSync(`/proc/${pid}/stat`)) return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100; // ticks of user and system
}

/** What the process holds in memory at each line, as Linux tells it. */
export async function memory(settings: Settings): Promise<Figure[]> {
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
  // In its first seconds V8 compiles, and what it frees then stays with the process.
  const settled = 4000;
  const growths = [1000, settled].flatMap((from) => {
    const [before, after] = [held.get(from), held.get(last)];
    if (before === undefined || after === undefined || last <= from) return [];
    const target = from === settled ? { target: 3 } : {};
    const value = 100 * (after / before - 1);
    return [{ name: 'growth', value, unit: '%', ...target, note: `step ${from} to ${last}` }];
  });
  return [resident, ...growths];
}

/** MNIST where it is in the cache, else as many drawn digits (a few for a check) in its place. */
export function dataFolder(folder: string, check: boolean): string {
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
