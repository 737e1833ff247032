/**
 * What a recorder of steps hears from the engine beside kernel calls. `compile` sets the recorder while it runs a
 * step; at all other times these do nothing but what they say.
 */
import type { Numbers } from '../kernels/arrays.ts';

/** What counts its changes: a variable. */
export interface Versioned {
  version: number;
}

export interface StepRecorder {
  /** Someone asks for the numbers of a tensor in the middle of the step. */
  onRead(what: string): void;
  /** JavaScript does what a replay would not do again, such as setting a seed. */
  onUnrepeatable(what: string): void;
  /** A variable is changed in place. */
  onUpdate(variable: Versioned): void;
  /** Arrays that JavaScript writes at the beginning of every step. */
  onEachStep(arrays: readonly Numbers[], write: () => void): void;
}

let recorder: StepRecorder | undefined;

/** Sets who listens, and returns who did. */
export function setStepRecorder(next: StepRecorder | undefined): StepRecorder | undefined {
  const before = recorder;
  recorder = next;
  return before;
}

export function stepRecorder(): StepRecorder | undefined {
  return recorder;
}

/**
 * Numbers that JavaScript writes anew for each step, such as the rate that an optimiser's kernel reads: `write` runs
 * now, and before every replay of a compiled step. The arrays are new each time, as all of a step's writing is done
 * before its first kernel runs.
 */
export function eachStep(arrays: readonly Numbers[], write: () => void): void {
  write();
  recorder?.onEachStep(arrays, write);
}
