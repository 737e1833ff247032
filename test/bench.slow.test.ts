/** Benches as they are started, and sizes that take long to fill. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cases, kernelsWithoutCase, tinyCases } from '../bench/cases.ts';

test('every kernel has a size to be timed at, and a tiny one to be checked at', () => {
  expect(kernelsWithoutCase(cases())).toEqual([]);
  expect(kernelsWithoutCase(tinyCases())).toEqual([]);
  expect(kernelsWithoutCase(tinyCases().filter(({ kernel }) => kernel !== 'adam'))).toEqual([
    'adam',
  ]);
});

describe('what cannot be done is told in a sentence, with exit code 2', () => {
  let folder = '';
  beforeAll(() => {
    mkdirSync('build', { recursive: true });
    folder = mkdtempSync(join(process.cwd(), 'build/bench-test-'));
    const words = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json'];
    const compiled = spawnSync(process.execPath, [...words, '--outDir', folder]);
    expect(compiled.status).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ['kernels', ['--isa', 'avx9'], /^bench:kernels: no instruction set avx9 here; want .*$/],
    [
      'kernels',
      ['--roofline', '/none/roof.svg'],
      'bench:kernels: no folder /none; want one for the roofline',
    ],
    ['kernels', ['matmaul'], /^bench:kernels: no line begins with matmaul; want .*$/],
    ['steps', ['--batch', '32,x'], /^bench:steps: --batch is 32,x; want .*$/],
    ['peers', ['gemm', 'A'], 'bench:peers: found A beside gemm; want it in a run of its own'],
    ['peers', ['Z'], /^bench:peers: no model Z; want .*$/],
    [
      'compare',
      ['no-such-commit'],
      'bench:compare: no commit no-such-commit; want one of this repository, such as HEAD~1',
    ],
    ['compare', ['HEAD', 'Z'], /^bench:compare: no model Z; want .*$/],
    ['behaviour', ['sleep'], /^bench:behaviour: no question sleep; want .*$/],
    [
      'behaviour',
      ['--data', '/none'],
      "bench:behaviour: --data is /none; want a folder with MNIST's files",
    ],
    ['report', ['weather'], /^bench:report: no part weather; want .*$/],
  ])('%s %j', (bench, words, sentence) => {
    const script = join(folder, `bench/${bench}.js`);
    const { status, stderr } = spawnSync(process.execPath, [script, ...words], {
      encoding: 'utf8',
    });
    const last = stderr.trimEnd().split('\n').at(-1); // a machine without the addon says so first
    expect(last).toEqual(typeof sentence === 'string' ? sentence : expect.stringMatching(sentence));
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(2);
  });
});
