import { expect, it, vi } from 'vitest';
import { TerminateOnNaN } from '../../../src/nn/callbacks/index.ts';
import { Counter } from './trained.ts';

it('TerminateOnNaN ends training after the first batch whose loss is no finite number', async () => {
  const said = vi.spyOn(console, 'log').mockImplementation(() => {});
  class Bursts extends Counter {
    override trainStep(): { loss: number } {
      const { loss } = super.trainStep();
      return { loss: loss === 3 ? Number.POSITIVE_INFINITY : loss };
    }
  }
  const model = new Bursts();
  await model.fit([[1], [1], [1], [1]], undefined, {
    batchSize: 1,
    epochs: 3,
    verbose: 0,
    callbacks: [new TerminateOnNaN()],
  });
  expect(model.dense.kernel.item()).toBe(3);
  expect(said.mock.calls).toEqual([['Batch 2: Invalid loss, terminating training']]);
  said.mockRestore();
});
