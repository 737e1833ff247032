/** The samples that a command on a trained run is given: images by their numbers, a picture, or rows of numbers. */
import { DataError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import { fromArray, type Tensor } from '../core/tensor.ts';
import { ImageRows } from '../data/rows.ts';
import { readWhole } from '../io/files.ts';
import { decodePng } from '../io/png.ts';
import { avgPool, gather, reshape } from '../ops/index.ts';
import type { ValuesOf } from '../programs/options.ts';
import type { TrainedRun } from '../programs/restore.ts';
import { UsageError } from './command.ts';
import { withProgress } from './loading.ts';
import { readNumberRows } from './number-file.ts';
import { numberOf } from './parse.ts';

/** Options that name samples. */
export const sampleOptions = {
  images: { type: 'text', value: 'N,N,…', help: 'Test images by their numbers, from 0' },
  count: { type: 'number', whole: true, min: 1, help: 'The first so many test images' },
  file: {
    type: 'text',
    value: 'FILE',
    help: 'A picture, white on black (.png), or numbers (.npy, .csv)',
  },
  train: { type: 'flag', help: 'Images of the training set in place of the test set' },
  data: {
    type: 'text',
    value: 'DIR',
    help: 'Folder of the data files; the one of the run unless told',
  },
} as const;

export interface Samples {
  /** [n, …shape of a sample] */
  readonly values: Tensor;
  /** What each is called. */
  readonly names: readonly string[];
  /** The class of each, where there are classes. */
  readonly labels?: readonly number[];
  readonly classes?: readonly string[];
}

/** The samples that the options name; the first `count` unless they do. */
export async function readSamples(
  who: string,
  run: TrainedRun,
  options: ValuesOf<typeof sampleOptions>,
  count: number,
): Promise<Samples> {
  const { images, file } = options;
  const given = (['images', 'count', 'file'] as const).filter(
    (name) => options[name] !== undefined,
  );
  if (given.length > 1) {
    const came = given.map((name) => `--${name}`).join(' and ');
    throw new UsageError(`${who}: ${came} came in; want one of --images, --count and --file`);
  }
  if (file !== undefined) return samplesInFile(who, run, file);
  const wanted = options.count ?? count;
  const numbers = images === undefined ? undefined : numbersIn(who, images);
  const pool = await openPool(run, options, numbers ? undefined : wanted);
  if (numbers) return pool.take(who, numbers);
  return pool.take(who, [...Array(Math.min(wanted, pool.count)).keys()]);
}

/** Numbered samples to take from. */
export interface Pool {
  readonly count: number;
  take(who: string, numbers: readonly number[]): Samples;
}

/** The images of the run's data set, or, where a program has none, so many samples that it draws itself. */
export async function openPool(
  run: TrainedRun,
  from: { readonly train?: boolean; readonly data?: string | undefined },
  drawn = 1000,
): Promise<Pool> {
  const { loadImages, drawSamples, sampleShape } = run.autoencoder;
  if (loadImages === undefined) {
    const all = drawSamples?.(drawn) ?? fromArray(new Float32Array(0), [0, ...sampleShape]);
    return poolOf('point', drawn, (numbers) => ({ values: gather(all, int32(numbers)) }));
  }
  const data = from.data ?? (run.options.data as string | undefined);
  const set = await withProgress((onProgress) => loadImages({ data, onProgress }));
  console.log(`data     ${set.source}`);
  const { images, labels, count } = from.train ? set.train : set.test;
  const rows = new ImageRows(images, sampleShape);
  return poolOf(from.train ? 'training image' : 'test image', count, (numbers) => ({
    values: rows.gather(numbers),
    labels: numbers.map((number) => labels[number] ?? 0),
    classes: set.classes,
  }));
}

function poolOf(
  noun: string,
  count: number,
  samples: (numbers: readonly number[]) => Omit<Samples, 'names'>,
): Pool {
  return {
    count,
    take(who, numbers) {
      const outside = numbers.find((number) => number >= count);
      if (outside !== undefined) {
        throw new UsageError(
          `${who}: there is no ${noun} ${outside}; want numbers from 0 to ${count - 1}`,
          { number: outside, count },
        );
      }
      return { ...samples(numbers), names: numbers.map((number) => `${noun} ${number}`) };
    },
  };
}

function numbersIn(who: string, text: string): number[] {
  return text.split(',').map((word) => {
    const number = numberOf(word.trim());
    if (Number.isSafeInteger(number) && number >= 0) return number;
    throw new UsageError(
      `${who}: --images is ${text}; want whole numbers with commas between, such as 0,1,2`,
      { images: text },
    );
  });
}

function samplesInFile(who: string, run: TrainedRun, file: string): Samples {
  const { sampleShape, loadImages } = run.autoencoder;
  const [height = 1, width = 1] = sampleShape;
  if (file.endsWith('.png')) {
    if (loadImages === undefined) {
      throw new UsageError(
        `${who}: ${file} is a picture and ${run.program.name} is made for rows of ${height} numbers; want a .npy or .csv file`,
      );
    }
    return { values: imageInFile(file, height, width), names: [file] };
  }
  if (!/\.(npy|csv)$/.test(file)) {
    throw new UsageError(`${who}: --file is ${file}; want a file of .png, .npy or .csv`, { file });
  }
  const rows = readNumberRows(file, sizeOf(sampleShape));
  const names = [...Array(rows.shape[0]).keys()].map((row) => `row ${row}`);
  return { values: reshape(rows, [-1, ...sampleShape]), names };
}

/** A picture of the size wanted, or of a multiple of it, as brightness [1,h,w]: colours by their share in what eyes see. */
function imageInFile(file: string, height: number, width: number): Tensor {
  const { channels, data, ...size } = decodePng(readWhole(file), file);
  const times = size.width / width;
  if (!Number.isInteger(times) || size.height !== times * height) {
    throw new DataError(
      `${file}: it has ${size.width} x ${size.height} pixels; want ${width} x ${height}, or a multiple such as ${10 * width} x ${10 * height}`,
      { file, ...size },
    );
  }
  const grey = Float32Array.from({ length: size.width * size.height }, (_, pixel) => {
    const at = (channel: number) => (data[pixel * channels + channel] ?? 0) / 255;
    const light = channels < 3 ? at(0) : 0.299 * at(0) + 0.587 * at(1) + 0.114 * at(2);
    return channels % 2 === 0 ? light * at(channels - 1) : light; // what is transparent shows black
  });
  const whole = fromArray(grey, [1, size.height, size.width, 1]);
  return reshape(avgPool(whole, { ksize: times }), [1, height, width]);
}

function int32(numbers: readonly number[]): Tensor {
  return fromArray(Int32Array.from(numbers), [numbers.length]);
}
