import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sample } from '../../src/cli/sample.ts';
import { decodePng } from '../../src/io/png.ts';
import { curveAe, deepAe, vae } from '../../src/programs/index.ts';
import { tinyMnist } from '../programs/tiny-mnist.ts';
import { run, savedRun } from './saved-run.ts';

const data = tinyMnist();

async function drawn(folder: string, ...words: string[]): Promise<Uint8Array> {
  expect((await run(sample, folder, ...words)).code).toBe(0);
  return readFileSync(join(folder, 'sample.png'));
}

describe('sample', () => {
  it('draws codes of the variational autoencoder from N(0, I), which needs no data', async () => {
    const folder = savedRun(vae);
    const { lines } = await run(sample, folder, '--data', 'nowhere');
    expect(lines).toEqual([
      'codes    from N(0, I), which vae draws its codes towards',
      `picture  ${join(folder, 'sample.png')}`,
    ]);
    const picture = decodePng(readFileSync(join(folder, 'sample.png')));
    expect([picture.width, picture.height]).toEqual([4 * (4 * 29 + 1), 4 * (4 * 29 + 1)]);
  });

  it('draws codes of others like those of training images, and says so', async () => {
    const folder = savedRun(deepAe, { data });
    const { lines } = await run(sample, folder, '--count', '3');
    expect(lines).toEqual([
      `data     MNIST from ${data}`,
      'codes    from the normal distribution with the mean and covariance of the codes of 64 training samples; deep-ae draws its codes towards none',
      `picture  ${join(folder, 'sample.png')}`,
    ]);
  });

  it('draws the same for the same seed, others for another', async () => {
    const folder = savedRun(deepAe, { data });
    const once = await drawn(folder, '--seed', '4');
    expect(await drawn(folder, '--seed', '4')).toEqual(once);
    expect(await drawn(folder, '--seed', '5')).not.toEqual(once);
  });

  it('writes points down', async () => {
    const folder = savedRun(curveAe);
    const { lines } = await run(sample, folder, '--count', '7');
    expect(lines.slice(1)).toEqual([
      `points   ${join(folder, 'sample.csv')}`,
      `picture  ${join(folder, 'sample.svg')}`,
    ]);
    expect(readFileSync(join(folder, 'sample.csv'), 'utf8').trim().split('\n')).toHaveLength(8);
  });

  it('refuses to draw none', async () => {
    expect(await run(sample, '--count', '0')).toMatchObject({
      code: 2,
      error: 'sample: --count is 0; want a whole number from 1 to 10000',
    });
  });
});
