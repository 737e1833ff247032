import { describe, expect, it } from 'vitest';
import { OptionError, ShapeError } from '../../src/core/errors.ts';
import { gridPicture } from '../../src/io/pictures.ts';

describe('gridPicture', () => {
  it('lays images out row by row and clips their values', () => {
    const values = [0, 0.5, 1, 2, -1, Number.NaN]; // three images of 1 x 2
    const picture = gridPicture(values, { height: 1, width: 2, columns: 2 });
    expect(picture).toMatchObject({ width: 4, height: 2, channels: 1 });
    expect([...picture.data]).toEqual([0, 128, 255, 255, 0, 0, 0, 0]);
  });

  it('draws a 4 x 4 grid of 28 x 28 images, four times as large, as 448 x 448', () => {
    const values = Float32Array.from({ length: 16 * 784 }, (_, i) => (i % 256) / 255);
    const small = gridPicture(values, { height: 28, width: 28, columns: 4 });
    const large = gridPicture(values, { height: 28, width: 28, columns: 4, scale: 4 });
    expect([small.width, small.height, large.width, large.height]).toEqual([112, 112, 448, 448]);
    const everyFourth = large.data.filter((_, i) => i % 4 === 0 && Math.floor(i / 448) % 4 === 0);
    expect(everyFourth).toEqual(small.data);
    expect(large.data[447 * 448 + 447]).toBe(small.data.at(-1));
  });

  it('leaves grey lines between images when asked for spacing', () => {
    const picture = gridPicture([1, 1], { height: 1, width: 1, columns: 2, spacing: 1 });
    expect([...picture.data]).toEqual([
      ...[64, 64, 64, 64, 64],
      ...[64, 255, 64, 255, 64],
      ...[64, 64, 64, 64, 64],
    ]);
  });

  it('refuses values that are no whole images, and a grid without columns', () => {
    expect(() => gridPicture([1, 2, 3], { height: 1, width: 2, columns: 1 })).toThrow(
      new ShapeError('gridPicture: 3 values; want images of 2 values each, [n,1,2]'),
    );
    expect(() => gridPicture([1, 2], { height: 1, width: 2, columns: 0 })).toThrow(
      new OptionError('gridPicture: columns is 0; want a whole number of at least 1'),
    );
  });
});
