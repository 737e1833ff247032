import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Numbers } from './arrays.ts';
import { type Kernels, reference } from './reference.ts';

/** A plan as flat arrays, in the form that native/addon.cc reads. */
export interface PlanSpec {
  /**
   * Four numbers a place: kind, type, size, and the offset in bytes, the number of the input or output, or the block's
   * slot.
   */
  readonly places: Float64Array;
  readonly pinned: readonly Numbers[];
  readonly arenaBytes: number;
  /** One name a call. */
  readonly kernels: readonly string[];
  /** Arguments of each call; then one entry an argument in each of the next three. */
  readonly counts: Int32Array;
  readonly numbers: Float64Array;
  readonly buffers: Int32Array;
  readonly truths: Uint8Array;
  /** How an argument is cut where calls are joined: 0 whole, 1 in parts, 2 the layout of the parts. */
  readonly cuts: Uint8Array;
  /** Four numbers an instruction: kind, calls, positions of a joined run, length of the row it repeats. */
  readonly instructions: Int32Array;
  /** Four numbers for what an instruction asks the memory for: its place, the array, the first number, how many. */
  readonly asks: Int32Array;
}

/** Replaying recorded steps in one call. A plan is a thing of C++ that JavaScript only holds. */
export interface NativePlans {
  makePlan(spec: PlanSpec): unknown;
  /** `times`, if given, receives the nanoseconds of each instruction. */
  runPlan(
    plan: unknown,
    inputs: readonly Numbers[],
    outputs: readonly Numbers[],
    times?: Float64Array,
  ): void;
}

/** Gathering the next batch on a thread of its own. A gathering is a thing of C++ that JavaScript only holds. */
export interface NativeGather {
  /** Begins to copy rows of `size` numbers; bytes become the floats at their places of the table, where one is given. */
  beginGather(
    from: Numbers | Uint8Array,
    indices: Int32Array,
    size: number,
    to: Numbers,
    table?: Float32Array,
  ): unknown;
  /** Returns when the rows are in their places. */
  endGather(gathering: unknown): void;
}

/** Kernels by a clock of C++: coming from JavaScript takes as long as a small kernel. */
export interface NativeClock {
  /** Nanoseconds of so many calls. */
  timeCalls(kernel: string, args: readonly unknown[], calls: number): number;
}

/** Work that shows what the processor can do at most; native/kernels/ceiling.cc. */
export interface CeilingLoops {
  /** Multiply-adds on all threads; returns how many floating-point operations that were. */
  multiplyAdds(rounds: number): number;
  /** Reads and writes memory, `bytes` of its own for each thread; returns how many bytes that were. */
  triad(bytes: number, rounds: number): number;
}

/** What the addon exports; native/addon.cc. */
interface Addon extends NativePlans, NativeGather, NativeClock, CeilingLoops {
  kernels: Kernels;
  /** From the last line of the cache to an array's first number. */
  bytesPastLine(array: Numbers): number;
  setIsa(name: string): void;
  setThreads(count: number): void;
  facts(): AddonFacts;
}

/** What the addon knows of itself and of the processor. */
export interface AddonFacts {
  /** The instruction set in use. */
  isa: string;
  /** Numbers in one of its registers. */
  lanes: number;
  isasBuilt: string[];
  isasSupported: string[];
  /** The processor's own name. */
  processor: string;
  threads: number;
  /** Processors the scheduler may give this process. */
  affinity: number;
  /** Processors' worth of time the container may use; 0 without a limit. */
  quota: number;
  compiler: string;
}

/** For `tapegrad doctor`: where the addon is, or why there is none. */
export interface NativeInfo {
  path: string | undefined;
  error: string | undefined;
  /** Whether the addon is there but refuses what TAPEGRAD_ISA or TAPEGRAD_THREADS asks for: then nothing runs. */
  refuses: boolean;
  facts: AddonFacts | undefined;
  /** Sizes as the operating system tells them, such as `32K`; empty where it does not. */
  caches: { name: string; size: string }[];
}

type Loaded = { path: string; addon: Addon } | { path: string | undefined; error: string };

let loaded: Loaded | undefined;
let told = false;

