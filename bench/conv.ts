/**
 * Our convolutions beside oneDNN's, all three passes, at the shapes of the programs and at a common one with many
 * channels. oneDNN runs twice: images as they are here (NHWC), and all arrays in the order it likes best, without the
 * time for bringing them there and back. Filters are always in its own order. Where it has Winograd's algorithm, 3×3 with
 * stride 1, that runs too: fewer operations, counted as if they were all there, and larger errors.
 */
import type { Window } from '../src/kernels/window.ts';
import { type Library, librariesFor, timeBesideLibraries } from './libraries.ts';
import { noise } from './measure.ts';
import type { Progress } from './progress.ts';
import { squareWindow, windows } from './windows.ts';

const kernelOf = {
  forward: 'conv2d',
  input: 'conv2dInputGrad',
  filter: 'conv2dFilterGrad',
} as const;
const passes = ['forward', 'input', 'filter'] as const;
/** As bench/peers/conv.cc numbers them. */
const ways = ['nhwc', 'blocked', 'winograd'] as const;

interface Convolution extends Library {
  /** Makes a convolution ready with copies of a and b, one of each way at a time. */
  prepare(way: number, pass: number, a: Float32Array, b: Float32Array, window: Window): void;
  run(way: number): void;
  result(way: number, y: Float32Array): void;
}

/** Tables of one and of `most` threads; `json` gives a line for each pass and shape instead. */
export function convBesideLibraries(most: number, json: boolean, progress: Progress): void {
  const say = json ? progress.note : progress.print;
  const libraries = librariesFor<Convolution>('conv', ['onednn'], say);
  const run = { most, json, progress, count: windows.length * passes.length };
  timeBesideLibraries('conv2d', run, function* (threads) {
    for (const one of windows) {
      const { kernel, channels, filters, stride = 1 } = one;
      const { window, name, x: pixels, y: outputs } = squareWindow(one);
      const [x, filter, dy] = [
        noise(pixels),
        noise(kernel ** 2 * channels * filters),
        noise(outputs),
      ];
      const arrays = { forward: [x, filter, dy], input: [dy, filter, x], filter: [x, dy, filter] };
      for (const [number, pass] of passes.entries()) {
        const [a, b, like] = arrays[pass] as [Float32Array, Float32Array, Float32Array];
        const y = new Float32Array(like.length);
        yield {
          name: `${name}, ${pass}`,
          flops: 2 * outputs * kernel ** 2 * channels,
          // A number of dfilter sums as many products as there are pixels.
          tolerance: pass === 'filter' ? 1e-3 + (2e-8 * outputs) / filters : 1e-4,
          y,
          own: (kernels) => kernels[kernelOf[pass]](a, b, y, window),
          others: libraries.flatMap((library) => {
            library.threads(threads);
            return ways.flatMap((way, w) => {
              if (way === 'winograd' && (kernel !== 3 || stride !== 1)) return [];
              const contender = {
                name: `${library.name} ${way}`,
                library,
                run: () => library.run(w),
                bring: () => library.result(w, y),
                ...(way === 'winograd' && { otherwise: { tolerance: 2e-3 } }),
              };
              try {
                library.prepare(w, number, a, b, window);
              } catch (error) {
                say(`${contender.name} cannot do ${name}, ${pass}: ${(error as Error).message}`);
                return [];
              }
              return [contender];
            });
          }),
        };
      }
    }
  });
}
