import { describe, expect, it } from 'vitest';
import { tensor } from '../../src/core/tensor.ts';
import { l1, l1l2, l2, regulariser } from '../../src/nn/regularisers.ts';
import { thrown } from '../thrown.ts';

const x = tensor([
  [1, -2],
  [3, 0],
]);

describe('regularisers', () => {
  it('sum sizes and squares', () => {
    expect(l1(0.5)(x).item()).toBe(3);
    expect(l2(0.5)(x).item()).toBe(7);
    expect(l1l2({ l1: 0.5, l2: 1 })(x).item()).toBe(17);
  });

  it('have the factor 0.01 unless told', () => {
    for (const [name, sum] of [
      ['l1', 6],
      ['l2', 14],
      ['l1_l2', 20],
    ] as const) {
      expect(regulariser('Dense', name)(x).item()).toBeCloseTo(0.01 * sum);
    }
    expect(thrown(() => regulariser('Dense', 'lasso'))).toBe(
      'OptionError: Dense: no regularizer "lasso"; want one of l1, l2, l1l2',
    );
  });
});
