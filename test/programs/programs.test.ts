/** What holds of every program: files, plans that change nothing, a run that can be picked up, an end on a signal. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GradientTape } from '../../src/core/tape.ts';
import { fromArray, type Tensor } from '../../src/core/tensor.ts';
import { loadSafetensors } from '../../src/io/safetensors.ts';
import { programs } from '../../src/programs/index.ts';
import type { Options } from '../../src/programs/options.ts';
import type { Program } from '../../src/programs/program.ts';
import { restore } from '../../src/programs/restore.ts';
import type { TrainOptions } from '../../src/programs/train.ts';
import { thrown } from '../thrown.ts';
import { type Started, start } from './started.ts';
import { temporaryFolder, tinyMnist } from './tiny-mnist.ts';

const data = tinyMnist();

/** As short as it can be and still replay a plan: five steps of one shape. */
const short: { readonly [name: string]: TrainOptions<Options> } = {
  'dense-ae': { steps: 5, batchSize: 8, data },
  'deep-ae': { epochs: 1, every: 1, batchSize: 12, data },
  'conv-ae': { epochs: 1, every: 1, batchSize: 12, data },
  'curve-ae': { epochs: 1, points: 100, batchSize: 16 },
  'conv-bce-ae': { epochs: 1, batchSize: 12, data },
  vae: { steps: 5, batchSize: 16, data },
};
const shapes: { readonly [name: string]: { sample: number[]; code: number[] } } = {
  'dense-ae': { sample: [28, 28], code: [64] },
  'deep-ae': { sample: [28, 28], code: [3] },
  'conv-ae': { sample: [28, 28], code: [2, 2, 8] },
  'curve-ae': { sample: [4], code: [1] },
  'conv-bce-ae': { sample: [28, 28], code: [16, 16, 1] },
  vae: { sample: [28, 28], code: [20] },
};

const trainsOne = programs.filter(({ autoencoder }) => autoencoder !== undefined);

function samplesOf(shape: readonly number[]): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: 3 * size }, (_, i) => 0.5 + 0.5 * Math.sin(i * 0.7));
  return fromArray(values, [3, ...shape]);
}

describe.each(trainsOne.map((program) => [program.name, program] as const))('%s', (name, one) => {
  const program = one as Program<Options>;
  let run: Started;
  beforeAll(async () => {
    run = await start(program, short[name] ?? {});
  }, 60_000);

  it('leaves configuration, metrics, curve and weights', () => {
    expect(run.files).toEqual(
      expect.arrayContaining(['config.json', 'loss.svg', 'metrics.jsonl', 'weights.safetensors']),
    );
    expect(run.metrics.length).toBeGreaterThan(0);
    for (const line of run.metrics) {
      expect(Object.values(line).every(Number.isFinite)).toBe(true);
    }
  });

  it('computes the same with plans and without', async () => {
    const eager = await start(program, { ...short[name], eager: true });
    expect(eager.metrics).toEqual(run.metrics);
    const [one, other] = [eager, run].map(({ read }) => read('weights.safetensors'));
    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
  }, 60_000);

  it('is restored from its folder with its weights', () => {
    const { autoencoder, options } = restore(run.out);
    expect(options).toMatchObject(short[name] ?? {});
    expect(autoencoder.sampleShape).toEqual(shapes[name]?.sample);
    expect(autoencoder.codeShape).toEqual(shapes[name]?.code);
    const saved = loadSafetensors(join(run.out, 'weights.safetensors')).tensors;
    const weights = autoencoder.weightsByPath();
    expect([...saved.keys()].sort()).toEqual([...weights.keys()].sort());
    for (const [path, weight] of weights) {
      const wanted = saved.get(path)?.data();
      expect(weight.data().every((value, i) => value === wanted?.[i])).toBe(true);
    }
    expect(autoencoder.summary().split('\n').length).toBeGreaterThan(3);

    const samples = samplesOf(autoencoder.sampleShape);
    const codes = autoencoder.encode(samples);
    expect(codes.shape).toEqual([3, ...autoencoder.codeShape]);
    const decoded = autoencoder.decode(codes);
    expect(decoded.shape).toEqual(samples.shape);
    if (autoencoder.loadImages !== undefined) {
      const values = decoded.data();
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...values)).toBeLessThanOrEqual(1);
    }
  });

  it('decodes with every weight that is no part of the encoder', () => {
    const { autoencoder } = restore(run.out);
    const weights = [...autoencoder.weightsByPath().values()];
    const tape = new GradientTape();
    const decoded = tape.record(() =>
      autoencoder.decode(autoencoder.encode(samplesOf(autoencoder.sampleShape))),
    );
    const gradients = tape.gradient(decoded, weights, { unconnected: 'none' });
    // The variational encoder's codes are its means: the logarithms of the variances have no part in them.
    const without = weights.filter((_, i) => gradients[i] === undefined).length;
    expect(without).toBe(name === 'vae' ? 2 : 0);
  });

  it('refuses samples and codes of other shapes', () => {
    const { autoencoder } = restore(run.out);
    const two = fromArray(new Float32Array(2), [1, 2]);
    expect(thrown(() => autoencoder.decode(two))).toBe(
      `ShapeError: decode: codes is [1,2]; want [n,${shapes[name]?.code}]`,
    );
    expect(thrown(() => autoencoder.encode(two))).toBe(
      `ShapeError: encode: samples is [1,2]; want [n,${shapes[name]?.sample}]`,
    );
  });

  it('ends soon after its signal and leaves weights and metrics that can be read', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort('SIGINT'), 300);
    const endless: { [option: string]: unknown } = { ...short[name] };
    for (const count of ['steps', 'epochs']) if (count in endless) endless[count] = 100_000;
    if ('patience' in program.options) endless.patience = 100_000;
    const stopped = await start(program, endless as TrainOptions<Options>, stop.signal);
    expect(stopped.result.stopped).toBe(true);
    expect(restore(stopped.out).autoencoder.weightsByPath().size).toBeGreaterThan(0);
  }, 60_000);
});

