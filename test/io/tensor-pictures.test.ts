import { describe, expect, it } from 'vitest';
import { OptionError, ShapeError } from '../../src/core/errors.ts';
import { tensor } from '../../src/core/tensor.ts';
import { picturesOf, tensorOfPictures } from '../../src/io/tensor-pictures.ts';

describe('picturesOf', () => {
  it('takes floats as brightness and int32 as bytes, and clips both', () => {
    const floats = tensor(Float32Array.of(-1, 0.5, 1, 2, Number.NaN, 0), [2, 1, 3, 1]);
    expect(picturesOf(floats).map(({ data }) => [...data])).toEqual([
      [0, 128, 255],
      [255, 0, 0],
    ]);
    const bytes = tensor(Int32Array.of(-5, 7, 300), [1, 1, 1, 3]);
    expect(picturesOf(bytes)).toEqual([
      { width: 1, height: 1, channels: 3, data: Uint8Array.of(0, 7, 255) },
    ]);
  });

  it('makes no more pictures than are asked for', () => {
    expect(picturesOf(tensor(new Float32Array(12), [3, 2, 2, 1]), 2)).toHaveLength(2);
  });

  it('refuses what is no batch of grey or RGB images', () => {
    expect(() => picturesOf(tensor(new Float32Array(8), [2, 2, 2]))).toThrow(
      new ShapeError(
        'picturesOf: images is [2,2,2]; want [n,h,w,c] with 1 channel (grey) or 3 (RGB)',
        { shape: [2, 2, 2] },
      ),
    );
  });
});

describe('tensorOfPictures', () => {
  it('is undone by picturesOf', () => {
    const data = Uint8Array.from({ length: 256 }, (_, i) => i);
    const picture = { width: 16, height: 16, channels: 1, data };
    const images = tensorOfPictures([picture, picture]);
    expect(images.shape).toEqual([2, 16, 16, 1]);
    expect(picturesOf(images)).toEqual([picture, picture]);
  });

  it('refuses none, and pictures that differ in size', () => {
    expect(() => tensorOfPictures([])).toThrow(
      new OptionError('tensorOfPictures: no picture; want at least one'),
    );
    const small = { width: 1, height: 1, channels: 1, data: Uint8Array.of(1) };
    const large = { width: 2, height: 1, channels: 1, data: Uint8Array.of(1, 2) };
    expect(() => tensorOfPictures([small, large])).toThrow(
      new OptionError(
        'tensorOfPictures: picture 1 is 2 x 1 x 1 and the first is 1 x 1 x 1; want pictures of one size',
      ),
    );
  });
});
