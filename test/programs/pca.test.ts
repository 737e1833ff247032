import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePng } from '../../src/io/png.ts';
import { curveAe } from '../../src/programs/curve-ae.ts';
import { deepAe } from '../../src/programs/deep-ae.ts';
import { pca } from '../../src/programs/pca.ts';
import { start } from './started.ts';
import { temporaryFolder, tinyMnist } from './tiny-mnist.ts';

const data = tinyMnist();

interface Row {
  name: string;
  code: number;
  pca: number;
  autoencoder?: number;
}

describe('pca', () => {
  it('stands beside a trained run: both errors, the chart, and pictures of both', async () => {
    const trained = await start(deepAe, { epochs: 1, every: 1, data });
    const { read, lines, files } = await start(pca, { run: trained.out }); // with its data
    expect(files).toEqual([
      'config.json',
      'errors.json',
      'metrics.jsonl',
      'mnist-components.png',
      'mnist-errors.svg',
      'mnist-reconstructed.png',
      'mnist-scatter.html',
      'mnist-scatter.png',
      'mnist-scatter.svg',
    ]);
    const [row, ...others] = JSON.parse(read('errors.json').toString()) as [Row, ...Row[]];
    expect(others).toEqual([]);
    expect(row).toMatchObject({ name: 'deep-ae', code: 3 });
    // Ten squares that differ by a border each: three components know most of it, one epoch nothing.
    expect(row.pca).toBeGreaterThan(0);
    expect(row.pca).toBeLessThan(0.02);
    expect(row.autoencoder).toBeGreaterThan(0.05);
    expect(lines.slice(-3)).toEqual([
      'Mean squared errors of test samples:',
      '              code       PCA  autoencoder',
      `deep-ae          3  ${row.pca.toPrecision(3).padStart(8)}  ${row.autoencoder?.toPrecision(3).padStart(11)}`,
    ]);
    // Originals, PCA and autoencoder: three rows of ten.
    const side = (count: number) => 60 * count + 4;
    expect(decodePng(read('mnist-reconstructed.png'))).toMatchObject({
      width: side(10),
      height: side(3),
    });
    expect(read('mnist-errors.svg').toString()).toMatch(/>PCA<[\s\S]*>deep-ae</);
  }, 60_000);

  it('measures a run on the curve, where a line is a poor match', async () => {
    const trained = await start(curveAe, { epochs: 1, points: 100 });
    const { read, files } = await start(pca, { run: trained.out });
    expect(files).toEqual(expect.arrayContaining(['curve-error.svg', 'curve-errors.svg']));
    const [row] = JSON.parse(read('errors.json').toString()) as [Row];
    // By NumPy, on a fine grid: 80.4.
    expect(row.pca).toBeGreaterThan(70);
    expect(row.pca).toBeLessThan(90);
  }, 60_000);

  it('compares every program, in both sets and on the curve', async () => {
    const { read, lines, files } = await start(pca, { data });
    const rows = JSON.parse(read('errors.json').toString()) as Row[];
    expect(rows.map(({ name, code }) => [name, code])).toEqual([
      ['deep-ae', 3],
      ['conv-ae', 32],
      ['dense-ae', 64],
      ['conv-bce-ae', 256],
      ['vae', 20],
      ['curve-ae', 1],
    ]);
    expect(lines.at(-1)).toMatch(/^curve-ae {9}1 {6}\d\d\.\d {7}0\.\d+$/);
    expect(files.filter((file) => file.endsWith('-components.png'))).toHaveLength(2);
    expect(files).toContain('curve-error.svg');
  }, 60_000);

  it('refuses a folder that is no run before it reads any image', async () => {
    const nowhere = join(temporaryFolder(), 'nowhere');
    expect(await start(pca, { run: nowhere, data: nowhere }).catch(String)).toBe(
      `DataError: ${nowhere}: there is no such folder; want the folder of a run`,
    );
  });
});
