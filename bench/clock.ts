/** Work timed by a clock of C++: coming from JavaScript takes as long as a small kernel. */
import { nativeClock } from '../src/kernels/native.ts';
import type { Kernels } from '../src/kernels/reference.ts';
import type { Rival } from './measure.ts';

/** Nanoseconds for which work is repeated within a sample. */
export const sample = 50_000;

/** How a kernel is timed natively, where it is native: `run` calls one kernel of the table that it is given. */
export function clockOf(kernels: Kernels, run: (table: Kernels) => void): Pick<Rival, 'time'> {
  const clock = nativeClock(kernels);
  if (clock === undefined) return {};
  let nanoseconds = 0;
  const timing = Object.fromEntries(
    Object.keys(kernels).map((name) => [
      name,
      (...args: unknown[]) => {
        nanoseconds = clock.timeCalls(name, args, sample);
      },
    ]),
  ) as unknown as Kernels;
  const time = () => {
    run(timing);
    return nanoseconds / 1e6;
  };
  return { time };
}
