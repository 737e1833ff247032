/** Models that learn something, in seconds. */
import { beforeEach, describe, expect, it } from 'vitest';
import { setSeed } from '../../src/core/random.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { type Tensor, tensor } from '../../src/core/tensor.ts';
import type { Batch } from '../../src/nn/batches.ts';
import { EarlyStopping } from '../../src/nn/callbacks/index.ts';
import type { Means } from '../../src/nn/fit.ts';
import * as layers from '../../src/nn/layers/index.ts';
import { Model } from '../../src/nn/model.ts';
import { Adam } from '../../src/nn/optimisers.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { zip } from '../../src/nn/zip.ts';
import * as ops from '../../src/ops/index.ts';

const { Dense } = layers;
const quiet = { verbose: 0 } as const;
const seed = 11;
beforeEach(() => setSeed(seed));

describe('each model overfits eight samples', () => {
  const cases: [name: string, model: () => Model, shape: number[]][] = [
    ['dense', () => new Sequential([new Dense(32, { activation: 'relu' }), new Dense(6)]), [8, 6]],
    [
      'convolutional',
      () =>
        new Sequential([
          new layers.Conv2D(8, 3, { activation: 'tanh' }),
          new layers.Conv2DTranspose(1, 3),
        ]),
      [8, 5, 5, 1],
    ],
    [
      'pooled and sampled up',
      () =>
        new Sequential([
          new layers.Conv2D(6, 3, { padding: 'same', activation: 'tanh' }),
          new layers.AveragePooling2D(),
          new layers.DepthwiseConv2D(2, { padding: 'same', depthMultiplier: 2 }),
          new layers.UpSampling2D(),
          new layers.MaxPooling2D(2, { strides: 1, padding: 'same' }),
          new layers.Flatten(),
          new Dense(16),
          new layers.Reshape([4, 4, 1]),
        ]),
      [8, 4, 4, 1],
    ],
    [
      'normalised',
      () =>
        new Sequential([
          new Dense(24),
          new layers.BatchNormalization(),
          new layers.Activation('elu'),
          new layers.LayerNormalization(),
          new Dense(6),
        ]),
      [8, 6],
    ],
  ];
  for (const [name, make, shape] of cases) {
    it(`(${name})`, async () => {
      const x = ops.randomUniform(shape);
      const model = make().compile({ optimizer: new Adam({ learningRate: 0.02 }), loss: 'mse' });
      const { history } = await model.fit(x, x, { epochs: 300, batchSize: 8, ...quiet });
      const [first = 0, last = 1] = [history.loss?.[0], history.loss?.at(-1)];
      expect(last, `seed ${seed}: from ${first}`).toBeLessThan(0.02 * first);
    });
  }

  it('(classes, by accuracy)', async () => {
    const x = ops.randomNormal([8, 5]);
    const model = new Sequential([
      new layers.GaussianNoise(0.01),
      new Dense(32, { activation: 'relu' }),
      new layers.Dropout(0.1),
      new Dense(3, { activation: 'softmax' }),
    ]).compile({
      optimizer: new Adam({ learningRate: 0.02 }),
      loss: 'sparse_categorical_crossentropy',
      metrics: ['accuracy'],
    });
    const y = [0, 1, 2, 0, 1, 2, 0, 1];
    await model.fit(x, y, { epochs: 200, ...quiet });
    const { accuracy, loss } = await model.evaluate(x, y, quiet);
    expect(accuracy, `seed ${seed}`).toBe(1);
    expect(loss, `seed ${seed}`).toBeLessThan(0.05);
  });

  it('(whole numbers, by their embeddings)', async () => {
    const model = new Sequential([
      new layers.Embedding(8, 4),
      new layers.Flatten(),
      new Dense(1),
    ]).compile({ optimizer: new Adam({ learningRate: 0.05 }), loss: 'mse' });
    const numbers = tensor(
      Int32Array.from({ length: 8 }, (_, i) => i),
      [8, 1],
    );
    const squares = Array.from({ length: 8 }, (_, i) => [(i * i) / 10]);
    const { history } = await model.fit(numbers, squares, { epochs: 300, ...quiet });
    expect(history.loss?.at(-1), `seed ${seed}`).toBeLessThan(0.01);
  });
});

