/**
 * The rungs of the ladder from the plain loop to the kernel in use: every file in bench/ladder/matmul/ and
 * bench/ladder/conv2d/ is one, compiled here, in the order of their names. Another file there is another rung.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { addonOf, CompileError, NoCompiler } from './compiler.ts';

export type Laddered = 'matmul' | 'conv2d';

export interface Rung {
  /** The file's name without its number: `blocked`. */
  readonly name: string;
  /** What its first lines say of it. */
  readonly what: string;
  run(a: Float32Array, b: Float32Array, y: Float32Array, ...sizes: number[]): void;
}

const folder = resolve('bench/ladder');

/** The rungs of a kernel for an instruction set; undefined, and said why, where there is no compiler. */
export function rungsOf(kernel: Laddered, isa: string): Rung[] | undefined {
  const files = readdirSync(join(folder, kernel)).filter((file) => file.endsWith('.cc'));
  try {
    return files.sort().map((file) => rungOf(kernel, file, isa));
  } catch (error) {
    if (!(error instanceof NoCompiler)) throw error;
    console.error(`ladder: skipped, for ${error.message}`);
    return undefined;
  }
}

function rungOf(kernel: Laddered, file: string, isa: string): Rung {
  const source = join(folder, kernel, file);
  const { variables } = JSON.parse(readFileSync('native/sources.gypi', 'utf8')) as {
    variables: Record<string, string[]>;
  };
  const flags = ['flags', 'kernel_flags', `${isa}_flags`].flatMap((name) => variables[name] ?? []);
  try {
    const { run } = addonOf<Pick<Rung, 'run'>>(`build/ladder/${kernel}-${file}-${isa}`, {
      sources: [join(folder, 'rung.cc'), source],
      flags: [...flags, '-Wl,-z,lazy', `-DISA=${isa}`, `-DKERNEL=${kernel}`, `-I${folder}`],
    });
    const comment = /^(\/\/.*\n)+/.exec(readFileSync(source, 'utf8'))?.[0] ?? '';
    return {
      name: file.replace(/^\d+-|\.cc$/g, ''),
      what: comment
        .replace(/^\/\/ ?/gm, '')
        .replaceAll('\n', ' ')
        .trim(),
      run,
    };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    throw new Error(`${source} does not compile:\n${error.output}`);
  }
}
