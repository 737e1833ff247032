/**
 * How long does a training step take, forward, backward and Adam? Lines of `--json` stand beside those of other engines:
 * {"peer":"tapegrad","model":"A","threads":2,"batch":32,"ms_median":…,"ms_min":…}.
 */

import { setSeed } from '../src/core/random.ts';
import { GradientTape } from '../src/core/tape.ts';
import { type Tensor, Variable } from '../src/core/tensor.ts';
import { kernels, useKernels } from '../src/kernels/active.ts';
import { loadNative, setIsa, setThreads } from '../src/kernels/native.ts';
import { reference } from '../src/kernels/reference.ts';
import { Adam } from '../src/nn/optimisers.ts';
import { zip } from '../src/nn/zip.ts';
import {
  add,
  matmul,
  mean,
  randomNormal,
  randomUniform,
  sigmoid,
  square,
  sub,
} from '../src/ops/index.ts';
import { heading, machine, runBench } from './machine.ts';
import { timeInTurns } from './measure.ts';

/** A program's step on data of its shape; the letters are those of the peers' scripts. */
interface Model {
  readonly letter: string;
  readonly program: string;
  readonly batch: number;
  /** Makes the weights and returns one training step, which returns its loss. */
  make(batch: number): () => Tensor;
}

/** 784-128-64-128-784, sigmoid after every layer, mean squared error. */
function denseAe(batch: number): () => Tensor {
  const sizes = [784, 128, 64, 128, 784];
  const layers = sizes.slice(1).map((n, i) => ({
    w: new Variable(randomNormal([sizes[i] as number, n], { stddev: 0.05 })),
    b: new Variable(randomNormal([n], { stddev: 0.05 })),
  }));
  const weights = layers.flatMap(({ w, b }) => [w, b]);
  const x = randomUniform([batch, 784]);
  const optimiser = new Adam({ learningRate: 1e-3 });
  return () => {
    const tape = new GradientTape();
    const loss = tape.record(() => {
      const y = layers.reduce<Tensor>((h, { w, b }) => sigmoid(add(matmul(h, w), b)), x);
      return mean(square(sub(y, x)));
    });
    optimiser.applyGradients(zip(tape.gradient(loss, weights), weights));
    return loss;
  };
}

const models: readonly Model[] = [{ letter: 'A', program: 'dense-ae', batch: 32, make: denseAe }];

/** Losses of the first steps on the tables in use. */
function lossesOf(model: Model, batch: number, count: number): number[] {
  setSeed(1);
  const step = model.make(batch);
  return Array.from({ length: count }, () => step().item());
}

/** Refuses to time steps that do not learn, or that the reference computes differently. */
function verify(model: Model, batch: number): void {
  const here = lossesOf(model, batch, 5);
  const before = useKernels(reference);
  const should = lossesOf(model, batch, 5);
  useKernels(before);
  should.forEach((loss, i) => {
    const off = Math.abs((here[i] as number) - loss) / loss;
    if (!(off < 1e-4)) {
      throw new Error(`${model.program}: loss ${i} is ${here[i]}; the reference has ${loss}`);
    }
  });
  if (!((here.at(-1) as number) < (here[0] as number))) {
    throw new Error(
      `${model.program}: the loss goes from ${here[0]} to ${here.at(-1)}; want it to fall`,
    );
  }
}

await runBench(
  {
    name: 'bench:steps',
    summary: 'Times training steps: forward, backward and Adam, eager',
    many: `Models: ${models.map(({ letter, program }) => `${letter} ${program}`).join(', ')}; all if none is named`,
    options: {
      batch: {
        type: 'number',
        whole: true,
        min: 1,
        help: "Examples in a batch; the program's own unless told",
      },
      threads: {
        type: 'number',
        whole: true,
        min: 1,
        max: 256,
        help: 'Threads; one and all unless told',
      },
      budget: {
        type: 'number',
        above: 0,
        default: 3,
        value: 'SECONDS',
        help: 'Time for each line',
      },
      json: { type: 'flag', help: 'One JSON object a line' },
      check: { type: 'flag', help: 'Only compares with the reference, and times nothing' },
    },
  },
  (options, words) => {
    const here = machine();
    const unknown = words.find(
      (word) => !models.some(({ letter, program }) => [letter, program].includes(word)),
    );
    if (unknown !== undefined) {
      throw new Error(
        `bench:steps: no model ${unknown}; want ${models.map((model) => model.letter).join(', ')}`,
      );
    }
    const native = loadNative() !== undefined && kernels() !== reference;
    const counts = options.threads === undefined ? [1, here.threads] : [options.threads];
    if (!options.json) console.log(heading(here));
    for (const model of models) {
      if (words.length > 0 && !words.includes(model.letter) && !words.includes(model.program))
        continue;
      const batch = options.batch ?? model.batch;
      verify(model, options.check ? Math.min(batch, 8) : batch);
      if (options.check) {
        console.log(`${model.letter} ${model.program}: learns, and as the reference does`);
        continue;
      }
      const steps = [...new Set(native ? counts : [1])].map((threads) => {
        const step = model.make(batch);
        return {
          threads,
          name: `${model.letter} ×${threads}`,
          prepare() {
            if (native) setThreads(threads);
          },
          run: () => void step(),
        };
      });
      if (native) setIsa(here.isa);
      const rounds = 5;
      const timings = timeInTurns(steps, {
        rounds,
        milliseconds: (1000 * options.budget) / rounds,
      });
      timings.forEach(({ median, min, spread }, i) => {
        const threads = steps[i]?.threads ?? 1;
        const fields = { peer: 'tapegrad', model: model.letter, mode: 'eager', threads, batch };
        console.log(
          options.json
            ? JSON.stringify({
                ...fields,
                ms_median: median,
                ms_min: min,
                spread,
                isa: here.isa,
                processor: here.processor,
                node: here.node,
              })
            : `${model.letter} ${model.program.padEnd(10)} eager  batch ${batch}  ${here.isa} ×${threads}  ${median.toFixed(3).padStart(8)} ms ±${(100 * spread).toFixed(0)} %, at best ${min.toFixed(3)} ms`,
        );
      });
    }
  },
);
