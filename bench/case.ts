/** A kernel at a size: its arguments, what it has to do, and how near its result has to be. */
import type { Numbers } from '../src/kernels/arrays.ts';
import { randomNormal } from '../src/kernels/random.ts';
import type { Kernels } from '../src/kernels/reference.ts';

/** One kernel at one size. */
export interface Case {
  readonly kernel: keyof Kernels;
  readonly name: string;
  /** Multiplications and additions; 0 where only bytes count. */
  readonly flops: number;
  /** Bytes read and written, every array once each way. */
  readonly bytes: number;
  readonly output: Float32Array | Int32Array;
  /** The largest difference from the reference, of 1 or of the number, that rounding explains. */
  readonly tolerance: number;
  run(k: Kernels, y: Float32Array | Int32Array): void;
}

/** Normal numbers, enough for the smaller arrays; larger ones repeat them. */
let some: Float32Array | undefined;
export function floats(size: number, seed: number): Float32Array {
  if (some === undefined) {
    some = new Float32Array(1 << 17);
    randomNormal(Int32Array.of(1, 0, 0, 0), some, 0, 1);
  }
  const x = new Float32Array(size);
  const first = (seed * 4099) % some.length;
  x.set(some.subarray(first, first + size));
  for (let at = Math.min(size, some.length - first); at < size; at += some.length) {
    x.set(some.subarray(0, Math.min(some.length, size - at)), at);
  }
  return x;
}
export const truths = (size: number, seed: number): Int32Array =>
  Int32Array.from(floats(size, seed), (x) => (x > 0 ? 1 : 0));

/** A kernel as a function of arrays and numbers, its types left aside. */
export type Loose = (...args: unknown[]) => void;

/** `y` stands where the kernel writes; the first argument that is null. */
export function caseOf(
  kernel: keyof Kernels,
  sizes: string,
  args: readonly (Numbers | number | boolean | null)[],
  output: Float32Array | Int32Array,
  {
    flops = 0,
    tolerance = 1e-5,
    bytes,
  }: { flops?: number; tolerance?: number; bytes?: number } = {},
): Case {
  const at = args.indexOf(null);
  const arrays = args.filter((arg) => typeof arg === 'object' && arg !== null) as Numbers[];
  return {
    kernel,
    name: `${kernel} ${sizes}`,
    flops,
    bytes: bytes ?? [...arrays, output].reduce((sum, array) => sum + array.byteLength, 0),
    output,
    tolerance,
    run(table, y) {
      (table[kernel] as Loose)(...args.with(at, y));
    },
  };
}
