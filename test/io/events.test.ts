import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OptionError } from '../../src/core/errors.ts';
import { tensor } from '../../src/core/tensor.ts';
import { SummaryWriter } from '../../src/io/events.ts';
import { decodePng, encodePng } from '../../src/io/png.ts';
import {
  decodeMessage,
  decodeTensor,
  doubleAt,
  floatAt,
  type Message,
  messageAt,
  messagesAt,
  numberAt,
  splitRecords,
  textAt,
} from './event-reader.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapegrad-events-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const eventsIn = (path: string): Message[] => splitRecords(readFileSync(path)).map(decodeMessage);

/** What one call of a writer wrote: the step and the value of its summary. */
function logged(log: (writer: SummaryWriter) => void): { step: number; value: Message } {
  const writer = new SummaryWriter(folder);
  log(writer);
  writer.close();
  const [, event] = eventsIn(writer.path);
  if (event === undefined) throw new Error('nothing was logged');
  return { step: numberAt(event, 2), value: messageAt(event, 5, 1) };
}
const pluginOf = (value: Message) => textAt(messageAt(value, 9, 1), 1);

describe('SummaryWriter', () => {
  it('makes the folder and a file that TensorBoard knows by name and by its first event', () => {
    const before = Date.now() / 1000;
    const writer = new SummaryWriter(join(folder, 'run', 'train'));
    const file = basename(writer.path);
    expect(readdirSync(join(folder, 'run', 'train'))).toEqual([file]);
    expect(file).toMatch(/^events\.out\.tfevents\.\d{10}\..+\.0$/);
    expect(file).toContain(hostname());
    const [first] = eventsIn(writer.path);
    expect(textAt(first ?? new Map(), 3)).toBe('brain.Event:2');
    expect(doubleAt(first ?? new Map(), 1)).toBeGreaterThanOrEqual(before);
    writer.close();
  });

  it('gives every writer of a folder a file of its own', () => {
    const writers = [new SummaryWriter(folder), new SummaryWriter(folder)];
    expect(readdirSync(folder)).toHaveLength(2);
    for (const writer of writers) writer.close();
  });

  it('logs scalars in the classic form, NaN too', () => {
    const { step, value } = logged((writer) => writer.scalar('loss', 0.2378, 20_000));
    expect([step, textAt(value, 1), floatAt(value, 2)]).toEqual([
      20_000,
      'loss',
      Math.fround(0.2378),
    ]);
    expect([...value.keys()]).toEqual([1, 2]);
    expect(floatAt(logged((writer) => writer.scalar('loss', Number.NaN, 0)).value, 2)).toBeNaN();
  });

  it('logs the first images of a batch as PNG files with their size', () => {
    const images = tensor(
      Float32Array.from({ length: 4 * 6 }, (_, i) => i / 24),
      [4, 2, 3, 1],
    );
    const { value } = logged((writer) => writer.image('images', images, 5));
    const { type, shape, strings } = decodeTensor(messageAt(value, 8));
    expect([pluginOf(value), type, shape]).toEqual(['images', 7, [5]]);
    expect(strings.slice(0, 2).map(String)).toEqual(['3', '2']);
    const second = decodePng(strings[3] ?? new Uint8Array(0));
    expect([...second.data]).toEqual([6, 7, 8, 9, 10, 11].map((i) => Math.round((255 * i) / 24)));
    const fewer = logged((writer) => writer.image('images', images, 5, { maxImages: 1 }));
    expect(decodeTensor(messageAt(fewer.value, 8)).shape).toEqual([3]);
  });

  it('logs PNG files as they are', () => {
    const png = encodePng({ width: 2, height: 1, channels: 1, data: Uint8Array.of(1, 2) });
    const { value } = logged((writer) => writer.image('strip', png, 0));
    const { strings } = decodeTensor(messageAt(value, 8));
    expect(strings.map((text) => text.toString('latin1'))).toEqual([
      '2',
      '1',
      Buffer.from(png).toString('latin1'),
    ]);
  });

  it('logs histograms as rows of left, right and count', () => {
    const { value } = logged((writer) =>
      writer.histogram('weights', tensor([0, 1, 1, 2]), 1, { buckets: 2 }),
    );
    const { type, shape, doubles } = decodeTensor(messageAt(value, 8));
    expect([pluginOf(value), type, shape]).toEqual(['histograms', 2, [2, 3]]);
    expect(doubles).toEqual([0, 1, 1, 1, 2, 3]);
    const usual = logged((writer) => writer.histogram('weights', [1, 2, 3], 1));
    expect(decodeTensor(messageAt(usual.value, 8)).shape).toEqual([30, 3]);
  });

  it('logs text', () => {
    const { value } = logged((writer) => writer.text('note', '**3 values** für einen Code', 0));
    const { type, shape, strings } = decodeTensor(messageAt(value, 8));
    expect([pluginOf(value), type, shape]).toEqual(['text', 7, []]);
    expect(strings.map(String)).toEqual(['**3 values** für einen Code']);
  });

  it('logs the graph', () => {
    const writer = new SummaryWriter(folder);
    writer.graph([{ name: 'x', op: 'Input' }]);
    writer.close();
    const [, event] = eventsIn(writer.path);
    const nodes = messagesAt(messageAt(event ?? new Map(), 4), 1);
    expect(nodes.map((node) => textAt(node, 1))).toEqual(['x']);
  });

  it('has handed every event to the system before the next, so that a crash loses none', () => {
    const writer = new SummaryWriter(folder);
    for (let step = 0; step < 20; step++) {
      writer.scalar('loss', step, step);
      expect(eventsIn(writer.path)).toHaveLength(step + 2);
    }
    writer.close();
  });

  it('says what it refuses', () => {
    const writer = new SummaryWriter(folder);
    expect(() => writer.scalar('', 1, 1)).toThrow(
      new OptionError('SummaryWriter: tag is ""; want a name'),
    );
    expect(() => writer.scalar('loss', 1, 1.5)).toThrow(
      new OptionError('SummaryWriter: step is 1.5; want a whole number of at least 0'),
    );
    expect(() => writer.histogram('w', [1], 0, { buckets: 0 })).toThrow(
      new OptionError('histogram: buckets is 0; want a whole number of at least 1', { buckets: 0 }),
    );
    const picture = { width: 1, height: 1, channels: 1, data: Uint8Array.of(1) };
    expect(() => writer.image('i', picture, 0, { maxImages: 0 })).toThrow(
      new OptionError('image: maxImages is 0; want a whole number of at least 1', { maxImages: 0 }),
    );
    const wide = { width: 2, height: 1, channels: 1, data: Uint8Array.of(1, 2) };
    expect(() => writer.image('i', [picture, wide], 0)).toThrow(
      new OptionError('image: one image is 2 x 1 and the first 1 x 1; want images of one size'),
    );
    writer.close();
    writer.close();
    expect(() => writer.scalar('loss', 1, 1)).toThrow(
      new OptionError(`SummaryWriter: ${writer.path} is closed`),
    );
    expect(eventsIn(writer.path)).toHaveLength(1);
  });
});
