import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histogramOf } from '../../src/io/histogram.ts';

describe('histogramOf', () => {
  it('counts in buckets of equal width, the largest value in the last', () => {
    expect(histogramOf([0, 1, 1, 2, 3.5, 4], 4)).toEqual([
      [0, 1, 1],
      [1, 2, 2],
      [2, 3, 1],
      [3, 4, 2],
    ]);
  });

  it('puts equal values into the last bucket and gives zeros for nothing', () => {
    expect(histogramOf([2, 2], 3)).toEqual([
      [2, 2, 0],
      [2, 2, 0],
      [2, 2, 2],
    ]);
    expect(histogramOf([], 2)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('leaves NaN and infinities out', () => {
    const values = [Number.NaN, 1, Number.POSITIVE_INFINITY, 2];
    expect(histogramOf(values, 1)).toEqual([[1, 2, 2]]);
  });

  it('has 30 buckets that join without gaps and count every value once', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e100, max: 1e100 }), { minLength: 1 });
    fc.assert(
      fc.property(values, (list) => {
        const buckets = histogramOf(list);
        expect(buckets).toHaveLength(30);
        expect(buckets.reduce((sum, [, , count]) => sum + count, 0)).toBe(list.length);
        expect(buckets[0]?.[0]).toBe(Math.min(...list) + 0);
        expect(buckets.at(-1)?.[1]).toBe(Math.max(...list));
        buckets.slice(1).forEach(([left], i) => {
          expect(left).toBe(buckets[i]?.[1]);
        });
      }),
      { numRuns: 50 },
    );
  });
});
