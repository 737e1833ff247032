/**
 * What an op is: one record with its formula, shape rule, forward pass and derivative. `defineOp` makes the function
 * that users call from the record. Calling it checks the inputs, works out the output's shape, lets a kernel fill the
 * output, and, if a tape records, leaves a step on the tape.
 */
import assert from 'node:assert';
import { OptionError, ShapeError } from '../core/errors.ts';
import { inspectNumbers } from '../core/numerics.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { offer, type Rule, recording } from '../core/steps.ts';
import {
  allocate,
  type Dtype,
  kernelsFor,
  Tensor,
  type TensorLike,
  toTensor,
} from '../core/tensor.ts';
import type { Kernels } from '../kernels/reference.ts';

type Named<Names extends string, T> = { readonly [N in Names]: T };

/** The record of one op. `I` names its inputs, `K` what it keeps (`y` is the output), `A` its attributes. */
export interface OpRecord<I extends string, K extends I | 'y', A extends object> {
  readonly name: string;
  readonly inputs: readonly I[];
  /** What the derivative needs, and so what a tape holds in memory; the type of `vjp` lets a rule see nothing else. */
  readonly keeps?: readonly K[];
  /** The formula, for readers and `docs/ops.md`. */
  readonly math: string;
  /** Inputs that are int32 by nature: indices, truths. The others share one type, which the output has too. */
  readonly ints?: readonly I[];
  /** Whether the formula leaves the whole numbers, so that int32 values are refused instead of cut off. */
  readonly floats?: boolean;
  /** The output's type where it is not that of the inputs. */
  readonly dtype?: Dtype | ((attrs: A) => Dtype);
  shape(shapes: Named<I, Shape>, attrs: A): Shape;
  /** Fills the output. */
  forward?(k: Kernels, inputs: Named<I, Tensor>, y: Tensor, attrs: A): void;
  /** Instead of `forward`: the output as a view on the numbers of the input. */
  view?(inputs: Named<I, Tensor>, shape: Shape, attrs: A): Tensor;
  /** Gradient of each input from the gradient `dy` of the output. Inputs without a rule have none. */
  readonly vjp?: {
    readonly [N in I]?: (
      dy: Tensor,
      kept: Named<K, Tensor>,
      about: A & { readonly shapes: Named<I, Shape> },
    ) => Tensor;
  };
  /** Why there is no `vjp`, where there is none. */
  readonly noGradient?: string;
}

/** A function of tensors made from a record: the inputs in order, then the attributes if it has any. */
export interface Op<I extends readonly string[], A extends object = object> {
  (...args: [...{ [N in keyof I]: TensorLike }, ...(object extends A ? [] : [attrs: A])]): Tensor;
  readonly record: OpRecord<I[number], never, A>;
}

export function defineOp<
  const I extends readonly string[],
  const K extends I[number] | 'y' = never,
  A extends object = object,
>(record: Omit<OpRecord<I[number], K, A>, 'inputs'> & { readonly inputs: I }): Op<I, A> {
  const general = record as unknown as AnyRecord;
  const count = record.inputs.length;
  const op = (...args: unknown[]): Tensor =>
    apply(general, args as TensorLike[], (args[count] ?? {}) as object);
  return Object.assign(op, { record }) as unknown as Op<I, A>;
}

/** A record whose names are not known to the compiler: what catalogue and tests walk over. */
export type AnyRecord = OpRecord<string, string, object>;

