/**
 * What products ask the memory for. A product keeps the processor busy and the memory idle, and the weights that come next
 * have left the second cache since the last step: so it asks for them, line by line, while it computes. Of several threads
 * none does, for another may need them.
 */
import type { Instruction } from './join.ts';
import type { Place } from './memory.ts';
import { type BufferArg, touchedBy } from './record.ts';

/** So many numbers of an array, from one on. */
export interface Ask {
  readonly buffer: number;
  readonly from: number;
  readonly size: number;
}

/** Numbers of all arrays from outside that a second cache keeps from step to step. */
const kept = 1 << 18;
/** Numbers that lie ready in the second cache at most. */
const ready = 1 << 16;
/** Numbers of an array that are worth it. */
const least = 1 << 12;
/** Arrays that one product asks for at most; Wanted of native/kernels.h holds more. */
const mostAsks = 8;
/** Multiply-adds for each number that is asked for: the caches are there for the product itself. */
const pace = 48;

/** For each instruction what it asks for: the variables that the products behind it multiply with, in their order. */
export function askedAhead(
  instructions: readonly Instruction[],
  places: readonly Place[],
): readonly (readonly Ask[])[] {
  const count = instructions.length;
  const asks = instructions.map((): Ask[] => []);
  const sizes = places.map((place) => (place.kind === 'pinned' ? place.array.length : 0));
  if (sizes.reduce((sum, size) => sum + size, 0) <= kept) return asks;
  // What three steps in a row need, end to end: the last products of one ask for what the next one begins with.
  const needs: (Ask & { readonly at: number; readonly end: number })[] = [];
  for (let at = 0, end = 0; at < 3 * count; at++) {
    const buffer = factorOf(instructions[at % count] as Instruction);
    const size = buffer === undefined ? 0 : (sizes[buffer] ?? 0);
    if (buffer === undefined || size < least) continue;
    needs.push({ at, buffer, from: end, size, end: end + size });
    end += size;
  }
  let asked = 0;
  let [behind, first] = [0, 0];
  for (let at = 0; at < 2 * count; at++) {
    const asking = instructions[at % count] as Instruction;
    const budget = Math.floor(multiplyAdds(asking) / pace);
    while ((needs[behind]?.at ?? Infinity) <= at) behind++;
    const next = needs[behind];
    if (next === undefined) break;
    asked = Math.max(asked, next.from);
    while ((needs[first]?.end ?? Infinity) <= asked) first++;
    const own = asking.calls.flatMap(touchedBy);
    const limit = Math.min(asked + budget, next.from + ready);
    for (const need of needs.slice(first, first + mostAsks)) {
      const size = Math.min(limit, need.end) - asked;
      if (size <= 0 || own.includes(need.buffer)) break;
      if (at >= count)
        asks[at - count]?.push({ buffer: need.buffer, from: asked - need.from, size });
      asked += size;
    }
  }
  return asks;
}

/** What a product multiplies with, if it stands on the right: there the layers have their weights. */
function factorOf({ calls: [call] }: Instruction): number | undefined {
  return call?.kernel === 'matmul' && !call.exact ? (call.args[1] as BufferArg).buffer : undefined;
}

/** Of a product that has nothing else to ask for. */
function multiplyAdds({ kind, calls: [call] }: Instruction): number {
  if (kind !== 'call' || call?.kernel !== 'matmul' || call.exact) return 0;
  return (call.args.slice(3, 7) as number[]).reduce((product, size) => product * size, 1);
}
