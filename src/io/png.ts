/**
 * PNG files of 8 bits a channel: written grey or RGB, read grey, RGB, RGBA, grey with alpha, or palette.
 * PNG Specification, Third Edition (W3C); section numbers below are its.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { DataError, OptionError } from '../core/errors.ts';

/** Pixels in row order, each `channels` bytes: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Colour types of section 11.2.1, and the bytes a pixel of each takes in the file. */
const grey = 0;
const rgb = 2;
const palette = 3;
const channelsOf: ReadonlyMap<number, number> = new Map([
  [grey, 1],
  [rgb, 3],
  [palette, 1],
  [4, 2],
  [6, 4],
]);

/** A grey or RGB picture as the bytes of a PNG file. */
export function encodePng(picture: Picture): Uint8Array {
  const { width, height, channels, data } = picture;
  if (channels !== 1 && channels !== 3) {
    throw new OptionError(`png: ${channels} channels; want 1 (grey) or 3 (RGB)`);
  }
  if (width < 1 || height < 1 || data.length !== width * height * channels) {
    throw new OptionError(
      `png: ${data.length} bytes for ${width} x ${height} pixels of ${channels}; want ` +
        `${width * height * channels}, and at least one pixel`,
    );
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = channels === 1 ? grey : rgb;

  // Each row is led by the number of its filter; 0 leaves the row as it is.
  const rowBytes = width * channels;
  const rows = new Uint8Array(height * (rowBytes + 1));
  for (let y = 0; y < height; y++) {
    rows.set(data.subarray(y * rowBytes, (y + 1) * rowBytes), y * (rowBytes + 1) + 1);
  }
  return Buffer.concat([
    Uint8Array.from(signature),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** The picture in a PNG file; `file` is the name that errors give. A palette is spelt out as RGB. */
export function decodePng(bytes: Uint8Array, file = 'png'): Picture {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (at: number, found: string, wanted: string) =>
    new DataError(`${file}: byte ${at}: ${found}; want ${wanted}`, { file, byte: at });

  if (signature.some((byte, i) => view[i] !== byte)) {
    throw fail(0, 'not the signature of a PNG file', 'a PNG file');
  }
  let header: Buffer | undefined;
  let colours: Buffer | undefined;
  let ended = false;
  const compressed: Buffer[] = [];
  for (let at = signature.length; !ended; ) {
    if (at + 12 > view.length) throw fail(view.length, 'the file ends', 'chunks up to IEND');
    const length = view.readUInt32BE(at);
    const type = view.toString('latin1', at + 4, at + 8);
    const end = at + 8 + length;
    if (end + 4 > view.length) {
      throw fail(view.length, `the file ends inside its ${type} chunk`, `${end + 4} bytes or more`);
    }
    if (view.readUInt32BE(end) !== crc32(view.subarray(at + 4, end))) {
      throw fail(end, `the checksum of ${type} differs from its content`, 'an undamaged file');
    }
    const content = view.subarray(at + 8, end);
    if (type === 'IHDR' && length === 13) header = content;
    if (type === 'PLTE') colours = content;
    if (type === 'IDAT') compressed.push(content);
    ended = type === 'IEND';
    at = end + 4;
  }
  if (header === undefined) throw fail(signature.length, 'no IHDR chunk', 'IHDR as the first');

  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  const [depth = 0, type = 0, , , interlaced = 0] = header.subarray(8);
  const channels = channelsOf.get(type);
  if (width === 0 || height === 0) throw fail(16, `${width} x ${height} pixels`, 'at least one');
  if (depth !== 8) throw fail(24, `${depth} bits a channel`, '8; save it again with 8 bits');
  if (channels === undefined) throw fail(25, `colour type ${type}`, '0, 2, 3, 4 or 6');
  if (interlaced !== 0) throw fail(28, 'interlaced rows', 'rows in order; save it not interlaced');

  const rows = inflateRows(Buffer.concat(compressed), height * (width * channels + 1), fail);
  const data = unfilter(rows, height, width * channels, channels, fail);
  if (type !== palette) return { width, height, channels, data };

  if (colours === undefined) throw fail(25, 'a palette picture without PLTE', 'a PLTE chunk');
  const spelt = new Uint8Array(width * height * 3);
  data.forEach((index, i) => {
    const colour = colours.subarray(index * 3, index * 3 + 3);
    if (colour.length < 3) {
      throw new DataError(
        `${file}: pixel ${i} has colour ${index}; want less than ${Math.floor(colours.length / 3)}, ` +
          'the length of the palette',
        { file },
      );
    }
    spelt.set(colour, i * 3);
  });
  return { width, height, channels: 3, data: spelt };
}

type Fail = (at: number, found: string, wanted: string) => DataError;

function inflateRows(compressed: Uint8Array, size: number, fail: Fail): Uint8Array {
  let rows: Uint8Array;
  try {
    rows = inflateSync(compressed, { maxOutputLength: size + 1 });
  } catch (error) {
    throw fail(33, `the pixels do not unpack (${(error as Error).message})`, 'an undamaged file');
  }
  if (rows.length !== size) {
    throw fail(33, `the pixels unpack to ${rows.length} bytes`, `${size}`);
  }
  return rows;
}

/** Undoes the filters of section 9.2: each byte was stored as its difference from a guess by its neighbours. */
function unfilter(
  rows: Uint8Array,
  height: number,
  rowBytes: number,
  channels: number,
  fail: Fail,
): Uint8Array {
  const out = new Uint8Array(height * rowBytes);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (rowBytes + 1)] ?? 0;
    if (filter > 4) throw fail(33, `row ${y} has filter ${filter}`, '0 to 4');
    for (let x = 0; x < rowBytes; x++) {
      const at = y * rowBytes + x;
      const left = x >= channels ? (out[at - channels] ?? 0) : 0;
      const up = y > 0 ? (out[at - rowBytes] ?? 0) : 0;
      const upLeft = x >= channels && y > 0 ? (out[at - rowBytes - channels] ?? 0) : 0;
      const stored = rows[y * (rowBytes + 1) + 1 + x] ?? 0;
      out[at] = stored + guess(filter, left, up, upLeft);
    }
  }
  return out;
}

function guess(filter: number, left: number, up: number, upLeft: number): number {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      // Paeth: the neighbour nearest to left + up − upLeft.
      const toLeft = Math.abs(up - upLeft);
      const toUp = Math.abs(left - upLeft);
      const toUpLeft = Math.abs(left + up - 2 * upLeft);
      if (toLeft <= toUp && toLeft <= toUpLeft) return left;
      return toUp <= toUpLeft ? up : upLeft;
    }
    default:
      return 0;
  }
}

function chunk(type: string, content: Uint8Array): Buffer {
  const out = Buffer.alloc(content.length + 12);
  out.writeUInt32BE(content.length, 0);
  out.write(type, 4, 'latin1');
  out.set(content, 8);
  out.writeUInt32BE(crc32(out.subarray(4, content.length + 8)), content.length + 8);
  return out;
}

/** Remainders of every byte, for the polynomial of section 5.5. */
const remainders: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** The checksum that PNG chunks and gzip files end with. (zlib.crc32 came with Node 20.15.) */
export function crc32(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = (rest >>> 8) ^ (remainders[(rest ^ byte) & 0xff] ?? 0);
  return ~rest >>> 0;
}
