import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePng } from '../../src/io/png.ts';
import { denseAe } from '../../src/programs/dense-ae.ts';
import { train } from '../../src/programs/train.ts';
import { temporaryFolder, tinyMnist } from './tiny-mnist.ts';

const data = tinyMnist();

/** Trains up to a step and compares the two pictures: root of the mean square of the difference, white being 1. */
async function errorAfter(steps: number): Promise<number> {
  const out = temporaryFolder();
  const display = { print() {}, progress() {}, end() {} };
  await train(denseAe, { steps, batchSize: 8, learningRate: 1e-2, data, out }, { display });
  const [original, reconstructed] = ['original.png', 'reconstructed.png'].map(
    (file) => decodePng(readFileSync(join(out, file)), file).data,
  );
  const squares = Array.from(original ?? [], (grey, i) => {
    return ((grey - (reconstructed?.[i] ?? 0)) / 255) ** 2;
  });
  return Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
}

describe('dense-ae', () => {
  // On the reference kernels of a busy machine this takes a while.
  it('learns a few squares by heart, so that the pictures come out', {
    timeout: 120_000,
  }, async () => {
    const [before, after] = [await errorAfter(0), await errorAfter(150)];
    expect(before).toBeGreaterThan(0.3); // greys near one half against black and white
    expect(after).toBeLessThan(0.15);
  });
});
