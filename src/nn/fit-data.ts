/** What `fit`, `evaluate` and `predict` are given: checked, and made into batches to loop over. */
import { OptionError } from '../core/errors.ts';
import {
  checkOptions,
  flag,
  isBareObject,
  list,
  number,
  oneOf,
  type Wants,
  whole,
} from '../core/options.ts';
import { defaultGenerator } from '../core/random.ts';
import { Dataset } from '../data/dataset.ts';
import type { SliceSource } from '../data/rows.ts';
import { type Batches, batchesOfDataset, batchesOfRows, partOf, rowsOfArrays } from './batches.ts';
import { type Callback, wantCallbacks } from './callbacks/callback.ts';

/** How much is printed: nothing, a progress bar, or a line an epoch. */
export type Verbose = 0 | 1 | 2;

/** Arrays of samples and truth, or a Dataset of batches. */
export type ValidationData = Dataset<unknown> | readonly [x: SliceSource, y?: SliceSource];

export interface FitOptions {
  /** The last epoch's number, counted from 1: with initialEpoch, fewer than this many are run. */
  epochs?: number;
  /** 32 unless told. Not for a Dataset, which makes its own batches. */
  batchSize?: number;
  /** This share of the arrays, taken from their end before any shuffle, is kept for validation. */
  validationSplit?: number;
  validationData?: ValidationData;
  validationBatchSize?: number;
  /** How many batches of validation data are looked at; all unless told. */
  validationSteps?: number;
  /** Whether arrays are mixed anew each epoch; true unless told. */
  shuffle?: boolean;
  callbacks?: readonly Callback[];
  /** The number, counted from 0, of the first epoch. */
  initialEpoch?: number;
  /** Batches an epoch; a Dataset is then read on from epoch to epoch. */
  stepsPerEpoch?: number;
  verbose?: Verbose;
}
const fitOptions: Wants<FitOptions> = {
  epochs: whole(1),
  batchSize: whole(1),
  validationSplit: number({ min: 0, below: 1 }),
  validationData: {
    words: '[x, y] or a Dataset',
    fits: (value) => value instanceof Dataset || (Array.isArray(value) && value.length <= 2),
  },
  validationBatchSize: whole(1),
  validationSteps: whole(1),
  shuffle: flag,
  callbacks: list,
  initialEpoch: whole(0),
  stepsPerEpoch: whole(1),
  verbose: oneOf(0, 1, 2),
};

/** What `evaluate` and `predict` are told. */
export interface RunOptions {
  batchSize?: number;
  /** How many batches are looked at; all unless told. */
  steps?: number;
  callbacks?: readonly Callback[];
  verbose?: Verbose;
}
const runOptions: Wants<RunOptions> = {
  batchSize: whole(1),
  steps: whole(1),
  callbacks: list,
  verbose: oneOf(0, 1, 2),
};

/** What `fit` loops over, and how many batches an epoch has, where that is known. */
export function fitData(
  x: SliceSource | Dataset<unknown>,
  y: SliceSource | undefined,
  options: FitOptions,
): { training: Batches; validation: Batches | undefined; steps: number | undefined } {
  checkOptions('fit', options, fitOptions);
  wantData('fit', x, y, options.batchSize);
  wantCallbacks('fit', options.callbacks ?? []);
  const { training, validation } = splitData(x, y, options);
  const steps = stepsOf('fit', training, options.stepsPerEpoch);
  if (validation) stepsOf('fit', validation, options.validationSteps, 'validationSteps');
  for (const name of ['validationSteps', 'validationBatchSize'] as const) {
    if (validation || options[name] === undefined) continue;
    throw new OptionError(
      `fit: ${name} came in without validation data; want validationData or validationSplit`,
      { [name]: options[name] },
    );
  }
  return { training, validation, steps };
}

