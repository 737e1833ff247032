import { describe, expect, it } from 'vitest';
import { Generator, setSeed } from '../../src/core/random.ts';
import type { Shape } from '../../src/core/shape.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import * as initialisers from '../../src/nn/initialisers.ts';
import { matmul, transpose } from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

const seed = 7;
const drawn = () => ({ generator: new Generator(seed) });

function statistics(t: Tensor): { mean: number; deviation: number; most: number } {
  const values = [...t.values];
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return {
    mean,
    deviation: Math.sqrt(variance),
    most: values.reduce((a, b) => Math.max(a, Math.abs(b)), 0),
  };
}

describe('initialisers', () => {
  const dense: Shape = [300, 200];
  const convolution: Shape = [3, 5, 40, 60]; // fanIn 600, fanOut 900
  const uniform = (limit: number) => ({ deviation: limit / Math.sqrt(3), limit });
  const normal = (deviation: number) => ({ deviation, limit: Infinity });
  // What is cut at ±2 of a normal whose stddev was raised to make up for the cut.
  const cut = (deviation: number) => ({ deviation, limit: (2 * deviation) / 0.87962566103423978 });

  it.each([
    ['randomNormal', dense, normal(0.05)],
    ['randomUniform', dense, uniform(0.05)],
    ['truncatedNormal', dense, { deviation: 0.05 * 0.87962566103423978, limit: 0.1 }],
    ['glorotUniform', dense, uniform(Math.sqrt(6 / 500))],
    ['glorotNormal', dense, cut(Math.sqrt(2 / 500))],
    ['heUniform', dense, uniform(Math.sqrt(6 / 300))],
    ['heNormal', dense, cut(Math.sqrt(2 / 300))],
    ['lecunUniform', dense, uniform(Math.sqrt(3 / 300))],
    ['lecunNormal', dense, cut(Math.sqrt(1 / 300))],
    ['glorotUniform', convolution, uniform(Math.sqrt(6 / 1500))],
    ['heNormal', convolution, cut(Math.sqrt(2 / 600))],
  ] as const)('%s of %j has the spread that Keras gives it', (name, shape, wanted) => {
    setSeed(seed);
    const { mean, deviation, most } = statistics(initialisers.initialiser('d', name)(shape));
    // 36,000 or more draws: the deviation is known to about 0.4 %, the mean to 0.5 % of it.
    expect(Math.abs(deviation / wanted.deviation - 1), `seed ${seed}`).toBeLessThan(0.02);
    expect(Math.abs(mean / wanted.deviation), `seed ${seed}`).toBeLessThan(0.02);
    expect(most, `seed ${seed}`).toBeLessThanOrEqual(wanted.limit * (1 + 1e-6));
  });

  it('fans count inputs and units of dense and convolution kernels', () => {
    expect(initialisers.fansOf([])).toEqual({ fanIn: 1, fanOut: 1 });
    expect(initialisers.fansOf([7])).toEqual({ fanIn: 7, fanOut: 7 });
    expect(initialisers.fansOf([7, 9])).toEqual({ fanIn: 7, fanOut: 9 });
    expect(initialisers.fansOf([3, 5, 7, 9])).toEqual({ fanIn: 105, fanOut: 135 });
  });

  it('constants, identity', () => {
    expect(initialisers.zeros()([2]).toArray()).toEqual([0, 0]);
    expect(initialisers.ones()([2]).toArray()).toEqual([1, 1]);
    expect(initialisers.constant(3)([2]).toArray()).toEqual([3, 3]);
    expect(initialisers.identity({ gain: 2 })([2, 3]).toArray()).toEqual([
      [2, 0, 0],
      [0, 2, 0],
    ]);
  });

  it.each([[[6, 4]], [[4, 6]], [[2, 3, 4]]])(
    'orthogonal of %j has orthogonal rows or columns of the gain as length',
    (shape) => {
      const weights = initialisers.orthogonal({ gain: 3, ...drawn() })(shape, 'float64');
      expect(weights.shape).toEqual(shape);
      const columns = shape.at(-1) ?? 0;
      const matrix = weights.view([weights.size / columns, columns]);
      const [rows = 0] = matrix.shape;
      const product =
        rows < columns ? matmul(matrix, transpose(matrix)) : matmul(transpose(matrix), matrix);
      const side = Math.min(rows, columns);
      [...product.values].forEach((value, i) => {
        expect(value, `seed ${seed}`).toBeCloseTo(i % (side + 1) === 0 ? 9 : 0, 12);
      });
    },
  );

  it('go by their own names and by those of Keras', () => {
    const draw = (named: string) => {
      setSeed(seed);
      return initialisers.initialiser('d', named)([4, 4]).toArray();
    };
    expect(draw('glorot_uniform')).toEqual(draw('glorotUniform'));
    expect(draw('he_normal')).not.toEqual(draw('glorotUniform'));
    const own = initialisers.zeros();
    expect(initialisers.initialiser('d', own)).toBe(own);
    expect(thrown(() => initialisers.initialiser('d', 'xavier'))).toBe(
      'OptionError: d: no initializer "xavier"; want one of zeros, ones, constant, randomNormal, randomUniform, truncatedNormal, varianceScaling, glorotUniform, glorotNormal, heUniform, heNormal, lecunUniform, lecunNormal, orthogonal, identity',
    );
  });

  it('draw from the seed, or from a generator of their own', () => {
    const draw = () => initialisers.glorotNormal()([3, 3]).toArray();
    setSeed(1);
    const first = draw();
    expect(draw()).not.toEqual(first);
    setSeed(1);
    expect(draw()).toEqual(first);
    expect(initialisers.randomNormal(drawn())([9]).toArray()).toEqual(
      initialisers.randomNormal(drawn())([9]).toArray(),
    );
  });

  it('refuse options they do not have', () => {
    expect(thrown(() => initialisers.randomNormal({ std: 1 } as object))).toBe(
      'OptionError: randomNormal: no option std; want mean, stddev, generator',
    );
    expect(thrown(() => initialisers.glorotUniform({ seed: 1 } as object))).toBe(
      'OptionError: glorotUniform: no option seed; want generator',
    );
    expect(thrown(() => initialisers.orthogonal(2 as never))).toBe(
      'OptionError: orthogonal: options are 2; want an object with gain, generator',
    );
    expect(thrown(() => initialisers.varianceScaling({ mode: 'fan_in' as 'fanIn' }))).toBe(
      `OptionError: varianceScaling: mode is "fan_in"; want 'fanIn', 'fanOut' or 'fanAvg'`,
    );
  });

  it('refuse shapes that have no meaning for them', () => {
    expect(thrown(() => initialisers.orthogonal()([3]))).toBe(
      'ShapeError: orthogonal: shape is [3]; want at least two axes',
    );
    expect(thrown(() => initialisers.identity()([3, 3, 3]))).toBe(
      'ShapeError: identity: shape is [3,3,3]; want two axes',
    );
    expect(thrown(() => initialisers.varianceScaling({ scale: 0 }))).toBe(
      'OptionError: varianceScaling: scale is 0; want a number above 0',
    );
  });
});
