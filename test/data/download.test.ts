import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DownloadOptions, download } from '../../src/data/download.ts';

const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * i) % 253));
const sha256 = createHash('sha256').update(content).digest('hex');

let folder = '';
let path = '';
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapegrad-download-'));
  path = join(folder, 'set', 'file.gz');
});
// The first fetch of a process loads Node's HTTP client, which takes a while on a busy machine.
beforeAll(() => fetch('data:,').then(() => undefined));
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function mirror(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.gz`;
}

/** What the header asks the mirror to leave out. */
const startOf = (range: string | undefined) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);

const good: RequestListener = (request, response) => {
  const from = startOf(request.headers.range);
  if (from > 0) {
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    response.writeHead(206, { 'content-range': range });
  }
  response.end(content.subarray(from));
};
const ignoresRange: RequestListener = (_, response) => response.end(content);
const wrongBytes: RequestListener = (_, response) => response.end(Buffer.alloc(content.length));
const notFound: RequestListener = (_, response) => response.writeHead(404).end('no');
const tooMuch: RequestListener = (_, response) => response.end(Buffer.alloc(content.length + 1));
const silent: RequestListener = () => {};
const stalls: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, 1000));
};
const breaksOff: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, 150_000), () => response.destroy());
};

function fetchFrom(mirrors: string[], more: Partial<DownloadOptions> = {}): Promise<void> {
  const bytes = content.length;
  return download({ mirrors, path, bytes, sha256, answerWithin: 500, sendWithin: 500, ...more });
}

function expectWhole(): void {
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(readdirSync(join(folder, 'set'))).toEqual(['file.gz']);
}

describe('download', () => {
  it('puts the file in place and reports its progress', async () => {
    const seen: [number, number | undefined][] = [];
    await fetchFrom([await mirror(good)], { onProgress: (...now) => seen.push(now) });
    expectWhole();
    expect(seen.at(-1)).toEqual([content.length, content.length]);
  });

  it.each([
    ['gives wrong bytes', wrongBytes],
    ['has no such file', notFound],
    ['never answers', silent],
    ['stops sending', stalls],
    ['breaks off', breaksOff],
    ['sends too much', tooMuch],
  ])('takes the next mirror when one %s', async (_, answer) => {
    await fetchFrom([await mirror(answer), await mirror(good)]);
    expectWhole();
  });

  it('goes on where an earlier run broke off', async () => {
    await expect(fetchFrom([await mirror(breaksOff)])).rejects.toThrow('no mirror delivered');
    const kept = readFileSync(`${path}.part`).length;
    expect(kept).toBeGreaterThan(0);
    const asked: (string | undefined)[] = [];
    await fetchFrom([
      await mirror((request, response) => {
        asked.push(request.headers.range);
        good(request, response);
      }),
    ]);
    expectWhole();
    expect(asked).toEqual([`bytes=${kept}-`]);
  });

  it('starts anew when a mirror ignores that it should go on', async () => {
    await expect(fetchFrom([await mirror(breaksOff)])).rejects.toThrow();
    await fetchFrom([await mirror(ignoresRange)]);
    expectWhole();
  });

  it.each([
    ['does not belong to the file', Buffer.alloc(500)],
    ['is as long as the file but not it', Buffer.alloc(content.length)],
    ['is longer than the file', Buffer.alloc(content.length + 5)],
  ])('starts anew when what is left of an earlier run %s', async (_, part) => {
    await expect(fetchFrom([await mirror(breaksOff)])).rejects.toThrow();
    writeFileSync(`${path}.part`, part);
    await fetchFrom([await mirror(good)]);
    expectWhole();
  });

  it('says what went wrong at each mirror and leaves no file', async () => {
    const mirrors = [
      await mirror(notFound),
      await mirror(wrongBytes),
      await mirror(silent),
      await mirror(good),
    ];
    await new Promise((closed) => servers.pop()?.close(closed));
    const hosts = mirrors.map((url) => new URL(url).host);
    const wrong = createHash('sha256').update(Buffer.alloc(content.length)).digest('hex');
    await expect(fetchFrom(mirrors)).rejects.toMatchObject({
      name: 'DataError',
      message:
        `download: no mirror delivered ${path} (${hosts[0]}: status 404; ${hosts[1]}: sent other bytes, ` +
        `sha256 ${wrong.slice(0, 8)}…; ${hosts[2]}: no answer within 0.5 s; ${hosts[3]}: ECONNREFUSED); ` +
        `want 200000 bytes of sha256 ${sha256.slice(0, 8)}…. Try again, or put the file there by hand`,
    });
    expect(existsSync(path)).toBe(false);
  });
});
