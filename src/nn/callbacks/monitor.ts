import { didYouMean } from '../../core/did-you-mean.ts';
import { OptionError } from '../../core/errors.ts';
import { oneOf, text, type Wants } from '../../core/options.ts';
import type { Logs } from './callback.ts';

export interface MonitorOptions {
  /** The figure to watch; `val_loss` unless told. */
  monitor?: string;
  /** Which way is better. `auto`, the default, takes larger accuracies and smaller others. */
  mode?: 'auto' | 'min' | 'max';
}
export const monitorOptions: Wants<MonitorOptions> = {
  monitor: text,
  mode: oneOf('auto', 'min', 'max'),
};

/** A figure that is watched, and which way it is better. */
export class Monitor {
  readonly name: string;
  readonly #asker: string;
  readonly #larger: boolean;
  /** How much better counts as better. */
  readonly #minDelta: number;

  constructor(asker: string, options: MonitorOptions, minDelta = 0) {
    const { monitor = 'val_loss', mode = 'auto' } = options;
    this.name = monitor;
    this.#asker = asker;
    this.#larger = mode === 'max' || (mode === 'auto' && /acc|auc$/.test(monitor));
    this.#minDelta = Math.abs(minDelta);
  }

  /** What anything is better than. */
  get worst(): number {
    return this.#larger ? -Infinity : Infinity;
  }

  better(value: number, than: number): boolean {
    return this.#larger ? value - this.#minDelta > than : value + this.#minDelta < than;
  }

  /** The figure of an epoch. */
  read(logs: Logs): number {
    const value = logs[this.name];
    if (value !== undefined) return value;
    const known = Object.keys(logs);
    const other = this.name.startsWith('val_')
      ? `; want one of ${known.join(', ')}, or validation data, which has more`
      : `; want one of ${known.join(', ')}`;
    const near = this.name.startsWith('val_') ? known.filter((n) => n.startsWith('val_')) : known;
    throw new OptionError(
      `${this.#asker}: no figure ${this.name}${didYouMean(this.name, near, other)}`,
      { monitor: this.name, known },
    );
  }
}
