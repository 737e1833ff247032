/**
 * How fast is each kernel, on each instruction set and number of threads, beside the TypeScript reference, beside the
 * plainer loops it came from, and beside what this machine can do at most? Every result is compared before it is timed.
 */
import { UsageError } from '../src/cli/command.ts';
import { writeFileAtomically } from '../src/io/files.ts';
import { type Ceiling, leastSeconds, measureCeiling } from '../src/kernels/ceiling.ts';
import { loadNative, setIsa, setThreads } from '../src/kernels/native.ts';
import { type Kernels, reference } from '../src/kernels/reference.ts';
import { windowOf } from '../src/kernels/window.ts';
import { type Case, cases, kernelsWithoutCase, tinyCases } from './cases.ts';
import { type Laddered, rungsOf } from './ladder.ts';
import { heading, type Machine, machine, runBench } from './machine.ts';
import { spreadText, type Timing, timeInTurns } from './measure.ts';
import { type Dot, rooflinePicture } from './roofline.ts';

/** A table of kernels with the settings it is measured under. */
interface Setting {
  readonly name: string;
  readonly isa: string;
  readonly threads: number;
  readonly kernels: Kernels;
  readonly ceiling: Ceiling | undefined;
  use(): void;
}

/** The reference, then every instruction set with 1, 2, 4, … and all threads, each with its ceiling. */
function settings(isas: readonly string[], most: number, timed: boolean): Setting[] {
  const native = loadNative();
  const counts = [1, 2, 4, 8, 16, 32, 64, 128].filter((n) => n < most);
  const own: Setting = {
    name: 'reference',
    isa: 'reference',
    threads: 1,
    kernels: reference,
    ceiling: undefined,
    use() {},
  };
  if (native === undefined) return [own];
  return [
    own,
    ...isas.flatMap((isa) =>
      [...counts, most].map((threads): Setting => {
        const use = () => {
          setIsa(isa);
          setThreads(threads);
        };
        use();
        const ceiling = timed ? measureCeiling({ memory: true }) : undefined;
        return { name: `${isa} ×${threads}`, isa, threads, kernels: native, ceiling, use };
      }),
    ),
  ];
}

type Output = Case['output'];

function resultOf(one: Case, setting: Setting): Output {
  const y = one.output.slice();
  y.fill(0);
  setting.use();
  one.run(setting.kernels, y);
  return y;
}

/** Refuses results that differ by more than rounding. */
function verify(what: string, found: Output, wanted: Output, tolerance: number): void {
  found.forEach((value, i) => {
    const should = wanted[i] as number;
    if (value === should) return;
    if (Math.abs(value - should) <= tolerance * Math.max(1, Math.abs(should))) return;
    throw new Error(`${what}: element ${i} is ${value}; want ${should}`);
  });
}

/** On the reference kernels, more operations than this take seconds. */
const mostForReference = 5e8;
/** Milliseconds of the reference after which it is timed once. */
const mostForAgain = 50;

/** What is said of one kernel, size and setting. */
interface Line {
  readonly fields: object;
  readonly text: string;
}

function lineOf(
  label: string,
  { name, isa, threads, ceiling }: Pick<Setting, 'name' | 'isa' | 'threads' | 'ceiling'>,
  work: { flops: number; bytes: number },
  timing: Timing,
  beside: { readonly times: number; readonly what: string },
): Line {
  const { median, min, spread } = timing;
  const [unit, amount] = work.flops > 0 ? ['GFLOP/s', work.flops] : ['GB/s', work.bytes];
  const rate = amount / median / 1e6;
  // The best of the kernel beside the best of the ceiling: both as little disturbed as they were.
  const share = ceiling && leastSeconds(ceiling, work) / (min / 1000);
  return {
    fields: {
      isa,
      threads,
      msMedian: median,
      msMin: min,
      spread,
      [unit === 'GB/s' ? 'gbPerSecond' : 'gflopPerSecond']: rate,
      shareOfCeiling: share,
      [`times${beside.what}`]: beside.times,
    },
    text: [
      label.padEnd(52),
      name.padEnd(12),
      `${(1000 * median).toFixed(2).padStart(11)} µs ${spreadText(spread)}`,
      `${rate.toFixed(1).padStart(7)} ${unit.padEnd(7)}`,
      share === undefined ? '      ' : `${(100 * share).toFixed(0).padStart(4)} %`,
      `${beside.times.toFixed(1).padStart(7)}×`,
    ].join(' '),
  };
}

type Say = (line: Line) => void;

