// npm run check: everything a change must pass, a line each. `--quick` is what a commit must pass. Output of a step is
// shown only where it fails.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bookLines } from './book-lines.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const biome = ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'];
const vitest = ['node_modules/vitest/vitest.mjs', 'run'];
/** Each step: its name, and what `node` runs. */
const steps = [
  { name: 'types', run: ['node_modules/typescript/bin/tsc', '--noEmit'], quick: true },
  { name: 'lint and format of TypeScript', run: biome, quick: true },
  { name: 'format of C++', run: ['tools/clang-format.mjs'], quick: true },
  { name: 'C++ without warnings', run: ['tools/native-warnings.mjs'] },
  { name: 'docs up to date', run: [...vitest, 'test/cli/ops.test.ts', '-t', 'docs/ops.md'] },
  { name: 'architecture', run: [...vitest, 'test/architecture.test.ts'] },
  { name: 'quick tests', run: [...vitest, '--project', 'quick'], quick: true, only: 'quick' },
  { name: 'tests', run: vitest, only: 'all' },
];

const options = process.argv.slice(2);
const known = ['--quick', '--no-tests'];
const unknown = options.find((option) => !known.includes(option));
if (unknown !== undefined) {
  console.error(`check: no option ${unknown}; want ${known.join(' or ')}`);
  process.exit(2);
}
const quick = options.includes('--quick');
const wanted = steps
  .filter((step) => (quick ? step.quick : step.only !== 'quick'))
  .filter((step) => !(options.includes('--no-tests') && step.only));

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
console.log(`the book: kernels, core and ops    ${bookLines()}`);
console.log(failed === 0 ? 'all checks passed' : `${failed} of ${wanted.length} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;
