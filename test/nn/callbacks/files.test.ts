/** Callbacks that write: checkpoints, tables, TensorBoard's logs, backups. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { setSeed } from '../../../src/core/random.ts';
import { saveSafetensors } from '../../../src/io/safetensors.ts';
import {
  BackupAndRestore,
  type Callback,
  CSVLogger,
  LearningRateScheduler,
  ModelCheckpoint,
  TensorBoard,
} from '../../../src/nn/callbacks/index.ts';
import { Dense, Dropout } from '../../../src/nn/layers/index.ts';
import { Adam } from '../../../src/nn/optimisers.ts';
import { Sequential } from '../../../src/nn/sequential.ts';
import { randomNormal } from '../../../src/ops/index.ts';
import {
  decodeMessage,
  floatAt,
  messageAt,
  messagesAt,
  numberAt,
  splitRecords,
  textAt,
} from '../../io/event-reader.ts';
import { thrown } from '../../thrown.ts';
import { Counter, doubles, doubling, fitScripted } from './trained.ts';

const folder = mkdtempSync(join(tmpdir(), 'tapegrad-callbacks-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...path: string[]) => join(folder, ...path);

describe('ModelCheckpoint', () => {
  const weightIn = (path: string) => {
    const model = new Counter();
    model.apply([[1]]);
    model.loadWeights(path);
    return model.dense.kernel.item();
  };

  it('saves each epoch under a name with its number and figures', async () => {
    const path = at('each', 'ae-{epoch:03d}-{val_loss:.2f}-{epoch}.safetensors');
    await fitScripted([new ModelCheckpoint(path)], { val_loss: [0.5, 0.256] });
    expect(readdirSync(at('each')).sort()).toEqual([
      'ae-001-0.50-1.safetensors',
      'ae-002-0.26-2.safetensors',
    ]);
    expect(weightIn(at('each', 'ae-002-0.26-2.safetensors'))).toBe(2);
  });

  it('keeps the best alone, if told', async () => {
    const path = at('best.safetensors');
    const checkpoint = new ModelCheckpoint(path, { saveBestOnly: true });
    await fitScripted([checkpoint], { val_loss: [3, 1, 2] });
    expect([weightIn(path), checkpoint.best]).toEqual([2, 1]);
    await fitScripted(
      [new ModelCheckpoint(path, { saveBestOnly: true, initialValueThreshold: 0.5 })],
      { val_loss: [0.9, 0.6] },
    );
    expect(weightIn(path)).toBe(2);
  });

  it('saves after so many batches, if told', async () => {
    const model = new Counter();
    const checkpoint = new ModelCheckpoint(at('batches', '{epoch}-{loss:.1f}'), { saveFreq: 2 });
    await model.fit([[1], [1], [1]], undefined, {
      batchSize: 1,
      epochs: 2,
      verbose: 0,
      callbacks: [checkpoint],
    });
    expect(readdirSync(at('batches')).sort()).toEqual(['1-1.5', '2-4.0', '2-5.0'].sort());
  });

  it('says which figures a path may name', async () => {
    const checkpoint = new ModelCheckpoint(at('{val_mae}.safetensors'));
    expect(await fitScripted([checkpoint], { val_loss: [1] }).then(() => 'nothing', String)).toBe(
      'OptionError: ModelCheckpoint: the path asks for val_mae; want one of loss, val_loss, epoch',
    );
    expect(thrown(() => new ModelCheckpoint('x', { saveFreq: 0 }))).toBe(
      "OptionError: ModelCheckpoint: saveFreq is 0; want 'epoch' or a number of batches",
    );
  });
});

describe('CSVLogger', () => {
  it('writes a line an epoch, below the names of the figures', async () => {
    const path = at('tables', 'log.csv');
    await fitScripted([new CSVLogger(path)], { val_loss: [0.5, 0.25] });
    expect(readFileSync(path, 'utf8')).toBe('epoch,loss,val_loss\n0,1,0.5\n1,2,0.25\n');
  });

  it('begins anew, or goes on below the names that are there', async () => {
    const path = at('append.csv');
    const figures = { val_loss: [1] };
    await fitScripted([new CSVLogger(path, { separator: ';' })], figures);
    await fitScripted([new CSVLogger(path, { separator: ';', append: true })], {
      ...figures,
      more: [7],
    });
    await fitScripted([new CSVLogger(path, { separator: ';', append: true })], { mae: [1] });
    expect(readFileSync(path, 'utf8')).toBe('epoch;loss;val_loss\n0;1;1\n0;1;1\n0;1;NA\n');
    await fitScripted([new CSVLogger(path)], figures);
    expect(readFileSync(path, 'utf8')).toBe('epoch,loss,val_loss\n0,1,1\n');
  });
});

describe('BackupAndRestore', () => {
  const x = (() => {
    setSeed(1);
    return randomNormal([20, 3]);
  })();
  const make = () => {
    setSeed(9);
    const layers = [new Dense(4), new Dropout(0.3), new Dense(3)];
    return new Sequential(layers, { name: 'net' }).compile({
      optimizer: new Adam({ learningRate: 0.05 }),
      loss: 'mse',
    });
  };
  const options = { epochs: 6, batchSize: 8, verbose: 0 } as const;
  const crashAfter = (epoch: number): Callback => ({
    onEpochEnd(now) {
      if (now === epoch) throw new Error('power cut');
    },
  });

  it('goes on after a crash with the very steps that the run would have taken', async () => {
    const whole = make();
    const { history } = await whole.fit(x, x, options);
    const backup = () => new BackupAndRestore(at('backup'));
    const crashed = make().fit(x, x, { ...options, callbacks: [backup(), crashAfter(2)] });
    await expect(crashed).rejects.toThrow('power cut');
    const resumed = make();
    const rest = await resumed.fit(x, x, { ...options, callbacks: [backup()] });
    expect(rest.epoch).toEqual([3, 4, 5]);
    expect(rest.history.loss).toEqual(history.loss?.slice(3));
    expect(resumed.getWeights().map((w) => w.toArray())).toEqual(
      whole.getWeights().map((w) => w.toArray()),
    );
    expect(readdirSync(at('backup'))).toEqual([]);
  });

  it('refuses a file that it did not write', async () => {
    const backup = new BackupAndRestore(at('strange'));
    saveSafetensors(backup.path, {});
    const refusal = await make()
      .fit(x, x, { ...options, callbacks: [backup] })
      .then(() => 'nothing', String);
    expect(refusal).toBe(
      `DataError: ${backup.path}: it has no epoch in it; want a file that BackupAndRestore wrote`,
    );
  });
});

describe('TensorBoard', () => {
  /** `tag step` and the number, if it is one, of all that was logged. */
  function logged(folder: string) {
    const points = new Map<string, number | undefined>();
    let graph: string[] = [];
    for (const name of readdirSync(folder)) {
      for (const record of splitRecords(readFileSync(join(folder, name)))) {
        const event = decodeMessage(record);
        if (event.has(4)) graph = messagesAt(messageAt(event, 4), 1).map((node) => textAt(node, 1));
        if (!event.has(5)) continue;
        const value = messageAt(event, 5, 1);
        const step = event.has(2) ? numberAt(event, 2) : 0;
        points.set(`${textAt(value, 1)} ${step}`, value.has(2) ? floatAt(value, 2) : undefined);
      }
    }
    return { points, graph };
  }

  it("logs training and validation in folders of their own, with Keras's tags", async () => {
    const { history } = await doubling().fit(doubles.x, doubles.y, {
      epochs: 2,
      validationSplit: 0.25,
      verbose: 0,
      callbacks: [
        new LearningRateScheduler(() => 0.5),
        new TensorBoard({ logDir: at('logs'), histogramFreq: 1, writeImages: true }),
      ],
    });
    const train = logged(at('logs', 'train'));
    expect([...train.points.keys()]).toEqual(
      [0, 1].flatMap((n) => [
        `epoch_loss ${n}`,
        `epoch_learning_rate ${n}`,
        `0/kernel ${n}`,
        `0/kernel/image ${n}`,
        `0/bias ${n}`,
        `0/bias/image ${n}`,
      ]),
    );
    expect(train.points.get('epoch_loss 1')).toBe(Math.fround(history.loss?.[1] ?? 0));
    expect(train.points.get('epoch_learning_rate 0')).toBe(0.5);
    expect(train.graph).toContain('dense/kernel');
    expect(train.graph).toContain('matmul');
    const validation = logged(at('logs', 'validation')).points;
    expect([...validation]).toEqual(
      (history.val_loss ?? []).map((loss, n) => [`epoch_loss ${n}`, Math.fround(loss)]),
    );
  });

  it('logs the batches, too, if told', async () => {
    const model = new Counter();
    const callbacks = [
      new TensorBoard({ logDir: at('batchwise'), updateFreq: 2, writeGraph: false }),
    ];
    const x = [[1], [1], [1]];
    await model.fit(x, undefined, { batchSize: 1, verbose: 0, callbacks });
    const { points, graph } = logged(at('batchwise', 'train'));
    expect([...points]).toEqual([
      ['batch_loss 0', 1],
      ['batch_loss 2', 2],
      ['epoch_loss 0', 2],
    ]);
    expect(graph).toEqual([]);
  });
});
