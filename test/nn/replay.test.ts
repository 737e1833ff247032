/** Recorded steps and steps that run as they are written give the same bits. */
import { describe, expect, it } from 'vitest';
import { setSeed } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { reference } from '../../src/kernels/reference.ts';
import { LearningRateScheduler } from '../../src/nn/callbacks/index.ts';
import type { Layer } from '../../src/nn/layer.ts';
import * as layers from '../../src/nn/layers/index.ts';
import { Model } from '../../src/nn/model.ts';
import { Adam } from '../../src/nn/optimisers.ts';
import { l2 } from '../../src/nn/regularisers.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { randomNormal, reshape } from '../../src/ops/index.ts';

const { Dense } = layers;

/** Figures and final weights of five epochs of two batches, the second of them smaller. */
async function train(make: () => Layer[], runEagerly: boolean, shape: number[], loss = 'mse') {
  const seed = 23;
  setSeed(seed);
  const x = randomNormal([14, ...shape]);
  const model = new Sequential(make()).compile({
    optimizer: new Adam({ learningRate: 0.01 }),
    loss,
    metrics: ['mae', 'rmse'],
    runEagerly,
  });
  const { history } = await model.fit(x, x, {
    epochs: 5,
    batchSize: 8,
    validationSplit: 2 / 14,
    callbacks: [new LearningRateScheduler((epoch, rate) => (epoch === 3 ? rate / 2 : rate))],
    verbose: 0,
  });
  return { history, weights: model.getWeights().map((w) => w.toArray()) };
}

const cases: [name: string, make: () => Layer[], shape: number[], loss?: string][] = [
  ['Dense', () => [new Dense(5, { activation: 'relu' }), new Dense(4)], [4]],
  [
    'penalties',
    () => [
      new Dense(5, { kernelRegularizer: l2(0.1), activityRegularizer: 'l1' }),
      new Dense(4, { biasRegularizer: 'l2' }),
    ],
    [4],
  ],
  ['sigmoid and its logits', () => [new Dense(4, { activation: 'sigmoid' })], [4], 'bce'],
  [
    'noise and dropout',
    () => [new layers.GaussianNoise(0.1), new Dense(8), new layers.Dropout(0.5), new Dense(4)],
    [4],
  ],
  [
    'normalisation',
    () => [
      new Dense(6),
      new layers.BatchNormalization(),
      new layers.LayerNormalization(),
      new Dense(4),
    ],
    [4],
  ],
  [
    'convolutions',
    () => [
      new layers.Conv2D(3, 3, { activation: 'relu' }),
      new layers.BatchNormalization(),
      new layers.DepthwiseConv2D(2, { padding: 'same' }),
      new layers.Conv2DTranspose(1, 3, { activation: 'tanh' }),
    ],
    [6, 6, 1],
  ],
  [
    'pools and samples',
    () => [
      new layers.MaxPooling2D(),
      new layers.UpSampling2D(),
      new layers.AveragePooling2D(),
      new layers.UpSampling2D({ interpolation: 'bilinear' }),
      new layers.Conv2D(1, 3, { padding: 'same' }),
    ],
    [4, 4, 1],
  ],
];

describe('fit with recorded steps gives the bits of fit with steps as they are written', () => {
  for (const [name, make, shape, loss] of cases) {
    // Kernels that are in no table are not recorded.
    it.skipIf(shape.length > 1 && !('conv2d' in reference))(`(${name})`, async () => {
      const [eager, replayed] = [
        await train(make, true, shape, loss),
        await train(make, false, shape, loss),
      ];
      expect(replayed.history).toEqual(eager.history);
      expect(replayed.weights).toEqual(eager.weights);
      expect(eager.history.loss?.at(-1)).not.toBe(eager.history.loss?.[0]);
    });
  }
});

describe('steps', () => {
  it('are replayed: the code of call runs a few times for each size of batch, not at every step', async () => {
    let calls = 0;
    class Counts extends Model {
      dense = new Dense(2);
      override call(x: Tensor): Tensor {
        calls++;
        return this.dense.apply(x);
      }
    }
    const x = reshape(randomNormal([40]), [20, 2]);
    const run = async (runEagerly: boolean) => {
      calls = 0;
      const model = new Counts().compile({ optimizer: 'sgd', loss: 'mse', runEagerly });
      await model.fit(x, x, { batchSize: 4, epochs: 10, verbose: 0 });
      return calls;
    };
    expect(await run(true)).toBe(1 + 50);
    expect(await run(false)).toBeLessThan(6);
  });

  it('that read a number half way are refused, unless they are run as they are written', async () => {
    class Reads extends Model {
      dense = new Dense(2);
      override call(x: Tensor): Tensor {
        const y = this.dense.apply(x);
        return y.data()[0] === 0 ? x : y;
      }
    }
    const x = randomNormal([12, 2]);
    const run = (runEagerly: boolean) =>
      new Reads()
        .compile({ optimizer: 'sgd', loss: 'mse', runEagerly })
        .fit(x, x, { batchSize: 4, verbose: 0 })
        .then(() => 'trained', String);
    expect(await run(true)).toBe('trained');
    expect(await run(false)).toMatch(
      /^OptionError: compile: the step reads .* at .*replay\.test\.ts.*; want numbers read after the step/,
    );
  });
});
