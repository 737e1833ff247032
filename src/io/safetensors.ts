/**
 * Safetensors, the file of named tensors that Python's libraries read too: the length of a JSON header (uint64,
 * little-endian), the header, the numbers. The header says of every tensor its type, its shape and where its numbers
 * lie, counted from the end of the header; together they cover the rest of the file without gap or overlap.
 */
import { DataError, OptionError } from '../core/errors.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { type Dtype, fromArray, type Tensor } from '../core/tensor.ts';
import { readWhole, writeFileAtomically } from './files.ts';
import { littleEndianBytes, numbersFrom, widthOf } from './little-endian.ts';

/** Tensors by name. */
export type NamedTensors = ReadonlyMap<string, Tensor> | { readonly [name: string]: Tensor };
/** Words about the file, such as the program that wrote it. */
export type FileMetadata = { readonly [key: string]: string };

const typeNames: Readonly<Record<Dtype, string>> = { float32: 'F32', int32: 'I32', float64: 'F64' };
const dtypes: ReadonlyMap<string, Dtype> = new Map([
  ['F32', 'float32'],
  ['I32', 'int32'],
  ['F64', 'float64'],
]);
/** What the format's own library reads. */
const longestHeader = 100_000_000;
/** The key of the header that is no tensor. */
const metadataKey = '__metadata__';

/** Writes the tensors to a file, whole or not at all. */
export function saveSafetensors(
  path: string,
  tensors: NamedTensors,
  metadata: FileMetadata = {},
): void {
  writeFileAtomically(path, encodeSafetensors(tensors, metadata));
}

/** Reads the tensors of a file; a damaged one is a DataError that says where. */
export function loadSafetensors(path: string): {
  tensors: Map<string, Tensor>;
  metadata: FileMetadata;
} {
  return decodeSafetensors(readWhole(path), path);
}

export function encodeSafetensors(tensors: NamedTensors, metadata: FileMetadata = {}): Uint8Array {
  const entries: [string, Tensor][] =
    tensors instanceof Map ? [...tensors] : Object.entries(tensors);
  const header = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) header.set(metadataKey, metadata);
  const parts: Uint8Array[] = [];
  let end = 0;
  // Eight-byte numbers first, so that every number lies at a multiple of its size.
  for (const [name, tensor] of entries.toSorted(
    ([, a], [, b]) => widthOf[b.dtype] - widthOf[a.dtype],
  )) {
    if (name === metadataKey) {
      throw new OptionError(`safetensors: a tensor is named ${name}; want another name`, { name });
    }
    const bytes = littleEndianBytes(tensor.values);
    const data_offsets = [end, end + bytes.length];
    header.set(name, { dtype: typeNames[tensor.dtype], shape: tensor.shape, data_offsets });
    parts.push(bytes);
    end += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}

/** The tensors in the bytes of a file; `file` is the name that errors give. */
export function decodeSafetensors(
  bytes: Uint8Array,
  file = 'safetensors',
): { tensors: Map<string, Tensor>; metadata: FileMetadata } {
  const fail: Fail = (at, found, wanted) =>
    new DataError(`${file}: byte ${at}: ${found}; want ${wanted}`, { file, byte: at });
  const { entries, metadata, start } = readHeader(bytes, fail);
  const size = bytes.length - start;
  const tensors = new Map<string, Tensor>();
  const spans = entries.map(([name, entry]): Span => {
    const { dtype, shape, from, to } = checkedEntry(name, entry, fail);
    if (to > size) {
      throw fail(bytes.length, `the file ends before ${name}`, `${start + to} bytes or more`);
    }
    const numbers = numbersFrom(bytes.subarray(start + from, start + to), dtype);
    tensors.set(name, fromArray(numbers, shape));
    return { name, from, to };
  });

  let end = 0;
  let before = 'the header';
  for (const { name, from, to } of spans.sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end) {
      const found = from < end ? 'overlaps' : 'leaves a gap after';
      throw fail(start + from, `${name} ${found} ${before}`, `it to start at byte ${start + end}`);
    }
    end = to;
    before = name;
  }
  if (end !== size) {
    throw fail(start + end, `${size - end} bytes belong to no tensor`, `the end after ${before}`);
  }
  return { tensors, metadata };
}

type Fail = (at: number, found: string, wanted: string) => DataError;
interface Span {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Length of the length itself. */
const lengthBytes = 8;

function readHeader(
  bytes: Uint8Array,
  fail: Fail,
): { entries: [string, unknown][]; metadata: FileMetadata; start: number } {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < lengthBytes) throw fail(view.length, 'the file ends', 'a length of 8 bytes');
  const length = view.readBigUInt64LE();
  if (length > longestHeader) {
    throw fail(0, `a header of ${length} bytes`, `a safetensors file: at most ${longestHeader}`);
  }
  const start = lengthBytes + Number(length);
  if (start > view.length) {
    throw fail(view.length, 'the file ends inside the header', `${start} bytes or more`);
  }
  let text = '';
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(view.subarray(lengthBytes, start));
    header = JSON.parse(text);
  } catch (error) {
    throw fail(lengthBytes, `the header is no JSON (${(error as Error).message})`, 'a JSON object');
  }
  if (!isObject(header) || !text.startsWith('{')) {
    throw fail(lengthBytes, 'the header is no JSON object', 'names with their tensors');
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) {
    const at = lengthBytes + Buffer.byteLength(text.slice(0, twice.at));
    throw fail(at, `the name ${twice.key} stands twice`, 'every name once');
  }
  const { [metadataKey]: metadata = {}, ...tensors } = header;
  if (!isObject(metadata) || !Object.values(metadata).every((word) => typeof word === 'string')) {
    throw fail(lengthBytes, `${metadataKey} is ${JSON.stringify(metadata)}`, 'words by name');
  }
  return { entries: Object.entries(tensors), metadata: metadata as FileMetadata, start };
}

/** The header's JSON keys are names of tensors, and JSON.parse would quietly take the last of two equal ones. */
function repeatedKey(json: string): { key: string; at: number } | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const match of json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    const [token, text, colon] = match;
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
    if (depth !== 1 || text === undefined || colon === undefined) continue;
    const key = JSON.parse(text) as string;
    if (seen.has(key)) return { key, at: match.index };
    seen.add(key);
  }
  return undefined;
}

function checkedEntry(
  name: string,
  entry: unknown,
  fail: Fail,
): { dtype: Dtype; shape: Shape; from: number; to: number } {
  const { dtype, shape, data_offsets } = isObject(entry) ? entry : {};
  const [from, to] = isCounts(data_offsets) ? data_offsets : [];
  if (typeof dtype !== 'string' || !isCounts(shape) || from === undefined || to === undefined) {
    throw fail(
      lengthBytes,
      `the header says of ${name} ${JSON.stringify(entry)}`,
      'dtype, shape and data_offsets',
    );
  }
  const known = dtypes.get(dtype);
  if (known === undefined) throw fail(lengthBytes, `${name} is ${dtype}`, 'F32, I32 or F64');
  const size = sizeOf(shape) * widthOf[known];
  if (to - from !== size) {
    throw fail(
      lengthBytes,
      `${name} is ${dtype} [${shape}] and takes bytes ${from} to ${to}`,
      `${size} bytes of it`,
    );
  }
  return { dtype: known, shape, from, to };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}
