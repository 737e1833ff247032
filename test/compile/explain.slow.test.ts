/** What a plan says of itself; slow, for it measures the machine's ceiling once. */
import { expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { type Tensor, Variable } from '../../src/core/tensor.ts';
import * as tg from '../../src/ops/index.ts';

const x = tg.randomNormal([300, 5]);

/** The explanation of a step that has run often enough to be planned. */
function explained(step: (x: Tensor) => Tensor, options: { timed?: boolean } = {}): string {
  const compiled = compile(step, options);
  for (let i = 0; i < 6; i++) compiled(x);
  return compiled.explain();
}

it('counts the calls that nobody reads', () => {
  const text = explained((x) => {
    tg.exp(tg.neg(x));
    return tg.square(x);
  });
  expect(text).toContain(
    'plan: 1 instructions of 3 kernel calls: 2 dropped, 0 folded into others, 0 joined in 0',
  );
});

it('has the times of a timed step', () => {
  expect(explained((x) => tg.sum(tg.exp(x)), { timed: true })).toContain('µs');
});

it('says what was joined, what it works on and where arrays lie', () => {
  const bias = new Variable(tg.zeros([5]));
  const text = explained((x) => tg.sum(tg.relu(tg.add(x, bias))));
  const [plan, arrays, head, run, sum] = text.split('\n');
  expect(plan).toBe(
    'plan: 2 instructions of 3 kernel calls: 0 dropped, 0 folded into others, 2 joined in 1',
  );
  expect(arrays).toBe(
    'arrays: 1 (6,000 bytes) in 6,016 bytes of the plan, 1 (6,000 bytes) in cache blocks, 2 (48 bytes) from outside, 1 (6,000 bytes) of arguments, 1 (4 bytes) of results',
  );
  expect(head).toMatch(/^ +instruction +sizes +flops +bytes( +least µs)?$/);
  expect(run).toMatch(/^0 {2}run: add · relu +1,500 +3,000 +12,0\d\d( +\d+\.\d)?$/);
  expect(sum).toMatch(/^1 {2}run: sum +1,500 +1,500 +6,004( +\d+\.\d)?$/);
});

it('does not count arrays that no instruction touches', () => {
  const [w, bias] = [new Variable(tg.ones([5, 4])), new Variable(tg.zeros([4]))];
  const text = explained((x) => {
    tg.exp(tg.mul(x, 2));
    return tg.relu(tg.add(tg.matmul(x, w), bias));
  });
  // From outside come the weights, the bias and the empty array that stands for no second operand.
  expect(text.split('\n').slice(0, 2)).toEqual([
    'plan: 1 instructions of 5 kernel calls: 2 dropped, 2 folded into others, 0 joined in 0',
    'arrays: 0 (0 bytes) in 0 bytes of the plan, 0 (0 bytes) in cache blocks, 3 (96 bytes) from outside, 1 (6,000 bytes) of arguments, 1 (4,800 bytes) of results',
  ]);
});

it('counts one number as one, though the layout of its operands has four', () => {
  const text = explained((x) => tg.div(tg.square(tg.slice(x, [0, 0], [1, 1])), 3));
  expect(text).toMatch(/run: square · div +1 +2 /);
  expect(explained((x) => tg.transpose(tg.slice(x, [0, 0], [1, 2])))).toMatch(/copy +2 +2 /);
});
