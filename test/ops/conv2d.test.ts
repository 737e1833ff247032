import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GradientTape } from '../../src/core/tape.ts';
import { fromArray, tensor } from '../../src/core/tensor.ts';
import { conv2d, conv2dTranspose, depthwiseConv2d } from '../../src/ops/conv2d.ts';
import { zeros } from '../../src/ops/create.ts';
import { mul } from '../../src/ops/elementwise.ts';
import { checkGradients } from '../../src/ops/gradcheck.ts';
import { randomNormal } from '../../src/ops/random.ts';
import { sum } from '../../src/ops/reduce.ts';
import type { Padding, WindowOptions } from '../../src/ops/window.ts';
import { thrown } from '../thrown.ts';
import { agree, type Case } from './fixtures.ts';

const fixtures = JSON.parse(
  readFileSync(new URL('../fixtures/conv2d.json', import.meta.url), 'utf8'),
) as Record<'conv2d' | 'conv2dTranspose' | 'depthwiseConv2d', (Case & { options: object })[]>;

describe.each([
  ['conv2d', conv2d],
  ['conv2dTranspose', conv2dTranspose],
  ['depthwiseConv2d', depthwiseConv2d],
] as const)('%s has the values and gradients of PyTorch', (name, op) => {
  it.each(fixtures[name].map((about) => [about.name, about] as const))('%s', (_, about) => {
    agree(about, ['x', 'filter'], (x, filter) => op(x, filter, about.options));
  });
});

describe('second derivatives agree with differences', () => {
  const random = (...shape: number[]) => randomNormal(shape, { dtype: 'float64' });
  const ways: [string, WindowOptions][] = [
    ['plain', {}],
    ['stride 2, SAME', { strides: 2, padding: 'SAME' }],
    ['dilation', { dilations: [2, 1], padding: 'same' }],
  ];
  it.each(ways)('conv2d, %s', (_, options) => {
    checkGradients((x, f) => conv2d(x, f, options), [random(2, 6, 5, 2), random(3, 2, 2, 3)], {
      second: true,
    });
  });
  it.each(ways)('conv2dTranspose, %s', (_, options) => {
    checkGradients(
      (x, f) => conv2dTranspose(x, f, options),
      [random(2, 3, 4, 2), random(3, 2, 3, 2)],
      { second: true },
    );
  });
  it.each(ways)('depthwiseConv2d, %s', (_, options) => {
    checkGradients(
      (x, f) => depthwiseConv2d(x, f, options),
      [random(2, 6, 5, 2), random(3, 2, 2, 2)],
      { second: true },
    );
  });
});

// ── Against the definition, written once more ────────────────────────────────────────────────────────────────────

/** Sizes at random, among them strides beyond the kernel, dilations and every padding. */
const sizes = fc.record({
  n: fc.integer({ min: 0, max: 2 }),
  h: fc.integer({ min: 1, max: 6 }),
  w: fc.integer({ min: 1, max: 6 }),
  c: fc.integer({ min: 1, max: 3 }),
  o: fc.integer({ min: 1, max: 3 }),
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  dilations: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  padding: fc.constantFrom<Padding>('SAME', 'VALID', [
    [1, 2],
    [0, 3],
  ]),
  seed: fc.nat(),
});

type Sizes = typeof sizes extends fc.Arbitrary<infer T> ? T : never;

/** Where the window stands along one axis for each output, from a written-out row of the padded image. */
function starts(size: number, k: number, s: number, d: number, padding: Padding, axis: 0 | 1) {
  const span = (k - 1) * d + 1;
  let [before, after] = [0, 0];
  if (padding === 'SAME') {
    // As many zeros as it takes, one by one, the first of them behind.
    const wanted = Math.ceil(size / s);
    while (
      Math.floor((size + before + after - span) / s) + 1 < wanted ||
      size + before + after < span
    ) {
      if (after > before) before++;
      else after++;
    }
  } else if (padding !== 'VALID') [before, after] = padding[axis] as [number, number];
  const found: number[] = [];
  for (let at = -before; at + span <= size + after; at += s) found.push(at);
  return found;
}

