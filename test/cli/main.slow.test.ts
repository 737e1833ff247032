import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, tinyMnist } from '../programs/tiny-mnist.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiled = temporaryFolder();
const main = join(compiled, 'dist/cli/main.js');
const env = { ...process.env, TAPEGRAD_BACKEND: 'reference', NO_COLOR: '1' };
const data = tinyMnist();

beforeAll(() => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(compiled, 'dist')];
  try {
    execFileSync(process.execPath, [compiler, ...project]);
  } catch (error) {
    if (!existsSync(main)) throw error; // errors of types are another check's business
  }
  copyFileSync(join(root, 'package.json'), join(compiled, 'package.json'));
}, 60_000);

function tapegrad(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

/** Trains until the first line of a step, sends the signal, and waits for the end. */
async function trainAndSignal(signal: 'SIGINT' | 'SIGTERM', out: string) {
  const words = ['train', 'dense-ae', '--data', data, '--out', out, '--batch-size', '4'];
  const child = spawn(process.execPath, [main, ...words], { env });
  let stdout = '';
  let signalled = 0;
  child.stdout.on('data', (text) => {
    stdout += text;
    if (signalled > 0 || !stdout.includes('step 0 loss')) return;
    signalled = performance.now();
    child.kill(signal);
  });
  const code = await new Promise<number | null>((ended) => child.on('close', ended));
  return { code, stdout, seconds: (performance.now() - signalled) / 1000 };
}

describe('tapegrad, as a process', () => {
  it('prints its version, its help, and says which option was meant', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(tapegrad('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    expect(tapegrad('train', '--help').stdout).toContain('\n  dense-ae  ');
    expect(tapegrad('train', 'dense-ae', '--step', '5')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'train: no option --step; did you mean --steps?\n',
    });
    expect(tapegrad('train', 'dense-ea')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'train: no program dense-ea; did you mean dense-ae?\n',
    });
  });

  it('refuses more threads than there can be, and an environment that cannot be', () => {
    expect(tapegrad('train', 'dense-ae', '--threads', '257')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'train: --threads is 257; want a whole number from 1 to 256\n',
    });
    const { status, stderr } = spawnSync(process.execPath, [main, 'train', 'dense-ae'], {
      encoding: 'utf8',
      env: { ...env, TAPEGRAD_BACKEND: 'nope' },
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "TAPEGRAD_BACKEND is 'nope'; want native or reference\n",
    });
  });

  it.skipIf(!existsSync('/dev/full'))('says when its output cannot be written', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [main, '--help'], {
      encoding: 'utf8',
      env,
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'standard output: ENOSPC: no space left on device, write\n',
    });
  });

  it('ends within a second of Ctrl-C while digits are drawn, and leaves no folder', async () => {
    const out = join(compiled, 'drawn');
    const offline = { ...env, TAPEGRAD_OFFLINE: '1', TAPEGRAD_CACHE: join(compiled, 'no-cache') };
    const child = spawn(process.execPath, [main, 'train', 'dense-ae', '--out', out], {
      env: offline,
    });
    let stdout = '';
    let signalled = 0;
    child.stdout.on('data', (text) => {
      stdout += text;
      if (signalled > 0 || !stdout.includes('output')) return;
      signalled = performance.now();
      child.kill('SIGINT');
    });
    const code = await new Promise<number | null>((ended) => child.on('close', ended));
    expect(code).toBe(130);
    expect(stdout).toMatch(/\nstopped before the first step ended; there is nothing to keep\n$/);
    expect(existsSync(out)).toBe(false);
    expect(performance.now() - signalled).toBeLessThan(1000);
  });

  it('ends with 1 and a sentence when a data file or the output folder will not do', () => {
    const nowhere = join(compiled, 'nowhere');
    const out = join(compiled, 'run');
    const missing = tapegrad('train', 'dense-ae', '--data', nowhere, '--out', out);
    expect(missing.status).toBe(1);
    expect(missing.stderr).toBe(
      `--data ${nowhere}: there is no such folder; want the four files of MNIST (packed or unpacked) in it or in ${join(nowhere, 'mnist')}\n`,
    );
    const file = join(compiled, 'file');
    writeFileSync(file, '');
    const blocked = tapegrad('train', 'dense-ae', '--data', data, '--out', file);
    expect(blocked.status).toBe(1);
    expect(blocked.stderr).toBe(
      `${file}: the folder cannot be made (EEXIST: file already exists)\n`,
    );
  });

  it('says nothing when the reader of its output goes away', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', '"$0" "$@" | head -c 1 > /dev/null', process.execPath, main, 'train', '--help'],
      { encoding: 'utf8', env },
    );
    expect([status, stderr]).toEqual([0, '']);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'ends within a second of %s, with exit code %i and readable files',
    async (signal, wanted) => {
      const out = join(temporaryFolder(), 'run');
      const { code, stdout, seconds } = await trainAndSignal(signal, out);
      expect(code).toBe(wanted);
      expect(seconds).toBeLessThan(1);
      expect(stdout).toMatch(/\nstopped after step \d+; what there is is in .*\n$/);
      expect(stdout).toContain(out);
      const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n');
      expect(lines.map((line) => JSON.parse(line).step)).toEqual([0]);
      expect(readFileSync(join(out, 'loss.svg'), 'utf8')).toContain('</svg>');
      expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')).program).toBe('dense-ae');
    },
  );
});
