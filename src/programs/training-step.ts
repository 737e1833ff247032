/**
 * A program's training step by itself, to be timed or profiled: the program runs, on images of noise, up to its first
 * step, which is caught together with its batch and not taken.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OptionError } from '../core/errors.ts';
import { Tensor } from '../core/tensor.ts';
import type { ImageSet, LabelledImages } from '../data/image-set.ts';
import type { Callback } from '../nn/callbacks/index.ts';
import { Model } from '../nn/model.ts';
import { randomUniform } from '../ops/index.ts';
import type { Options, ValuesOf } from './options.ts';
import type { Program } from './program.ts';
import { type Display, Run } from './run.ts';
import { withDefaults } from './train.ts';

export interface TrainingStep {
  /** What the program does with a batch, as it wrote it: forward, backward, update. */
  readonly step: (...batch: unknown[]) => unknown;
  /** The arguments of its first call. */
  readonly batch: readonly unknown[];
}

/** The step of a program; weights and noise come from the default generator, so a seed fixes them. */
export async function trainingStepOf<O extends Options>(
  program: Program<O>,
  given: Partial<ValuesOf<O>> = {},
): Promise<TrainingStep> {
  const options = withDefaults(program, given) as ValuesOf<O>;
  const folder = mkdtempSync(join(tmpdir(), 'tapegrad-step-'));
  const run = new RunToFirstStep(folder);
  try {
    await program.run(run, options);
  } catch (thrown) {
    if (!(thrown instanceof FirstStep)) throw thrown;
    wantBatchOf(program.name, (given as { batchSize?: number }).batchSize, thrown.batch);
    return thrown;
  } finally {
    run.close('');
    rmSync(folder, { recursive: true, force: true });
  }
  throw new Error(`${program.name}: it ended without a training step; want at least one`);
}

/** Refuses a batch larger than all the data, which comes out smaller. */
function wantBatchOf(name: string, batchSize: number | undefined, batch: readonly unknown[]): void {
  const [first] = batch.flat(Infinity);
  const found = first instanceof Tensor ? first.shape[0] : undefined;
  if (batchSize === undefined || found === undefined || found === batchSize) return;
  throw new OptionError(
    `${name}: batchSize is ${batchSize}; want at most ${found}, all the samples that a step is tried on`,
    { batchSize },
  );
}

/** The loss in what a step returns: the tensor itself, or the one of that name. */
export function lossIn(result: unknown): number {
  const loss = result instanceof Tensor ? result : (result as { loss: Tensor }).loss;
  return loss.item();
}

/** Thrown in place of the step. */
class FirstStep implements TrainingStep {
  readonly step: TrainingStep['step'];
  readonly batch: readonly unknown[];

  constructor(step: TrainingStep['step'], batch: readonly unknown[]) {
    this.step = step;
    this.batch = batch;
  }
}

const silent: Display = { print() {}, progress() {}, end() {} };

class RunToFirstStep extends Run {
  constructor(folder: string) {
    super({ folder, config: {}, display: silent, signal: new AbortController().signal });
  }

  override async load(): Promise<ImageSet> {
    return noise;
  }

  override compile<A extends readonly unknown[], R>(step: (...args: A) => R): (...args: A) => R {
    return (...batch) => {
      throw new FirstStep(step as unknown as TrainingStep['step'], batch);
    };
  }

  /** For programs that leave the loop to `fit`. */
  override callbacks(): Callback[] {
    return [
      {
        setModel(model) {
          if (!(model instanceof Model)) return;
          const step = model.trainStep.bind(model);
          model.trainStep = (batch) => {
            throw new FirstStep(step as TrainingStep['step'], [batch]);
          };
        },
      },
    ];
  }
}

const noise: ImageSet = {
  name: 'noise',
  classes: ['noise'],
  height: 28,
  width: 28,
  get train() {
    return noiseImages(6000);
  },
  get test() {
    return noiseImages(128);
  },
  source: 'noise',
};

function noiseImages(count: number): LabelledImages {
  const images = Uint8Array.from(randomUniform([count * 28 * 28], { maxval: 256 }).values);
  return { images, labels: new Uint8Array(count), count };
}
