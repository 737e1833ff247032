/** Processes and folders that a bench makes: none outlives it, whether it ends well, by an error or by Ctrl-C. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const left = new Set<() => void>();
let watching = false;

/** Undoes something when the process ends, or before that when what comes back is called. */
export function atEnd(undo: () => void): () => void {
  if (!watching) {
    watching = true;
    process.on('exit', () => {
      for (const undo of [...left].reverse()) undo(); // what came last may use what came before
    });
    // Without these a signal ends the process and `exit` is not told.
    process.on('SIGHUP', () => process.exit(129));
    process.on('SIGINT', () => process.exit(130));
    process.on('SIGTERM', () => process.exit(143));
  }
  const once = (): void => {
    if (left.delete(once)) undo();
  };
  left.add(once);
  return once;
}

/** A folder of its own for temporary files; with what removes it. */
export function temporaryFolder(name: string): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), `tapegrad-${name}-`));
  return { folder, remove: atEnd(() => rmSync(folder, { recursive: true, force: true })) };
}

export function start(
  [command = '', ...words]: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const child = spawn(command, words, options);
  const stop = atEnd(() => child.kill());
  child.on('close', stop);
  return child;
}

/** What a process printed, as far as that is not sent elsewhere. */
export interface Ended {
  readonly out: string;
  readonly error: string;
  /** How it failed, if it did: `exit code 1`. */
  readonly failed?: string;
}

export async function run(command: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const child = start(command, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const texts = { out: '', error: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    texts.out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    texts.error += text;
  });
  const failed = await new Promise<string | undefined>((done) => {
    child.on('error', ({ message }) => done(message));
    child.on('close', (code, signal) =>
      done(code === 0 ? undefined : (signal ?? `exit code ${code}`)),
    );
  });
  return { ...texts, ...(failed !== undefined && { failed }) };
}
