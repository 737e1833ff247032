/**
 * NumPy's .npy files, one array each: read from versions 1 to 3, written as version 1. NumPy Enhancement Proposal 1
 * describes them.
 */
import { DataError, OptionError } from '../core/errors.ts';
import { checkOptions, flag } from '../core/options.ts';
import { sizeOf, stridesOf } from '../core/shape.ts';
import { type Dtype, fromArray, Tensor } from '../core/tensor.ts';
import type { Numbers } from '../kernels/arrays.ts';
import { readWhole, writeFileAtomically } from './files.ts';
import { littleEndianBytes, numbersFrom } from './little-endian.ts';

export interface NpyOptions {
  /** Write whole numbers of 0 to 255 as uint8, a byte each: pixels and labels. */
  readonly asBytes?: boolean;
}

const magic = '\x93NUMPY';
const descriptions: Readonly<Record<Dtype, string>> = {
  float32: '<f4',
  float64: '<f8',
  int32: '<i4',
};

/** Writes a tensor to a file, whole or not at all. */
export function saveNpy(path: string, tensor: Tensor, options: NpyOptions = {}): void {
  writeFileAtomically(path, encodeNpy(tensor, options));
}

/** Reads a file as a tensor; a damaged one is a DataError that says where. */
export function loadNpy(path: string): Tensor {
  return decodeNpy(readWhole(path), path);
}

export function encodeNpy(tensor: Tensor, options: NpyOptions = {}): Uint8Array {
  checkOptions('saveNpy', options, { asBytes: flag });
  const { asBytes = false } = options;
  const description = asBytes ? '|u1' : descriptions[tensor.dtype];
  const body = asBytes ? bytesOf(tensor.values) : littleEndianBytes(tensor.values);
  // A tuple of one is written (3,).
  const shape = tensor.rank === 1 ? `(${tensor.shape[0]},)` : `(${tensor.shape.join(', ')})`;
  const dictionary = `{'descr': '${description}', 'fortran_order': False, 'shape': ${shape}, }`;
  // Magic, version and length take ten bytes; the numbers start at a multiple of 64.
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10;
  const head = Buffer.from(`${magic}\x01\0__${dictionary.padEnd(length - 1)}\n`, 'latin1');
  head.writeUInt16LE(length, 8);
  return Buffer.concat([head, body]);
}

function bytesOf(values: Numbers): Uint8Array {
  const at = values.findIndex((value: number) => (value & 255) !== value);
  if (at !== -1) {
    throw new OptionError(
      `npy: element ${at} is ${values[at]}; want whole numbers of 0 to 255 to write asBytes`,
    );
  }
  return Uint8Array.from(values);
}

/**
 * The array in the bytes of a file; `file` is the name that errors give. float32, float64 and int32 stay what they are;
 * uint8, truths, and int64 that fits become int32.
 */
export function decodeNpy(bytes: Uint8Array, file = 'npy'): Tensor {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail: Fail = (at, found, wanted) =>
    new DataError(`${file}: byte ${at}: ${found}; want ${wanted}`, { file, byte: at });
  if (view.toString('latin1', 0, 6) !== magic)
    throw fail(0, 'not the mark of NumPy', 'a .npy file');
  const version = view[6] ?? 0;
  if (version < 1 || version > 3) throw fail(6, `version ${version}`, '1, 2 or 3');
  const from = version === 1 ? 10 : 12;
  if (view.length < from) throw fail(view.length, 'the file ends', 'a header');
  const start = from + (version === 1 ? view.readUInt16LE(8) : view.readUInt32LE(8));
  if (view.length < start) {
    throw fail(view.length, 'the file ends inside the header', `${start} bytes or more`);
  }

  const header = view.toString('latin1', from, start);
  const found = (pattern: RegExp) => pattern.exec(header)?.[1];
  const description = found(/'descr'\s*:\s*('[^']*'|\[.*?\](?=\s*,\s*'))/);
  const order = found(/'fortran_order'\s*:\s*(True|False)/);
  const sizes = found(/'shape'\s*:\s*\(([\d,\sL]*)\)/);
  if (description === undefined || order === undefined || sizes === undefined) {
    throw fail(from, `the header ${header.trim()}`, "'descr', 'fortran_order' and 'shape'");
  }
  const shape = sizes.match(/\d+/g)?.map(Number) ?? [];
  const type = readable.get(description.slice(1, -1));
  if (type === undefined) {
    const wanted = `one of ${[...readable.keys()].join(', ')}. astype('float32') makes it so`;
    throw fail(from, `the type ${description}`, wanted);
  }
  const size = sizeOf(shape) * type.width;
  if (view.length - start !== size) {
    throw fail(
      Math.min(view.length, start + size),
      `${view.length - start} bytes of numbers`,
      `${size} for ${description} [${shape}]`,
    );
  }
  const numbers = type.read(view.subarray(start), start, fail);
  if (order === 'False') return fromArray(numbers, shape);
  // The first axis is next to itself in memory: the strides of the reversed shape, reversed.
  return new Tensor(numbers, shape, stridesOf(shape.toReversed()).toReversed());
}

type Fail = (at: number, found: string, wanted: string) => DataError;

interface Readable {
  readonly width: number;
  read(bytes: Buffer, start: number, fail: Fail): Numbers;
}

const readable: ReadonlyMap<string, Readable> = new Map<string, Readable>([
  ['<f4', { width: 4, read: (bytes) => numbersFrom(bytes, 'float32') }],
  ['<f8', { width: 8, read: (bytes) => numbersFrom(bytes, 'float64') }],
  ['<i4', { width: 4, read: (bytes) => numbersFrom(bytes, 'int32') }],
  ['|u1', { width: 1, read: (bytes) => Int32Array.from(bytes) }],
  ['|b1', { width: 1, read: (bytes) => Int32Array.from(bytes) }],
  ['<i8', { width: 8, read: readInt64 }],
]);

/** What NumPy makes of whole numbers unless told otherwise. */
function readInt64(bytes: Buffer, start: number, fail: Fail): Int32Array {
  return Int32Array.from({ length: bytes.length / 8 }, (_, i) => {
    const value = bytes.readBigInt64LE(8 * i);
    if (value !== BigInt.asIntN(32, value)) {
      throw fail(start + 8 * i, `${value}`, 'whole numbers of 32 bits');
    }
    return Number(value);
  });
}
