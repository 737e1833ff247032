import { resolve } from 'node:path';
import { compile } from '../compile/compile.ts';
import type { InstructionReport } from '../compile/explain.ts';
import { setSeed } from '../core/random.ts';
import { type Bar, barsPicture } from '../io/bars.ts';
import { wantWritable, writeFileAtomically } from '../io/files.ts';
import { type Ceiling, leastSeconds, measureCeiling } from '../kernels/ceiling.ts';
import { nativeInfo, setThreads } from '../kernels/native.ts';
import { autoencoders } from '../programs/autoencoders.ts';
import { trainingStepOf } from '../programs/training-step.ts';
import { type Command, defineCommand, UsageError } from './command.ts';
import { alignColumns } from './table.ts';

/** Shows where the time of a program's training step goes. */
export const profile: Command = defineCommand({
  name: 'profile',
  summary: "Times each instruction of a program's training step, beside what this machine can do",
  positionals: [
    {
      name: 'program',
      help: 'one whose step is timed',
      choices: autoencoders.map((program) => program.name),
    },
  ],
  options: {
    batchSize: {
      type: 'number',
      whole: true,
      min: 1,
      help: "Examples in a batch; the program's own unless told",
    },
    threads: { type: 'number', whole: true, min: 1, max: 256, help: 'Threads of the kernels' },
    seconds: { type: 'number', above: 0, default: 2, help: 'How long steps are timed' },
    out: {
      type: 'text',
      value: 'FILE',
      help: 'Where the picture goes; profile-PROGRAM.svg unless told',
    },
    json: { type: 'flag', help: 'One JSON object instead of the table and the picture' },
  },
  async run({ options, positionals: [name = ''] }) {
    const program = autoencoders.find((one) => one.name === name);
    if (program === undefined) throw new UsageError(`profile: no program ${name}`, { name });
    const file = resolve(options.out ?? `profile-${name}.svg`);
    if (!options.json) wantWritable(file);
    if (options.threads !== undefined) setThreads(options.threads);
    setSeed(1);
    const { batchSize } = options;
    const { step, batch } = await trainingStepOf(program, batchSize ? { batchSize } : {});
    const timed = compile(step, { timed: true });
    const milliseconds = timeSteps(() => timed(...batch), options.seconds);
    const found = profileOf(timed.report(), milliseconds, measureCeiling());
    if (options.json) {
      console.log(JSON.stringify({ program: name, batchSize, ...found }));
      return;
    }
    const { instructions, step: whole } = found;
    const place = whereText();
    console.log(`${name}: ${(whole.microseconds / 1000).toFixed(3)} ms a step; ${place}`);
    if (found.ceiling !== undefined) console.log(ceilingText(found.ceiling));
    console.log(`\n${table(instructions, whole)}\n\n${table(byKernel(instructions), whole)}`);
    writeFileAtomically(file, picture(name, place, instructions));
    console.log(`\npicture: ${file}`);
  },
});

/** Work and its time; the share is that of the least time the ceiling allows. */
export interface Timed {
  readonly name: string;
  readonly sizes: string;
  readonly flops: number;
  readonly bytes: number;
  readonly microseconds: number;
  readonly leastMicroseconds: number | undefined;
}

export interface Profile {
  /** The whole step as JavaScript sees it. */
  readonly step: Timed;
  readonly instructions: readonly Timed[];
  readonly ceiling: Ceiling | undefined;
}

/** Milliseconds of a step, the median over `seconds` of them. */
function timeSteps(run: () => unknown, seconds: number): number {
  for (let i = 0; i < 5; i++) run(); // from the fourth on it is replayed
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (times.length < 3 || performance.now() < end) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

export function profileOf(
  report: readonly InstructionReport[],
  milliseconds: number,
  ceiling: Ceiling | undefined,
): Profile {
  const instructions = report.map(({ name, sizes, flops, bytes, nanoseconds = 0 }) => ({
    name,
    sizes,
    flops,
    bytes,
    microseconds: nanoseconds / 1000,
    leastMicroseconds: ceiling && 1e6 * leastSeconds(ceiling, { flops, bytes }),
  }));
  return {
    step: { ...total('whole step', instructions), microseconds: 1000 * milliseconds },
    instructions,
    ceiling,
  };
}

function total(name: string, parts: readonly Timed[]): Timed {
  const sum = (of: (part: Timed) => number) => parts.reduce((all, part) => all + of(part), 0);
  return {
    name,
    sizes: '',
    flops: sum((part) => part.flops),
    bytes: sum((part) => part.bytes),
    microseconds: sum((part) => part.microseconds),
    leastMicroseconds: parts.some((part) => part.leastMicroseconds === undefined)
      ? undefined
      : sum((part) => part.leastMicroseconds ?? 0),
  };
}

/** Instructions of one name together, the longest first, and what no instruction accounts for. */
export function byKernel(instructions: readonly Timed[]): readonly Timed[] {
  const groups = new Map<string, Timed[]>();
  for (const one of instructions) groups.set(one.name, [...(groups.get(one.name) ?? []), one]);
  return [...groups]
    .map(([name, parts]) => ({ ...total(name, parts), sizes: `${parts.length}` }))
    .sort((a, b) => b.microseconds - a.microseconds);
}

/** Lines of a table; the last is the whole step. */
export function table(rows: readonly Timed[], whole: Timed): string {
  const line = (row: Timed) => {
    const { name, sizes, flops, bytes, microseconds: µs, leastMicroseconds: least } = row;
    return [
      name.length > 60 ? `${name.slice(0, 59)}…` : name,
      sizes,
      µs.toFixed(1),
      `${((100 * µs) / whole.microseconds).toFixed(1)} %`,
      (flops / µs / 1e3).toFixed(1),
      (bytes / µs / 1e3).toFixed(1),
      least === undefined ? '' : `${((100 * least) / µs).toFixed(0)} %`,
    ];
  };
  const head = ['instruction', 'sizes', 'µs', 'of step', 'GFLOP/s', 'GB/s', 'of ceiling'];
  const all = [...rows, total('together', rows), whole];
  return alignColumns([head, ...all.map(line)], [2, 3, 4, 5, 6]);
}

function whereText(): string {
  const { facts } = nativeInfo();
  if (facts === undefined) return `reference kernels; Node ${process.versions.node}`;
  const { processor, isa, threads } = facts;
  const many = threads === 1 ? '1 thread' : `${threads} threads`;
  return `${processor.trim()}, ${isa}, ${many}; Node ${process.versions.node}`;
}

function ceilingText({ flops, levels }: Ceiling): string {
  const rates = levels.map(({ name, bandwidth }) => `${name} ${(bandwidth / 1e9).toFixed(0)}`);
  return `ceiling measured now: ${(flops / 1e9).toFixed(0)} GFLOP/s; ${rates.join(', ')} GB/s`;
}

function picture(program: string, place: string, instructions: readonly Timed[]): string {
  const bars = instructions.map(
    ({ name, sizes, microseconds, leastMicroseconds }): Bar => ({
      name: `${name}  ${sizes}`,
      value: microseconds,
      full: leastMicroseconds ?? microseconds,
      note:
        leastMicroseconds === undefined
          ? `${microseconds.toFixed(1)} µs`
          : `${microseconds.toFixed(1)} µs, at least ${leastMicroseconds.toFixed(1)}`,
    }),
  );
  return barsPicture(bars, {
    title: `A training step of ${program}`,
    subtitle: `${place}. In order; dark: the least this machine's measured ceiling allows`,
  });
}
