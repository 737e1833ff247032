import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, test, vi } from 'vitest';
import type { Ints } from '../src/kernels/arrays.ts';
import { loadNative, nativeInfo, setIsa, setThreads } from '../src/kernels/native.ts';
import { type Kernels, reference } from '../src/kernels/reference.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const info = nativeInfo();
const kernels = loadNative() ?? reference;
const floats = (size: number) => new Float32Array(size);
const ints = (...values: number[]) => Int32Array.from(values);
/** For calls the types forbid. */
const loose = kernels as unknown as Record<string, (...call: unknown[]) => void>;

const objects = join(root, 'build/Release/obj.target');
const hasNm = spawnSync('nm', ['--version']).status === 0;

describe.skipIf(!existsSync(objects) || !hasNm)('an object of kernels', () => {
  const sets = existsSync(objects)
    ? readdirSync(objects).filter((name) => /^kernels_\w+$/.test(name))
    : [];

  test.each(sets)(
    '%s gives its table and takes nothing but the C library and its own parts',
    (set) => {
      const isa = set.slice('kernels_'.length);
      const folder = join(objects, set, 'native/kernels');
      const names = readdirSync(folder).filter((name) => name.endsWith('.o'));
      expect(names.length).toBeGreaterThan(5);
      const outside =
        /^(memcpy|memmove|memset|powf?|sinf?|cosf?|tanf?|logf?|floorf?|ceilf?|sqrtf?|rintf?|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail)$/;
      const gives: string[] = [];
      for (const name of names) {
        const listed = execFileSync('nm', ['-C', join(folder, name)], { encoding: 'utf8' });
        for (const line of listed.split('\n').filter(Boolean)) {
          const [, kind = '', symbol = ''] = /^\S* +(\S) (.*)$/.exec(line) ?? [];
          // Small letters are local to the object.
          if (/[a-tx-z]/.test(kind)) continue;
          if (kind === 'U')
            expect(outside.test(symbol) || symbol.startsWith(`${isa}::`), line).toBe(true);
          else {
            expect(kind, `${name}: ${line}`).toMatch(/^[DR]$/);
            gives.push(symbol);
          }
        }
      }
      const families = [
        ...['ceiling', 'conv2d', 'conv2dFilterGrad', 'depthwise', 'elementwise', 'kernels'],
        ...['matmul', 'move', 'optimise', 'pool', 'random', 'reduce', 'resize'],
      ];
      expect(gives.sort()).toEqual(families.map((family) => `${isa}::${family}`));
    },
  );
});

