import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reconstruct } from '../../src/cli/reconstruct.ts';
import { ImageRows } from '../../src/data/rows.ts';
import { decodePng } from '../../src/io/png.ts';
import { meanSquaredError } from '../../src/ops/index.ts';
import { convBceAe, curveAe, deepAe } from '../../src/programs/index.ts';
import { restore } from '../../src/programs/restore.ts';
import { tinyMnist } from '../programs/tiny-mnist.ts';
import { run, savedRun } from './saved-run.ts';

const data = tinyMnist();

/** Pixels of a picture of so many squares of 56 in a row, 4 apart. */
const side = (squares: number) => squares * 60 + 4;

describe('reconstruct', () => {
  it('draws images above what becomes of them, and says how far they are apart', async () => {
    const folder = savedRun(deepAe, { data });
    const { code, lines } = await run(reconstruct, folder, '--images', '5,2,7');
    const file = readFileSync(join(data, 't10k-images-idx3-ubyte')).subarray(16);
    const images = new ImageRows(file, [28, 28]).gather([5, 2, 7]);
    const { autoencoder } = restore(folder);
    const error = meanSquaredError(images, autoencoder.decode(autoencoder.encode(images))).item();
    expect(code).toBe(0);
    expect(lines[0]).toBe(`data     MNIST from ${data}`);
    expect(lines[1]).toMatch(/^3 samples: mean squared error 0\.\d+, largest error 0\.\d+$/);
    expect(lines[1]).toContain(`error ${error.toPrecision(4)},`);
    expect(lines[2]).toBe(`picture  ${join(folder, 'reconstruct.png')}`);
    const picture = decodePng(readFileSync(join(folder, 'reconstruct.png')));
    expect([picture.width, picture.height]).toEqual([side(3), side(2)]);
    expect(picture.data[20 * picture.width + 20]).toBe(255); // the square of the first image
  });

  it('draws codes that are images between them, ten unless told', async () => {
    const folder = savedRun(convBceAe, { data });
    await run(reconstruct, folder);
    const picture = decodePng(readFileSync(join(folder, 'reconstruct.png')));
    expect([picture.width, picture.height]).toEqual([side(10), side(3)]);
    // Every code is divided by its maximum, so each square of the middle row has a white pixel.
    for (let column = 0; column < 10; column++) {
      const brightest = Math.max(
        ...Array.from({ length: 56 }, (_, y) => {
          const from = (side(1) + y) * picture.width + 4 + 60 * column;
          return Math.max(...picture.data.subarray(from, from + 56));
        }),
      );
      expect(brightest).toBe(255);
    }
  });

  it('writes points down and draws them over their codes', async () => {
    const folder = savedRun(curveAe);
    const { lines } = await run(reconstruct, folder, '--count', '20');
    expect(lines.slice(1)).toEqual([
      `points   ${join(folder, 'reconstruct.csv')}`,
      `picture  ${join(folder, 'reconstruct.svg')}`,
    ]);
    expect(readFileSync(join(folder, 'reconstruct.csv'), 'utf8').split('\n')).toHaveLength(22);
    expect(readFileSync(join(folder, 'reconstruct.svg'), 'utf8')).toContain('>code<');
  });
});
