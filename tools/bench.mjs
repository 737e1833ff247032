// Runs bench/NAME.ts against dist/: compiles both, for Node 20 reads no TypeScript. What is measured is what users run.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildTs } from './build-ts.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name, ...words] = process.argv.slice(2);
const names = readdirSync(join(root, 'bench')).map((file) => file.replace(/\.ts$/, ''));
if (!names.includes(name)) {
  console.error(`bench: found ${name}; want ${names.join(' or ')}`);
  process.exit(2);
}

const built = join(root, 'build/bench');
rmSync(built, { recursive: true, force: true });
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.bench.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (!buildTs() || compiled.status !== 0) process.exit(1);

// The benches import ../src; the copy of it that came along is thrown away for dist/.
rmSync(join(built, 'src'), { recursive: true });
for (const file of readdirSync(join(built, 'bench'))) {
  const path = join(built, 'bench', file);
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll("'../src/", "'../../../dist/"));
}
const run = spawnSync(process.execPath, [join(built, 'bench', `${name}.js`), ...words], {
  stdio: 'inherit',
});
process.exitCode = run.status ?? 1;
