/** What every bench says of the machine it ran on, and the command line they share. */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { type Command, UsageError } from '../src/cli/command.ts';
import { commandHelp } from '../src/cli/help.ts';
import { parseCommandLine } from '../src/cli/parse.ts';
import { TapegradError } from '../src/core/errors.ts';
import { nativeInfo } from '../src/kernels/native.ts';
import type { Options, ValuesOf } from '../src/programs/options.ts';
import { Progress } from './progress.ts';

export interface Machine {
  readonly processor: string;
  /** The best instruction set in use; `reference` without the addon. */
  readonly isa: string;
  readonly isas: readonly string[];
  readonly threads: number;
  readonly node: string;
  readonly caches: string;
}

export function machine(): Machine {
  const { facts, caches } = nativeInfo();
  return {
    processor: facts?.processor.trim() || cpus()[0]?.model || 'unknown',
    isa: facts?.isa ?? 'reference',
    isas: facts?.isasSupported ?? [],
    threads: facts?.threads ?? 1,
    node: process.versions.node,
    caches: caches.map(({ name, size }) => `${name} ${size}`).join(', '),
  };
}

export function heading({ processor, isas, threads, node, caches }: Machine): string {
  const sets = isas.length === 0 ? 'no native kernels' : `instruction sets ${isas.join(', ')}`;
  return `${processor}; ${sets}; ${threads} threads; Node ${node}; ${caches}`;
}

/** What is measured: `commit abc1234`, or that `with changes`. Changed docs do not count, for bench:report changes them. */
export function commitText(folder = '.'): string {
  const git = (...words: string[]) =>
    spawnSync('git', words, { cwd: folder, encoding: 'utf8' }).stdout?.trim() ?? '';
  const commit = git('rev-parse', '--short', 'HEAD');
  if (commit === '') return 'no commit';
  return `commit ${commit}${git('status', '--porcelain', '--', ':!docs') === '' ? '' : ' with changes'}`;
}

/** Runs a bench with the words of its command line; a wrong word is told in a sentence, with exit code 2. */
export async function runBench<const O extends Options>(
  about: Omit<Command<O>, 'run'>,
  run: (options: ValuesOf<O>, words: readonly string[], progress: Progress) => void | Promise<void>,
): Promise<void> {
  const command: Command = { ...about, run() {} };
  const progress = new Progress();
  try {
    const given = parseCommandLine(about.name, command, process.argv.slice(2));
    if (given === 'help') {
      console.log(commandHelp(`npm run ${about.name} --`, command));
      return;
    }
    await run(given.options as ValuesOf<O>, given.positionals, progress);
    progress.end();
  } catch (error) {
    progress.end();
    // What was thrown as a sentence is told as one; the rest are our own mistakes.
    const sentence =
      error instanceof TapegradError || (error instanceof Error && error.name === 'Error');
    console.error(sentence ? error.message : error instanceof Error ? error.stack : String(error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
