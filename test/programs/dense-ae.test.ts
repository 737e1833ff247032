import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePng } from '../../src/io/png.ts';
import { denseAe } from '../../src/programs/dense-ae.ts';
import { train } from '../../src/programs/train.ts';
import { temporaryFolder, tinyMnist } from './tiny-mnist.ts';

describe('dense-ae', () => {
  it('learns a few squares by heart: the loss falls and the pictures come out', async () => {
    const out = temporaryFolder();
    const lines: string[] = [];
    const display = { print: (line: string) => lines.push(line), progress() {}, end() {} };
    const options = { steps: 1000, batchSize: 4, learningRate: 5e-3, data: tinyMnist(), out };
    await train(denseAe, options, { display });
    const losses = lines
      .flatMap((line) => /^step \d+ loss: (.*)$/.exec(line)?.[1] ?? [])
      .map(Number);
    expect(losses).toHaveLength(2);
    expect(losses[0]).toBeGreaterThan(0.2); // sigmoids near one half against black and white
    expect(losses[1]).toBeLessThan(0.02);
    const [original, reconstructed] = ['original.png', 'reconstructed.png'].map(
      (file) => decodePng(readFileSync(join(out, file)), file).data,
    );
    const wrong = original?.filter((grey, i) => Math.abs(grey - (reconstructed?.[i] ?? 0)) > 128);
    expect((wrong?.length ?? Infinity) / (original?.length ?? 1)).toBeLessThan(0.02);
  });
});
