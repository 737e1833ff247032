/**
 * What a recorder of steps hears from the engine beside kernel calls. `compile` sets the recorder while it runs a
 * step; at all other times these do nothing but what they say.
 */
/** What counts its changes: a variable. */
export interface Versioned {
  version: number;
}

export interface StepRecorder {
  /** Someone asks for the numbers of a tensor in the middle of the step. */
  onRead(what: string): void;
  /** A variable is changed in place. */
  onUpdate(variable: Versioned): void;
  /** Work for JavaScript that every step begins with. */
  onEachStep(run: () => void): void;
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
 * Runs work that a compiled step must do anew each time although no kernel does it, such as an optimiser counting its
 * steps and writing the rate that its kernel reads. It runs now, and before every replay.
 */
export function eachStep(run: () => void): void {
  run();
  recorder?.onEachStep(run);
}