describe("the posts' models", () => {
  it('may be overridden: outputs of several parts, losses of their own', async () => {
    class VAE extends Model {
      hidden = new Dense(8, { activation: 'relu' });
      mean = new Dense(2);
      logVariance = new Dense(2);
      out = new Dense(4);
      override call(x: Tensor): [Tensor, Tensor, Tensor] {
        const h = this.hidden.apply(x);
        const [mean, v] = [this.mean.apply(h), this.logVariance.apply(h)];
        const eps = ops.randomNormal(mean.shape);
        const z = ops.add(mean, ops.mul(ops.pow(ops.exp(v), 0.5), eps));
        return [this.out.apply(z), mean, v];
      }
      override trainStep([x]: Batch): Means {
        const tape = new GradientTape();
        const { loss, kl } = tape.record(() => {
          const [logits, mean, v] = this.apply(x as Tensor, { training: true });
          const reconstruction = ops.mean(ops.sigmoidCrossEntropyWithLogits(x as Tensor, logits));
          const spread = ops.sub(ops.exp(v), ops.add(v, 1));
          const kl = ops.mul(0.1, ops.mean(ops.add(spread, ops.square(mean))));
          return { loss: ops.add(reconstruction, kl), kl };
        });
        const variables = this.trainableVariables;
        this.optimizer.applyGradients(zip(tape.gradient(loss, variables), variables));
        return { loss, kl };
      }
    }
    const model = new VAE().compile({ optimizer: new Adam({ learningRate: 0.02 }) });
    const x = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ];
    const { history } = await model.fit(x, undefined, { epochs: 150, ...quiet });
    expect(Object.keys(history)).toEqual(['loss', 'kl']);
    expect(history.loss?.at(-1)).toBeLessThan(0.75 * (history.loss?.[0] ?? 0));
    const [pictures, means] = await model.predict(x);
    expect([pictures.shape, means.shape]).toEqual([
      [4, 4],
      [4, 2],
    ]);
  });

  /** Post 3's autoencoder of points on a curve. */
  class AutoEncoder extends Model {
    encoder: Sequential = new Sequential([
      new Dense(100, { activation: 'relu' }),
      new Dense(100, { activation: 'relu' }),
      new Dense(100, { activation: 'relu' }),
      new Dense(1), // compress into 1 dimension
    ]);
    decoder: Sequential = new Sequential([
      new Dense(100, { activation: 'relu' }),
      new Dense(100, { activation: 'relu' }),
      new Dense(100, { activation: 'relu' }),
      new Dense(4), // unpack into 4 dimensions
    ]);
    override call(x: Tensor): Tensor {
      const latentX = this.encoder.apply(x); // compress
      return this.decoder.apply(latentX); // unpack
    }
  }

  it('curve-ae packs four numbers into one', async () => {
    const z = ops.randomUniform([1000, 1], { minval: -5, maxval: 5 });
    const X = ops.concat([ops.square(z), ops.pow(z, 3), ops.sin(z), ops.exp(z)], 1);
    const ae = new AutoEncoder().compile({
      optimizer: new Adam({ learningRate: 0.003 }),
      loss: 'mse',
    });
    const { history, epoch } = await ae.fit(X, X, {
      validationSplit: 0.2,
      epochs: 6,
      callbacks: [new EarlyStopping({ patience: 3 })],
      ...quiet,
    });
    const [first = 0, last = 0] = [history.val_loss?.[0], history.val_loss?.at(-1)];
    expect(epoch.length, `seed ${seed}`).toBeGreaterThan(3);
    expect(last, `seed ${seed}: from ${first}`).toBeLessThan(first);
    const variance = ops.mean(ops.variance(X, 0)).item();
    expect(last, `seed ${seed}: the data vary by ${variance}`).toBeLessThan(0.02 * variance);
    expect(ae.summary()).toContain('Total params: 41,605');
  }, 90_000);

  it('conv-bce-ae begins at ln 2 and learns pictures, from the logits of its sigmoid', async () => {
    const picture = (i: number) =>
      Array.from({ length: 100 }, (_, at) => (Math.abs((at % 10) - i) < 2 ? 1 : 0));
    const X = tensor(
      Array.from({ length: 10 }, (_, i) => picture(i)),
      undefined,
      'float32',
    );
    const images = ops.reshape(X, [10, 10, 10, 1]);
    const relu = { activation: 'relu' } as const;
    const ae = new Sequential([
      new Sequential([new layers.Conv2D(4, 3, relu), new layers.Conv2D(1, 3, relu)]),
      new Sequential([
        new layers.Conv2DTranspose(4, 3, relu),
        new layers.Conv2DTranspose(1, 3, { activation: 'sigmoid' }),
      ]),
    ]).compile({ optimizer: new Adam({ learningRate: 0.02 }), loss: 'bce' });
    const { history } = await ae.fit(images, images, { epochs: 100, ...quiet });
    expect(history.loss?.[0]).toBeCloseTo(Math.LN2, 0);
    expect(history.loss?.at(-1), `seed ${seed}`).toBeLessThan(0.25);
  });
});
