/**
 * A window that slides over images: from an input [batch, height, width, channels] to an output
 * [batch, rows, cols, filters]. Tap (p, q) of output pixel (i, j) is the input pixel
 * (i · strideHeight + p · dilationHeight − top, j · strideWidth + q · dilationWidth − left); where that lies beyond
 * the image there is none. Convolutions and pools are loops over those pairs of pixels.
 */
export interface WindowSizes {
  batch: number;
  height: number;
  width: number;
  channels: number;
  rows: number;
  cols: number;
  filters: number;
  kernelHeight: number;
  kernelWidth: number;
  strideHeight: number;
  strideWidth: number;
  dilationHeight: number;
  dilationWidth: number;
  top: number;
  left: number;
}

/** The sizes as kernels take them: in this order, which native/kernels.h repeats. */
export type Window = Int32Array;

const order = [
  'batch',
  'height',
  'width',
  'channels',
  'rows',
  'cols',
  'filters',
  'kernelHeight',
  'kernelWidth',
  'strideHeight',
  'strideWidth',
  'dilationHeight',
  'dilationWidth',
  'top',
  'left',
] as const satisfies readonly (keyof WindowSizes)[];

export function windowOf(sizes: WindowSizes): Window {
  return Int32Array.from(order, (name) => sizes[name]);
}

export function sizesOf(window: Window): WindowSizes {
  return Object.fromEntries(order.map((name, i) => [name, window[i]!])) as Record<
    keyof WindowSizes,
    number
  >;
}

/**
 * Visits every output pixel with every input pixel that its window sees, row by row: the numbers of the two pixels
 * in row order, and the number of the tap.
 */
export function slide(
  window: Window,
  visit: (output: number, input: number, tap: number) => void,
): void {
  const w = sizesOf(window);
  let output = 0;
  for (let n = 0; n < w.batch; n++) {
    for (let i = 0; i < w.rows; i++) {
      for (let j = 0; j < w.cols; j++) {
        for (let p = 0; p < w.kernelHeight; p++) {
          const row = i * w.strideHeight + p * w.dilationHeight - w.top;
          if (row < 0 || row >= w.height) continue;
          for (let q = 0; q < w.kernelWidth; q++) {
            const col = j * w.strideWidth + q * w.dilationWidth - w.left;
            if (col < 0 || col >= w.width) continue;
            visit(output, (n * w.height + row) * w.width + col, p * w.kernelWidth + q);
          }
        }
        output++;
      }
    }
  }
}
