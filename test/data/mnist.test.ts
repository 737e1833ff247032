import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  cacheFolder,
  downloadSet,
  fashionMnist,
  loadFashionMnist,
  loadMnist,
  loadSet,
  mnist,
  type PublishedSet,
  setsIn,
  verifySet,
} from '../../src/data/mnist.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapegrad-mnist-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function idx(header: readonly number[], body: Uint8Array): Buffer {
  const head = Buffer.alloc(4 * header.length);
  header.forEach((value, i) => {
    head.writeUInt32BE(value, 4 * i);
  });
  return Buffer.concat([head, body]);
}

/** The four files of a set of 3 training images and 2 test images, by name. */
const files: ReadonlyMap<string, Buffer> = new Map([
  ['train-images-idx3-ubyte', idx([2051, 3, 28, 28], new Uint8Array(3 * 784).fill(7))],
  ['train-labels-idx1-ubyte', idx([2049, 3], Uint8Array.of(0, 9, 4))],
  ['t10k-images-idx3-ubyte', idx([2051, 2, 28, 28], new Uint8Array(2 * 784).fill(8))],
  ['t10k-labels-idx1-ubyte', idx([2049, 2], Uint8Array.of(1, 2))],
]);

function writeSet(into: string, except: readonly string[] = []): void {
  mkdirSync(into, { recursive: true });
  for (const [name, content] of files) {
    if (!except.includes(name)) writeFileSync(join(into, `${name}.gz`), gzipSync(content));
  }
}

/** The small set as if it had been published. */
function published(): PublishedSet {
  const file = (name: string) => {
    const content = files.get(name) ?? Buffer.alloc(0);
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    const packed = gzipSync(content);
    return { name, bytes: packed.length, sha256: sha256(packed), unpackedSha256: sha256(content) };
  };
  return {
    ...mnist,
    trainImages: file('train-images-idx3-ubyte'),
    trainLabels: file('train-labels-idx1-ubyte'),
    testImages: file('t10k-images-idx3-ubyte'),
    testLabels: file('t10k-labels-idx1-ubyte'),
  };
}

const drawn = { train: 20, test: 10 };

describe('loadMnist', () => {
  it('reads the folder of the four files, or the one above it', async () => {
    writeSet(join(folder, 'mnist'));
    for (const data of [folder, join(folder, 'mnist')]) {
      const set = await loadMnist({ data });
      expect(set).toMatchObject({ name: 'mnist', height: 28, width: 28 });
      expect(set.source).toBe(`MNIST from ${join(folder, 'mnist')}`);
      expect([set.train.count, set.test.count]).toEqual([3, 2]);
      expect([...set.train.labels]).toEqual([0, 9, 4]);
      expect(set.test.images).toEqual(new Uint8Array(2 * 784).fill(8));
    }
  });

  it('reads unpacked files, also under the name with a dot', async () => {
    for (const [name, content] of files) {
      const spelt = name.startsWith('t10k') ? name.replace('-idx', '.idx') : name;
      writeFileSync(join(folder, spelt), content);
    }
    expect((await loadMnist({ data: folder })).test.count).toBe(2);
  });

  it('refuses a folder that lacks files, and names them', async () => {
    writeSet(folder, ['t10k-labels-idx1-ubyte']);
    await expect(loadMnist({ data: folder })).rejects.toThrow(
      `--data ${folder}: ${folder} lacks t10k-labels-idx1-ubyte.gz; want the four files of MNIST ` +
        `(packed or unpacked) in it or in ${join(folder, 'mnist')}`,
    );
    const nowhere = join(folder, 'nowhere');
    await expect(loadFashionMnist({ data: nowhere })).rejects.toThrow(
      `--data ${nowhere}: there is no such folder; want the four files of Fashion-MNIST ` +
        `(packed or unpacked) in it or in ${join(nowhere, 'fashion-mnist')}`,
    );
  });

  it('refuses a set with fewer labels than images', async () => {
    writeSet(folder);
    const labels = idx([2049, 2], Uint8Array.of(0, 9));
    writeFileSync(join(folder, 'train-labels-idx1-ubyte.gz'), gzipSync(labels));
    await expect(loadMnist({ data: folder })).rejects.toThrow(
      `${join(folder, 'train-labels-idx1-ubyte.gz')}: byte 4: 2 labels; want 3. ` +
        'Put a whole one in its place, or leave --data out',
    );
  });

  it('says of a damaged file in the cache how to have it downloaded again', async () => {
    writeSet(join(folder, 'mnist'));
    const file = join(folder, 'mnist', 'train-labels-idx1-ubyte.gz');
    writeFileSync(file, 'abc');
    await expect(loadMnist({ cache: folder, offline: true })).rejects.toThrow(
      `${file}: byte 3: the file ends; want a header of 8 bytes. ` +
        'Delete it and run `npx tapegrad data download`',
    );
    rmSync(file);
    mkdirSync(file);
    await expect(loadMnist({ cache: folder, offline: true })).rejects.toThrow(
      `${file}: it cannot be read (EISDIR: illegal operation on a directory). ` +
        'Delete it and run `npx tapegrad data download`',
    );
  });

  it('draws digits or garments when there is nothing else, and says so in one line', async () => {
    const set = await loadMnist({ cache: folder, offline: true, drawn });
    expect([set.name, set.train.count]).toEqual(['digits', 20]);
    expect(set.source).toBe(
      `The embedded digits, drawn by code, in place of MNIST: it is not in ${join(folder, 'mnist')}, ` +
        'and downloads are switched off',
    );
    const other = await loadFashionMnist({ cache: folder, offline: true, drawn });
    expect(other.name).toBe('garments');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a TAPEGRAD_OFFLINE that says neither yes nor no', async () => {
    vi.stubEnv('TAPEGRAD_OFFLINE', 'true');
    await expect(loadMnist({ cache: folder })).rejects.toThrow(
      "TAPEGRAD_OFFLINE is 'true'; want 1, or nothing",
    );
    vi.unstubAllEnvs();
  });

  it('draws where the cache cannot be written, and says why', async () => {
    const cache = join(folder, 'file');
    writeFileSync(cache, '');
    const set = await loadMnist({ cache, drawn, mirrors: ['http://localhost:1/'] });
    expect(set.source).toBe(
      'The embedded digits, drawn by code, in place of MNIST: it cannot be downloaded: ' +
        `${join(cache, 'mnist')}: the folder cannot be made (ENOTDIR: not a directory)`,
    );
  });

  it('says why the mirrors did not help', async () => {
    const set = await loadMnist({ cache: folder, drawn, mirrors: ['http://localhost:1/'] });
    expect(set.source).toMatch(/^The embedded digits.*no mirror delivered it \(localhost:1: .+\)$/);
  });

  it('keeps its cache where the environment says', () => {
    const before = { ...process.env };
    process.env.TAPEGRAD_CACHE = '';
    process.env.XDG_CACHE_HOME = '/somewhere';
    expect(cacheFolder()).toBe(join('/somewhere', 'tapegrad'));
    process.env.TAPEGRAD_CACHE = '/elsewhere';
    expect(cacheFolder()).toBe('/elsewhere');
    process.env = before;
  });
});

