import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { setSeed } from '../../src/core/random.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { type Tensor, tensor } from '../../src/core/tensor.ts';
import { saveSafetensors } from '../../src/io/safetensors.ts';
import * as layers from '../../src/nn/layers/index.ts';
import { Model } from '../../src/nn/model.ts';
import { resetNames } from '../../src/nn/names.ts';
import { Adam, SGD } from '../../src/nn/optimisers.ts';
import { l2 } from '../../src/nn/regularisers.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { zip } from '../../src/nn/zip.ts';
import * as ops from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

const { Dense } = layers;
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-model-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  resetNames();
  setSeed(7);
});

class AutoEncoder extends Model {
  encoder = new Sequential([new Dense(3, { activation: 'relu' }), new Dense(1)]);
  decoder = new Sequential([new Dense(3, { activation: 'relu' }), new Dense(2)]);
  override call(x: Tensor): Tensor {
    return this.decoder.apply(this.encoder.apply(x));
  }
}

describe('a step of training', () => {
  it('is the step that the tape and the optimizer make by hand', () => {
    const [byModel, byHand] = [new AutoEncoder(), new AutoEncoder()];
    const x = tensor([
      [1, 2],
      [3, -1],
      [0.5, 0.25],
    ]);
    for (const model of [byModel, byHand]) model.apply(x);
    byHand.setWeights(byModel.getWeights());
    byModel.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss: 'mse' });
    const optimizer = new Adam({ learningRate: 0.01 });
    for (let step = 0; step < 3; step++) {
      const logs = byModel.trainOnBatch(x, x);
      const tape = new GradientTape();
      const loss = tape.record(() => ops.meanSquaredError(x, byHand.apply(x)));
      const variables = byHand.trainableVariables;
      optimizer.applyGradients(zip(tape.gradient(loss, variables), variables));
      expect(logs.loss).toBe(loss.item());
    }
    expect(byModel.getWeights().map((w) => w.toArray())).toEqual(
      byHand.getWeights().map((w) => w.toArray()),
    );
  });

  it('adds the penalties to the loss, and to its gradient', () => {
    const model = new Sequential([
      new Dense(1, { kernelInitializer: 'ones', useBias: false, kernelRegularizer: l2(0.5) }),
    ]);
    model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: 'mse' });
    expect(model.trainOnBatch([[2]], [[2]])).toEqual({ loss: 0.5 });
    expect(model.getWeights()[0]?.item()).toBeCloseTo(0.9);
  });

  it('trains on what layers add alone, if compiled without a loss', () => {
    class Shrinks extends Model {
      dense = new Dense(1, { kernelInitializer: 'ones', useBias: false });
      override call(x: Tensor): Tensor {
        const y = this.dense.apply(x);
        this.addLoss(ops.sum(ops.square(y)));
        return y;
      }
    }
    const model = new Shrinks().compile({ optimizer: new SGD({ learningRate: 0.25 }) });
    expect(model.trainOnBatch([[1]])).toEqual({ loss: 1 });
    expect(model.dense.kernel.item()).toBeCloseTo(0.5);
  });

  it('leaves frozen weights alone', () => {
    const model = new AutoEncoder().compile({ optimizer: 'sgd', loss: 'mse' });
    model.apply([[1, 2]]);
    model.encoder.trainable = false;
    const [code, picture] = [model.encoder, model.decoder].map((m) =>
      m.getWeights().map((w) => w.toArray()),
    );
    model.trainOnBatch([[1, 2]], [[1, 2]]);
    expect(model.encoder.getWeights().map((w) => w.toArray())).toEqual(code);
    expect(model.decoder.getWeights().map((w) => w.toArray())).not.toEqual(picture);
  });

  it('says once which weights the loss does not depend on, and trains the others', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    class Half extends Model {
      used = new Dense(1, { name: 'used' });
      idle = new Dense(1, { name: 'idle' });
      override call(x: Tensor): Tensor {
        this.idle.apply(x);
        return this.used.apply(x);
      }
    }
    const model = new Half({ name: 'half' }).compile({ optimizer: 'sgd', loss: 'mse' });
    model.trainOnBatch([[1]], [[5]]);
    model.trainOnBatch([[1]], [[5]]);
    expect(warn.mock.calls).toEqual([
      [
        'half: the loss does not depend on idle/kernel [1,1], idle/bias [1], which therefore stay as they are',
      ],
    ]);
    warn.mockRestore();
  });
});

