/** What a program of the posts is. */
import type { Autoencoder } from './autoencoder.ts';
import type { Options, ValuesOf } from './options.ts';
import type { Run } from './run.ts';

export interface Program<O extends Options = Options> {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** The post it is written after. */
  readonly post: string;
  /** What it counts, on the axis of its curve and in `metrics.jsonl`; steps unless told. */
  readonly unit?: 'step' | 'epoch';
  /** With the post's values as defaults. */
  readonly options: O;
  run(run: Run, options: ValuesOf<O>): Promise<void>;
  /** What it trains, before training; `restore` fills in the weights of a run. Experiments have none. */
  autoencoder?(options: ValuesOf<O>): Autoencoder;
}

/** Lets `run` know the types of the program's options. */
export function defineProgram<const O extends Options>(program: Program<O>): Program<O> {
  return program;
}
