/** Derivatives of functions, built from tapes: nothing here knows how an op is differentiated. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { isBareObject, shown, wantFunction } from '../core/options.ts';
import { shapeText } from '../core/shape.ts';
import { type GradientsOf, GradientTape, type Sources } from '../core/tape.ts';
import { type Dtype, Tensor, type TensorLike, toTensor } from '../core/tensor.ts';
import { onesLike, zerosLike } from './create.ts';
import { mul } from './elementwise.ts';
import { slice, stack } from './move.ts';
import { sum } from './reduce.ts';
import { reshape } from './reshape.ts';

/** Tensors to differentiate by: alone, in a list, or under names. */
function asList(sources: Sources): Tensor[] {
  return sources instanceof Tensor ? [sources] : Object.values(sources);
}

/** Refuses what is nothing to differentiate by; nested numbers and the like have no name to be watched under. */
function wantSources(x: Sources): void {
  const parts = typeof x === 'object' && x !== null ? asList(x) : [];
  if (parts.length > 0 && parts.every((part) => part instanceof Tensor)) return;
  throw new OptionError(
    `grad: x is ${shown(x)}; want a tensor, or a list or an object of them. tensor(x) makes one of numbers`,
    { x },
  );
}

/** What a derivative is taken at, or along. */
function pointIn(op: string, x: TensorLike, name = 'x', dtype?: Dtype): Tensor {
  if (typeof x === 'number' || (typeof x === 'object' && x !== null && !isBareObject(x))) {
    return toTensor(x, dtype);
  }
  throw new OptionError(
    `${op}: ${name} is ${shown(x)}; want a tensor, numbers in nested arrays, or a typed array`,
    { [name]: x },
  );
}

/** The value of a function at a point, which must be a tensor. */
function valueOf(op: string, f: (x: Tensor) => Tensor, at: Tensor): Tensor {
  const value = f(at);
  if (value instanceof Tensor) return value;
  throw new OptionError(`${op}: the function returned ${shown(value)}; want a tensor`, { value });
}

/** The value of a scalar function and its gradient, in the form of its argument. */
export function valueAndGrad<S extends Sources>(
  f: (x: S) => Tensor,
): (x: S) => { value: Tensor; gradient: GradientsOf<S> } {
  wantFunction('grad', f, 'grad((x) => sum(square(x)))');
  return (x) => {
    wantSources(x);
    const tape = new GradientTape({ watchAccessedVariables: false });
    tape.watch(...asList(x));
    const value = tape.record(() => f(x));
    if (!(value instanceof Tensor)) {
      throw new OptionError(
        `grad: the function returned ${shown(value)}; want a tensor of a single number`,
        {},
      );
    }
    if (value.size !== 1) {
      throw new ShapeError(
        `grad: the function returned ${shapeText(value.shape)}; want a single number. sum() or mean() makes one, jacobian() takes several`,
        { shape: value.shape },
      );
    }
    return { value, gradient: tape.gradient(value, x) };
  };
}

/** The gradient of a scalar function; `grad(grad(f))` differentiates twice. */
export function grad<S extends Sources>(f: (x: S) => Tensor): (x: S) => GradientsOf<S> {
  const both = valueAndGrad(f);
  return (x) => both(x).gradient;
}

/** The value of f at x and its transposed derivative applied to dy: the row dyᵀ·J. */
export function vjp(
  f: (x: Tensor) => Tensor,
  x: TensorLike,
): { value: Tensor; pullback: (dy: Tensor) => Tensor } {
  wantFunction('vjp', f, 'vjp((x) => square(x), x)');
  const at = pointIn('vjp', x);
  const tape = new GradientTape({ persistent: true });
  tape.watch(at);
  const value = tape.record(() => valueOf('vjp', f, at));
  return {
    value,
    pullback: (dy) => tape.gradient(value, at, { outputGradient: dy, unconnected: 'zeros' }),
  };
}

/**
 * The value of f at x and its derivative in the direction v: the column J·v. Dy ↦ dyᵀ·J is linear in dy, and its own
 * derivative, pulled back once more, is J·v.
 */
export function jvp(
  f: (x: Tensor) => Tensor,
  x: TensorLike,
  v: TensorLike,
): { value: Tensor; tangent: Tensor } {
  wantFunction('jvp', f, 'jvp((x) => square(x), x, v)');
  const at = pointIn('jvp', x);
  const direction = pointIn('jvp', v, 'v', at.dtype);
  if (shapeText(direction.shape) !== shapeText(at.shape)) {
    throw new ShapeError(
      `jvp: x is ${shapeText(at.shape)} and the direction is ${shapeText(direction.shape)}; want the same shape`,
      { x: at.shape, v: direction.shape },
    );
  }
  const outer = new GradientTape();
  const { value, dy, product } = outer.record(() => {
    const inner = new GradientTape();
    inner.watch(at);
    const value = inner.record(() => valueOf('jvp', f, at));
    const dy = onesLike(value); // any dy would do, but at 0 some rules hold back an infinite slope
    outer.watch(dy);
    const row = inner.gradient(value, at, { outputGradient: dy, unconnected: 'zeros' });
    return { value, dy, product: sum(mul(row, direction)) };
  });
  return { value, tangent: outer.gradient(product, dy, { unconnected: 'zeros' }) };
}

/** All first derivatives of f at x: shape [...shape of f(x), ...shape of x]. */
export function jacobian(f: (x: Tensor) => Tensor, x: TensorLike): Tensor {
  wantFunction('jacobian', f, 'jacobian((x) => square(x), x)');
  const at = pointIn('jacobian', x);
  const tape = new GradientTape({ persistent: true });
  tape.watch(at);
  // The parts are taken inside record, so that an outer tape can differentiate the rows.
  const { value, parts } = tape.record(() => {
    const value = valueOf('jacobian', f, at);
    const flat = reshape(value, [value.size]);
    return {
      value,
      parts: Array.from({ length: value.size }, (_, i) => slice(flat, [i], [1])),
    };
  });
  const rows = parts.map((part) => tape.gradient(part, at, { unconnected: 'zeros' }));
  if (rows.length === 0) return reshape(zerosLike(value), [...value.shape, ...at.shape]);
  return reshape(stack(rows), [...value.shape, ...at.shape]);
}

/** All second derivatives of a scalar function at x: shape [...shape of x, ...shape of x]. */
export function hessian(f: (x: Tensor) => Tensor, x: TensorLike): Tensor {
  wantFunction('hessian', f, 'hessian((x) => sum(square(x)), x)');
  return jacobian((at) => {
    const tape = new GradientTape();
    tape.watch(at);
    const value = tape.record(() => valueOf('hessian', f, at));
    return tape.gradient(value, at, { unconnected: 'zeros' });
  }, x);
}
