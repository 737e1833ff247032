import { type Window, windowOf } from '../../src/kernels/window.ts';

/** A window as the rows of tests ask for it. */
export interface Asked {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernel: readonly [number, number];
  readonly stride?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding?: 'VALID' | 'SAME';
  /** With explicit padding. */
  readonly top?: number;
  readonly left?: number;
  readonly rows?: number;
  readonly cols?: number;
}

function along(size: number, kernel: number, stride: number, dilation: number, same: boolean) {
  const span = (kernel - 1) * dilation + 1;
  if (!same) return { count: size < span ? 0 : Math.floor((size - span) / stride) + 1, before: 0 };
  const count = Math.ceil(size / stride);
  return { count, before: Math.floor(Math.max((count - 1) * stride + span - size, 0) / 2) };
}

function placed(about: Asked) {
  const { stride = [1, 1], dilation = [1, 1], kernel, padding } = about;
  const same = padding === 'SAME';
  const down = along(about.height, kernel[0], stride[0], dilation[0], same);
  const across = along(about.width, kernel[1], stride[1], dilation[1], same);
  const { rows = down.count, cols = across.count, top = down.before, left = across.before } = about;
  return { rows, cols, top, left, stride, dilation };
}

export function windowAsked(about: Asked): Window {
  const { rows, cols, top, left, stride, dilation } = placed(about);
  const { batch, height, width, channels, filters, kernel } = about;
  return windowOf({
    ...{ batch, height, width, channels, rows, cols, filters, top, left },
    ...{ kernelHeight: kernel[0], kernelWidth: kernel[1] },
    ...{ strideHeight: stride[0], strideWidth: stride[1] },
    ...{ dilationHeight: dilation[0], dilationWidth: dilation[1] },
  });
}

export function inputSize({ batch, height, width, channels }: Asked): number {
  return batch * height * width * channels;
}

export function outputSize(about: Asked): number {
  const { rows, cols } = placed(about);
  return about.batch * rows * cols * about.filters;
}
