import { appendFileSync, existsSync } from 'node:fs';
import { checkOptions, flag, text, want } from '../../core/options.ts';
import { readWhole, writeFileAtomically } from '../../io/files.ts';
import type { Callback, Logs } from './callback.ts';

export interface CSVLoggerOptions {
  separator?: string;
  /** Go on with a file that is there. */
  append?: boolean;
}

/** Writes the figures of each epoch as a line of a table. As tf.keras.callbacks.CSVLogger. */
export class CSVLogger implements Callback {
  readonly #path: string;
  readonly #separator: string;
  readonly #append: boolean;
  #names: string[] | undefined;

  constructor(path: string, options: CSVLoggerOptions = {}) {
    want('CSVLogger', 'the path', path, text);
    checkOptions('CSVLogger', options, { separator: text, append: flag });
    this.#path = path;
    this.#separator = options.separator ?? ',';
    this.#append = options.append ?? false;
  }

  onTrainBegin(): void {
    const before = this.#append && existsSync(this.#path) ? String(readWhole(this.#path)) : '';
    const [heading] = before.split('\n');
    this.#names = heading ? heading.split(this.#separator).slice(1) : undefined;
    if (!this.#names) writeFileAtomically(this.#path, '');
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    if (!this.#names) {
      this.#names = Object.keys(logs).sort();
      this.#line(['epoch', ...this.#names]);
    }
    this.#line([epoch, ...this.#names.map((name) => logs[name] ?? 'NA')]);
  }

  /** Each line is handed to the system whole, so what is there stays readable after Ctrl-C. */
  #line(cells: readonly (string | number)[]): void {
    appendFileSync(this.#path, `${cells.join(this.#separator)}\n`);
  }
}
