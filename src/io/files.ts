/** Files that survive a crash: replaced whole or not at all, or appended to by whole lines. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DataError } from '../core/errors.ts';

/** The whole of a file. */
export function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw refusalOf(error, path, 'it cannot be read');
  }
}

/**
 * Writes a file so that a reader finds the old content or the new, never a part: the bytes go to a file beside it, which
 * then takes its name. Folders on the way are made.
 */
export function writeFileAtomically(path: string, content: Uint8Array | string): void {
  makeFolder(dirname(path));
  const beside = besideOf(path);
  try {
    const file = openSync(beside, 'w');
    try {
      writeWhole(file, typeof content === 'string' ? Buffer.from(content) : content);
      fsyncSync(file); // the rename must not reach the disk before the bytes
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    if (existsSync(beside)) rmSync(beside); // rmSync would tell of a name that is too long in its own words
    throw refusalOf(error, path, 'it cannot be written');
  }
}

/** Refuses at once what writeFileAtomically would refuse when the long work that makes the content is done. */
export function wantWritable(path: string): void {
  makeFolder(dirname(path));
  const beside = besideOf(path);
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new DataError(`${path}: it is a folder; want the name of a file`, { file: path });
    }
    closeSync(openSync(beside, 'w'));
    rmSync(beside);
  } catch (error) {
    throw refusalOf(error, path, 'it cannot be written');
  }
}

/**
 * A file of one JSON value a line, such as `metrics.jsonl`. Each line is handed to the system whole and at once, so what
 * was appended is there after Ctrl-C. JSON has no NaN or infinity; they are written as null.
 */
export class JsonLines {
  readonly path: string;
  private file: number | undefined;

  constructor(path: string) {
    this.path = path;
    makeFolder(dirname(path));
    try {
      this.file = openSync(path, 'a');
    } catch (error) {
      throw refusalOf(error, path, 'it cannot be written');
    }
  }

  append(value: unknown): void {
    if (this.file === undefined) throw new Error(`JsonLines: ${this.path} is closed`);
    writeWhole(this.file, Buffer.from(`${JSON.stringify(value)}\n`));
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}

/** The file whose bytes are to become those of `path`: in the same folder, so that it can be renamed. */
const besideOf = (path: string): string => `${path}.${process.pid}.tmp`;

/** One call nearly always takes all; a full disk or a signal may make it take less. */
function writeWhole(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

/** Makes a folder and those on the way, where they are not there yet. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw refusalOf(error, path, 'the folder cannot be made');
  }
}

/** What the operating system refused, with the file it is about: not all of its own sentences name that. */
function refusalOf(error: unknown, file: string, what: string): unknown {
  const { syscall, code, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  return new DataError(`${file}: ${what} (${message.split(', ')[0]})`, { file, code });
}
