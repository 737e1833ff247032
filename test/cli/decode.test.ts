import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/cli/decode.ts';
import { tensor } from '../../src/core/tensor.ts';
import { saveNpy } from '../../src/io/npy.ts';
import { gridPicture } from '../../src/io/pictures.ts';
import { decodePng } from '../../src/io/png.ts';
import { curveAe, deepAe, denseAe, features, vae } from '../../src/programs/index.ts';
import { restore } from '../../src/programs/restore.ts';
import { temporaryFolder } from '../programs/tiny-mnist.ts';
import { run, savedRun } from './saved-run.ts';

const folder = savedRun(deepAe);

/** The pixels that a code should become. */
function pixels(of: string, code: readonly number[], scale: number): Uint8Array {
  const image = restore(of).autoencoder.decode(tensor([...code], [1, code.length]));
  return gridPicture(image.values, { height: 28, width: 28, columns: 1, scale }).data;
}

describe('decode', () => {
  it('draws the code of the post, and says where', async () => {
    const { code, lines, error } = await run(decode, folder, '0', '0', '5');
    expect([code, lines, error]).toEqual([0, [`picture  ${join(folder, 'decode.png')}`], '']);
    const picture = decodePng(readFileSync(join(folder, 'decode.png')));
    expect([picture.width, picture.height]).toEqual([224, 224]);
    expect(picture.data).toEqual(pixels(folder, [0, 0, 5], 8));
  });

  it('takes negative numbers and other ways to write them, and a place to write to', async () => {
    const file = join(temporaryFolder(), 'minus.png');
    const found = await run(decode, '--out', file, folder, '-1.5', '-.5e1', '+2');
    expect(found).toEqual({ code: 0, lines: [`picture  ${file}`], error: '' });
    expect(decodePng(readFileSync(file)).data).toEqual(pixels(folder, [-1.5, -5, 2], 8));
  });

  it('prints the numbers of a point, and draws it', async () => {
    const curve = savedRun(curveAe);
    const { code, lines } = await run(decode, curve, '-2');
    expect(code).toBe(0);
    expect(lines.slice(0, 1)).toEqual(['float32 [1,4]']);
    expect(lines.slice(2)).toEqual([
      `points   ${join(curve, 'decode.csv')}`,
      `picture  ${join(curve, 'decode.svg')}`,
    ]);
    const [names, numbers = ''] = readFileSync(join(curve, 'decode.csv'), 'utf8').split('\n');
    expect(names).toBe('feature 0,feature 1,feature 2,feature 3');
    const wanted = restore(curve)
      .autoencoder.decode(tensor([[-2]]))
      .data();
    expect(numbers.split(',').map((cell) => Math.fround(Number(cell)))).toEqual([...wanted]);
    expect(readFileSync(join(curve, 'decode.svg'), 'utf8')).toContain('The code -2');
  });

  it('draws the codes of a file as a grid', async () => {
    const file = join(temporaryFolder(), 'codes.npy');
    saveNpy(file, tensor([[0, 0, 5], [1, 2, 3], [-4, 0, 1]])); // biome-ignore format: rows
    expect((await run(decode, folder, '--file', file)).code).toBe(0);
    const picture = decodePng(readFileSync(join(folder, 'decode.png')));
    expect([picture.width, picture.height]).toEqual([4 * (2 * 29 + 1), 4 * (2 * 29 + 1)]);
  });

  it.each([
    [['0', '5'], 'decode: 2 numbers came in for a code of 3; want 3'],
    [['1'], 'decode: 1 number came in for a code of 3; want 3'],
    [[], 'decode: 0 numbers came in for a code of 3; want 3'],
    [['0', '0', '5', '1'], 'decode: 4 numbers came in for a code of 3; want 3'],
    [['0', 'x', '5'], 'decode: x is no number; want those of a code, such as 0 0 5'],
    [['0', 'NaN', '5'], 'decode: NaN is no number; want those of a code, such as 0 0 5'],
    [['0', '0', '5', '--file', 'c.csv'], 'decode: --file and numbers came in; want one of them'],
    [['--file'], 'decode: --file came without a value; want --file FILE'],
  ])('refuses %j with exit code 2', async (words, error) => {
    expect(await run(decode, folder, ...words)).toEqual({ code: 2, lines: [], error });
  });

  it('refuses numbers that float32 does not hold', async () => {
    const file = join(temporaryFolder(), 'codes.npy');
    saveNpy(file, tensor([[0, Number.NaN, 5]]));
    for (const words of [
      ['1e400', '0', '5'],
      ['0', '-1e39', '5'],
      ['--file', file],
    ]) {
      expect(await run(decode, folder, ...words)).toEqual({
        code: 2,
        lines: [],
        error:
          'decode: a number of a code is infinite or NaN; want numbers that float32 holds, below 3.4e38',
      });
    }
  });

  it('says how to give a long code', async () => {
    expect(await run(decode, savedRun(denseAe), '1', '2')).toEqual({
      code: 2,
      lines: [],
      error: 'decode: 2 numbers came in for a code of 64; want 64, or --file with a row of them',
    });
  });

  it('refuses files of other codes', async () => {
    const file = join(temporaryFolder(), 'codes.csv');
    writeFileSync(file, '1,2\n3,4\n');
    expect(await run(decode, folder, '--file', file)).toEqual({
      code: 1,
      lines: [],
      error: `${file}: it has [2,2] numbers; want rows of 3`,
    });
  });

  it('ends with 1 and a sentence where the folder will not do', async () => {
    const error = async (of: string) => {
      const found = await run(decode, of, '0', '0', '5');
      expect([found.code, found.lines]).toEqual([1, []]);
      return found.error;
    };
    const empty = temporaryFolder();
    const nowhere = join(empty, 'nowhere');
    expect(await error(nowhere)).toBe(
      `${nowhere}: there is no such folder; want the folder of a run`,
    );
    expect(await error(empty)).toBe(`${empty}: it has no config.json; want the folder of a run`);
    const experiment = savedRun(features);
    expect(await error(experiment)).toBe(
      `${experiment}: it is a run of features; want one of dense-ae, deep-ae, conv-ae, curve-ae, conv-bce-ae, vae`,
    );
    const config = savedRun(deepAe);
    writeFileSync(join(config, 'config.json'), '{"program":"deep-ae"');
    expect(await error(config)).toMatch(/config\.json: it is no JSON \(.*\); want what tapegrad/);
    const options = savedRun(vae);
    writeFileSync(
      join(options, 'config.json'),
      JSON.stringify({ program: 'vae', options: { zDims: 2.5 } }),
    );
    expect(await error(options)).toBe(
      `${join(options, 'config.json')}: zDims is 2.5; want a whole number of at least 1`,
    );
    const short = savedRun(deepAe);
    const weights = join(short, 'weights.safetensors');
    const bytes = readFileSync(weights);
    writeFileSync(weights, bytes.subarray(0, bytes.length - 10));
    expect(await error(short)).toMatch(/weights\.safetensors: byte \d+: .*; want /);
    const other = savedRun(deepAe);
    writeFileSync(join(other, 'config.json'), JSON.stringify({ program: 'vae', options: {} }));
    expect(await error(other)).toBe(
      `${join(other, 'weights.safetensors')}: it has no dense0.kernel; want the weights of vae`,
    );
  });
});
