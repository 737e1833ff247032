// Compiles the kernels of every instruction set, and what picks and threads them, with warnings as errors, without
// keeping anything. Sources and flags are those of native/sources.gypi. Without g++ it says so and goes on.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { variables } = JSON.parse(readFileSync(join(root, 'native/sources.gypi'), 'utf8'));
const compiler = (process.env.CXX ?? 'g++').split(' ');

/** The compiler's complaints about a source; empty if it has none. */
function complaints(source, flags) {
  const [command, ...first] = compiler;
  const args = [...first, '-fsyntax-only', '-Werror', ...variables.flags, ...flags, source];
  const run = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return run.status === 0 ? '' : run.stderr;
}

if (spawnSync(compiler[0], ['--version'], { stdio: 'ignore' }).status !== 0) {
  console.log(`skipped: there is no ${compiler[0]} on the PATH`);
} else {
  const sets = variables[`sets_${process.arch}`] ?? ['baseline'];
  const found = sets.flatMap((set) =>
    variables.kernel_sources.map((source) =>
      complaints(source, [`-DISA=${set}`, ...variables.kernel_flags, ...variables[`${set}_flags`]]),
    ),
  );
  // What includes Node's headers is compiled with the addon.
  const plain = variables.addon_sources.filter(
    (source) => !/napi\.h|node_api\.h/.test(readFileSync(join(root, source), 'utf8')),
  );
  found.push(...plain.map((source) => complaints(source, [])));
  process.stderr.write(found.join(''));
  if (found.some((text) => text !== '')) process.exitCode = 1;
}
