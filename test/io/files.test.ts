import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JsonLines, readWhole, wantWritable, writeFileAtomically } from '../../src/io/files.ts';
import { thrown } from '../thrown.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapegrad-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('writeFileAtomically', () => {
  it('makes the folders on the way, replaces the file, and leaves nothing beside it', () => {
    const path = join(folder, 'deep', 'down', 'a.bin');
    writeFileAtomically(path, 'old');
    writeFileAtomically(path, Uint8Array.of(1, 2, 3));
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    expect(readdirSync(join(folder, 'deep', 'down'))).toEqual(['a.bin']);
  });

  it('leaves nothing behind when the file cannot be replaced', () => {
    writeFileAtomically(join(folder, 'a', 'inside'), 'x');
    expect(() => writeFileAtomically(join(folder, 'a'), 'y')).toThrow(
      /^.*\/a: it cannot be written \((EISDIR|ENOTEMPTY|EEXIST): [a-z ]+\)$/,
    );
    expect(readdirSync(folder)).toEqual(['a']);
  });
});

it('wantWritable refuses what could not be written, and leaves nothing but the folder', () => {
  const file = join(folder, 'deep', 'a.svg');
  wantWritable(file);
  expect(readdirSync(join(folder, 'deep'))).toEqual([]);
  writeFileSync(file, 'old');
  wantWritable(file);
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(thrown(() => wantWritable(folder))).toBe(
    `DataError: ${folder}: it is a folder; want the name of a file`,
  );
  expect(thrown(() => wantWritable(join(file, 'b.svg')))).toBe(
    `DataError: ${file}: the folder cannot be made (EEXIST: file already exists)`,
  );
  const long = join(folder, 'x'.repeat(300));
  for (const refused of [() => wantWritable(long), () => writeFileAtomically(long, '')]) {
    expect(thrown(refused)).toBe(
      `DataError: ${long}: it cannot be written (ENAMETOOLONG: name too long)`,
    );
  }
});

it('what the system refuses is told with the name of the file', () => {
  const file = join(folder, 'file');
  writeFileAtomically(file, '');
  expect(thrown(() => readWhole(folder))).toBe(
    `DataError: ${folder}: it cannot be read (EISDIR: illegal operation on a directory)`,
  );
  expect(thrown(() => readWhole(join(folder, 'none')))).toBe(
    `DataError: ${join(folder, 'none')}: it cannot be read (ENOENT: no such file or directory)`,
  );
  expect(thrown(() => writeFileAtomically(join(file, 'a'), ''))).toBe(
    `DataError: ${file}: the folder cannot be made (EEXIST: file already exists)`,
  );
  expect(thrown(() => new JsonLines(folder))).toBe(
    `DataError: ${folder}: it cannot be written (EISDIR: illegal operation on a directory)`,
  );
});

describe('JsonLines', () => {
  it('can be read after every line, before it is closed', () => {
    const path = join(folder, 'run', 'metrics.jsonl');
    const lines = new JsonLines(path);
    lines.append({ step: 0, loss: 0.2378 });
    expect(readFileSync(path, 'utf8')).toBe('{"step":0,"loss":0.2378}\n');
    lines.append({ step: 1000, loss: Number.NaN });
    expect(readFileSync(path, 'utf8')).toBe(
      '{"step":0,"loss":0.2378}\n{"step":1000,"loss":null}\n',
    );
    lines.close();
    expect(() => lines.append(1)).toThrow(`JsonLines: ${path} is closed`);
  });

  it('goes on after what is there', () => {
    const path = join(folder, 'metrics.jsonl');
    writeFileSync(path, '1\n');
    const lines = new JsonLines(path);
    lines.append(2);
    lines.close();
    expect(readFileSync(path, 'utf8')).toBe('1\n2\n');
  });
});
