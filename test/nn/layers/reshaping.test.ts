import { describe, expect, it } from 'vitest';
import { Flatten, Reshape } from '../../../src/nn/layers/index.ts';
import { zeros } from '../../../src/ops/index.ts';
import { thrown } from '../../thrown.ts';

describe('Flatten and Reshape', () => {
  it('keep the batch and lay out each sample anew', () => {
    expect(new Flatten().apply(zeros([5, 2, 3, 4])).shape).toEqual([5, 24]);
    expect(new Flatten().apply(zeros([5])).shape).toEqual([5, 1]);
    expect(new Reshape([4, 6]).apply(zeros([5, 24])).shape).toEqual([5, 4, 6]);
    expect(new Reshape([-1, 3]).apply(zeros([5, 24])).shape).toEqual([5, 8, 3]);
  });

  it('work on a batch of nothing', () => {
    expect(new Flatten().apply(zeros([0, 2, 3])).shape).toEqual([0, 6]);
    expect(new Reshape([3, -1]).apply(zeros([0, 6])).shape).toEqual([0, 3, 2]);
  });

  it('refuse shapes that do not hold as many numbers', () => {
    expect(thrown(() => new Reshape([4, 5], { name: 'r' }).apply(zeros([2, 24])))).toBe(
      'ShapeError: r: a sample is [24] and targetShape is [4,5]; want as many numbers in both',
    );
    expect(thrown(() => new Reshape([-1, 5], { name: 'r' }).apply(zeros([2, 24])))).toBe(
      'ShapeError: r: a sample is [24] and targetShape is [-1,5]; want as many numbers in both',
    );
    expect(thrown(() => new Reshape([2.5]))).toBe(
      'ShapeError: Reshape: shape is [2.5]; want a list of whole numbers of at least 0',
    );
  });
});
