import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/core/tensor.ts';
import {
  Conv2D,
  Conv2DTranspose,
  DepthwiseConv2D,
  type TransposedConvolutionOptions,
} from '../../../src/nn/layers/index.ts';
import { range, reshape, zeros } from '../../../src/ops/index.ts';
import { thrown } from '../../thrown.ts';

/** 1, 2, 3, … as one image of one channel. */
const counted = (height: number, width: number): Tensor =>
  reshape(range(1, height * width + 1), [1, height, width, 1]);
const flat = (t: Tensor) => [...t.values];

describe('Conv2D', () => {
  it('slides its kernel over the image', () => {
    const layer = new Conv2D(1, 2, { kernelInitializer: 'ones', biasInitializer: 'ones' });
    const y = layer.apply(counted(3, 3));
    expect(y.shape).toEqual([1, 2, 2, 1]);
    expect(flat(y)).toEqual([13, 17, 25, 29]); // 1+2+4+5+1, …
  });

  it('pads, strides and dilates as it is told', () => {
    const same = new Conv2D(1, 3, { kernelInitializer: 'ones', padding: 'same', strides: 2 });
    expect(flat(same.apply(counted(4, 4)))).toEqual([54, 45, 72, 54]);
  });

  it('has a kernel [height, width, channels, filters], Glorot uniform, and a bias a filter', () => {
    const layer = new Conv2D(4, [5, 3]);
    layer.apply(zeros([2, 8, 8, 2]));
    expect(layer.weights.map((w) => w.shape)).toEqual([[5, 3, 2, 4], [4]]);
    const limit = Math.sqrt(6 / (5 * 3 * (2 + 4)));
    expect(Math.max(...flat(layer.kernel).map(Math.abs))).toBeLessThanOrEqual(limit);
    expect(layer.countParams()).toBe(124);
  });

  it('refuses kernels larger than the image, and images of other channels', () => {
    expect(thrown(() => new Conv2D(1, 5).apply(zeros([1, 3, 4, 1])))).toBe(
      "ShapeError: conv2d: the kernel is 5×5 and the image is 3×4; want a kernel that fits in. Padding 'SAME' makes room",
    );
    const layer = new Conv2D(1, 2, { name: 'c' });
    expect(thrown(() => layer.apply(zeros([1, 3])))).toBe(
      'ShapeError: c: x is [1,3]; want images [batch, height, width, channels]',
    );
    layer.apply(zeros([1, 3, 3, 1]));
    expect(thrown(() => layer.apply(zeros([1, 3, 3, 2])))).toBe(
      'ShapeError: c: x is [1,3,3,2]; want images [batch, height, width, 1 channel]',
    );
    expect(thrown(() => layer.apply(zeros([2, 3, 3])))).toBe(
      'ShapeError: c: x is [2,3,3]; want images [batch, height, width, 1 channel]. expandDims(x, −1) adds a channel',
    );
  });

  it('refuses windows that are none', () => {
    expect(thrown(() => new Conv2D(1, 3, { strides: 0 }))).toBe(
      'OptionError: Conv2D: strides is 0; want a whole number of at least 1, or [height, width]',
    );
    expect(thrown(() => new Conv2D(1, [3]))).toBe(
      'OptionError: Conv2D: kernelSize is [3]; want a whole number of at least 1, or [height, width]',
    );
    expect(thrown(() => new Conv2D(1, 3, { padding: 'full' as 'same' }))).toBe(
      "OptionError: Conv2D: padding is \"full\"; want 'valid' or 'same'",
    );
    expect(thrown(() => new Conv2D(0, 3))).toBe(
      'OptionError: Conv2D: filters is 0; want a whole number of at least 1',
    );
  });
});

describe('Conv2DTranspose', () => {
  it('spreads each pixel over a kernel', () => {
    const layer = new Conv2DTranspose(1, 2, { kernelInitializer: 'ones', strides: 2 });
    expect(flat(layer.apply(counted(2, 2)))).toEqual([
      1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4,
    ]);
  });

  it('makes images as large as Keras says', () => {
    const x = zeros([2, 16, 16, 1]);
    expect(new Conv2DTranspose(4, 5).apply(x).shape).toEqual([2, 20, 20, 4]);
    expect(new Conv2DTranspose(4, 3, { strides: 2 }).apply(x).shape).toEqual([2, 33, 33, 4]);
    expect(new Conv2DTranspose(4, 2, { strides: 3 }).apply(x).shape).toEqual([2, 48, 48, 4]);
    expect(new Conv2DTranspose(4, 3, { strides: 2, padding: 'same' }).apply(x).shape).toEqual([
      2, 32, 32, 4,
    ]);
  });

  it('makes them as much larger as outputPadding says, by the formula of Keras', () => {
    const side = (size: number, kernel: number, options: TransposedConvolutionOptions) =>
      new Conv2DTranspose(1, kernel, options).apply(zeros([1, size, size, 1])).shape.slice(1, 3);
    const same = { padding: 'same', strides: 2 } as const;
    expect(side(16, 3, { ...same, outputPadding: 0 })).toEqual([31, 31]); // 15·2 + 3 − 2
    expect(side(16, 3, { ...same, outputPadding: 1 })).toEqual([32, 32]);
    expect(side(16, 5, { ...same, outputPadding: [0, 1] })).toEqual([31, 32]); // 15·2 + 5 − 4
    expect(side(4, 3, { strides: 3, outputPadding: 2 })).toEqual([14, 14]); // 3·3 + 3 + 2
    expect(side(4, 2, { dilationRate: 3, outputPadding: 0 })).toEqual([7, 7]); // 3 + 4
    const layer = new Conv2DTranspose(1, 2, {
      kernelInitializer: 'ones',
      strides: 2,
      outputPadding: 1,
    });
    expect(layer.apply([[[[7]]]]).toArray()).toEqual([[[[7], [7], [0]], [[7], [7], [0]], [[0], [0], [0]]]]); // biome-ignore format: a picture
  });

  it('has a kernel [height, width, filters, channels]', () => {
    const layer = new Conv2DTranspose(4, 5);
    layer.apply(zeros([1, 3, 3, 2]));
    expect(layer.weights.map((w) => w.shape)).toEqual([[5, 5, 4, 2], [4]]);
  });
});

describe('DepthwiseConv2D', () => {
  it('convolves each channel for itself', () => {
    const layer = new DepthwiseConv2D(2, { depthwiseInitializer: 'ones' });
    const y = layer.apply([
      [
        [
          [1, 10],
          [2, 20],
        ],
        [
          [3, 30],
          [4, 40],
        ],
      ],
    ]);
    expect(y.toArray()).toEqual([[[[10, 100]]]]);
  });

  it('has depthMultiplier outputs a channel', () => {
    const layer = new DepthwiseConv2D(3, { depthMultiplier: 2, padding: 'same' });
    expect(layer.apply(zeros([1, 4, 4, 3])).shape).toEqual([1, 4, 4, 6]);
    expect(layer.weights.map((w) => w.shape)).toEqual([[3, 3, 3, 2], [6]]);
  });
});