describe.skipIf(info.facts === undefined)('the addon', () => {
  test('tells what was chosen and why', () => {
    const facts = info.facts;
    expect(facts?.isasSupported).toContain(facts?.isa);
    expect(facts?.isasBuilt).toEqual(expect.arrayContaining(facts?.isasSupported ?? []));
    expect(facts?.affinity).toBeGreaterThanOrEqual(1);
    expect(facts?.compiler).toMatch(/\d/);
    expect(info.path).toMatch(/tapegrad\.node$/);
    expect(info.error).toBeUndefined();
  });

  test('has every kernel of the contract', () => {
    expect(Object.keys(kernels).sort()).toEqual(Object.keys(reference).sort());
  });

  const line = ints(1, 6, 1, 1);
  /** One image of 4 x 4 x 2 under a kernel of 2 x 2 with 2 filters. */
  const window = ints(1, 4, 4, 2, 3, 3, 2, 2, 2, 1, 1, 1, 1, 0, 0);
  test.each<[string, () => void, string]>([
    ['no argument', () => loose.exp?.(), 'exp: x is not a typed array; want a Float32Array'],
    [
      'a plain array',
      () => loose.exp?.([1], floats(1)),
      'exp: x is not a typed array; want a Float32Array',
    ],
    [
      'null',
      () => loose.exp?.(null, floats(1)),
      'exp: x is not a typed array; want a Float32Array',
    ],
    [
      'float64',
      () => kernels.exp(new Float64Array(3), floats(3)),
      'exp: x is another kind of array; want a Float32Array',
    ],
    [
      'integers for floats',
      () => kernels.add(ints(1), floats(1), floats(1), line),
      'add: a is an Int32Array; want a Float32Array',
    ],
    [
      'floats for truths',
      () => kernels.equal(floats(6), floats(6), floats(6) as unknown as Ints, line),
      'equal: y is a Float32Array; want an Int32Array',
    ],
    [
      'text for a number',
      () => loose.clip?.(floats(1), floats(1), '0', 1),
      'clip: low is not a number; want a number',
    ],
    [
      'a number for a truth',
      () => loose.cumsum?.(floats(1), floats(1), 1, 1, 1, 0, false),
      'cumsum: exclusive is not a boolean; want true or false',
    ],
    [
      'two types',
      () => kernels.copy(floats(6), ints(0, 0, 0, 0, 0, 0), line, 0, 0),
      'copy: x and y are of two types; want one (cast converts)',
    ],
  ])('refuses %s with a TypeError', (_, call, sentence) => {
    expect(call).toThrow(new TypeError(sentence));
  });

  test.each<[string, () => void, string]>([
    [
      'a short window',
      () => kernels.maxPool(floats(4), floats(1), window.slice(0, 14)),
      'maxPool: window has 14 numbers; want at least 15',
    ],
    [
      'a window with a stride of 0',
      () => kernels.conv2d(floats(32), floats(16), floats(18), window.with(9, 0)),
      'conv2d: window has 0 at place 9; want at least 1',
    ],
    [
      'a window that reaches too far',
      () => kernels.conv2d(floats(32), floats(16), floats(18), window.with(13, -(2 ** 30))),
      'conv2d: window reaches too far',
    ],
    [
      'too few images',
      () => kernels.conv2d(floats(31), floats(16), floats(18), window),
      'conv2d: x has 31 numbers; want at least 32',
    ],
    [
      'too small a filter',
      () => kernels.conv2dFilterGrad(floats(32), floats(18), floats(15), window),
      'conv2dFilterGrad: dfilter has 15 numbers; want at least 16',
    ],
    [
      'a pool that changes the channels',
      () => kernels.avgPool(floats(32), floats(36), window.with(6, 4)),
      'avgPool: window makes 4 channels of 2; want as many',
    ],
    [
      'channels that do not divide the filters',
      () => kernels.depthwiseConv2d(floats(32), floats(12), floats(54), window.with(6, 3)),
      'depthwiseConv2d: window makes 3 channels of 2; want a multiple',
    ],
    [
      'a picture too small to resize',
      () => kernels.resizeBilinear(floats(3), floats(8), 1, 2, 2, 1, 4, 2, false, false),
      'resizeBilinear: x has 3 numbers; want at least 4',
    ],
    [
      'a short input',
      () => kernels.exp(floats(3), floats(4)),
      'exp: x has 3 numbers; want at least 4',
    ],
    [
      'a short output',
      () => kernels.add(floats(6), floats(6), floats(5), line),
      'add: y has 5 numbers; want at least 6',
    ],
    [
      'a walk over the end',
      () => kernels.add(floats(6), floats(5), floats(6), line),
      'add: b has 5 numbers; the layout walks it from 0 to 5',
    ],
    [
      'a walk before the beginning',
      () => kernels.add(floats(6), floats(6), floats(6), ints(1, 6, 1, -1)),
      'add: b has 6 numbers; the layout walks it from -5 to 0',
    ],
    [
      'an empty layout',
      () => kernels.add(floats(6), floats(6), floats(6), ints()),
      'add: layout has 0 numbers; want at least 1',
    ],
    [
      'a short layout',
      () => kernels.add(floats(6), floats(6), floats(6), ints(2, 6, 1)),
      'add: layout has 3 numbers; want at least 7',
    ],
    [
      'too many axes',
      () => kernels.add(floats(6), floats(6), floats(6), ints(99)),
      'add: layout has 99 axes; want at most 32',
    ],
    [
      'fewer than no axes',
      () => kernels.add(floats(6), floats(6), floats(6), ints(-1)),
      'add: layout has -1 axes; want at most 32',
    ],
    [
      'a negative axis',
      () => kernels.add(floats(6), floats(6), floats(6), ints(1, -6, 1, 1)),
      'add: layout has an axis of -6; want at least 0',
    ],
    [
      'a product of axes that would wrap round',
      () =>
        kernels.add(
          floats(6),
          floats(6),
          floats(6),
          ints(4, ...Array(4).fill(2 ** 30), ...Array(8).fill(0)),
        ),
      'add: layout has too many positions',
    ],
    [
      'an offset over the end',
      () => kernels.copy(floats(6), floats(6), line, 0, 1),
      'copy: y has 6 numbers; the layout walks it from 1 to 6',
    ],
    [
      'an offset before the beginning',
      () => kernels.copy(floats(6), floats(6), line, -1, 0),
      'copy: x has 6 numbers; the layout walks it from -1 to 4',
    ],
    [
      'strides over the end',
      () => kernels.matmul(floats(6), floats(6), floats(4), 1, 2, 3, 2, 0, 3, 1, 0, 2, 2),
      'matmul: b has 6 numbers; its strides reach from 0 to 6',
    ],
    [
      'strides before the beginning',
      () => kernels.matmul(floats(6), floats(6), floats(4), 1, 2, 3, 2, 0, -3, 1, 0, 2, 1),
      'matmul: a has 6 numbers; its strides reach from -3 to 2',
    ],
    [
      'a short product',
      () => kernels.matmul(floats(6), floats(6), floats(3), 1, 2, 3, 2, 0, 3, 1, 0, 2, 1),
      'matmul: y has 3 numbers; want at least 4',
    ],
    [
      'half a row',
      () => kernels.matmul(floats(6), floats(6), floats(4), 1, 2.5, 3, 2, 0, 3, 1, 0, 2, 1),
      'matmul: m is 2.500000; want a whole number of at least 0',
    ],
    [
      'axes larger than x',
      () => kernels.sum(floats(6), floats(6), 2, 2, 2),
      'sum: x has 6 numbers; want at least 8',
    ],
    [
      'axes larger than any array',
      () => kernels.sum(floats(6), floats(6), 2 ** 40, 2 ** 40, 2 ** 40),
      'sum: x has 6 numbers; want at least 1329227995784915872903807060280344576.000000',
    ],
    [
      'an index too large',
      () => kernels.gather(floats(6), ints(0, 6), floats(2), 1, 6, 1),
      'gather: indices has 6 in place 1; want at least 0 and less than 6',
    ],
    [
      'a negative index',
      () => kernels.scatterAdd(floats(2), ints(0, -1), floats(6), 1, 6, 1),
      'scatterAdd: indices has -1 in place 1; want at least 0 and less than 6',
    ],
    [
      'a short state',
      () => kernels.randomNormal(ints(1, 2, 3), floats(6), 0, 1),
      'randomNormal: state has 3 numbers; want at least 4',
    ],
    [
      'limits no integer has',
      () => kernels.randomInteger(ints(1, 2, 3, 4), ints(0), Number.NaN, 1),
      'randomInteger: low is nan and high is 1; want numbers an int32 can hold',
    ],
    [
      'no velocity',
      () => kernels.sgd(floats(6), floats(6), floats(0), floats(1), 0.9, false),
      'sgd: velocity has 0 numbers; want at least 6',
    ],
    [
      'no decay',
      () => kernels.adam(floats(6), floats(6), floats(6), floats(6), floats(1), 0.9, 0.99, 1e-7),
      'adam: rate has 1 numbers; want at least 2',
    ],
    [
      'an unknown instruction set',
      () => setIsa('mmx'),
      `setIsa: the instruction set is 'mmx'; want one that is built and supported here: ${info.facts?.isasSupported.join(', ')}`,
    ],
    [
      'no thread',
      () => setThreads(0),
      "setThreads: the number is '0'; want a whole number from 1 to 256",
    ],
    [
      'half a thread',
      () => setThreads(1.5),
      "setThreads: the number is '1.5'; want a whole number from 1 to 256",
    ],
  ])('refuses %s with a RangeError', (_, call, sentence) => {
    expect(call).toThrow(new RangeError(sentence));
  });

  test('refuses an array whose memory has gone elsewhere', () => {
    const x = floats(6);
    structuredClone(x.buffer, { transfer: [x.buffer] });
    expect(() => kernels.add(x, floats(6), floats(6), line)).toThrow('add: a has 0 numbers');
  });

  test('never writes when it refuses', () => {
    const y = floats(6).fill(7);
    expect(() => kernels.scatterAdd(floats(2), ints(0, 6), y, 1, 6, 1)).toThrow(RangeError);
    expect(() => kernels.add(floats(5), floats(6), y, line)).toThrow(RangeError);
    expect([...y]).toEqual([7, 7, 7, 7, 7, 7]);
  });

  test.each(info.facts?.isasSupported ?? [])(
    'takes denormal numbers for 0 in products and updates on %s, and nowhere else',
    (isa) => {
      setIsa(isa);
      const tiny = 1e-40;
      const y = floats(1);
      kernels.matmul(Float32Array.of(tiny), Float32Array.of(1), y, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1);
      expect(y[0]).toBe(0);
      const [w, g, m, v] = [Float32Array.of(1), floats(1), Float32Array.of(tiny), floats(1)];
      kernels.adam(w, g, m, v, Float32Array.of(1e-3, 0), 0.9, 0.999, 1e-7);
      expect(m[0]).toBe(0);
      kernels.mul(Float32Array.of(tiny), Float32Array.of(0.5), y, ints(0));
      expect(y[0]).toBe(Math.fround(tiny * 0.5));
      kernels.neg(Float32Array.of(tiny), y);
      expect(y[0]).toBe(Math.fround(-tiny));
    },
  );

  test('leaves no memory behind after many calls', () => {
    const [a, y] = [floats(64), floats(64)];
    const layout = ints(1, 64, 1, 1);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 200_000; i++) kernels.add(a, a, y, layout);
    expect(process.memoryUsage().rss - before).toBeLessThan(64e6);
  });
});

