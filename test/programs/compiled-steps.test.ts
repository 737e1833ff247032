/**
 * A program's compiled step gives the bits of the eager one: every program, on every instruction set of this machine
 * and on the reference kernels, with 1, 2 and 4 threads, over many steps with a smaller batch in between.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { setSeed } from '../../src/core/random.ts';
import { Tensor } from '../../src/core/tensor.ts';
import { useKernels } from '../../src/kernels/active.ts';
import { loadNative, nativeInfo, setIsa, setThreads } from '../../src/kernels/native.ts';
import { reference } from '../../src/kernels/reference.ts';
import { slice } from '../../src/ops/index.ts';
import { autoencoders } from '../../src/programs/autoencoders.ts';
import { trainingStepOf } from '../../src/programs/training-step.ts';

type Step = (...batch: unknown[]) => unknown;

/** The numbers that a program's step returns, step by step, from the same weights and the same small batches. */
async function numbersOf(
  program: (typeof autoencoders)[number],
  rows: number,
  steps: number,
  made: (step: Step) => Step = (step) => step,
): Promise<number[][]> {
  setSeed(7);
  const { step, batch } = await trainingStepOf(program, { batchSize: 16 } as object);
  const run = made(step);
  const [even, odd, smaller] = [
    [0, rows],
    [1, rows],
    [2, rows - 1],
  ].map(([from = 0, count = 0]) => rowsOf(batch, from, count));
  return Array.from({ length: steps }, (_, i) =>
    numbersIn(run(...((i % 5 === 4 ? smaller : i % 2 === 0 ? even : odd) as unknown[]))),
  );
}

function rowsOf(tree: unknown, from: number, count: number): unknown {
  if (tree instanceof Tensor) return slice(tree, [from], [count]);
  return (tree as unknown[]).map((part) => rowsOf(part, from, count));
}

function numbersIn(tree: unknown): number[] {
  return tree instanceof Tensor
    ? [...tree.values]
    : Object.values(tree as object).flatMap(numbersIn);
}

/** The compiled step, which must have come to be replayed. */
function compiledNumbers(...[program, rows, steps]: Parameters<typeof numbersOf>) {
  let compiled: ReturnType<typeof compile> | undefined;
  const numbers = numbersOf(program, rows, steps, (step) => {
    compiled = compile(step);
    return compiled as Step;
  });
  return numbers.then((found) => {
    expect(compiled?.replaying).toBe(true);
    return found;
  });
}

vi.setConfig({ testTimeout: 120_000 });

const native = loadNative();
const { facts } = nativeInfo();

describe.skipIf(native === undefined).each(facts?.isasSupported ?? [])('on %s', (isa) => {
  afterEach(() => {
    setIsa(facts?.isa as string);
    setThreads(facts?.threads as number);
  });

  it.each(autoencoders)('$name: 200 compiled steps are the eager ones', async (program) => {
    setIsa(isa);
    const eager = await numbersOf(program, 7, 200);
    for (const threads of [1, 2, 4]) {
      setThreads(threads);
      expect(await compiledNumbers(program, 7, 200), `${threads} threads`).toEqual(eager);
    }
  });
});

describe('on the reference kernels', () => {
  it.each(autoencoders)('$name: compiled steps are the eager ones', async (program) => {
    const before = useKernels(reference);
    try {
      const eager = await numbersOf(program, 2, 12);
      expect(await compiledNumbers(program, 2, 12)).toEqual(eager);
    } finally {
      useKernels(before);
    }
  });
});
