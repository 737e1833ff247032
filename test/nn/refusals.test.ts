/** Every option and argument that a user can get wrong in layers, models and fit, refused in a sentence quoted whole. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type Tensor, tensor } from '../../src/core/tensor.ts';
import { Dataset } from '../../src/data/dataset.ts';
import * as callbacks from '../../src/nn/callbacks/index.ts';
import type { Means } from '../../src/nn/fit.ts';
import type { FitOptions } from '../../src/nn/fit-data.ts';
import { Layer } from '../../src/nn/layer.ts';
import * as layers from '../../src/nn/layers/index.ts';
import { Model } from '../../src/nn/model.ts';
import { resetNames } from '../../src/nn/names.ts';
import { Adam } from '../../src/nn/optimisers.ts';
import { l1, l1l2 } from '../../src/nn/regularisers.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { ones, zeros } from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

beforeEach(resetNames);
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-refusals-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a caller without types might hand over. */
const loose = { ...layers, ...callbacks } as unknown as Record<
  string,
  new (
    ...args: unknown[]
  ) => unknown
>;
const make = (name: string, ...args: unknown[]) => {
  const Kind = loose[name];
  return Kind && new Kind(...args);
};
const refusal = (run: () => Promise<unknown>) => run().then(() => 'nothing was refused', String);

describe('a layer refuses an option it does not have', () => {
  const arguments_: Record<string, unknown[]> = {
    Activation: ['relu'],
    AveragePooling2D: [2],
    BatchNormalization: [],
    Conv2D: [1, 3],
    Conv2DTranspose: [1, 3],
    Dense: [1],
    DepthwiseConv2D: [3],
    Dropout: [0.5],
    Embedding: [3, 2],
    Flatten: [],
    GaussianNoise: [0.1],
    LayerNormalization: [],
    MaxPooling2D: [2],
    Reshape: [[2]],
    UpSampling2D: [2],
  };

  it('in every kind', () => {
    const kinds = Object.entries(layers).filter(([, kind]) => typeof kind === 'function');
    expect(kinds.map(([name]) => name).toSorted()).toEqual(Object.keys(arguments_).toSorted());
  });

  it.each(Object.entries(arguments_))('%s', (kind, given) => {
    expect(thrown(() => make(kind, ...given, { dtyp: 'float32' }))).toBe(
      `OptionError: ${kind}: no option dtyp; did you mean dtype?`,
    );
    expect(thrown(() => make(kind, ...given, { zzzzz: 1 }))).toMatch(
      new RegExp(`^OptionError: ${kind}: no option zzzzz; want .*name, trainable, dtype`),
    );
    expect(thrown(() => make(kind, ...given, { trainable: 'no' }))).toBe(
      `OptionError: ${kind}: trainable is "no"; want true or false`,
    );
    expect(thrown(() => make(kind, ...given, { dtype: undefined }))).toBe('nothing was thrown');
  });

  it('of a class of the user, too, which may state options of its own', () => {
    class Scale extends Layer {
      call(x: Tensor): Tensor {
        return x;
      }
    }
    class Named extends Scale {
      static override readonly options = {
        ...Layer.options,
        factor: { words: 'a factor', fits: (value: unknown) => value === 2 },
      };
    }
    expect(thrown(() => new Scale({ factor: 2 } as object))).toMatch(
      /^OptionError: Scale: no option factor; want name/,
    );
    expect(thrown(() => new Named({ factor: 2 } as object))).toBe('nothing was thrown');
    expect(thrown(() => new Named({ factor: 3 } as object))).toBe(
      'OptionError: Named: factor is 3; want a factor',
    );
  });
});

