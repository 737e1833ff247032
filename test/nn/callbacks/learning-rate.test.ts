import { describe, expect, it } from 'vitest';
import {
  LearningRateScheduler,
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
} from '../../../src/nn/callbacks/index.ts';
import { SGD } from '../../../src/nn/optimisers.ts';
import { ExponentialDecay } from '../../../src/nn/schedules.ts';
import { thrown } from '../../thrown.ts';
import { Counter, fitScripted } from './trained.ts';

describe('LearningRateScheduler', () => {
  it('sets the rate of each epoch from its number and the rate before it', async () => {
    const scheduler = new LearningRateScheduler((epoch, rate) => (epoch === 0 ? rate : rate / 2));
    const { model, history } = await fitScripted([scheduler], { val_loss: [1, 1, 1] });
    expect(history.history.lr).toEqual([1, 0.5, 0.25]);
    expect(model.optimizer.learningRate).toBe(0.25);
  });

  it('refuses a schedule that makes no rate', async () => {
    const scheduler = new LearningRateScheduler(() => Number.NaN);
    expect(await fitScripted([scheduler], { val_loss: [1] }).then(() => 'nothing', String)).toBe(
      'OptionError: LearningRateScheduler: the schedule returned NaN for epoch 0; want a number of at least 0',
    );
  });
});

describe('ReduceLROnPlateau', () => {
  /** The rate during each epoch, and after the last. */
  async function rates(options: ReduceLROnPlateauOptions, values: readonly number[]) {
    const { model, history } = await fitScripted([new ReduceLROnPlateau(options)], {
      val_loss: values,
    });
    return [...(history.history.lr ?? []), model.optimizer.learningRate];
  }

  it('lowers the rate after so many epochs that were no better', async () => {
    expect(await rates({ factor: 0.5, patience: 2 }, [3, 2, 2, 2, 2, 2, 1])).toEqual([
      1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25,
    ]);
    expect(await rates({ factor: 0.5, patience: 2 }, [3, 2, 2, 1, 1])).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('does not count the epochs of the cooldown', async () => {
    expect(await rates({ factor: 0.5, patience: 1, cooldown: 2 }, [1, 1, 1, 1, 1])).toEqual([
      1, 1, 0.5, 0.5, 0.25, 0.25,
    ]);
  });

  it('wants it better by more than minDelta, and stays above minLr', async () => {
    expect(
      await rates({ factor: 0.5, patience: 1, minLr: 0.4 }, [1, 0.99995, 0.9999, 0.9999]),
    ).toEqual([1, 1, 0.5, 0.4, 0.4]);
  });

  it('cannot lower what is a schedule, and refuses factors that lower nothing', async () => {
    const schedule = new ExponentialDecay({
      initialLearningRate: 1,
      decaySteps: 1,
      decayRate: 0.5,
    });
    const model = new Counter().compile({ optimizer: new SGD({ learningRate: schedule }) });
    const fit = model.fit([[1]], undefined, {
      verbose: 0,
      callbacks: [new ReduceLROnPlateau({ monitor: 'loss' })],
    });
    expect(await fit.then(() => 'nothing', String)).toBe(
      'OptionError: ReduceLROnPlateau: the learning rate is a schedule; want a number, which can be lowered',
    );
    expect(thrown(() => new ReduceLROnPlateau({ factor: 1 }))).toBe(
      'OptionError: ReduceLROnPlateau: factor is 1; want a number above 0 and below 1',
    );
  });
});
