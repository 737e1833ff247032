/**
 * From two runs of a step to a plan: it is known what every array is (compare.ts), calls whose results nobody
 * reads are dropped, what belongs to a matmul or convolution is folded into it (fold.ts), large updates are done early
 * (order.ts), neighbours are joined (join.ts), and arrays get their places (memory.ts).
 */
import { none } from '../kernels/epilogue.ts';
import { type Role, type Run, rolesOf } from './compare.ts';
import { folded } from './fold.ts';
import { type Instruction, joined } from './join.ts';
import { type Place, placesOf, withoutNumbers } from './memory.ts';
import { updatedEarly } from './order.ts';
import {
  type Arg,
  type BufferArg,
  type Call,
  effectOf,
  isBuffer,
  type Recording,
} from './record.ts';
import { handedOver } from './uses.ts';

/** Where a result of the step comes from: an array of the plan, an argument, or neither (a constant). */
export type Output =
  | { readonly kind: 'buffer'; readonly buffer: number }
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant' };

export interface Plan {
  readonly instructions: readonly Instruction[];
  readonly places: readonly Place[];
  readonly arenaBytes: number;
  readonly outputs: readonly Output[];
  readonly recording: Recording;
  /** Calls that were recorded but dropped. */
  readonly dropped: number;
  /** Calls that were folded into others. */
  readonly folded: number;
}

/** Makes a plan from two runs of one step. */
export function planOf(first: Run, second: Run): Plan {
  const { inputs } = second;
  const roles = [...rolesOf(first, second), { kind: 'pinned', array: none } as const];
  const recording = {
    ...second.recording,
    traces: [],
    buffers: [...second.recording.buffers, none],
  };
  const results = second.outputs.map((array): Output => {
    const index = inputs.indexOf(array);
    if (index >= 0) return { kind: 'input', index };
    const buffer = recording.buffers.indexOf(array);
    return buffer >= 0 ? { kind: 'buffer', buffer } : { kind: 'constant' };
  });
  const kept = results.flatMap((result) => (result.kind === 'buffer' ? [result.buffer] : []));
  const live = withoutDead(recording.calls, roles, new Set(kept));
  const empty = { buffer: recording.buffers.length - 1 };
  const calls = folded(live, recording.buffers, roles, kept, empty);
  const handed = handedOver(calls, roles, kept);
  const ordered = updatedEarly(calls, recording.buffers, handed);
  const instructions = joined(ordered, recording.buffers, handed);
  const { places, arenaBytes } = placesOf(instructions, roles, recording, kept);
  return {
    instructions,
    places,
    arenaBytes,
    outputs: results,
    recording: withoutNumbers(recording, roles),
    dropped: recording.calls.length - live.length,
    folded: live.length - calls.length,
  };
}

/** The calls without those that only write arrays inside the step which nothing reads later. */
function withoutDead(
  calls: readonly Call[],
  roles: readonly Role[],
  results: ReadonlySet<number>,
): Call[] {
  const needed = new Set(results);
  const live: Call[] = [];
  for (let c = calls.length - 1; c >= 0; c--) {
    const call = calls[c] as Call;
    const writes = (arg: Arg, i: number) => isBuffer(arg) && 'wpm'.includes(effectOf(call, i));
    const useful = call.args.some(
      (arg, i) =>
        writes(arg, i) &&
        (roles[(arg as BufferArg).buffer]?.kind !== 'inside' ||
          needed.has((arg as BufferArg).buffer)),
    );
    if (!useful) continue;
    live.push(call);
    // What the call writes whole was not needed before it; what it reads or leaves in part was.
    const touched = (letters: string) =>
      call.args.filter((arg, i) => isBuffer(arg) && letters.includes(effectOf(call, i)));
    for (const arg of touched('w')) needed.delete((arg as BufferArg).buffer);
    for (const arg of touched('rpm')) needed.add((arg as BufferArg).buffer);
  }
  return live.reverse();
}
