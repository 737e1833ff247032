import { describe, expect, it } from 'vitest';
import { GradientTape } from '../../src/core/tape.ts';
import { type Tensor, tensor, Variable } from '../../src/core/tensor.ts';
import {
  add,
  exp,
  grad,
  hessian,
  jacobian,
  jvp,
  log,
  matmul,
  mul,
  pow,
  reciprocal,
  relu,
  reshape,
  sigmoid,
  sin,
  softmax,
  sqrt,
  square,
  sum,
  tanh,
  transpose,
  valueAndGrad,
  vjp,
} from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

const f64 = (values: number | number[] | number[][]): Tensor =>
  tensor(values, undefined, 'float64');

/** Nested numbers, each within 1e-10. */
function expectClose(got: Tensor, want: number | number[] | number[][]): void {
  const wanted = f64(want);
  expect(got.shape).toEqual(wanted.shape);
  got.values.forEach((value: number, i: number) => {
    expect(value).toBeCloseTo(wanted.values[i] as number, 10);
  });
}

describe('grad', () => {
  it('of a scalar function, in the form of its argument', () => {
    expect(grad((x: Tensor) => sum(square(x)))(f64([1, 2])).toArray()).toEqual([2, 4]);
    const [da, db] = grad(([a, b]: readonly [Tensor, Tensor]) => mul(a, b))([f64(2), f64(5)]);
    expect([da.item(), db.item()]).toEqual([5, 2]);
    const g = grad((p: { w: Tensor; b: Tensor }) => sum(add(mul(p.w, 3), p.b)))({
      w: f64([1, 2]),
      b: f64(1),
    });
    expect([g.w.toArray(), g.b.item()]).toEqual([[3, 3], 2]);
  });

  it('differentiates by its argument alone, whatever variables the function uses', () => {
    const w = new Variable(5, { dtype: 'float64' });
    expect(grad((x: Tensor) => mul(w, square(x)))(f64(3)).item()).toBe(30);
  });

  it('of a gradient of a gradient: three deep, and four', () => {
    const f = (x: Tensor) => mul(square(x), square(x));
    const third = grad(grad(grad(f)));
    expect(third(f64(2)).item()).toBe(48);
    expect(grad(third)(f64(2)).item()).toBe(24);
  });

  it.each<[string, (x: Tensor) => Tensor, number, number[]]>([
    ['sin', sin, 0.7, [Math.cos(0.7), -Math.sin(0.7), -Math.cos(0.7)]],
    ['exp', exp, 0.3, [Math.exp(0.3), Math.exp(0.3), Math.exp(0.3)]],
    ['log', log, 2, [1 / 2, -1 / 4, 2 / 8]],
    ['reciprocal', reciprocal, 2, [-1 / 4, 2 / 8, -6 / 16]],
    ['sqrt', sqrt, 4, [1 / 4, -1 / 32, 3 / 256]],
    ['x^2.5', (x) => pow(x, 2.5), 4, [20, 7.5, 0.9375]],
    ['tanh', tanh, 0.5, tanhDerivatives(0.5)],
  ])('the first three derivatives of %s', (_, f, at, want) => {
    const d1 = grad(f);
    const d2 = grad(d1);
    const d3 = grad((x: Tensor) => d2(x));
    const x = f64(at);
    for (const [i, d] of [d1, d2, d3].entries()) {
      expect(d(x).item()).toBeCloseTo(want[i] as number, 10);
    }
  });

  it('of a slope that is constant has no path to x, and says so', () => {
    expect(thrown(() => grad(grad((x: Tensor) => mul(x, 3)))(f64(1)))).toBe(
      'GradientError: gradient: the source has none: it is not on a path to the target: what was computed from it does not lead there',
    );
    expect(thrown(() => grad(grad((x: Tensor) => relu(x)))(f64(1)))).toBe(
      'GradientError: gradient: the source has none: reluGrad passes no gradient to this input',
    );
  });

  it('comes with the value', () => {
    const { value, gradient } = valueAndGrad((x: Tensor) => sum(square(x)))(f64([3, 4]));
    expect([value.item(), gradient.toArray()]).toEqual([25, [6, 8]]);
  });
});

function tanhDerivatives(x: number): number[] {
  const t = Math.tanh(x);
  const s = 1 - t * t;
  return [s, -2 * t * s, (6 * t * t - 2) * s];
}

