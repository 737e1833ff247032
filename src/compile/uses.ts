/** Who touches which array of a step, and when two calls may change places. */
import type { Role } from './compare.ts';
import { type Call, touchedBy, writtenBy } from './record.ts';

/** The places of the calls that touch each array, in order. */
export function usesOf(calls: readonly Call[]): ReadonlyMap<number, readonly number[]> {
  const uses = new Map<number, number[]>();
  calls.forEach((call, c) => {
    for (const buffer of new Set(touchedBy(call))) {
      const places = uses.get(buffer);
      if (places) places.push(c);
      else uses.set(buffer, [c]);
    }
  });
  return uses;
}

/** The arrays that one call makes, one other takes, and nobody else ever sees. */
export function handedOver(
  calls: readonly Call[],
  roles: readonly Role[],
  results: readonly number[],
): ReadonlySet<number> {
  const own = [...usesOf(calls)].filter(
    ([buffer, places]) =>
      places.length === 2 && roles[buffer]?.kind === 'inside' && !results.includes(buffer),
  );
  return new Set(own.map(([buffer]) => buffer));
}

/** Whether two calls may change places: neither writes what the other touches. */
export function leavesAlone(a: Call, b: Call): boolean {
  const meet = (some: readonly number[], others: readonly number[]) =>
    some.some((buffer) => others.includes(buffer));
  return !meet(writtenBy(a), touchedBy(b)) && !meet(writtenBy(b), touchedBy(a));
}
