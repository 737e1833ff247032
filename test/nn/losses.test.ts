import { describe, expect, it } from 'vitest';
import { GradientTape } from '../../src/core/tape.ts';
import { Tensor, tensor, Variable } from '../../src/core/tensor.ts';
import { activation } from '../../src/nn/activations.ts';
import { loss } from '../../src/nn/losses.ts';
import { reshape } from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

const of = (name: string, truth: Tensor, prediction: Tensor) =>
  loss(name)(truth, prediction).item();

describe('losses by name', () => {
  it('are the means that Keras computes', () => {
    const [truth, prediction] = [
      tensor([
        [0, 1],
        [1, 4],
      ]),
      tensor([
        [0.5, 1],
        [1, 1],
      ]),
    ];
    expect(of('mse', truth, prediction)).toBeCloseTo((0.25 + 9) / 4);
    expect(of('mean_squared_error', truth, prediction)).toBeCloseTo((0.25 + 9) / 4);
    expect(of('mae', truth, prediction)).toBeCloseTo(3.5 / 4);
    expect(of('huber', truth, prediction)).toBeCloseTo((0.125 + 2.5) / 4);
    const p = tensor([[0.9], [0.2]]);
    expect(of('bce', tensor([[1], [0]]), p)).toBeCloseTo(-(Math.log(0.9) + Math.log(0.8)) / 2, 5);
    const rows = tensor([
      [0.7, 0.2, 0.1],
      [0.1, 0.1, 0.8],
    ]);
    const mean = -(Math.log(0.7) + Math.log(0.8)) / 2;
    expect(
      of(
        'categorical_crossentropy',
        tensor([
          [1, 0, 0],
          [0, 0, 1],
        ]),
        rows,
      ),
    ).toBeCloseTo(mean, 5);
    expect(of('sparse_categorical_crossentropy', tensor([0, 2]), rows)).toBeCloseTo(mean, 5);
    expect(of('sparse_categorical_crossentropy', tensor([[0], [2]]), rows)).toBeCloseTo(mean, 5);
  });

  it('have the values of formulas that NumPy computed', () => {
    const truth = tensor([0, 1, 1, 0.5], [2, 2]);
    const binary = tensor([0, 1, 1, 0], [2, 2]);
    const prediction = tensor([0.25, 0.5, 0.75, 0.125], [2, 2]);
    expect(of('mape', tensor([[1, 0.5]]), tensor([[0.75, 0.125]]))).toBeCloseTo(50, 4);
    expect(of('msle', truth, prediction)).toBeCloseTo(0.058286396, 6);
    expect(of('log_cosh', truth, prediction)).toBeCloseTo(0.062674465, 6);
    expect(of('log_cosh', tensor([0]), tensor([-500]))).toBeCloseTo(500 - Math.LN2, 3);
    expect(of('poisson', truth, prediction)).toBeCloseTo(0.911387323, 6);
    expect(of('kullback_leibler_divergence', truth, prediction)).toBeCloseTo(0.83698748, 5);
    expect(of('cosine_similarity', truth, prediction)).toBeCloseTo(-0.9251031, 6);
    // Truths of 0 and 1 alone become −1 and 1; with another number among them they are taken as they are.
    expect(of('hinge', binary, prediction)).toBeCloseTo(0.78125, 6);
    expect(of('squared_hinge', binary, prediction)).toBeCloseTo(0.78515625, 6);
    expect(of('hinge', truth, prediction)).toBeCloseTo((1 + 0.5 + 0.25 + 0.9375) / 4, 6);
  });

  it('take truths that are whole numbers, and columns for rows', () => {
    const prediction = tensor([[1], [3]]);
    expect(of('mse', tensor(Int32Array.of(0, 1)), prediction)).toBeCloseTo(2.5);
    expect(of('mse', tensor([[0], [1]]), reshape(prediction, [2]))).toBeCloseTo(2.5);
  });

  it('use the logits behind a sigmoid or a softmax, so that what has rounded to 1 still learns', () => {
    for (const [name, squash, truth] of [
      ['bce', 'sigmoid', tensor([[0, 1]])],
      ['categoricalCrossentropy', 'softmax', tensor([[0, 1]])],
      ['sparseCategoricalCrossentropy', 'softmax', tensor([1])],
    ] as const) {
      const x = new Variable([[40, 0]]);
      const tape = new GradientTape();
      const value = tape.record(() => loss(name)(truth, activation('test', squash)(x)));
      expect(value.item(), name).toBeGreaterThan(20);
      expect(Math.abs(tape.gradient(value, x).values[0] as number), name).toBeGreaterThan(0.4);
    }
  });

  it('clip probabilities of unknown origin at 1e-7, as Keras does', () => {
    expect(of('bce', tensor([[0]]), tensor([[1]]))).toBeCloseTo(-Math.log(2e-7), 0);
  });

  it('refuse shapes that do not fit, and several tensors', () => {
    expect(
      thrown(() =>
        loss('mse')(
          tensor([1, 2]),
          tensor([
            [1, 2, 3],
            [1, 2, 3],
          ]),
        ),
      ),
    ).toBe(
      'ShapeError: meanSquaredError: the truth is [2] and the prediction is [2,3]; want the same shape',
    );
    expect(thrown(() => loss('mse')(tensor([1]), [tensor([1]), tensor([2])]))).toBe(
      'ShapeError: meanSquaredError: the prediction is several tensors; want one. A loss function of your own takes them all',
    );
  });

  it('guess what a name was meant to be, and leave functions alone', () => {
    expect(thrown(() => loss('msee'))).toBe(
      'OptionError: compile: no loss "msee"; did you mean mse?',
    );
    expect(thrown(() => loss('focal'))).toBe(
      'OptionError: compile: no loss "focal"; want one of mse, meanSquaredError, mae, meanAbsoluteError, bce, binaryCrossentropy, categoricalCrossentropy, sparseCategoricalCrossentropy, huber, huberLoss, meanAbsolutePercentageError, meanSquaredLogarithmicError, logCosh, poisson, hinge, squaredHinge, kullbackLeiblerDivergence, cosineSimilarity, mape, msle, kld',
    );
    const own = (_: unknown, prediction: Tensor) => prediction;
    expect(loss(own as never)).toBe(own);
    expect(own(0, tensor(1))).toBeInstanceOf(Tensor);
  });
});
