import { beforeEach, describe, expect, it } from 'vitest';
import { setSeed } from '../../src/core/random.ts';
import { type Tensor, tensor, Variable } from '../../src/core/tensor.ts';
import { type CallOptions, Layer } from '../../src/nn/layer.ts';
import {
  BatchNormalization,
  Conv2DTranspose,
  Dense,
  Dropout,
  MaxPooling2D,
} from '../../src/nn/layers/index.ts';
import { Model } from '../../src/nn/model.ts';
import { resetNames } from '../../src/nn/names.ts';
import { l1, l2 } from '../../src/nn/regularisers.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { add, mul, sum, zeros } from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

beforeEach(resetNames);

/** Says whether it was called to train. */
class Told extends Layer {
  told: boolean | undefined = undefined;
  call(x: Tensor, { training }: CallOptions): Tensor {
    this.told = training;
    return x;
  }
}

class Nested extends Model {
  first = new Dense(2);
  blocks = [new Dense(3), new Sequential([new Dense(4), new BatchNormalization()])];
  heads = { mean: new Dense(1), spread: new Dense(1) };
  scale = new Variable(2, { name: 'scale' });
  shared = this.first;
  samples = [1, 2, 3];

  override call(x: Tensor): [Tensor, Tensor] {
    let y = this.first.apply(x);
    for (const block of this.blocks) y = block.apply(y) as Tensor;
    return [this.heads.mean.apply(y), mul(this.heads.spread.apply(y), this.scale)];
  }
}

describe('names', () => {
  it("are counted by kind, in Keras's spelling", () => {
    const layers = [
      new Dense(1),
      new Dense(1),
      new MaxPooling2D(),
      new Conv2DTranspose(1, 1),
      new Dense(1),
    ];
    expect(layers.map((layer) => layer.name)).toEqual([
      'dense',
      'dense_1',
      'max_pooling2d',
      'conv2d_transpose',
      'dense_2',
    ]);
    class VAE extends Model {}
    class AutoEncoder extends Model {}
    expect([new VAE().name, new AutoEncoder().name, new Sequential().name]).toEqual([
      'vae',
      'auto_encoder',
      'sequential',
    ]);
    expect(new Dense(1, { name: 'code' }).name).toBe('code');
  });
});

describe('a layer that holds others', () => {
  it('finds them in fields, lists and objects, in the order of their definition, each once', () => {
    const model = new Nested();
    expect(model.layers.map((layer) => layer.name)).toEqual([
      'dense',
      'dense_1',
      'sequential',
      'dense_3',
      'dense_4',
    ]);
    expect(model.allLayers().length).toBe(8);
  });

  it('has their weights, and its own, by paths that do not depend on names', () => {
    const model = new Nested();
    model.apply(zeros([2, 5]));
    expect([...model.weightsByPath().keys()]).toEqual([
      'first.kernel',
      'first.bias',
      'blocks.0.kernel',
      'blocks.0.bias',
      'blocks.1.0.kernel',
      'blocks.1.0.bias',
      'blocks.1.1.gamma',
      'blocks.1.1.beta',
      'blocks.1.1.moving_mean',
      'blocks.1.1.moving_variance',
      'heads.mean.kernel',
      'heads.mean.bias',
      'heads.spread.kernel',
      'heads.spread.bias',
      'scale',
    ]);
    expect(model.weights.length).toBe(15);
    expect(model.trainableVariables.length).toBe(13);
    expect(model.nonTrainableWeights.map((w) => w.name)).toEqual([
      'batch_normalization/moving_mean',
      'batch_normalization/moving_variance',
    ]);
  });

  it('freezes and thaws what is within', () => {
    const model = new Nested();
    model.apply(zeros([2, 5]));
    model.heads.mean.trainable = false;
    expect(model.trainableWeights.length).toBe(11);
    model.trainable = false;
    expect([model.trainableWeights.length, model.nonTrainableWeights.length]).toEqual([0, 15]);
    model.trainable = true;
    expect(model.trainableWeights.length).toBe(13);
  });

  it('says that it has no weights before it was called', () => {
    expect(thrown(() => new Nested().first.weights)).toBe(
      'OptionError: dense: it has no weights yet; want it called on a batch first, which shows their shapes',
    );
    expect(thrown(() => new Sequential([new Dense(1)], { name: 'net' }).trainableVariables)).toBe(
      'OptionError: net: it has no weights yet; want it called on a batch first, which shows their shapes',
    );
  });
});

