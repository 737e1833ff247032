import { describe, expect, it } from 'vitest';
import { decodePng } from '../../src/io/png.ts';
import { convAe } from '../../src/programs/conv-ae.ts';
import { deepAe } from '../../src/programs/deep-ae.ts';
import {
  decodeMessage,
  decodeTensor,
  messageAt,
  messagesAt,
  splitRecords,
  textAt,
} from '../io/event-reader.ts';
import { type Started, start } from './started.ts';
import { tinyMnist } from './tiny-mnist.ts';

const data = tinyMnist();

/** Tags of the summaries in an event file, and the pictures in it. */
function logged(
  run: Started,
  folder: string,
): { tags: string[]; images: Buffer[]; graphs: number } {
  const name = run.files.find((file) => file.startsWith(`${folder}/events`)) ?? '';
  const events = splitRecords(run.events(name)).map(decodeMessage);
  const summaries = events.flatMap((event) =>
    event.has(5) ? messagesAt(messageAt(event, 5), 1) : [],
  );
  const images = summaries
    .filter((value) => textAt(value, 1) === 'images')
    .flatMap((value) => decodeTensor(messageAt(value, 8)).strings.slice(2));
  return {
    tags: summaries.map((value) => textAt(value, 1)),
    images,
    graphs: events.filter((event) => event.has(4)).length,
  };
}

describe('deep-ae', () => {
  it('learns a few squares by heart, line by line as the post prints', async () => {
    const options = { epochs: 60, every: 30, batchSize: 8, learningRate: 2e-3, data };
    const run = await start(deepAe, options);
    const printed = run.lines.filter((line) => line.startsWith('Epoch'));
    expect(printed).toHaveLength(2);
    const losses = printed.map((line) =>
      /^Epoch: (30|60), train_loss: (\d\.\d{5}), val_loss: (\d\.\d{5})$/.exec(line)?.map(Number),
    );
    expect(losses[1]?.[3]).toBeLessThan(0.1); // of black and white squares at −1 and 1
    expect(run.metrics.map(({ epoch }) => epoch)).toEqual(
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
    expect(run.metrics[0]?.val_loss).toBeGreaterThan(4 * (run.metrics[59]?.val_loss ?? 1));
  });

  it('leaves the pictures of the post, in files and for TensorBoard', async () => {
    const run = await start(deepAe, { epochs: 2, every: 1, batchSize: 30, data });
    expect(run.files).toEqual([
      'config.json',
      'decoded-0-0-5.png',
      'loss.svg',
      'metrics.jsonl',
      'scatter.html',
      'scatter.png',
      'scatter.svg',
      'simple_autoencoder/train/codes-metadata.tsv',
      'simple_autoencoder/train/codes-sprite.png',
      'simple_autoencoder/train/codes.tsv',
      'simple_autoencoder/train/events.out.tfevents',
      'simple_autoencoder/train/projector_config.pbtxt',
      'simple_autoencoder/val/events.out.tfevents',
      'train-001.png',
      'train-002.png',
      'val-001.png',
      'val-002.png',
      'weights.safetensors',
    ]);
    expect(decodePng(run.read('decoded-0-0-5.png'))).toMatchObject({ width: 112, height: 112 });
    for (const name of ['train', 'val']) {
      const { tags, images, graphs } = logged(run, `simple_autoencoder/${name}`);
      expect(tags).toEqual(['images', 'loss', 'images', 'loss']);
      expect(graphs).toBe(1);
      expect(images).toHaveLength(6);
      for (const image of images) expect(decodePng(image)).toMatchObject({ width: 56, height: 28 });
      // The left half is the original: a white square on black.
      const { data: pixels = new Uint8Array() } = decodePng(images[0] ?? Buffer.alloc(0));
      const left = pixels.filter((_, i) => i % 56 < 28);
      expect([...new Set(left)].sort()).toEqual([0, 255]);
    }
  });
});

describe('conv-ae', () => {
  it('prints and logs as deep-ae does, every five epochs unless told', async () => {
    const run = await start(convAe, { epochs: 5, batchSize: 59, data });
    expect(run.lines.filter((line) => line.startsWith('Epoch'))).toEqual([
      expect.stringMatching(/^Epoch: 5, train_loss: \d\.\d{5}, val_loss: \d\.\d{5}$/),
    ]);
    expect(logged(run, 'conv_autoencoder/val').images).toHaveLength(3);
    expect(run.files).toContain('val-005.png');
  });
});
