import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OptionError, ShapeError } from '../../src/core/errors.ts';
import { tensor } from '../../src/core/tensor.ts';
import { decodePng } from '../../src/io/png.ts';
import { writeProjector } from '../../src/io/projector.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapegrad-projector-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const points = tensor([
  [0.5, -1],
  [1e-7, 2],
  [3, 4],
]);

describe('writeProjector', () => {
  it('writes the configuration and the files it names', () => {
    const images = tensor([[[0, 1]], [[1, 0]], [[0.5, 0.5]]]); // three of 1 x 2
    writeProjector(folder, { name: 'codes', points, metadata: { digit: [7, 2, 1] }, images });
    expect(read('projector_config.pbtxt')).toBe(
      [
        'embeddings {',
        '  tensor_name: "codes"',
        '  tensor_path: "codes.tsv"',
        '  metadata_path: "codes-metadata.tsv"',
        '  sprite { image_path: "codes-sprite.png" single_image_dim: 2 single_image_dim: 1 }',
        '}',
        '',
      ].join('\n'),
    );
    const numbers = read('codes.tsv')
      .trim()
      .split('\n')
      .map((line) => line.split('\t').map(Number));
    expect(numbers).toEqual([
      [0.5, -1],
      [Math.fround(1e-7), 2],
      [3, 4],
    ]);
    expect(read('codes-metadata.tsv')).toBe('7\n2\n1\n');
    const sprite = decodePng(readFileSync(join(folder, 'codes-sprite.png')));
    expect([sprite.width, sprite.height]).toEqual([4, 2]);
    expect([...sprite.data]).toEqual([0, 255, 255, 0, 128, 128, 0, 0]);
  });

  it('makes a sprite of as many rows as columns, which the projector takes for granted', () => {
    const five = tensor(new Float32Array(5), [5, 1]);
    const images = tensor(new Float32Array(5 * 4).fill(1), [5, 2, 2, 1]);
    writeProjector(folder, { name: 'codes', points: five, images });
    const sprite = decodePng(readFileSync(join(folder, 'codes-sprite.png')));
    expect([sprite.width, sprite.height]).toEqual([6, 6]);
    expect(sprite.data.reduce((sum, byte) => sum + byte, 0)).toBe(5 * 4 * 255);
  });

  it('heads the metadata only when there are several columns, and keeps cells in their place', () => {
    const metadata = { digit: [7, 2, 1], word: ['seven', 'a\tb', 'c\nd'] };
    writeProjector(folder, { name: 'codes', points, metadata });
    expect(read('codes-metadata.tsv')).toBe('digit\tword\n7\tseven\n2\ta b\n1\tc d\n');
  });

  it('puts several embeddings into one configuration', () => {
    writeProjector(folder, { name: 'a', points }, { name: 'b', points });
    expect(read('projector_config.pbtxt').match(/tensor_path: "(.*)"/g)).toEqual([
      'tensor_path: "a.tsv"',
      'tensor_path: "b.tsv"',
    ]);
  });

  it('refuses what does not fit, and then writes nothing', () => {
    expect(() => writeProjector(folder, { name: 'a/b', points })).toThrow(
      new OptionError(
        'writeProjector: the name "a/b"; want letters, digits and _ . -, and each name once',
      ),
    );
    expect(() => writeProjector(folder, { name: 'a', points: tensor([1, 2]) })).toThrow(
      new ShapeError('writeProjector: points is [2]; want [n,d], at least one of each'),
    );
    expect(() => writeProjector(folder, { name: 'a', points, metadata: { digit: [1] } })).toThrow(
      new OptionError(
        'writeProjector: the column digit has 1 entries; want columns of 3, one entry a point',
      ),
    );
    const two = tensor(new Float32Array(8), [2, 2, 2]);
    expect(() => writeProjector(folder, { name: 'a', points, images: two })).toThrow(
      new ShapeError(
        'writeProjector: images is [2,2,2]; want [3,h,w] or [3,h,w,1], an image a point',
      ),
    );
    const large = tensor(new Float32Array(3 * 5000), [3, 1, 5000]);
    expect(() => writeProjector(folder, { name: 'a', points, images: large })).toThrow(
      new OptionError(
        'writeProjector: 3 images of 1 x 5000 take 10000 pixels a side; want at most 8192. Take fewer points',
      ),
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});
