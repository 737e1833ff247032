import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNumberRows, writeCsv } from '../../src/cli/number-file.ts';
import { tensor } from '../../src/core/tensor.ts';
import { saveNpy } from '../../src/io/npy.ts';
import { temporaryFolder } from '../programs/tiny-mnist.ts';
import { thrown } from '../thrown.ts';

const folder = temporaryFolder();
const csv = join(folder, 'rows.csv');
const npy = join(folder, 'rows.npy');

function csvRows(text: string, size: number): unknown {
  writeFileSync(csv, text);
  return readNumberRows(csv, size).toArray();
}

describe('readNumberRows', () => {
  it('reads commas, semicolons and tabs, with names of columns or without, and empty lines', () => {
    const want = [
      [1, -2.5],
      [300, 0],
    ];
    expect(csvRows('1,-2.5\n3e2,0\n', 2)).toEqual(want);
    expect(csvRows('x;y\r\n1; -2.5\r\n300;0\r\n\r\n', 2)).toEqual(want);
    expect(csvRows('1\t-2.5\n300\t0', 2)).toEqual(want);
  });

  it('takes the columns of codes where there are others, too', () => {
    expect(csvRows('sample,class,code 0,code 1\ntest image 3,7,1,2\nx,,3,4\n', 2)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('reads .npy of any type: rows, or a single one, or images', () => {
    saveNpy(npy, tensor([[1, 2], [3, 4]], undefined, 'float64')); // biome-ignore format: rows
    expect(readNumberRows(npy, 2)).toMatchObject({ dtype: 'float32', shape: [2, 2] });
    saveNpy(npy, tensor([1, 2, 3], undefined, 'int32'));
    expect(readNumberRows(npy, 3).toArray()).toEqual([[1, 2, 3]]);
    saveNpy(npy, tensor([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])); // biome-ignore format: rows
    expect(readNumberRows(npy, 4).shape).toEqual([2, 4]);
  });

  it('says which line or shape will not do', () => {
    const message = (text: string) => thrown(() => csvRows(text, 2)).replace(csv, 'FILE');
    expect(message('1,2\n3\n')).toBe(
      'DataError: FILE: line 2 has 1 numbers and the first 2; want as many in each',
    );
    expect(message('1,2\n3,x\n')).toBe('DataError: FILE: line 2 has x for a number; want one');
    expect(message('a,b\n\n1,\n')).toBe(
      'DataError: FILE: line 3 has nothing for a number; want one',
    );
    expect(message('1,2,3\n')).toBe('DataError: FILE: it has [1,3] numbers; want rows of 2');
    expect(message('')).toBe('DataError: FILE: it has [0,0] numbers; want rows of 2');
    saveNpy(npy, tensor([[1, 2, 3]]));
    expect(thrown(() => readNumberRows(npy, 2))).toBe(
      `DataError: ${npy}: it has [1,3] numbers; want rows of 2`,
    );
  });
});

describe('writeCsv', () => {
  it('writes what readNumberRows reads, to the bit, and words that part no cells', () => {
    const numbers = [0.1, -1 / 3, 1e-30, 16777217, Math.PI].map(Math.fround);
    writeCsv(csv, ['name', ...numbers.map((_, i) => `code ${i}`)], [['a,"b";\tc', ...numbers]]);
    expect(readFileSync(csv, 'utf8')).toContain('\na b c,');
    expect(readNumberRows(csv, 5).toArray()).toEqual([numbers]);
  });
});
