/**
 * Logs that TensorBoard shows, without TensorFlow: event files are TFRecord files of Event messages (tensorflow's
 * event.proto and summary.proto; the numbers below are their fields').
 *
 * Scalars are written in the classic form, a bare `simple_value`, which every reader of event files knows. Images,
 * histograms and texts are written as TensorFlow 2 does, a tensor with the name of the plugin that shows it: only so do
 * several images share a tag, and histograms keep exactly the buckets that were counted.
 */
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { OptionError } from '../core/errors.ts';
import { checkOptions, whole } from '../core/options.ts';
import { Tensor } from '../core/tensor.ts';
import { makeFolder } from './files.ts';
import { encodeGraph, encodeShape, type GraphNode } from './graph.ts';
import { histogramOf } from './histogram.ts';
import { littleEndianBytes } from './little-endian.ts';
import { decodePng, encodePng, type Picture } from './png.ts';
import { bytes, double, float, integer, message } from './protobuf.ts';
import { picturesOf } from './tensor-pictures.ts';
import { frameRecord } from './tfrecord.ts';

/** A tensor [n,h,w,c] as `picturesOf` takes it, pictures, or whole PNG files. */
export type Images = Tensor | Picture | Uint8Array | readonly (Picture | Uint8Array)[];

/** TensorFlow's DataType, and TensorBoard's DataClass. */
const float64 = 2;
const string = 7;
const dense = 2;
const blobs = 3;

/**
 * Writes one event file in a folder, which is then a run of TensorBoard. Every event is handed to the system whole as it
 * is logged, so a crash of the program loses none; `flush` guards against a crash of the machine.
 */
export class SummaryWriter {
  readonly path: string;
  private file: number | undefined;

  constructor(folder: string) {
    makeFolder(folder);
    const name = `events.out.tfevents.${Math.floor(Date.now() / 1000)}.${hostname()}`;
    [this.path, this.file] = openNew(join(folder, name));
    this.append(0, bytes(3, 'brain.Event:2'));
  }

  /** One point of a curve. */
  scalar(tag: string, value: number, step: number): void {
    this.summary(tag, step, float(2, value));
  }

  /** The first `maxImages` (3 unless told) of some images of one size. */
  image(tag: string, images: Images, step: number, options: { maxImages?: number } = {}): void {
    checkOptions('image', options, { maxImages: whole(1) });
    const { maxImages = 3 } = options;
    const pngs = pngsOf(images, maxImages);
    const [first] = pngs;
    if (first === undefined) return;
    const texts = [`${first.width}`, `${first.height}`, ...pngs.map(({ png }) => png)];
    const tensor = message(
      integer(1, string),
      bytes(2, encodeShape([texts.length])),
      ...texts.map((text) => bytes(8, text)),
    );
    this.summary(tag, step, bytes(8, tensor), pluginMetadata('images', blobs));
  }

  /** How values are spread: weights, gradients, activations. */
  histogram(
    tag: string,
    values: Tensor | ArrayLike<number>,
    step: number,
    options: { buckets?: number } = {},
  ): void {
    checkOptions('histogram', options, { buckets: whole(1) });
    const { buckets = 30 } = options;
    const rows = histogramOf(values instanceof Tensor ? values.values : values, buckets);
    const tensor = message(
      integer(1, float64),
      bytes(2, encodeShape([buckets, 3])),
      bytes(4, littleEndianBytes(Float64Array.from(rows.flat()))),
    );
    this.summary(tag, step, bytes(8, tensor), pluginMetadata('histograms', dense));
  }

  /** A note in Markdown. */
  text(tag: string, markdown: string, step: number): void {
    const tensor = message(integer(1, string), bytes(2, encodeShape([])), bytes(8, markdown));
    this.summary(tag, step, bytes(8, tensor), pluginMetadata('text', dense));
  }

  /** The graph of the run; `graphOfTape` makes one of what a tape recorded. */
  graph(nodes: readonly GraphNode[]): void {
    this.append(0, bytes(4, encodeGraph(nodes)));
  }

  /** Waits until all that was logged is on the disk. */
  flush(): void {
    fsyncSync(this.openFile());
  }

  /** Flushes, and ends the file; closing twice does no harm. */
  close(): void {
    if (this.file === undefined) return;
    this.flush();
    closeSync(this.file);
    this.file = undefined;
  }

  private summary(tag: string, step: number, value: Uint8Array, metadata?: Uint8Array): void {
    if (typeof tag !== 'string' || tag === '') {
      throw new OptionError(`SummaryWriter: tag is ${JSON.stringify(tag)}; want a name`);
    }
    const fields = metadata === undefined ? [value] : [value, bytes(9, metadata)];
    this.append(step, bytes(5, bytes(1, message(bytes(1, tag), ...fields))));
  }

  private append(step: number, what: Uint8Array): void {
    if (!Number.isSafeInteger(step) || step < 0) {
      throw new OptionError(`SummaryWriter: step is ${step}; want a whole number of at least 0`);
    }
    const event = message(double(1, Date.now() / 1000), integer(2, step), what);
    writeFileSync(this.openFile(), frameRecord(event));
  }

  private openFile(): number {
    if (this.file === undefined) throw new OptionError(`SummaryWriter: ${this.path} is closed`);
    return this.file;
  }
}

/** Two writers may start in one second; each gets a file of its own. */
function openNew(path: string): [path: string, file: number] {
  for (let n = 0; ; n++) {
    try {
      return [`${path}.${n}`, openSync(`${path}.${n}`, 'ax')];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function pluginMetadata(plugin: string, dataClass: number): Uint8Array {
  return message(bytes(1, bytes(1, plugin)), integer(4, dataClass));
}

interface Png {
  readonly width: number;
  readonly height: number;
  readonly png: Uint8Array;
}

function pngsOf(images: Images, maxImages: number): Png[] {
  const list =
    images instanceof Tensor
      ? picturesOf(images, maxImages)
      : Array.isArray(images)
        ? images
        : [images];
  const pngs = list.slice(0, maxImages).map((image: Picture | Uint8Array): Png => {
    if (image instanceof Uint8Array) {
      const { width, height } = decodePng(image, 'image');
      return { width, height, png: image };
    }
    return { width: image.width, height: image.height, png: encodePng(image) };
  });
  const [first] = pngs;
  const other = pngs.find((png) => png.width !== first?.width || png.height !== first?.height);
  if (first !== undefined && other !== undefined) {
    throw new OptionError(
      `image: one image is ${other.width} x ${other.height} and the first ${first.width} x ${first.height}; want images of one size`,
    );
  }
  return pngs;
}
