/**
 * Is this build faster than that of another commit? Both are run in turns, and a verdict is given only where their
 * times do not overlap.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../src/cli/command.ts';
import { alignColumns } from '../src/cli/table.ts';
import { wantKernels } from './kernel-lines.ts';
import { heading, machine, runBench } from './machine.ts';
import { leastRounds, verdictOf } from './measure.ts';
import { modelsNamed } from './models.ts';

/** A folder with sources, the addon built from them, and the compiled benches. */
interface Build {
  readonly folder: string;
}

/** Checks the commit out beside this one and builds it there. */
function build(commit: string, folder: string): Build {
  const quietly = (command: string, ...words: string[]) =>
    execFileSync(command, words, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('git', ['worktree', 'add', '--quiet', '--detach', folder, commit]);
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  quietly('npm', 'run', '--silent', 'build:native');
  quietly(process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json');
  return { folder };
}

/** Milliseconds of every line that a bench prints, by what the line is about. */
function timesOf({ folder }: Build, bench: string, words: readonly string[]): Map<string, number> {
  const printed = execFileSync(
    process.execPath,
    [join(folder, `build/bench/bench/${bench}.js`), '--json', ...words],
    {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 1 << 28,
      env: { ...process.env, TAPEGRAD_ADDON: join(folder, 'build/Release/tapegrad.node') },
    },
  );
  const times = new Map<string, number>();
  for (const text of printed.split('\n').filter((one) => one.startsWith('{'))) {
    const line = JSON.parse(text) as Record<string, string | number | undefined>;
    const time = line.ms_median ?? line.msMedian;
    if (typeof time !== 'number') continue;
    const about = [
      ...[line.model, line.peer, line.batch && `batch ${line.batch}`],
      ...[line.kernel, line.ladder, line.rung, line.isa, `×${line.threads}`],
    ];
    times.set(about.filter((part) => part !== undefined).join(' '), time);
  }
  return times;
}

await runBench(
  {
    name: 'bench:compare',
    summary: "Times this build's training steps, or kernels, and another commit's in turns",
    many: 'The other commit, then models, or beginnings of kernel names',
    options: {
      bench: {
        type: 'text',
        choices: ['steps', 'kernels'],
        default: 'steps',
        help: 'What is timed',
      },
      rounds: {
        type: 'number',
        whole: true,
        min: leastRounds,
        default: 7,
        help: 'Turns of each build',
      },
      budget: {
        type: 'number',
        above: 0,
        default: 0.5,
        value: 'SECONDS',
        help: 'Time for each line of steps in a turn',
      },
    },
  },
  ({ bench, rounds, budget }, [commit, ...names]) => {
    if (commit === undefined) {
      throw new UsageError('bench:compare: no commit; want one to compare with, such as HEAD~1');
    }
    const known = spawnSync('git', ['rev-parse', '--verify', '--quiet', `${commit}^{commit}`]);
    if (known.status !== 0) {
      throw new UsageError(
        `bench:compare: no commit ${commit}; want one of this repository, such as HEAD~1`,
      );
    }
    if (bench === 'steps') modelsNamed('bench:compare', names);
    else wantKernels('bench:compare', names);
    console.log(heading(machine()));
    const temporary = mkdtempSync(join(tmpdir(), 'tapegrad-compare-'));
    const folder = join(temporary, 'base');
    try {
      const base = build(commit, folder);
      const own: Build = { folder: process.cwd() };
      const words = [
        ...(bench === 'steps' ? ['--budget', String(budget), '--verified'] : []),
        ...names,
      ];
      const all = new Map<string, { own: number; base: number }[]>();
      for (let round = 0; round < rounds; round++) {
        // The first of a pair finds another machine than the second; they change places.
        const order = round % 2 === 0 ? [base, own] : [own, base];
        const found = new Map(order.map((one) => [one, timesOf(one, bench, words)]));
        for (const [about, time] of found.get(own) ?? []) {
          const other = found.get(base)?.get(about);
          if (other === undefined) continue;
          all.set(about, [...(all.get(about) ?? []), { own: time, base: other }]);
        }
      }
      const rows = [...all].map(([about, pairs]) => {
        const ratios = pairs.map((pair) => pair.own / pair.base).sort((a, b) => a - b);
        const middle = (of: (pair: { own: number; base: number }) => number) =>
          pairs.map(of).sort((a, b) => a - b)[pairs.length >> 1] ?? Number.NaN;
        return [
          about,
          middle((pair) => pair.base).toFixed(4),
          middle((pair) => pair.own).toFixed(4),
          (ratios[ratios.length >> 1] ?? Number.NaN).toFixed(3),
          `${ratios[0]?.toFixed(3)}–${ratios.at(-1)?.toFixed(3)}`,
          verdictOf(
            pairs.map((pair) => pair.own),
            pairs.map((pair) => pair.base),
          ),
        ];
      });
      const head = ['', `${commit} ms`, 'this ms', 'ratio', 'of all turns', ''];
      console.log(alignColumns([head, ...rows], [1, 2, 3, 4]));
    } finally {
      rmSync(temporary, { recursive: true, force: true });
      execFileSync('git', ['worktree', 'prune'], { stdio: 'ignore' });
    }
  },
);