describe('a layer', () => {
  it.each<[string, () => unknown, string]>([
    [
      "Python's names",
      () => make('Dense', 3, { use_bias: false }),
      'Dense: no option use_bias; did you mean useBias?',
    ],
    [
      'stride',
      () => make('Conv2D', 4, 3, { stride: 2 }),
      'Conv2D: no option stride; did you mean strides?',
    ],
    [
      'an activation in place of options',
      () => make('Dense', 3, 'relu'),
      'Dense: options are "relu"; want an object with activation, useBias, kernelInitializer, biasInitializer, kernelRegularizer, biasRegularizer, name, trainable, dtype, activityRegularizer, inputShape',
    ],
    [
      'options in place of units',
      () => make('Dense', { units: 3 }),
      'Dense: units is {"units":3}; want a whole number of at least 1',
    ],
    ['useBias', () => make('Dense', 3, { useBias: 0 }), 'Dense: useBias is 0; want true or false'],
    [
      'no kernel size',
      () => make('Conv2D', 4),
      'Conv2D: kernelSize is undefined; want a whole number of at least 1, or [height, width]',
    ],
    [
      'options in place of a kernel size',
      () => make('Conv2D', 4, { kernelSize: 3 }),
      'Conv2D: kernelSize is {"kernelSize":3}; want a whole number of at least 1, or [height, width]',
    ],
    [
      'padding that is no text',
      () => make('Conv2D', 4, 3, { padding: 1 }),
      "Conv2D: padding is 1; want 'valid' or 'same'",
    ],
    [
      'strides in place of options',
      () => make('MaxPooling2D', 2, 2),
      "MaxPooling2D: after poolSize came 2; want an object, as in new MaxPooling2D(2, { name: 'half' })",
    ],
    [
      'two objects of options',
      () => make('UpSampling2D', { size: 2 }, { interpolation: 'bilinear' }),
      'UpSampling2D: options came in twice; want them in one object',
    ],
    [
      'a padding within none',
      () => make('Conv2DTranspose', 1, 3, { strides: 2, outputPadding: 2 }),
      'Conv2DTranspose: outputPadding is 2 and strides are [2,2]; want less than the strides',
    ],
    [
      'a padding below 0',
      () => make('Conv2DTranspose', 1, 3, { outputPadding: [0, -1] }),
      'Conv2DTranspose: outputPadding is [0,-1]; want a whole number of at least 0, or [height, width]',
    ],
    [
      'an axis that is none',
      () => make('BatchNormalization', { axis: '3' }),
      'BatchNormalization: axis is "3"; want a whole number',
    ],
    [
      'a momentum above 1',
      () => make('BatchNormalization', { momentum: 99 }),
      'BatchNormalization: momentum is 99; want a number from 0 to 1',
    ],
    [
      'a depth of nothing',
      () => make('DepthwiseConv2D', 3, { depthMultiplier: 0 }),
      'DepthwiseConv2D: depthMultiplier is 0; want a whole number of at least 1',
    ],
    [
      'a type that is none',
      () => make('Dense', 3, { dtype: 'float16' }),
      "Dense: dtype is \"float16\"; want 'float32' or 'float64'",
    ],
    [
      'an initializer that is none',
      () => (make('Dense', 3, { kernelInitializer: 0 }) as layers.Dense).apply(zeros([1, 1])),
      "dense: initializer is 0; want a function, or a name such as 'identity'",
    ],
    [
      'an activation that is none',
      () => make('Dense', 3, { activation: 3 }),
      "Dense: activation is 3; want a function, or a name such as 'hardSigmoid'",
    ],
    [
      'a shape that is a number',
      () => make('Dense', 3, { inputShape: 4 }),
      'Dense: inputShape is 4; want a list',
    ],
    ['a misspelt l2', () => l1l2({ L2: 1 } as object), 'l1l2: no option L2; did you mean l2?'],
    ['a factor that is none', () => l1('0.1' as never), 'l1: the factor is "0.1"; want a number'],
    [
      'what apply is told',
      () => new layers.Dense(1, { name: 'd' }).apply([[1]], { train: true } as object),
      'd: no option train; want training',
    ],
    [
      'nothing to apply',
      () => new layers.Dense(1, { name: 'd' }).apply(undefined as never),
      'd: the input is undefined; want a tensor, or a list or an object of them',
    ],
  ])('refuses %s', (_, run, message) => {
    expect(thrown(run)).toBe(`OptionError: ${message}`);
  });
});

describe('a callback', () => {
  it.each([
    ['BackupAndRestore', [3], 'the folder is 3; want a text that is not empty'],
    ['CSVLogger', ['log', { seperator: ';' }], 'no option seperator; did you mean separator?'],
    ['CSVLogger', [], 'the path is undefined; want a text that is not empty'],
    ['EarlyStopping', [{ patince: 3 }], 'no option patince; did you mean patience?'],
    ['EarlyStopping', [{ patience: '3' }], 'patience is "3"; want a whole number of at least 0'],
    ['EarlyStopping', [{ restoreBestWeights: 1 }], 'restoreBestWeights is 1; want true or false'],
    [
      'LearningRateScheduler',
      [0.1],
      '0.1 came in; want a function, as in (epoch, learningRate) => learningRate / 2',
    ],
    [
      'ModelCheckpoint',
      ['w', { save_best_only: true }],
      'no option save_best_only; did you mean saveBestOnly?',
    ],
    ['ModelCheckpoint', [{ path: 'w' }], 'the path is {"path":"w"}; want a text that is not empty'],
    ['ProgressLines', [{ verbose: 0 }], 'verbose is 0; want 1 or 2'],
    ['ReduceLROnPlateau', [{ minLR: 0 }], 'no option minLR; did you mean minLr?'],
    [
      'TensorBoard',
      ['logs'],
      'options are "logs"; want an object with logDir, histogramFreq, writeGraph, writeImages, updateFreq',
    ],
    [
      'TensorBoard',
      [{ updateFreq: 'step' }],
      "updateFreq is \"step\"; want 'epoch', 'batch' or a number of batches",
    ],
  ])('refuses what %s does not take: %j', (kind, given, message) => {
    expect(thrown(() => make(kind, ...given))).toBe(`OptionError: ${kind}: ${message}`);
  });
});

