import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Variable } from '../../src/core/tensor.ts';
import { Dataset } from '../../src/data/dataset.ts';
import { decodePng } from '../../src/io/png.ts';
import { loadSafetensors } from '../../src/io/safetensors.ts';
import { kernels } from '../../src/kernels/active.ts';
import { reference } from '../../src/kernels/reference.ts';
import { curveAe } from '../../src/programs/curve-ae.ts';
import { denseAe } from '../../src/programs/dense-ae.ts';
import { defineProgram } from '../../src/programs/program.ts';
import type { Display } from '../../src/programs/run.ts';
import { type TrainOptions, train } from '../../src/programs/train.ts';
import { temporaryFolder, tinyMnist } from './tiny-mnist.ts';

const data = tinyMnist();

function listening(): Display & { lines: string[]; counts: string[] } {
  const lines: string[] = [];
  const counts: string[] = [];
  return {
    lines,
    counts,
    print: (line) => lines.push(line),
    progress: (label, done, total) => counts.push(`${label} ${done}/${total}`),
    end: () => counts.push('end'),
  };
}

async function trainDenseAe(options: TrainOptions<typeof denseAe.options> = {}) {
  const display = listening();
  const out = temporaryFolder();
  await train(denseAe, { steps: 3, batchSize: 8, data, out, ...options }, { display });
  return {
    display,
    read: (file: string) => readFileSync(join(out, file)),
    out,
  };
}

async function message(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => 'nothing was thrown', String);
}

