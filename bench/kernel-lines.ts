/** A table of kernels under its settings, and what benches print of a kernel there. */
import { UsageError } from '../src/cli/command.ts';
import { didYouMean } from '../src/core/did-you-mean.ts';
import { type Ceiling, leastSeconds, measureCeiling } from '../src/kernels/ceiling.ts';
import { loadNative, setIsa, setThreads } from '../src/kernels/native.ts';
import { type Kernels, reference } from '../src/kernels/reference.ts';
import { cases } from './cases.ts';
import { clockOfLeast } from './clock.ts';
import { quantile, type Rival, spreadText, type Timing, timeInTurns } from './measure.ts';

/** A table of kernels with the settings it is measured under. */
export interface Setting {
  readonly name: string;
  readonly isa: string;
  readonly threads: number;
  readonly kernels: Kernels;
  readonly ceiling: Ceiling | undefined;
  use(): void;
}

/** The reference, then every instruction set with 1, 2, 4, … and all threads, each with the highest ceiling of several rounds. */
export function settings(isas: readonly string[], most: number, timed: boolean): Setting[] {
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
  const others = isas.flatMap((isa) =>
    [...counts, most].map((threads) => ({
      ...{ name: `${isa} ×${threads}`, isa, threads, kernels: native },
      use() {
        setIsa(isa);
        setThreads(threads);
      },
    })),
  );
  const rounds = Array.from({ length: timed ? ceilingRounds : 0 }, () =>
    others.map(({ use }) => {
      use();
      return measureCeiling({ memory: true });
    }),
  );
  return [
    own,
    ...others.map((setting, i) => ({ ...setting, ceiling: highest(rounds.map((all) => all[i])) })),
  ];
}

/** Seconds apart: others who are at work may leave one of them alone. */
const ceilingRounds = 3;

/** The highest rates of several measurements of one setting. */
export function highest(measured: readonly (Ceiling | undefined)[]): Ceiling | undefined {
  const all = measured.filter((one) => one !== undefined);
  const [first] = all;
  return (
    first && {
      ...first,
      flops: Math.max(...all.map(({ flops }) => flops)),
      levels: first.levels.map((level, i) => ({
        ...level,
        bandwidth: Math.max(...all.map(({ levels }) => levels[i]?.bandwidth ?? 0)),
      })),
    }
  );
}

/** What a line of `--json` has: a kernel at a size, a rung of the ladder, or a setting's ceiling. */
export interface KernelLine {
  readonly kernel?: string;
  readonly ladder?: string;
  readonly rung?: string;
  readonly what?: string;
  readonly ceiling?: { gflopPerSecond: number; gbPerSecond: Record<string, number> };
  readonly isa: string;
  readonly threads: number;
  readonly msMedian?: number;
  readonly msMin?: number;
  /** The median of the quickest turn, of which the rates are. */
  readonly msBest?: number;
  readonly spread?: number;
  readonly gflopPerSecond?: number;
  readonly gbPerSecond?: number;
  readonly shareOfCeiling?: number | undefined;
  /** In no turn did what binds the kernel come near what it did when the ceiling was measured. */
  readonly disturbed?: boolean;
  readonly timesReference?: number;
  readonly timesFirst?: number;
  readonly timesRungBefore?: number;
}

/** What is said of one kernel, size and setting. */
export interface Line {
  readonly fields: KernelLine;
  readonly text: string;
}

/** A rival, and the setting under whose ceiling it works. */
interface Contender extends Rival {
  readonly setting: Pick<Setting, 'ceiling'>;
}

/** Many short turns: a machine that others use is left alone for moments. */
const turnsUnderCeilings = { rounds: 14, milliseconds: 7, iterations: 1 };

/**
 * What rivals take for the same work, and what their ceilings allow at least. A ceiling has its turn behind the first of its
 * rivals: what slows the machine down lowers both. A rival without one, the reference, has longer and fewer turns of its own.
 */
