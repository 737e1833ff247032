/**
 * Convolutions as TensorFlow means them (the filter is not flipped), images NHWC, filters HWIO. Each of a
 * convolution's three arrays is a sum of products of the other two over the same pairs of pixels; sums are kept in
 * double precision. Images that come out are finished with a bias of their channels and an activation or its gradient,
 * if there are any (epilogue.ts).
 */
import type { Floats } from './arrays.ts';
import { finish, none } from './epilogue.ts';
import { sizesOf, slide, type Window } from './window.ts';

/** y[output,o] = sum over taps and c of x[input,c] filter[tap,c,o]. */
export function conv2d(
  x: Floats,
  filter: Floats,
  y: Floats,
  window: Window,
  bias: Floats = none,
  after: number = 0,
  beside: Floats = none,
): void {
  const { channels, filters } = sizesOf(window);
  const sums = new Float64Array(y.length);
  slide(window, (output, input, tap) => {
    for (let c = 0; c < channels; c++) {
      const value = x[input * channels + c]!;
      for (let o = 0; o < filters; o++) {
        sums[output * filters + o]! += value * filter[(tap * channels + c) * filters + o]!;
      }
    }
  });
  y.set(sums);
  finish(y, bias, after, beside);
}

/** dx[input,c] = sum over taps and o of dy[output,o] filter[tap,c,o]; 0 where no window reaches. */
export function conv2dInputGrad(
  dy: Floats,
  filter: Floats,
  dx: Floats,
  window: Window,
  bias: Floats = none,
  after: number = 0,
  beside: Floats = none,
): void {
  const { channels, filters } = sizesOf(window);
  const sums = new Float64Array(dx.length);
  slide(window, (output, input, tap) => {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let o = 0; o < filters; o++) {
        sum += dy[output * filters + o]! * filter[(tap * channels + c) * filters + o]!;
      }
      sums[input * channels + c]! += sum;
    }
  });
  dx.set(sums);
  finish(dx, bias, after, beside);
}

/** dfilter[tap,c,o] = sum over pixels of x[input,c] dy[output,o]. */
export function conv2dFilterGrad(x: Floats, dy: Floats, dfilter: Floats, window: Window): void {
  const { channels, filters } = sizesOf(window);
  const sums = new Float64Array(dfilter.length);
  slide(window, (output, input, tap) => {
    for (let c = 0; c < channels; c++) {
      const value = x[input * channels + c]!;
      for (let o = 0; o < filters; o++) {
        sums[(tap * channels + c) * filters + o]! += value * dy[output * filters + o]!;
      }
    }
  });
  dfilter.set(sums);
}

// Depthwise: each channel c has filters of its own, and makes the outputs o = c · multiplier … + multiplier − 1.

/** y[output,o] = sum over taps of x[input,c] filter[tap,o]. */
export function depthwiseConv2d(x: Floats, filter: Floats, y: Floats, window: Window): void {
  const { channels, filters } = sizesOf(window);
  const multiplier = filters / channels;
  const sums = new Float64Array(y.length);
  slide(window, (output, input, tap) => {
    for (let o = 0; o < filters; o++) {
      const c = Math.floor(o / multiplier);
      sums[output * filters + o]! += x[input * channels + c]! * filter[tap * filters + o]!;
    }
  });
  y.set(sums);
}

/** dx[input,c] = sum over taps and the o of c of dy[output,o] filter[tap,o]. */
export function depthwiseConv2dInputGrad(
  dy: Floats,
  filter: Floats,
  dx: Floats,
  window: Window,
): void {
  const { channels, filters } = sizesOf(window);
  const multiplier = filters / channels;
  const sums = new Float64Array(dx.length);
  slide(window, (output, input, tap) => {
    for (let o = 0; o < filters; o++) {
      const c = Math.floor(o / multiplier);
      sums[input * channels + c]! += dy[output * filters + o]! * filter[tap * filters + o]!;
    }
  });
  dx.set(sums);
}

/** dfilter[tap,o] = sum over pixels of x[input,c] dy[output,o]. */
export function depthwiseConv2dFilterGrad(
  x: Floats,
  dy: Floats,
  dfilter: Floats,
  window: Window,
): void {
  const { channels, filters } = sizesOf(window);
  const multiplier = filters / channels;
  const sums = new Float64Array(dfilter.length);
  slide(window, (output, input, tap) => {
    for (let o = 0; o < filters; o++) {
      const c = Math.floor(o / multiplier);
      sums[tap * filters + o]! += x[input * channels + c]! * dy[output * filters + o]!;
    }
  });
  dfilter.set(sums);
}
