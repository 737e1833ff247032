/**
 * How long does a training step take, forward, backward and update? Lines of `--json` stand beside those of other
 * engines: {"peer":"tapegrad","model":"A","threads":2,"batch":32,"ms_median":…,"ms_min":…}.
 */
import { UsageError } from '../src/cli/command.ts';
import { kernels, useKernels } from '../src/kernels/active.ts';
import { measureCeiling } from '../src/kernels/ceiling.ts';
import { loadNative, setThreads } from '../src/kernels/native.ts';
import { reference } from '../src/kernels/reference.ts';
import { heading, machine, runBench } from './machine.ts';
import { spreadText, timeInTurns } from './measure.ts';
import {
  floorOf,
  type Mode,
  type Model,
  makeStep,
  models,
  modelsNamed,
  modes,
  workOf,
} from './models.ts';

/** Losses of the first steps on the tables in use. */
async function firstLosses(model: Model, batch: number, mode: Mode, count = 8): Promise<number[]> {
  const step = await makeStep(model, { batch, mode });
  return Array.from({ length: count }, () => step.loss());
}

/** Refuses steps that are not those of the reference kernels. */
async function verifyKernels(model: Model): Promise<void> {
  // Convolutions on the reference kernels take seconds, so it looks at few steps of few examples.
  const before = useKernels(reference);
  const should = await firstLosses(model, 16, 'eager', 3);
  useKernels(before);
  compare(model, 'eager', await firstLosses(model, 16, 'eager', 3), should, 1e-4);
}

/** Refuses steps that do not learn, and compiled ones that are not the eager ones. */
async function verify(model: Model, batch: number): Promise<void> {
  const eager = await firstLosses(model, batch, 'eager');
  compare(model, 'compiled', await firstLosses(model, batch, 'compiled'), eager, 1e-5);
  const [first = 0, last = 0] = [eager[0], eager.at(-1)];
  if (!(last < first)) {
    throw new Error(`${model.program.name}: loss goes from ${first} to ${last}; want it to fall`);
  }
}

function compare(model: Model, mode: Mode, found: number[], should: number[], most: number): void {
  should.forEach((loss, i) => {
    const off = Math.abs((found[i] as number) - loss) / loss;
    if (off <= most) return;
    throw new Error(`${model.program.name}, ${mode}: loss ${i} is ${found[i]}; want ${loss}`);
  });
}

function batchesIn(text: string | undefined): readonly number[] | undefined {
  const batches = text?.split(',').map(Number);
  if (batches === undefined || batches.every((n) => Number.isInteger(n) && n > 0)) return batches;
  throw new UsageError(`bench:steps: --batch is ${text}; want whole numbers above 0, as 32,128`);
}

await runBench(
  {
    name: 'bench:steps',
    summary: 'Times training steps: forward, backward and Adam, eager and compiled',
    positionals: [
      {
        name: 'model',
        help: `Models: ${models.map(({ letter, program }) => `${letter} ${program.name}`).join(', ')}; all if none is named`,
        optional: true,
        many: true,
      },
    ],
    options: {
      batch: {
        type: 'text',
        value: 'N,…',
        help: "Examples in a batch, such as 32,128,512,2048; the program's own unless told",
      },
      mode: { type: 'text', choices: modes, help: 'Both unless told' },
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
        default: 2,
        value: 'SECONDS',
        help: 'Time for each line',
      },
      json: { type: 'flag', help: 'One JSON object a line' },
      verified: { type: 'flag', help: 'Skips the comparison with the reference kernels' },
      check: { type: 'flag', help: 'Only compares with the reference, and times nothing' },
    },
  },
  async (options, words, progress) => {
    const here = machine();
    const native = loadNative() !== undefined && kernels() !== reference;
    const counts = native
      ? [...new Set(options.threads ? [options.threads] : [1, here.threads])]
      : [1];
    const chosen = modelsNamed('bench:steps', words);
    const batches = batchesIn(options.batch);
    if (!options.json) progress.print(heading(here));
    const ceilings = new Map(
      (options.check ? [] : counts).map((threads) => {
        if (native) setThreads(threads);
        return [threads, measureCeiling()];
      }),
    );
    progress.expect(chosen.length * (options.check ? 1 : (batches?.length ?? 1)));
    for (const model of chosen) {
      if (options.check) {
        await verifyKernels(model);
        await verify(model, 16);
        progress.print(`${model.letter} ${model.program.name}: learns, as the reference does`);
        progress.step();
        continue;
      }
      if (!options.verified) await verifyKernels(model);
      for (const batch of batches ?? [model.batch]) {
        await verify(model, batch);
        const work = await workOf(model, batch);
        const rivals = [];
        for (const mode of modes) {
          if (options.mode !== undefined && mode !== options.mode) continue;
          for (const threads of counts) {
            const { run, loss } = await makeStep(model, { batch, mode });
            for (let i = 0; i < 9; i++) run();
            const tenth = loss();
            const prepare = () => {
              if (native) setThreads(threads);
            };
            rivals.push({
              name: `${model.letter} ${mode} ×${threads}`,
              mode,
              threads,
              prepare,
              run,
              tenth,
            });
          }
        }
        const rounds = 5;
        const timings = timeInTurns(rivals, {
          rounds,
          milliseconds: (1000 * options.budget) / rounds,
        });
        rivals.forEach(({ mode, threads, tenth }, i) => {
          const timing = timings[i];
          if (timing === undefined) return;
          const { median, min, spread, count } = timing;
          const ceiling = ceilings.get(threads);
          // The best step beside the best of the ceiling: both as little disturbed as they were.
          const share = ceiling && floorOf(work, ceiling) / (min / 1000);
          const fields = {
            peer: mode === 'eager' ? 'tapegrad-eager' : 'tapegrad',
            model: model.letter,
            threads,
            batch,
            ms_median: median,
            ms_min: min,
            spread,
            share_of_ceiling: share,
            steps: count,
            loss_10: tenth,
            rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
            isa: here.isa,
            processor: here.processor,
            node: here.node,
          };
          const line = [
            `${model.letter} ${model.program.name}`.padEnd(13),
            mode.padEnd(8),
            `batch ${batch}`.padEnd(10),
            `${here.isa} ×${threads}`,
            `${median.toFixed(3).padStart(9)} ms ${spreadText(spread)}`,
            `at best ${min.toFixed(3).padStart(8)}`,
            share === undefined ? '' : `${(100 * share).toFixed(0).padStart(3)} % of the ceiling`,
          ].join('  ');
          progress.print(options.json ? JSON.stringify(fields) : line);
        });
        progress.step();
      }
    }
  },
);
