/**
 * Two recordings of one step laid side by side: whether the step did the same, and what each of its arrays is. An
 * array that is the same object in both is a variable, an optimiser's memory or a constant; one that is new each time
 * and filled by a kernel lives inside the step.
 */
import { OptionError } from '../core/errors.ts';
import type { Numbers } from '../kernels/arrays.ts';
import { type Arg, type Call, effectOf, isBuffer, type Recording } from './record.ts';

/** What an array is to the step. */
export type Role =
  | { readonly kind: 'pinned'; readonly array: Numbers }
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'inside' };

/** What each array of the second recording is; `inputs` are the step's arguments in each. */
export function rolesOf(
  first: Recording,
  second: Recording,
  inputs: { first: readonly Numbers[]; second: readonly Numbers[] },
): Role[] {
  checkSame(first, second);
  const firstEffect = new Array<string | undefined>(second.buffers.length);
  const written = new Set<number>();
  for (const call of second.calls) {
    call.args.forEach((arg, i) => {
      if (!isBuffer(arg)) return;
      const effect = effectOf(call, i);
      firstEffect[arg.buffer] ??= effect;
      if (effect !== 'r') written.add(arg.buffer);
    });
  }
  return second.buffers.map((array, b): Role => {
    const before = first.buffers[b] as Numbers;
    const index = inputs.second.indexOf(array);
    if (index >= 0 && inputs.first[index] === before) return { kind: 'input', index };
    if (array === before) return { kind: 'pinned', array };
    const effect = firstEffect[b];
    if (effect === 'w' || effect === 'p') return { kind: 'inside' };
    if (written.has(b)) {
      throw refusal(
        `an array that the step makes anew each time is changed in place before it is filled`,
      );
    }
    if (!sameNumbers(array, before)) {
      throw refusal(
        `an array of ${array.length} numbers that JavaScript filled was not the same in one run of the step and the next`,
      );
    }
    return { kind: 'pinned', array };
  });
}

function sameNumbers(a: Numbers, b: Numbers): boolean {
  return a.length === b.length && a.every((x: number, i: number) => Object.is(x, b[i]));
}

function checkSame(first: Recording, second: Recording): void {
  const count = Math.min(first.calls.length, second.calls.length);
  for (let c = 0; c < count; c++) {
    const a = first.calls[c] as Call;
    const b = second.calls[c] as Call;
    if (a.kernel !== b.kernel) {
      throw refusal(`call ${c} was ${a.kernel} in one run of the step and ${b.kernel} in the next`);
    }
    a.args.forEach((arg, i) => {
      const other = b.args[i] as Arg;
      const same =
        isBuffer(arg) && isBuffer(other) ? arg.buffer === other.buffer : Object.is(arg, other);
      if (!same) {
        throw refusal(
          isBuffer(arg)
            ? `call ${c} (${a.kernel}) took other arrays in one run of the step than in the next`
            : `call ${c} (${a.kernel}) was given ${String(arg)} in one run of the step and ${String(other)} in the next`,
        );
      }
    });
  }
  if (first.calls.length !== second.calls.length) {
    throw refusal(
      `the step made ${first.calls.length} kernel calls in one run and ${second.calls.length} in the next`,
    );
  }
}

function refusal(what: string): OptionError {
  return new OptionError(
    `compile: ${what}; want a step that does the same every time. What changes has to come in as an argument or live in a Variable; a step that branches on values runs without compile`,
    {},
  );
}
