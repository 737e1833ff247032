/** A program trained for a moment, with what it printed and wrote. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Options } from '../../src/programs/options.ts';
import type { Program } from '../../src/programs/program.ts';
import type { Display } from '../../src/programs/run.ts';
import { type TrainOptions, type TrainResult, train } from '../../src/programs/train.ts';
import { temporaryFolder } from './tiny-mnist.ts';

export interface Started {
  out: string;
  result: TrainResult;
  lines: string[];
  /** Names of all files, those in folders by their path. */
  files: string[];
  read(file: string): Buffer;
  /** The event file whose name, which ends in a time, is shortened so in `files`. */
  events(file: string): Buffer;
  /** The lines of metrics.jsonl. */
  metrics: { [name: string]: number }[];
}

export async function start<O extends Options>(
  program: Program<O>,
  options: TrainOptions<O>,
  signal?: AbortSignal,
): Promise<Started> {
  const out = temporaryFolder();
  const lines: string[] = [];
  const display: Display = { print: (line) => lines.push(line), progress() {}, end() {} };
  const result = await train(program, { ...options, out }, { display, ...(signal && { signal }) });
  const read = (file: string) => readFileSync(join(out, file));
  const metrics = read('metrics.jsonl')
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  const files = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1))
    .map((path) => path.replace(/tfevents\..*/, 'tfevents'))
    .sort();
  const events = (file: string) => {
    const folder = join(out, dirname(file));
    const [name = ''] = readdirSync(folder).filter((entry) => entry.includes('tfevents'));
    return readFileSync(join(folder, name));
  };
  return { out, result, lines, files, read, events, metrics };
}
