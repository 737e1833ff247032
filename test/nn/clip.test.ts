import { describe, expect, it } from 'vitest';
import { GradientTape } from '../../src/core/tape.ts';
import { tensor, Variable } from '../../src/core/tensor.ts';
import { clipByGlobalNorm, clipByNorm, clipByValue, globalNorm } from '../../src/nn/clip.ts';
import { sum } from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

describe('clipping', () => {
  it('clipByValue limits each element', () => {
    expect(clipByValue(tensor([-3, 0.5, 9]), -1, 2).toArray()).toEqual([-1, 0.5, 2]);
  });

  it('clipByNorm scales down what is longer, leaves what is not, and zeros too', () => {
    expect(clipByNorm(tensor([3, 4]), 2.5).toArray()).toEqual([1.5, 2]);
    expect(clipByNorm(tensor([3, 4]), 8).toArray()).toEqual([3, 4]);
    expect(clipByNorm(tensor([0, 0]), 1).toArray()).toEqual([0, 0]);
  });

  it('clipByNorm has a finite gradient at zero', () => {
    const x = new Variable([0, 0]);
    const tape = new GradientTape();
    const y = tape.record(() => sum(clipByNorm(x, 2)));
    expect(tape.gradient(y, x).toArray()).toEqual([1, 1]);
  });

  it('clipByGlobalNorm keeps the direction of all together and returns the norm they had', () => {
    const [clipped, norm] = clipByGlobalNorm([tensor([3, -4]), undefined, tensor([12])], 6.5);
    expect(norm.item()).toBe(13);
    expect(clipped.map((t) => t?.toArray())).toEqual([[1.5, -2], undefined, [6]]);
  });

  it('clipByGlobalNorm leaves short ones and zeros, and makes all NaN when one is infinite', () => {
    expect(clipByGlobalNorm([tensor([3, 4])], 6)[0][0]?.toArray()).toEqual([3, 4]);
    expect(clipByGlobalNorm([tensor([0, 0])], 6)[0][0]?.toArray()).toEqual([0, 0]);
    const [[a, b], norm] = clipByGlobalNorm([tensor([Infinity]), tensor([1])], 1);
    expect(norm.item()).toBe(Infinity);
    expect([a?.item(), b?.item()]).toEqual([Number.NaN, Number.NaN]);
  });

  it('refuse what cannot be', () => {
    expect(thrown(() => clipByNorm(tensor([1]), 0))).toBe(
      'OptionError: clipByNorm: clipNorm is 0; want a number above 0',
    );
    expect(thrown(() => globalNorm([undefined]))).toBe(
      'OptionError: globalNorm: no tensor came in; want at least one',
    );
  });
});
