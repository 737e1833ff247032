import { describe, expect, it } from 'vitest';
import { Embedding } from '../../../src/nn/layers/index.ts';
import { thrown } from '../../thrown.ts';

describe('Embedding', () => {
  it('gives each whole number its row', () => {
    const layer = new Embedding(3, 2);
    layer.apply([0]);
    layer.embeddings.assign([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(layer.apply([[2, 0]]).toArray()).toEqual([
      [
        [5, 6],
        [1, 2],
      ],
    ]);
  });

  it('begins with numbers within 0.05 of 0', () => {
    const layer = new Embedding(100, 20);
    layer.apply([0]);
    const largest = Math.max(...[...layer.embeddings.values].map(Math.abs));
    expect(largest).toBeLessThanOrEqual(Math.fround(0.05));
    expect(largest).toBeGreaterThan(0.045);
  });

  it('refuses numbers it has no row for', () => {
    expect(thrown(() => new Embedding(3, 2).apply([3]))).toBe(
      'ShapeError: embeddingLookup: an index is 3; want 0 to 2 for a table [3,2]',
    );
    expect(thrown(() => new Embedding(0, 2))).toBe(
      'OptionError: Embedding: inputDim is 0; want a whole number of at least 1',
    );
  });
});
