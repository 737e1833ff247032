import { markAsUntransferable } from 'node:worker_threads';
import type { Floats } from '../kernels/arrays.ts';

/** Below, V8 keeps the numbers with the array; above, an array of its own costs no more than its zeros. */
const [least, most] = [17, 512];
const slabBytes = 1 << 14;
const lineBytes = 64;

let slab = new ArrayBuffer(0);
let used = 0;

/**
 * A row of zeros. Small ones are cut from a slab that they share, as Node's Buffers are: memory of its own costs an array
 * up to three microseconds, most of them when it is collected. A slab is collected when nothing is left of it, and cannot
 * be transferred to another thread: who posts such an array posts a copy.
 */
export function zeros(size: number): Floats {
  if (size < least || size > most) return new Float32Array(size);
  const bytes = Math.ceil((4 * size) / lineBytes) * lineBytes;
  if (used + bytes > slab.byteLength) {
    slab = new ArrayBuffer(slabBytes);
    markAsUntransferable(slab);
    used = 0;
  }
  const numbers = new Float32Array(slab, used, size);
  used += bytes;
  return numbers;
}
