/**
 * In which order calls run. A step makes all gradients and then updates all variables; where a gradient is large, its
 * variable is updated as soon as nothing needs the old numbers any more. The gradient is still in the cache then, and the
 * next takes its place there instead of memory of its own.
 */
import type { Numbers } from '../kernels/arrays.ts';
import { isUpdate } from '../kernels/effects.ts';
import { type BufferArg, type Call, touchedBy, writtenBy } from './record.ts';

/** Numbers of a variable from which on it pays: below, updates are better taken together in one round. */
const large = 1 << 15;

/** The calls with large updates moved up to the last call that they have to follow. */
export function updatedEarly(calls: readonly Call[], arrays: readonly Numbers[]): Call[] {
  /** Updates that follow call c, or come first of all for −1. */
  const following = new Map<number, Call[]>();
  const moved = new Set<number>();
  calls.forEach((call, c) => {
    if (!isUpdate(call.kernel) || call.exact || sizeOf(call, arrays) < large) return;
    const last = calls.slice(0, c).findLastIndex((other) => !leavesAlone(call, other));
    if (moved.has(last)) return; // a second update of the same variable
    following.set(last, [...(following.get(last) ?? []), call]);
    moved.add(c);
  });
  const withFollowing = (call: Call, c: number): Call[] => [
    ...(moved.has(c) ? [] : [call]),
    ...(following.get(c) ?? []),
  ];
  return [...(following.get(-1) ?? []), ...calls.flatMap(withFollowing)];
}

/** Whether two calls may change places: neither writes what the other touches. */
export function leavesAlone(a: Call, b: Call): boolean {
  const meet = (some: readonly number[], others: readonly number[]) =>
    some.some((buffer) => others.includes(buffer));
  return !meet(writtenBy(a), touchedBy(b)) && !meet(writtenBy(b), touchedBy(a));
}

const sizeOf = ({ args }: Call, arrays: readonly Numbers[]): number =>
  arrays[(args[0] as BufferArg).buffer]?.length ?? 0;