describe('a download', () => {
  let server: Server;
  let asked: string[] = [];
  let mirrors: string[] = [];
  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      const name = (request.url ?? '').slice(1);
      asked.push(name);
      response.end(gzipSync(files.get(name.replace('.gz', '')) ?? Buffer.alloc(0)));
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    mirrors = [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`];
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('fills the cache once, with progress by file', async () => {
    const seen = new Set<string>();
    const options = { cache: folder, mirrors, onProgress: (file: string) => seen.add(file) };
    const first = await loadSet(published(), options);
    expect(first.source).toBe(`MNIST, downloaded to ${join(folder, 'mnist')}`);
    expect([...seen]).toEqual([...files.keys()].map((name) => `${name}.gz`));
    const second = await loadSet(published(), options);
    expect(second.source).toBe(`MNIST from the cache ${join(folder, 'mnist')}`);
    expect(asked).toHaveLength(4);
  });

  it('fetches only what is missing or damaged', async () => {
    const cached = join(folder, 'mnist');
    writeSet(cached, ['train-labels-idx1-ubyte']);
    writeFileSync(join(cached, 't10k-labels-idx1-ubyte.gz'), 'damaged');
    const states = () => verifySet(published(), { cache: folder }).map(({ state }) => state);
    expect(states()).toEqual(['good', 'missing', 'good', 'damaged']);
    await downloadSet(published(), { cache: folder, mirrors });
    expect(asked).toEqual(['train-labels-idx1-ubyte.gz', 't10k-labels-idx1-ubyte.gz']);
    expect(states()).toEqual(['good', 'good', 'good', 'good']);
  });
});

const real = fileURLToPath(new URL('../../../shared/data', import.meta.url));
describe.runIf(existsSync(real))('the real files', () => {
  it('have the published checksums, counts and means', async () => {
    expect(verifySet(mnist, { data: real }).map(({ state }) => state)).toEqual(
      Array(4).fill('good'),
    );
    const { train, test } = await loadMnist({ data: real });
    expect([train.count, test.count]).toEqual([60_000, 10_000]);
    const mean = test.images.reduce((sum, byte) => sum + byte, 0) / test.images.length / 255;
    expect(mean).toBeCloseTo(0.1325, 4);
  });

  it('are known by what they are, whatever was asked for', async () => {
    expect(setsIn(real)).toEqual([mnist, fashionMnist]);
    expect(setsIn(join(real, 'mnist'))).toEqual([mnist]);
    expect(setsIn(join(real, 'fashion-mnist'))).toEqual([fashionMnist]);
    const data = join(real, 'mnist');
    const { name, source } = await loadFashionMnist({ data });
    expect({ name, source }).toEqual({
      name: 'mnist',
      source: `MNIST from ${data}, in place of Fashion-MNIST`,
    });
  });

  it('of Fashion-MNIST hold 1000 test images of each class', async () => {
    const { test, classes } = await loadFashionMnist({ data: real });
    const counts = classes.map((_, label) => test.labels.filter((l) => l === label).length);
    expect(counts).toEqual(Array(10).fill(1000));
    expect(fashionMnist.classes).toBe(classes);
  });
});
