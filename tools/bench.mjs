// Runs bench/NAME.ts on the addon that `npm run build:native` built. Node 20 reads no TypeScript, so the bench is compiled
// first, with the sources it measures, into build/bench.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { constants } from 'node:os';
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
const compiled = await node(
  join(root, 'node_modules/typescript/bin/tsc'),
  '-p',
  'tsconfig.bench.json',
);
process.exitCode = compiled || (await node(join(root, `build/bench/bench/${name}.js`), ...words));

/** The exit code of a program; a signal for this process is for that one too. */
function node(...args) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { TAPEGRAD_ADDON: join(root, 'build/Release/tapegrad.node'), ...process.env },
  });
  const pass = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass);
  return new Promise((done) => {
    child.on('close', (code, signal) => done(code ?? 128 + constants.signals[signal]));
  });
}
