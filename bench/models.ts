/** The six programs under the letters that the peers' scripts give them. */
import { UsageError } from '../src/cli/command.ts';
import { compile } from '../src/compile/compile.ts';
import type { InstructionReport } from '../src/compile/explain.ts';
import { setSeed } from '../src/core/random.ts';
import { type Ceiling, leastSeconds } from '../src/kernels/ceiling.ts';
import { convAe, convBceAe, curveAe, deepAe, denseAe, vae } from '../src/programs/index.ts';
import type { Program } from '../src/programs/program.ts';
import { lossIn, trainingStepOf } from '../src/programs/training-step.ts';

export interface Model {
  readonly letter: string;
  readonly program: Program;
  /** Examples in a batch, as the program has it. */
  readonly batch: number;
}

const lettered = { A: denseAe, B: deepAe, C: convAe, D: convBceAe, E: vae, F: curveAe };

export const models: readonly Model[] = Object.entries(lettered).map(([letter, program]) => ({
  letter,
  program: program as unknown as Program,
  batch: program.options.batchSize.default,
}));

/** Models by letter or by name; all if none is named. */
export function modelsNamed(who: string, words: readonly string[]): readonly Model[] {
  const named = words.map((word) => {
    const found = models.find(({ letter, program }) => [letter, program.name].includes(word));
    if (found !== undefined) return found;
    const known = models.map(({ letter, program }) => `${letter} (${program.name})`);
    throw new UsageError(`${who}: no model ${word}; want ${known.join(', ')}`);
  });
  return named.length > 0 ? named : models;
}

export const modes = ['eager', 'compiled'] as const;
export type Mode = (typeof modes)[number];

/** A model's training step on one batch of noise; it returns its loss when asked. */
export interface Step {
  run(): unknown;
  loss(): number;
}

/** Equal seeds make equal steps. */
export async function makeStep(
  { program }: Model,
  { batch, mode, seed = 1 }: { batch: number; mode: Mode; seed?: number },
): Promise<Step> {
  setSeed(seed);
  const caught = await trainingStepOf(program, { batchSize: batch } as object);
  const step = mode === 'eager' ? caught.step : compile(caught.step);
  const run = () => step(...caught.batch);
  return { run, loss: () => lossIn(run()) };
}

/** What a step has to do, instruction by instruction. */
export async function workOf(model: Model, batch: number): Promise<InstructionReport[]> {
  const caught = await trainingStepOf(model.program, { batchSize: batch } as object);
  const step = compile(caught.step);
  for (let i = 0; i < 4; i++) step(...caught.batch);
  return step.report();
}

/** Seconds of a step that did nothing but its matmuls, its convolutions and the update of its weights. */
export function floorOf(work: readonly InstructionReport[], ceiling: Ceiling): number {
  return work
    .filter(({ kernels }) => kernels.some((kernel) => /^(matmul|conv2d|adam)/.test(kernel)))
    .reduce((sum, one) => sum + leastSeconds(ceiling, one), 0);
}
