import { describe, expect, it } from 'vitest';
import { customGradient } from '../../src/core/custom-gradient.ts';
import { GradientError } from '../../src/core/errors.ts';
import { defaultGenerator, setSeed } from '../../src/core/random.ts';
import { tensor } from '../../src/core/tensor.ts';
import { relu, sigmoid } from '../../src/ops/activation.ts';
import {
  cast,
  exp,
  floor,
  log,
  mul,
  sin,
  square,
  stopGradient,
} from '../../src/ops/elementwise.ts';
import { checkGradients } from '../../src/ops/gradcheck.ts';
import { matmul } from '../../src/ops/matmul.ts';
import { dropout } from '../../src/ops/random.ts';
import { sum } from '../../src/ops/reduce.ts';

/** x², with a gradient that is off by a given factor. */
const squareWithSlope = (factor: number) =>
  customGradient((x) => ({
    value: square(x),
    gradient: (dy) => mul(dy, mul(2 * factor, x)),
  }));

describe('checkGradients', () => {
  it('passes a right gradient and returns one check an input and order', () => {
    const checks = checkGradients(
      (x, w) => sigmoid(matmul(x, w)),
      [
        [
          [1, -2, 0.5],
          [0.3, 1, 2],
        ],
        [
          [1, 2],
          [-1, 0.5],
          [0.1, 0.2],
        ],
      ],
      { second: true },
    );
    expect(checks.map(({ input, order }) => [input, order])).toEqual([
      [0, 1],
      [1, 1],
      [0, 2],
      [1, 2],
    ]);
    for (const check of checks) expect(check.error).toBeLessThan(1e-9);
  });

  it('sees a gradient that is off by ten parts in a million', () => {
    expect(() => checkGradients(squareWithSlope(1 + 1e-5), [[1, 2, 3]])).toThrow(GradientError);
    expect(() =>
      checkGradients(squareWithSlope(1 + 1e-5), [[1, 2, 3]], { tolerance: 1e-4 }),
    ).not.toThrow();
  });

  it('sees a wrong second derivative behind a right first one', () => {
    const f = customGradient((x) => ({
      value: square(x),
      gradient: (dy) => mul(dy, mul(2, stopGradient(x))),
    }));
    expect(() => checkGradients(f, [[1, 2]])).not.toThrow();
    expect(() => checkGradients(f, [[1, 2]], { second: true })).toThrow(
      /second derivative of input 0 \[2\]/,
    );
  });

  it('says why a gradient is missing that differences find', () => {
    expect(() => checkGradients((x) => mul(2, stopGradient(x)), [3])).toThrow(
      /gradient of input 0 \[\] along a random direction is missing \(it is cut by stopGradient\)/,
    );
  });

  it('lets a constant function pass, gradient or none', () => {
    expect(() => checkGradients((x) => floor(x), [[0.3, 1.4]])).not.toThrow();
    expect(() => checkGradients((x) => mul(0, x), [[0.3, 1.4]])).not.toThrow();
  });

  it('names a kink at the very point', () => {
    expect(() => checkGradients((x) => relu(x), [0])).toThrow(
      /by differences, with a kink or a jump right there \(relative error 1\.0e\+0\)/,
    );
  });

  it('is exact enough for steep functions and small numbers', () => {
    const steep = [
      checkGradients((x) => exp(x), [[-30, 0, 30]]),
      checkGradients((x) => log(x), [[1e-3, 1, 1e3]]),
      checkGradients((x) => sin(mul(x, 20)), [[0.1, 1, 3]]),
    ];
    for (const [check] of steep) expect(check?.error).toBeLessThan(1e-7);
  });

  it('draws the same random numbers at every point and leaves the stream where it was', () => {
    setSeed(3);
    const before = [...defaultGenerator().state];
    checkGradients((x) => dropout(x, 0.5), [[1, 2, 3, 4, 5, 6, 7, 8]]);
    expect([...defaultGenerator().state]).toEqual(before);
  });

  it('leaves int32 inputs alone', () => {
    const checks = checkGradients(
      (x, n) => mul(x, cast(n, 'float64')),
      [[1.5, 2.5], tensor([2, 3], [2], 'int32')],
    );
    expect(checks.map((check) => check.input)).toEqual([0]);
  });

  it('says what it wants when it cannot check', () => {
    const messageOf = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing thrown';
    };
    expect(messageOf(() => checkGradients((x) => sum(x), [tensor([1], [1], 'int32')]))).toBe(
      'checkGradients: no input is a float; want one to differentiate by',
    );
    expect(messageOf(() => checkGradients((x) => cast(x, 'float32'), [1]))).toBe(
      'checkGradients: output 0 is float32; want float64. Hand what the function takes from elsewhere in as inputs',
    );
    expect(messageOf(() => checkGradients(() => [], [1]))).toBe(
      'checkGradients: the function returned an empty list; want tensors',
    );
  });
});