describe('the training flag', () => {
  it('is false unless told, and passes to the layers within', () => {
    const [outer, inner] = [new Told(), new Told()];
    const model = new Sequential([outer, new Sequential([inner])]);
    model.apply(tensor([[1]]));
    expect([outer.told, inner.told]).toEqual([false, false]);
    model.apply(tensor([[1]]), { training: true });
    expect([outer.told, inner.told]).toEqual([true, true]);
    inner.apply(tensor([[1]]));
    expect(inner.told).toBe(false);
  });

  it('may be set for one layer within, and is as before for the next', () => {
    class Half extends Model {
      a = new Told();
      b = new Told();
      override call(x: Tensor): Tensor {
        return this.b.apply(this.a.apply(x, { training: false }));
      }
    }
    const model = new Half();
    model.apply(tensor([[1]]), { training: true });
    expect([model.a.told, model.b.told]).toEqual([false, true]);
  });

  it('is forgotten when a call throws', () => {
    class Fails extends Layer {
      call(): Tensor {
        throw new Error('no');
      }
    }
    const told = new Told();
    expect(() => new Fails().apply(tensor([1]), { training: true })).toThrow('no');
    told.apply(tensor([1]));
    expect(told.told).toBe(false);
  });
});

describe('losses', () => {
  it('are the penalties on kernels and biases', () => {
    const layer = new Dense(2, {
      kernelInitializer: () => tensor([[1, -2]]),
      biasInitializer: 'ones',
      kernelRegularizer: l1(0.1),
      biasRegularizer: 'l2',
    });
    layer.apply([[1]]);
    expect(layer.losses.map((t) => t.item())).toEqual([0.3, 0.02].map(Math.fround));
  });

  it('are those of activations, divided by the number of samples, of the latest call alone', () => {
    const model = new Sequential([
      new Dense(1, { kernelInitializer: 'ones', activityRegularizer: l2(1) }),
    ]);
    model.apply([[1], [3]]);
    model.apply([[1], [3]]);
    expect(model.losses.map((t) => t.item())).toEqual([5]);
  });

  it('are what a call adds', () => {
    class Adds extends Layer {
      call(x: Tensor): Tensor {
        this.addLoss(sum(x));
        return add(x, 1);
      }
    }
    const model = new Sequential([new Adds(), new Adds()]);
    model.apply([[1, 2]]);
    expect(model.losses.map((t) => t.item())).toEqual([3, 5]);
    expect(thrown(() => new Adds({ name: 'a' }).addLoss(tensor(1)))).toBe(
      'OptionError: addLoss: a is not being called; want it used within call',
    );
  });
});

describe("a layer of one's own", () => {
  it('makes its weights at the first call, in its own type', () => {
    class Scale extends Layer {
      factor!: Variable;
      override build(shape: readonly number[]): void {
        this.factor = this.addWeight('factor', [shape.at(-1) as number], { initializer: 'ones' });
      }
      call(x: Tensor): Tensor {
        return mul(x, this.factor);
      }
    }
    const layer = new Scale({ dtype: 'float64' });
    const x = tensor([[1, 2]], undefined, 'float64');
    expect(layer.apply(x).toArray()).toEqual([[1, 2]]);
    expect(layer.weights.map((w) => [w.name, w.dtype, w.shape])).toEqual([
      ['scale/factor', 'float64', [2]],
    ]);
    expect(layer.countParams()).toBe(2);
  });

  it('draws first weights from the seed, in the order of the calls', () => {
    const weights = () => {
      setSeed(4);
      const model = new Sequential([new Dense(3), new Dropout(0.5), new Dense(2)]);
      model.apply([[1, 2]]);
      return model.getWeights().map((w) => w.toArray());
    };
    expect(weights()).toEqual(weights());
  });
});

describe('layers within', () => {
  it('give their penalties to whoever asks, also when only they were called', () => {
    class Halves extends Model {
      encoder = new Dense(2, { activityRegularizer: 'l2' });
      decoder = new Dense(3);
      override call(x: Tensor): Tensor {
        return this.decoder.apply(this.encoder.apply(x));
      }
    }
    const model = new Halves();
    model.apply(tensor([[1, 2, 3]]));
    model.encoder.apply(tensor([[10, 20, 30]]));
    expect(model.losses.map((loss) => loss.item())).toEqual(
      model.encoder.losses.map((loss) => loss.item()),
    );
  });

  it('are refused where the model cannot find them', () => {
    class Hidden extends Model {
      shown = new Dense(2, { name: 'shown' });
      #hidden = new Dense(2, { name: 'hidden' });
      override call(x: Tensor): Tensor {
        return this.#hidden.apply(this.shown.apply(x));
      }
    }
    expect(thrown(() => new Hidden({ name: 'net' }).apply(tensor([[1]])))).toBe(
      'OptionError: net: it calls hidden and does not hold it; want layers in fields, lists or plain objects, not in #private fields or a Map, where their weights cannot be found',
    );
  });
});
