/**
 * Is this build faster than that of another commit? Both are run in turns, and a verdict is given only where their
 * times do not overlap.
 */
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../src/cli/command.ts';
import { alignColumns } from '../src/cli/table.ts';
import { atEnd, run, temporaryFolder } from './children.ts';
import { wantKernels } from './kernel-lines.ts';
import { heading, machine, runBench } from './machine.ts';
import { leastRounds, median, verdictOf } from './measure.ts';
import { modelsNamed } from './models.ts';

/** Checks the commit out in a folder beside this one and builds it there. */
async function build(commit: string, folder: string): Promise<void> {
  await well(['git', 'worktree', 'add', '--quiet', '--detach', folder, commit]);
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  await well(['npm', 'run', '--silent', 'build:native'], folder);
  const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
  await well([process.execPath, tsc, '-p', 'tsconfig.bench.json'], folder);
}

/** What a command prints in a folder; its errors are shown, and it has to end well. */
async function well(command: readonly string[], cwd = '.', env: object = {}): Promise<string> {
  const { out, failed } = await run(command, {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd,
    env: { ...process.env, ...env },
  });
  if (failed !== undefined) throw new Error(`${command.join(' ')}: ${failed}`);
  return out;
}

/** Milliseconds of every line that a bench prints, by what the line is about. `folder` has its addon and the benches. */
async function timesOf(
  folder: string,
  bench: string,
  words: readonly string[],
): Promise<Map<string, number>> {
  const script = join(folder, `build/bench/bench/${bench}.js`);
  const printed = await well([process.execPath, script, '--json', ...words], folder, {
    TAPEGRAD_ADDON: join(folder, 'build/Release/tapegrad.node'),
  });
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

/** Milliseconds of the two builds in one round. */
interface Pair {
  readonly own: number;
  readonly base: number;
}

function rowOf([about, pairs]: [string, readonly Pair[]]): string[] {
  const [own, base] = [pairs.map((pair) => pair.own), pairs.map((pair) => pair.base)];
  const ratios = pairs.map((pair) => pair.own / pair.base);
  return [
    about,
    median(base).toFixed(4),
    median(own).toFixed(4),
    median(ratios).toFixed(3),
    `${Math.min(...ratios).toFixed(3)}–${Math.max(...ratios).toFixed(3)}`,
    verdictOf(own, base),
  ];
}

await runBench(
  {
    name: 'bench:compare',
    summary: "Times this build's training steps, or kernels, and another commit's in turns",
    positionals: [
      { name: 'commit', help: 'one to compare with, such as HEAD~1' },
      {
        name: 'line',
        help: 'Models, or beginnings of kernel names; all if none is named',
        optional: true,
        many: true,
      },
    ],
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
  async ({ bench, rounds, budget }, [commit = '', ...names], progress) => {
    const known = spawnSync('git', ['rev-parse', '--verify', '--quiet', `${commit}^{commit}`]);
    if (known.status !== 0) {
      throw new UsageError(
        `bench:compare: no commit ${commit}; want one of this repository, such as HEAD~1`,
      );
    }
    if (bench === 'steps') modelsNamed('bench:compare', names);
    else wantKernels('bench:compare', names);
    console.log(heading(machine()));
    const { folder, remove } = temporaryFolder('compare');
    const forget = atEnd(() => {
      remove();
      spawnSync('git', ['worktree', 'prune']);
    });
    const [own, base] = [resolve('.'), join(folder, 'base')];
    try {
      progress.note(`building ${commit} …`);
      await build(commit, base);
      progress.expect(2 * rounds);
      const words = [
        ...(bench === 'steps' ? ['--budget', String(budget), '--verified'] : []),
        ...names,
      ];
      const all = new Map<string, Pair[]>();
      for (let round = 0; round < rounds; round++) {
        // The first of a pair finds another machine than the second; they change places.
        const order = round % 2 === 0 ? [base, own] : [own, base];
        const found = new Map<string, Map<string, number>>();
        for (const one of order) {
          found.set(one, await timesOf(one, bench, words));
          progress.step();
        }
        for (const [about, time] of found.get(own) ?? []) {
          const other = found.get(base)?.get(about);
          if (other === undefined) continue;
          all.set(about, [...(all.get(about) ?? []), { own: time, base: other }]);
        }
      }
      if (all.size === 0) {
        throw new Error(`bench:compare: ${commit} times nothing that this build times`);
      }
      const head = ['', `${commit} ms`, 'this ms', 'ratio', 'of all turns', ''];
      console.log(alignColumns([head, ...[...all].map(rowOf)], [1, 2, 3, 4]));
    } finally {
      forget();
    }
  },
);
