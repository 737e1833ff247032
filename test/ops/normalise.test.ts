import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tensor } from '../../src/core/tensor.ts';
import { zeros } from '../../src/ops/create.ts';
import { checkGradients } from '../../src/ops/gradcheck.ts';
import {
  batchNormalisation,
  batchNormalisationByMoments,
  embeddingLookup,
  layerNormalisation,
} from '../../src/ops/normalise.ts';
import { randomNormal } from '../../src/ops/random.ts';
import { thrown } from '../thrown.ts';
import { agree, type Case } from './fixtures.ts';

const { normalise } = JSON.parse(
  readFileSync(new URL('../fixtures/normalise.json', import.meta.url), 'utf8'),
) as { normalise: (Case & { kind: string; epsilon: number })[] };

describe('normalisation has the values and gradients of PyTorch', () => {
  it.each(normalise.map((about) => [about.name, about] as const))('%s', (_, about) => {
    const { kind, epsilon } = about;
    agree(about, ['x', 'scale', 'offset'], (x, scale, offset) =>
      kind === 'batch'
        ? batchNormalisationByMoments(x, { scale, offset, epsilon }).y
        : layerNormalisation(x, { scale, offset, epsilon }),
    );
  });
});

describe('batchNormalisation', () => {
  it('is scale · (x − mean) / sqrt(variance + epsilon) + offset', () => {
    const x = tensor([
      [1, 2],
      [3, 6],
    ]);
    const options = { scale: [2, 3], offset: [10, 20], epsilon: 0 };
    expect(batchNormalisation(x, [1, 2], [4, 16], options).toArray()).toEqual([
      [10, 20],
      [12, 23],
    ]);
    expect(batchNormalisation(x, [1, 2], [4, 16], { epsilon: 0 }).toArray()).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it('gives the moments it used, for running averages', () => {
    const x = tensor([1, 3, 5, 7], [2, 1, 1, 2]);
    const { mean, variance } = batchNormalisationByMoments(x);
    expect(mean.toArray()).toEqual([[[[3, 5]]]]);
    expect(variance.toArray()).toEqual([[[[4, 4]]]]);
  });

  it('has second derivatives', () => {
    const random = (...shape: number[]) => randomNormal(shape, { dtype: 'float64' });
    checkGradients(
      (x, scale, offset) => batchNormalisationByMoments(x, { scale, offset }).y,
      [random(4, 3), random(3), random(3)],
      { second: true, tolerance: 1e-6 },
    );
    checkGradients(
      (x, scale, offset) => layerNormalisation(x, { scale, offset }),
      [random(4, 3), random(3), random(3)],
      { second: true, tolerance: 1e-6 },
    );
  });
});

describe('layerNormalisation', () => {
  it('takes several axes', () => {
    const y = layerNormalisation(tensor([1, 1, 3, 3, 5, 5, 9, 9], [2, 2, 2]), {
      axes: [1, 2],
      epsilon: 0,
    });
    expect(Array.from(y.values)).toEqual([-1, -1, 1, 1, -1, -1, 1, 1]);
  });

  it('lays scale and offset along its axes, wherever these stand', () => {
    const x = tensor([1, 5, 3, 3, 3, 1, 1, 3], [2, 2, 2]);
    const options = { axes: 1, epsilon: 0, scale: [1, 10], offset: [0, 100] };
    expect(layerNormalisation(x, options).toArray()).toEqual([
      [
        [-1, 1],
        [110, 90],
      ],
      [
        [1, -1],
        [90, 110],
      ],
    ]);
  });
});

describe('embeddingLookup', () => {
  const table = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  it('takes rows by indices of any shape', () => {
    expect(embeddingLookup(table, [[2, 0]]).toArray()).toEqual([
      [
        [5, 6],
        [1, 2],
      ],
    ]);
  });
  it('says what it wants', () => {
    expect(thrown(() => embeddingLookup(zeros([3]), [0]))).toBe(
      'ShapeError: embeddingLookup: table is [3]; want [rows, …], a row for each index',
    );
    expect(thrown(() => embeddingLookup(table, [3]))).toBe(
      'ShapeError: embeddingLookup: an index is 3; want 0 to 2 for a table [3,2]',
    );
  });
});
