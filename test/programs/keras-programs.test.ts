import { describe, expect, it } from 'vitest';
import { decodePng } from '../../src/io/png.ts';
import { convBceAe } from '../../src/programs/conv-bce-ae.ts';
import { curveAe } from '../../src/programs/curve-ae.ts';
import { start } from './started.ts';
import { tinyMnist } from './tiny-mnist.ts';

const epochLine =
  /^(\d+)\/\1 \[={30}\] - \d+s \d+\w+\/step - loss: (\d+\.\d{4}) - val_loss: (\d+\.\d{4})$/;

describe('curve-ae', () => {
  it('prints what Keras prints, and stops when the validation loss no longer falls', async () => {
    // Steps this large make the loss jump.
    const options = { points: 100, batchSize: 20, learningRate: 0.03, patience: 2, epochs: 200 };
    const run = await start(curveAe, options);
    const at = run.lines.indexOf('Epoch 1/200');
    expect(run.lines[at + 1]).toMatch(epochLine);
    expect(run.lines[at + 1]).toMatch(/^4\/4 /); // a fifth of the points is left out
    expect(run.lines[at + 2]).toBe('Epoch 2/200');
    const losses = run.metrics.map(({ val_loss }) => val_loss ?? 0);
    expect(losses.length).toBeLessThan(200);
    const best = losses.indexOf(Math.min(...losses));
    expect(best).toBe(losses.length - 3);
    expect(run.lines.some((line) => /^largest error \d+\.\d{6}$/.test(line))).toBe(true);
    expect(run.files).toContain('code.svg');
    expect(run.read('error.svg').toString()).toContain('e^z');
  });
});

describe('conv-bce-ae', () => {
  it('prints the table of the model and leaves the three rows of pictures', async () => {
    const run = await start(convBceAe, { epochs: 1, batchSize: 32, data: tinyMnist() });
    expect(run.lines.filter((line) => epochLine.test(line))).toHaveLength(1);
    const table = run.lines.find((line) => line.startsWith('Model: "')) ?? '';
    expect(table).toMatch(/\(Sequential\) +\(None, 16, 16, 1\) +609/);
    expect(table).toMatch(/\(Sequential\) +\(None, 28, 28, 1\) +609/);
    expect(table).toContain('Total params: 1,218');
    const { width, height } = decodePng(run.read('images.png'));
    expect(width / 10).toBeCloseTo(height / 3, -1);
  });
});