/** Gives the definition's y, read from functions of places so that no index arithmetic is shared. */
function naive(
  { n, h, w, o, kernel, strides, dilations, padding }: Sizes,
  channelsFor: (o: number) => number[],
  x: (n: number, i: number, j: number, c: number) => number,
  f: (p: number, q: number, c: number, o: number) => number,
): number[] | undefined {
  const rows = starts(h, kernel[0], strides[0], dilations[0], padding, 0);
  const cols = starts(w, kernel[1], strides[1], dilations[1], padding, 1);
  if (rows.length === 0 || cols.length === 0) return undefined;
  const y: number[] = [];
  for (let image = 0; image < n; image++)
    for (const row of rows)
      for (const col of cols)
        for (let out = 0; out < o; out++) {
          let total = 0;
          for (const c of channelsFor(out))
            for (let p = 0; p < kernel[0]; p++)
              for (let q = 0; q < kernel[1]; q++) {
                const [i, j] = [row + p * dilations[0], col + q * dilations[1]];
                if (i >= 0 && i < h && j >= 0 && j < w)
                  total += x(image, i, j, c) * f(p, q, c, out);
              }
          y.push(total);
        }
  return y;
}

/** Whole numbers, so that every sum is exact in any order, and equal means equal. */
function whole(size: number, seed: number): Float64Array {
  let state = seed | 1;
  return Float64Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >> 16) % 9;
  });
}

const options = ({ strides, dilations, padding }: Sizes) => ({ strides, dilations, padding });

describe('by definition', () => {
  it('conv2d is the sum over its window, for any sizes', () => {
    fc.assert(
      fc.property(sizes, (s) => {
        const x = whole(s.n * s.h * s.w * s.c, s.seed);
        const [kh, kw] = s.kernel;
        const f = whole(kh * kw * s.c * s.o, s.seed + 1);
        const channels = Array.from({ length: s.c }, (_, c) => c);
        const want = naive(
          s,
          () => channels,
          (n, i, j, c) => x[((n * s.h + i) * s.w + j) * s.c + c] as number,
          (p, q, c, o) => f[((p * kw + q) * s.c + c) * s.o + o] as number,
        );
        const run = () =>
          conv2d(fromArray(x, [s.n, s.h, s.w, s.c]), fromArray(f, [kh, kw, s.c, s.o]), options(s));
        if (want === undefined) expect(thrown(run)).toMatch(/want a kernel that fits in/);
        else expect(Array.from(run().values)).toEqual(want);
      }),
    );
  });

  it('depthwiseConv2d is a convolution of each channel, for any sizes', () => {
    fc.assert(
      fc.property(sizes, (s) => {
        const x = whole(s.n * s.h * s.w * s.c, s.seed);
        const [kh, kw] = s.kernel;
        const f = whole(kh * kw * s.c * s.o, s.seed + 1);
        const want = naive(
          { ...s, o: s.c * s.o },
          (o) => [Math.floor(o / s.o)],
          (n, i, j, c) => x[((n * s.h + i) * s.w + j) * s.c + c] as number,
          (p, q, c, o) => f[((p * kw + q) * s.c + c) * s.o + (o % s.o)] as number,
        );
        const run = () =>
          depthwiseConv2d(
            fromArray(x, [s.n, s.h, s.w, s.c]),
            fromArray(f, [kh, kw, s.c, s.o]),
            options(s),
          );
        if (want === undefined) expect(thrown(run)).toMatch(/want a kernel that fits in/);
        else expect(Array.from(run().values)).toEqual(want);
      }),
    );
  });

  it('conv2dTranspose is the transpose: <conv2d(x), y> = <x, conv2dTranspose(y)>', () => {
    fc.assert(
      fc.property(sizes, (s) => {
        const x = fromArray(whole(s.n * s.h * s.w * s.c, s.seed), [s.n, s.h, s.w, s.c]);
        const [kh, kw] = s.kernel;
        const f = fromArray(whole(kh * kw * s.c * s.o, s.seed + 1), [kh, kw, s.c, s.o]);
        if (thrown(() => conv2d(x, f, options(s))) !== 'nothing was thrown') return;
        const forward = conv2d(x, f, options(s));
        const y = fromArray(whole(forward.size, s.seed + 2), forward.shape);
        const back = conv2dTranspose(y, f, { ...options(s), outputShape: [s.h, s.w] });
        expect(back.shape).toEqual(x.shape);
        // 0 is added for −0, which toBe tells from 0.
        expect(sum(mul(x, back)).item() + 0).toBe(sum(mul(forward, y)).item() + 0);
      }),
    );
  });
});

