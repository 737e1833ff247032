/** What a plan holds: the places of its arrays, and nothing of the runs it was recorded from. */
import { expect, it } from 'vitest';
import type { Run } from '../../src/compile/compare.ts';
import { type Plan, planOf } from '../../src/compile/plan.ts';
import { record } from '../../src/compile/record.ts';
import { type Tensor, Variable } from '../../src/core/tensor.ts';
import * as tg from '../../src/ops/index.ts';

function planned(step: () => Tensor): Plan {
  const run = (): Run => {
    const { result, recording } = record(step);
    return { recording, inputs: [], outputs: [result.numbers], returned: '' };
  };
  return planOf(run(), run());
}

const x = new Variable(tg.ones([8, 4]));
const w = new Variable(tg.ones([4, 3]));
const b = new Variable(tg.zeros([3]));

it('arrays that were folded away or dropped have no place', () => {
  const plan = planned(() => {
    tg.exp(x);
    return tg.relu(tg.add(tg.matmul(x, w), b));
  });
  expect(plan.instructions).toHaveLength(1);
  const kinds = plan.places.map(({ kind }) => kind).sort();
  // The variables and the array of no numbers; the result; exp, the sums, those with the bias, and the bias's layout.
  const used = ['output', 'pinned', 'pinned', 'pinned', 'pinned'];
  expect(kinds).toEqual([...used, 'unused', 'unused', 'unused', 'unused']);
});

it('the numbers of the recorded run are let go', () => {
  const plan = planned(() => tg.square(tg.exp(tg.matmul(x, w))));
  const inside = plan.recording.buffers.filter(
    ({ length }, b) => length > 0 && plan.places[b]?.kind !== 'pinned',
  );
  expect(inside.map(({ length }) => length)).toEqual([24, 24, 24]);
  expect(new Set(inside.map(({ buffer }) => buffer)).size).toBe(1);
  expect(inside[0]?.buffer.byteLength).toBe(4 * 24);
});
