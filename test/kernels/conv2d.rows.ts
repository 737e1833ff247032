import type { Kernels } from '../../src/kernels/reference.ts';
import type { Argument, Random, Row } from './parity.ts';
import { type Asked, inputSize, outputSize, windowAsked } from './windows.ts';

/** Kernels small and large, few channels and many, so that the lanes are channels in some and images in others. */
function* asked(): Generator<Asked> {
  // About the number of lanes of each instruction set: images, channels and columns.
  for (const n of [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33]) {
    yield { batch: n, height: 5, width: 6, channels: 2, filters: 3, kernel: [3, 2] };
    yield { batch: 2, height: 4, width: 5, channels: 3, filters: n, kernel: [2, 3] };
    yield {
      batch: 17,
      height: 4,
      width: 5,
      channels: n,
      filters: 1,
      kernel: [3, 3],
      padding: 'SAME',
    };
    yield { batch: 3, height: 3, width: n + 2, channels: 1, filters: 9, kernel: [2, 3] };
    yield {
      batch: 16,
      height: 3,
      width: n,
      channels: 1,
      filters: 2,
      kernel: [1, 3],
      padding: 'SAME',
    };
  }
  for (const [batch, channels, filters] of [
    [2, 3, 35],
    [19, 3, 5],
  ] as const) {
    const each = { batch, channels, filters };
    for (const stride of [1, 2, 3, 4]) {
      for (const dilation of [1, 2, 3]) {
        for (const padding of ['VALID', 'SAME'] as const) {
          const apart = {
            stride: [stride, 5 - stride],
            dilation: [dilation, 4 - dilation],
          } as const;
          yield { ...each, height: 11, width: 12, kernel: [3, 3], padding, ...apart };
          yield { ...each, height: 9, width: 10, kernel: [2, 1], padding, ...apart };
        }
      }
    }
    yield { ...each, height: 2, width: 3, kernel: [5, 7], padding: 'SAME' };
    yield { ...each, height: 1, width: 1, kernel: [1, 1] };
    yield { ...each, height: 3, width: 17, kernel: [1, 5], stride: [1, 2] };
    yield { ...each, height: 4, width: 5, kernel: [3, 3], top: 2, left: 0, rows: 3, cols: 6 };
    yield { ...each, height: 9, width: 9, kernel: [2, 2], stride: [4, 3] };
  }
  // Few numbers in a row of taps, so that a tile takes several rows of them.
  for (const filters of [16, 17, 24]) {
    const each = { batch: 5, height: 9, width: 8, channels: 1, filters, padding: 'SAME' } as const;
    yield { ...each, kernel: [5, 3], dilation: [2, 1] };
    yield { ...each, kernel: [5, 5], stride: [3, 2] };
    yield { ...each, kernel: [7, 2], height: 3 };
  }
  // Outputs of fewer numbers than a register.
  yield { batch: 8, height: 28, width: 28, channels: 2, filters: 5, kernel: [28, 28] };
  // The programs', with the batch cut short.
  yield { batch: 20, height: 28, width: 28, channels: 1, filters: 4, kernel: [5, 5] };
  yield { batch: 20, height: 12, width: 13, channels: 4, filters: 4, kernel: [5, 5] };
  yield { batch: 20, height: 12, width: 13, channels: 4, filters: 1, kernel: [5, 5] };
  yield {
    batch: 20,
    height: 28,
    width: 28,
    channels: 1,
    filters: 16,
    kernel: [3, 3],
    stride: [3, 3],
    padding: 'SAME',
  };
  yield {
    batch: 20,
    height: 15,
    width: 15,
    channels: 8,
    filters: 16,
    kernel: [5, 5],
    stride: [3, 3],
    padding: 'SAME',
  };
  yield {
    batch: 20,
    height: 30,
    width: 30,
    channels: 1,
    filters: 8,
    kernel: [3, 3],
    stride: [2, 2],
    padding: 'SAME',
  };
  // Ordinary ones: one image has to be shared by its rows.
  yield {
    batch: 1,
    height: 30,
    width: 31,
    channels: 40,
    filters: 48,
    kernel: [3, 3],
    padding: 'SAME',
  };
  yield { batch: 1, height: 19, width: 20, channels: 64, filters: 70, kernel: [1, 1] };
  // Nothing.
  yield { batch: 0, height: 5, width: 5, channels: 2, filters: 3, kernel: [3, 3] };
  yield { batch: 2, height: 5, width: 5, channels: 0, filters: 3, kernel: [3, 3] };
  yield { batch: 2, height: 5, width: 5, channels: 3, filters: 0, kernel: [3, 3] };
}

function row(
  kernel: keyof Kernels,
  windows: () => Iterable<Asked>,
  sizes: (about: Asked) => readonly [number, number, number],
): Row {
  return {
    kernel,
    bound: { ofTerms: 2e-6 },
    outputs: [2],
    *calls(random: Random): Generator<Argument[]> {
      for (const about of windows()) {
        const [a, b, y] = sizes(about);
        // What was there must not matter.
        const before = new Float32Array(y).fill(Number.NaN);
        yield [random.floats(a, -1, 1), random.floats(b, -1, 1), before, windowAsked(about)];
      }
    },
  };
}

const taps = ({ kernel }: Asked) => kernel[0] * kernel[1];
const filterSize = (about: Asked) => taps(about) * about.channels * about.filters;
const depthwiseFilterSize = (about: Asked) => taps(about) * about.filters;

/** The same windows with every channel's own filters: one, or several. */
function* depthwise(): Generator<Asked> {
  for (const about of asked()) {
    if (about.channels === 0 || about.filters === 0) continue;
    if (about.channels * about.filters > 600 || about.height > 20) continue;
    yield { ...about, filters: about.channels };
    yield { ...about, filters: about.channels * Math.min(about.filters, 3) };
  }
}

export const rows: readonly Row[] = [
  row('conv2d', asked, (about) => [inputSize(about), filterSize(about), outputSize(about)]),
  row('conv2dInputGrad', asked, (about) => [
    outputSize(about),
    filterSize(about),
    inputSize(about),
  ]),
  row('conv2dFilterGrad', asked, (about) => [
    inputSize(about),
    outputSize(about),
    filterSize(about),
  ]),
  row('depthwiseConv2d', depthwise, (about) => [
    inputSize(about),
    depthwiseFilterSize(about),
    outputSize(about),
  ]),
  row('depthwiseConv2dInputGrad', depthwise, (about) => [
    outputSize(about),
    depthwiseFilterSize(about),
    inputSize(about),
  ]),
  row('depthwiseConv2dFilterGrad', depthwise, (about) => [
    inputSize(about),
    outputSize(about),
    depthwiseFilterSize(about),
  ]),
];
