import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { OptionError } from '../core/errors.ts';
import { digits } from '../data/digits.ts';
import type { DrawnSetOptions } from '../data/drawn-set.ts';
import { garments } from '../data/garments.ts';
import type { ImageSet } from '../data/image-set.ts';
import {
  downloadSet,
  fashionMnist,
  isOffline,
  loadSet,
  mnist,
  type PublishedSet,
  publishedSets,
  setsIn,
  verifySet,
} from '../data/mnist.ts';
import { writeFileAtomically } from '../io/files.ts';
import { gridPicture } from '../io/pictures.ts';
import { encodePng } from '../io/png.ts';
import { type Command, defineCommand, UsageError } from './command.ts';
import { withProgress } from './loading.ts';
import { alignColumns } from './table.ts';

const drawn = { digits, garments };

/** Says where data comes from and what is in it, downloads it, verifies it, or draws a contact sheet. */
export const data: Command = defineCommand({
  name: 'data',
  summary: 'Shows, downloads, verifies or draws the data sets',
  positionals: [
    {
      name: 'action',
      help: 'What to do; without it, says where the data comes from and counts the classes',
      optional: true,
      choices: ['download', 'verify', 'sheet'],
    },
  ],
  options: {
    set: {
      type: 'text',
      choices: ['mnist', 'fashion-mnist', 'digits', 'garments'],
      help: 'Which set; mnist unless told, both published ones for download and verify',
    },
    data: {
      type: 'text',
      value: 'DIR',
      help: 'Folder of the four files, or one that holds mnist/ and fashion-mnist/',
    },
    out: { type: 'text', value: 'FILE', help: 'Where the contact sheet goes; SET.png unless told' },
    columns: {
      type: 'number',
      default: 20,
      whole: true,
      min: 1,
      max: 200,
      help: 'Images of each class on the contact sheet',
    },
  },
  async run({ options, positionals: [action] }) {
    const { set: name, data: folder } = options;
    if (action === 'download') return downloadAll(setsNamed(action, name), folder);
    if (action === 'verify') return verifyAll(setsToVerify(name, folder), folder);
    // A sheet takes the first images of each class; drawing all of a set for it would be slow.
    const few = { train: 40 * options.columns, test: 0 };
    const set = await load(name ?? 'mnist', folder, action === 'sheet' ? few : {});
    console.log(set.source);
    if (action === 'sheet') {
      const file = resolve(options.out ?? `${set.name}.png`);
      writeFileAtomically(file, contactSheet(set, options.columns));
      console.log(`contact sheet, a row for each class: ${file}`);
    } else {
      console.log(classCounts(set));
    }
    return 0;
  },
});

function setsNamed(action: string, name: string | undefined): readonly PublishedSet[] {
  const sets = publishedSets.filter((set) => name === undefined || set.name === name);
  if (sets.length === 0) {
    throw new UsageError(`data ${action}: ${name} are drawn by code; want mnist or fashion-mnist`);
  }
  return sets;
}

/** Those that were named, else those that are in the folder. */
function setsToVerify(
  name: string | undefined,
  folder: string | undefined,
): readonly PublishedSet[] {
  const known = name !== undefined || folder === undefined || !existsSync(folder);
  return known ? setsNamed('verify', name) : setsIn(folder);
}

async function load(
  name: keyof typeof drawn | PublishedSet['name'],
  folder: string | undefined,
  sizes: DrawnSetOptions,
): Promise<ImageSet> {
  if (name === 'digits' || name === 'garments') return drawn[name](sizes);
  const set = name === 'mnist' ? mnist : fashionMnist;
  return withProgress((onProgress) => loadSet(set, { data: folder, onProgress, drawn: sizes }));
}

async function downloadAll(
  sets: readonly PublishedSet[],
  folder: string | undefined,
): Promise<number> {
  if (folder !== undefined) {
    throw new UsageError(
      'data download: --data is a folder to read from; want TAPEGRAD_CACHE to say where downloads go',
    );
  }
  if (isOffline()) {
    throw new OptionError('data download: TAPEGRAD_OFFLINE is 1; want it unset to download');
  }
  for (const set of sets) {
    const to = await withProgress((onProgress) => downloadSet(set, { onProgress }));
    console.log(`${set.title}: complete in ${to}`);
  }
  return 0;
}

function verifyAll(sets: readonly PublishedSet[], folder: string | undefined): number {
  const states = sets.flatMap((set) => verifySet(set, { data: folder }));
  for (const { path, state, sha256 } of states) {
    console.log(state === 'damaged' ? `${state}  ${path}  sha256 ${sha256}` : `${state}  ${path}`);
  }
  const bad = states.filter(({ state }) => state !== 'good').length;
  const mend =
    folder === undefined
      ? 'npx tapegrad data download'
      : `want the files of ${sets.map((set) => set.title).join(' and ')} as published`;
  if (bad > 0) console.log(`${bad} of ${states.length} to mend: ${mend}`);
  return bad > 0 ? 1 : 0;
}

/** A table of how many images each class has, for training and for tests. */
export function classCounts(set: ImageSet): string {
  const count = (labels: Uint8Array, label: number) => labels.filter((l) => l === label).length;
  const rows = set.classes.map((name, label) => [
    name,
    String(count(set.train.labels, label)),
    String(count(set.test.labels, label)),
  ]);
  const all = ['all', String(set.train.count), String(set.test.count)];
  return alignColumns([['class', 'train', 'test'], ...rows, all], [1, 2]);
}

/** The first training images of each class, a row for each, as a PNG file. */
export function contactSheet(set: ImageSet, columns: number): Uint8Array {
  const { height, width, train } = set;
  const size = height * width;
  const values = new Float32Array(set.classes.length * columns * size);
  const placed = set.classes.map(() => 0);
  train.labels.forEach((label, i) => {
    const column = placed[label] ?? columns;
    if (column >= columns) return;
    placed[label] = column + 1;
    const to = (label * columns + column) * size;
    for (let at = 0; at < size; at++) values[to + at] = (train.images[i * size + at] ?? 0) / 255;
  });
  return encodePng(gridPicture(values, { height, width, columns, scale: 2, spacing: 1 }));
}
