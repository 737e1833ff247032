/** How benches measure: rivals take turns, and what is reported is the median with its spread. */
import { Bench } from 'tinybench';
import type { Numbers } from '../src/kernels/arrays.ts';

export interface Timing {
  /** Milliseconds. */
  readonly median: number;
  readonly min: number;
  /** Half the distance between the quartiles, as a share of the median. */
  readonly spread: number;
  /** Runs that were timed. */
  readonly count: number;
  /** The median of each turn. */
  readonly turns: readonly number[];
  /** The quickest of them: others at work can only make a turn slower. */
  readonly best: number;
}

/** One way of doing the same work. */
export interface Rival {
  readonly name: string;
  /** Called before its turn. */
  prepare?(): void;
  run(): void;
  /** Milliseconds of one run by a nearer clock than JavaScript's, which repeats it as it needs. */
  time?(): number;
}

/**
 * Times rivals in turns, so that a slow second of the machine hits all of them: `rounds` times each for `milliseconds`, and for
 * `iterations` runs at least. Work below 50 µs is repeated within a sample, for a clock reads no finer.
 */
export function timeInTurns(
  rivals: readonly Rival[],
  {
    rounds = 3,
    milliseconds = 60,
    iterations = 3,
  }: { rounds?: number; milliseconds?: number; iterations?: number } = {},
): Timing[] {
  const timed = rivals.map(({ name, prepare, run, time }) => {
    prepare?.();
    if (time !== undefined) {
      const measured = () => {
        const begun = performance.now();
        const overriddenDuration = time();
        return { overriddenDuration, overriddenIterationCost: performance.now() - begun };
      };
      return { name, prepare, repeats: 1, run: measured, turns: [] as number[][] };
    }
    const repeats = Math.max(1, Math.ceil(0.05 / once(run)));
    const repeated = () => {
      for (let i = 0; i < repeats; i++) run();
    };
    return { name, prepare, repeats, run: repeats === 1 ? run : repeated, turns: [] as number[][] };
  });
  for (let round = 0; round < rounds; round++) {
    for (const one of timed) {
      one.prepare?.();
      const bench = new Bench({
        time: milliseconds,
        iterations,
        warmup: round === 0,
        warmupTime: (milliseconds * rounds) / 6,
        warmupIterations: 2,
        retainSamples: true,
        throws: true,
      });
      bench.add(one.name, one.run);
      const [task] = bench.runSync();
      if (task?.result.state !== 'completed') throw new Error(`${one.name}: ${task?.result.state}`);
      one.turns.push((task.result.latency.samples ?? []).map((ms) => ms / one.repeats));
    }
  }
  return timed.map(({ turns }) => timingOf(turns));
}

/** Milliseconds of one run, once it has run before. */
function once(run: () => void): number {
  run();
  const start = performance.now();
  run();
  return Math.max(performance.now() - start, 1e-5);
}

function timingOf(turns: readonly number[][]): Timing {
  const samples = turns.flat();
  const at = (share: number) => quantile(samples, share);
  const spread = (at(0.75) - at(0.25)) / 2 / at(0.5);
  const medians = turns.map(median);
  const best = Math.min(...medians);
  return { median: at(0.5), min: at(0), turns: medians, best, spread, count: samples.length };
}

/** The number below which this share of them lies; of two in the middle the upper, and the largest for 1. */
export function quantile(numbers: readonly number[], share: number): number {
  const rising = numbers.toSorted((a, b) => a - b);
  return rising[Math.min(rising.length - 1, Math.floor(share * rising.length))] ?? Number.NaN;
}

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

export function spreadText(spread: number): string {
  return Number.isNaN(spread) ? '  once' : `±${(100 * spread).toFixed(0).padStart(3)} %`;
}

/** With fewer turns than this, chance keeps them apart too often: one time in 462 with six. */
export const leastRounds = 6;

/** A verdict on `own` beside `base`, only where every turn of one was faster than every turn of the other. */
export function verdictOf(own: readonly number[], base: readonly number[]): string {
  if (Math.min(own.length, base.length) >= leastRounds) {
    if (Math.max(...own) < Math.min(...base)) return 'faster';
    if (Math.min(...own) > Math.max(...base)) return 'slower';
  }
  return 'no difference to be told';
}

/** Numbers to measure on. */
export const noise = (size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7));

/** Refuses results that differ by more than rounding. */
export function verify(what: string, found: Numbers, wanted: Numbers, tolerance: number): void {
  found.forEach((value, i) => {
    const should = wanted[i] as number;
    if (value === should) return;
    if (Math.abs(value - should) <= tolerance * Math.max(1, Math.abs(should))) return;
    throw new Error(`${what}: element ${i} is ${value}; want ${should}`);
  });
}
