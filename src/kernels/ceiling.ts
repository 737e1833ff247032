/** What this machine can do at most, measured now: the ceiling that the rates of kernels are set beside. */
import { ceilingLoops, nativeInfo } from './native.ts';

/** With the instruction set and the threads in use. */
export interface Ceiling {
  readonly isa: string;
  readonly threads: number;
  /** Multiply-adds of float32, each two operations: operations a second. */
  readonly flops: number;
  /** Nearest the processor first; memory last, if it was measured. */
  readonly levels: readonly Level[];
}

/** A cache, or the memory behind them. */
export interface Level {
  readonly name: string;
  /** How much one thread may keep there; infinite for memory. */
  readonly size: number;
  /** Bytes a second read and written by all threads, two arrays in and one out. */
  readonly bandwidth: number;
  /** Bytes of those arrays, in each thread. */
  readonly measured: number;
}

/** Undefined without the addon. Takes about a tenth of a second for each level. */
export function measureCeiling({ memory = false }: { memory?: boolean } = {}): Ceiling | undefined {
  const loops = ceilingLoops();
  const { facts, caches } = nativeInfo();
  if (loops === undefined || facts === undefined) return undefined;
  const { isa, threads } = facts;
  const flops = bestRate((rounds) => loops.multiplyAdds(rounds));
  const sizes = caches.map(({ size }) => bytesOf(size));
  const levels: Level[] = caches.map(({ name }, i) => {
    const whole = sizes[i] ?? 0;
    const size = i > 1 ? whole / threads : whole; // from the third on they are shared
    // Not half of a large cache: others use it too.
    const measured = Math.min(size / 2, 8 * (sizes[i - 1] ?? whole));
    const bandwidth = bestRate((rounds) => loops.triad(measured, rounds));
    return { name, size, bandwidth, measured };
  });
  if (memory) {
    // Each thread keeps what it measured with, so not four times a cache of hundreds of megabytes.
    const measured = Math.min(4 * Math.max(1 << 24, ...levels.map(({ size }) => size)), 1 << 29);
    const bandwidth = bestRate((rounds) => loops.triad(measured, rounds));
    levels.push({ name: 'memory', size: Number.POSITIVE_INFINITY, bandwidth, measured });
  }
  return { isa, threads, flops, levels };
}

/** Where work on so many bytes finds them when it comes again: the nearest level that holds them. */
export function levelOf({ levels, threads }: Ceiling, bytes: number): Level | undefined {
  return levels.find(({ size }) => bytes / threads <= size) ?? levels.at(-1);
}

/** Seconds that work takes at least: its operations at the peak, or its bytes through their level. */
export function leastSeconds(ceiling: Ceiling, work: { flops: number; bytes: number }): number {
  return Math.max(work.flops / ceiling.flops, secondsOfBytes(ceiling, work.bytes));
}

/** The level that holds such work up; undefined if its operations do. */
export function bindingLevel(
  ceiling: Ceiling,
  work: { flops: number; bytes: number },
): Level | undefined {
  const byBytes = secondsOfBytes(ceiling, work.bytes);
  return byBytes > work.flops / ceiling.flops ? levelOf(ceiling, work.bytes) : undefined;
}

function secondsOfBytes(ceiling: Ceiling, bytes: number): number {
  return bytes / (levelOf(ceiling, bytes)?.bandwidth ?? Number.POSITIVE_INFINITY);
}

/**
 * What `work` does in a second, by how much it says that it did in so many rounds: the best of several tries, three if they
 * take long, for what disturbs can only slow down. `clock` is in milliseconds, for tests.
 */
export function bestRate(
  work: (rounds: number) => number,
  clock: () => number = () => performance.now(),
): number {
  let rounds = 1;
  let best = 0;
  let spent = 0;
  for (let tries = 0; tries < 25 && (tries < 3 || spent < 1); ) {
    const start = clock();
    const done = work(rounds);
    const seconds = (clock() - start) / 1000;
    best = Math.max(best, done / seconds);
    // A long one may have been interrupted: so it does not say for the others that its rounds are enough.
    if (seconds < 0.002 && rounds < 1e9) {
      rounds *= 2;
      continue;
    }
    spent += seconds;
    tries++;
  }
  return best;
}

/** `32K`, as the operating system writes it. */
function bytesOf(text: string): number {
  const unit = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[text.at(-1) ?? ''] ?? 1;
  return Number.parseInt(text, 10) * unit;
}
