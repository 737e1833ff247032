/** Pools over images NHWC; a window's `filters` are its `channels`. Pixels beyond the image take no part. */
import type { Floats } from './arrays.ts';
import { finish, none } from './epilogue.ts';
import { sizesOf, slide, type Window } from './window.ts';

/** y[output,c] = the largest x[input,c]; NaN if one is NaN. */
export function maxPool(x: Floats, y: Floats, window: Window): void {
  winners(x, window).forEach((winner, i) => {
    y[i] = winner < 0 ? -Infinity : x[winner]!;
  });
}

/**
 * dx[input,c] = sum of dy[output,c] over the windows that x[input,c] wins; the first of equals does. Finished as the
 * images of a convolution are (epilogue.ts): mostly by the slope of the activation below.
 */
export function maxPoolGrad(
  x: Floats,
  dy: Floats,
  dx: Floats,
  window: Window,
  bias: Floats = none,
  after: number = 0,
  beside: Floats = none,
): void {
  const sums = new Float64Array(dx.length);
  winners(x, window).forEach((winner, i) => {
    if (winner >= 0) sums[winner]! += dy[i]!;
  });
  dx.set(sums);
  finish(dx, bias, after, beside);
}

/** y[output,c] = v[input,c] for the input that wins in x: the transpose of maxPoolGrad, for second derivatives. */
export function maxPoolPick(x: Floats, v: Floats, y: Floats, window: Window): void {
  winners(x, window).forEach((winner, i) => {
    y[i] = winner < 0 ? 0 : v[winner]!;
  });
}

/** The place in x of the largest element of each window, −1 for a window that sees none. */
function winners(x: Floats, window: Window): Int32Array {
  const { batch, rows, cols, channels } = sizesOf(window);
  const winners = new Int32Array(batch * rows * cols * channels).fill(-1);
  slide(window, (output, input) => {
    for (let c = 0; c < channels; c++) {
      const at = output * channels + c;
      const best = winners[at]! < 0 ? undefined : x[winners[at]!]!;
      const value = x[input * channels + c]!;
      const firstNan = Number.isNaN(value) && !Number.isNaN(best);
      if (best === undefined || value > best || firstNan) winners[at] = input * channels + c;
    }
  });
  return winners;
}

/** y[output,c] = mean of the x[input,c] that the window sees. */
export function avgPool(x: Floats, y: Floats, window: Window): void {
  const { channels } = sizesOf(window);
  const counts = pixelsSeen(window);
  const sums = new Float64Array(y.length);
  slide(window, (output, input) => {
    for (let c = 0; c < channels; c++) sums[output * channels + c]! += x[input * channels + c]!;
  });
  for (let i = 0; i < y.length; i++) y[i] = sums[i]! / counts[Math.floor(i / channels)]!;
}

/** dx[input,c] = sum over the windows that see it of dy[output,c] / the number of pixels they see. */
export function avgPoolGrad(dy: Floats, dx: Floats, window: Window): void {
  const { channels } = sizesOf(window);
  const counts = pixelsSeen(window);
  const sums = new Float64Array(dx.length);
  slide(window, (output, input) => {
    for (let c = 0; c < channels; c++) {
      sums[input * channels + c]! += dy[output * channels + c]! / counts[output]!;
    }
  });
  dx.set(sums);
}

function pixelsSeen(window: Window): Int32Array {
  const { batch, rows, cols } = sizesOf(window);
  const counts = new Int32Array(batch * rows * cols);
  slide(window, (output) => {
    counts[output]!++;
  });
  return counts;
}
