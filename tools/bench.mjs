// Runs bench/NAME.ts on the addon that `npm run build:native` built. Node 20 reads no TypeScript, so the bench is compiled
// first, with the sources it measures, into build/bench.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const names = ['kernels', 'steps', 'peers', 'compare', 'behaviour', 'report'];
const [name, ...words] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`bench: found ${name}; want ${names.join(' or ')}`);
  process.exit(2);
}

rmSync(join(root, 'build/bench'), { recursive: true, force: true });
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const node = (...args) =>
  spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { TAPEGRAD_ADDON: join(root, 'build/Release/tapegrad.node'), ...process.env },
  });
const compiled = node(tsc, '-p', 'tsconfig.bench.json');
if (compiled.status !== 0) process.exit(1);
process.exitCode = node(join(root, `build/bench/bench/${name}.js`), ...words).status ?? 1;
