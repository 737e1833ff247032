/** Convolutions, pools and resizing of square images. */
import { type Case, caseOf, floats } from './case.ts';
import { type Square, squareWindow } from './windows.ts';

/** The three passes of a convolution. */
export function convCases(shapes: Square, kind: 'conv2d' | 'depthwiseConv2d' = 'conv2d'): Case[] {
  const { window, name, x, y } = squareWindow(shapes);
  const { kernel, channels, filters } = shapes;
  const taps = kernel * kernel * (kind === 'conv2d' ? channels : 1);
  const cost = { flops: 2 * y * taps, tolerance: 2e-6 * Math.max(x, y, taps) ** 0.75 };
  const image = () => floats(x, 3);
  const filter = () => floats(taps * filters, 4);
  const above = () => floats(y, 5);
  return [
    caseOf(kind, name, [image(), filter(), null, window], new Float32Array(y), cost),
    caseOf(`${kind}InputGrad`, name, [above(), filter(), null, window], new Float32Array(x), cost),
    caseOf(
      `${kind}FilterGrad`,
      name,
      [image(), above(), null, window],
      new Float32Array(taps * filters),
      cost,
    ),
  ];
}

export function poolCases(shapes: Square): Case[] {
  const { window, name, x, y } = squareWindow(shapes);
  const [image, above] = [floats(x, 6), floats(y, 7)];
  return [
    caseOf('maxPool', name, [image, null, window], new Float32Array(y)),
    caseOf('maxPoolGrad', name, [image, above, null, window], new Float32Array(x)),
    caseOf('maxPoolPick', name, [image, floats(x, 8), null, window], new Float32Array(y)),
    caseOf('avgPool', name, [image, null, window], new Float32Array(y)),
    caseOf('avgPoolGrad', name, [above, null, window], new Float32Array(x)),
  ];
}

export function resizeCases(batch: number, from: number, to: number): Case[] {
  const [x, y] = [batch * from * from, batch * to * to];
  const sizes = [batch, from, from, 1, to, to, false, false];
  const name = `${batch}×${from}×${from}×1 → ${to}×${to}`;
  return [
    caseOf('resizeBilinear', name, [floats(x, 9), null, ...sizes], new Float32Array(y)),
    caseOf('resizeBilinearGrad', name, [floats(y, 9), null, ...sizes], new Float32Array(x)),
  ];
}
