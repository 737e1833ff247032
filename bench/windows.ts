/** The windows of convolutions and pools over square images. */
import { type Window, windowOf } from '../src/kernels/window.ts';

export interface Square {
  batch: number;
  size: number;
  channels: number;
  filters: number;
  kernel: number;
  stride?: number;
  same?: boolean;
}

/** A window over square images; its name, and how many numbers its images and its outputs have. */
export function squareWindow({
  batch,
  size,
  channels,
  filters,
  kernel,
  stride = 1,
  same = false,
}: Square): { window: Window; name: string; x: number; y: number } {
  const outputs = same ? Math.ceil(size / stride) : Math.floor((size - kernel) / stride) + 1;
  const before = same ? Math.max(0, (outputs - 1) * stride + kernel - size) >> 1 : 0;
  const window = windowOf({
    batch,
    height: size,
    width: size,
    channels,
    rows: outputs,
    cols: outputs,
    filters,
    kernelHeight: kernel,
    kernelWidth: kernel,
    strideHeight: stride,
    strideWidth: stride,
    dilationHeight: 1,
    dilationWidth: 1,
    top: before,
    left: before,
  });
  const name = `${batch}×${size}×${size}×${channels} → ${outputs}×${outputs}×${filters} by ${kernel}×${kernel}`;
  return { window, name, x: batch * size * size * channels, y: batch * outputs ** 2 * filters };
}

/** Those of the programs' convolutions, and a common one with many channels. */
export const windows: readonly Square[] = [
  { batch: 128, size: 28, channels: 1, filters: 4, kernel: 5 },
  { batch: 128, size: 24, channels: 4, filters: 4, kernel: 5 },
  { batch: 128, size: 20, channels: 4, filters: 1, kernel: 5 },
  { batch: 128, size: 28, channels: 1, filters: 16, kernel: 3, stride: 3, same: true },
  { batch: 128, size: 15, channels: 8, filters: 16, kernel: 5, stride: 3, same: true },
  { batch: 32, size: 56, channels: 64, filters: 64, kernel: 3, same: true },
];