/** `given` begins with the inputs. */
function apply(op: AnyRecord, given: readonly TensorLike[], attrs: object): Tensor {
  const valueType = typeOfValues(op, given);
  if (op.floats && valueType === 'int32') {
    const whole = given.findIndex((value) => typeof value !== 'number');
    wantFloats(op.name, op.inputs[whole] as string, valueType);
  }
  const inputs: Tensor[] = [];
  const named: Record<string, Tensor> = {};
  const shapes: Record<string, Shape> = {};
  for (let i = 0; i < op.inputs.length; i++) {
    const name = op.inputs[i] as string;
    const isInteger = op.ints?.includes(name) ?? false;
    const input = checkedInput(op, name, given[i], isInteger ? 'int32' : valueType, isInteger);
    inputs.push(input);
    named[name] = input;
    shapes[name] = input.shape;
  }

  const shape = op.shape(shapes, attrs);
  const dtype = (typeof op.dtype === 'function' ? op.dtype(attrs) : op.dtype) ?? valueType;
  let y: Tensor;
  if (op.view) {
    y = op.view(named, shape, attrs);
  } else {
    y = new Tensor(allocate(dtype, sizeOf(shape)), shape);
    // int32 values and float64 are the reference kernels' work; so is turning anything into float64.
    const table =
      dtype === 'float64' ? dtype : op.inputs.length === op.ints?.length ? 'float32' : valueType;
    op.forward?.(kernelsFor(table), named, y, attrs);
  }
  inspectNumbers(op.name, inputs, y);
  if (recording.length > 0) {
    offer(inputs, y, op.name, () => ruleOf(op, inputs, y, { ...attrs, shapes }));
  }
  return y;
}

/** Refuses int32 where the formula leaves the whole numbers. */
export function wantFloats(op: string, input: string, dtype: Dtype): void {
  if (dtype !== 'int32') return;
  throw new ShapeError(
    `${op}: ${input} is int32; want floats. cast(${input}, "float32") makes it so`,
    { op, input, dtype },
  );
}

/** The type that the value inputs share: that of the first tensor or typed array among them. */
function typeOfValues(op: AnyRecord, given: readonly TensorLike[]): Dtype {
  for (let i = 0; i < op.inputs.length; i++) {
    if (op.ints?.includes(op.inputs[i] as string)) continue;
    const value = given[i];
    if (value instanceof Tensor) return value.dtype;
    if (value instanceof Float64Array) return 'float64';
    if (value instanceof Int32Array) return 'int32';
  }
  return 'float32';
}

function checkedInput(
  op: AnyRecord,
  name: string,
  value: TensorLike | undefined,
  dtype: Dtype,
  isInteger: boolean,
): Tensor {
  if (value === undefined || value === null || typeof value === 'string') {
    throw new OptionError(
      `${op.name}: ${name} is ${value === undefined ? 'missing' : JSON.stringify(value)}; want a tensor, numbers in nested arrays, or a typed array`,
      { op: op.name, input: name },
    );
  }
  const input = toTensor(value, dtype);
  if (input.dtype !== dtype) {
    throw new ShapeError(
      isInteger
        ? `${op.name}: ${name} is ${input.dtype}; want int32. cast(${name}, "int32") makes it so`
        : `${op.name}: ${name} is ${input.dtype} and another input is ${dtype}; want one type. ${
            dtype === 'int32' // which would cut off
              ? `cast(x, "${input.dtype}") of the int32 one makes it so`
              : `cast(${name}, "${dtype}") makes it so`
          }`,
      { op: op.name, input: name, dtype: input.dtype },
    );
  }
  return input;
}

/** The step's rule: what it keeps, and one input's gradient at a time. */
function ruleOf(
  op: AnyRecord,
  inputs: readonly Tensor[],
  y: Tensor,
  about: { shapes: Record<string, Shape> },
): Rule {
  const kept: Record<string, Tensor> = {};
  for (const name of op.keeps ?? []) {
    const t = name === 'y' ? y : (inputs[op.inputs.indexOf(name)] as Tensor);
    kept[name] = t.kept();
  }
  const rules = op.vjp ?? {};
  return {
    kept: Object.values(kept),
    ...(op.vjp === undefined ? { cut: op.noGradient ?? `${op.name} has no gradient` } : {}),
    differentiable: (i) => rules[op.inputs[i] as string] !== undefined,
    vjp: (dy, i) => {
      const rule = rules[op.inputs[i] as string];
      assert(rule, `${op.name} was asked for the gradient of input ${i}, which has none`);
      return rule(dy, kept, about);
    },
  };
}