describe('train', () => {
  it('leaves configuration, metrics, pictures and the curve in its folder', async () => {
    const { display, read, out } = await trainDenseAe({ backend: 'reference' });
    expect(readdirSync(out).sort()).toEqual([
      'config.json',
      'loss.svg',
      'metrics.jsonl',
      'original.png',
      'reconstructed.png',
      'weights.safetensors',
    ]);
    const config = JSON.parse(read('config.json').toString());
    expect(config).toMatchObject({
      program: 'dense-ae',
      options: { steps: 3, batchSize: 8, learningRate: 0.001, seed: 0, data, out },
      kernels: 'reference (TypeScript), 1 thread',
      source: `MNIST from ${data}`,
    });
    const [first = ''] = read('metrics.jsonl').toString().split('\n');
    expect(first).toMatch(/^{"step":0,"loss":0\.\d{6,7}}$/);
    const loss = JSON.parse(first).loss.toFixed(6);
    expect(display.lines).toEqual([
      'kernels  reference (TypeScript), 1 thread',
      `output   ${out}`,
      `data     MNIST from ${data}`,
      `step 0 loss: ${loss}`,
      `Original Images       ${join(out, 'original.png')}`,
      `Reconstructed Images  ${join(out, 'reconstructed.png')}`,
    ]);
    expect(display.counts).toEqual(['end', 'step 1/4', 'step 2/4', 'step 3/4', 'step 4/4', 'end']);
    for (const file of ['original.png', 'reconstructed.png']) {
      expect(decodePng(read(file))).toMatchObject({ width: 448, height: 448, channels: 1 });
    }
    const original = decodePng(read('original.png'));
    expect(original.data[20 * 448 + 20]).toBe(255); // the square of the first image
    expect(original.data[0]).toBe(0);
    expect(read('loss.svg').toString()).toContain('dense-ae: loss');
  });

  it('gives the same bits for the same seed, others for another', async () => {
    const [once, again, other] = [
      await trainDenseAe({ seed: 5 }),
      await trainDenseAe({ seed: 5 }),
      await trainDenseAe({ seed: 6 }),
    ].map(({ read }) => ['metrics.jsonl', 'reconstructed.png'].map((f) => read(f).toString('hex')));
    expect(again).toEqual(once);
    expect(other?.[0]).not.toBe(once?.[0]);
    expect(other?.[1]).not.toBe(once?.[1]);
  });

  it.skipIf(kernels() === reference)('gives the same bits on one thread and on two', async () => {
    const [one, two] = [await trainDenseAe({ threads: 1 }), await trainDenseAe({ threads: 2 })];
    expect(one.display.lines[0]).toMatch(/^kernels {2}native \(\w+\), 1 thread$/);
    expect(two.display.lines[0]).toMatch(/^kernels {2}native \(\w+\), 2 threads$/);
    expect(one.read('metrics.jsonl')).toEqual(two.read('metrics.jsonl'));
    expect(one.read('reconstructed.png')).toEqual(two.read('reconstructed.png'));
  });

  it('starts its metrics anew in a folder that holds an earlier run', async () => {
    const { out, read } = await trainDenseAe();
    await trainDenseAe({ out });
    expect(read('metrics.jsonl').toString().trim().split('\n')).toHaveLength(1);
  });

  it('removes what an earlier run wrote in its folder, pictures too, and nothing else', async () => {
    const { out } = await trainDenseAe();
    writeFileSync(join(out, 'mine.png'), 'mine');
    await train(counting, { out, last: 1 }, { display: listening() });
    expect(readdirSync(out).sort()).toEqual([
      'config.json',
      'loss.svg',
      'metrics.jsonl',
      'mine.png',
    ]);
  });

  it('removes nothing outside the folder, whatever a config.json tells', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'run');
    mkdirSync(out);
    writeFileSync(join(folder, 'mine'), 'mine');
    writeFileSync(join(out, 'config.json'), '{"files":["../mine",3]}');
    await train(counting, { out, last: 1 }, { display: listening() });
    expect(readdirSync(folder).sort()).toEqual(['mine', 'run']);
  });

  it('makes no folder, and leaves an earlier run as it was, when the data cannot be loaded', async () => {
    const nowhere = join(temporaryFolder(), 'nowhere');
    const fresh = join(temporaryFolder(), 'run');
    const { out, read } = await trainDenseAe();
    const before = [readdirSync(out), read('config.json')];
    for (const folder of [fresh, out]) {
      const failed = train(denseAe, { data: nowhere, out: folder }, { display: listening() });
      expect(await message(failed)).toMatch(/^DataError: --data .*: there is no such folder; /);
    }
    expect(existsSync(fresh)).toBe(false);
    expect([readdirSync(out), read('config.json')]).toEqual(before);
  });

  const counting = defineProgram({
    name: 'counting',
    summary: 'Counts',
    post: 'none',
    options: { last: { type: 'number', default: 1e9, help: 'Where it ends' } },
    async run(run, { last }) {
      for await (const [step] of run.steps(Dataset.range(last))) run.log(step, { loss: 1 + step });
    },
  });

  it('has weights on disk from its first logged step on, and says once that a loss is lost', async () => {
    const out = temporaryFolder();
    const display = listening();
    const weight = new Variable([1], { name: 'w' });
    const diverging = defineProgram({
      ...counting,
      async run(run) {
        run.keep({ weightsByPath: () => new Map([['w', weight]]) });
        run.log(0, { loss: 1 });
        expect(
          loadSafetensors(join(out, 'weights.safetensors')).tensors.get('w')?.toArray(),
        ).toEqual([1]);
        run.log(1, { loss: Number.NaN });
        run.log(2, { loss: Number.NaN });
      },
    });
    await train(diverging, { out }, { display });
    expect(display.lines.filter((line) => line.includes('NaN'))).toEqual([
      'step 1: loss is NaN; a smaller --learning-rate may keep it finite',
    ]);
  });

  it('ends soon after its signal, and leaves what there is', async () => {
    const stop = new AbortController();
    const out = temporaryFolder();
    setTimeout(() => stop.abort(new Error('enough')), 50);
    const display = listening();
    const result = await train(counting, { out }, { display, signal: stop.signal });
    expect(result).toMatchObject({ folder: out, stopped: true });
    const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
      step: result.lastStep,
      loss: 1 + (result.lastStep ?? 0),
    });
    expect(existsSync(join(out, 'loss.svg'))).toBe(true);
    expect(display.counts.at(-1)).toBe('end');
  });

  it('makes the folder before it trains where no data are loaded, and keeps the weights of a first epoch', async () => {
    const folder = temporaryFolder();
    const stop = new AbortController();
    stop.abort('now');
    const out = join(folder, 'stopped');
    const display = listening();
    const result = await train(curveAe, { out, points: 100 }, { display, signal: stop.signal });
    expect(result).toMatchObject({ stopped: true, lastStep: undefined });
    expect(readdirSync(out).sort()).toEqual([
      'config.json',
      'metrics.jsonl',
      'weights.safetensors',
    ]);

    const file = join(folder, 'file');
    writeFileSync(file, '');
    const other = listening();
    expect(await message(train(curveAe, { out: file, points: 100 }, { display: other }))).toContain(
      `${file}: the folder cannot be made`,
    );
    expect(other.lines.filter((line) => line.startsWith('Epoch'))).toEqual([]);
  });

  it('passes errors of the program on, and leaves what there is', async () => {
    const out = temporaryFolder();
    const failing = defineProgram({
      ...counting,
      async run(run) {
        run.log(0, { accuracy: 0 });
        throw new Error('went wrong');
      },
    });
    expect(await message(train(failing, { out }, { display: listening() }))).toBe(
      'Error: went wrong',
    );
    expect(readdirSync(out).sort()).toEqual(['config.json', 'metrics.jsonl']);
  });

  it('puts the kernels back that were in use', async () => {
    const before = kernels();
    await train(
      counting,
      { last: 1, out: temporaryFolder(), backend: 'reference' },
      { display: listening() },
    );
    expect(kernels()).toBe(before);
  });

  it('refuses options that are not what they must be, before it makes a folder', async () => {
    const out = join(temporaryFolder(), 'run');
    expect(await message(train(denseAe, { steps: -1, out }))).toBe(
      'OptionError: train: steps is -1; want a whole number of at least 0',
    );
    expect(await message(train(denseAe, { stepz: 1, out } as object))).toBe(
      'OptionError: train: dense-ae has no option stepz; want steps, batchSize, learningRate, seed, data, out, threads, backend, eager',
    );
    expect(existsSync(out)).toBe(false);
  });
});