describe('products with the Jacobian', () => {
  const A = f64([[1, 2, 3], [4, 5, 6]]); // biome-ignore format: a matrix
  const f = (x: Tensor) => reshape(matmul(A, reshape(square(x), [3, 1])), [2]); // J = A · diag(2x)
  const x = f64([1, -2, 3]);

  it('vjp: a row from the left, as often as asked', () => {
    const { value, pullback } = vjp(f, x);
    expect(value.toArray()).toEqual([36, 78]);
    expect(pullback(f64([1, 0])).toArray()).toEqual([2, -8, 18]);
    expect(pullback(f64([0, 1])).toArray()).toEqual([8, -20, 36]);
  });

  it('jvp: a column from the right', () => {
    const { value, tangent } = jvp(f, x, [1, 1, 0]);
    expect(value.toArray()).toEqual([36, 78]);
    expect(tangent.toArray()).toEqual([-6, -12]);
  });

  it('jvp of a function that does not depend on x is 0', () => {
    const constant = (_: Tensor) => f64([7, 8]);
    expect(jvp(constant, x, x).tangent.toArray()).toEqual([0, 0]);
  });

  it('jvp of an infinite slope is infinite', () => {
    expect(jvp(sqrt, f64([0, 4]), [1, 1]).tangent.toArray()).toEqual([Infinity, 0.25]);
  });

  it('agree: u·(J v) = (u J)·v', () => {
    const g = (t: Tensor) => softmax(sin(mul(t, t)));
    const at = f64([0.3, -0.8, 1.1]);
    const [u, v] = [f64([1, 2, -1]), f64([0.5, -1, 2])];
    const right = sum(mul(u, jvp(g, at, v).tangent)).item();
    const left = sum(mul(vjp(g, at).pullback(u), v)).item();
    expect(right).toBeCloseTo(left, 12);
  });
});

describe('jacobian', () => {
  it('has the shape of f(x), then that of x', () => {
    const f = (x: Tensor) => matmul(x, transpose(x));
    expect(jacobian(f, f64([[1, 2, 3], [4, 5, 6]])).shape).toEqual([2, 2, 2, 3]); // biome-ignore format: a matrix
    expect(jacobian(sin, f64(1)).shape).toEqual([]);
    expect(jacobian(sin, tensor([], [0], 'float64')).shape).toEqual([0, 0]);
  });

  it('of a linear map is its matrix', () => {
    const rows = [[1, 2], [3, 4], [5, 6]]; // biome-ignore format: a matrix
    const f = (x: Tensor) => reshape(matmul(f64(rows), reshape(x, [2, 1])), [3]);
    expect(jacobian(f, f64([7, 8])).toArray()).toEqual(rows);
  });

  it('of an elementwise function is diagonal', () => {
    const x = [0.5, -1];
    const s = x.map((v) => 1 / (1 + Math.exp(-v)));
    const want = s.map((v, i) => s.map((_, j) => (i === j ? v * (1 - v) : 0)));
    expectClose(jacobian(sigmoid, f64(x)), want);
  });

  it('of softmax is diag(y) − y yᵀ', () => {
    const y = [...softmax(f64([1, 2, 0.5])).values] as number[];
    const want = y.map((a, i) => y.map((b, j) => (i === j ? a : 0) - a * b));
    expectClose(
      jacobian((x) => softmax(x), f64([1, 2, 0.5])),
      want,
    );
  });

  it('of what does not depend on x is 0', () => {
    expect(jacobian(() => f64([1, 2]), f64([1, 2, 3])).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('can be differentiated', () => {
    const x = f64([0.5, 2]);
    const tape = new GradientTape();
    tape.watch(x);
    const trace = tape.record(() => sum(jacobian((t) => mul(square(t), t), x))); // sum of 3x^2
    expect(tape.gradient(trace, x).toArray()).toEqual([3, 12]);
  });
});

describe('hessian', () => {
  it('of a quadratic form is A + Aᵀ', () => {
    const A = f64([[1, 2], [5, 3]]); // biome-ignore format: a matrix
    const f = (x: Tensor) => {
      const column = reshape(x, [2, 1]);
      return reshape(matmul(transpose(column), matmul(A, column)), []);
    };
    expect(hessian(f, f64([3, -4])).toArray()).toEqual([
      [2, 7],
      [7, 6],
    ]);
  });

  it("of Rosenbrock's function", () => {
    const f = (p: Tensor) => {
      const x = reshape(matmul(f64([[1, 0]]), reshape(p, [2, 1])), []);
      const y = reshape(matmul(f64([[0, 1]]), reshape(p, [2, 1])), []);
      const valley = add(y, mul(-1, square(x)));
      return add(square(add(1, mul(-1, x))), mul(100, square(valley)));
    };
    const [x, y] = [-1.2, 1] as const;
    expectClose(hessian(f, f64([x, y])), [
      [2 - 400 * y + 1200 * x * x, -400 * x],
      [-400 * x, 200],
    ]);
  });

  it('is right where the gradient is 0 on the way, though the square root holds back zeros', () => {
    // f = (sqrt(x) − 1)^2, f'' = x^(-3/2) / 2
    expect(hessian((x) => square(add(sqrt(x), -1)), f64(1)).item()).toBe(0.5);
  });

  it('of a linear function is 0', () => {
    expect(hessian((x) => sum(mul(x, 3)), f64([1, 2])).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});
