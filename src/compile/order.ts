/**
 * In which order calls run. A step makes all gradients and then updates all variables; in a plan a large variable is
 * updated as soon as nothing needs its old numbers any more: the gradient is still in the cache. If the gradient is a
 * product that nobody else takes, it is made then and not before, so that C++ can apply its rows as they are made.
 */
import type { Numbers } from '../kernels/arrays.ts';
import { isUpdate } from '../kernels/effects.ts';
import type { BufferArg, Call } from './record.ts';
import { leavesAlone } from './uses.ts';

/** Numbers of a variable from which on an early update pays: below, updates are better taken together in one round. */
const large = 1 << 15;
/** Numbers of such a product's second factor at most: it stays in the second cache while row by row goes through it. */
const cached = 1 << 17;

/** The calls with large updates moved up, and the products that these take moved down before them. */
export function updatedEarly(
  calls: readonly Call[],
  arrays: readonly Numbers[],
  handed: ReadonlySet<number>,
): Call[] {
  const order = [...calls];
  for (const update of calls) {
    if (!isUpdate(update.kernel) || update.exact || sizeOf(update, arrays) < large) continue;
    const at = order.indexOf(update);
    const maker = order.findIndex((call) => isAppliedBy(call, update, handed));
    const last = order.findLastIndex(
      (call, c) => c < at && c !== maker && !leavesAlone(call, update),
    );
    const product = order[maker];
    const to = Math.max(last, maker);
    const between = order.slice(maker + 1, to + 1);
    const moved = product && between.every((call) => leavesAlone(call, product)) ? [product] : [];
    order.splice(at, 1);
    order.splice(to + 1, 0, ...moved, update);
    if (moved.length > 0) order.splice(maker, 1);
  }
  return order;
}

/** Whether a call is a product that nobody but this update takes, so that it can be applied as it is made. */
export function isAppliedBy(call: Call, update: Call, handed: ReadonlySet<number>): boolean {
  if (call.kernel !== 'matmul' || call.exact || !isUpdate(update.kernel) || update.exact) {
    return false;
  }
  const made = (call.args[2] as BufferArg).buffer;
  const [k, n] = call.args.slice(5, 7) as [number, number];
  return k * n <= cached && made === (update.args[1] as BufferArg).buffer && handed.has(made);
}

const sizeOf = ({ args }: Call, arrays: readonly Numbers[]): number =>
  arrays[(args[0] as BufferArg).buffer]?.length ?? 0;