describe('sizes', () => {
  it('makes a transposed output of size · stride for SAME', () => {
    const y = conv2dTranspose(zeros([1, 5, 5, 16]), zeros([5, 5, 8, 16]), {
      strides: 3,
      padding: 'SAME',
    });
    expect(y.shape).toEqual([1, 15, 15, 8]);
  });

  it('makes a transposed output of size · stride + max(kernel − stride, 0) for VALID', () => {
    const shape = (kernel: number, strides: number) =>
      conv2dTranspose(zeros([1, 2, 2, 1]), zeros([kernel, kernel, 1, 1]), { strides }).shape[1];
    expect([shape(3, 2), shape(2, 3), shape(5, 1)]).toEqual([5, 6, 6]);
  });

  it('leaves rows that no window reaches at 0, and so their gradient', () => {
    const x = tensor([1, 2, 3, 4], [1, 2, 2, 1]);
    const filter = tensor([1], [1, 1, 1, 1]);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => conv2dTranspose(x, filter, { strides: 3 }));
    expect(y.shape).toEqual([1, 6, 6, 1]);
    expect(Array.from(y.values).filter((value) => value !== 0)).toEqual([1, 2, 3, 4]);
    expect(tape.gradient(y, x).toArray()).toEqual([
      [
        [[1], [1]],
        [[1], [1]],
      ],
    ]);
  });

  it('takes no images, and images of no channels', () => {
    expect(conv2d(zeros([0, 5, 5, 2]), zeros([3, 3, 2, 4])).shape).toEqual([0, 3, 3, 4]);
    expect(Array.from(conv2d(zeros([1, 3, 3, 0]), zeros([3, 3, 0, 2])).values)).toEqual([0, 0]);
    const [x, filter] = [zeros([0, 5, 5, 2]), zeros([3, 3, 2, 4])];
    const tape = new GradientTape();
    tape.watch(x, filter);
    const y = tape.record(() => conv2d(x, filter));
    const [dx, df] = tape.gradient(y, [x, filter]);
    expect(dx?.shape).toEqual([0, 5, 5, 2]);
    expect(Array.from(df?.values ?? [])).toEqual(new Array(72).fill(0));
  });

  it('takes strides as TensorFlow writes them, and pads as four pairs', () => {
    const x = randomNormal([1, 6, 6, 1]);
    const filter = randomNormal([3, 3, 1, 1]);
    const short = conv2d(x, filter, {
      strides: [2, 1],
      padding: [
        [1, 0],
        [2, 1],
      ],
    });
    const long = conv2d(x, filter, {
      strides: [1, 2, 1, 1],
      padding: [
        [0, 0],
        [1, 0],
        [2, 1],
        [0, 0],
      ],
    });
    expect(long.toArray()).toEqual(short.toArray());
  });
});

