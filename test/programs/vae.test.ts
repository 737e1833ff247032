import { describe, expect, it } from 'vitest';
import { decodePng } from '../../src/io/png.ts';
import { vae } from '../../src/programs/vae.ts';
import { start } from './started.ts';
import { tinyMnist } from './tiny-mnist.ts';

const data = tinyMnist();
const line = /^step \d+: loss (\d\.\d{6}), reloss (\d\.\d{6}), klloss (\d\.\d{6})$/;

describe('vae', () => {
  it('prints the three losses as the post does and keeps the grids of every line', async () => {
    const run = await start(vae, { steps: 3, batchSize: 16, data });
    const [, loss, reloss, klloss] =
      run.lines.flatMap((text) => [line.exec(text) ?? []].filter((m) => m.length > 0))[0] ?? [];
    expect(Number(reloss) + Number(klloss)).toBeCloseTo(Number(loss), 5);
    expect(run.files).toEqual([
      'config.json',
      'loss.svg',
      'metrics.jsonl',
      'original-00000.png',
      'paths.png',
      'reconstructed-00000.png',
      'sampled.png',
      'weights.safetensors',
    ]);
    expect(decodePng(run.read('sampled.png'))).toMatchObject({ width: 448, height: 448 });
    expect(decodePng(run.read('paths.png'))).toMatchObject({ width: 1120, height: 448 });
  });

  it('has no KL term with a weight of 0', async () => {
    const run = await start(vae, { steps: 0, batchSize: 16, klWeight: 0, data });
    expect(run.metrics[0]).toMatchObject({ klloss: 0 });
    expect(run.metrics[0]?.loss).toBe(run.metrics[0]?.reloss);
  });

  it('learns squares: what it makes of them is near them', async () => {
    const options = { steps: 400, batchSize: 16, learningRate: 3e-3, klWeight: 0.01, data };
    const { metrics } = await start(vae, options);
    expect(metrics[0]?.reloss).toBeGreaterThan(0.6);
    expect(metrics.at(-1)?.reloss).toBeLessThan(0.1);
  });
});
