import { describe, expect, it } from 'vitest';
import { Raster } from '../../src/io/raster.ts';

const black = [0, 0, 0] as const;
const white = [255, 255, 255] as const;
/** The red channel, row by row. */
const rowsOf = ({ picture }: Raster) =>
  Array.from({ length: picture.height }, (_, y) =>
    Array.from({ length: picture.width }, (_, x) => picture.data[3 * (y * picture.width + x)]),
  );

describe('Raster', () => {
  it('fills whole pixels wholly and half pixels by half, in either direction of the corners', () => {
    const corners = [
      [1, 1],
      [3.5, 1],
      [3.5, 3],
      [1, 3],
    ] as const;
    for (const path of [corners, corners.toReversed()]) {
      const raster = new Raster(5, 4, black);
      raster.area(path, white);
      expect(rowsOf(raster)).toEqual([
        [0, 0, 0, 0, 0],
        [0, 255, 255, 128, 0],
        [0, 255, 255, 128, 0],
        [0, 0, 0, 0, 0],
      ]);
    }
  });

  it('draws lines as wide as they are asked for, and scales', () => {
    const raster = new Raster(4, 3, black, 2);
    raster.lines(
      [
        [
          [-5, 1.5],
          [9, 1.5],
        ],
      ],
      1,
      white,
    );
    expect(raster.picture).toMatchObject({ width: 8, height: 6, channels: 3 });
    expect(rowsOf(raster).map((row) => [...new Set(row)])).toEqual([
      [0],
      [0],
      [255],
      [255],
      [0],
      [0],
    ]);
  });

  it('does not darken where lines of one call cross, and mixes colours', () => {
    const raster = new Raster(5, 5, white);
    const across = [
      [0, 2.5],
      [5, 2.5],
    ] as const;
    raster.lines([across, across], 0.5, [255, 0, 0]);
    const at = 3 * (2 * 5 + 2);
    expect([...raster.picture.data.slice(at, at + 3)]).toEqual([255, 128, 128]);
  });

  it('writes text on its baseline, anchored where it is asked to be', () => {
    const inked = (anchor: 'start' | 'middle' | 'end') => {
      const raster = new Raster(60, 30, white);
      raster.text('HH', 30, 20, { size: 20, colour: black, anchor });
      const places = rowsOf(raster).flatMap((row, y) =>
        row.flatMap((value, x) => (value === 0 ? [{ x, y }] : [])),
      );
      const xs = places.map(({ x }) => x);
      const ys = places.map(({ y }) => y);
      return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    };
    const [left = 0, right = 0, top = 0, bottom = 0] = inked('middle');
    expect(Math.abs(left + right - 59)).toBeLessThanOrEqual(1);
    expect([top, bottom].map((y) => Math.abs(y - (y < 15 ? 6 : 20)) <= 1)).toEqual([true, true]);
    expect(inked('start')[0]).toBeGreaterThanOrEqual(29);
    expect(inked('end')[1]).toBeLessThanOrEqual(30);
  });

  it('cuts off what lies outside', () => {
    const raster = new Raster(3, 3, white);
    raster.text('Wide and out of sight', -40, -3, { size: 14, colour: black });
    raster.area(
      [
        [-9, -9],
        [99, -9],
        [99, 99],
        [-9, 99],
      ],
      black,
    );
    expect(rowsOf(raster).flat()).toEqual(new Array(9).fill(0));
  });
});
