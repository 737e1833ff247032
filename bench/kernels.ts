/**
 * How fast is each kernel, on each instruction set and number of threads, beside the TypeScript reference, beside the
 * plainer loops it came from, and beside what this machine can do at most? Every result is compared before it is timed.
 */
import { UsageError } from '../src/cli/command.ts';
import { wantWritable, writeFileAtomically } from '../src/io/files.ts';
import { reference } from '../src/kernels/reference.ts';
import type { Case } from './case.ts';
import { cases, kernelsWithoutCase, tinyCases } from './cases.ts';
import { clockOf } from './clock.ts';
import {
  ceilingLine,
  disturbedNote,
  lineOf,
  type Say,
  type Setting,
  settings,
  timeUnderCeilings,
  wantKernels,
} from './kernel-lines.ts';
import { checkLadder, timeLadder } from './ladder.ts';
import { heading, type Machine, machine, runBench } from './machine.ts';
import { verify } from './measure.ts';
import { type Dot, rooflinePicture } from './roofline.ts';

type Output = Case['output'];

function resultOf(one: Case, setting: Setting): Output {
  const y = one.output.slice();
  y.fill(0);
  setting.use();
  one.run(setting.kernels, y);
  return y;
}

/** On the reference kernels, more operations than this take seconds. */
const mostForReference = 5e8;
/** Milliseconds of the reference after which it is timed once. */
const mostForAgain = 50;

/** One case under one setting, its best as a dot for the roofline. */
interface Shown {
  readonly setting: Setting;
  readonly dot: Dot;
}

/** Every setting of one case. */
function timeCase(one: Case, all: readonly Setting[], say: Say): Shown[] {
  const slow = one.flops > mostForReference;
  const taking = slow ? all.filter(({ kernels }) => kernels !== reference) : all;
  const [first, ...others] = taking;
  if (first === undefined) return [];
  const start = performance.now();
  const right = resultOf(one, first);
  const once = performance.now() - start;
  for (const setting of others) {
    verify(`${one.name} on ${setting.name}`, resultOf(one, setting), right, one.tolerance);
  }
  // A reference that takes long is not made to run again.
  const again = first.kernels === reference && once > mostForAgain ? others : taking;
  const timings = timeUnderCeilings(
    again.map((setting) => ({
      name: setting.name,
      setting,
      prepare: setting.use,
      run: () => one.run(setting.kernels, one.output),
      ...clockOf(setting.kernels, (table) => one.run(table, one.output)),
    })),
    one,
  );
  if (again === others) {
    const timing = {
      median: once,
      min: once,
      turns: [once],
      best: once,
      spread: Number.NaN,
      count: 1,
    };
    timings.unshift({ timing, least: undefined });
  }
  const [slowest] = timings;
  return taking.flatMap((setting, i) => {
    const { timing, least } = timings[i] ?? {};
    if (timing === undefined || slowest === undefined) return [];
    const times = slowest.timing.best / timing.best;
    const what = slow ? 'First' : 'Reference';
    const line = lineOf(i === 0 ? one.name : '', setting, one, timing, least, { times, what });
    say({ ...line, fields: { kernel: one.name, ...line.fields } });
    const { kernel, name, flops, bytes } = one;
    const dot = { kernel, name, flops, bytes, seconds: timing.min / 1000 };
    return [{ setting, dot }];
  });
}

// ── The command ──────────────────────────────────────────────────────────────────────────────────────────────────

function check(all: readonly Setting[], isa: string): void {
  const tiny = tinyCases();
  const missing = [...kernelsWithoutCase(tiny), ...kernelsWithoutCase(cases())];
  if (missing.length > 0) {
    throw new Error(`bench:kernels: no size for ${missing.join(', ')}; want a case in cases.ts`);
  }
  for (const one of tiny) {
    const [right, ...found] = all.map((setting) => resultOf(one, setting));
    found.forEach((y, i) => {
      verify(`${one.name} on ${all[i + 1]?.name}`, y, right as Output, one.tolerance);
    });
  }
  console.log(
    `${tiny.length} cases of ${Object.keys(reference).length} kernels: ${all.length} tables agree`,
  );
  if (isa !== 'reference') checkLadder(isa, all);
}

