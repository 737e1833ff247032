import { NumericsError } from './errors.ts';
import { wantFunction } from './options.ts';
import { shapeText } from './shape.ts';
import { sourceLine } from './source-line.ts';
import type { Tensor } from './tensor.ts';

/** Ops seen since watching began; undefined while nobody watches. */
let seen: number | undefined;

/**
 * Runs a function and stops at the first op whose output holds a NaN or an infinity: a NumericsError names the op,
 * how many ops ran before it, the place in the tensor, whether the inputs were finite, and the line of the program.
 * The backward pass is ops too, so a gradient computed inside is watched as well. Slow: for hunting, not for training.
 */
export function checkNumerics<T>(run: () => T): T {
  wantFunction('checkNumerics', run, 'checkNumerics(() => loss(x))');
  const outer = seen;
  seen = 0;
  try {
    return run();
  } finally {
    seen = outer;
  }
}

/** Whether someone watches, so that a step must run op by op. */
export function watchesNumbers(): boolean {
  return seen !== undefined;
}

/** Called after every op. */
export function inspectNumbers(op: string, inputs: readonly Tensor[], y: Tensor): void {
  if (seen === undefined) return;
  const step = seen++;
  if (y.dtype === 'int32') return;
  const at = y.numbers.findIndex((value: number) => !Number.isFinite(value));
  if (at < 0) return;
  const value = y.numbers[at];
  const given = inputs
    .map(
      (x) =>
        `${shapeText(x.shape)}${x.numbers.some((v: number) => !Number.isFinite(v)) ? ' (not finite)' : ''}`,
    )
    .join(', ');
  const line = sourceLine();
  throw new NumericsError(
    `${op}: element ${at} of the output ${shapeText(y.shape)} is ${value}, from inputs ${given}; it is op ${step} of this run, at ${line}`,
    { op, step, element: at, value, line },
  );
}
