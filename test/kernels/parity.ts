import { describe, expect, test } from 'vitest';
import type { Floats, Numbers } from '../../src/kernels/arrays.ts';
import { loadNative, nativeInfo, setIsa, setThreads } from '../../src/kernels/native.ts';
import { type Kernels, reference } from '../../src/kernels/reference.ts';

export type Argument = Numbers | number | boolean;

/** How far native may be from the reference. */
export type Bound =
  /** The same bits, but for which NaN it is. */
  | { exact: true }
  /** Units in the last place of the float32 result. */
  | { ulps: number }
  /** Of the sum of the sizes of all terms: the reference kernel run on absolute values. */
  | { ofTerms: number }
  /** Of the size of the result, or of 1. */
  | { relative: number };

/** One kernel and how it is tried. */
export interface Row {
  kernel: keyof Kernels;
  /** Calls to make, each a list of arguments. */
  calls: (random: Random) => Iterable<Argument[]>;
  /** Places of the arguments that are written. */
  outputs: number[];
  bound: Bound;
  /** A bound of its own for some instruction set. */
  boundOn?: Readonly<Record<string, Bound>>;
}

const facts = nativeInfo().facts;
const seed = 20261121;

/** 0, 1, about a register of each instruction set, primes, and enough to be shared among threads. */
export const sizes: readonly number[] = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 97, 1009, 70001];

/** ±0, infinities, NaN, denormals, both ends of e^x, halves, and ordinary numbers. */
export const special: readonly number[] = [
  ...[0, 1e-45, 1e-40, 1.1754942e-38, 1e-30, 1e-10, 1e-4, 0.25, 0.5, 0.99999994, 1, 1.0000001],
  ...[1.5, 2, 2.5, 3, 4, 5.9, 6, 7.5, 10, 17, 25, 87.5, 88.5, 89, 103.5, 105, 300, 8193, 8388609],
  ...[16777216, 2147483648, 1e19, 1e30, 3.4e38, Number.POSITIVE_INFINITY, Number.NaN],
].flatMap((x) => [x, -x]);

/** Numbers that depend on a seed alone (mulberry32). */
export class Random {
  #state: number;
  constructor(from: number) {
    this.#state = from;
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  floats(size: number, low = -4, high = 4): Float32Array {
    return Float32Array.from({ length: size }, () => low + (high - low) * this.next());
  }
  ints(size: number, low: number, high: number): Int32Array {
    return Int32Array.from({ length: size }, () => low + Math.floor((high - low) * this.next()));
  }
}

const copied = (call: Argument[]) =>
  call.map((x) => (typeof x === 'object' ? x.slice() : x)) as Argument[];

function run(table: Kernels, kernel: keyof Kernels, call: Argument[]): Argument[] {
  const own = copied(call);
  (table[kernel] as (...call: Argument[]) => void)(...own);
  return own;
}

const bits = (x: Numbers) => new Int32Array(x.buffer, x.byteOffset, x.length);

/** Distance of two float32 numbers, counted in float32 numbers between them. */
function ulps(a: number, b: number): number {
  const place = (x: number) => {
    const word = new Int32Array(Float32Array.of(x).buffer)[0] ?? 0;
    return word < 0 ? -(word & 0x7fffffff) : word;
  };
  return Math.abs(place(a) - place(b));
}

/** The first place where two results differ by more than the bound, in words; undefined if none. */
function difference(bound: Bound, want: Numbers, got: Numbers, scale: Floats | undefined) {
  for (let i = 0; i < want.length; i++) {
    const w = want[i] ?? 0;
    const g = got[i] ?? 0;
    if (Object.is(w, g)) continue;
    let fits = false;
    if ('ulps' in bound) {
      fits = !(w === 0 && g === 0) && ulps(w, g) <= bound.ulps;
    } else if ('ofTerms' in bound) {
      fits = Math.abs(w - g) <= bound.ofTerms * (scale?.[i] ?? 0) + 1e-45;
    } else if ('relative' in bound) {
      fits = Math.abs(w - g) <= bound.relative * Math.max(1, Math.abs(w));
    }
    if (!fits) return `at ${i} of ${want.length}: reference ${w}, native ${g}`;
  }
  return undefined;
}

/** What goes in, in few words, for the message of a failure. */
function told(call: Argument[]): string {
  const words = call.map((x) =>
    typeof x === 'object' ? `[${Array.from(x.subarray(0, 8))}${x.length > 8 ? ',…' : ''}]` : x,
  );
  return words.join('; ');
}

/** For every row: native against reference on each instruction set, and the same bits for 1, 2 and 3 threads. */
export function checkParity(family: string, rows: readonly Row[]): void {
  describe.skipIf(facts === undefined)(`${family}: native as reference (seed ${seed})`, () => {
    test.each(rows.map((row) => [row.kernel, row] as const))('%s', (kernel, row) => {
      const native = loadNative();
      if (native === undefined || facts === undefined) throw new Error('no native kernels');
      const isas: readonly string[] = facts.isasSupported;
      for (const call of row.calls(new Random(seed))) {
        const want = run(reference, kernel, call);
        const absolute = call.map((x) => (x instanceof Float32Array ? x.map(Math.abs) : x));
        const scale = 'ofTerms' in row.bound ? run(reference, kernel, absolute) : undefined;
        for (const isa of isas) {
          setIsa(isa);
          let first: Argument[] | undefined;
          for (const threads of [1, 2, 3]) {
            setThreads(threads);
            const got = run(native, kernel, call);
            for (const at of row.outputs) {
              const from = `${kernel}(${told(call)}) on ${isa}, ${threads} threads, argument ${at}`;
              if (first === undefined) {
                const found = difference(
                  row.boundOn?.[isa] ?? row.bound,
                  want[at] as Numbers,
                  got[at] as Numbers,
                  scale?.[at] as Floats | undefined,
                );
                if (found !== undefined) expect.fail(`${from}, ${found}`);
              } else {
                const one = bits(first[at] as Numbers);
                const other = bits(got[at] as Numbers).findIndex((word, i) => word !== one[i]);
                if (other >= 0) expect.fail(`${from}: other bits than with 1 thread at ${other}`);
              }
            }
            first ??= got;
          }
        }
      }
    });
  });
}

/** `[rank, ...shape, ...strides of each array]`. */
export function layoutOf(shape: number[], ...strides: number[][]): Int32Array {
  return Int32Array.of(shape.length, ...shape, ...strides.flat());
}

/** Strides of an array of this shape in row order. */
export function rowOrder(shape: number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
}
