import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/core/tensor.ts';
import { AveragePooling2D, MaxPooling2D, UpSampling2D } from '../../../src/nn/layers/index.ts';
import { range, reshape, zeros } from '../../../src/ops/index.ts';
import { thrown } from '../../thrown.ts';

const counted = (height: number, width: number): Tensor =>
  reshape(range(1, height * width + 1), [1, height, width, 1]);
const flat = (t: Tensor) => [...t.values];

describe('pooling layers', () => {
  it('take the largest and the mean of pools that stand side by side', () => {
    expect(flat(new MaxPooling2D().apply(counted(4, 4)))).toEqual([6, 8, 14, 16]);
    expect(flat(new AveragePooling2D().apply(counted(4, 4)))).toEqual([3.5, 5.5, 11.5, 13.5]);
  });

  it('take pool and strides in every form', () => {
    expect(new MaxPooling2D(3, { strides: 1 }).apply(zeros([1, 6, 6, 2])).shape).toEqual([
      1, 4, 4, 2,
    ]);
    expect(new MaxPooling2D({ poolSize: [2, 3] }).apply(zeros([1, 6, 6, 2])).shape).toEqual([
      1, 3, 2, 2,
    ]);
    expect(new MaxPooling2D([2, 2], { padding: 'same' }).apply(zeros([1, 5, 3, 2])).shape).toEqual([
      1, 3, 2, 2,
    ]);
  });

  it('do not count the padding in means', () => {
    expect(flat(new AveragePooling2D(2, { padding: 'same' }).apply(counted(3, 3)))).toEqual([
      3, 4.5, 7.5, 9,
    ]);
  });

  it('refuse what is no image, and pools of 0', () => {
    expect(thrown(() => new MaxPooling2D({ name: 'p' }).apply([[1]]))).toBe(
      'ShapeError: p: x is [1,1]; want images [batch, height, width, channels]',
    );
    expect(thrown(() => new AveragePooling2D(0))).toBe(
      'OptionError: AveragePooling2D: poolSize is 0; want a whole number of at least 1, or [height, width]',
    );
  });
});

describe('UpSampling2D', () => {
  it('repeats rows and columns', () => {
    const y = new UpSampling2D([1, 2]).apply(counted(2, 2));
    expect(flat(y)).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
  });

  it('mixes neighbours about half-pixel centres when bilinear', () => {
    const y = new UpSampling2D(2, { interpolation: 'bilinear' }).apply(counted(1, 2));
    expect(flat(y).slice(0, 4)).toEqual([1, 1.25, 1.75, 2]);
  });

  it('refuses other ways', () => {
    expect(thrown(() => new UpSampling2D(2, { interpolation: 'cubic' as 'nearest' }))).toBe(
      "OptionError: UpSampling2D: interpolation is \"cubic\"; want 'nearest' or 'bilinear'",
    );
  });
});
