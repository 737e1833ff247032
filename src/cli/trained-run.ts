/** What the commands on a trained run share: which run it is, its codes, and where results go. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { lineChart } from '../io/chart.ts';
import { writeFileAtomically } from '../io/files.ts';
import { gridPicture } from '../io/pictures.ts';
import { encodePng } from '../io/png.ts';
import { concat, reshape, slice } from '../ops/index.ts';
import type { Autoencoder } from '../programs/autoencoder.ts';
import { restore, type TrainedRun } from '../programs/restore.ts';
import type { Positional } from './command.ts';
import { writeCsv } from './number-file.ts';

export const runArgument: Positional = {
  name: 'run',
  help: 'Folder of a trained run; the one of runs/ that ended last unless told',
  optional: true,
};

export interface OpenRun extends TrainedRun {
  readonly folder: string;
}

/** The run in a folder, or without one the newest; that one is named in a line. */
export function openRun(who: string, folder: string | undefined): OpenRun {
  const found = folder ?? newestRun(who);
  if (folder === undefined) console.log(`run      ${found}`);
  return { ...restore(found), folder: found };
}

/** The folder in `runs` whose weights were saved last. */
export function newestRun(who: string, runs = 'runs'): string {
  const folders = existsSync(runs) ? readdirSync(runs).map((name) => join(runs, name)) : [];
  const ended = folders
    .map((folder) => ({ folder, weights: join(folder, 'weights.safetensors') }))
    .filter(({ weights }) => existsSync(weights))
    .map(({ folder, weights }) => ({ folder, time: statSync(weights).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  if (ended[0] === undefined) {
    throw new DataError(
      `${who}: there is no trained run in ${runs}; want the folder of one, or npx tapegrad train deep-ae first`,
    );
  }
  return ended[0].folder;
}

/** Where a command's files go: the path without an ending. */
export const outOption = {
  type: 'text',
  value: 'PATH',
  help: 'Where its files go, without their endings; the name of the command in the folder of the run unless told',
} as const;

export function pathsFor(
  who: string,
  run: OpenRun,
  out: string | undefined,
): (ending: string) => string {
  const path = out?.replace(/\.(png|svg|html|csv|npy)$/, '') ?? join(run.folder, who);
  return (ending) => `${path}.${ending}`;
}

/** Codes as rows of numbers, [n, numbers in a code]. */
export function encodeRows({ encode, codeShape }: Autoencoder, samples: Tensor): Tensor {
  return inBatches(samples, (some) => reshape(encode(some), [-1, sizeOf(codeShape)]));
}

/** Samples [n, …] of codes as rows of numbers. */
export function decodeRows({ decode, codeShape }: Autoencoder, codes: Tensor): Tensor {
  return inBatches(codes, (some) => decode(reshape(some, [-1, ...codeShape])));
}

const batch = 500;

function inBatches(rows: Tensor, work: (some: Tensor) => Tensor): Tensor {
  const [count = 0, ...shape] = rows.shape;
  if (count <= batch) return work(rows);
  const parts: Tensor[] = [];
  for (let from = 0; from < count; from += batch) {
    const size = Math.min(batch, count - from);
    parts.push(work(slice(rows, [from, ...shape.map(() => 0)], [size, ...shape])));
  }
  return concat(parts, 0);
}

/** Writes decoded samples: images as one picture, points as a table and a chart. Says where. */
export function writeSamples(
  { autoencoder }: OpenRun,
  path: (ending: string) => string,
  decoded: { readonly codes: Tensor; readonly samples: Tensor },
  about: { title: string; scale?: number },
): void {
  const { samples } = decoded;
  const [count = 0, height = 1, width = 1] = samples.shape;
  if (autoencoder.loadImages === undefined) {
    writePoints(path, decoded, about.title);
    return;
  }
  const columns = Math.ceil(Math.sqrt(count));
  const grid = { height, width, columns, scale: about.scale ?? 4, spacing: count > 1 ? 1 : 0 };
  writeFileAtomically(path('png'), encodePng(gridPicture(samples.values, grid)));
  console.log(`picture  ${path('png')}`);
}

/** The chart is over the code where that is one number. */
function writePoints(
  path: (ending: string) => string,
  { codes, samples }: { readonly codes: Tensor; readonly samples: Tensor },
  title: string,
): void {
  const [count = 0, size = 0] = samples.shape;
  const [values, numbers] = [samples.data(), codes.data()];
  const points = Array.from({ length: count }, (_, i) =>
    Array.from(values.subarray(i * size, (i + 1) * size)),
  );
  const names = Array.from({ length: size }, (_, j) => `feature ${j}`);
  writeCsv(path('csv'), names, points);
  console.log(`points   ${path('csv')}`);

  const overCode = numbers.length === count;
  const order = Array.from(points.keys());
  if (overCode) order.sort((a, b) => (numbers[a] ?? 0) - (numbers[b] ?? 0));
  const series = names.map((name, j) => ({
    name,
    points: order.map((i) => [overCode ? (numbers[i] ?? 0) : i, points[i]?.[j] ?? 0] as const),
  }));
  const axes = { xLabel: overCode ? 'code' : 'point', yLabel: 'value' };
  writeFileAtomically(path('svg'), lineChart(series, { title, ...axes }));
  console.log(`picture  ${path('svg')}`);
}