describe('weights', () => {
  it('are copied out and in', () => {
    const model = new AutoEncoder();
    model.apply([[1, 2]]);
    const weights = model.getWeights();
    const y = model.apply([[1, 2]]).toArray();
    model.setWeights(weights.map((w) => ops.zerosLike(w)));
    expect(model.apply([[1, 2]]).toArray()).toEqual([[0, 0]]);
    model.setWeights(weights);
    expect(model.apply([[1, 2]]).toArray()).toEqual(y);
    expect(thrown(() => model.setWeights([]))).toBe(
      'ShapeError: setWeights: 0 came in for the 8 weights of auto_encoder; want one each',
    );
  });

  it('go to a file and come back in another model of the same form, whatever its layers are called', () => {
    const path = join(folder, 'ae.safetensors');
    const [model, other] = [new AutoEncoder(), new AutoEncoder()];
    const y = model.apply([[1, 2]]).toArray();
    model.saveWeights(path);
    other.apply([[0, 0]]);
    other.loadWeights(path);
    expect(other.apply([[1, 2]]).toArray()).toEqual(y);
  });

  it('are not read from what another model wrote, and then none is changed', () => {
    const path = join(folder, 'other.safetensors');
    const model = new AutoEncoder();
    model.apply([[1, 2]]);
    const before = model.getWeights().map((w) => w.toArray());
    const refuses = (tensors: Record<string, Tensor>, sentence: string) => {
      saveSafetensors(path, tensors);
      expect(thrown(() => model.loadWeights(path))).toBe(
        `DataError: ${path}: ${sentence}; want the weights of auto_encoder`,
      );
      expect(model.getWeights().map((w) => w.toArray())).toEqual(before);
    };
    refuses({}, 'it has no encoder.0.kernel');
    const whole = Object.fromEntries(
      [...model.weightsByPath()].map(([name, w]) => [name, ops.zerosLike(w)]),
    );
    refuses(
      { ...whole, 'decoder.1.bias': ops.zeros([3]) },
      'decoder.1.bias is float32 [3] where the model has float32 [2]',
    );
    refuses({ ...whole, more: ops.zeros([3]) }, 'it has more, which the model has not');
  });

  it('are refused before there are any', () => {
    expect(thrown(() => new AutoEncoder().saveWeights(join(folder, 'none')))).toBe(
      'OptionError: saveWeights: auto_encoder has no weights yet; want it called on a batch first, which shows their shapes',
    );
  });

  it('are made for a shape, or by the shape that the first layer names', () => {
    expect(new AutoEncoder().buildFor([null, 2]).countParams()).toBe(6 + 3 + 3 + 1 + 3 + 3 + 6 + 2);
    expect(new Sequential([new Dense(2, { inputShape: [4] })]).countParams()).toBe(10);
  });

  it('are made as layers are added, if the first one names the shape', () => {
    const model = new Sequential().add(new Dense(2, { inputShape: [4] }));
    expect(model.countParams()).toBe(10);
    expect(model.add(new Dense(1)).countParams()).toBe(13);
  });

  it('are found once in layers and objects that hold what holds them', async () => {
    const configuration: { self?: object } = {};
    configuration.self = configuration;
    class Part extends Model {
      configuration = configuration;
      dense = new Dense(1);
      whole: Model;
      constructor(whole: Model) {
        super({ name: 'part' });
        this.whole = whole;
      }
      override call(x: Tensor): Tensor {
        return this.dense.apply(x);
      }
    }
    class Whole extends Model {
      part: Part = new Part(this);
      override call(x: Tensor): Tensor {
        return this.part.apply(x);
      }
    }
    const whole = new Whole().compile({ optimizer: 'sgd', loss: 'mse' });
    await whole.fit([[1, 2]], [[3]], { verbose: 0 });
    expect([...whole.weightsByPath().keys()]).toEqual(['part.dense.kernel', 'part.dense.bias']);
    expect(whole.trainableWeights).toEqual(whole.weights);
    expect(whole.summary({ expandNested: true }).match(/part|dense/g)).toEqual(['part', 'dense']);
  });
});

