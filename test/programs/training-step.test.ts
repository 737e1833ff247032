import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { setSeed } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { autoencoders } from '../../src/programs/autoencoders.ts';
import { curveAe } from '../../src/programs/index.ts';
import { lossIn, trainingStepOf } from '../../src/programs/training-step.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapegrad-test-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test.each(autoencoders)(
  '$name gives its step, which learns and can be replayed',
  async (program) => {
    setSeed(3);
    const { step, batch } = await trainingStepOf(program, { batchSize: 16 } as object);
    expect((batch.flat()[0] as Tensor).shape[0]).toBe(16);
    const replayed = compile(step);
    const losses = Array.from({ length: 6 }, () => lossIn(replayed(...batch)));
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    expect(replayed.replaying).toBe(true);
  },
);

test('leaves no files behind', async () => {
  for (const program of autoencoders) await trainingStepOf(program);
  expect(readdirSync(folder)).toEqual([]);
});

test('refuses a batch of more than there is', async () => {
  await expect(trainingStepOf(curveAe, { batchSize: 8001 })).rejects.toThrow(
    'curve-ae: batchSize is 8001; want at most 8000, all the samples that a step is tried on',
  );
});
