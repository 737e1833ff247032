import { markAsUntransferable } from 'node:worker_threads';
import { kernels } from '../kernels/active.ts';
import type { Floats } from '../kernels/arrays.ts';
import { bytesPastLine } from '../kernels/native.ts';

/** Below, V8 keeps the numbers with the array; above, an array of its own costs no more than its zeros. */
const [least, most] = [17, 512];
const slabBytes = 1 << 14;
const lineBytes = 64;
/** From here on it pays to ask where the memory lies: weights are read by Vecs that fill a line of the cache. */
const large = 1 << 12;

let slab = new ArrayBuffer(0);
let used = 0;

/** A row of zeros. */
export function zeros(size: number): Floats {
  return size >= least && size <= most ? fromSlab(size) : ownZeros(size);
}

/** In memory of its own, where it begins at a line of the cache if it is large and the kernels are native. */
export function ownZeros(size: number): Floats {
  if (size < large) return new Float32Array(size);
  kernels(); // loads what knows addresses
  const memory = new Float32Array(size + lineBytes / 4);
  const past = bytesPastLine(memory);
  return new Float32Array(memory.buffer, past === 0 ? 0 : lineBytes - past, size);
}

/**
 * Small arrays are cut from a slab that they share, as Node's Buffers are: memory of its own costs an array
 * up to three microseconds, most of them when it is collected. A slab is collected when nothing is left of it, and cannot
 * be transferred to another thread: who posts such an array posts a copy.
 */
function fromSlab(size: number): Floats {
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
