import { describe, expect, it } from 'vitest';
import { tensor } from '../../../src/core/tensor.ts';
import { Dense } from '../../../src/nn/layers/index.ts';
import { thrown } from '../../thrown.ts';

describe('Dense', () => {
  it('computes x · kernel + bias and then the activation', () => {
    const layer = new Dense(2, { activation: 'relu', name: 'd' });
    layer.apply([[1, 2, 3]]);
    layer.kernel.assign([
      [1, -1],
      [2, 0],
      [0, 1],
    ]);
    layer.bias?.assign([0.5, -4]);
    expect(
      layer
        .apply([
          [1, 2, 3],
          [-1, 0, 2],
        ])
        .toArray(),
    ).toEqual([
      [5.5, 0],
      [0, 0],
    ]);
  });

  it('works along the last axis of any number of axes', () => {
    const layer = new Dense(1, { kernelInitializer: 'ones' });
    const y = layer.apply([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    expect(y.toArray()).toEqual([
      [[3], [7]],
      [[11], [15]],
    ]);
  });

  it('begins with a Glorot uniform kernel and zero biases', () => {
    const layer = new Dense(50);
    layer.apply([new Array(100).fill(1)]);
    const limit = Math.sqrt(6 / 150);
    const sizes = [...layer.kernel.values].map(Math.abs);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
    expect(Math.max(...sizes)).toBeGreaterThan(0.98 * limit);
    expect(layer.bias?.toArray()).toEqual(new Array(50).fill(0));
  });

  it('takes initializers as functions, too, and leaves the bias out when told', () => {
    const layer = new Dense(2, {
      useBias: false,
      kernelInitializer: (shape) => tensor([1, 2], shape),
    });
    expect(layer.apply([[3]]).toArray()).toEqual([[3, 6]]);
    expect(layer.weights.map((w) => w.name)).toEqual([`${layer.name}/kernel`]);
  });

  it('casts whole numbers to its own type', () => {
    const layer = new Dense(1, { kernelInitializer: 'ones' });
    const y = layer.apply(tensor(Int32Array.of(1, 2), [1, 2]));
    expect([y.dtype, y.toArray()]).toEqual(['float32', [[3]]]);
  });

  it('refuses other widths than that of its first call', () => {
    const layer = new Dense(2, { name: 'code' });
    expect(thrown(() => layer.apply([1, 2]))).toBe(
      'ShapeError: code: x is [2]; want [batch, …, features]',
    );
    layer.apply([[1, 2, 3]]);
    expect(thrown(() => layer.apply([[1, 2]]))).toBe(
      'ShapeError: code: x is [1,2]; want a last axis of 3, as in its first call',
    );
  });

  it('refuses what it cannot be made of', () => {
    expect(thrown(() => new Dense(0))).toBe(
      'OptionError: Dense: units is 0; want a whole number of at least 1',
    );
    expect(thrown(() => new Dense(2, { activation: 'rleu' }))).toBe(
      'OptionError: Dense: no activation "rleu"; did you mean relu?',
    );
    expect(thrown(() => new Dense(2, { kernelRegularizer: 'l3' }).apply([[1]]))).toBe(
      'OptionError: Dense: no regularizer "l3"; did you mean l1?',
    );
    expect(
      thrown(() => new Dense(2, { name: 'd', kernelInitializer: () => tensor([1]) }).apply([[1]])),
    ).toBe('ShapeError: d: the initializer of kernel made [1]; want [1,2]');
  });
});
