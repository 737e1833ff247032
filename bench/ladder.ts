/** From the plain loop to the kernel in use: every rung of the ladder beside the one before. */
import type { Kernels } from '../src/kernels/reference.ts';
import { lineOf, type Say, type Setting, timeUnderCeilings } from './kernel-lines.ts';
import { noise, verify } from './measure.ts';
import { type Laddered, rungsOf } from './rungs.ts';
import { type Square, squareWindow } from './windows.ts';

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

function climbOfConv2d(shapes: Square): Climb {
  const { batch, size, channels, filters, kernel } = shapes;
  const { window, name, x, y: outputs } = squareWindow(shapes);
  const [a, b] = [noise(x), noise(kernel ** 2 * channels * filters)];
  const y = new Float32Array(outputs);
  return {
    kernel: 'conv2d',
    name: `conv2d ${name}`,
    flops: 2 * y.length * kernel ** 2 * channels,
    ...{ a, b, y, sizes: [batch, size, channels, filters, kernel] },
    own: (table) => table.conv2d(a, b, y, window),
  };
}

const climbs = (tiny: boolean): Climb[] =>
  tiny
    ? [
        climbOfMatmul(13, 7, 37),
        climbOfConv2d({ batch: 11, size: 9, channels: 3, filters: 5, kernel: 3 }),
      ]
    : [
        climbOfMatmul(512, 512, 512),
        climbOfMatmul(32, 784, 128),
        climbOfConv2d({ batch: 128, size: 24, channels: 4, filters: 4, kernel: 5 }),
        climbOfConv2d({ batch: 128, size: 28, channels: 1, filters: 4, kernel: 5 }),
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
      prepare: single?.use ?? (() => {}),
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
  const bytes = 4 * (one.a.length + one.b.length + one.y.length);
  const work = { flops: one.flops, bytes };
  const timings = timeUnderCeilings(steps, work);
  steps.forEach(({ name, what, setting }, i) => {
    const { timing, least } = timings[i] ?? {};
    const before = timings[i - 1]?.timing ?? timing;
    if (timing === undefined || before === undefined) return;
    const gained = { times: before.best / timing.best, what: 'RungBefore' } as const;
    const label = i === 0 ? `ladder: ${one.name}` : '';
    const line = lineOf(label, setting, work, timing, least, gained);
    say({ ...line, fields: { ladder: one.name, rung: name, what, ...line.fields } });
  });
  return steps.length;
}

/** Every rung and the kernel in use at large sizes, timed. */
export function timeLadder(isa: string, all: readonly Setting[], say: Say): void {
  for (const one of climbs(false)) climb(one, isa, all, say);
}

/** The same at tiny sizes, only compared. */
export function checkLadder(isa: string, all: readonly Setting[]): void {
  for (const one of climbs(true)) {
    console.log(`ladder of ${one.kernel}: ${climb(one, isa, all, undefined)} rungs agree`);
  }
}
