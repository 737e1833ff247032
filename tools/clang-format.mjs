// Checks the format of the C++ in native/ and bench/, or mends it with --write. Without clang-format on the PATH it says so and goes on.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const write = process.argv.includes('--write');

const files = ['native', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => /\.(cc|h)$/.test(name))
    .map((name) => join(folder, name)),
);
const how = write ? ['-i'] : ['--dry-run', '--Werror'];
const run = spawnSync('clang-format', [...how, ...files], { cwd: root, encoding: 'utf8' });
if (run.error) {
  console.log('skipped: there is no clang-format on the PATH');
} else {
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr);
  process.exitCode = run.status ?? 1;
}
