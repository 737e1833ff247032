import { describe, expect, it } from 'vitest';
import { Dataset } from '../../../src/data/dataset.ts';
import { ProgressLines, type ProgressLinesOptions } from '../../../src/nn/callbacks/index.ts';
import type { FitOptions } from '../../../src/nn/fit-data.ts';
import { range, reshape } from '../../../src/ops/index.ts';
import { Counter } from './trained.ts';

/** Lines on a screen whose clock moves on by 10 ms whenever it is read. */
function fixture(options: ProgressLinesOptions = {}) {
  const written: string[] = [];
  let now = 0;
  const lines = new ProgressLines({
    screen: { write: (text: string) => written.push(text) },
    clock: () => {
      now += 10;
      return now;
    },
    ...options,
  });
  return { lines, text: () => written.join('') };
}
const x = reshape(range(4), [4, 1]);
const data = () =>
  Dataset.fromTensorSlices(x)
    .batch(2)
    .filter(() => true);

async function printed(options: FitOptions, kind: ProgressLinesOptions = {}) {
  const { lines, text } = fixture(kind);
  await new Counter().fit(x, undefined, {
    batchSize: 2,
    verbose: 0,
    callbacks: [lines],
    ...options,
  });
  return text();
}

describe('what fit prints', () => {
  it("is Keras's two lines an epoch where there is no terminal", async () => {
    expect(await printed({ epochs: 2 })).toBe(
      [
        'Epoch 1/2',
        '2/2 [==============================] - 0s 20ms/step - loss: 1.5000',
        'Epoch 2/2',
        '2/2 [==============================] - 0s 20ms/step - loss: 3.5000',
        '',
      ].join('\n'),
    );
  });

  it('is one line for one epoch', async () => {
    expect(await printed({})).toBe(
      '2/2 [==============================] - 0s 20ms/step - loss: 1.5000\n',
    );
  });

  it('is a line without a bar when verbose is 2', async () => {
    expect(await printed({ epochs: 2 }, { verbose: 2 })).toBe(
      'Epoch 1/2\n2/2 - 0s - loss: 1.5000\nEpoch 2/2\n2/2 - 0s - loss: 3.5000\n',
    );
  });

  it('changes in place on a terminal, the figures of validation coming last', async () => {
    const written: string[] = [];
    const screen = { isTTY: true, write: (text: string) => written.push(text) };
    let now = 0;
    const clock = () => {
      now += 60;
      return now;
    };
    class Tested extends Counter {
      override testStep(): { loss: number } {
        return { loss: 9 };
      }
    }
    await new Tested().fit(x, undefined, {
      batchSize: 2,
      verbose: 0,
      validationData: [x],
      callbacks: [new ProgressLines({ screen, clock })],
    });
    expect(written.map((text) => text.trimEnd())).toEqual([
      '1/2 [==============>...............] - ETA: 0s - loss: 1.0000',
      '\r2/2 [==============================] - ETA: 0s - loss: 1.5000',
      '\r2/2 [==============================] - 0s 120ms/step - loss: 1.5000 - val_loss: 9.0000',
      '',
    ]);
  });

  it('counts batches of a Dataset that does not know their number, and knows it from the second epoch on', async () => {
    const written: string[] = [];
    let now = 0;
    const lines = new ProgressLines({
      screen: { isTTY: true, write: (text: string) => written.push(text) },
      clock: () => {
        now += 60;
        return now;
      },
    });
    await new Counter().fit(data(), { epochs: 2, verbose: 0, callbacks: [lines] });
    const text = written.join('');
    expect(text).toContain('      1/Unknown - 0s 60ms/step - loss: 1.0000');
    expect(text).toContain('2/2 [==============================]');
    expect(text).toContain(
      'Epoch 2/2\n1/2 [==============>...............] - ETA: 0s - loss: 3.0000',
    );
  });

  it('is said of evaluate and predict as well', async () => {
    class Tested extends Counter {
      override testStep(): { loss: number } {
        return { loss: 9 };
      }
    }
    const [test, predict] = [fixture(), fixture()];
    const model = new Tested();
    await model.evaluate(x, undefined, { batchSize: 4, verbose: 0, callbacks: [test.lines] });
    await model.predict(x, { batchSize: 4, callbacks: [predict.lines] });
    expect(test.text()).toBe(
      '1/1 [==============================] - 0s 20ms/step - loss: 9.0000\n',
    );
    expect(predict.text()).toBe('1/1 [==============================] - 0s 20ms/step\n');
  });
});