/** What a worker runs: loads the addon, multiplies for ever or a few times, then what is asked. */
function worker(times: number, then: string): Worker {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { kernels } = require(workerData);
    const n = 200, a = new Float32Array(n * n).fill(1), y = new Float32Array(n * n);
    parentPort.postMessage('running');
    for (let i = 0; i < ${times}; i++) kernels.matmul(a, a, y, 1, n, n, n, 0, n, 1, 0, n, 1);
    if (y[0] !== n) throw new Error('wrong product');
    ${then}`;
  return new Worker(source, { eval: true, workerData: info.path });
}

const ended = (each: Worker) =>
  new Promise<string>((done) => {
    each.on('error', (error) => done(error.message));
    each.on('exit', (code) => done(`exit ${code}`));
  });

describe.skipIf(info.facts === undefined)('worker threads', () => {
  /** Main thread's own work goes on meanwhile and afterwards. */
  function multiplyHere(): void {
    const [n, a, y] = [150, floats(150 * 150).fill(1), floats(150 * 150)];
    for (let i = 0; i < 20; i++) kernels.matmul(a, a, y, 1, n, n, n, 0, n, 1, 0, n, 1);
    expect(y[7]).toBe(n);
  }

  test('several may calculate at once and end', async () => {
    setThreads(3);
    const all = [worker(100, ''), worker(100, ''), worker(100, 'process.exit(3)')].map(ended);
    multiplyHere();
    expect(await Promise.all(all)).toEqual(['exit 0', 'exit 0', 'exit 3']);
    multiplyHere();
  });

  test('one may throw', async () => {
    expect(await ended(worker(10, "throw new Error('on purpose')"))).toBe('on purpose');
    multiplyHere();
  });

  test('one may be terminated in the middle of a kernel', async () => {
    for (let round = 0; round < 5; round++) {
      const each = worker(1e9, '');
      const end = ended(each);
      await new Promise((running) => each.once('message', running));
      multiplyHere();
      await each.terminate();
      expect(await end).toBe('exit 1');
    }
    multiplyHere();
  });
});

describe.skipIf(info.facts === undefined)('a process', () => {
  const run = (code: string, env: Record<string, string> = {}) => {
    const path = JSON.stringify(info.path);
    const clean = { ...process.env, TAPEGRAD_ISA: '', TAPEGRAD_THREADS: '', ...env };
    return spawnSync(process.execPath, ['-e', `const addon = require(${path}); ${code}`], {
      encoding: 'utf8',
      env: clean,
      timeout: 20_000,
    });
  };

  test('may end while a worker calculates', () => {
    const code = `
      const { Worker } = require('node:worker_threads');
      addon.setThreads(3);
      const source = 'const { kernels } = require(' + JSON.stringify(${JSON.stringify(info.path)}) + ');' +
        'const n = 300, a = new Float32Array(n * n), y = a.slice(); require("node:worker_threads").parentPort.postMessage(0);' +
        'for (;;) kernels.matmul(a, a, y, 1, n, n, n, 0, n, 1, 0, n, 1);';
      new Worker(source, { eval: true }).on('message', () => setTimeout(() => process.exit(5), 20));`;
    const { status, signal, stderr } = run(code);
    expect({ status, signal, stderr }).toEqual({ status: 5, signal: null, stderr: '' });
  });

  test('may end while workers are in calls that make objects', () => {
    const source = `
      const addon = require(${JSON.stringify(info.path)});
      const from = new Uint8Array(784), to = new Float32Array(784), indices = new Int32Array(1);
      const table = new Float32Array(256);
      require('node:worker_threads').parentPort.postMessage(0);
      for (;;) { addon.facts(); addon.setThreads(2); addon.endGather(addon.beginGather(from, indices, 784, to, table)); }`;
    const code = `
      const { Worker } = require('node:worker_threads');
      for (let i = 0; i < 4; i++) {
        new Worker(${JSON.stringify(source)}, { eval: true }).on('message', () => setTimeout(() => process.exit(5), 50));
      }`;
    for (let i = 0; i < 4; i++) {
      const { status, signal, stderr } = run(code);
      expect({ status, signal, stderr }).toEqual({ status: 5, signal: null, stderr: '' });
    }
  });

  test.each([
    ['process.exit(5)', 5],
    ['', 0],
  ])('may end, by `%s`, while batches are gathered, here and in a worker', (end, code) => {
    const gather = (count: number) => `
      const from = new Uint8Array(784 * 1000).fill(9), table = new Float32Array(256).fill(2);
      const indices = Int32Array.from({ length: 500 }, (_, i) => i);
      const held = [];
      for (let i = 0; i < ${count}; i++) {
        const to = new Float32Array(500 * 784);
        held.push(addon.beginGather(from, indices, 784, to, table));
        if (i % 3 === 0) addon.endGather(held[i]);
        if (i % 3 === 0 && to.some((x) => x !== 2)) throw new Error('a batch with holes');
      }`;
    const inWorker = `const addon = require(${JSON.stringify(info.path)}); ${gather(20)}
      require('node:worker_threads').parentPort.postMessage(0); setInterval(() => {}, 1e6);`;
    const { status, signal, stderr } = run(`
      addon.setThreads(2);
      const { Worker } = require('node:worker_threads');
      const worker = new Worker(${JSON.stringify(inWorker)}, { eval: true });
      worker.on('message', () => { worker.terminate(); ${gather(20)}; ${end} });`);
    expect({ status, signal, stderr }).toEqual({ status: code, signal: null, stderr: '' });
  });

  test('has threads that sleep when there is nothing to do', () => {
    const code = `
      addon.setThreads(4);
      const n = 300, a = new Float32Array(n * n), y = a.slice();
      for (let i = 0; i < 20; i++) addon.kernels.matmul(a, a, y, 1, n, n, n, 0, n, 1, 0, n, 1);
      setTimeout(() => {
        const before = process.cpuUsage();
        setTimeout(() => {
          const { user, system } = process.cpuUsage(before);
          console.log((user + system) / 1000);
        }, 400);
      }, 2);`;
    // Three spinning threads would use more than a second; one, 400 milliseconds.
    expect(Number(run(code).stdout)).toBeLessThan(60);
  });

  test('follows TAPEGRAD_ISA and TAPEGRAD_THREADS', () => {
    const code = 'const f = addon.facts(); console.log(f.isa, f.threads)';
    for (const isa of info.facts?.isasSupported ?? []) {
      const { stdout } = run(code, { TAPEGRAD_ISA: isa, TAPEGRAD_THREADS: '5' });
      expect(stdout.trim()).toBe(`${isa} 5`);
    }
  });

  test('is told what TAPEGRAD_ISA and TAPEGRAD_THREADS may be', () => {
    const isas = info.facts?.isasSupported.join(', ');
    expect(run('', { TAPEGRAD_ISA: 'avx9000' }).stderr).toContain(
      `RangeError: TAPEGRAD_ISA is 'avx9000'; want one that is built and supported here: ${isas}\n`,
    );
    expect(run('', { TAPEGRAD_THREADS: 'many' }).stderr).toContain(
      "RangeError: TAPEGRAD_THREADS is 'many'; want a whole number from 1 to 256\n",
    );
  });
});

describe('without an addon', () => {
  /** native.ts as if it were loaded for the first time, with the addon it is told of. */
  async function load(
    env: Record<string, string>,
  ): Promise<{ table: Kernels | undefined; said: string[] }> {
    const said: string[] = [];
    const before = { error: console.error, env: { ...process.env } };
    console.error = (line: string) => said.push(line);
    Object.assign(process.env, env);
    try {
      vi.resetModules();
      const module = await import('../src/kernels/native.ts');
      const table = module.loadNative();
      module.loadNative();
      return { table, said };
    } finally {
      console.error = before.error;
      process.env = before.env;
    }
  }

  const folder = mkdtempSync(join(tmpdir(), 'tapegrad-'));

  test('a missing file is told once, with how to mend it', async () => {
    const path = join(folder, 'none.node');
    const { table, said } = await load({ TAPEGRAD_ADDON: path });
    expect(table).toBeUndefined();
    expect(said).toHaveLength(1);
    expect(said[0]).toBe(
      `native kernels: ${path} cannot be loaded (Cannot find module '${path}'); using the slower reference kernels. \`npm run build:native\` builds them (C++20)`,
    );
  });

  test('a file that is no addon is told once', async () => {
    const broken = join(folder, 'tapegrad.node');
    copyFileSync(join(root, 'package.json'), broken);
    const { table, said } = await load({ TAPEGRAD_ADDON: broken });
    expect(table).toBeUndefined();
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(
      /^native kernels: .*tapegrad\.node cannot be loaded \(.+\); using the slower reference kernels\./,
    );
  });

  test('an addon of another version is told once, with a kernel that it lacks', async () => {
    const path = join(folder, 'tapegrad.cjs');
    writeFileSync(path, 'exports.kernels = {};');
    const { table, said } = await load({ TAPEGRAD_ADDON: path });
    expect(table).toBeUndefined();
    expect(said).toEqual([
      `native kernels: ${path} is of another version, without add; using the slower reference kernels. \`npm run build:native\` builds them (C++20)`,
    ]);
  });
});
