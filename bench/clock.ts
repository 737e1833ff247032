/** Work timed by a clock of C++: coming from JavaScript takes as long as a small kernel. */
import { bindingLevel, type Ceiling } from '../src/kernels/ceiling.ts';
import { ceilingLoops, nativeClock } from '../src/kernels/native.ts';
import type { Kernels } from '../src/kernels/reference.ts';
import type { Rival } from './measure.ts';

/** Nanoseconds for which work is repeated within a sample. */
const sampleOfKernels = 50_000;
/** The same for loops that need all threads from the first to the last: it takes a while until others have come. */
const sampleOfThreads = 2_000_000;

/** Nanoseconds of one run, from as many as fill a sample; `nanosecondsOf` runs so many and says what they took. */
export function nanosecondsOfOne(
  nanosecondsOf: (runs: number) => number,
  sample: number = sampleOfKernels,
): number {
  const runs = Math.ceil(sample / Math.max(1, nanosecondsOf(1)));
  return nanosecondsOf(runs) / runs;
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
