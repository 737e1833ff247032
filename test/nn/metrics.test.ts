import { describe, expect, it } from 'vitest';
import { tensor } from '../../src/core/tensor.ts';
import { meanOfBatch, metric, RunningMeans } from '../../src/nn/metrics.ts';
import { sub } from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

const of = (name: string, ...pair: [truth: Parameters<typeof tensor>[0], prediction: number[][]]) =>
  metric(name).ofBatch(tensor(pair[0]), tensor(pair[1])).item();

describe('accuracy', () => {
  it('asks on which side of a half a single number lies', () => {
    expect(of('accuracy', [1, 0, 1, 1], [[0.9], [0.6], [0.51], [0.5]])).toBe(0.5);
    expect(of('binary_accuracy', [[1, 0]], [[0.9, 0.6]])).toBe(0.5);
  });

  it('asks for the largest of several, whichever form the truth has', () => {
    const rows = [
      [0.1, 0.7, 0.2],
      [0.8, 0.1, 0.1],
      [0.2, 0.3, 0.5],
      [0.6, 0.3, 0.1],
    ];
    expect(of('accuracy', [1, 0, 2, 2], rows)).toBe(0.75);
    expect(of('acc', [[1], [0], [2], [2]], rows)).toBe(0.75);
    expect(
      of(
        'accuracy',
        [
          [0, 1, 0],
          [1, 0, 0],
          [0, 0, 1],
          [0, 0, 1],
        ],
        rows,
      ),
    ).toBe(0.75);
  });
});

describe('metrics', () => {
  it('keep the name they were asked for by, and functions theirs', () => {
    expect(metric('mean_absolute_error').name).toBe('mean_absolute_error');
    expect(metric('mae').name).toBe('mae');
    expect(
      metric(function largest(truth) {
        return truth as never;
      }).name,
    ).toBe('largest');
  });

  it('are means over the batch', () => {
    expect(of('mse', [[1, 2]], [[2, 4]])).toBe(2.5);
    expect(of('mae', [[1, 2]], [[2, 4]])).toBe(1.5);
    expect(
      meanOfBatch((t, p) => sub(p as never, t as never), tensor([1, 2]), tensor([2, 4])).item(),
    ).toBe(1.5);
  });

  it('guess what a name was meant to be', () => {
    expect(thrown(() => metric('acuracy'))).toBe(
      'OptionError: compile: no metric "acuracy"; did you mean accuracy?',
    );
  });
});

describe('running means', () => {
  it('weigh each batch by its size', () => {
    const means = new RunningMeans([]);
    means.add({ loss: tensor(1), mae: 4 }, 3);
    means.add({ loss: 5, mae: tensor(0) }, 1);
    expect(means.values()).toEqual({ loss: 2, mae: 3 });
  });

  it('take the root of the mean, not the mean of the roots', () => {
    const means = new RunningMeans([metric('rmse')]);
    means.add({ rmse: 1 }, 1);
    means.add({ rmse: 9 }, 1);
    expect(means.values().rmse).toBe(Math.sqrt(5));
  });
});
