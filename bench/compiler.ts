/** C++ of this folder compiled into addons that Node loads: with the compiler that CXX names, anew where anything changed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { writeFileAtomically } from '../src/io/files.ts';

/** There is no compiler, or no header of Node for it. */
export class NoCompiler extends Error {}

/** It does not compile; the message is the compiler's first error. */
export class CompileError extends Error {
  /** All that the compiler said. */
  readonly output: string;
  constructor(output: string) {
    const lines = output.trim().split('\n');
    super(
      lines.find((line) => /\berror\b|cannot find|undefined reference/i.test(line)) ?? lines[0],
    );
    this.output = output;
  }
}

/** What an addon was made by and of. */
interface Made {
  readonly command: readonly string[];
  readonly from: readonly string[];
}

/** The addon compiled from the sources with these flags. `target` is its path without `.node`. */
export function addonOf<A>(
  target: string,
  { sources, flags, libraries = [] }: { sources: string[]; flags: string[]; libraries?: string[] },
): A {
  // CXX may have words of its own, as in "ccache g++".
  const [compiler = 'g++', ...own] = process.env.CXX?.split(' ').filter(Boolean) ?? [];
  const path = resolve(`${target}.node`);
  const words = [...own, ...flags, `-I${headers()}`, ...sources];
  const command = [compiler, ...words, ...libraries];
  const list = `${target}.json`;
  if (!isFresh(path, list, command)) {
    mkdirSync(dirname(path), { recursive: true });
    const part = `${target}.${process.pid}.part`;
    try {
      compile(compiler, [...words, '-shared', '-fPIC', '-o', part, ...libraries]);
      renameSync(part, path);
    } finally {
      rmSync(part, { force: true });
    }
    const rules = compile(compiler, [...words, '-MM']);
    writeFileAtomically(list, JSON.stringify({ command, from: filesIn(rules) } satisfies Made));
  }
  return createRequire(import.meta.url)(path) as A;
}

function compile(compiler: string, words: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync(compiler, words, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' }, // its errors in English
  });
  if (error !== undefined) {
    throw new NoCompiler(`there is no ${compiler}; want a C++ compiler, or CXX to name one`);
  }
  if (status !== 0) throw new CompileError(stderr || `${compiler} ended with ${status}`);
  return stdout;
}

/** Whether the same command made it, after the last change of whatever it was made from. */
function isFresh(path: string, list: string, command: readonly string[]): boolean {
  if (!existsSync(path) || !existsSync(list)) return false;
  const made = JSON.parse(readFileSync(list, 'utf8')) as Made;
  const time = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
  return (
    made.command.join('\n') === command.join('\n') &&
    made.from.every((file) => time(file) < time(path))
  );
}

/** The files that make's rules `target.o: source header …` name; a space in a name has `\` before it. */
function filesIn(rules: string): string[] {
  const lines = rules.replaceAll('\\\n', ' ').trim().split('\n');
  const names = lines.flatMap((line) => line.slice(line.indexOf(': ') + 1).split(/(?<!\\)\s+/));
  return [...new Set(names.filter(Boolean).map((name) => name.replaceAll('\\ ', ' ')))];
}

/** The folder of node_api.h: a development package's, or what came with Node. */
function headers(): string {
  const places = [
    resolve('node_modules/node-api-headers/include'),
    join(dirname(process.execPath), '../include/node'),
  ];
  const found = places.find((place) => existsSync(join(place, 'node_api.h')));
  if (found === undefined) throw new NoCompiler('there is no node_api.h; want `npm install` first');
  return found;
}
