import { expect } from 'vitest';
import { GradientTape } from '../../src/core/tape.ts';
import { fromArray, type Tensor } from '../../src/core/tensor.ts';

/** An array as the fixtures have it. */
export interface Stored {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** What one op made of its inputs in another engine, and the gradients for the given dy. */
export type Case = {
  readonly name: string;
  readonly y: Stored;
  readonly dy: readonly number[];
};

type Inputs = Readonly<Record<string, Stored>>;
type Gradients = Readonly<Record<string, readonly number[]>>;

/** Runs the op on the inputs named and compares its value and their gradients, in float64 and in float32. */
export function agree(
  about: Case & object,
  names: readonly string[],
  run: (...inputs: Tensor[]) => Tensor,
  decimals: { float64?: number; float32?: number } = {},
): void {
  const stored = about as unknown as Inputs;
  const gradients = about as unknown as Gradients;
  for (const [Numbers, digits] of [
    [Float64Array, decimals.float64 ?? 10],
    [Float32Array, decimals.float32 ?? 4],
  ] as const) {
    const inputs = names.map((name) => {
      const { shape, values } = stored[name] as Stored;
      return fromArray(Numbers.from(values), shape);
    });
    const tape = new GradientTape();
    tape.watch(...inputs);
    const y = tape.record(() => run(...inputs));
    expect(y.shape).toEqual(about.y.shape);
    closeTo(y, about.y.values, digits, 'y');
    const outputGradient = fromArray(Numbers.from(about.dy), about.y.shape);
    tape.gradient(y, inputs, { outputGradient }).forEach((dx, i) => {
      expect(dx.shape).toEqual(inputs[i]?.shape);
      closeTo(dx, gradients[`d${names[i]}`] as readonly number[], digits, `d${names[i]}`);
    });
  }
}

function closeTo(t: Tensor, want: readonly number[], digits: number, what: string): void {
  const values = Array.from(t.values);
  expect(values.length).toBe(want.length);
  const off = values.findIndex(
    (value, i) => !(Math.abs(value - (want[i] as number)) <= 10 ** -digits),
  );
  if (off >= 0) {
    expect.fail(
      `${what}[${off}] of ${t.dtype} is ${values[off]}; the fixture says ${want[off]} (within 1e-${digits})`,
    );
  }
}
