/**
 * A step as a list of kernel calls. While a recording runs, ops find a table of kernels that does the work as always
 * and notes every call: which kernel, which numbers, which arrays. It knows no tensor, no tape and no op.
 */

import { OptionError } from '../core/errors.ts';
import { setStepRecorder, type Versioned } from '../core/replay.ts';
import { sourceLine, trace } from '../core/source-line.ts';
import { useTables } from '../kernels/active.ts';
import type { Numbers } from '../kernels/arrays.ts';
import { effects } from '../kernels/effects.ts';
import type { Kernels } from '../kernels/reference.ts';

export type KernelName = keyof Kernels;

/** An array is written as its number in `buffers`, wrapped so that it is no plain number. */
export interface BufferArg {
  readonly buffer: number;
}
export type Arg = number | boolean | BufferArg;

export interface Call {
  readonly kernel: KernelName;
  readonly args: readonly Arg[];
  /** Whether the call is the reference kernels' alone: int32 arithmetic, float64. */
  readonly exact: boolean;
}

export const isBuffer = (arg: Arg): arg is BufferArg => typeof arg === 'object';

/** What the call does with its argument i, as effects.ts says it. */
export function effectOf(call: Call, i: number): string {
  return effects[call.kernel][i] ?? 'n';
}

/** Arrays that JavaScript writes before every step. */
export interface EachStep {
  readonly arrays: readonly Numbers[];
  readonly write: () => void;
}

/** The arrays among a call's arguments. */
export const touchedBy = ({ args }: Call): number[] =>
  args.filter(isBuffer).map(({ buffer }) => buffer);

/** Those that the call changes. */
export const writtenBy = (call: Call): number[] =>
  call.args.flatMap((arg, i) => (isBuffer(arg) && effectOf(call, i) !== 'r' ? arg.buffer : []));

export interface Recording {
  readonly calls: readonly Call[];
  /** Where in the program each was made. */
  readonly traces: readonly Error[];
  /** Every array that a call touched, in the order of first touch. */
  readonly buffers: readonly Numbers[];
  readonly updated: readonly Versioned[];
  readonly eachStep: readonly EachStep[];
}

/** Runs a step as it is and returns what it returned with what its kernels were asked. */
export function record<T>(step: () => T): { result: T; recording: Recording } {
  const calls: Call[] = [];
  const traces: Error[] = [];
  const buffers: Numbers[] = [];
  const numberOf = new Map<Numbers, number>();
  const updated = new Set<Versioned>();
  const eachStep: EachStep[] = [];

  const note = (kernel: KernelName, exact: boolean, args: readonly unknown[]): void => {
    traces.push(trace());
    calls.push({
      kernel,
      exact,
      args: args.map((arg): Arg => {
        if (typeof arg === 'number' || typeof arg === 'boolean') return arg;
        const array = arg as Numbers;
        let buffer = numberOf.get(array);
        if (buffer === undefined) {
          buffer = buffers.push(array) - 1;
          numberOf.set(array, buffer);
        }
        return { buffer };
      }),
    });
  };
  const noting = (table: Kernels, exact: boolean): Kernels =>
    Object.fromEntries(
      Object.entries(table).map(([name, kernel]) => [
        name,
        (...args: unknown[]) => {
          note(name as KernelName, exact, args);
          (kernel as (...args: unknown[]) => void)(...args);
        },
      ]),
    ) as unknown as Kernels;

  const unrepeatable = (what: string): never => {
    throw new OptionError(
      `compile: the step ${what} at ${sourceLine()}, which replays would leave out; want it done outside the step, or the step run without compile`,
      { what },
    );
  };

  const restore = useTables((tables) => ({
    fast: noting(tables.fast, false),
    exact: noting(tables.exact, true),
  }));
  const { random } = Math;
  // A branch on it may well go the same way in both recorded runs.
  Math.random = () => unrepeatable('draws from Math.random');
  const outer = setStepRecorder({
    onRead(what) {
      throw new OptionError(
        `compile: the step reads ${what} at ${sourceLine()}; want numbers read after the step: return the tensor and read it there, or run the step without compile`,
        { what },
      );
    },
    onUnrepeatable: unrepeatable,
    onUpdate: (variable) => updated.add(variable),
    onEachStep: (arrays, write) => eachStep.push({ arrays, write }),
  });
  try {
    const result = step();
    return { result, recording: { calls, traces, buffers, updated: [...updated], eachStep } };
  } finally {
    setStepRecorder(outer);
    Math.random = random;
    restore();
  }
}
