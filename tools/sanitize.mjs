// AddressSanitizer and UndefinedBehaviorSanitizer over the C++ unit tests and, with the addon built so, over the kernel
// tests under a stock node; ThreadSanitizer over the pool. Ends with 1 on any report.
//   node tools/sanitize.mjs [test files, else those of the kernels and of compile]
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { configure, run, unitTests } from './test-native.mjs';

const tests = process.argv.slice(2);
const addon = fileURLToPath(new URL('../build/asan/Release/tapegrad.node', import.meta.url));
const library = (name) =>
  execFileSync('g++', [`-print-file-name=${name}.so`], { encoding: 'utf8' }).trim();

Object.assign(process.env, {
  // Node leaves its memory to the end of the process, so leaks are not looked for.
  ASAN_OPTIONS: 'detect_leaks=0:halt_on_error=1',
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
  TSAN_OPTIONS: 'halt_on_error=1',
});

/** The addon and the unit tests share one build, so that each kernel is compiled once. */
function addressesAndUndefined() {
  const settings = ['--CDTAPEGRAD_SANITIZE=address,undefined', '--CDTAPEGRAD_EMULATE=OFF'];
  const compile = ['compile', '--directory', 'native', '--out', 'build/asan', '--silent'];
  if (!run('npx', ['cmake-js', ...compile, ...settings])) return false;
  const cpp = unitTests('build/asan');
  const files = tests.length > 0 ? tests : ['test/kernels', 'test/compile'];
  const preload = `${library('libasan')} ${library('libubsan')}`;
  const env = { ...process.env, LD_PRELOAD: preload, TAPEGRAD_ADDON: addon };
  const node = ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=120000', ...files];
  return run(process.execPath, node, { env }) && cpp;
}

function threads() {
  const folder = 'build/tsan';
  const settings = ['-DTAPEGRAD_SANITIZE=thread', '-DTAPEGRAD_EMULATE=OFF'];
  return configure(folder, ...settings) && unitTests(folder, 'threads_test', '^threads$');
}

const good = [threads(), addressesAndUndefined()].every(Boolean);
console.log(good ? 'sanitizers: no report' : 'sanitizers: failed');
process.exit(good ? 0 : 1);
