// AddressSanitizer and UndefinedBehaviorSanitizer over the C++ unit tests and, with the addon built so, over the kernel
// tests under a stock node; ThreadSanitizer over the pool. Ends with 1 on any report.
//   node tools/sanitize.mjs [test files, else those of the kernels]
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, unitTests } from './test-native.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const library = (name) =>
  execFileSync('g++', [`-print-file-name=${name}.so`], { encoding: 'utf8' }).trim();
const tests = process.argv.slice(2);

// Node leaves memory to the end of the process, so leaks are not looked for.
const env = {
  ...process.env,
  ASAN_OPTIONS: 'detect_leaks=0:halt_on_error=1',
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
  TSAN_OPTIONS: 'halt_on_error=1',
};
Object.assign(process.env, env);

let good = unitTests(
  'unit-asan',
  '-DTAPEGRAD_SANITIZE=address,undefined',
  '-DTAPEGRAD_EMULATE=OFF',
);
good = unitTests('unit-tsan', '-DTAPEGRAD_SANITIZE=thread', '-DTAPEGRAD_EMULATE=OFF') && good;

const built = run('npx', [
  'cmake-js',
  'compile',
  '--directory',
  'native',
  '--out',
  'build/asan',
  '--CDTAPEGRAD_SANITIZE=address,undefined',
  '--CDTAPEGRAD_EMULATE=OFF',
  '--silent',
]);
good = built && good;
if (built) {
  good =
    run(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', ...(tests.length > 0 ? tests : ['test/kernels'])],
      {
        env: {
          ...env,
          LD_PRELOAD: `${library('libasan')} ${library('libubsan')}`,
          TAPEGRAD_ADDON: join(root, 'build/asan/Release/tapegrad.node'),
        },
      },
    ) && good;
}
console.log(good ? 'sanitizers: no report' : 'sanitizers: failed');
process.exit(good ? 0 : 1);
