import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NumericsError } from '../../src/core/errors.ts';
import { checkNumerics } from '../../src/core/numerics.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { tensor, Variable } from '../../src/core/tensor.ts';
import { add, div, exp, log, mul, sqrt, square, sub, sum } from '../../src/ops/index.ts';

/** The error of a run, with the folder cut off its source line. */
function caught(run: () => unknown): NumericsError & { sentence: string } {
  try {
    checkNumerics(run);
  } catch (error) {
    if (error instanceof NumericsError) {
      return Object.assign(error, { sentence: error.message.replace(/at \S*\//, 'at ') });
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}

const lines = readFileSync(new URL(import.meta.url), 'utf8').split('\n');
/** The number of the first line of this file that holds a text. */
const lineOf = (text: string) => lines.findIndex((line) => line.includes(text)) + 1;

describe('checkNumerics', () => {
  it('returns what the function returns where all is finite', () => {
    expect(checkNumerics(() => sum(exp(tensor([0, 0]))).item())).toBe(2);
  });

  it('names the op, the element, the inputs, how many ops ran, and the line', () => {
    const error = caught(() => {
      const x = add(tensor([[4, 1], [0, 9]]), 0); // biome-ignore format: a matrix
      return log(mul(x, 2));
    });
    expect(error.sentence).toMatch(
      /^log: element 2 of the output \[2,2\] is -Infinity, from inputs \[2,2\]; it is op 2 of this run, at numerics\.test\.ts:\d+:\d+$/,
    );
    expect(error.facts).toMatchObject({ op: 'log', step: 2, element: 2, value: -Infinity });
    expect(error.facts.line).toContain(`test/core/numerics.test.ts:${lineOf('return log(mul')}:`);
  });

  it('says which input was not finite to begin with', () => {
    const error = caught(() => sub(tensor([1, 2]), tensor([0, Number.NaN])));
    expect(error.sentence).toMatch(
      /^sub: element 1 of the output \[2\] is NaN, from inputs \[2\], \[2\] \(not finite\); it is op 0 of this run, at numerics\.test\.ts:\d+:\d+$/,
    );
  });

  it('watches the backward pass, and names the line that asked for it', () => {
    const x = new Variable([4, 0]);
    const error = caught(() => {
      const tape = new GradientTape();
      const y = tape.record(() => sum(sqrt(x)));
      return tape.gradient(y, x);
    });
    expect(error.facts).toMatchObject({ op: 'div', element: 1, value: Infinity });
    expect(error.facts.line).toContain(`numerics.test.ts:${lineOf('return tape.gradient(y, x)')}:`);
  });

  it('watches the sum of gradients that meet', () => {
    const x = tensor([0]);
    const error = caught(() => {
      const tape = new GradientTape();
      tape.watch(x);
      const y = tape.record(() => add(mul(x, 2e38), mul(x, 2e38)));
      return tape.gradient(y, x);
    });
    expect(error.facts).toMatchObject({ op: 'accumulate', value: Infinity });
  });

  it('looks at integers never', () => {
    expect(checkNumerics(() => square(tensor([3], undefined, 'int32')).item())).toBe(9);
  });

  it('stops watching afterwards, also when the function throws', () => {
    expect(() => checkNumerics(() => div(tensor(1), tensor(0)))).toThrow(NumericsError);
    expect(div(tensor(1), tensor(0)).item()).toBe(Infinity);
  });

  it('nests: the inner run counts its own ops', () => {
    const error = caught(() => {
      exp(tensor(1));
      exp(tensor(1));
      return checkNumerics(() => log(tensor(0)));
    });
    expect(error.facts.step).toBe(0);
  });
});
