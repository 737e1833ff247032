/**
 * The rungs of the ladder from the plain loop to the kernel in use: every file in bench/ladder/matmul/ and
 * bench/ladder/conv2d/ is one, compiled here, in the order of their names. Another file there is another rung.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export type Laddered = 'matmul' | 'conv2d';

export interface Rung {
  /** The file's name without its number: `blocked`. */
  readonly name: string;
  /** What its first lines say of it. */
  readonly what: string;
  run(a: Float32Array, b: Float32Array, y: Float32Array, ...sizes: number[]): void;
}

const root = process.cwd();
const folder = join(root, 'bench/ladder');

/** The rungs of a kernel for an instruction set; undefined, and said why, where there is no compiler. */
export function rungsOf(kernel: Laddered, isa: string): Rung[] | undefined {
  const files = readdirSync(join(folder, kernel))
    .filter((file) => file.endsWith('.cc'))
    .sort();
  const built = files.map((file) => build(kernel, file, isa));
  if (built.includes(undefined)) return undefined;
  return files.map((file, i) => {
    const addon = createRequire(import.meta.url)(built[i] as string) as Pick<Rung, 'run'>;
    const comment =
      /^(\/\/.*\n)+/.exec(readFileSync(join(folder, kernel, file), 'utf8'))?.[0] ?? '';
    return {
      name: file.replace(/^\d+-|\.cc$/g, ''),
      what: comment
        .replace(/^\/\/ ?/gm, '')
        .replaceAll('\n', ' ')
        .trim(),
      run: addon.run,
    };
  });
}

/** The path of the compiled rung. */
function build(kernel: Laddered, file: string, isa: string): string | undefined {
  const source = join(folder, kernel, file);
  const target = join(root, 'build/ladder', `${kernel}-${file}-${isa}.node`);
  const inputs = [source, join(folder, 'rung.cc'), join(folder, `${kernel}.h`)];
  const time = (path: string) => statSync(path).mtimeMs;
  if (existsSync(target) && inputs.every((path) => time(path) < time(target))) return target;
  mkdirSync(dirname(target), { recursive: true });
  const { variables } = JSON.parse(readFileSync(join(root, 'native/sources.gypi'), 'utf8')) as {
    variables: Record<string, string[]>;
  };
  const [compiler = 'g++', ...first] = (process.env.CXX ?? 'g++').split(' ');
  const run = spawnSync(
    compiler,
    [
      ...[...first, '-shared', '-Wl,-z,lazy', ...(variables.flags ?? [])],
      ...(variables.kernel_flags ?? []),
      ...(variables[`${isa}_flags`] ?? []),
      ...[`-DISA=${isa}`, `-DKERNEL=${kernel}`, `-I${folder}`, `-I${headers()}`],
      ...[join(folder, 'rung.cc'), source, '-o', target],
    ],
    { encoding: 'utf8' },
  );
  if (run.error !== undefined) {
    console.error(
      `ladder: skipped, for there is no ${compiler}; want a C++ compiler, or CXX to name one`,
    );
    return undefined;
  }
  if (run.status !== 0) throw new Error(`${source} does not compile:\n${run.stderr}`);
  return target;
}

/** The folder of node_api.h: a development package's, or what came with Node. */
export function headers(): string {
  const places = [
    join(root, 'node_modules/node-api-headers/include'),
    join(dirname(process.execPath), '../include/node'),
  ];
  const found = places.find((place) => existsSync(join(place, 'node_api.h')));
  if (found === undefined) throw new Error('ladder: no node_api.h; want `npm install` first');
  return found;
}
