import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromArray, tensor } from '../../src/core/tensor.ts';
import { zeros } from '../../src/ops/create.ts';
import { mul } from '../../src/ops/elementwise.ts';
import { checkGradients } from '../../src/ops/gradcheck.ts';
import { type ResizeOptions, resizeBilinear, resizeNearest } from '../../src/ops/resize.ts';
import { thrown } from '../thrown.ts';
import { agree, type Case } from './fixtures.ts';

const { resize } = JSON.parse(
  readFileSync(new URL('../fixtures/resize.json', import.meta.url), 'utf8'),
) as {
  resize: (Case & { kind: string; size: [number, number]; options: ResizeOptions })[];
};

describe('resizing has the values and gradients of PyTorch', () => {
  // Places are taken in float32, as TensorFlow does, so the weights agree to 7 digits and no more.
  it.each(resize.map((about) => [about.name, about] as const))('%s', (_, about) => {
    const op = about.kind === 'bilinear' ? resizeBilinear : resizeNearest;
    agree(about, ['x'], (x) => op(x, about.size, about.options), { float64: 5 });
  });
});

describe('resizeBilinear', () => {
  const row = (...values: number[]) => tensor(values, [1, 1, values.length, 1]);

  it("is TF1's without options: the last pixel is repeated, the first is kept", () => {
    expect(Array.from(resizeBilinear(row(0, 4), [1, 4]).values)).toEqual([0, 2, 4, 4]);
  });

  it('is the identity at the same size, every way', () => {
    const x = tensor(
      Float32Array.from({ length: 12 }, (_, i) => i * i),
      [1, 3, 4, 1],
    );
    for (const options of [{}, { alignCorners: true }, { halfPixelCenters: true }]) {
      expect(resizeBilinear(x, [3, 4], options).toArray()).toEqual(x.toArray());
      expect(resizeNearest(x, [3, 4], options).toArray()).toEqual(x.toArray());
    }
  });

  it('has second derivatives', () => {
    const x = fromArray(
      Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)),
      [1, 3, 4, 1],
    );
    for (const options of [{}, { alignCorners: true }, { halfPixelCenters: true }]) {
      const resized = (t: typeof x) => resizeBilinear(t, [5, 3], options);
      checkGradients((t) => mul(resized(t), resized(t)), [x], { second: true });
    }
  });
});

describe('resizeNearest', () => {
  it('keeps infinities and NaN to themselves', () => {
    const x = tensor([1, Infinity, Number.NaN], [1, 1, 3, 1]);
    const y = resizeNearest(x, [1, 6]);
    expect(Array.from(y.values)).toEqual([1, 1, Infinity, Infinity, Number.NaN, Number.NaN]);
  });

  it('has second derivatives', () => {
    const x = fromArray(
      Float64Array.from({ length: 6 }, (_, i) => Math.sin(i)),
      [1, 2, 3, 1],
    );
    checkGradients((t) => mul(resizeNearest(t, [5, 4]), resizeNearest(t, [5, 4])), [x], {
      second: true,
    });
  });
});

it.each([
  [
    'a size of 0',
    () => resizeBilinear(zeros([1, 2, 2, 1]), [0, 2]),
    'OptionError: resizeBilinear: size is [0,2]; want [height, width], whole numbers of at least 1',
  ],
  [
    'no pixels',
    () => resizeNearest(zeros([1, 0, 2, 1]), [2, 2]),
    'ShapeError: resizeNearest: x is [1,0,2,1]; want at least one pixel',
  ],
  [
    'both ways at once',
    () =>
      resizeBilinear(zeros([1, 2, 2, 1]), [2, 2], { alignCorners: true, halfPixelCenters: true }),
    'OptionError: resizeBilinear: alignCorners and halfPixelCenters are both set; want at most one of them',
  ],
])('says what it wants of %s', (_, call, message) => {
  expect(thrown(call)).toBe(message);
});
