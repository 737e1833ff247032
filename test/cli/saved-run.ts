/** Folders of runs that were never trained, and commands run on them in this process. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { dispatch } from '../../src/cli/dispatch.ts';
import { setSeed } from '../../src/core/random.ts';
import { saveSafetensors } from '../../src/io/safetensors.ts';
import type { Options } from '../../src/programs/options.ts';
import type { Program } from '../../src/programs/program.ts';
import { withDefaults } from '../../src/programs/train.ts';
import { temporaryFolder } from '../programs/tiny-mnist.ts';

/** A folder as a run leaves it, with weights as they are before training. */
export function savedRun<O extends Options>(program: Program<O>, options: object = {}): string {
  const folder = temporaryFolder();
  const all = withDefaults(program, options);
  setSeed(5);
  const weights = program.autoencoder?.(all as never).weightsByPath() ?? new Map();
  saveSafetensors(join(folder, 'weights.safetensors'), weights);
  const config = { program: program.name, options: all };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

/** Runs a command line to its exit code, the lines it printed and its error. */
export async function run(
  command: Command,
  ...words: string[]
): Promise<{ code: number; lines: string[]; error: string }> {
  const lines: string[] = [];
  let error = '';
  const log = vi.spyOn(console, 'log').mockImplementation((text: string) => {
    lines.push(...text.split('\n'));
  });
  const output = {
    out: (text: string) => lines.push(text),
    error: (text: string) => (error += text),
  };
  try {
    const line = {
      name: 'tapegrad',
      version: '0',
      summary: '',
      commands: { [command.name]: () => command },
    };
    const code = await dispatch(line, [command.name, ...words], output);
    return { code, lines, error };
  } finally {
    log.mockRestore();
  }
}
