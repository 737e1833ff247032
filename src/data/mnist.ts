/** MNIST and Fashion-MNIST: from a folder, the cache, or a mirror; or else a set drawn by code in their place. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DataError, OptionError } from '../core/errors.ts';
import {
  anything,
  checkOptions,
  flag,
  instanceOf,
  list,
  text,
  type Wants,
} from '../core/options.ts';
import { download, type Progress, sha256Of } from './download.ts';
import type { DrawnSet, DrawnSetOptions } from './drawn-set.ts';
import { readIdxImages, readIdxLabels } from './idx.ts';
import type { ImageSet, LabelledImages } from './image-set.ts';

export interface LoadOptions {
  /** A folder with the four files, or one that holds `mnist/` and `fashion-mnist/`. Nothing else is tried then. */
  readonly data?: string | undefined;
  /** Where downloads are kept; `cacheFolder()` unless told. */
  readonly cache?: string | undefined;
  /** Downloads nothing; TAPEGRAD_OFFLINE=1 does the same. */
  readonly offline?: boolean | undefined;
  /** Told before and while a file arrives. */
  readonly onProgress?: ((file: string, ...progress: Parameters<Progress>) => void) | undefined;
  /** Size and seed of the set that is drawn when there is no other. */
  readonly drawn?: DrawnSetOptions | undefined;
  /** Ends downloading and drawing when it is aborted, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Folders on the web to use in place of the known ones. */
  readonly mirrors?: readonly string[] | undefined;
}
const loadOptions: Wants<LoadOptions> = {
  data: text,
  cache: text,
  offline: flag,
  onProgress: anything,
  drawn: anything,
  signal: instanceOf(AbortSignal),
  mirrors: list,
};

/** Handwritten digits. Y. LeCun and C. Cortes, "The MNIST database of handwritten digits". */
export function loadMnist(options: LoadOptions = {}): Promise<ImageSet> {
  checkOptions('loadMnist', options, loadOptions);
  return loadSet(mnist, options);
}

/** Zalando's article images. H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST", 2017. */
export function loadFashionMnist(options: LoadOptions = {}): Promise<ImageSet> {
  checkOptions('loadFashionMnist', options, loadOptions);
  return loadSet(fashionMnist, options);
}

/** `$TAPEGRAD_CACHE`, else the folder for this under `$XDG_CACHE_HOME` or `~/.cache`. */
export function cacheFolder(): string {
  const { TAPEGRAD_CACHE, XDG_CACHE_HOME } = process.env;
  if (TAPEGRAD_CACHE) return resolve(TAPEGRAD_CACHE);
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'tapegrad');
}

/** Whether TAPEGRAD_OFFLINE forbids downloads. */
export function isOffline(): boolean {
  const { TAPEGRAD_OFFLINE: asked } = process.env;
  if (asked === '1') return true;
  if (!asked || asked === '0') return false;
  throw new OptionError(`TAPEGRAD_OFFLINE is '${asked}'; want 1, or nothing`, { asked });
}

/** One of the four files as published, and the checksum of what it unpacks to. */
interface PublishedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly unpackedSha256: string;
}

export interface PublishedSet {
  readonly name: 'mnist' | 'fashion-mnist';
  readonly title: string;
  readonly classes: readonly string[];
  readonly mirrors: readonly string[];
  readonly trainImages: PublishedFile;
  readonly trainLabels: PublishedFile;
  readonly testImages: PublishedFile;
  readonly testLabels: PublishedFile;
  /** The code that draws is large, and loaded where it is needed. */
  readonly drawInstead: () => Promise<DrawnSet>;
}

