/** Downloads that end with the right file under its name, or with none. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataError } from '../core/errors.ts';
import { makeFolder, readWhole } from '../io/files.ts';

export type Progress = (doneBytes: number, totalBytes: number | undefined) => void;

export interface DownloadOptions {
  /** Addresses of the same file, tried in this order. */
  readonly mirrors: readonly string[];
  readonly path: string;
  /** Length of the file, and the sha256 of all of it in hexadecimal. */
  readonly bytes: number;
  readonly sha256: string;
  readonly onProgress?: Progress | undefined;
  /** How long a mirror may take to answer, and then to send something more, in milliseconds. */
  readonly answerWithin?: number | undefined;
  readonly sendWithin?: number | undefined;
}

/**
 * Fetches a file from the first mirror that delivers it. What has arrived is kept beside it as `.part`, from where the
 * next mirror, or the next run, goes on; the file takes its name once its checksum is right.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { mirrors, path, sha256 } = options;
  const part = `${path}.part`;
  makeFolder(dirname(path));
  const failures: string[] = [];
  for (const mirror of mirrors) {
    try {
      const resumed = await fetchPart(mirror, part, options);
      // A part from another mirror or another day may not fit to what came now: once more from its beginning.
      if (resumed && sha256Of(part) !== sha256) {
        rmSync(part);
        await fetchPart(mirror, part, options);
      }
      const found = sha256Of(part);
      if (found === sha256) return renameSync(part, path);
      rmSync(part);
      failures.push(`${new URL(mirror).host}: sent other bytes, sha256 ${found.slice(0, 8)}…`);
    } catch (error) {
      failures.push(`${new URL(mirror).host}: ${reasonOf(error)}`);
    }
  }
  throw new DataError(
    `download: no mirror delivered ${path} (${failures.join('; ')}); want ${options.bytes} bytes of ` +
      `sha256 ${sha256.slice(0, 8)}…. Try again, or put the file there by hand`,
    { file: path, failures },
  );
}

/** Checksum of a file, in hexadecimal. */
export function sha256Of(path: string): string {
  return createHash('sha256').update(readWhole(path)).digest('hex');
}

/** Fetches what the part lacks, and says whether it went on from something that was there before. */
async function fetchPart(url: string, part: string, options: DownloadOptions): Promise<boolean> {
  const { bytes, onProgress, answerWithin = 3000, sendWithin = 15_000 } = options;
  let done = statSync(part, { throwIfNoEntry: false })?.size ?? 0;
  if (done > bytes) {
    rmSync(part);
    done = 0;
  }
  if (done === bytes) return true;

  const patience = new AbortController();
  const giveUp = (what: string, after: number) =>
    setTimeout(() => patience.abort(new Error(`${what} within ${after / 1000} s`)), after);
  let timer = giveUp('no answer', answerWithin);
  try {
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (done > 0) headers.range = `bytes=${done}-`;
    const response = await fetch(url, { headers, signal: patience.signal });
    if (response.status === 416) rmSync(part); // the mirror's file ends before ours: not the same file
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    const continues = response.headers.get('content-range')?.startsWith(`bytes ${done}-`) ?? false;
    const resumed = done > 0 && response.status === 206 && continues;
    if (!resumed) done = 0;

    const file = openSync(part, resumed ? 'a' : 'w');
    try {
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = giveUp('nothing more', sendWithin);
        if (done + chunk.length > bytes) throw new Error(`sent more than ${bytes} bytes`);
        for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
        done += chunk.length;
        onProgress?.(done, bytes);
      }
    } finally {
      closeSync(file);
    }
    if (done < bytes) throw new Error(`sent ${done} of ${bytes} bytes`);
    return resumed;
  } finally {
    clearTimeout(timer);
    patience.abort();
  }
}

/** What a failed fetch has to say; Node hides it in the cause of the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) return (cause as NodeJS.ErrnoException).code ?? cause.message;
  return error.message;
}
