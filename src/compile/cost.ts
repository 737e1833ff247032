/** What a kernel call has to do, from its arguments alone: an estimate to set measured times beside. */
import type { Numbers } from '../kernels/arrays.ts';
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
  return { flops: flopsOf(call, arrays), bytes };
}

function flopsOf(call: Call, arrays: readonly Numbers[]): number {
  const largest = Math.max(0, ...arrays.map((array) => array.length));
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