describe('summary', () => {
  it('is the table that Keras draws, with the shapes of subclassed models', () => {
    const model = new AutoEncoder();
    model.apply(ops.zeros([5, 2]));
    model.encoder.trainable = false;
    expect(
      model
        .summary()
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual([
      'Model: "auto_encoder"',
      '_________________________________________________________________',
      ' Layer (type)                Output Shape              Param #',
      '=================================================================',
      ' sequential (Sequential)     (None, 1)                 13',
      '',
      ' sequential_1 (Sequential)   (None, 2)                 14',
      '',
      '=================================================================',
      'Total params: 27',
      'Trainable params: 14',
      'Non-trainable params: 13',
      '_________________________________________________________________',
    ]);
  });

  it('shows images, layers within, long names, layers never called, and outputs of several tensors', () => {
    class Net extends Model {
      part = new Sequential([
        new layers.Conv2D(4, 5),
        new layers.BatchNormalization({ name: 'a_name_that_is_longer_than_its_column' }),
      ]);
      idle = new Dense(3);
      twice = new layers.Flatten();
      override call(x: Tensor): [Tensor, Tensor] {
        this.twice.apply(x);
        const y = this.part.apply(x);
        return [y, this.twice.apply(y)];
      }
    }
    const model = new Net();
    model.apply(ops.zeros([2, 28, 28, 1]));
    const rows = model
      .summary({ expandNested: true })
      .split('\n')
      .filter((row) => /^ \S/.test(row));
    expect(rows.map((row) => row.trim().split(/ {2,}/))).toEqual([
      ['Layer (type)', 'Output Shape', 'Param #'],
      ['sequential (Sequential)', '(None, 24, 24, 4)', '120'],
      ['| conv2d (Conv2D)', '(None, 24, 24, 4)', '104'],
      ['| a_name_that_is_longer_than_its_column (BatchNormalization)', '(None, 24, 24, 4)', '16'],
      ['dense (Dense)', '?', '0 (unused)'],
      ['flatten (Flatten)', 'multiple', '0'],
    ]);
    expect(model.outputShape).toBe('[(None, 24, 24, 4), (None, 2304)]');
    expect(
      new Set(
        model
          .summary()
          .split('\n')
          .map((line) => line.length)
          .slice(1, 4),
      ).size,
    ).toBe(1);
  });

  it('needs shapes', () => {
    expect(thrown(() => new AutoEncoder().summary())).toBe(
      'OptionError: summary: auto_encoder has no shapes yet; want it called on a batch first, or buildFor([null, …])',
    );
  });
});

describe('a model refuses', () => {
  it('to train before it is compiled, or without a truth', () => {
    const model = new AutoEncoder();
    expect(thrown(() => model.trainOnBatch([[1, 2]], [[1, 2]]))).toBe(
      'OptionError: fit: auto_encoder is not compiled; want compile({ optimizer, loss }) first',
    );
    expect(thrown(() => model.testOnBatch([[1, 2]], [[1, 2]]))).toBe(
      'OptionError: evaluate: auto_encoder is not compiled; want compile({ optimizer, loss }) first',
    );
    model.compile({ loss: 'mse' });
    expect(thrown(() => model.trainOnBatch([[1, 2]]))).toBe(
      'OptionError: auto_encoder: no truth came in for the loss to compare with; want y, or batches [x, y]',
    );
    model.compile({ optimizer: 'sgd' });
    expect(thrown(() => model.trainOnBatch([[1, 2]], [[1, 2]]))).toBe(
      'OptionError: auto_encoder: it was compiled without a loss; want compile({ loss }), or addLoss in call',
    );
  });

  it('names it does not know', () => {
    expect(thrown(() => new AutoEncoder().compile({ optimizer: 'adma', loss: 'mse' }))).toBe(
      'OptionError: compile: no optimizer "adma"; did you mean adam?',
    );
  });

  it('to be called when it does not say what it computes', () => {
    expect(thrown(() => new Model({ name: 'empty' }).apply([1]))).toBe(
      'OptionError: empty: it does not say what it computes; want a method call(x) in its class',
    );
    expect(thrown(() => new Sequential([3 as never]))).toBe(
      'OptionError: sequential: layer 0 is 3; want a layer, as in new Dense(1)',
    );
  });
});