/** Every setting of one case, and the best of each as dots for the roofline. */
function timeCase(one: Case, all: readonly Setting[], say: Say): { setting: Setting; dot: Dot }[] {
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
  const timings = timeInTurns(
    again.map(({ name, kernels, use }) => ({
      name,
      prepare: use,
      run: () => one.run(kernels, one.output),
    })),
  );
  if (again === others) {
    timings.unshift({ median: once, min: once, spread: Number.NaN, count: 1 });
  }
  const [slowest] = timings;
  return taking.flatMap((setting, i) => {
    const timing = timings[i];
    if (timing === undefined || slowest === undefined) return [];
    const times = slowest.median / timing.median;
    const what = slow ? 'First' : 'Reference';
    const line = lineOf(i === 0 ? one.name : '', setting, one, timing, { times, what });
    say({ ...line, fields: { kernel: one.name, ...line.fields } });
    const { kernel, name, flops, bytes } = one;
    return [{ setting, dot: { kernel, name, flops, bytes, seconds: timing.min / 1000 } }];
  });
}

// ── The ladder ───────────────────────────────────────────────────────────────────────────────────────────────────

interface Climb {
  readonly kernel: Laddered;
  readonly name: string;
  readonly flops: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly y: Float32Array;
  /** As a rung takes them. */
  readonly sizes: readonly number[];
  /** The kernel in use on the same arrays. */
  own(k: Kernels): void;
}

const noise = (size: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7));

function climbOfMatmul(m: number, k: number, n: number): Climb {
  const [a, b, y] = [noise(m * k), noise(k * n), new Float32Array(m * n)];
  return {
    kernel: 'matmul',
    name: `matmul ${m}×${k}×${n}`,
    flops: 2 * m * k * n,
    ...{ a, b, y, sizes: [m, k, n] },
    own: (table) => table.matmul(a, b, y, 1, m, k, n, 0, k, 1, 0, n, 1),
  };
}

function climbOfConv2d(
  images: number,
  size: number,
  channels: number,
  filters: number,
  kernel: number,
): Climb {
  const outputs = size - kernel + 1;
  const [a, b] = [noise(images * size * size * channels), noise(kernel ** 2 * channels * filters)];
  const y = new Float32Array(images * outputs ** 2 * filters);
  const window = windowOf({
    ...{
      batch: images,
      height: size,
      width: size,
      channels,
      rows: outputs,
      cols: outputs,
      filters,
    },
    ...{ kernelHeight: kernel, kernelWidth: kernel, strideHeight: 1, strideWidth: 1 },
    ...{ dilationHeight: 1, dilationWidth: 1, top: 0, left: 0 },
  });
  return {
    kernel: 'conv2d',
    name: `conv2d ${images}×${size}×${size}×${channels} → ${filters} by ${kernel}×${kernel}`,
    flops: 2 * y.length * kernel ** 2 * channels,
    ...{ a, b, y, sizes: [images, size, channels, filters, kernel] },
    own: (table) => table.conv2d(a, b, y, window),
  };
}

const climbs = (tiny: boolean): Climb[] =>
  tiny
    ? [climbOfMatmul(13, 7, 37), climbOfConv2d(11, 9, 3, 5, 3)]
    : [
        climbOfMatmul(512, 512, 512),
        climbOfMatmul(32, 784, 128),
        climbOfConv2d(128, 24, 4, 4, 5),
        climbOfConv2d(128, 28, 1, 4, 5),
      ];

/** Plain loop to the kernel in use with all threads, each beside the one before. */
function climb(one: Climb, isa: string, all: readonly Setting[], say: Say | undefined): number {
  const rungs = rungsOf(one.kernel, isa);
  if (rungs === undefined) return 0;
  const own = all.filter((setting) => setting.isa === isa);
  const single = own[0];
  const steps = [
    ...rungs.map(({ name, what, run }) => ({
      name,
      what,
      setting: { ...single, name, isa, threads: 1, ceiling: single?.ceiling },
      prepare() {},
      run: () => run(one.a, one.b, one.y, ...one.sizes),
    })),
    ...own.map((setting) => ({
      name: setting.threads === 1 ? 'in use' : 'threaded',
      what: `the kernel in use, ${setting.name}`,
      setting: { ...setting, name: setting.threads === 1 ? 'in use' : `×${setting.threads}` },
      prepare: setting.use,
      run: () => one.own(setting.kernels),
    })),
  ];
  let right: Float32Array | undefined;
  for (const { name, prepare, run } of steps) {
    prepare();
    one.y.fill(Number.NaN);
    run();
    right ??= one.y.slice();
    verify(`${one.name}, ${name}`, one.y, right, 1e-3);
  }
  if (say === undefined) return steps.length;
  const timings = timeInTurns(steps);
  const bytes = 4 * (one.a.length + one.b.length + one.y.length);
  steps.forEach(({ name, what, setting }, i) => {
    const timing = timings[i];
    const before = timings[i - 1] ?? timing;
    if (timing === undefined || before === undefined) return;
    const gained = { times: before.median / timing.median, what: 'RungBefore' };
    const work = { flops: one.flops, bytes };
    const line = lineOf(i === 0 ? `ladder: ${one.name}` : '', setting, work, timing, gained);
    say({ ...line, fields: { ladder: one.name, rung: name, what, ...line.fields } });
  });
  return steps.length;
}

