// npm run check: everything a change must pass, a line each. `--quick` is what a commit must pass; `--only=types,lint` is
// what it says. A step's output is shown only where it fails.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bookLines } from './book-lines.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const biome = ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'];
const vitest = ['node_modules/vitest/vitest.mjs', 'run'];
/** Each step: its name, a word to ask for it by, and what `node` runs. */
const steps = [
  { word: 'types', name: 'types', run: ['node_modules/typescript/bin/tsc', '--noEmit'] },
  { word: 'lint', name: 'lint and format of TypeScript', run: biome },
  { word: 'clang-format', name: 'format of C++', run: ['tools/clang-format.mjs'] },
  { word: 'warnings', name: 'C++ without warnings', run: ['tools/native-warnings.mjs'] },
  { word: 'docs', name: 'docs up to date', run: [...vitest, 'test/cli/ops.test.ts'] },
  { word: 'architecture', name: 'architecture', run: [...vitest, 'test/architecture.test.ts'] },
  { word: 'quick-tests', name: 'quick tests', run: [...vitest, '--project', 'quick'] },
  { word: 'tests', name: 'tests', run: vitest },
];
/** What a change must pass, and what a commit must. */
const forChange = ['types', 'lint', 'clang-format', 'warnings', 'docs', 'architecture', 'tests'];
const forCommit = ['types', 'lint', 'clang-format', 'quick-tests'];

const options = process.argv.slice(2);
const only = options.find((option) => option.startsWith('--only='))?.slice('--only='.length);
const asked = only?.split(',') ?? (options.includes('--quick') ? forCommit : forChange);
const unknown =
  options.find((option) => option !== '--quick' && !option.startsWith('--only=')) ??
  asked.find((word) => !steps.some((step) => step.word === word));
if (unknown !== undefined) {
  const words = steps.map((step) => step.word).join(', ');
  console.error(`check: found ${unknown}; want --quick, or --only= and some of ${words}`);
  process.exit(2);
}
const wanted = steps.filter((step) => asked.includes(step.word));

let failed = 0;
for (const { name, run } of wanted) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, run, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const skipped = stdout.startsWith('skipped');
  const verdict = status === 0 ? (skipped ? stdout.trim() : 'ok') : 'FAILED';
  console.log(`${name.padEnd(30)} ${`${seconds} s`.padStart(7)}  ${verdict}`);
  if (status !== 0) {
    failed++;
    console.log(`${stdout}${stderr}`.trimEnd());
  }
}
if (only === undefined) console.log(`kernels, core and ops: ${bookLines()}`);
console.log(failed === 0 ? 'all checks passed' : `${failed} of ${wanted.length} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;