describe('says what it wants', () => {
  const x = zeros([2, 5, 5, 3]);
  const filter = zeros([3, 3, 3, 4]);
  it.each([
    [
      'an x of other axes',
      () => conv2d(zeros([5, 5, 3]), filter),
      'ShapeError: conv2d: x is [5,5,3]; want images [n,h,w,in]',
    ],
    [
      'a filter of other axes',
      () => conv2d(x, zeros([3, 3])),
      'ShapeError: conv2d: filter is [3,3]; want [h,w,in,out]',
    ],
    [
      'integers',
      () => conv2d(zeros([2, 5, 5, 3], 'int32'), filter),
      'ShapeError: conv2d: x is int32; want floats. cast(x, "float32") makes it so',
    ],
    [
      'other channels',
      () => conv2d(x, zeros([3, 3, 4, 8])),
      'ShapeError: conv2d: x is [2,5,5,3] and filter is [3,3,4,8]; want a filter whose third size is the channels of x, 3',
    ],
    [
      'other channels, transposed',
      () => conv2dTranspose(x, zeros([3, 3, 3, 8])),
      'ShapeError: conv2dTranspose: x is [2,5,5,3] and filter is [3,3,3,8]; want a filter [h,w,out,in] whose last size is the channels of x, 3',
    ],
    [
      'a kernel beyond the image',
      () => conv2d(x, zeros([7, 3, 3, 4])),
      "ShapeError: conv2d: the kernel is 7×3 and the image is 5×5; want a kernel that fits in. Padding 'SAME' makes room",
    ],
    [
      'a dilated kernel beyond the image',
      () => conv2d(x, filter, { dilations: 3 }),
      "ShapeError: conv2d: the kernel spans 7×7 and the image is 5×5; want a kernel that fits in. Padding 'SAME' makes room",
    ],
    [
      'a kernel beyond the padded image',
      () =>
        conv2d(x, zeros([9, 9, 3, 4]), {
          padding: [
            [1, 1],
            [1, 1],
          ],
        }),
      "ShapeError: conv2d: the kernel is 9×9 and the image is 5×5 before padding; want a kernel that fits in. Padding 'SAME' makes room",
    ],
    [
      'no kernel',
      () => conv2d(x, zeros([0, 3, 3, 4])),
      'ShapeError: conv2d: filter is [0,3,3,4]; want a kernel of at least 1×1',
    ],
    [
      'a stride of 0',
      () => conv2d(x, filter, { strides: 0 }),
      'OptionError: conv2d: strides is 0; want a whole number of at least 1, or one for the height and one for the width',
    ],
    [
      'strides for channels',
      () => conv2d(x, filter, { strides: [1, 1, 1, 2] }),
      'OptionError: conv2d: strides are [1,1,1,2]; want a whole number of at least 1, or one for the height and one for the width',
    ],
    [
      'a dilation of 1.5',
      () => depthwiseConv2d(x, filter, { dilations: [1.5, 1] }),
      'OptionError: depthwiseConv2d: dilations are [1.5,1]; want a whole number of at least 1, or one for the height and one for the width',
    ],
    [
      'another word for padding',
      () => conv2d(x, filter, { padding: 'FULL' as 'SAME' }),
      "OptionError: conv2d: padding is \"FULL\"; want 'SAME', 'VALID', or zeros to add as [[top, bottom], [left, right]]",
    ],
    [
      'a negative pad',
      () =>
        conv2d(x, filter, {
          padding: [
            [0, -1],
            [0, 0],
          ],
        }),
      "OptionError: conv2d: padding is [[0,-1],[0,0]]; want 'SAME', 'VALID', or zeros to add as [[top, bottom], [left, right]]",
    ],
    [
      'an output that does not fit',
      () => conv2dTranspose(zeros([1, 4, 4, 2]), zeros([3, 3, 1, 2]), { outputShape: [9, 6] }),
      'ShapeError: conv2dTranspose: outputShape is [1,9,6,1], and a convolution of that makes 7×4 pixels; want an output of which it makes 4×4, the size of x',
    ],
    [
      'an output of other channels',
      () =>
        conv2dTranspose(zeros([1, 4, 4, 2]), zeros([3, 3, 1, 2]), { outputShape: [1, 6, 6, 2] }),
      'ShapeError: conv2dTranspose: outputShape is [1,6,6,2]; want [height, width], or [1, height, width, 1] for x [1,4,4,2] and filter [3,3,1,2]',
    ],
  ])('of %s', (_, call, message) => {
    expect(thrown(call)).toBe(message);
  });
});
