import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/cli/decode.ts';
import { encode } from '../../src/cli/encode.ts';
import { fromArray } from '../../src/core/tensor.ts';
import { ImageRows } from '../../src/data/rows.ts';
import { loadNpy } from '../../src/io/npy.ts';
import { decodePng, encodePng } from '../../src/io/png.ts';
import { curveAe, deepAe, denseAe, vae } from '../../src/programs/index.ts';
import { restore } from '../../src/programs/restore.ts';
import { temporaryFolder, tinyMnist } from '../programs/tiny-mnist.ts';
import { run, savedRun } from './saved-run.ts';

const data = tinyMnist();
const folder = savedRun(deepAe, { data });
const from = `data     MNIST from ${data}`;

/** The codes of test images, as the autoencoder gives them. */
function codesOf(of: string, numbers: readonly number[]): number[][] {
  const file = readFileSync(join(data, 't10k-images-idx3-ubyte')).subarray(16);
  const images = new ImageRows(file, [28, 28]).gather(numbers);
  return restore(of).autoencoder.encode(images).toArray() as number[][];
}

describe('encode', () => {
  it('prints the codes of the images named, and writes them down', async () => {
    const { code, lines } = await run(encode, folder, '--images', '11,3');
    expect(code).toBe(0);
    const codes = codesOf(folder, [11, 3]);
    const digits = codes.map((numbers) => numbers.map((number) => number.toFixed(4)));
    const cell = (i: number, j: number) =>
      (digits[i]?.[j] ?? '').padStart(Math.max(...digits.map((row) => row[j]?.length ?? 0)));
    expect(lines).toEqual([
      from,
      `test image 11  1  ${cell(0, 0)}  ${cell(0, 1)}  ${cell(0, 2)}`,
      `test image 3   3  ${cell(1, 0)}  ${cell(1, 1)}  ${cell(1, 2)}`,
      `codes    ${join(folder, 'encode.csv')}, ${join(folder, 'encode.npy')}`,
      `picture  ${join(folder, 'encode.png')}`,
      `to turn  ${join(folder, 'encode.html')}`,
    ]);
    expect(loadNpy(join(folder, 'encode.npy')).toArray()).toEqual(codes);
    const [names, first = ''] = readFileSync(join(folder, 'encode.csv'), 'utf8').split('\n');
    expect(names).toBe('sample,class,code 0,code 1,code 2');
    const [sample, label, ...numbers] = first.split(',');
    expect([sample, label]).toEqual(['test image 11', '1']);
    expect(numbers.map((text) => Math.fround(Number(text)))).toEqual(codes[0]);
    expect(decodePng(readFileSync(join(folder, 'encode.png'))).channels).toBe(3);
    expect(readFileSync(join(folder, 'encode.html'), 'utf8')).toContain('Codes of 2 samples');
  });

  it('prints ten of many, and takes images of the training set', async () => {
    const { lines } = await run(encode, folder, '--count', '40', '--train');
    expect(lines[1]).toMatch(/^training image 0 {2}0 /);
    expect(lines[10]).toMatch(/^training image 9 {2}9 /);
    expect(lines[11]).toBe('… and 30 more');
    expect(loadNpy(join(folder, 'encode.npy')).shape).toEqual([40, 3]);
  });

  it('draws the principal components of long codes, if there are enough', async () => {
    const dense = savedRun(denseAe, { data });
    const few = await run(encode, dense, '--count', '3');
    expect(few.lines[1]).toMatch(/^test image 0 {2}0 {2}( *-?\d\.\d{4} ){8} and 56 more$/);
    expect(few.lines.at(-1)).toBe(
      `codes    ${join(dense, 'encode.csv')}, ${join(dense, 'encode.npy')}`,
    );
    expect(existsSync(join(dense, 'encode.png'))).toBe(false);
    await run(encode, dense, '--count', '4');
    expect(readFileSync(join(dense, 'encode.html'), 'utf8')).toContain(
      'Codes of 4 samples: principal components',
    );
  });

  it('draws codes of two numbers flat, and single ones over their place', async () => {
    const two = savedRun(vae, { data, zDims: 2 });
    expect((await run(encode, two, '--count', '5')).lines.at(-2)).toBe(
      `picture  ${join(two, 'encode.png')}`,
    );
    const one = savedRun(curveAe);
    const { lines } = await run(encode, one, '--count', '5');
    expect(lines[0]).toMatch(/^point 0 +-?\d/);
    expect(lines.at(-1)).toBe(`picture  ${join(one, 'encode.svg')}`);
    expect(readFileSync(join(one, 'encode.svg'), 'utf8')).toContain('>Codes<');
  });

  it('encodes a picture of the right size or a multiple, and what decode has drawn', async () => {
    const file = join(temporaryFolder(), 'drawn.png');
    await run(decode, folder, '1', '2', '3', '--out', file); // 224 x 224
    const { code, lines } = await run(encode, folder, '--file', file);
    expect([code, lines[0]?.startsWith(file)]).toEqual([0, true]);
    const image = restore(folder).autoencoder.decode(loadCode([1, 2, 3]));
    const again = restore(folder).autoencoder.encode(image).data();
    // The picture has 256 shades.
    loadNpy(join(folder, 'encode.npy'))
      .data()
      .forEach((number: number, i: number) => {
        expect(Math.abs(number - (again[i] ?? 0))).toBeLessThan(0.02);
      });
  });

  it('encodes rows of numbers, and gives codes that decode takes', async () => {
    const curve = savedRun(curveAe);
    const points = join(temporaryFolder(), 'points.csv');
    writeFileSync(points, 'a;b;c;d\n4;8;0.909;7.389\n1;-1;-0.841;0.368\n');
    const { code, lines } = await run(encode, curve, '--file', points);
    expect([code, lines[0]?.startsWith('row 0  ')]).toEqual([0, true]);
    const decoded = await run(decode, curve, '--file', join(curve, 'encode.csv'));
    expect(decoded.lines[0]).toBe('float32 [2,4]');
  });

  const wrong = join(temporaryFolder(), 'wrong.png');
  writeFileSync(
    wrong,
    encodePng({ width: 30, height: 28, channels: 1, data: new Uint8Array(840) }),
  );
  it.each([
    [['--images', '3,24'], 2, 'encode: there is no test image 24; want numbers from 0 to 23'],
    [
      ['--images', '64', '--train'],
      2,
      'encode: there is no training image 64; want numbers from 0 to 63',
    ],
    [
      ['--images', '1,two'],
      2,
      'encode: --images is 1,two; want whole numbers with commas between, such as 0,1,2',
    ],
    [
      ['--images', '-1'],
      2,
      'encode: --images is -1; want whole numbers with commas between, such as 0,1,2',
    ],
    [
      ['--images', '1', '--count', '2'],
      2,
      'encode: --images and --count came in; want one of --images, --count and --file',
    ],
    [['--count', '0'], 2, 'encode: --count is 0; want a whole number of at least 1'],
    [['--file', 'codes.txt'], 2, 'encode: --file is codes.txt; want a file of .png, .npy or .csv'],
    [
      ['--file', wrong],
      1,
      `${wrong}: it has 30 x 28 pixels; want 28 x 28, or a multiple such as 280 x 280`,
    ],
    [
      ['--file', 'nowhere.png'],
      1,
      'nowhere.png: it cannot be read (ENOENT: no such file or directory)',
    ],
  ])('refuses %j with exit code %i', async (words, code, error) => {
    const found = await run(encode, folder, ...words);
    expect([found.code, found.error]).toEqual([code, error]);
  });

  it('refuses a picture for a program of points', async () => {
    expect(await run(encode, savedRun(curveAe), '--file', wrong)).toMatchObject({
      code: 2,
      error: `encode: ${wrong} is a picture and curve-ae is made for rows of 4 numbers; want a .npy or .csv file`,
    });
  });
});

function loadCode(code: number[]) {
  return fromArray(Float32Array.from(code), [1, code.length]);
}
