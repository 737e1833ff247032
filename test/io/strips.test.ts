import { describe, expect, it } from 'vitest';
import { OptionError, ShapeError } from '../../src/core/errors.ts';
import { tensor } from '../../src/core/tensor.ts';
import { gridPicture } from '../../src/io/pictures.ts';
import { pairsPicture, rowsPicture } from '../../src/io/strips.ts';

describe('rowsPicture', () => {
  it('draws rows of images of different sizes equally large', () => {
    const small = tensor([[[0, 1]], [[1, 0]]]); // two of 1 x 2
    const large = tensor(
      Float32Array.from({ length: 2 * 16 }, (_, i) => (i < 16 ? 1 : 0)),
      [2, 4, 4, 1],
    );
    const picture = rowsPicture([small, large], { side: 4, spacing: 0 });
    expect([picture.width, picture.height]).toEqual([8, 8]);
    const rows = Array.from({ length: 8 }, (_, y) => [...picture.data.slice(8 * y, 8 * y + 8)]);
    const first = [0, 0, 255, 255, 255, 255, 0, 0];
    const second = [255, 255, 255, 255, 0, 0, 0, 0];
    expect(rows).toEqual([first, first, first, first, second, second, second, second]);
  });

  it('shows images at their own size as gridPicture does', () => {
    const values = Float32Array.from({ length: 3 * 25 }, (_, i) => i / 75);
    const strip = rowsPicture([tensor(values, [3, 5, 5])], { side: 5, spacing: 2 });
    const grid = gridPicture(values, { height: 5, width: 5, columns: 3, spacing: 2 });
    expect(strip).toEqual(grid);
  });

  it('draws the three rows of ten images of post 3 as 4 pixels a pixel and 7 a pixel', () => {
    const images = tensor(new Float32Array(10 * 784), [10, 28, 28, 1]);
    const codes = tensor(new Float32Array(10 * 256), [10, 16, 16, 1]);
    const picture = rowsPicture([images, codes, images]);
    expect([picture.width, picture.height]).toEqual([10 * 116 + 4, 3 * 116 + 4]);
  });

  it('refuses rows that do not fit together', () => {
    const two = tensor(new Float32Array(8), [2, 2, 2]);
    const one = tensor(new Float32Array(4), [1, 2, 2]);
    expect(() => rowsPicture([two, one])).toThrow(
      new ShapeError(
        'rowsPicture: row 1 has 1 images and the first 2; want as many in every row, at least one',
      ),
    );
    expect(() => rowsPicture([])).toThrow(
      new ShapeError('rowsPicture: no image; want as many in every row, at least one'),
    );
    expect(() => rowsPicture([tensor([[1, 2]])])).toThrow(
      new ShapeError('rowsPicture: row 0 is [1,2]; want [n,h,w] or [n,h,w,1]', { shape: [1, 2] }),
    );
    expect(() => rowsPicture([two], { side: 0 })).toThrow(
      new OptionError('rowsPicture: side is 0; want a whole number of at least 1', { side: 0 }),
    );
  });
});

describe('pairsPicture', () => {
  it('puts each decoding to the right of its original', () => {
    const originals = tensor([
      [[1], [1]],
      [[1], [1]],
    ]); // two of 2 x 1
    const decodings = tensor([
      [[0], [0.2]],
      [[0.4], [0.6]],
    ]);
    const picture = pairsPicture(originals, decodings, { scale: 1, spacing: 0 });
    expect([picture.width, picture.height]).toEqual([2, 4]);
    expect([...picture.data]).toEqual([255, 0, 255, 51, 255, 102, 255, 153]);
  });

  it('refuses what are no pairs', () => {
    const two = tensor(new Float32Array(8), [2, 2, 2]);
    const one = tensor(new Float32Array(4), [1, 2, 2]);
    expect(() => pairsPicture(two, one)).toThrow(
      new ShapeError(
        'pairsPicture: originals is [2,2,2] and decodings is [1,2,2]; want the same shape',
        { originals: [2, 2, 2], decodings: [1, 2, 2] },
      ),
    );
  });
});
