import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { crc32, decodePng, encodePng } from '../../src/io/png.ts';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function chunk(type: string, content: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(content.length);
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, tail]);
}

/** A PNG with everything free: header fields, filtered rows as they stand, a palette. */
function png(
  header: { width: number; height: number; depth?: number; type: number; interlaced?: number },
  rows: readonly number[],
  colours?: readonly number[],
): Buffer {
  const { width, height, depth = 8, type, interlaced = 0 } = header;
  const ihdr = Buffer.from([0, 0, 0, width, 0, 0, 0, height, depth, type, 0, 0, interlaced]);
  return Buffer.concat([
    Uint8Array.from(signature),
    chunk('IHDR', ihdr),
    ...(colours === undefined ? [] : [chunk('PLTE', Uint8Array.from(colours))]),
    chunk('IDAT', deflateSync(Uint8Array.from(rows))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

describe('png', () => {
  it('reads back what it wrote, grey and RGB, of any size', () => {
    const pictures = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom(1, 3))
      .chain(([width, height, channels]) => {
        const size = width * height * channels;
        return fc
          .uint8Array({ minLength: size, maxLength: size })
          .map((data) => ({ width, height, channels, data }));
      });
    fc.assert(
      fc.property(pictures, (picture) => {
        expect(decodePng(encodePng(picture))).toEqual(picture);
      }),
    );
  });

  it('has the checksum that the standard gives for its test words', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(crc32(Buffer.from('IEND'))).toBe(0xae426082);
  });

  it('undoes each of the five filters', () => {
    // Rows of 3 grey pixels, each stored as differences by another filter; worked out by hand.
    const rows = [
      ...[0, 10, 20, 30], // as it is
      ...[1, 5, 5, 5], // left: 5 10 15
      ...[2, 1, 1, 1], // up: 6 11 16
      ...[3, 1, 2, 3], // mean of left and up, rounded down: 1+3, 2+(4+11>>1), 3+(9+16>>1)
      ...[4, 1, 1, 255], // Paeth: 1+4, 1+9, 255+15
    ];
    const { data } = decodePng(png({ width: 3, height: 5, type: 0 }, rows));
    expect([...data]).toEqual([10, 20, 30, 5, 10, 15, 6, 11, 16, 4, 9, 15, 5, 10, 14]);
  });

  it('reads RGBA, grey with alpha, and spells a palette out as RGB', () => {
    const rgba = decodePng(png({ width: 1, height: 1, type: 6 }, [0, 1, 2, 3, 4]));
    expect(rgba).toMatchObject({ channels: 4, data: Uint8Array.of(1, 2, 3, 4) });
    const greyAlpha = decodePng(png({ width: 1, height: 1, type: 4 }, [0, 7, 8]));
    expect(greyAlpha).toMatchObject({ channels: 2, data: Uint8Array.of(7, 8) });
    const painted = decodePng(
      png({ width: 2, height: 1, type: 3 }, [0, 1, 0], [1, 2, 3, 100, 101, 102]),
    );
    expect(painted).toMatchObject({ channels: 3, data: Uint8Array.of(100, 101, 102, 1, 2, 3) });
  });

  const good = encodePng({ width: 2, height: 1, channels: 1, data: Uint8Array.of(1, 2) });
  const flipped = Uint8Array.from(good, (byte, i) => (i === 44 ? byte ^ 1 : byte));
  it.each([
    [Buffer.from('GIF89a'), 'a.png: byte 0: not the signature of a PNG file; want a PNG file'],
    [
      good.subarray(0, 50),
      'a.png: byte 50: the file ends inside its IDAT chunk; want 56 bytes or more',
    ],
    [good.subarray(0, 33), 'a.png: byte 33: the file ends; want chunks up to IEND'],
    [
      flipped,
      'a.png: byte 52: the checksum of IDAT differs from its content; want an undamaged file',
    ],
    [
      png({ width: 1, height: 1, type: 0, depth: 16 }, [0, 0, 0]),
      'a.png: byte 24: 16 bits a channel; want 8; save it again with 8 bits',
    ],
    [
      png({ width: 1, height: 1, type: 0, interlaced: 1 }, [0, 0]),
      'a.png: byte 28: interlaced rows; want rows in order; save it not interlaced',
    ],
    [
      png({ width: 1, height: 1, type: 5 }, [0, 0]),
      'a.png: byte 25: colour type 5; want 0, 2, 3, 4 or 6',
    ],
    [png({ width: 0, height: 1, type: 0 }, []), 'a.png: byte 16: 0 x 1 pixels; want at least one'],
    [
      png({ width: 2, height: 1, type: 0 }, [0, 1]),
      'a.png: byte 33: the pixels unpack to 2 bytes; want 3',
    ],
    [
      png({ width: 1, height: 1, type: 0 }, [9, 1]),
      'a.png: byte 33: row 0 has filter 9; want 0 to 4',
    ],
    [
      png({ width: 1, height: 1, type: 3 }, [0, 0]),
      'a.png: byte 25: a palette picture without PLTE; want a PLTE chunk',
    ],
    [
      png({ width: 1, height: 1, type: 3 }, [0, 2], [1, 2, 3]),
      'a.png: pixel 0 has colour 2; want less than 1, the length of the palette',
    ],
  ])('refuses a broken file and says where (%#)', (bytes, message) => {
    expect(() => decodePng(bytes, 'a.png')).toThrow(
      expect.objectContaining({ name: 'DataError', message }),
    );
  });

  it('refuses to write what has the wrong size or channels', () => {
    const data = new Uint8Array(3);
    expect(() => encodePng({ width: 2, height: 2, channels: 1, data })).toThrow(
      new OptionError('png: 3 bytes for 2 x 2 pixels of 1; want 4, and at least one pixel'),
    );
    expect(() => encodePng({ width: 1, height: 1, channels: 2, data })).toThrow(
      new OptionError('png: 2 channels; want 1 (grey) or 3 (RGB)'),
    );
  });
});
