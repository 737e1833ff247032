/**
 * Images [batch, height, width, channels] to other sizes [batch, rows, cols, channels]. Where an output pixel lies in
 * the input is computed in float32, as TensorFlow does (image_resizer_state.h), so that positions which fall on a
 * pixel, or just beside it by rounding, do so in both.
 */
import type { Floats } from './arrays.ts';

/** Length of a step in the input for one in the output: the corners' pixels coincide, or the corners' edges do. */
function scaleOf(size: number, outSize: number, alignCorners: boolean): number {
  return Math.fround(alignCorners && outSize > 1 ? (size - 1) / (outSize - 1) : size / outSize);
}

/** Output place i along one axis lies between two input places: `share` of the way from `low` to `high`. */
interface Between {
  low: number;
  high: number;
  share: number;
}

function placesBetween(
  size: number,
  outSize: number,
  alignCorners: boolean,
  halfPixelCenters: boolean,
): Between[] {
  const scale = scaleOf(size, outSize, alignCorners);
  return Array.from({ length: outSize }, (_, i) => {
    const at = halfPixelCenters
      ? Math.fround(Math.fround((i + 0.5) * scale) - 0.5)
      : Math.fround(i * scale);
    return {
      low: Math.min(Math.max(Math.floor(at), 0), size - 1),
      high: Math.min(Math.ceil(at), size - 1),
      share: Math.fround(at - Math.floor(at)),
    };
  });
}

/** Calls `visit` for each output element with the input elements it is mixed from, and their weights. */
function mix(
  batch: number,
  height: number,
  width: number,
  channels: number,
  rows: number,
  cols: number,
  alignCorners: boolean,
  halfPixelCenters: boolean,
  visit: (output: number, input: number, weight: number) => void,
): void {
  const vertical = placesBetween(height, rows, alignCorners, halfPixelCenters);
  const horizontal = placesBetween(width, cols, alignCorners, halfPixelCenters);
  for (let n = 0; n < batch; n++) {
    vertical.forEach((v, i) => {
      horizontal.forEach((h, j) => {
        const output = ((n * rows + i) * cols + j) * channels;
        const upper = (n * height + v.low) * width;
        const lower = (n * height + v.high) * width;
        for (let c = 0; c < channels; c++) {
          visit(output + c, (upper + h.low) * channels + c, (1 - v.share) * (1 - h.share));
          visit(output + c, (upper + h.high) * channels + c, (1 - v.share) * h.share);
          visit(output + c, (lower + h.low) * channels + c, v.share * (1 - h.share));
          visit(output + c, (lower + h.high) * channels + c, v.share * h.share);
        }
      });
    });
  }
}

/** y = x between its four nearest pixels, in proportion to their distance. */
export function resizeBilinear(
  x: Floats,
  y: Floats,
  batch: number,
  height: number,
  width: number,
  channels: number,
  rows: number,
  cols: number,
  alignCorners: boolean,
  halfPixelCenters: boolean,
): void {
  const sums = new Float64Array(y.length);
  mix(
    batch, height, width, channels, rows, cols, alignCorners, halfPixelCenters,
    (output, input, weight) => {
      sums[output]! += weight * x[input]!;
    },
  ); // biome-ignore format: the sizes read as one row
  y.set(sums);
}

/** The transpose of resizeBilinear: dy [batch, rows, cols, channels] back to dx [batch, height, width, channels]. */
export function resizeBilinearGrad(
  dy: Floats,
  dx: Floats,
  batch: number,
  height: number,
  width: number,
  channels: number,
  rows: number,
  cols: number,
  alignCorners: boolean,
  halfPixelCenters: boolean,
): void {
  const sums = new Float64Array(dx.length);
  mix(
    batch, height, width, channels, rows, cols, alignCorners, halfPixelCenters,
    (output, input, weight) => {
      sums[input]! += weight * dy[output]!;
    },
  ); // biome-ignore format: the sizes read as one row
  dx.set(sums);
}
