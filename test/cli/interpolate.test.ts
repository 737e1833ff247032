import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { interpolate } from '../../src/cli/interpolate.ts';
import { reconstruct } from '../../src/cli/reconstruct.ts';
import { decodePng, type Picture } from '../../src/io/png.ts';
import { curveAe, deepAe } from '../../src/programs/index.ts';
import { tinyMnist } from '../programs/tiny-mnist.ts';
import { run, savedRun } from './saved-run.ts';

const data = tinyMnist();

/** One of the squares of a picture whose squares are 4 apart. */
function square(picture: Picture, row: number, column: number, side: number): number[] {
  const pixels: number[] = [];
  for (let y = 0; y < 28; y++) {
    for (let x = 0; x < 28; x++) {
      const top = 4 + row * (side + 4) + Math.floor(((y + 0.5) * side) / 28);
      const left = 4 + column * (side + 4) + Math.floor(((x + 0.5) * side) / 28);
      pixels.push(picture.data[top * picture.width + left] ?? -1);
    }
  }
  return pixels;
}

describe('interpolate', () => {
  it('draws the images and between them decodings, whose first and last are theirs', async () => {
    const folder = savedRun(deepAe, { data });
    const words = ['--from', '3', '--to', '7', '--steps', '5'];
    const { code, lines } = await run(interpolate, folder, ...words);
    expect(code).toBe(0);
    expect(lines).toEqual([
      `data     MNIST from ${data}`,
      'From test image 3 (3) to test image 7 (7) in 5 steps',
      `picture  ${join(folder, 'interpolate.png')}, the images themselves at its ends`,
    ]);
    const strip = decodePng(readFileSync(join(folder, 'interpolate.png')));
    expect([strip.width, strip.height]).toEqual([7 * 88 + 4, 92]);
    await run(reconstruct, folder, '--images', '3,7');
    const ends = decodePng(readFileSync(join(folder, 'reconstruct.png')));
    expect(square(strip, 0, 0, 84)).toEqual(square(ends, 0, 0, 56));
    expect(square(strip, 0, 1, 84)).toEqual(square(ends, 1, 0, 56));
    expect(square(strip, 0, 5, 84)).toEqual(square(ends, 1, 1, 56));
    expect(square(strip, 0, 6, 84)).toEqual(square(ends, 0, 1, 56));
    expect(square(strip, 0, 3, 84)).not.toEqual(square(strip, 0, 1, 84));
  });

  it('goes from point to point, too', async () => {
    const folder = savedRun(curveAe);
    const { lines } = await run(interpolate, folder, '--from', '0', '--to', '999');
    expect(lines).toEqual([
      'From point 0 to point 999 in 9 steps',
      `points   ${join(folder, 'interpolate.csv')}`,
      `picture  ${join(folder, 'interpolate.svg')}`,
    ]);
  });

  it('refuses images that there are not and steps that are none', async () => {
    const folder = savedRun(deepAe, { data });
    expect(await run(interpolate, folder, '--to', '24')).toMatchObject({
      code: 2,
      error: 'interpolate: there is no test image 24; want numbers from 0 to 23',
    });
    expect(await run(interpolate, folder, '--steps', '1')).toMatchObject({
      code: 2,
      error: 'interpolate: --steps is 1; want a whole number from 2 to 100',
    });
    expect(await run(interpolate, folder, '--from', '-3')).toMatchObject({
      code: 2,
      error: 'interpolate: --from is -3; want a whole number of at least 0',
    });
  });
});