describe('restore', () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });
  const folderWith = (config: unknown) => {
    const folder = temporaryFolder();
    const text = typeof config === 'string' ? config : JSON.stringify(config);
    writeFileSync(join(folder, 'config.json'), text);
    return folder;
  };

  it('says what a folder lacks', () => {
    const empty = temporaryFolder();
    expect(thrown(() => restore(empty))).toBe(
      `DataError: ${empty}: it has no config.json; want the folder of a run`,
    );
    const nowhere = join(empty, 'nowhere');
    expect(thrown(() => restore(nowhere))).toBe(
      `DataError: ${nowhere}: there is no such folder; want the folder of a run`,
    );
    const early = folderWith({ program: 'deep-ae', options: {} });
    expect(thrown(() => restore(early))).toBe(
      `DataError: ${early}: it has no weights.safetensors; want a run that was trained to its end, or stopped after its first step`,
    );
  });

  it('says whose run a folder is that trained no autoencoder', () => {
    const experiment = folderWith({ program: 'features', options: {} });
    expect(thrown(() => restore(experiment))).toBe(
      `DataError: ${experiment}: it is a run of features; want one of dense-ae, deep-ae, conv-ae, curve-ae, conv-bce-ae, vae`,
    );
  });

  it('says what is wrong with a configuration', () => {
    const message = (config: unknown) => {
      const folder = folderWith(config);
      return thrown(() => restore(folder)).replace(join(folder, 'config.json'), 'FILE');
    };
    const wanted = 'want what tapegrad train wrote';
    expect(message({ options: {} })).toBe(`DataError: FILE: no program; ${wanted}`);
    expect(message({ program: 'vae' })).toBe(`DataError: FILE: no options; ${wanted}`);
    expect(message({ program: 'vae', options: { zDims: 'many' } })).toBe(
      'DataError: FILE: zDims is "many"; want a whole number of at least 1',
    );
    expect(message('{')).toMatch(/^DataError: FILE: it is no JSON \(.*\); want what/);
  });

  it('refuses the weights of another program', async () => {
    const run = await start(programs[0] as Program<Options>, short['dense-ae'] ?? {});
    const config = JSON.parse(run.read('config.json').toString());
    writeFileSync(join(run.out, 'config.json'), JSON.stringify({ ...config, program: 'deep-ae' }));
    expect(thrown(() => restore(run.out))).toBe(
      `DataError: ${join(run.out, 'weights.safetensors')}: it has no encoder.0.kernel; want the weights of deep-ae`,
    );
  });
});
