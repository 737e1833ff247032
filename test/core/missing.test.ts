import { describe, expect, it } from 'vitest';
import { GradientTape, type TapeOptions } from '../../src/core/tape.ts';
import { type Tensor, tensor, Variable } from '../../src/core/tensor.ts';
import { defineOp } from '../../src/ops/define.ts';
import {
  add,
  argmax,
  cast,
  gather,
  greater,
  mul,
  oneHot,
  round,
  square,
  stopGradient,
  sum,
  where,
} from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

/** What is said of a source when the gradient of f(x) is asked for. */
function said(f: (x: Tensor) => Tensor, source?: Tensor, options: TapeOptions = {}): string {
  const x = new Variable([1, 2], { name: 'x' });
  const tape = new GradientTape(options);
  const y = tape.record(() => f(x));
  return thrown(() => tape.gradient(y, source ?? x));
}

describe('a gradient that is missing says why', () => {
  it('the source is an integer', () => {
    const i = tensor([0, 1], undefined, 'int32');
    expect(said((x) => gather(x, i), i)).toBe(
      'GradientError: gradient: the source has none: it is int32, and integers have no gradient; cast it to float32',
    );
  });

  it('the source was not watched', () => {
    const c = tensor([1, 2]);
    expect(said((x) => mul(x, c), c)).toBe(
      'GradientError: gradient: the source has none: it was not watched while the tape recorded; tape.watch(x) before using x, or make it a Variable',
    );
  });

  it('the source was not watched, although a step holds it', () => {
    // The gradient through mul alone would be a part of it: square ran unrecorded.
    const c = tensor([1, 2]);
    expect(said((x) => mul(mul(x, c), square(c)), c)).toContain(
      'it was not watched while the tape recorded',
    );
  });

  it('a variable is not watched where the tape was told not to', () => {
    expect(said((x) => square(x), undefined, { watchAccessedVariables: false })).toContain(
      'it was not watched while the tape recorded',
    );
  });

  it('the tape recorded nothing', () => {
    const x = new Variable(1);
    const tape = new GradientTape();
    const y = square(x);
    expect(thrown(() => tape.gradient(y, x))).toBe(
      'GradientError: gradient: the source has none: the tape recorded nothing; compute the target inside tape.record',
    );
  });

  it('nothing used the source', () => {
    expect(said((x) => square(x), new Variable(1))).toBe(
      'GradientError: gradient: the source has none: nothing recorded used it, so the target does not depend on it',
    );
  });

  it('the source does not lead to the target', () => {
    const w = new Variable(2);
    expect(
      said((x) => {
        mul(w, w);
        return square(x);
      }, w),
    ).toBe(
      'GradientError: gradient: the source has none: it is not on a path to the target: what was computed from it does not lead there',
    );
  });

  it.each<[string, (x: Tensor) => Tensor, string]>([
    ['stopGradient', (x) => mul(stopGradient(square(x)), 2), 'it is cut by stopGradient'],
    [
      'a rounding',
      (x) => add(round(x), 1),
      'round is constant between steps, so it has no useful gradient',
    ],
    [
      'a comparison',
      (x) => cast(greater(x, 0), 'float32'),
      'greater makes truths, which have no gradient',
    ],
    [
      'an argmax',
      (x) => cast(argmax(x), 'float32'),
      'argmax makes integers, which have no gradient',
    ],
    [
      'a cast to integers',
      (x) => cast(cast(x, 'int32'), 'float32'),
      'cast makes integers, which have no gradient',
    ],
    [
      'integers further on: the first obstacle is named',
      (x) => oneHot(cast(round(x), 'int32'), 3),
      'round is constant between steps, so it has no useful gradient',
    ],
    [
      'a condition',
      (x) => where(greater(x, 0), tensor([1, 1]), tensor([2, 2])),
      'greater makes truths, which have no gradient',
    ],
  ])('cut by %s', (_, f, why) => {
    expect(said((x) => sum(f(x)))).toBe(`GradientError: gradient: the source has none: ${why}`);
  });

  it('an op has no rule for this input', () => {
    const half = defineOp({
      name: 'half',
      inputs: ['a', 'b'],
      math: 'y = a',
      shape: ({ a }) => a,
      view: ({ a }, shape) => a.view(shape),
      vjp: { a: (dy) => dy },
    });
    const b = new Variable([3, 4]);
    expect(said((x) => half(x, b), b)).toBe(
      'GradientError: gradient: the source has none: half passes no gradient to this input',
    );
  });
});

describe('the source is named as it was given', () => {
  const [x, lost] = [new Variable(1), new Variable(2)];
  const recorded = () => {
    const tape = new GradientTape();
    return { tape, y: tape.record(() => square(x)) };
  };
  const why = 'nothing recorded used it, so the target does not depend on it';

  it('by its place in a list', () => {
    const { tape, y } = recorded();
    expect(thrown(() => tape.gradient(y, [x, lost]))).toBe(
      `GradientError: gradient: source 1 has none: ${why}`,
    );
  });

  it('by its name among names', () => {
    const { tape, y } = recorded();
    expect(thrown(() => tape.gradient(y, { x, bias: lost }))).toBe(
      `GradientError: gradient: source "bias" has none: ${why}`,
    );
  });
});

describe('instead of an error', () => {
  it("'zeros' gives zeros in the shape and type of the source", () => {
    const lost = new Variable([[1, 2]], { dtype: 'float64' });
    const x = new Variable(1);
    const tape = new GradientTape();
    const y = tape.record(() => square(x));
    expect(thrown(() => tape.gradient(y, x, { unconnected: 'zero' as 'zeros' }))).toBe(
      'OptionError: gradient: unconnected is zero; want error, zeros or none',
    );
    const [dx, none] = tape.gradient(y, [x, lost] as const, { unconnected: 'zeros' });
    expect([dx.item(), none.toArray(), none.dtype]).toEqual([2, [[0, 0]], 'float64']);
  });

  it("'none' gives undefined", () => {
    const lost = new Variable(1);
    const x = new Variable(1);
    const tape = new GradientTape();
    const y = tape.record(() => square(x));
    const { a, b } = tape.gradient(y, { a: x, b: lost }, { unconnected: 'none' });
    expect([a?.item(), b]).toEqual([2, undefined]);
  });

  it('a path beside the one that is cut still gives a gradient', () => {
    const x = new Variable(3);
    const tape = new GradientTape();
    const y = tape.record(() => add(stopGradient(square(x)), mul(x, 5)));
    expect(tape.gradient(y, x).item()).toBe(5);
  });
});
