import { describe, expect, it } from 'vitest';
import { Generator, setSeed } from '../../../src/core/random.ts';
import { GradientTape } from '../../../src/core/tape.ts';
import { fromArray, type Tensor, type Variable } from '../../../src/core/tensor.ts';
import type { Layer } from '../../../src/nn/layer.ts';
import * as layers from '../../../src/nn/layers/index.ts';
import { Sequential } from '../../../src/nn/sequential.ts';
import { checkGradients } from '../../../src/ops/gradcheck.ts';
import { mul, randomNormal, sum } from '../../../src/ops/index.ts';

const dtype = 'float64';
const weights = { kernelInitializer: 'heNormal', biasInitializer: 'randomNormal', dtype } as const;
const affine = {
  betaInitializer: 'randomNormal',
  gammaInitializer: 'glorotNormal',
  dtype,
} as const;

const smooth: [name: string, make: () => Layer, input: number[]][] = [
  ['Dense', () => new layers.Dense(3, { activation: 'tanh', ...weights }), [4, 5]],
  ['Dense over rows of rows', () => new layers.Dense(2, weights), [2, 3, 4]],
  ['Dense without bias', () => new layers.Dense(3, { useBias: false, ...weights }), [4, 5]],
  ['Conv2D', () => new layers.Conv2D(3, 3, { activation: 'sigmoid', ...weights }), [2, 5, 6, 2]],
  [
    'Conv2D, same, strided, dilated',
    () => new layers.Conv2D(2, [3, 2], { padding: 'same', strides: 2, ...weights }),
    [2, 5, 6, 2],
  ],
  [
    'Conv2DTranspose',
    () => new layers.Conv2DTranspose(2, 3, { strides: 2, activation: 'tanh', ...weights }),
    [2, 3, 4, 2],
  ],
  [
    'DepthwiseConv2D',
    () =>
      new layers.DepthwiseConv2D(3, {
        depthMultiplier: 2,
        depthwiseInitializer: 'heNormal',
        biasInitializer: 'randomNormal',
        dtype,
      }),
    [2, 4, 5, 2],
  ],
  ['MaxPooling2D', () => new layers.MaxPooling2D(2), [2, 5, 4, 2]],
  ['AveragePooling2D', () => new layers.AveragePooling2D({ padding: 'same' }), [2, 5, 4, 2]],
  ['UpSampling2D', () => new layers.UpSampling2D([2, 3]), [2, 2, 3, 2]],
  [
    'UpSampling2D, bilinear',
    () => new layers.UpSampling2D({ interpolation: 'bilinear' }),
    [2, 2, 3, 2],
  ],
  ['Flatten', () => new layers.Flatten(), [2, 3, 2]],
  ['Reshape', () => new layers.Reshape([2, -1]), [3, 6]],
  ['Activation', () => new layers.Activation('softplus'), [3, 4]],
  ['Dropout', () => new layers.Dropout(0.4), [5, 7]],
  ['GaussianNoise', () => new layers.GaussianNoise(0.3), [3, 4]],
  ['BatchNormalization of rows', () => new layers.BatchNormalization(affine), [6, 3]],
  ['BatchNormalization of images', () => new layers.BatchNormalization(affine), [3, 2, 4, 2]],
  [
    'BatchNormalization of axis 1',
    () => new layers.BatchNormalization({ axis: 1, ...affine }),
    [4, 3, 2],
  ],
  ['LayerNormalization', () => new layers.LayerNormalization(affine), [4, 5]],
  [
    'LayerNormalization of two axes',
    () => new layers.LayerNormalization({ axis: [1, 2], ...affine }),
    [3, 2, 4],
  ],
];

/** Slope of a loss along a random direction of the weights: by the tape, and by central differences. */
function weightSlopes(run: () => Tensor, variables: readonly Variable[], generator: Generator) {
  const directions = variables.map((v) => randomNormal(v.shape, { dtype, generator }));
  const tape = new GradientTape();
  const loss = tape.record(run);
  const byTape = tape
    .gradient(loss, variables)
    .reduce((total, gradient, i) => total + sum(mul(gradient, directions[i] as Tensor)).item(), 0);
  const h = 1e-6;
  const at = (step: number) => {
    const before = variables.map((v) => v.data());
    variables.forEach((v, i) => {
      const direction = (directions[i] as Tensor).values;
      v.assign(
        fromArray(
          v.data().map((x: number, j: number) => x + step * (direction[j] ?? 0)),
          v.shape,
        ),
      );
    });
    const value = run().item();
    variables.forEach((v, i) => {
      v.assign(fromArray(before[i] as Float64Array, v.shape));
    });
    return value;
  };
  return { byTape, byDifferences: (at(h) - at(-h)) / (2 * h) };
}

describe('gradients while training', () => {
  for (const [name, make, shape] of smooth) {
    it(`of ${name} agree with differences`, () => {
      const seed = 17;
      setSeed(seed);
      const generator = new Generator(seed);
      const layer = make();
      const x = randomNormal(shape, { dtype, generator });
      layer.apply(x);
      checkGradients((input) => layer.apply(input, { training: true }) as Tensor, [x]);

      const variables = layer.trainableWeights;
      if (variables.length === 0) return;
      const rows = randomNormal((layer.apply(x) as Tensor).shape, { dtype, generator });
      const run = () => sum(mul(layer.apply(x, { training: true }) as Tensor, rows));
      const { byTape, byDifferences } = weightSlopes(run, variables, generator);
      expect(Math.abs(byTape - byDifferences), `seed ${seed}`).toBeLessThan(
        1e-6 * (1 + Math.abs(byTape)),
      );
    });
  }

  it('of Embedding agree with differences', () => {
    const generator = new Generator(3);
    const layer = new layers.Embedding(5, 3, { dtype });
    const indices = [
      [0, 2, 2],
      [4, 0, 1],
    ];
    const rows = randomNormal([2, 3, 3], { dtype, generator });
    const run = () => sum(mul(layer.apply(indices), mul(rows, layer.apply(indices))));
    run();
    const { byTape, byDifferences } = weightSlopes(run, layer.trainableWeights, generator);
    expect(byTape).toBeCloseTo(byDifferences, 7);
  });

  it('reach every weight of layers within layers', () => {
    setSeed(5);
    const generator = new Generator(5);
    const model = new Sequential([
      new layers.Conv2D(2, 2, { activation: 'tanh', ...weights }),
      new Sequential([new layers.BatchNormalization(affine), new layers.Flatten()]),
      new layers.Dense(2, weights),
    ]);
    const x = randomNormal([3, 4, 4, 1], { dtype, generator });
    const run = () =>
      sum(mul(model.apply(x, { training: true }), model.apply(x, { training: true })));
    run();
    const { byTape, byDifferences } = weightSlopes(run, model.trainableWeights, generator);
    expect(model.trainableWeights.length).toBe(6);
    expect(byTape / byDifferences).toBeCloseTo(1, 5);
  });
});
