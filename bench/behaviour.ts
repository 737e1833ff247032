/**
 * How does a run behave beside being fast: when does it start, what does it hold, what does it cost when idle, beside
 * other work, what does it gain from gathering the next batch meanwhile, and what do ops cost beyond their kernels?
 * Each figure stands beside its target.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../src/cli/command.ts';
import { temporaryFolder } from './children.ts';
import type { Settings } from './figures.ts';
import { heading, machine, runBench } from './machine.ts';
import { dataFolder, firstStep, main, memory } from './run-behaviour.ts';
import { contention, eager, idle, overlap } from './step-behaviour.ts';

const questions = { start: firstStep, memory, idle, contention, overlap, eager };

await runBench(
  {
    name: 'bench:behaviour',
    summary:
      'Start, memory, idle threads, busy neighbours, the pipeline and ops, beside their targets',
    positionals: [
      {
        name: 'question',
        help: 'All if none is named',
        choices: Object.keys(questions),
        optional: true,
        many: true,
      },
    ],
    options: {
      data: { type: 'text', value: 'DIR', help: 'MNIST; the cache, or drawn digits, unless told' },
      steps: {
        type: 'number',
        whole: true,
        min: 0,
        default: 20_000,
        help: 'How far the run goes whose memory is watched',
      },
      seconds: { type: 'number', above: 0, default: 2, help: 'Time for each of two rivals' },
      json: { type: 'flag', help: 'One JSON object a line' },
      check: { type: 'flag', help: 'Only tries everything on little data, and judges no figure' },
    },
  },
  async ({ data, steps, seconds, json, check }, words, progress) => {
    const asked = Object.entries(questions).filter(
      ([name]) => words.length === 0 || words.includes(name),
    );
    if (data !== undefined && !existsSync(data)) {
      throw new UsageError(`bench:behaviour: --data is ${data}; want a folder with MNIST's files`);
    }
    if (!existsSync(main)) {
      throw new UsageError(`bench:behaviour: no ${main}; want \`npm run build:ts\` first`);
    }
    const here = machine();
    if (here.isas.length === 0) {
      throw new UsageError('bench:behaviour: no native kernels; want `npm run build:native` first');
    }
    if (!json) progress.print(heading(here));
    progress.expect(asked.length);
    const { folder, remove } = temporaryFolder('behaviour');
    try {
      const settings: Settings = {
        data: data ?? dataFolder(folder, check),
        out: join(folder, 'run'),
        seconds: check ? 0.01 : seconds,
        steps: check ? 3 : steps,
        check,
      };
      for (const [question, measure] of asked) {
        for (const { name, value, unit, target, note } of await measure(settings)) {
          if (!Number.isFinite(value)) throw new Error(`${name} is ${value}; want a number`);
          const met = target === undefined ? undefined : value <= target;
          const { isa, threads, processor, node } = here;
          const fields = { question, name, value, unit, target, met, note };
          const digits = unit === 'MiB' ? 0 : 2;
          const verdict = `at most ${target} ${unit}: ${met ? 'met' : 'NOT met'}`;
          const line = [
            name.padEnd(27),
            `${value.toFixed(digits)} ${unit}`.padStart(9),
            (target === undefined || check ? '' : verdict).padEnd(22),
            note,
          ].join('  ');
          progress.print(
            json ? JSON.stringify({ ...fields, isa, threads, processor, node }) : line,
          );
        }
        progress.step();
      }
    } finally {
      remove();
    }
  },
);
