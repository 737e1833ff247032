import { expect, test } from 'vitest';
import { GradientTape } from '../../src/core/tape.ts';
import { tensor } from '../../src/core/tensor.ts';
import { gelu } from '../../src/ops/activation.ts';
import { compareWithFixtures } from './torch-cases.ts';

compareWithFixtures('activation');

test.each([false, true])(
  'gelu of huge numbers, approximate: %s, is x or 0, and so is its slope',
  (approximate) => {
    const x = tensor([-3e38, -1e25, -1e14, 1e14, 1e25, 3e38]);
    const tape = new GradientTape();
    tape.watch(x);
    const y = tape.record(() => gelu(x, approximate));
    const dx = tape.gradient(y, x);
    const numbers = Array.from(x.values, (each) => Math.max(each, 0));
    expect(Array.from(y.values, (each) => each + 0)).toEqual(numbers);
    expect(Array.from(dx.values, (each) => each + 0)).toEqual([0, 0, 0, 1, 1, 1]);
  },
);
