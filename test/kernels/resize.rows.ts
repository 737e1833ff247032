import type { Argument, Row } from './parity.ts';

/** [batch, height, width, channels, rows, cols] */
const sizes: readonly (readonly number[])[] = [
  ...[1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33].flatMap((n) => [
    [2, 4, 5, n, 7, 3],
    [1, 3, n, 2, 5, 2 * n + 1],
    [1, n, 3, 1, 5, 4],
  ]),
  [128, 30, 30, 1, 28, 28],
  [3, 1, 1, 5, 4, 6],
  [2, 9, 8, 3, 1, 1],
  [0, 4, 4, 1, 2, 2],
  [2, 4, 4, 0, 2, 2],
];

function row(kernel: 'resizeBilinear' | 'resizeBilinearGrad'): Row {
  return {
    kernel,
    bound: { ofTerms: 1e-6 },
    outputs: [1],
    *calls(random): Generator<Argument[]> {
      for (const about of sizes) {
        const [batch = 0, height = 0, width = 0, channels = 0, rows = 0, cols = 0] = about;
        const small = batch * height * width * channels;
        const large = batch * rows * cols * channels;
        const [from, to] = kernel === 'resizeBilinear' ? [small, large] : [large, small];
        for (const [alignCorners, halfPixelCenters] of [
          [false, false],
          [true, false],
          [false, true],
        ] as const) {
          const y = new Float32Array(to).fill(Number.NaN);
          yield [random.floats(from), y, ...about, alignCorners, halfPixelCenters];
        }
      }
    },
  };
}

export const rows: readonly Row[] = [row('resizeBilinear'), row('resizeBilinearGrad')];
