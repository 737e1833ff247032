import { describe, expect, it } from 'vitest';
import { customGradient } from '../../src/core/custom-gradient.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { type Tensor, tensor, Variable } from '../../src/core/tensor.ts';
import { add, exp, log1p, mul, neg, reciprocal, square, sub, sum } from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

const f64 = (values: number | number[]): Tensor => tensor(values, undefined, 'float64');

describe('customGradient', () => {
  const doubled = customGradient((x) => ({
    value: square(x),
    gradient: (dy) => mul(dy, f64(100)),
  }));

  it('uses the rule given, not that of the ops inside', () => {
    const x = f64(3);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => mul(doubled(x), f64(2)));
    expect(y.item()).toBe(18);
    expect(tape.gradient(y, x).item()).toBe(200);
  });

  it('takes several inputs, and asks the rule once for all of them', () => {
    let asked = 0;
    const product = customGradient((a, b) => ({
      value: mul(a as Tensor, b as Tensor),
      gradient: (dy) => {
        asked++;
        return [mul(dy, b as Tensor), mul(dy, a as Tensor)];
      },
    }));
    const [a, b] = [f64(2), f64(5)];
    const tape = new GradientTape();
    tape.watch(a, b);
    const y = tape.record(() => product(a, b));
    expect(tape.gradient(y, [a, b]).map((g) => g.item())).toEqual([5, 2]);
    expect(asked).toBe(1);
  });

  it('may return its input unchanged', () => {
    const turned = customGradient((x) => ({ value: x as Tensor, gradient: neg }));
    const x = new Variable([1, 2]);
    const tape = new GradientTape();
    const y = tape.record(() => sum(mul(turned(x), 3)));
    expect(tape.gradient(y, x).toArray()).toEqual([-3, -3]);
  });

  it('has second derivatives, through what the rule takes from the run too', () => {
    // log(1 + e^x) with the stable gradient of TensorFlow's guide: the rule uses e, computed in the run.
    const log1pexp = customGradient((x) => {
      const e = exp(x as Tensor);
      return {
        value: log1p(e),
        gradient: (dy) => mul(dy, sub(f64(1), reciprocal(add(f64(1), e)))),
      };
    });
    const x = f64(0.5);
    const outer = new GradientTape();
    outer.watch(x);
    const first = outer.record(() => {
      const inner = new GradientTape();
      inner.watch(x);
      return inner.gradient(
        inner.record(() => log1pexp(x)),
        x,
      );
    });
    const s = 1 / (1 + Math.exp(-0.5));
    expect(first.item()).toBeCloseTo(s, 12);
    expect(outer.gradient(first, x).item()).toBeCloseTo(s * (1 - s), 12);
  });

  it('asks the rule anew in a new walk, so that another tape can record it', () => {
    const cubed = customGradient((x) => ({
      value: mul(square(x as Tensor), x as Tensor),
      gradient: (dy) => mul(dy, mul(f64(3), square(x as Tensor))),
    }));
    const x = f64(2);
    const dy = f64(1);
    const inner = new GradientTape({ persistent: true });
    inner.watch(x);
    const y = inner.record(() => cubed(x));
    inner.gradient(y, x, { outputGradient: dy });
    const outer = new GradientTape();
    outer.watch(dy);
    const dx = outer.record(() => inner.gradient(y, x, { outputGradient: dy }));
    expect(outer.gradient(dx, dy).item()).toBe(12);
  });

  it('refuses a rule with too few gradients', () => {
    const short = customGradient((a, b) => ({
      value: mul(a as Tensor, b as Tensor),
      gradient: (dy) => [dy],
    }));
    const [a, b] = [f64(2), f64(5)];
    const tape = new GradientTape();
    tape.watch(a, b);
    const y = tape.record(() => short(a, b));
    expect(thrown(() => tape.gradient(y, [a, b]))).toBe(
      'GradientError: customGradient: the rule returned 1 gradients for 2 inputs; want one each',
    );
  });

  it('refuses a gradient of another shape', () => {
    const wrong = customGradient((x) => ({ value: sum(x as Tensor), gradient: (dy) => dy }));
    const x = f64([1, 2, 3]);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => wrong(x));
    expect(thrown(() => tape.gradient(y, x))).toBe(
      'GradientError: customGradient: gradient 0 is [] and its input is [3]; want the same shape',
    );
  });

  it('leaves the tapes as they were when the function throws', () => {
    const x = f64(1);
    const tape = new GradientTape();
    tape.watch(x);
    const throws = customGradient(() => {
      throw new Error('inside');
    });
    const y = tape.record(() => {
      expect(() => throws(x)).toThrow('inside');
      return square(x);
    });
    expect(tape.gradient(y, x).item()).toBe(2);
  });
});
