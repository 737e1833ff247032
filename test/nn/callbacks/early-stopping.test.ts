import { describe, expect, it } from 'vitest';
import { EarlyStopping, type EarlyStoppingOptions } from '../../../src/nn/callbacks/index.ts';
import { thrown } from '../../thrown.ts';
import { fitScripted } from './trained.ts';

/** How many epochs were run, and what the model's weight, which counts them, is at the end. */
async function run(options: EarlyStoppingOptions, values: readonly number[], name = 'val_loss') {
  const stopping = new EarlyStopping(options);
  const { model, history } = await fitScripted([stopping], { [name]: values });
  return { epochs: history.epoch.length, weight: model.dense.kernel.item(), stopping };
}

describe('EarlyStopping', () => {
  it('stops after so many epochs without a better val_loss as it has patience', async () => {
    const values = [5, 4, 4.5, 4.2, 3, 3.1, 3.2, 3.3, 1];
    expect((await run({ patience: 2 }, values)).epochs).toBe(4);
    expect((await run({ patience: 3 }, values)).epochs).toBe(8);
    expect((await run({ patience: 1 }, values)).epochs).toBe(3);
    expect((await run({}, values)).epochs).toBe(3);
    expect((await run({ patience: 9 }, values)).epochs).toBe(9);
  });

  it('never stops after the first epoch', async () => {
    expect((await run({ baseline: 1 }, [5, 5, 5])).epochs).toBe(2);
  });

  it('knows which epoch was best, and which it stopped after', async () => {
    const { stopping } = await run({ patience: 2 }, [5, 4, 4.5, 4.2]);
    expect([stopping.best, stopping.bestEpoch, stopping.stoppedEpoch]).toEqual([4, 1, 3]);
  });

  it('wants it better by more than minDelta', async () => {
    expect((await run({ patience: 2, minDelta: 0.5 }, [5, 4.8, 4.6, 4.4])).epochs).toBe(3);
    expect((await run({ patience: 2, minDelta: 0.1 }, [5, 4.8, 4.6, 4.4])).epochs).toBe(4);
  });

  it('takes larger accuracies and smaller losses for better, unless told', async () => {
    const rising = [1, 2, 3, 4];
    expect((await run({ monitor: 'val_accuracy' }, rising, 'val_accuracy')).epochs).toBe(4);
    expect((await run({ monitor: 'val_auc' }, rising, 'val_auc')).epochs).toBe(4);
    expect((await run({ monitor: 'val_mae' }, rising, 'val_mae')).epochs).toBe(2);
    expect((await run({ monitor: 'val_mae', mode: 'max' }, rising, 'val_mae')).epochs).toBe(4);
    expect(
      (await run({ monitor: 'val_accuracy', mode: 'min' }, rising, 'val_accuracy')).epochs,
    ).toBe(2);
  });

  it('leaves the last weights, or restores the best ones, however training ends', async () => {
    const values = [3, 1, 2, 2, 2];
    expect((await run({ patience: 2 }, values)).weight).toBe(4);
    expect((await run({ patience: 2, restoreBestWeights: true }, values)).weight).toBe(2);
    expect((await run({ patience: 9, restoreBestWeights: true }, values)).weight).toBe(2);
  });

  it('lasts only while the baseline is beaten, and begins where it is told', async () => {
    expect((await run({ patience: 2, baseline: 1 }, [5, 4, 3, 2])).epochs).toBe(4);
    expect((await run({ patience: 2, baseline: 1 }, [5, 4, 4, 2])).epochs).toBe(3);
    expect((await run({ patience: 1, startFromEpoch: 3 }, [1, 2, 3, 4, 5])).epochs).toBe(5);
  });

  it('takes NaN for no better', async () => {
    expect((await run({ patience: 2 }, [1, Number.NaN, Number.NaN, 0])).epochs).toBe(3);
  });

  it('says which figures there are when there is none of that name', async () => {
    const refusal = (monitor: string | undefined, figures: Record<string, number[]>) =>
      fitScripted([new EarlyStopping(monitor === undefined ? {} : { monitor })], figures).then(
        () => 'nothing',
        String,
      );
    expect(await refusal(undefined, { mae: [1] })).toBe(
      'OptionError: EarlyStopping: no figure val_loss; want one of loss, mae, or validation data, which has more',
    );
    expect(await refusal('val_los', { val_loss: [1] })).toBe(
      'OptionError: EarlyStopping: no figure val_los; did you mean val_loss?',
    );
    expect(thrown(() => new EarlyStopping({ mode: 'least' as 'min' }))).toBe(
      `OptionError: EarlyStopping: mode is "least"; want 'auto', 'min' or 'max'`,
    );
  });
});