export function timeUnderCeilings(
  rivals: readonly Contender[],
  work: { flops: number; bytes: number },
): { timing: Timing; least: Timing | undefined }[] {
  const ceilings = new Map<Ceiling, Rival>();
  const turns = rivals.flatMap((rival): Rival[] => {
    const { ceiling } = rival.setting;
    if (ceiling === undefined) return [];
    if (ceilings.has(ceiling)) return [rival];
    const least = { ...rival, ...clockOfLeast(ceiling, work) };
    ceilings.set(ceiling, least);
    return [rival, least];
  });
  const timings = timeInTurns(turns, turnsUnderCeilings);
  return rivals.map((rival) => {
    const { ceiling } = rival.setting;
    const least = ceiling && ceilings.get(ceiling);
    if (least === undefined) return { timing: timeInTurns([rival])[0] as Timing, least };
    return {
      timing: timings[turns.indexOf(rival)] as Timing,
      least: timings[turns.indexOf(least)] as Timing,
    };
  });
}

/** Of the rate at which the ceiling was measured, what its loop reaches if nobody disturbs it. */
const undisturbed = 0.95;

export function lineOf(
  label: string,
  { name, isa, threads, ceiling }: Pick<Setting, 'name' | 'isa' | 'threads' | 'ceiling'>,
  work: { flops: number; bytes: number },
  timing: Timing,
  least: Timing | undefined,
  beside: { readonly times: number; readonly what: 'Reference' | 'First' | 'RungBefore' },
): Line {
  const { median, min, best, spread } = timing;
  const [unit, amount] = work.flops > 0 ? ['GFLOP/s', work.flops] : ['GB/s', work.bytes];
  const rate = amount / best / 1e6;
  // Turn by turn, for the clock changes; of all turns the upper quartile, for who shares the processor's front end holds up a
  // kernel more than a loop in registers.
  const share =
    least &&
    quantile(
      least.turns.map((ms, i) => ms / (timing.turns[i] ?? Number.NaN)),
      0.75,
    );
  const disturbed =
    ceiling !== undefined &&
    least !== undefined &&
    least.best > (1000 * leastSeconds(ceiling, work)) / undisturbed;
  return {
    fields: {
      isa,
      threads,
      msMedian: median,
      msMin: min,
      msBest: best,
      spread,
      [unit === 'GB/s' ? 'gbPerSecond' : 'gflopPerSecond']: rate,
      shareOfCeiling: share,
      ...(disturbed && { disturbed }),
      [`times${beside.what}`]: beside.times,
    },
    text: [
      label.padEnd(52),
      name.padEnd(12),
      `${(1000 * median).toFixed(2).padStart(11)} µs ${spreadText(spread)}`,
      `at best ${(1000 * best).toFixed(2).padStart(9)}`,
      `${rate.toFixed(1).padStart(7)} ${unit.padEnd(7)}`,
      share === undefined
        ? '       '
        : `${(100 * share).toFixed(0).padStart(4)} %${disturbed ? disturbedMark : ' '}`,
      `${beside.times.toFixed(1).padStart(7)}×`,
    ].join(' '),
  };
}

export const disturbedMark = '°';
export const disturbedNote: string = `${disturbedMark} the ceiling was not reached again while these were timed: others were at work`;

export type Say = (line: Line) => void;

export function ceilingLine({ name, isa, threads, ceiling }: Setting): Line[] {
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

/** Refuses words that no line begins with. */
export function wantKernels(who: string, words: readonly string[]): void {
  if (words.length === 0) return;
  const lines = ['ladder', ...Array.from(cases(), ({ name }) => name)];
  const odd = words.find((word) => !lines.some((line) => line.startsWith(word)));
  if (odd === undefined) return;
  const hint = didYouMean(odd, ['ladder', ...Object.keys(reference)], '');
  throw new UsageError(
    `${who}: no line begins with ${odd}; want the beginning of a kernel's name, or ladder${hint}`,
  );
}