/** The fast kernels; undefined, and told once on stderr, where they cannot be loaded. */
export function loadNative(): Kernels | undefined {
  loaded ??= load();
  if ('addon' in loaded) return loaded.addon.kernels;
  if (!told) {
    told = true;
    console.error(loaded.error);
  }
  return undefined;
}

/** The addon, if `kernels` are its own. */
function addonOf(kernels: Kernels): Addon | undefined {
  return loaded && 'addon' in loaded && loaded.addon.kernels === kernels ? loaded.addon : undefined;
}

/** What replays plans, if `kernels` are the addon's. */
export function nativePlans(kernels: Kernels): NativePlans | undefined {
  return addonOf(kernels);
}

/** What gathers batches meanwhile, if `kernels` are the addon's. */
export function nativeGather(kernels: Kernels): NativeGather | undefined {
  return addonOf(kernels);
}

/** Bytes from the last line of the cache to an array's first number; 0 where no addon is loaded. */
export function bytesPastLine(array: Numbers): number {
  return loaded && 'addon' in loaded ? loaded.addon.bytesPastLine(array) : 0;
}

/** What times kernels, if `kernels` are the addon's. */
export function nativeClock(kernels: Kernels): NativeClock | undefined {
  return addonOf(kernels);
}

/** What measures ceilings; undefined where there is no addon. */
export function ceilingLoops(): CeilingLoops | undefined {
  return loadNative() && loaded && 'addon' in loaded ? loaded.addon : undefined;
}

/** Puts one of the instruction sets of `nativeInfo` in use, for the whole process. */
export function setIsa(name: string): void {
  addon().setIsa(name);
}

/** How many threads kernels may use, for the whole process. */
export function setThreads(count: number): void {
  addon().setThreads(count);
}

export function nativeInfo(): NativeInfo {
  const none = { path: undefined, error: undefined, refuses: false, facts: undefined };
  try {
    loaded ??= load();
  } catch (error) {
    return { ...none, error: (error as Error).message, refuses: true, caches: caches() };
  }
  const { path } = loaded;
  return 'addon' in loaded
    ? { ...none, path, facts: loaded.addon.facts(), caches: caches() }
    : { ...none, path, error: loaded.error, caches: caches() };
}

function addon(): Addon {
  loaded ??= load();
  if ('addon' in loaded) return loaded.addon;
  throw new Error(loaded.error);
}

const howToMend = 'using the slower reference kernels. `npm run build:native` builds them (C++20)';

/**
 * Looks where `npm install` builds the addon, then where the published package carries it. TAPEGRAD_ADDON names another
 * file, such as one built with a sanitizer.
 */
function load(): Loaded {
  const platform = `${process.platform}-${process.arch}`;
  const path =
    process.env.TAPEGRAD_ADDON ||
    ['build/Release/tapegrad.node', `prebuilds/${platform}/tapegrad.node`]
      .map((place) => fileURLToPath(new URL(`../../${place}`, import.meta.url)))
      .find((place) => existsSync(place));
  if (path === undefined) {
    return { path, error: `native kernels: none built for ${platform}; ${howToMend}` };
  }
  try {
    const addon = createRequire(import.meta.url)(path) as Addon;
    const missing = Object.keys(reference).find((kernel) => !(kernel in addon.kernels));
    if (missing === undefined) return { path, addon };
    const reason = `is of another version, without ${missing}`;
    return { path, error: `native kernels: ${path} ${reason}; ${howToMend}` };
  } catch (cause) {
    const error = cause as Error & { code?: string };
    // TAPEGRAD_ISA or TAPEGRAD_THREADS asks for what cannot be: going on without would hide it.
    if (error.code === 'ERR_TAPEGRAD_OPTION') throw error;
    const reason = error.message.split('\n')[0];
    return { path, error: `native kernels: ${path} cannot be loaded (${reason}); ${howToMend}` };
  }
}

function caches(): { name: string; size: string }[] {
  const found: { name: string; size: string }[] = [];
  for (let index = 0; ; index++) {
    const folder = `/sys/devices/system/cpu/cpu0/cache/index${index}/`;
    try {
      const [level, type, size] = ['level', 'type', 'size'].map((name) =>
        readFileSync(folder + name, 'utf8').trim(),
      );
      if (type !== 'Instruction')
        found.push({ name: `L${level}${type === 'Data' ? 'd' : ''}`, size: size! });
    } catch {
      return found;
    }
  }
}
