/** Work timed by a clock of C++: coming from JavaScript takes as long as a small kernel. */
import { bindingLevel, type Ceiling } from '../src/kernels/ceiling.ts';
import { ceilingLoops, nativeClock } from '../src/kernels/native.ts';
import type { Kernels } from '../src/kernels/reference.ts';
import type { Rival } from './measure.ts';

/** Nanoseconds for which work is repeated within a sample. */
const sampleOfKernels = 50_000;
/** The same for loops that need all threads from the first to the last: it takes a while until others have come. */
const sampleOfThreads = 2_000_000;

/**
 * Nanoseconds of one run, from as many as fill half of a sample at least; `nanosecondsOf` runs so many and says what they took.
 * What it takes to come there, or an interruption, is not taken for the work: that would be too few runs.
 */
export function nanosecondsOfOne(
  nanosecondsOf: (runs: number) => number,
  sample: number = sampleOfKernels,
): number {
  let runs = 1;
  let taken = nanosecondsOf(runs);
  do {
    runs = Math.min(Math.ceil((runs * sample) / Math.max(1, taken)), 1e9);
    taken = nanosecondsOf(runs);
  } while (taken < sample / 2 && runs < 1e9);
  return taken / runs;
}

/** How a kernel is timed natively, where it is native: `run` calls one kernel of the table that it is given. */
export function clockOf(kernels: Kernels, run: (table: Kernels) => void): Pick<Rival, 'time'> {
  const clock = nativeClock(kernels);
  if (clock === undefined) return {};
  let nanoseconds = 0;
  const timing = Object.fromEntries(
    Object.keys(kernels).map((name) => [
      name,
      (...args: unknown[]) => {
        nanoseconds = nanosecondsOfOne((calls) => clock.timeCalls(name, args, calls));
      },
    ]),
  ) as unknown as Kernels;
  const time = () => {
    run(timing);
    return nanoseconds / 1e6;
  };
  return { time };
}

/** How long such work takes at least, timed as the kernels are: the loop of what holds it up, as many rounds as it needs. */
export function clockOfLeast(
  ceiling: Ceiling,
  work: { flops: number; bytes: number },
): Pick<Rival, 'run' | 'time'> {
  const loops = ceilingLoops();
  if (loops === undefined)
    throw new Error('no native loops; want the addon that measured the ceiling');
  const level = bindingLevel(ceiling, work);
  const loop = (rounds: number) =>
    level === undefined ? loops.multiplyAdds(rounds) : loops.triad(level.measured, rounds);
  const amount = level === undefined ? work.flops : work.bytes;
  const time = () => {
    let done = 0;
    const nanosecondsOf = (rounds: number) => {
      const start = performance.now();
      done = loop(rounds) / rounds;
      return 1e6 * (performance.now() - start);
    };
    const nanoseconds = nanosecondsOfOne(
      nanosecondsOf,
      ceiling.threads > 1 ? sampleOfThreads : sampleOfKernels,
    );
    return ((amount / done) * nanoseconds) / 1e6;
  };
  return { run: () => loop(1), time };
}
