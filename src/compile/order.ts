/**
 * In which order calls run. A step makes all gradients and then updates all variables; in a plan a large variable is
 * updated as soon as nothing needs its old numbers any more: the gradient is still in the cache. If the gradient is a
 * product that nobody else takes, it is made then and not before, so that C++ can apply its rows as they are made.
 */
import type { Numbers } from '../kernels/arrays.ts';
import { isUpdate, mayRefuse } from '../kernels/effects.ts';
import { type BufferArg, type Call, touchedBy, writtenBy } from './record.ts';
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
    if (!isLargeUpdate(update, arrays)) continue;
    const at = order.indexOf(update);
    const maker = order.findIndex((call) => isAppliedBy(call, update, arrays, handed));
    const last = order.findLastIndex(
      (call, c) => c < at && c !== maker && (mayRefuse(call.kernel) || !leavesAlone(call, update)),
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

/**
 * Whether a call is a product that nobody but this large update takes, so that it can be applied as it is made. It must
 * not read what the update changes: the first rows are changed before the last are made.
 */
export function isAppliedBy(
  call: Call,
  update: Call,
  arrays: readonly Numbers[],
  handed: ReadonlySet<number>,
): boolean {
  if (call.kernel !== 'matmul' || call.exact || !isLargeUpdate(update, arrays)) return false;
  const made = (call.args[2] as BufferArg).buffer;
  const [k, n] = call.args.slice(5, 7) as [number, number];
  const changed = writtenBy(update);
  return (
    k * n <= cached &&
    made === (update.args[1] as BufferArg).buffer &&
    handed.has(made) &&
    !touchedBy(call).some((buffer) => changed.includes(buffer))
  );
}

const isLargeUpdate = ({ kernel, exact, args }: Call, arrays: readonly Numbers[]): boolean =>
  isUpdate(kernel) && !exact && (arrays[(args[0] as BufferArg).buffer]?.length ?? 0) >= large;
