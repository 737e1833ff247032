import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { classCounts, contactSheet, data } from '../../src/cli/data.ts';
import { dispatch } from '../../src/cli/dispatch.ts';
import { digits } from '../../src/data/digits.ts';
import { decodePng } from '../../src/io/png.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapegrad-data-'));
  vi.stubEnv('TAPEGRAD_CACHE', folder);
  vi.stubEnv('TAPEGRAD_OFFLINE', '1');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

async function run(...words: string[]): Promise<{ code: number; out: string; error: string }> {
  const said = { out: '', error: '' };
  vi.spyOn(console, 'log').mockImplementation((text: string) => {
    said.out += `${text}\n`;
  });
  const line = { name: 'tapegrad', version: '0', summary: '', commands: { data: () => data } };
  const error = (text: string) => {
    said.error += text;
  };
  return { code: await dispatch(line, ['data', ...words], { out: error, error }), ...said };
}

describe('tapegrad data', () => {
  it('verify names the files that are missing and ends with 1', async () => {
    const { code, out } = await run('verify', '--set', 'mnist');
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      `missing  ${join(folder, 'mnist', 'train-images-idx3-ubyte.gz')}`,
      `missing  ${join(folder, 'mnist', 'train-labels-idx1-ubyte.gz')}`,
      `missing  ${join(folder, 'mnist', 't10k-images-idx3-ubyte.gz')}`,
      `missing  ${join(folder, 'mnist', 't10k-labels-idx1-ubyte.gz')}`,
      '4 of 4 to mend: npx tapegrad data download',
      '',
    ]);
  });

  it('verify of a folder of four files checks one set only', async () => {
    for (const name of [
      'train-images-idx3',
      'train-labels-idx1',
      't10k-images-idx3',
      't10k-labels-idx1',
    ]) {
      writeFileSync(join(folder, `${name}-ubyte`), 'other');
    }
    const { code, out } = await run('verify', '--data', folder);
    expect(code).toBe(1);
    const lines = out.trim().split('\n');
    expect(lines[0]).toMatch(/^damaged {2}.*train-images-idx3-ubyte {2}sha256 [0-9a-f]{64}$/);
    expect(lines.slice(4)).toEqual(['4 of 4 to mend: want the files of MNIST as published']);
  });

  it('refuses to verify what is drawn by code, and a folder for downloads', async () => {
    expect(await run('verify', '--set', 'digits')).toMatchObject({
      code: 2,
      error: 'data verify: digits are drawn by code; want mnist or fashion-mnist',
    });
    expect(await run('download', '--data', folder)).toMatchObject({
      code: 2,
      error:
        'data download: --data is a folder to read from; want TAPEGRAD_CACHE to say where downloads go',
    });
  });

  it('download says that downloads are switched off', async () => {
    expect(await run('download')).toMatchObject({
      code: 1,
      error: 'data download: TAPEGRAD_OFFLINE is 1; want it unset to download',
    });
  });

  it('refuses a folder without the files', async () => {
    const { code, error } = await run('--data', folder);
    expect(code).toBe(1);
    expect(error).toMatch(/^--data .* lacks train-images-idx3-ubyte\.gz, /);
  });

  it('draws a contact sheet, a row for each class', async () => {
    const file = join(folder, 'out', 'sheet.png');
    const { code, out } = await run('sheet', '--set', 'digits', '--columns', '3', '--out', file);
    expect(code).toBe(0);
    expect(out).toBe(
      `The embedded digits, drawn by code\ncontact sheet, a row for each class: ${file}\n`,
    );
    const picture = decodePng(readFileSync(file), file);
    expect([picture.width, picture.height]).toEqual([2 * (3 * 29 + 1), 2 * (10 * 29 + 1)]);
  });
});

describe('classCounts and contactSheet', () => {
  it('count every class for training and for tests', () => {
    const rows = classCounts(digits({ train: 30, test: 10 })).split('\n');
    expect(rows[0]).toBe('class  train  test');
    expect(rows.at(-1)).toBe('all       30    10');
    const trains = rows.slice(1, -1).map((row) => Number(row.split(/ +/)[1]));
    expect(trains.reduce((a, b) => a + b)).toBe(30);
  });

  it('leave places empty where a class has too few images', () => {
    const sheet = decodePng(contactSheet(digits({ train: 3, test: 0 }), 4));
    const lit = sheet.data.filter((value) => value > 100).length;
    expect(lit).toBeGreaterThan(0);
    expect(sheet.height).toBe(2 * (10 * 29 + 1));
  });
});
