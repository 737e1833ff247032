import { describe, expect, it, vi } from 'vitest';
import { setSeed } from '../../src/core/random.ts';
import { type Tensor, tensor } from '../../src/core/tensor.ts';
import { Dataset } from '../../src/data/dataset.ts';
import { ImageRows } from '../../src/data/rows.ts';
import type { Batch } from '../../src/nn/batches.ts';
import type { Callback } from '../../src/nn/callbacks/index.ts';
import type { Means } from '../../src/nn/fit.ts';
import { Dense } from '../../src/nn/layers/index.ts';
import { Model } from '../../src/nn/model.ts';
import { SGD } from '../../src/nn/optimisers.ts';
import { Sequential } from '../../src/nn/sequential.ts';
import { range, reshape } from '../../src/ops/index.ts';

const quiet = { verbose: 0 } as const;

/** Learns nothing, and remembers the first number of every sample it saw. */
class Spy extends Model {
  readonly trained: number[][] = [];
  readonly tested: number[][] = [];
  override call(x: Tensor): Tensor {
    return x;
  }
  override trainStep([x]: Batch): Means {
    return { loss: this.#see(x as Tensor, this.trained) };
  }
  override testStep([x]: Batch): Means {
    return { loss: this.#see(x as Tensor, this.tested) };
  }
  #see(x: Tensor, into: number[][]): number {
    const numbers = [...x.values];
    into.push(numbers);
    return numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
  }
}

/** 0, 1, … as samples of one number. */
const counted = (n: number): Tensor => reshape(range(n), [n, 1]);

describe('batches', () => {
  it('are of 32 samples unless told, and the last is what is left', async () => {
    const spy = new Spy();
    await spy.fit(counted(70), undefined, { shuffle: false, ...quiet });
    expect(spy.trained.map((batch) => batch.length)).toEqual([32, 32, 6]);
    expect(spy.trained.flat()).toEqual(Array.from({ length: 70 }, (_, i) => i));
  });

  it('mix all samples anew each epoch, by the seed', async () => {
    const orders = async (seed: number) => {
      setSeed(seed);
      const spy = new Spy();
      await spy.fit(counted(20), undefined, { epochs: 2, batchSize: 10, ...quiet });
      return [spy.trained.slice(0, 2).flat(), spy.trained.slice(2).flat()];
    };
    const [first, second] = await orders(1);
    const sorted = Array.from({ length: 20 }, (_, i) => i);
    for (const order of [first, second]) {
      expect(order).not.toEqual(sorted);
      expect(order?.toSorted((a, b) => a - b)).toEqual(sorted);
    }
    expect(second).not.toEqual(first);
    expect(await orders(1)).toEqual([first, second]);
    expect(await orders(2)).not.toEqual([first, second]);
  });

  it('mix fairly: every sample is as likely at every place', async () => {
    const seed = 5;
    setSeed(seed);
    const places = new Array<number>(6).fill(0);
    const spy = new Spy();
    await spy.fit(counted(6), undefined, { epochs: 3000, batchSize: 6, ...quiet });
    for (const order of spy.trained) {
      const place = order.indexOf(0);
      places[place] = (places[place] ?? 0) + 1;
    }
    for (const count of places)
      expect(Math.abs(count - 500), `seed ${seed}: ${places}`).toBeLessThan(90);
  });

  it('may come from images that are kept as bytes', async () => {
    const spy = new Spy();
    const rows = new ImageRows(Uint8Array.of(0, 255, 51), [1]);
    await spy.fit(rows, undefined, { shuffle: false, ...quiet });
    expect(spy.trained).toEqual([[0, 1, Math.fround(0.2)]]);
  });

  it('are read once where samples are their own truth', async () => {
    const same: boolean[] = [];
    class Self extends Model {
      override trainStep([x, y]: Batch): Means {
        same.push(x === y);
        return { loss: 0 };
      }
    }
    const x = counted(3);
    await new Self().fit(x, x, quiet);
    await new Self().fit(x, counted(3), quiet);
    expect(same).toEqual([true, false]);
  });

  it('may hold several inputs and truths', async () => {
    const seen: Batch[] = [];
    class Pair extends Model {
      override trainStep(batch: Batch): Means {
        seen.push(batch);
        return { loss: 0 };
      }
    }
    const data = { a: counted(3), b: [counted(3), counted(3)] };
    await new Pair().fit(data, counted(3), { batchSize: 2, shuffle: false, ...quiet });
    const [x] = seen[1] as [{ a: Tensor; b: Tensor[] }];
    expect([x.a.toArray(), x.b[1]?.toArray()]).toEqual([[[2]], [[2]]]);
  });
});

describe('validation data', () => {
  it('are the last part, taken before anything is mixed', async () => {
    const spy = new Spy();
    await spy.fit(counted(10), undefined, {
      validationSplit: 0.25,
      batchSize: 4,
      epochs: 2,
      ...quiet,
    });
    expect(spy.tested).toEqual([
      [7, 8, 9],
      [7, 8, 9],
    ]);
    expect(
      spy.trained
        .slice(0, 2)
        .flat()
        .toSorted((a, b) => a - b),
    ).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('are all looked at, in order, with the figures weighted by batch sizes', async () => {
    const spy = new Spy();
    const history = await spy.fit(counted(4), undefined, {
      validationData: [counted(5)],
      validationBatchSize: 4,
      ...quiet,
    });
    expect(spy.tested).toEqual([[0, 1, 2, 3], [4]]);
    expect(history.history.val_loss).toEqual([2]);
  });

  it('may be given beside a split, which they replace, and may be a Dataset', async () => {
    const spy = new Spy();
    await spy.fit(counted(4), undefined, {
      validationSplit: 0.5,
      validationData: Dataset.fromTensorSlices(counted(3)).batch(2).repeat(),
      validationSteps: 3,
      ...quiet,
    });
    expect(spy.trained.flat().length).toBe(4);
    expect(spy.tested).toEqual([[0, 1], [2], [0, 1]]);
  });
});

describe('the figures of an epoch', () => {
  it('are running means, weighted by batch sizes', async () => {
    const shown: number[] = [];
    const history = await new Spy().fit(counted(5), undefined, {
      batchSize: 2,
      shuffle: false,
      callbacks: [{ onTrainBatchEnd: (_, logs) => void shown.push(logs.loss as number) }],
      ...quiet,
    });
    expect(shown).toEqual([0.5, 1.5, 2]);
    expect(history.history).toEqual({ loss: [2] });
    expect(history.epoch).toEqual([0]);
  });

  it('are the loss before each step, with metrics beside it, and after the step over validation data', async () => {
    const model = new Sequential([new Dense(1, { kernelInitializer: 'zeros', useBias: false })]);
    model.compile({ optimizer: new SGD({ learningRate: 0.5 }), loss: 'mse', metrics: ['mae'] });
    const history = await model.fit([[1], [1]], [[2], [2]], {
      batchSize: 1,
      validationData: [[[1]], [[2]]],
      ...quiet,
    });
    // The weight is 0, then 2: w += 0.5 · 2 · (2 − w).
    expect(history.history).toEqual({ loss: [2], mae: [1], val_loss: [0], val_mae: [0] });
  });
});

describe('callbacks', () => {
  it('are told everything in order', async () => {
    const told: string[] = [];
    const note = (name: string) => (first: number | object) =>
      void told.push(typeof first === 'number' ? `${name} ${first}` : name);
    const names = ['Train', 'Test', 'Epoch', 'TrainBatch', 'TestBatch'].flatMap((what) => [
      `on${what}Begin`,
      `on${what}End`,
    ]);
    const callback = Object.fromEntries(names.map((name) => [name, note(name)])) as Callback;
    const model = new Spy();
    await model.fit(counted(3), undefined, {
      epochs: 2,
      initialEpoch: 1,
      batchSize: 2,
      validationData: [counted(1)],
      callbacks: [
        {
          setModel: (m) => void told.push(`setModel ${m === model}`),
          setRun: ({ steps, epochs }) => void told.push(`setRun ${steps} ${epochs}`),
        },
        callback,
      ],
      ...quiet,
    });
    expect(told).toEqual([
      'setModel true',
      'setRun 2 2',
      'onTrainBegin',
      'onEpochBegin 1',
      'onTrainBatchBegin 0',
      'onTrainBatchEnd 0',
      'onTrainBatchBegin 1',
      'onTrainBatchEnd 1',
      'onTestBegin',
      'onTestBatchBegin 0',
      'onTestBatchEnd 0',
      'onTestEnd',
      'onEpochEnd 1',
      'onTrainEnd',
    ]);
  });

  it('are waited for', async () => {
    let late = 0;
    await new Spy().fit(counted(2), undefined, {
      callbacks: [
        {
          async onEpochEnd() {
            await new Promise((resolve) => setTimeout(resolve, 5));
            late++;
          },
          onTrainEnd: () => void expect(late).toBe(1),
        },
      ],
      ...quiet,
    });
    expect(late).toBe(1);
  });

  it('may add figures for those after them, and the history', async () => {
    const history = await new Spy().fit(counted(2), undefined, {
      callbacks: [
        {
          onEpochEnd(_, logs) {
            logs.extra = 7;
          },
        },
      ],
      ...quiet,
    });
    expect(history.history.extra).toEqual([7]);
  });

  it('end training after the batch by stopTraining, and the next fit begins afresh', async () => {
    const spy = new Spy();
    const stop: Callback = {
      onTrainBatchEnd(batch) {
        if (batch === 1) spy.stopTraining = true;
      },
    };
    const options = { batchSize: 2, epochs: 5, ...quiet };
    const history = await spy.fit(counted(10), undefined, { ...options, callbacks: [stop] });
    expect([spy.trained.length, history.epoch]).toEqual([2, [0]]);
    await spy.fit(counted(10), undefined, options);
    expect(spy.trained.length).toBe(2 + 25);
  });
});

describe('epochs', () => {
  it('are counted from initialEpoch up to epochs, and mixed as if the ones before had been run', async () => {
    const run = async (initialEpoch: number) => {
      setSeed(3);
      const spy = new Spy();
      const history = await spy.fit(counted(8), undefined, {
        epochs: 4,
        initialEpoch,
        batchSize: 8,
        ...quiet,
      });
      return { order: spy.trained, epochs: history.epoch };
    };
    const [whole, rest] = [await run(0), await run(2)];
    expect(rest.epochs).toEqual([2, 3]);
    expect(rest.order).toEqual(whole.order.slice(2));
  });

  it('may be fewer batches than there are', async () => {
    const spy = new Spy();
    await spy.fit(counted(10), undefined, {
      batchSize: 2,
      stepsPerEpoch: 2,
      epochs: 2,
      shuffle: false,
      ...quiet,
    });
    expect(spy.trained).toEqual([
      [0, 1],
      [2, 3],
      [0, 1],
      [2, 3],
    ]);
  });
});

describe('a Dataset', () => {
  it('is read anew each epoch', async () => {
    const spy = new Spy();
    await spy.fit(Dataset.fromTensorSlices(counted(3)).batch(2), { epochs: 2, ...quiet });
    expect(spy.trained).toEqual([[0, 1], [2], [0, 1], [2]]);
  });

  it('is one stream cut into epochs of stepsPerEpoch, and need not end', async () => {
    const spy = new Spy();
    const data = Dataset.fromTensorSlices(counted(5)).repeat().batch(2);
    await spy.fit(data, { epochs: 3, stepsPerEpoch: 2, ...quiet });
    expect(spy.trained).toEqual([
      [0, 1],
      [2, 3],
      [4, 0],
      [1, 2],
      [3, 4],
      [0, 1],
    ]);
  });

  it('gives samples with their truth', async () => {
    const model = new Sequential([new Dense(1, { kernelInitializer: 'zeros' })]);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const pairs = Dataset.fromTensorSlices([counted(4), counted(4)]).batch(4);
    expect((await model.fit(pairs, quiet)).history.loss).toEqual([3.5]);
  });

  it('that runs out ends training with a word', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const spy = new Spy();
    const data = Dataset.fromTensorSlices(counted(6)).batch(2);
    const history = await spy.fit(data, { epochs: 5, stepsPerEpoch: 2, ...quiet });
    expect(history.epoch).toEqual([0, 1]);
    expect(warn.mock.calls).toEqual([
      [
        'fit: the data ran out after 1 of the 2 batches of an epoch, so training ends. repeat() makes a Dataset last',
      ],
    ]);
    warn.mockRestore();
  });

  it('is closed when training ends early', async () => {
    let closed = false;
    const data = Dataset.from(function* () {
      try {
        for (;;) yield tensor([[1]]);
      } finally {
        closed = true;
      }
    });
    await new Spy().fit(data, { stepsPerEpoch: 1, ...quiet });
    expect(closed).toBe(true);
  });
});

describe('the event loop', () => {
  it('has its turn while steps run', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    class Busy extends Model {
      override trainStep(): Means {
        const end = performance.now() + 10;
        while (performance.now() < end);
        return { loss: 0 };
      }
    }
    await new Busy().fit(counted(20), undefined, { batchSize: 1, ...quiet });
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});

describe('evaluate and predict', () => {
  it('go over all of the data, in order', async () => {
    const spy = new Spy();
    expect(await spy.evaluate(counted(5), undefined, { batchSize: 2, ...quiet })).toEqual({
      loss: 2,
    });
    const outputs = await spy.predict(counted(70));
    expect(outputs.shape).toEqual([70, 1]);
    expect([...outputs.values]).toEqual(Array.from({ length: 70 }, (_, i) => i));
  });

  it('join outputs of several tensors', async () => {
    class Two extends Model {
      override call(x: Tensor): { a: Tensor; b: [Tensor] } {
        return { a: x, b: [x] };
      }
    }
    const { a, b } = await new Two().predict(counted(5), { batchSize: 2 });
    expect([a.shape, b[0].shape]).toEqual([
      [5, 1],
      [5, 1],
    ]);
  });

  it('tell their callbacks', async () => {
    const told: string[] = [];
    const callback: Callback = {
      onTestBegin: () => void told.push('test'),
      onTestEnd: (logs) => void told.push(`tested ${logs.loss}`),
      onPredictBatchEnd: (batch) => void told.push(`predicted ${batch}`),
    };
    const spy = new Spy();
    await spy.evaluate(counted(2), undefined, { callbacks: [callback], ...quiet });
    await spy.predict(counted(2), { batchSize: 1, callbacks: [callback] });
    expect(told).toEqual(['test', 'tested 0.5', 'predicted 0', 'predicted 1']);
  });
});

describe('fit refuses', () => {
  const spy = () => new Spy({ name: 'spy' });
  const refusal = (run: () => Promise<unknown>) => run().then(() => 'nothing', String);

  it('arrays that do not fit together, or hold nothing', async () => {
    expect(await refusal(() => spy().fit(counted(3), counted(2)))).toBe(
      'ShapeError: fit: x has 3 rows and y has 2; want first axes of equal size',
    );
    expect(await refusal(() => spy().fit(counted(0), undefined))).toBe(
      'ShapeError: fit: x has no rows; want at least one sample',
    );
  });

  it('numbers that count nothing', async () => {
    const x = counted(4);
    expect(await refusal(() => spy().fit(x, x, { epochs: 0 }))).toBe(
      'OptionError: fit: epochs is 0; want a whole number of at least 1',
    );
    expect(await refusal(() => spy().fit(x, x, { batchSize: 1.5 }))).toBe(
      'OptionError: fit: batchSize is 1.5; want a whole number of at least 1',
    );
    expect(await refusal(() => spy().fit(x, x, { initialEpoch: -1 }))).toBe(
      'OptionError: fit: initialEpoch is -1; want a whole number of at least 0',
    );
    expect(await refusal(() => spy().fit(x, x, { stepsPerEpoch: 0 }))).toBe(
      'OptionError: fit: stepsPerEpoch is 0; want a whole number of at least 1',
    );
  });

  it('splits that leave nothing', async () => {
    const x = counted(3);
    expect(await refusal(() => spy().fit(x, x, { validationSplit: 0.9 }))).toBe(
      'OptionError: fit: validationSplit is 0.9 of 3 samples, which leaves 0 to train on and 3 to validate on; want at least one of each',
    );
    expect(await refusal(() => spy().fit(x, x, { validationSplit: 1 }))).toBe(
      'OptionError: fit: validationSplit is 1; want a number of at least 0 and below 1',
    );
  });

  it('a Dataset with what goes with arrays, or without an end', async () => {
    const data = Dataset.fromTensorSlices(counted(3)).batch(1);
    expect(await refusal(() => spy().fit(data, { validationSplit: 0.5 }))).toBe(
      'OptionError: fit: validationSplit came in beside a Dataset; want arrays to split, or validationData',
    );
    expect(await refusal(() => spy().fit(data, { batchSize: 2 }))).toBe(
      'OptionError: fit: batchSize came in beside a Dataset; want a Dataset of batches [x, y] alone',
    );
    expect(await refusal(() => spy().fit(data.repeat()))).toBe(
      'OptionError: fit: the Dataset never ends; want stepsPerEpoch, how many batches to read of it',
    );
    const empty = data.take(0);
    expect(await refusal(() => spy().fit(empty))).toBe(
      'OptionError: fit: the Dataset holds nothing; want at least one batch',
    );
    expect(await refusal(() => spy().evaluate(empty, quiet))).toBe(
      'OptionError: evaluate: the Dataset holds nothing; want at least one batch',
    );
    expect(await refusal(() => spy().predict(empty))).toBe(
      'OptionError: predict: the Dataset holds nothing; want at least one batch',
    );
    const triples = Dataset.fromTensorSlices([counted(3), counted(3), counted(3)]).batch(1);
    expect(await refusal(() => spy().fit(triples))).toBe(
      'ShapeError: fit: an element of the data set has 3 parts; want [x, y], or x alone',
    );
  });
});
