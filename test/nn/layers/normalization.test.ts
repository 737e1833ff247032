import { describe, expect, it } from 'vitest';
import { tensor } from '../../../src/core/tensor.ts';
import { BatchNormalization, LayerNormalization } from '../../../src/nn/layers/index.ts';
import { zeros } from '../../../src/ops/index.ts';
import { thrown } from '../../thrown.ts';

const close = (found: unknown, wanted: number[]) => {
  const numbers = [found].flat(Infinity) as number[];
  expect(numbers.length).toBe(wanted.length);
  numbers.forEach((n, i) => {
    expect(n).toBeCloseTo(wanted[i] as number, 5);
  });
};

describe('BatchNormalization', () => {
  it('normalises by the batch while training, and moves its averages a hundredth of the way', () => {
    const layer = new BatchNormalization();
    const y = layer.apply(
      [
        [1, 10],
        [3, 10],
      ],
      { training: true },
    );
    const one = 1 / Math.sqrt(1 + 1e-3); // mean 2, variance 1
    close(y.toArray(), [-one, 0, one, 0]);
    close(layer.movingMean.toArray(), [0.02, 0.1]);
    close(layer.movingVariance.toArray(), [0.99 + 0.01, 0.99]);
  });

  it('normalises by its averages otherwise, and leaves them alone', () => {
    const layer = new BatchNormalization({ epsilon: 0 });
    layer.apply([[0]]);
    layer.movingMean.assign([4]);
    layer.movingVariance.assign([9]);
    layer.gamma?.assign([2]);
    layer.beta?.assign([1]);
    close(layer.apply([[10], [1]]).toArray(), [5, -1]);
    close(layer.movingMean.toArray(), [4]);
  });

  it("takes the variance of images times n/(n − 1), as TensorFlow's fused kernel does, and of rows as it is", () => {
    const images = new BatchNormalization({ momentum: 0 });
    images.apply(tensor([1, 3, 5, 7], [1, 2, 2, 1]), { training: true });
    close(images.movingVariance.toArray(), [(5 * 4) / 3]);
    const videos = new BatchNormalization({ momentum: 0 });
    videos.apply(tensor([1, 3, 5, 7], [1, 2, 2, 1, 1]), { training: true });
    close(videos.movingVariance.toArray(), [(5 * 4) / 3]);
    const rows = new BatchNormalization({ momentum: 0 });
    rows.apply([[1], [3], [5], [7]], { training: true });
    close(rows.movingVariance.toArray(), [5]);
  });

  it('is at rest when frozen, even while training', () => {
    const layer = new BatchNormalization();
    layer.trainable = false;
    close(
      layer.apply([[3], [5]], { training: true }).toArray(),
      [3, 5].map((x) => x / Math.sqrt(1.001)),
    );
    close(layer.movingMean.toArray(), [0]);
    expect(layer.trainableWeights).toEqual([]);
  });

  it('has gamma and beta to train and two averages that are not trained', () => {
    const layer = new BatchNormalization({ name: 'bn' });
    layer.apply(zeros([2, 3]));
    expect(layer.trainableWeights.map((w) => w.name)).toEqual(['bn/gamma', 'bn/beta']);
    expect(layer.nonTrainableWeights.map((w) => w.name)).toEqual([
      'bn/moving_mean',
      'bn/moving_variance',
    ]);
    const bare = new BatchNormalization({ center: false, scale: false });
    bare.apply(zeros([2, 3]));
    expect([bare.trainableWeights.length, bare.weights.length]).toEqual([0, 2]);
  });

  it('works along another axis', () => {
    const layer = new BatchNormalization({ axis: 1, epsilon: 0 });
    const y = layer.apply(
      [
        [
          [1, 3],
          [0, 4],
        ],
      ],
      { training: true },
    );
    close(y.toArray(), [-1, 1, -1, 1]);
    expect(layer.movingMean.shape).toEqual([2]);
  });

  it('refuses other features than those of its first call', () => {
    const layer = new BatchNormalization({ name: 'bn' });
    layer.apply(zeros([2, 3]));
    expect(thrown(() => layer.apply(zeros([2, 4])))).toBe(
      'ShapeError: bn: x is [2,4]; want 3 features along axis 1, as in its first call',
    );
  });
});

describe('LayerNormalization', () => {
  it('normalises each sample by itself, training or not', () => {
    const layer = new LayerNormalization({ epsilon: 0 });
    close(
      layer
        .apply([
          [1, 3],
          [10, 30],
        ])
        .toArray(),
      [-1, 1, -1, 1],
    );
    close(layer.apply([[5, 1]], { training: true }).toArray(), [1, -1]);
  });

  it('takes an epsilon of 1e-3 unless told', () => {
    const one = 1 / Math.sqrt(1.001);
    close(new LayerNormalization().apply([[1, 3]]).toArray(), [-one, one]);
  });

  it('has a scale and a mean for each place of the axes it is told', () => {
    const layer = new LayerNormalization({ axis: [1, 2] });
    layer.apply(zeros([2, 3, 4]));
    expect(layer.weights.map((w) => w.shape)).toEqual([
      [3, 4],
      [3, 4],
    ]);
  });
});
