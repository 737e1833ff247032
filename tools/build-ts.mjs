// Compiles src/ into a fresh dist/.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** True if it compiled. Says so where TypeScript is not installed (`npm install --omit=dev`). */
export function buildTs() {
  let packageFile;
  try {
    packageFile = createRequire(import.meta.url).resolve('typescript/package.json');
  } catch {
    console.log(
      'dist: not compiled (no typescript in node_modules); `npm install` with the development packages compiles it',
    );
    return false;
  }
  rmSync(`${root}dist`, { recursive: true, force: true });
  const tsc = join(dirname(packageFile), 'bin/tsc');
  const run = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  const main = `${root}dist/cli/main.js`;
  if (existsSync(main)) chmodSync(main, 0o755);
  return run.status === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url) && !buildTs()) process.exitCode = 1;