/** What `evaluate` and `predict` loop over, and how many batches that is, where it is known. */
export function runData(
  op: 'evaluate' | 'predict',
  x: SliceSource | Dataset<unknown>,
  y: SliceSource | undefined,
  options: RunOptions,
): { batches: Batches; steps: number | undefined } {
  checkOptions(op, options, runOptions);
  wantData(op, x, y, options.batchSize);
  wantCallbacks(op, options.callbacks ?? []);
  const batches = batchesOf(op, x, y, options.batchSize);
  return { batches, steps: stepsOf(op, batches, options.steps, 'steps') };
}

function splitData(
  x: SliceSource | Dataset<unknown>,
  y: SliceSource | undefined,
  options: FitOptions,
): { training: Batches; validation: Batches | undefined } {
  const { batchSize = 32, validationSplit = 0, validationData, shuffle = true } = options;
  const { validationBatchSize = batchSize } = options;
  const validation = validationData && validationOf(validationData, validationBatchSize);
  if (x instanceof Dataset) {
    if (validationSplit > 0) {
      throw new OptionError(
        'fit: validationSplit came in beside a Dataset; want arrays to split, or validationData',
        { validationSplit },
      );
    }
    return { training: batchesOfDataset(x), validation };
  }
  const rows = rowsOfArrays('fit', x, y);
  const key = shuffle ? defaultGenerator().split() : undefined;
  if (validation !== undefined || validationSplit === 0) {
    return { training: batchesOfRows(rows, batchSize, key), validation };
  }
  const at = Math.floor(rows.count * (1 - validationSplit));
  if (at === 0 || at === rows.count) {
    throw new OptionError(
      `fit: validationSplit is ${validationSplit} of ${rows.count} samples, which leaves ${at} to train on and ${rows.count - at} to validate on; want at least one of each`,
      { validationSplit, samples: rows.count },
    );
  }
  return {
    training: batchesOfRows(partOf(rows, 0, at), batchSize, key),
    validation: batchesOfRows(partOf(rows, at, rows.count), validationBatchSize),
  };
}

function validationOf(data: ValidationData, batchSize: number): Batches {
  if (data instanceof Dataset) return batchesOfDataset(data);
  return batchesOf('fit', data[0], data[1], batchSize);
}

function batchesOf(
  op: string,
  x: SliceSource | Dataset<unknown>,
  y: SliceSource | undefined,
  batchSize = 32,
): Batches {
  return x instanceof Dataset
    ? batchesOfDataset(x)
    : batchesOfRows(rowsOfArrays(op, x, y), batchSize);
}

/** How many batches to read: as many as asked for, else all there are. */
function stepsOf(
  op: string,
  batches: Batches,
  asked: number | undefined,
  name = 'stepsPerEpoch',
): number | undefined {
  if (asked === undefined && batches.count === Number.POSITIVE_INFINITY) {
    throw new OptionError(
      `${op}: the Dataset never ends; want ${name}, how many batches to read of it`,
      {},
    );
  }
  return asked ?? batches.count;
}

/** Refuses options in the place of y, and beside a Dataset what goes with arrays alone. */
function wantData(
  op: string,
  x: SliceSource | Dataset<unknown>,
  y: SliceSource | undefined,
  batchSize: number | undefined,
): void {
  if (x instanceof Dataset) {
    for (const [name, given] of Object.entries({ y, batchSize })) {
      if (given === undefined) continue;
      throw new OptionError(
        `${op}: ${name} came in beside a Dataset; want a Dataset of batches [x, y] alone`,
        { name },
      );
    }
    return;
  }
  if (!isBareObject(y)) return;
  const names = Object.keys(y);
  const known = { ...fitOptions, ...runOptions };
  const areOptions =
    names.every((name) => Object.hasOwn(known, name)) ||
    Object.values(y).some((part) => typeof part !== 'object');
  if (!areOptions) return;
  throw new OptionError(
    `${op}: an object with ${names.join(', ') || 'nothing'} came in for y; want ${op}(x, y, options), or ${op}(x, undefined, options) where there is no truth`,
    { y: names },
  );
}
