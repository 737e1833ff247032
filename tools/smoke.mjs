// Tries what a user does first, in temporary folders: `train` trains a little and looks at what was written; `package`
// packs what would be published, installs that elsewhere, and uses it. Needs dist/.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stagePackage } from './package.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-smoke-'));

/** What a command prints on stdout. */
function run(command, args, cwd = folder) {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TAPEGRAD_OFFLINE: '1' },
  });
}

const trials = { train, package: installPackage };

/** 300 steps on the drawn digits: the loss falls, and pictures and metrics are there. */
function train() {
  const out = join(folder, 'run');
  const main = join(root, 'dist/cli/main.js');
  const printed = run(process.execPath, [
    main,
    'train',
    'dense-ae',
    '--steps',
    '300',
    '--seed',
    '1',
    '--out',
    out,
  ]);
  process.stdout.write(printed);
  assert.match(printed, /^step 0 loss: 0\.\d{6}$/m);
  const written = readdirSync(out);
  for (const name of ['metrics.jsonl', 'original.png', 'reconstructed.png']) {
    assert.ok(written.includes(name), `${name} is not among ${written}`);
  }
  for (const name of written.filter((file) => file.endsWith('.png'))) {
    const start = readFileSync(join(out, name)).subarray(1, 4).toString();
    assert.equal(start, 'PNG', name);
  }
}

/** What would be published, with the addon of this machine in it; and the README's programs, run where it is installed. */
function installPackage() {
  const staged = join(folder, 'staged');
  const { native } = stagePackage(staged);

  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], staged),
  );
  const names = packed.files.map((file) => file.path);
  console.log(`${packed.filename}: ${names.length} files, ${packed.size} bytes`);
  // npm builds a binding.gyp that it finds in a package, and runs its scripts.
  assert.ok(!names.includes('binding.gyp'));
  const published = JSON.parse(readFileSync(join(staged, 'package.json'), 'utf8'));
  assert.equal(published.scripts, undefined);
  assert.ok(names.includes('dist/index.d.ts'));

  const user = join(folder, 'user');
  mkdirSync(user);
  writeFileSync(join(user, 'package.json'), '{ "private": true, "type": "module" }\n');
  run(
    'npm',
    ['install', '--offline', '--no-audit', '--no-fund', join(folder, packed.filename)],
    user,
  );
  const installed = readdirSync(join(user, 'node_modules')).filter((name) => !name.startsWith('.'));
  assert.deepEqual(installed, ['tapegrad'], 'nothing else is installed with it');

  const found = JSON.parse(run('npx', ['--no-install', 'tapegrad', 'doctor', '--json'], user));
  console.log(`kernels: ${found.kernels.chosen}, ${found.kernels.why}`);
  assert.equal(found.versions.tapegrad, manifest.version);
  assert.equal(found.kernels.chosen, native ? 'native' : 'reference');

  for (const page of ['README.md', 'docs/tour.md']) {
    for (const { program, printed } of programsIn(readFileSync(join(root, page), 'utf8'))) {
      writeFileSync(join(user, 'program.js'), program);
      assert.equal(run(process.execPath, ['program.js'], user), printed, `${page}:\n${program}`);
    }
  }
}

/** The programs of a page and what they print: a js block that imports nothing goes on with the one before. */
function programsIn(page) {
  const programs = [];
  for (const [, program, printed] of page.matchAll(
    /```js\n([\s\S]*?)```(?:\s+```text\n([\s\S]*?)```)?/g,
  )) {
    if (program.startsWith('import')) programs.push({ program: '', printed: '' });
    programs.at(-1).program += program;
    programs.at(-1).printed += printed ?? '';
  }
  assert.ok(programs.length > 0);
  return programs;
}

const wanted = process.argv[2];
if (!(wanted in trials)) {
  console.error(`smoke: found ${wanted}; want ${Object.keys(trials).join(' or ')}`);
  process.exit(2);
}
try {
  trials[wanted]();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