export const mnist: PublishedSet = {
  name: 'mnist',
  title: 'MNIST',
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  mirrors: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
  ],
  trainImages: {
    name: 'train-images-idx3-ubyte',
    bytes: 9_912_422,
    sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
    unpackedSha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte',
    bytes: 28_881,
    sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
    unpackedSha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  testImages: {
    name: 't10k-images-idx3-ubyte',
    bytes: 1_648_877,
    sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
    unpackedSha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte',
    bytes: 4_542,
    sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
    unpackedSha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
  drawInstead: async () => (await import('./digits.ts')).digitSet,
};

export const fashionMnist: PublishedSet = {
  name: 'fashion-mnist',
  title: 'Fashion-MNIST',
  classes: [
    ...['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat'],
    ...['Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
  ],
  mirrors: [
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  ],
  trainImages: {
    name: 'train-images-idx3-ubyte',
    bytes: 26_421_880,
    sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
    unpackedSha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte',
    bytes: 29_515,
    sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
    unpackedSha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
  },
  testImages: {
    name: 't10k-images-idx3-ubyte',
    bytes: 4_422_102,
    sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
    unpackedSha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte',
    bytes: 5_148,
    sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
    unpackedSha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
  },
  drawInstead: async () => (await import('./garments.ts')).garmentSet,
};

export const publishedSets: readonly PublishedSet[] = [mnist, fashionMnist];

function filesOf(set: PublishedSet): PublishedFile[] {
  return [set.trainImages, set.trainLabels, set.testImages, set.testLabels];
}

/** Finds or makes the set: see `LoadOptions`. */
export async function loadSet(set: PublishedSet, options: LoadOptions): Promise<ImageSet> {
  if (options.data !== undefined) {
    const folder = givenFolder(set, options.data);
    const mend = `Put a whole one in its place, or leave --data out`;
    const found = recognised(folder) ?? set;
    const instead = found === set ? '' : `, in place of ${set.title}`;
    return readSet(found, folder, `${found.title} from ${folder}${instead}`, mend);
  }
  const folder = join(options.cache ?? cacheFolder(), set.name);
  if (missingFrom(set, folder).length > 0) {
    const reason = await fetchMissing(set, folder, options);
    if (reason !== undefined) {
      const { drawSetInTurns } = await import('./drawn-set.ts');
      const instead = await set.drawInstead();
      const drawn = await drawSetInTurns(instead, options.drawn, options.signal);
      return { ...drawn, source: `${drawn.source}, in place of ${set.title}: ${reason}` };
    }
    return readSet(set, folder, `${set.title}, downloaded to ${folder}`);
  }
  return readSet(set, folder, `${set.title} from the cache ${folder}`);
}

/** The reason why the files could not be had, or undefined if they are there now. */
async function fetchMissing(
  set: PublishedSet,
  folder: string,
  options: LoadOptions,
): Promise<string | undefined> {
  const offline = options.offline ?? isOffline();
  if (offline) return `it is not in ${folder}, and downloads are switched off`;
  try {
    await downloadSet(set, options);
    return undefined;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof DataError)) throw error;
    const failures = error.facts.failures as string[] | undefined;
    // The cache may be where nothing can be written.
    if (failures === undefined) return `it cannot be downloaded: ${error.message}`;
    return `it is not in ${folder}, and no mirror delivered it (${failures.join('; ')})`;
  }
}

/** Brings the cache in order: files that are missing or damaged are downloaded. Returns the folder. */
export async function downloadSet(set: PublishedSet, options: LoadOptions = {}): Promise<string> {
  const folder = join(options.cache ?? cacheFolder(), set.name);
  for (const file of filesOf(set)) {
    if (stateOf(file, folder).state === 'good') continue;
    await download({
      mirrors: (options.mirrors ?? set.mirrors).map((mirror) => `${mirror}${file.name}.gz`),
      path: join(folder, `${file.name}.gz`),
      bytes: file.bytes,
      sha256: file.sha256,
      onProgress(done, total) {
        options.signal?.throwIfAborted();
        options.onProgress?.(`${file.name}.gz`, done, total);
      },
    });
  }
  return folder;
}

