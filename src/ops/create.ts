/** Tensors made of nothing: constants, ranges, the identity. */
import { OptionError } from '../core/errors.ts';
import { instanceOf, want } from '../core/options.ts';
import { checkShape, type Shape, sizeOf } from '../core/shape.ts';
import { allocate, checkWhole, type Dtype, Tensor } from '../core/tensor.ts';

/** Every element is `value`. */
export function fill(shape: Shape, value: number, dtype: Dtype = 'float32'): Tensor {
  return filled('fill', shape, value, dtype);
}

export function zeros(shape: Shape, dtype: Dtype = 'float32'): Tensor {
  return filled('zeros', shape, 0, dtype);
}

export function ones(shape: Shape, dtype: Dtype = 'float32'): Tensor {
  return filled('ones', shape, 1, dtype);
}

export function zerosLike(x: Tensor): Tensor {
  const { shape, dtype } = wantTensor('zerosLike', x);
  return filled('zerosLike', shape, 0, dtype);
}

export function onesLike(x: Tensor): Tensor {
  const { shape, dtype } = wantTensor('onesLike', x);
  return filled('onesLike', shape, 1, dtype);
}

function wantTensor(op: string, x: Tensor): Tensor {
  return want(op, 'x', x, instanceOf(Tensor));
}

function filled(op: string, shape: Shape, value: number, dtype: Dtype): Tensor {
  if (typeof value !== 'number') {
    throw new OptionError(`${op}: value is ${String(value)}; want a number`, { value });
  }
  if (dtype === 'int32') checkWhole(op, value);
  const y = allocate(dtype, sizeOf(checkShape(op, shape)));
  if (value !== 0) y.fill(value);
  return new Tensor(y, [...shape]);
}

/** start, start + step, … up to but without stop; `range(n)` counts from 0. As tf.range. */
export function range(start: number, stop?: number, step = 1, dtype: Dtype = 'float32'): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (step === 0 || !Number.isFinite((to - from) / step)) {
    throw new OptionError(
      `range: from ${from} to ${to} by ${step}; want finite numbers and a step that is not 0`,
      {},
    );
  }
  const y = allocate(dtype, Math.max(0, Math.ceil((to - from) / step)));
  for (let i = 0; i < y.length; i++) y[i] = from + i * step;
  return new Tensor(y, [y.length]);
}

/** `count` numbers at equal distances, both ends among them. As tf.linspace. */
export function linspace(start: number, stop: number, count: number): Tensor {
  if (!Number.isInteger(count) || count < 1) {
    throw new OptionError(`linspace: count is ${count}; want a whole number of at least 1`, {
      count,
    });
  }
  const y = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    y[i] = count === 1 ? start : start + ((stop - start) * i) / (count - 1);
  }
  return new Tensor(y, [count]);
}

/** Ones on the diagonal, zeros elsewhere. */
export function eye(rows: number, columns: number = rows, dtype: Dtype = 'float32'): Tensor {
  const y = filled('eye', [rows, columns], 0, dtype);
  for (let i = 0; i < Math.min(rows, columns); i++) y.numbers[i * columns + i] = 1;
  return y;
}