function picture(
  dots: readonly Dot[],
  setting: Setting | undefined,
  here: Machine,
  file: string,
): void {
  if (setting?.ceiling === undefined || dots.length === 0) {
    console.error(`roofline: ${file} is not drawn, for no native kernel was timed`);
    return;
  }
  const title = `Kernels under the roof: ${here.processor}, ${setting.name}`;
  writeFileAtomically(file, rooflinePicture(dots, setting.ceiling, title));
  console.error(`roofline: ${file}`);
}

await runBench(
  {
    name: 'bench:kernels',
    summary:
      'Times the kernels: reference and native, each instruction set, from one thread to all',
    positionals: [
      {
        name: 'name',
        help: 'Only the kernels whose lines begin so; `ladder` is one of the words',
        optional: true,
        many: true,
      },
    ],
    options: {
      json: { type: 'flag', help: 'One JSON object a line' },
      check: {
        type: 'flag',
        help: 'Only compares with the reference, at tiny sizes, and times nothing',
      },
      isa: { type: 'text', value: 'ISA', help: 'This instruction set only' },
      threads: { type: 'number', whole: true, min: 1, max: 256, help: 'Most threads' },
      passes: {
        type: 'number',
        whole: true,
        min: 1,
        default: 2,
        help: 'Times all so often, one after the other: who disturbs for a minute hits no kernel each time',
      },
      roofline: { type: 'text', value: 'FILE', help: 'Draws the roofline of one thread, as SVG' },
    },
  },
  (options, words, progress) => {
    wantKernels('bench:kernels', words);
    const here = machine();
    if (options.isa !== undefined && !here.isas.includes(options.isa)) {
      throw new UsageError(
        `bench:kernels: no instruction set ${options.isa} here; want ${here.isas.join(', ') || '`npm run build:native` first'}`,
      );
    }
    if (options.roofline !== undefined) wantWritable(options.roofline);
    const isas = options.isa === undefined ? here.isas : [options.isa];
    const best = options.isa ?? here.isa;
    const all = settings(isas, options.threads ?? here.threads, !options.check);
    let disturbed = false;
    const say: Say = ({ fields, text }) => {
      const { processor, node } = here;
      disturbed ||= fields.disturbed === true;
      progress.print(options.json ? JSON.stringify({ processor, node, ...fields }) : text);
    };
    if (!options.json) progress.print(heading(here));
    if (options.check) {
      check(all, best);
      return;
    }
    for (const setting of all) for (const line of ceilingLine(setting)) say(line);
    const wants = (name: string) =>
      words.length === 0 || words.some((word) => name.startsWith(word));
    const shown: Shown[] = [];
    progress.expect(options.passes * Array.from(cases(), ({ name }) => name).filter(wants).length);
    for (let pass = 1; pass <= options.passes; pass++) {
      if (pass > 1 && !options.json) progress.print(`pass ${pass}:`);
      for (const one of cases()) {
        if (!wants(one.name)) continue;
        shown.push(...timeCase(one, all, say));
        progress.step();
      }
    }
    if (wants('ladder')) {
      if (best === 'reference') progress.note('ladder: left out, for there are no native kernels');
      else timeLadder(best, all, say);
    }
    if (disturbed && !options.json) progress.print(disturbedNote);
    const drawn = all.find(({ isa, threads }) => isa === best && threads === 1);
    if (options.roofline !== undefined) {
      const dots = new Map<string, Dot>();
      for (const { setting, dot } of shown) {
        const known = dots.get(dot.name);
        const isBest = known === undefined || dot.seconds < known.seconds;
        if (setting === drawn && isBest) dots.set(dot.name, dot);
      }
      picture([...dots.values()], drawn, here, options.roofline);
    }
  },
);