export interface FileState {
  readonly path: string;
  readonly state: 'good' | 'missing' | 'damaged';
  /** The checksum that was found, if there is a file. */
  readonly sha256?: string;
}

/** Compares the whole of each file with its published checksum. */
export function verifySet(set: PublishedSet, options: LoadOptions = {}): FileState[] {
  const folder =
    options.data === undefined
      ? join(options.cache ?? cacheFolder(), set.name)
      : givenFolder(set, options.data);
  return filesOf(set).map((file) => stateOf(file, folder));
}

function stateOf(file: PublishedFile, folder: string): FileState {
  const path = find(file, folder);
  if (path === undefined) return { path: join(folder, `${file.name}.gz`), state: 'missing' };
  const sha256 = sha256Of(path);
  const good = sha256 === file.sha256 || sha256 === file.unpackedSha256;
  return { path, state: good ? 'good' : 'damaged', sha256 };
}

/** The published sets in a folder: those whose names its folders have, else the one whose files it holds itself. */
export function setsIn(data: string): readonly PublishedSet[] {
  const named = publishedSets.filter(
    (set) => missingFrom(set, join(data, set.name)).length < filesOf(set).length,
  );
  return named.length > 0 ? named : [recognised(data) ?? mnist];
}

/** The published set that the labels in a folder are of; their files bear the same names in all. */
function recognised(folder: string): PublishedSet | undefined {
  for (const part of ['trainLabels', 'testLabels'] as const) {
    const set = publishedSets.find((one) => stateOf(one[part], folder).state === 'good');
    if (set !== undefined) return set;
  }
  return undefined;
}

/** The folder that holds the set's files: the one given, or the one in it that has the set's name. */
function givenFolder(set: PublishedSet, data: string): string {
  const folders = [data, join(data, set.name)];
  const whole = folders.find((folder) => missingFrom(set, folder).length === 0);
  if (whole !== undefined) return whole;
  const nearest = folders.reduce((a, b) =>
    missingFrom(set, b).length < missingFrom(set, a).length ? b : a,
  );
  const missing = missingFrom(set, nearest).join(', ');
  throw new DataError(
    `--data ${data}: ${existsSync(data) ? `${nearest} lacks ${missing}` : 'there is no such folder'}; ` +
      `want the four files of ${set.title} (packed or unpacked) in it or in ${folders[1]}`,
    { file: data },
  );
}

function missingFrom(set: PublishedSet, folder: string): string[] {
  return filesOf(set)
    .filter((file) => find(file, folder) === undefined)
    .map((file) => `${file.name}.gz`);
}

/** Where the file lies, packed or unpacked; some tools unpack it under a name with a dot. */
function find({ name }: PublishedFile, folder: string): string | undefined {
  return [`${name}.gz`, name, name.replace('-idx', '.idx')]
    .map((spelling) => join(folder, spelling))
    .find((path) => existsSync(path));
}

async function readSet(
  set: PublishedSet,
  folder: string,
  source: string,
  mend = 'Delete it and run `npx tapegrad data download`',
): Promise<ImageSet> {
  const readPart = async (
    imagesFile: PublishedFile,
    labelsFile: PublishedFile,
  ): Promise<LabelledImages> => {
    const path = (file: PublishedFile) => find(file, folder) ?? join(folder, file.name);
    const size = { height: 28, width: 28 };
    try {
      const { count, images } = await readIdxImages(path(imagesFile), size);
      const labels = await readIdxLabels(path(labelsFile), {
        count,
        classes: set.classes.length,
      });
      return { images, labels, count };
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new DataError(`${error.message}. ${mend}`, error.facts);
    }
  };
  const [train, test] = await Promise.all([
    readPart(set.trainImages, set.trainLabels),
    readPart(set.testImages, set.testLabels),
  ]);
  const { name, classes } = set;
  return { name, classes, height: 28, width: 28, train, test, source };
}
