/** The IDX files of MNIST and its kin: a big-endian header, then one byte a pixel or a label. Gzip or not. */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { DataError } from '../core/errors.ts';
import { readWhole } from '../io/files.ts';

/** Unpacks on a thread of Node's own, so that two files are unpacked at once and Ctrl-C is heard. */
const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);

const imageMagic = 2051;
const labelMagic = 2049;

/** Images of one IDX file: [count, height, width] bytes in row order. */
export interface IdxImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly images: Uint8Array;
}

/** Reads a file of images. A given count or size is required of it. */
export async function readIdxImages(
  file: string,
  want: { count?: number; height?: number; width?: number } = {},
): Promise<IdxImages> {
  const bytes = await readUnpacked(file);
  const [count = 0, height = 0, width = 0] = readHeader(bytes, file, imageMagic, [
    ['images', want.count],
    ['rows', want.height],
    ['columns', want.width],
  ]);
  return { count, height, width, images: readBody(bytes, file, 16, count * height * width) };
}

/** Reads a file of labels below `classes`: [count] bytes. */
export async function readIdxLabels(
  file: string,
  want: { count?: number; classes?: number } = {},
): Promise<Uint8Array> {
  const bytes = await readUnpacked(file);
  const [count = 0] = readHeader(bytes, file, labelMagic, [['labels', want.count]]);
  const labels = readBody(bytes, file, 8, count);
  const classes = want.classes ?? 256;
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong !== -1) {
    throw damaged(file, 8 + wrong, `label ${labels[wrong]}`, `0 to ${classes - 1}`);
  }
  return labels;
}

async function readUnpacked(file: string): Promise<Buffer> {
  const bytes = readWhole(file);
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!gzipped) return bytes;
  try {
    // The file's last four bytes say how long the content is. Unpacked in one piece, it need not be put together from
    // many, which would take twice the memory for a moment.
    const length = bytes.readUInt32LE(Math.max(0, bytes.length - 4));
    const chunkSize = Math.min(Math.max(length + 64, 1 << 16), 1 << 27);
    return await gunzip(bytes, { chunkSize });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const short = code === 'Z_BUF_ERROR';
    const at = short ? bytes.length : await firstUndigestible(bytes);
    const found = short
      ? 'the gzip file ends too early'
      : `the gzip file does not unpack (${message})`;
    throw damaged(file, at, found, 'a whole and undamaged file');
  }
}

/** How many bytes of a broken gzip file unpack without complaint, by bisection. */
async function firstUndigestible(bytes: Buffer): Promise<number> {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      await gunzip(bytes.subarray(0, middle), { finishFlush: zlib.constants.Z_SYNC_FLUSH });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}

/** The numbers after the magic number, each checked against what is wanted of it. */
function readHeader(
  bytes: Buffer,
  file: string,
  magic: number,
  fields: readonly (readonly [name: string, want: number | undefined])[],
): number[] {
  const length = 4 + 4 * fields.length;
  const found = bytes.length < 4 ? undefined : bytes.readUInt32BE(0);
  if (found !== undefined && found !== magic) {
    const kind = magic === imageMagic ? 'an IDX file of images' : 'an IDX file of labels';
    throw damaged(file, 0, `magic number ${found}`, `${magic}, ${kind}`);
  }
  if (bytes.length < length) {
    throw damaged(file, bytes.length, 'the file ends', `a header of ${length} bytes`);
  }
  return fields.map(([name, want], i) => {
    const at = 4 + 4 * i;
    const value = bytes.readUInt32BE(at);
    if (want !== undefined && value !== want)
      throw damaged(file, at, `${value} ${name}`, `${want}`);
    return value;
  });
}

function readBody(bytes: Buffer, file: string, from: number, size: number): Uint8Array {
  const end = from + size;
  if (bytes.length < end) {
    throw damaged(file, bytes.length, 'the content ends', `${end} bytes, as the header says`);
  }
  if (bytes.length > end) {
    throw damaged(
      file,
      end,
      `${bytes.length - end} bytes too many`,
      `${end} bytes, as the header says`,
    );
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, size);
}

/** `byte` counts in the gzip file where it does not unpack, else in what it unpacks to. */
function damaged(file: string, byte: number, found: string, wanted: string): DataError {
  return new DataError(`${file}: byte ${byte}: ${found}; want ${wanted}`, { file, byte });
}
