// Tries what a user does first, in temporary folders: `train` trains a little and looks at what was written; `package`
// packs what would be published, installs that elsewhere, and uses it. Needs dist/.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'tapegrad-smoke-'));

/** What a command prints on stdout. */
function run(command, args, cwd = folder) {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
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

/** The addon of this machine travels in the package, as it does in a published one. */
function installPackage() {
  const staged = join(folder, 'staged');
  const platform = `prebuilds/${process.platform}-${process.arch}`;
  mkdirSync(join(staged, platform), { recursive: true });
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'docs', 'dist']) {
    cpSync(join(root, name), join(staged, name), { recursive: true });
  }
  const addon = join(root, 'build/Release/tapegrad.node');
  const native = existsSync(addon);
  if (native) cpSync(addon, join(staged, platform, 'tapegrad.node'));

  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], staged),
  );
  const names = packed.files.map((file) => file.path);
  console.log(`${packed.filename}: ${names.length} files, ${packed.size} bytes`);
  assert.ok(
    !names.includes('binding.gyp'),
    'npm would try to build what it finds a binding.gyp in',
  );
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

  writeFileSync(
    join(user, 'first.js'),
    `import { GradientTape, tensor } from 'tapegrad';
const x = tensor([1, 2, 3]);
const tape = new GradientTape();
tape.watch(x);
const y = tape.record(() => x.square().sum());
console.log(JSON.stringify(tape.gradient(y, x).toArray()));
`,
  );
  assert.equal(run(process.execPath, ['first.js'], user).trim(), '[2,4,6]');
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
