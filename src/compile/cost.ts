/** What a kernel call has to do, from its arguments alone: an estimate to set measured times beside. */
import type { Numbers } from '../kernels/arrays.ts';
import { effects } from '../kernels/effects.ts';
import { sizesOf } from '../kernels/window.ts';
import type { Call } from './record.ts';

export interface Cost {
  /** Additions and multiplications of float32. */
  readonly flops: number;
  /** Bytes of the arrays it touches, each once. */
  readonly bytes: number;
}

export function costOf(call: Call, buffers: readonly Numbers[]): Cost {
  const arrays = call.args.flatMap((arg) =>
    typeof arg === 'object' ? [buffers[arg.buffer] as Numbers] : [],
  );
  const bytes = arrays.reduce((sum, array) => sum + array.byteLength, 0);
  return { flops: flopsOf(call, arrays, largestOf(call, buffers)), bytes };
}

/** How many numbers the largest array of a call has. Whole numbers that it reads behind its output say how arrays lie: they do not count. */
export function largestOf({ kernel, args }: Call, buffers: readonly Numbers[]): number {
  const output = effects[kernel].search(/[wpm]/);
  const lengths = args.map((arg, i) => {
    const array = typeof arg === 'object' ? buffers[arg.buffer] : undefined;
    const isLayout = array instanceof Int32Array && i > output && output >= 0;
    return isLayout ? 0 : (array?.length ?? 0);
  });
  return Math.max(0, ...lengths);
}

function flopsOf(call: Call, arrays: readonly Numbers[], largest: number): number {
  if (call.kernel === 'matmul') {
    const [batch, m, k, n] = call.args.slice(3, 7) as number[];
    return 2 * (batch ?? 0) * (m ?? 0) * (k ?? 0) * (n ?? 0);
  }
  if (call.kernel.startsWith('conv2d') || call.kernel.startsWith('depthwise')) {
    const window = arrays.find((array) => array instanceof Int32Array);
    if (window === undefined) return largest;
    const w = sizesOf(window);
    const taps =
      w.kernelHeight * w.kernelWidth * (call.kernel.startsWith('conv2d') ? w.channels : 1);
    return 2 * w.batch * w.rows * w.cols * w.filters * taps;
  }
  return largest;
}
