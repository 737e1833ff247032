import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GradientTape } from '../../src/core/tape.ts';
import { fromArray, tensor } from '../../src/core/tensor.ts';
import { zeros } from '../../src/ops/create.ts';
import { mul } from '../../src/ops/elementwise.ts';
import { checkGradients } from '../../src/ops/gradcheck.ts';
import { avgPool, maxPool, type PoolOptions } from '../../src/ops/pool.ts';
import { thrown } from '../thrown.ts';
import { agree, type Case } from './fixtures.ts';

const { pool } = JSON.parse(
  readFileSync(new URL('../fixtures/pool.json', import.meta.url), 'utf8'),
) as { pool: (Case & { kind: 'max' | 'avg'; options: PoolOptions })[] };

describe('pools have the values and gradients of PyTorch', () => {
  it.each(pool.map((about) => [about.kind, about.name, about] as const))(
    '%s, %s',
    (_, __, about) => {
      agree(about, ['x'], (x) => (about.kind === 'max' ? maxPool : avgPool)(x, about.options));
    },
  );
});

describe('maxPool', () => {
  const gradientOf = (values: number[], options: PoolOptions) => {
    const x = tensor(values, [1, 1, values.length, 1]);
    const tape = new GradientTape();
    tape.watch(x);
    return Array.from(
      tape.gradient(
        tape.record(() => maxPool(x, options)),
        x,
      ).values,
    );
  };

  it('gives the gradient to the first of equals', () => {
    expect(gradientOf([2, 2, 1, 1], { ksize: [1, 2] })).toEqual([1, 0, 1, 0]);
    expect(gradientOf([0, 0, 0], { ksize: [1, 3], strides: 1, padding: 'SAME' })).toEqual([
      2, 1, 0,
    ]);
  });

  it('adds up the gradients of windows that share a winner', () => {
    expect(gradientOf([1, 5, 2, 0], { ksize: [1, 2], strides: 1 })).toEqual([0, 2, 1, 0]);
  });

  it('takes −infinity for a number like any other, also beside padding', () => {
    const [y] = [
      maxPool(tensor([-Infinity, -Infinity, -3], [1, 1, 3, 1]), { ksize: [1, 2], padding: 'SAME' }),
    ];
    expect(Array.from(y.values)).toEqual([-Infinity, -3]);
    expect(gradientOf([-Infinity, -Infinity], { ksize: [1, 2] })).toEqual([1, 0]);
  });

  it('is NaN where the window holds one, and the first NaN has the gradient', () => {
    const x = [1, Number.NaN, Number.NaN, 9];
    const y = maxPool(tensor(x, [1, 1, 4, 1]), { ksize: [1, 4] });
    expect(Array.from(y.values)).toEqual([Number.NaN]);
    expect(gradientOf(x, { ksize: [1, 4] })).toEqual([0, 1, 0, 0]);
  });

  it('has second derivatives: of its square, through the winners', () => {
    const values = Float64Array.from([1, 9, 4, 3, 8, 2, 7, 5, 6, 12, 10, 11]);
    const x = fromArray(values, [1, 3, 4, 1]);
    const options = { ksize: 2, strides: 1, padding: 'SAME' } as const;
    checkGradients((t) => mul(maxPool(t, options), maxPool(t, options)), [x], { second: true });
  });
});

describe('avgPool', () => {
  it('leaves the padding out of the mean', () => {
    const y = avgPool(tensor([1, 2, 3], [1, 1, 3, 1]), {
      ksize: [1, 2],
      strides: [1, 2],
      padding: 'SAME',
    });
    expect(Array.from(y.values)).toEqual([1.5, 3]);
  });

  it('has second derivatives', () => {
    const x = fromArray(
      Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)),
      [1, 3, 4, 1],
    );
    const options = { ksize: [2, 3], strides: [2, 1], padding: 'same' } as const;
    checkGradients((t) => mul(avgPool(t, options), avgPool(t, options)), [x], { second: true });
  });
});

describe('pools', () => {
  it('move by their own size unless told otherwise', () => {
    expect(maxPool(zeros([2, 7, 9, 3]), { ksize: [2, 3] }).shape).toEqual([2, 3, 3, 3]);
    expect(avgPool(zeros([2, 7, 9, 3])).shape).toEqual([2, 3, 4, 3]);
  });

  it('take no images', () => {
    expect(maxPool(zeros([0, 4, 4, 3])).shape).toEqual([0, 2, 2, 3]);
    expect(avgPool(zeros([0, 4, 4, 3])).shape).toEqual([0, 2, 2, 3]);
  });

  it.each([
    [
      'a window beyond the image',
      () => maxPool(zeros([1, 3, 8, 1]), { ksize: 5 }),
      "ShapeError: maxPool: the window is 5×5 and the image is 3×8; want a window that fits in. Padding 'SAME' makes room",
    ],
    [
      'a ksize of 0',
      () => avgPool(zeros([1, 3, 3, 1]), { ksize: [0, 2] }),
      'OptionError: avgPool: ksize are [0,2]; want a whole number of at least 1, or one for the height and one for the width',
    ],
    [
      'a stride of 0',
      () => avgPool(zeros([1, 3, 3, 1]), { strides: 0 }),
      'OptionError: avgPool: strides is 0; want a whole number of at least 1, or one for the height and one for the width',
    ],
    ['a vector', () => maxPool(zeros([4])), 'ShapeError: maxPool: x is [4]; want images [n,h,w,c]'],
  ])('say what they want of %s', (_, call, message) => {
    expect(thrown(call)).toBe(message);
  });
});