describe('compile refuses', () => {
  it.each<[string, unknown, string]>([
    ['a misspelt name', { optimiser: 'adam' }, 'no option optimiser; did you mean optimizer?'],
    [
      'a name alone',
      'adam',
      'options are "adam"; want an object with optimizer, loss, metrics, runEagerly',
    ],
    [
      'a class for an optimizer',
      { optimizer: Adam },
      "optimizer is the class Adam; want an optimizer, as new Adam() makes one, or a name such as 'adam'",
    ],
    [
      'a loss that is none',
      { loss: 3 },
      "loss is 3; want a function of the truth and the prediction, or a name such as 'mse'",
    ],
    [
      'a class for a loss',
      { loss: Adam },
      "loss is the class Adam; want a function of the truth and the prediction, or a name such as 'mse'",
    ],
    ['a metric without a list', { metrics: 'mae' }, 'metrics is "mae"; want a list'],
    [
      'a metric that is none',
      { metrics: [3] },
      "a metric is 3; want a name such as 'mae', a function, or { name, ofBatch }",
    ],
  ])('%s', (_, options, message) => {
    expect(thrown(() => new Sequential([]).compile(options as object))).toBe(
      `OptionError: compile: ${message}`,
    );
  });
});

describe('fit, evaluate and predict refuse', () => {
  const model = () =>
    new Sequential([new layers.Dense(1, { name: 'd' })], { name: 'm' }).compile({ loss: 'mse' });
  const x = ones([4, 2]);
  const y = ones([4, 1]);
  const train = (options: unknown) => model().fit(x, y, options as FitOptions);

  it.each<[string, unknown, string]>([
    ["Python's names", { batch_size: 2 }, 'no option batch_size; did you mean batchSize?'],
    ['misspelt names', { epoch: 2 }, 'no option epoch; did you mean epochs?'],
    [
      'a number for options',
      5,
      'options are 5; want an object with epochs, batchSize, validationSplit, validationData, validationBatchSize, validationSteps, shuffle, callbacks, initialEpoch, stepsPerEpoch, verbose',
    ],
    ["verbose 'auto'", { verbose: 'auto' }, 'verbose is "auto"; want 0, 1 or 2'],
    [
      'a share in a text',
      { validationSplit: '0.2' },
      'validationSplit is "0.2"; want a number of at least 0 and below 1',
    ],
    ['a number in a text', { epochs: '3' }, 'epochs is "3"; want a whole number of at least 1'],
    ['shuffle', { shuffle: 'batch' }, 'shuffle is "batch"; want true or false'],
    [
      'one callback without a list',
      { callbacks: new callbacks.TerminateOnNaN() },
      'callbacks is a TerminateOnNaN; want a list',
    ],
    [
      'a function for a callback',
      { callbacks: [() => {}] },
      'callback 0 is a function; want a callback, or an object of functions such as onEpochEnd',
    ],
    [
      'a class for a callback',
      { callbacks: [callbacks.EarlyStopping] },
      'callback 0 is the class EarlyStopping; want a callback, or an object of functions such as onEpochEnd',
    ],
    [
      "Python's name of a hook",
      { callbacks: [{ on_epoch_end() {} }] },
      'callback 0 has a function on_epoch_end; did you mean onEpochEnd?',
    ],
    [
      'a hook there is not',
      { callbacks: [{ onEpochEnds() {} }] },
      'callback 0 has a function onEpochEnds; did you mean onEpochEnd?',
    ],
    [
      'a callback that does nothing',
      { callbacks: [{}] },
      'callback 0 has no function that is called; want some of setModel, setRun, resumeAt, onTrainBegin, onTrainEnd, onEpochBegin, onEpochEnd, onTrainBatchBegin, onTrainBatchEnd, onTestBegin, onTestEnd, onTestBatchBegin, onTestBatchEnd, onPredictBegin, onPredictEnd, onPredictBatchBegin, onPredictBatchEnd',
    ],
    [
      'validation data that is no pair',
      { validationData: x },
      'validationData is a Tensor; want [x, y] or a Dataset',
    ],
    [
      'steps of no validation',
      { validationSteps: 2 },
      'validationSteps came in without validation data; want validationData or validationSplit',
    ],
  ])('%s', async (_, options, message) => {
    expect(await refusal(() => train(options))).toBe(`OptionError: fit: ${message}`);
  });

  it('a misspelt hook in a class, which may have functions of its own', async () => {
    class Mine {
      count = 0;
      note() {
        this.count++;
      }
      onEpochEnd() {
        this.note();
      }
    }
    class Wrong extends Mine {
      onTrainbegin() {}
    }
    const mine = new Mine();
    await train({ callbacks: [mine], verbose: 0 });
    expect(mine.count).toBe(1);
    expect(await refusal(() => train({ callbacks: [new Wrong()] }))).toBe(
      'OptionError: fit: callback 0 has a function onTrainbegin; did you mean onTrainBegin?',
    );
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'options in the place of y',
      () => model().fit(x, { verbose: 0 } as never),
      'OptionError: fit: an object with verbose came in for y; want fit(x, y, options), or fit(x, undefined, options) where there is no truth',
    ],
    [
      'callbacks in the place of y',
      () => model().fit(x, { callbacks: [] } as never),
      'OptionError: fit: an object with callbacks came in for y; want fit(x, y, options), or fit(x, undefined, options) where there is no truth',
    ],
    [
      'misspelt options in the place of y',
      () => model().evaluate(x, { batch: 3 } as never),
      'OptionError: evaluate: an object with batch came in for y; want evaluate(x, y, options), or evaluate(x, undefined, options) where there is no truth',
    ],
    [
      'y beside a Dataset',
      () => model().fit(Dataset.fromTensorSlices([x, y]).batch(2), y as never),
      'OptionError: fit: y came in beside a Dataset; want a Dataset of batches [x, y] alone',
    ],
    [
      'the size of batches beside a Dataset',
      () => model().predict(Dataset.fromTensorSlices(x).batch(2), { batchSize: 2 }),
      'OptionError: predict: batchSize came in beside a Dataset; want a Dataset of batches [x, y] alone',
    ],
    [
      'no data',
      () => model().fit(undefined as never, y),
      'ShapeError: fit: x is undefined; want tensors or numbers, or lists or objects of them',
    ],
    [
      'data that is not there yet',
      () => model().predict(Promise.resolve(x) as never),
      'ShapeError: predict: x is a Promise; want tensors or numbers, or lists or objects of them. Is there an await missing?',
    ],
    [
      'a text',
      () => model().fit('mnist' as never, y),
      'ShapeError: fit: x is "mnist"; want tensors or numbers, or lists or objects of them',
    ],
    [
      'truth that is no data',
      () => model().fit(x, 3 as never),
      'ShapeError: fit: y is a single number, []; want a first axis to slice along',
    ],
    [
      'steps that count nothing',
      () => model().evaluate(x, y, { steps: 0 }),
      'OptionError: evaluate: steps is 0; want a whole number of at least 1',
    ],
    [
      'epochs where none are run',
      () => model().predict(x, { epochs: 2 } as object),
      'OptionError: predict: no option epochs; want batchSize, steps, callbacks, verbose',
    ],
    [
      'a model without layers',
      () => new Sequential([], { name: 'm' }).compile({ loss: 'mse' }).fit(x, y, { verbose: 0 }),
      'OptionError: m: it has no layers; want some, as in new Sequential([new Dense(1)])',
    ],
  ])('%s', async (_, run, message) => {
    expect(await refusal(run)).toBe(message);
  });
});