// ── The command ──────────────────────────────────────────────────────────────────────────────────────────────────

function ceilingLine({ name, isa, threads, ceiling }: Setting): Line[] {
  if (ceiling === undefined) return [];
  const { flops, levels } = ceiling;
  const rates = levels.map((level) => `${level.name} ${(level.bandwidth / 1e9).toFixed(0)}`);
  const text = `ceiling ${name.padEnd(12)} ${(flops / 1e9).toFixed(0)} GFLOP/s; ${rates.join(', ')} GB/s`;
  const bandwidths = levels.map((level) => [level.name, level.bandwidth / 1e9]);
  const gbPerSecond = Object.fromEntries(bandwidths);
  return [
    { text, fields: { isa, threads, ceiling: { gflopPerSecond: flops / 1e9, gbPerSecond } } },
  ];
}

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
  if (isa === 'reference') return;
  for (const one of climbs(true)) {
    console.log(`ladder of ${one.kernel}: ${climb(one, isa, all, undefined)} rungs agree`);
  }
}

function picture(dots: readonly Dot[], setting: Setting, here: Machine, file: string): void {
  if (setting.ceiling === undefined) return;
  const title = `Kernels under the roof: ${here.processor}, ${setting.name}`;
  writeFileAtomically(file, rooflinePicture(dots, setting.ceiling, title));
  console.error(`roofline: ${file}`);
}

await runBench(
  {
    name: 'bench:kernels',
    summary: 'Times the kernels: reference and native, each instruction set, one thread and all',
    many: 'Only the kernels whose lines begin so; `ladder` is one of the words',
    options: {
      json: { type: 'flag', help: 'One JSON object a line' },
      check: {
        type: 'flag',
        help: 'Only compares with the reference, at tiny sizes, and times nothing',
      },
      isa: { type: 'text', value: 'ISA', help: 'This instruction set only' },
      threads: { type: 'number', whole: true, min: 1, max: 256, help: 'Most threads' },
      roofline: { type: 'text', value: 'FILE', help: 'Draws the roofline of one thread, as SVG' },
    },
  },
  (options, words) => {
    const names = ['ladder', ...Object.keys(reference)];
    const odd = words.find(
      (word) => !names.some((name) => name.startsWith(word) || word.startsWith(name)),
    );
    if (odd !== undefined) {
      throw new UsageError(
        `bench:kernels: no line begins with ${odd}; want the beginning of a kernel's name, or ladder`,
      );
    }
    const here = machine();
    const isas = options.isa === undefined ? here.isas : [options.isa];
    const best = options.isa ?? here.isa;
    const all = settings(isas, options.threads ?? here.threads, !options.check);
    const say: Say = ({ fields, text }) => {
      const { processor, node } = here;
      console.log(options.json ? JSON.stringify({ processor, node, ...fields }) : text);
    };
    if (!options.json) console.log(heading(here));
    if (options.check) {
      check(all, best);
      return;
    }
    for (const setting of all) for (const line of ceilingLine(setting)) say(line);
    const wants = (name: string) =>
      words.length === 0 || words.some((word) => name.startsWith(word));
    const shown = [];
    for (const one of cases()) if (wants(one.name)) shown.push(...timeCase(one, all, say));
    if (best !== 'reference' && wants('ladder')) {
      for (const one of climbs(false)) climb(one, best, all, say);
    }
    const drawn = all.find(({ isa, threads }) => isa === best && threads === 1);
    if (options.roofline !== undefined && drawn !== undefined) {
      const dots = shown.filter(({ setting }) => setting === drawn).map(({ dot }) => dot);
      picture(dots, drawn, here, options.roofline);
    }
  },
);
