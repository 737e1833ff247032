/** Numbers as the bytes of a file, lowest first, whatever the byte order of this machine. */
import { endianness } from 'node:os';
import type { Dtype } from '../core/tensor.ts';
import type { Numbers } from '../kernels/arrays.ts';

/** Bytes of one number of each type. */
export const widthOf: Readonly<Record<Dtype, number>> = { float32: 4, int32: 4, float64: 8 };

/** A copy of the numbers as bytes. */
export function littleEndianBytes(values: Numbers): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return swapped(Buffer.from(bytes), values.BYTES_PER_ELEMENT);
}

/** A copy of the bytes as numbers. */
export function numbersFrom(bytes: Uint8Array, dtype: Dtype): Numbers {
  // A fresh buffer: a slice of a file need not start where numbers may.
  const { buffer } = new Uint8Array(bytes);
  swapped(Buffer.from(buffer), widthOf[dtype]);
  if (dtype === 'float32') return new Float32Array(buffer);
  return dtype === 'int32' ? new Int32Array(buffer) : new Float64Array(buffer);
}

function swapped(bytes: Buffer, width: number): Buffer {
  if (endianness() === 'LE') return bytes;
  return width === 4 ? bytes.swap32() : bytes.swap64();
}
