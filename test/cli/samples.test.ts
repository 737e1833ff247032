import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSamples } from '../../src/cli/samples.ts';
import { encodePng } from '../../src/io/png.ts';
import { curveAe, deepAe } from '../../src/programs/index.ts';
import { restore } from '../../src/programs/restore.ts';
import { temporaryFolder } from '../programs/tiny-mnist.ts';
import { savedRun } from './saved-run.ts';

const none = {
  images: undefined,
  count: undefined,
  file: undefined,
  train: false,
  data: undefined,
};

describe('readSamples', () => {
  it('reads a picture in colours and twice as large as grey, each pixel the mean of four', async () => {
    const file = join(temporaryFolder(), 'large.png');
    const data = new Uint8Array(56 * 56 * 3);
    data.set([255, 0, 0], 0); // red at the first pixel,
    data.set([0, 255, 0], 3); // green beside it,
    data.set([255, 255, 255], 56 * 3); // white below
    data.set([255, 255, 255], data.length - 3);
    writeFileSync(file, encodePng({ width: 56, height: 56, channels: 3, data }));
    const { values, names } = await readSamples(
      'encode',
      restore(savedRun(deepAe)),
      { ...none, file },
      1,
    );
    expect([values.shape, names]).toEqual([[1, 28, 28], [file]]);
    const pixels = values.data();
    expect(pixels[0]).toBeCloseTo((0.299 + 0.587 + 1) / 4, 6);
    expect(pixels[783]).toBeCloseTo(1 / 4, 6);
    expect(pixels.filter((pixel: number) => pixel > 0)).toHaveLength(2);
  });

  it('takes points evenly along the curve, where there are no images', async () => {
    const run = restore(savedRun(curveAe));
    const few = await readSamples('encode', run, { ...none, count: 3 }, 200);
    const square = [0, 1, 2].map((i) => few.values.data()[4 * i]);
    expect([square, few.names]).toEqual([
      [25, 0, 25],
      ['point 0', 'point 1', 'point 2'],
    ]);
    const named = await readSamples('encode', run, { ...none, images: '999, 0' }, 200);
    expect([0, 1].map((i) => named.values.data()[4 * i + 1])).toEqual([125, -125]);
  });
});
