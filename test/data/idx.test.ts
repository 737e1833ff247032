import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readIdxImages, readIdxLabels } from '../../src/data/idx.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapegrad-idx-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(bytes: Uint8Array): string {
  const path = join(folder, 'file');
  writeFileSync(path, bytes);
  return path;
}

function idx(header: readonly number[], body: readonly number[]): Buffer {
  const head = Buffer.alloc(4 * header.length);
  header.forEach((value, i) => {
    head.writeUInt32BE(value, 4 * i);
  });
  return Buffer.concat([head, Uint8Array.from(body)]);
}

const twoImages = idx([2051, 2, 1, 3], [1, 2, 3, 4, 5, 6]);
const threeLabels = idx([2049, 3], [0, 9, 4]);

describe('readIdxImages and readIdxLabels', () => {
  it('read the same from a packed file and an unpacked one', async () => {
    for (const bytes of [twoImages, gzipSync(twoImages)]) {
      expect(await readIdxImages(fileOf(bytes))).toEqual({
        count: 2,
        height: 1,
        width: 3,
        images: Uint8Array.of(1, 2, 3, 4, 5, 6),
      });
    }
    expect([...(await readIdxLabels(fileOf(gzipSync(threeLabels))))]).toEqual([0, 9, 4]);
  });

  const noise = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31) % 251));
  const packed = gzipSync(idx([2051, 50, 10, 10], [...noise]));
  const flipped = Buffer.from(packed);
  flipped.writeUInt8((packed[packed.length - 6] ?? 0) ^ 1, packed.length - 6); // in the checksum

  it.each([
    ['a wrong magic number', threeLabels, 0, 'magic number 2049; want 2051, an IDX file of images'],
    ['an empty file', Buffer.alloc(0), 0, 'the file ends; want a header of 16 bytes'],
    ['a wrong count', idx([2051, 1, 1, 3], [1, 2, 3]), 4, '1 images; want 2'],
    ['a wrong size', idx([2051, 2, 2, 3], [1, 2, 3]), 8, '2 rows; want 1'],
    [
      'a short body',
      twoImages.subarray(0, 20),
      20,
      'the content ends; want 22 bytes, as the header says',
    ],
    [
      'trailing bytes',
      Buffer.concat([twoImages, Buffer.from('xyz')]),
      22,
      '3 bytes too many; want 22 bytes, as the header says',
    ],
    [
      'a truncated gzip file',
      packed.subarray(0, 100),
      100,
      'the gzip file ends too early; want a whole and undamaged file',
    ],
    [
      'a damaged gzip file',
      flipped,
      packed.length - 5, // where the checksum ends
      'the gzip file does not unpack (incorrect data check); want a whole and undamaged file',
    ],
    [
      'something after the gzip file',
      Buffer.concat([packed, Buffer.from('hello')]),
      packed.length + 1, // a gzip file begins with two bytes
      'the gzip file does not unpack (incorrect header check); want a whole and undamaged file',
    ],
  ])('names the file and the byte of %s', async (_, bytes, byte, complaint) => {
    const file = fileOf(bytes);
    await expect(readIdxImages(file, { count: 2, height: 1, width: 3 })).rejects.toThrow(
      expect.objectContaining({
        name: 'DataError',
        message: `${file}: byte ${byte}: ${complaint}`,
        facts: { file, byte },
      }),
    );
  });

  it('refuses labels that are too many or too high', async () => {
    const file = fileOf(threeLabels);
    await expect(readIdxLabels(file, { count: 2 })).rejects.toThrow(
      `${file}: byte 4: 3 labels; want 2`,
    );
    await expect(readIdxLabels(file, { classes: 9 })).rejects.toThrow(
      `${file}: byte 9: label 9; want 0 to 8`,
    );
  });
});
