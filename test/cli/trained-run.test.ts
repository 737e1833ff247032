import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeRows, encodeRows, newestRun, pathsFor } from '../../src/cli/trained-run.ts';
import { reshape } from '../../src/ops/index.ts';
import { draw } from '../ops/linalg/matrices.ts';
import { temporaryFolder } from '../programs/tiny-mnist.ts';
import { thrown } from '../thrown.ts';

describe('newestRun', () => {
  it('is the folder whose weights were saved last, whatever its name', () => {
    const runs = temporaryFolder();
    for (const [name, time] of [
      ['vae-2019-11-06-1', 200],
      ['dense-ae-2019-10-28-1', 300],
      ['vae-2019-11-06-2', 100],
    ] as const) {
      const weights = join(runs, name, 'weights.safetensors');
      mkdirSync(join(runs, name));
      writeFileSync(weights, '');
      utimesSync(weights, time, time);
    }
    mkdirSync(join(runs, 'deep-ae-that-is-not-done'));
    expect(newestRun('decode', runs)).toBe(join(runs, 'dense-ae-2019-10-28-1'));
  });

  it('says that there is none', () => {
    const runs = temporaryFolder();
    const none = (folder: string) =>
      `DataError: decode: there is no trained run in ${folder}; want the folder of one, or npx tapegrad train deep-ae first`;
    expect(thrown(() => newestRun('decode', runs))).toBe(none(runs));
    const nowhere = join(runs, 'nowhere');
    expect(thrown(() => newestRun('decode', nowhere))).toBe(none(nowhere));
  });
});

describe('pathsFor', () => {
  const run = { folder: 'runs/one' } as Parameters<typeof pathsFor>[1];
  it('puts files into the folder of the run under the name of the command, or where they are to go', () => {
    expect(pathsFor('encode', run, undefined)('csv')).toBe(join('runs/one', 'encode.csv'));
    expect(pathsFor('encode', run, 'here/codes.png')('csv')).toBe('here/codes.csv');
    expect(pathsFor('encode', run, 'v1.5')('png')).toBe('v1.5.png');
  });
});

describe('encodeRows and decodeRows', () => {
  it('work in batches as on the whole, with codes as rows of numbers', () => {
    const sizes: number[] = [];
    const autoencoder = {
      sampleShape: [2, 3],
      codeShape: [3, 2],
      encode: (samples: ReturnType<typeof draw>) => {
        sizes.push(samples.shape[0] ?? 0);
        return reshape(samples, [-1, 3, 2]);
      },
      decode: (codes: ReturnType<typeof draw>) => reshape(codes, [-1, 2, 3]),
      summary: () => '',
      weightsByPath: () => new Map(),
    };
    const samples = draw([1100, 2, 3], 1);
    const codes = encodeRows(autoencoder, samples);
    expect(sizes).toEqual([500, 500, 100]);
    expect(codes.shape).toEqual([1100, 6]);
    expect(decodeRows(autoencoder, codes).shape).toEqual([1100, 2, 3]);
    expect(decodeRows(autoencoder, codes).data()).toEqual(samples.data());
  });
});
