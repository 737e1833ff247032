/**
 * Two runs of one step laid side by side: whether the step did the same, and what each of its arrays is. An array that
 * is the same object in both is a variable, an optimiser's memory or a constant; one that is new each time and filled
 * by a kernel lives inside the step.
 */
import { OptionError } from '../core/errors.ts';
import { sourceLine } from '../core/source-line.ts';
import type { Numbers } from '../kernels/arrays.ts';
import { type Arg, type Call, effectOf, isBuffer, type Recording, touchedBy } from './record.ts';

/** One run of a step while its kernel calls were noted. */
export interface Run {
  readonly recording: Recording;
  readonly inputs: readonly Numbers[];
  readonly outputs: readonly Numbers[];
  /** What the step returned, but for the numbers of its tensors. */
  readonly returned: string;
}

/** What an array is to the step. */
export type Role =
  | { readonly kind: 'pinned'; readonly array: Numbers }
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'inside' };

/** What each array of the second run is; a step that cannot be replayed is refused. */
export function rolesOf(first: Run, second: Run): Role[] {
  checkSameCalls(first.recording, second.recording);
  const { buffers, eachStep } = second.recording;
  const rewritten = new Set(eachStep.flatMap(({ arrays }) => arrays));
  const uses = usesOf(second.recording);
  const roles = buffers.map((array, b): Role => {
    const before = first.recording.buffers[b] as Numbers;
    const index = second.inputs.indexOf(array);
    if (index >= 0 && first.inputs[index] === before) return { kind: 'input', index };
    if (array === before || rewritten.has(array)) return { kind: 'pinned', array };
    const { effect, changed, place } = uses[b] as Use;
    if (effect === 'w' || effect === 'p') return { kind: 'inside' };
    if (changed) {
      throw refusal(
        `the array that ${place()} takes is made anew by each run of the step, and changed in place`,
      );
    }
    if (first.recording.buffers.includes(array)) {
      throw refusal(`${place()} reads an array that the run before had in another place`);
    }
    if (!sameNumbers(array, before)) {
      throw refusal(
        `${place()} reads an array of ${array.length} numbers that JavaScript filled, not the same in one run of the step and the next`,
      );
    }
    return { kind: 'pinned', array };
  });
  checkSameResults(first, second);
  return roles;
}

interface Use {
  /** What the first call to touch an array does with it. */
  readonly effect: string;
  /** Whether any call writes to it. */
  changed: boolean;
  /** The first call to touch it and its line. */
  readonly place: () => string;
}

function usesOf(recording: Recording): Use[] {
  const uses: Use[] = [];
  recording.calls.forEach((call, c) => {
    call.args.forEach((arg, i) => {
      if (!isBuffer(arg)) return;
      const effect = effectOf(call, i);
      uses[arg.buffer] ??= { effect, changed: false, place: () => placeOf(recording, c) };
      (uses[arg.buffer] as Use).changed ||= effect !== 'r';
    });
  });
  return uses;
}

function checkSameCalls(first: Recording, second: Recording): void {
  const count = Math.min(first.calls.length, second.calls.length);
  for (let c = 0; c < count; c++) {
    const a = first.calls[c] as Call;
    const b = second.calls[c] as Call;
    if (a.kernel !== b.kernel) {
      throw refusal(
        `call ${c} was ${placeOf(first, c)} in one run of the step and ${placeOf(second, c)} in the next`,
      );
    }
    a.args.forEach((arg, i) => {
      const other = b.args[i] as Arg;
      const same =
        isBuffer(arg) && isBuffer(other) ? arg.buffer === other.buffer : Object.is(arg, other);
      if (same) return;
      throw refusal(
        isBuffer(arg)
          ? `${placeOf(second, c)} took other arrays in one run of the step than in the next`
          : `${placeOf(second, c)} was given ${String(arg)} in one run of the step and ${String(other)} in the next`,
      );
    });
  }
  if (first.calls.length !== second.calls.length) {
    const longer = first.calls.length > count ? first : second;
    throw refusal(
      `the step made ${first.calls.length} kernel calls in one run and ${second.calls.length} in the next, ${placeOf(longer, count)} being the first too many`,
    );
  }
}

/** What no kernel makes is returned by replays as it was: it must have been the same in both runs. */
function checkSameResults(first: Run, second: Run): void {
  if (first.returned !== second.returned) {
    throw refusal(
      `the step returned ${first.returned} in one run and ${second.returned} in the next`,
    );
  }
  const touched = new Set(second.recording.calls.flatMap(touchedBy));
  second.outputs.forEach((array, i) => {
    const made =
      second.inputs.includes(array) || touched.has(second.recording.buffers.indexOf(array));
    if (made || sameNumbers(array, first.outputs[i] as Numbers)) return;
    throw refusal(
      `result ${i} of the step is ${array.length} numbers that no kernel made, not the same in one run and the next`,
    );
  });
}

/** A call as a sentence names it: `matmul at model.ts:12:9`. */
const placeOf = ({ calls, traces }: Recording, c: number): string =>
  `${calls[c]?.kernel} at ${sourceLine(traces[c])}`;

function refusal(what: string): OptionError {
  return new OptionError(
    `compile: ${what}; want a step that does the same every time. What changes has to come in as an argument or live in a Variable; a step that branches on values runs without compile`,
    {},
  );
}

function sameNumbers(a: Numbers, b: Numbers): boolean {
  return a.length === b.length && a.every((x: number, i: number) => Object.is(x, b[i]));
}