describe('a model refuses', () => {
  const x1 = ones([1, 1]);
  class Halves extends Model {
    encoder = new Sequential([new layers.Dense(1, { name: 'e' }), new layers.Flatten()]);
    decoder = new Sequential([
      new layers.Dense(2, { name: 'd1' }),
      new layers.Dense(2, { name: 'd2' }),
    ]);
    override call(x: Tensor): Tensor {
      return this.decoder.apply(this.encoder.apply(x));
    }
  }
  const path = join(folder, 'w.safetensors');

  it('to save or read the weights of half of it, and names the rest', () => {
    const model = new Halves({ name: 'm' });
    const none = 'm has no weights yet; want it called on a batch first, which shows their shapes';
    expect(thrown(() => model.saveWeights(path))).toBe(`OptionError: saveWeights: ${none}`);
    model.encoder.apply(zeros([1, 2]));
    const half =
      'd1, d2 of m have no weights yet; want every layer called on a batch first, which shows their shapes';
    expect(thrown(() => model.saveWeights(path))).toBe(`OptionError: saveWeights: ${half}`);
    expect(thrown(() => model.loadWeights(path))).toBe(`OptionError: loadWeights: ${half}`);
    model.decoder.apply(zeros([1, 1]));
    expect(thrown(() => model.saveWeights(path))).toBe('nothing was thrown');
    expect(thrown(() => model.loadWeights(path))).toBe('nothing was thrown');
  });

  it('files that are no weights', () => {
    const model = new Halves({ name: 'm' });
    model.apply(zeros([1, 2]));
    const missing = join(folder, 'missing.safetensors');
    expect(thrown(() => model.loadWeights(missing))).toBe(
      `DataError: ${missing}: it cannot be read (ENOENT: no such file or directory)`,
    );
    const inside = join(folder, 'inside');
    mkdirSync(inside);
    expect(thrown(() => model.loadWeights(inside))).toBe(
      `DataError: ${inside}: it cannot be read (EISDIR: illegal operation on a directory)`,
    );
    const other = join(folder, 'other.h5');
    writeFileSync(other, 'these are no safetensors');
    expect(thrown(() => model.loadWeights(other))).toMatch(
      /^DataError: .*other\.h5: byte 0: .*; want /,
    );
    expect(thrown(() => model.saveWeights(undefined as never))).toBe(
      'OptionError: saveWeights: the path is undefined; want a text that is not empty',
    );
  });

  it('what is no layer', () => {
    expect(thrown(() => new Sequential(new layers.Dense(1) as never, { name: 's' }))).toBe(
      'OptionError: s: layers is a Dense; want a list, as in new Sequential([new Dense(1)])',
    );
    expect(thrown(() => new Sequential([layers.Dense as never], { name: 's' }))).toBe(
      'OptionError: s: layer 0 is the class Dense; want a layer, as in new Dense(1)',
    );
    expect(thrown(() => new Sequential([], { nme: 's' } as object))).toBe(
      'OptionError: Sequential: no option nme; did you mean name?',
    );
  });

  it('weights and shapes that are no lists', () => {
    const model = new Sequential([new layers.Dense(1)]);
    expect(thrown(() => model.buildFor(4 as never))).toBe(
      'OptionError: buildFor: the shape is 4; want a list, as in buildFor([null, 28, 28, 1])',
    );
    model.buildFor([null, 2]);
    expect(thrown(() => model.setWeights(undefined as never))).toBe(
      'OptionError: setWeights: the list of values is undefined; want a list of tensors, as getWeights makes it',
    );
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'undefined'],
    ['a number', 3, '3'],
    ['a promise', Promise.resolve(x1), 'a Promise'],
  ])('a call that returns %s', (_, returned, kind) => {
    class Odd extends Model {
      override call(): Tensor {
        return returned as Tensor;
      }
    }
    expect(thrown(() => new Odd({ name: 'odd' }).apply(x1))).toBe(
      `OptionError: odd: what call returned is ${kind}; want a tensor, or a list or an object of them`,
    );
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'undefined'],
    ['a tensor alone', x1, 'a Tensor'],
    ['a promise', Promise.resolve({ loss: 1 }), 'a Promise'],
  ])('a step that returns %s', async (_, returned, kind) => {
    class Odd extends Model {
      override trainStep(): Means {
        return returned as Means;
      }
    }
    expect(await refusal(() => new Odd().fit(x1, undefined, { verbose: 0 }))).toBe(
      `OptionError: trainStep or testStep: ${kind} was returned; want an object of means, such as { loss }`,
    );
  });

  it('a loss that returns no tensor', () => {
    const model = new Sequential([new layers.Dense(1)]);
    model.compile({ loss: function mine() { return 3 as never; } }); // biome-ignore format: one line
    expect(thrown(() => model.trainOnBatch(x1, x1))).toBe(
      'OptionError: mine: it returned 3; want a tensor',
    );
  });

  it('to be summarised in another way', () => {
    const model = new Sequential([new layers.Dense(1)]);
    model.apply(tensor([[1]]));
    expect(thrown(() => model.summary({ expand_nested: true } as object))).toBe(
      'OptionError: summary: no option expand_nested; did you mean expandNested?',
    );
  });
});
