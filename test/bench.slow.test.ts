/** Benches as they are started, and sizes that take long to fill. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cases, kernelsWithoutCase, tinyCases } from '../bench/cases.ts';
import { addonOf, NoCompiler } from '../bench/compiler.ts';
import { librariesFor } from '../bench/libraries.ts';

const hasCompiler = spawnSync('g++', ['--version']).status === 0;
const answer = `#include "addon.h"
#include "answer.h"
namespace {
napi_value call(napi_env env, napi_callback_info) {
  napi_value value;
  napi_create_int32(env, ANSWER, &value);
  return value;
}
}
EXPORTS({"answer", call})
`;

test('every kernel has a size to be timed at, and a tiny one to be checked at', () => {
  expect(kernelsWithoutCase(cases())).toEqual([]);
  expect(kernelsWithoutCase(tinyCases())).toEqual([]);
  expect(kernelsWithoutCase(tinyCases().filter(({ kernel }) => kernel !== 'adam'))).toEqual([
    'adam',
  ]);
});

/** The benches, compiled into a folder of their own. */
let folder = '';
beforeAll(() => {
  mkdirSync('build', { recursive: true });
  folder = mkdtempSync(join(process.cwd(), 'build/bench-test-'));
  const words = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json'];
  const compiled = spawnSync(process.execPath, [...words, '--outDir', folder]);
  expect(compiled.status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('what cannot be done is told in a sentence', () => {
  test.each([
    ['kernels', ['--isa', 'avx9'], /^bench:kernels: no instruction set avx9 here; want .*$/],
    ['kernels', ['matmulfoo'], /^bench:kernels: no line begins with matmulfoo; want .*; did you mean matmul\?$/], // biome-ignore format: one line
    ['kernels', ['matmul NN 7×'], /^bench:kernels: no line begins with matmul NN 7×; want .*$/],
    ['kernels', ['expfoo'], /^bench:kernels: no line begins with expfoo; want .*$/],
    ['kernels', ['--threads', '1.5'], /^bench:kernels: --threads is 1.5; want .*$/],
    ['steps', ['--batch', '32,x'], /^bench:steps: --batch is 32,x; want .*$/],
    ['steps', ['--budget', '0'], /^bench:steps: --budget is 0; want .*$/],
    ['peers', ['gemm', 'A'], 'bench:peers: found A beside gemm; want it in a run of its own'],
    ['peers', ['A', 'conv'], 'bench:peers: found A beside conv; want it in a run of its own'],
    ['peers', ['Z'], /^bench:peers: no model Z; want .*$/],
    ['compare', [], 'bench:compare: commit is missing; want one to compare with, such as HEAD~1'],
    [
      'compare',
      ['no-such-commit'],
      'bench:compare: no commit no-such-commit; want one of this repository, such as HEAD~1',
    ],
    ['compare', ['HEAD', 'Z'], /^bench:compare: no model Z; want .*$/],
    ['behaviour', ['sleep'], /^bench:behaviour: no question sleep; want .*$/],
    [
      'behaviour',
      ['--data', '/none'],
      "bench:behaviour: --data is /none; want a folder with MNIST's files",
    ],
    ['report', ['weather'], /^bench:report: no part weather; want .*$/],
  ])('%s %j', (bench, words, sentence) => {
    expectRefusal(bench, words, sentence, 2);
  });

  test.each([
    ['kernels', ['--roofline', '.'], '.: it is a folder; want the name of a file'],
    [
      'kernels',
      ['--roofline', 'package.json/roof.svg'],
      'package.json: the folder cannot be made (EEXIST: file already exists)',
    ],
  ])('%s %j', (bench, words, sentence) => {
    expectRefusal(bench, words, sentence, 1);
  });

  function expectRefusal(bench: string, words: string[], sentence: string | RegExp, code: number) {
    const script = join(folder, `bench/${bench}.js`);
    const { status, stderr } = spawnSync(process.execPath, [script, ...words], {
      encoding: 'utf8',
    });
    const last = stderr.trimEnd().split('\n').at(-1); // a machine without the addon says so first
    expect(last).toEqual(typeof sentence === 'string' ? sentence : expect.stringMatching(sentence));
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(code);
  }
});

describe('a bench that is ended', () => {
  /** A bench with a process that never ends and a folder; its lines are their names. */
  const bench = (how: string) => `
    import { start, temporaryFolder } from '${folder}/bench/children.js';
    const { folder } = temporaryFolder('test');
    const child = start([process.execPath, '-e', 'for (;;);'], { stdio: 'ignore' });
    console.log(child.pid + ' ' + folder);
    ${how}`;
  /** Without a parent that asks how it ended, a process stays a zombie (Z) in some containers. */
  const isAlive = (pid: string) => {
    try {
      return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };

  test.runIf(existsSync('/proc/self/stat')).each([
    ['SIGINT', 'setInterval(() => {}, 1000);', 130],
    ['SIGTERM', 'setInterval(() => {}, 1000);', 143],
    ['an error', "throw new Error('no');", 1],
    ['its end', 'process.exit(0);', 0],
  ] as const)('by %s leaves no process and no folder', async (how, script, code) => {
    const words = ['--input-type=module', '-e', bench(script)];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise((done) => child.on('close', done));
    const [said] = await once(child.stdout, 'data');
    const [pid = '', made = ''] = String(said).trim().split(' ');
    if (how.startsWith('SIG')) child.kill(how as NodeJS.Signals);
    expect(await ended).toBe(code);
    expect(existsSync(made)).toBe(false);
    await vi.waitUntil(() => !isAlive(pid));
  });
});

describe('an addon', () => {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const compiled = () =>
    addonOf<{ answer(): number }>(join(folder, 'answer'), {
      sources: [join(folder, 'answer.cc')],
      flags: ['-std=c++17', `-I${process.cwd()}/bench`],
    });
  const time = () => statSync(join(folder, 'answer.node')).mtimeMs;
  const later = (name: string) => {
    const soon = new Date(time() + 1000);
    utimesSync(join(folder, name), soon, soon);
  };

  test.runIf(hasCompiler)('is compiled anew where a header or the compiler changed', () => {
    write('answer.h', '#define ANSWER 42\n');
    write('answer.cc', answer);
    compiled();
    const first = time();
    compiled();
    expect(time()).toBe(first);
    later('answer.h');
    compiled();
    const second = time();
    expect(second).toBeGreaterThan(first);
    vi.stubEnv('CXX', 'env g++'); // in two words, as "ccache g++"
    compiled();
    expect(time()).toBeGreaterThan(second);
    vi.unstubAllEnvs();
  });

  test.runIf(hasCompiler)('that does not compile is told with the first error', () => {
    write('answer.cc', `${answer}\nint wrong = "text";\n`);
    expect(compiled).toThrow(/answer\.cc:\d+:\d+: error: invalid conversion/);
  });

  test('without a compiler is told so', () => {
    vi.stubEnv('CXX', 'no-such-compiler -O3');
    expect(compiled).toThrow(
      new NoCompiler('there is no no-such-compiler; want a C++ compiler, or CXX to name one'),
    );
    vi.unstubAllEnvs();
  });
});

describe('a library', () => {
  const found = (printed: string) => {
    const compiler = join(folder, 'compiler.mjs');
    writeFileSync(compiler, `console.error(${JSON.stringify(printed)}); process.exit(1);`);
    vi.stubEnv('CXX', `${process.execPath} ${compiler}`);
    const said: string[] = [];
    expect(librariesFor('gemm', ['openblas'], (text) => said.push(text))).toEqual([]);
    vi.unstubAllEnvs();
    return said;
  };

  test('that is not installed is named with how to get it', () => {
    expect(found('/usr/bin/ld: cannot find -lopenblas: No such file\ncollect2: error')).toEqual([
      'openblas: left out: not here; apt-get install libopenblas-dev (/usr/bin/ld: cannot find -lopenblas: No such file)',
    ]);
  });

  test('whose addon does not compile is not said to be missing', () => {
    expect(found("In file …\ngemm.cc:7:1: error: 'x' was not declared\nmore")).toEqual([
      "openblas: left out: it does not compile: gemm.cc:7:1: error: 'x' was not declared",
    ]);
  });
});
