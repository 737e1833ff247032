import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/core/errors.ts';
import { tensor } from '../../src/core/tensor.ts';
import { decodePng } from '../../src/io/png.ts';
import { scatterPage } from '../../src/io/scatter-page.ts';

const points = tensor([
  [0, 0, 0],
  [1, 2, 3],
  [2, Number.NaN, -4],
]);
const scatter = { points, labels: [0, 1, 2], classes: ['a', '</script>', 'c'], title: 'T < 1' };
const dataOf = (page: string) => JSON.parse(/^const data = (.*);$/m.exec(page)?.[1] ?? '');

describe('scatterPage', () => {
  it('is one file that fetches nothing', () => {
    const page = scatterPage(scatter);
    expect(page).not.toMatch(/https?:|src=|<link|@import|url\(/);
    expect(page).toContain("default-src 'none'");
  });

  it('carries the points with their classes, and says what it left out', () => {
    const page = scatterPage(scatter);
    const data = dataOf(page);
    expect(data.points).toEqual([
      { place: [0, 0, 0], label: 0, index: 0, values: [0, 0, 0] },
      { place: [1, 1, 1], label: 1, index: 1, values: [1, 2, 3] },
    ]);
    expect(data.classes.map(({ name }: { name: string }) => name)).toEqual(scatter.classes);
    expect(page).toContain('1 of 3 points are not finite and are left out');
  });

  it('lets no name end the script or begin a tag', () => {
    const page = scatterPage(scatter);
    expect(page.match(/<\/script>/g)).toHaveLength(1);
    expect(page).toContain('<h1>T &#60; 1</h1>');
  });

  it('has a script whose types fit the browser and the data', () => {
    const images = tensor(new Float32Array(3 * 4), [3, 2, 2]);
    const script = /<script>(.*)<\/script>/s.exec(scatterPage(scatter, { images }))?.[1] ?? '';
    expect(script.length).toBeGreaterThan(1000);
    const folder = mkdtempSync(join(tmpdir(), 'tapegrad-page-'));
    writeFileSync(join(folder, 'script.js'), script);
    const words = '--ignoreConfig --noEmit --allowJs --checkJs --strict false --target es2023';
    const { stdout, status } = spawnSync(
      process.execPath,
      [
        'node_modules/typescript/bin/tsc',
        ...words.split(' '),
        ...['--lib', 'es2023,dom,dom.iterable', join(folder, 'script.js')],
      ],
      { encoding: 'utf8' },
    );
    rmSync(folder, { recursive: true });
    expect([stdout, status]).toEqual(['', 0]);
  });

  it('carries the images as one PNG file, and refuses those that are not one a point', () => {
    const images = tensor(new Float32Array(3 * 4).fill(1), [3, 2, 2]);
    const { images: sprite } = dataOf(scatterPage(scatter, { images }));
    expect([sprite.columns, sprite.width, sprite.height]).toEqual([2, 2, 2]);
    const png = decodePng(Buffer.from(sprite.url.split(',')[1], 'base64'));
    expect([png.width, png.height]).toEqual([4, 4]);
    expect(() => scatterPage(scatter, { images: tensor([[1]]) })).toThrow(
      new ShapeError('scatterPage: images is [1,1]; want [3,h,w] or [3,h,w,1], an image a point', {
        shape: [1, 1],
      }),
    );
  });
});
