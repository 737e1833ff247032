/**
 * Checks gradients against differences. The outputs of a function are weighted with random numbers and summed to one
 * number L. For each input the tape's gradient along one random direction v is compared with the slope of L(x + t·v)
 * at t = 0. One direction is enough: a wrong gradient that happens to agree with it is one in millions. All in float64,
 * on the reference kernels.
 */
import { GradientError, OptionError, ShapeError } from '../core/errors.ts';
import { checkOptions, flag, number } from '../core/options.ts';
import { defaultGenerator, Generator } from '../core/random.ts';
import { type Shape, shapeText } from '../core/shape.ts';
import { GradientTape } from '../core/tape.ts';
import { type Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import { add, cast, mul } from './elementwise.ts';
import { randomNormal } from './random.ts';
import { norm, sum } from './reduce.ts';

/** Tensors in, one or several out: what can be checked. */
export type Differentiable = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

export interface GradientCheckOptions {
  /** Largest relative error that passes; 1e-6 by default. */
  tolerance?: number;
  /** Seed of the directions and weights. */
  seed?: number;
  /** Check the gradient of the gradient too. */
  second?: boolean;
}

/** One input along one direction. */
export interface SlopeCheck {
  readonly input: number;
  readonly shape: Shape;
  /** 1 for the gradient, 2 for the gradient of the gradient. */
  readonly order: 1 | 2;
  readonly byTape: number;
  readonly byDifferences: number;
  readonly error: number;
  readonly passed: boolean;
  /** Why the tape has no gradient, where it has none. */
  readonly missing?: string;
  /** Whether the slope is the same from both sides; it is not at a kink or a jump. */
  readonly smooth: boolean;
}

/**
 * Compares the gradients of a function with differences, throws a GradientError if one is off, and returns what was
 * found. Inputs become float64 (int32 ones stay, and are not differentiated by); what the function takes from
 * elsewhere has to be float64 too, so hand weights in as inputs. Random ops draw the same numbers every time.
 */
export function checkGradients(
  f: Differentiable,
  inputs: readonly TensorLike[],
  options: GradientCheckOptions = {},
): readonly SlopeCheck[] {
  const checks = compareGradients(f, inputs, options);
  const failed = checks.find((check) => !check.passed);
  if (failed !== undefined) {
    throw new GradientError(
      `checkGradients: ${describe(failed)}; want a relative error of at most ${(options.tolerance ?? 1e-6).toExponential()}`,
      { checks },
    );
  }
  return checks;
}

/** The comparison itself: one check an input, two with `second`. */
export function compareGradients(
  f: Differentiable,
  inputs: readonly TensorLike[],
  options: GradientCheckOptions = {},
): readonly SlopeCheck[] {
  checkOptions('checkGradients', options, {
    tolerance: number({ above: 0 }),
    seed: number({ whole: true }),
    second: flag,
  });
  const { tolerance = 1e-6, seed = 1, second = false } = options;
  const at = inputs.map((input) => {
    const t = toTensor(input);
    return t.dtype === 'int32' ? t : cast(t, 'float64');
  });
  if (at.every((x) => x.dtype === 'int32')) {
    throw new OptionError('checkGradients: no input is a float; want one to differentiate by', {});
  }
  const generator = new Generator(seed);
  const first = weightedSum(f, generator);
  const checks = checkSlopes(first, at, tolerance, generator, 1);
  if (!second) return checks;
  const gradient: Differentiable = (...xs) => {
    const tape = new GradientTape({ watchAccessedVariables: false });
    const sources = xs.filter((x) => x.dtype !== 'int32');
    tape.watch(...sources);
    const loss = tape.record(() => first(xs));
    return tape.gradient(loss, sources, { unconnected: 'zeros' });
  };
  return [...checks, ...checkSlopes(weightedSum(gradient, generator), at, tolerance, generator, 2)];
}

/** A check in words. */
export function describe(check: SlopeCheck): string {
  const what = check.order === 1 ? 'gradient' : 'second derivative';
  const tape = check.missing === undefined ? `is ${check.byTape} by the tape` : 'is missing';
  const why = check.missing === undefined ? '' : ` (${check.missing})`;
  const doubt = check.smooth ? '' : ', with a kink or a jump right there';
  return `the ${what} of input ${check.input} ${shapeText(check.shape)} along a random direction ${tape}${why} and ${check.byDifferences} by differences${doubt} (relative error ${check.error.toExponential(1)})`;
}

/** All outputs, each number times a random weight that stays the same, summed. */
function weightedSum(f: Differentiable, generator: Generator): (xs: readonly Tensor[]) => Tensor {
  let weights: Tensor[] | undefined;
  return (xs) => {
    const made = repeatably(() => f(...xs));
    const outputs: readonly Tensor[] = Array.isArray(made) ? made : [made];
    if (outputs.length === 0) {
      throw new OptionError(
        'checkGradients: the function returned an empty list; want tensors',
        {},
      );
    }
    outputs.forEach((y, i) => {
      if (y.dtype !== 'float64') {
        throw new ShapeError(
          `checkGradients: output ${i} is ${y.dtype}; want float64. Hand what the function takes from elsewhere in as inputs`,
          { output: i, dtype: y.dtype },
        );
      }
    });
    weights ??= outputs.map((y) => randomNormal(y.shape, { dtype: 'float64', generator }));
    return outputs
      .map((y, i) => sum(mul(weights?.[i] as Tensor, y)))
      .reduce((total, part) => add(total, part));
  };
}

/** Runs with the default random stream, and puts the stream back. */
function repeatably<T>(run: () => T): T {
  const { state } = defaultGenerator();
  const before = state.slice();
  try {
    return run();
  } finally {
    state.set(before);
  }
}

function checkSlopes(
  loss: (xs: readonly Tensor[]) => Tensor,
  at: readonly Tensor[],
  tolerance: number,
  generator: Generator,
  order: 1 | 2,
): SlopeCheck[] {
  const tape = new GradientTape({ persistent: true, watchAccessedVariables: false });
  tape.watch(...at.filter((x) => x.dtype !== 'int32'));
  const value = tape.record(() => loss(at));

  const checks: SlopeCheck[] = [];
  at.forEach((x, input) => {
    if (x.dtype === 'int32') return;
    const direction = directionFor(x, generator);
    const { gradient, missing } = gradientOrReason(tape, value, x);
    // The terms of gradient · direction: how large they are is what an error is measured against, for their sum may
    // be small by chance.
    const terms = gradient && mul(gradient, direction);
    const byTape = terms === undefined ? 0 : sum(terms).item();
    const size = terms === undefined ? 0 : norm(terms).item();
    const { slope, smooth } = slopeAtZero((t) => {
      const moved = add(x, mul(direction, t));
      return loss(at.with(input, moved)).item();
    });
    // Below a millionth of the value, differences are rounding.
    const against = Math.max(size, Math.abs(slope), 1e-6 * Math.abs(value.item()), 1e-12);
    const error = Math.abs(byTape - slope) / against;
    checks.push({
      input,
      shape: x.shape,
      order,
      byTape,
      byDifferences: slope,
      error,
      passed: error <= tolerance,
      smooth,
      ...(missing === undefined ? {} : { missing }),
    });
  });
  return checks;
}

/** Random numbers of the input's shape, none further than 1 from 0. */
function directionFor(x: Tensor, generator: Generator): Tensor {
  const v = randomNormal(x.shape, { dtype: 'float64', generator });
  const longest = (v.values as Float64Array).reduce((l, c) => Math.max(l, Math.abs(c)), 0);
  return longest === 0 ? v : mul(v, 1 / longest);
}

function gradientOrReason(
  tape: GradientTape,
  value: Tensor,
  x: Tensor,
): { gradient?: Tensor; missing?: string } {
  try {
    return { gradient: tape.gradient(value, x) };
  } catch (error) {
    if (!(error instanceof GradientError) || typeof error.facts.why !== 'string') throw error;
    return { missing: error.facts.why };
  }
}

/**
 * Slope at 0 of a function of one number: central differences at steps 1/32, 1/64, …, extrapolated to step 0, and of
 * all extrapolations the one that its neighbours agree with best. C. J. F. Ridders, Advances in Engineering Software
 * 4 (1982). Good to about 1e-11; a kink or pole further away than the smallest steps does no harm.
 */
function slopeAtZero(f: (t: number) => number): { slope: number; smooth: boolean } {
  let slope = Number.NaN;
  let uncertainty = Infinity;
  let coarser: number[] = [];
  const middle = f(0);
  /** How much the slopes from the two sides differ, by level: it halves with the step where the function is smooth. */
  const bends: number[] = [];
  for (let level = 0, step = 1 / 32; level < 12; level++, step /= 2) {
    const [after, before] = [f(step), f(-step)];
    bends.push(Math.abs(after - middle - (middle - before)) / step);
    let estimate = (after - before) / (2 * step);
    const row = [estimate];
    for (const [order, last] of coarser.entries()) {
      const better = estimate + (estimate - last) / (4 ** (order + 1) - 1);
      const change = Math.max(Math.abs(better - estimate), Math.abs(better - last));
      if (change < uncertainty) [slope, uncertainty] = [better, change];
      row.push(better);
      estimate = better;
    }
    coarser = row;
    if (uncertainty <= 1e-13 * Math.abs(slope)) break;
  }
  const [first = 0, last = 0] = [bends[0], bends.at(-1)];
  return { slope, smooth: last <= 0.9 * first || last <= 1e-9 * Math.abs(middle) };
}
