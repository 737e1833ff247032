/** What a user of the package sees: the library as JavaScript under another folder, the program outside of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapegrad-lines-'));
  const project = join(root, 'tsconfig.build.json');
  const compile = [join(root, 'node_modules/typescript/bin/tsc'), '-p', project];
  try {
    execFileSync(process.execPath, [...compile, '--outDir', join(folder, 'dist')]);
  } catch (error) {
    if (!existsSync(join(folder, 'dist/index.js'))) throw error; // errors of types are another check's business
  }
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program of the user's beside the compiled library; what it prints. */
function run(...lines: string[]): string {
  const program = join(folder, 'program.mjs');
  writeFileSync(program, lines.join('\n'));
  const env = { ...process.env, TAPEGRAD_BACKEND: 'reference' };
  return execFileSync(process.execPath, [program], { encoding: 'utf8', env });
}

it("checkNumerics names the line of the user's program, not one of the library's", () => {
  const said = run(
    "import { checkNumerics, log, mul, tensor } from './dist/index.js';",
    'const model = (x) =>',
    '  log(mul(x, 0));',
    'try { checkNumerics(() => model(tensor([1]))); } catch (e) { console.log(e.message); }',
  );
  expect(said).toBe(
    `log: element 0 of the output [1] is -Infinity, from inputs [1]; it is op 1 of this run, at ${join(folder, 'program.mjs')}:3:3\n`,
  );
});

it('a method names the line it was called on, and so does a gradient deep in a model', () => {
  const said = run(
    "import { checkNumerics, GradientTape, Variable } from './dist/index.js';",
    'const x = new Variable([0]);',
    'const deep = (n) => (n === 0 ? x.sqrt() : deep(n - 1));',
    'const tape = new GradientTape({ trace: true });',
    'const y = tape.record(() => deep(30));',
    "console.log(tape.steps[0].line.split('/').at(-1));",
    'try { checkNumerics(() =>',
    '  tape.gradient(y, x)); } catch (e) { console.log(e.facts.line.split("/").at(-1)); }',
  );
  expect(said).toBe('program.mjs:3:34\nprogram.mjs:8:8\n');
});

it('the types of ops and methods reach a program in TypeScript', () => {
  const program = join(folder, 'program.ts');
  writeFileSync(
    program,
    [
      "import { GradientTape, grad, pad, type Tensor, tensor, Variable } from './dist/index.js';",
      'const w = new Variable([[1], [2]]);',
      'const tape = new GradientTape();',
      'const loss: Tensor = tape.record(() => tensor([[3, 4]]).matmul(w).square().sum());',
      'const one: number = tape.gradient(loss, { w }).w.item();',
      'const list: [Tensor, Tensor] = grad(([a, b]: [Tensor, Tensor]) => a.mul(b))([w, w]);',
      "pad(w, [[1, 1], [0, 0]], { mode: 'reflect' });",
      '// @ts-expect-error: a misspelt option is an error of types',
      "pad(w, [[1, 1], [0, 0]], { mod: 'reflect' });",
      'export { list, one };',
    ].join('\n'),
  );
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['--strict', '--noEmit', '--ignoreConfig', '--module', 'nodenext', '--types', ''];
  const said = spawnSync(process.execPath, [compiler, ...options, program], { encoding: 'utf8' });
  expect(said.stdout + said.stderr).toBe('');
});
