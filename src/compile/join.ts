/**
 * Which calls are done together. Elementwise calls over the same positions become a run, which goes block by block through
 * all of them while the block is in cache, and adds up what is summed of it; neighbouring updates of optimisers become a
 * sweep; a product and the update that takes it as its gradient become an update of its own.
 */
import type { Numbers } from '../kernels/arrays.ts';
import { effects, isElementwise, isUpdate, mayRefuse } from '../kernels/effects.ts';
import { isAppliedBy } from './order.ts';
import { type Arg, type BufferArg, type Call, isBuffer, touchedBy } from './record.ts';
import { leavesAlone } from './uses.ts';

/**
 * One call, or several that C++ takes together: a `run` of elementwise calls and sums goes block by block through the same
 * positions, a `sweep` of optimiser updates goes through all of them in one round, an `update` makes a gradient and
 * applies it, block by block.
 */
export interface Instruction {
  readonly kind: 'call' | 'run' | 'sweep' | 'update';
  readonly calls: readonly Call[];
  /** Numbers that each call of a run makes, or adds up. */
  readonly positions: number;
  /** Where a run repeats a row (a bias), its length: blocks are whole rows. */
  readonly row: number;
}

/** Numbers of a run from which on it pays to bring a call up to it: below, what it reads is in the first cache anyway. */
const worth = 1 << 10;
/** Instructions behind a run over which a call is brought up to it: farther away its arrays have left the caches. */
const reach = 32;

/** The calls as instructions, in their order, but that some wait for what others of their run need. */
export function joined(
  calls: readonly Call[],
  buffers: readonly Numbers[],
  handed: ReadonlySet<number>,
): Instruction[] {
  const instructions: Instruction[] = [];
  for (const call of calls) {
    const one = alone(call, buffers);
    const last = instructions.at(-1);
    if (one.kind === 'run' && joinsRun(one, instructions)) continue;
    if (one.kind === 'sweep' && last?.kind === 'sweep' && isApart(one, last)) {
      instructions.splice(-1, 1, together(last, one));
    } else if (last?.kind === 'call' && isAppliedBy(last.calls[0] as Call, call, buffers, handed)) {
      instructions.splice(-1, 1, { ...together(last, one), kind: 'update' });
    } else {
      instructions.push(one);
    }
  }
  return instructions;
}

function alone(call: Call, buffers: readonly Numbers[]): Instruction {
  const { positions, row } = walkOf(call, buffers);
  const kind = isUpdate(call.kernel) && !call.exact ? 'sweep' : positions > 0 ? 'run' : 'call';
  return { kind, calls: [call], positions, row };
}

const together = (first: Instruction, second: Instruction): Instruction => ({
  ...first,
  calls: [...first.calls, ...second.calls],
  row: first.row || second.row,
});

/**
 * Puts a call into the last run that it fits into, if there is one; a run further up is worth it if they share an array.
 * What the call needs of the instructions behind that run comes before it then. Where these need the run, or one may
 * refuse its numbers, the call stays where it is, and earlier runs are not tried.
 */
function joinsRun(one: Instruction, instructions: Instruction[]): boolean {
  const last = instructions.length - 1;
  const isWorth = (run: Instruction, at: number) =>
    at === last || (last - at <= reach && run.positions >= worth && isShared(run, one));
  const at = instructions.findLastIndex((other, i) => fits(one, other) && isWorth(other, i));
  const run = instructions[at];
  if (run === undefined) return false;
  const behind = instructions.slice(at + 1);
  if (behind.some(({ calls }) => calls.some(({ kernel }) => mayRefuse(kernel)))) return false;
  const needed: Instruction[] = [];
  for (const other of behind.toReversed()) {
    if (![one, ...needed].every((some) => isApart(some, other))) needed.unshift(other);
  }
  if (!needed.every((other) => isApart(other, run))) return false;
  const rest = behind.filter((other) => !needed.includes(other));
  instructions.splice(at, Infinity, ...needed, together(run, one), ...rest);
  return true;
}

/** Whether a call can be the next of a run. Sums are known when the run is over, and go by blocks of their own. */
function fits(one: Instruction, run: Instruction): boolean {
  const row = one.row || run.row;
  if (run.kind !== 'run' || run.positions !== one.positions || (run.row || row) !== row)
    return false;
  const sums = run.calls.filter(isSum);
  if (row > 0 && (sums.length > 0 || one.calls.some(isSum))) return false;
  return sums.every((sum) => one.calls.every((call) => leavesAlone(call, sum)));
}

const isSum = ({ kernel }: Call): boolean => kernel === 'sum';

const isShared = (a: Instruction, b: Instruction): boolean => {
  const arrays = b.calls.flatMap(touchedBy);
  return a.calls.some((call) => touchedBy(call).some((array) => arrays.includes(array)));
};

const isApart = (a: Instruction, b: Instruction): boolean =>
  a.calls.every((call) => b.calls.every((other) => leavesAlone(call, other)));

/** How an argument of a joined call is cut to a part of the work. */
export type Cut = 'whole' | 'part' | 'layout';

/** The cut of each argument: arrays of as many numbers as the call works through are parted, the rest is shared. */
export function cutsOf(call: Call, buffers: readonly Numbers[]): Cut[] {
  const letters = effects[call.kernel];
  const length = (arg: Arg) => (isBuffer(arg) ? (buffers[arg.buffer] as Numbers).length : -1);
  if (isUpdate(call.kernel)) {
    // What the optimiser reads and does not change is the gradient, in second place, and the rate.
    const n = length(call.args[0] as Arg);
    return call.args.map((arg, i) =>
      isBuffer(arg) && length(arg) === n && (letters[i] === 'm' || i === 1) ? 'part' : 'whole',
    );
  }
  if (isSumOfAll(call, buffers)) return call.args.map((_, i) => (i === 0 ? 'part' : 'whole'));
  if (!isElementwise(call.kernel)) return call.args.map(() => 'whole');
  const layoutAt = letters.endsWith('wr') ? letters.length - 1 : -1;
  const layout =
    layoutAt < 0 ? undefined : (buffers[(call.args[layoutAt] as BufferArg).buffer] as Int32Array);
  return call.args.map((arg, i) => {
    if (i === layoutAt) return 'layout';
    if (!isBuffer(arg)) return 'whole';
    if (layout === undefined || letters[i] === 'w') return 'part';
    // An operand that lies like the output is parted; a repeated number or row is not.
    const rank = layout[0] as number;
    const outermost = layout[1 + rank * (1 + i)];
    return rank === 0 || (outermost !== undefined && outermost !== 0) ? 'part' : 'whole';
  });
}

/** Whether a call adds up all numbers of an array. */
function isSumOfAll({ kernel, args }: Call, buffers: readonly Numbers[]): boolean {
  if (kernel !== 'sum') return false;
  const [outer, n, inner] = args.slice(2) as [number, number, number];
  return outer * inner === 1 && n === buffers[(args[0] as BufferArg).buffer]?.length;
}

/**
 * How many positions an elementwise call, or a sum of all numbers, works through one after the other, and the length of
 * the row that it repeats if it does; 0 positions if it is not of that kind.
 */
export function walkOf(
  call: Call,
  buffers: readonly Numbers[],
): { positions: number; row: number } {
  const no = { positions: 0, row: 0 };
  if (call.exact) return no;
  if (isSumOfAll(call, buffers)) return { positions: call.args[3] as number, row: 0 };
  if (!isElementwise(call.kernel)) return no;
  const arrays = call.args.filter(isBuffer).map((arg) => buffers[arg.buffer] as Numbers);
  if (!effects[call.kernel].endsWith('wr')) {
    const n = arrays[0]?.length ?? 0;
    return arrays.every((array) => array.length === n) ? { positions: n, row: 0 } : no;
  }
  const layout = arrays.at(-1) as Int32Array;
  const y = arrays.at(-2) as Numbers;
  const operands = arrays.slice(0, -2);
  const rank = layout[0] as number;
  const strideOf = (operand: number, axis: number) =>
    layout[1 + rank * (1 + operand) + axis] as number;
  if (rank === 0) return { positions: y.length, row: 0 };
  if (rank === 1) {
    const inOrder = operands.every((x, i) => {
      const stride = strideOf(i, 0);
      return (stride === 1 && x.length === y.length) || (stride === 0 && x.length === 1);
    });
    return inOrder ? { positions: y.length, row: 0 } : no;
  }
  const row = layout[2] as number;
  const byRows =
    rank === 2 &&
    operands.every((x, i) => {
      const [outer, inner] = [strideOf(i, 0), strideOf(i, 1)];
      if (outer === row && inner === 1) return x.length === y.length;
      return outer === 0 && ((inner === 1 && x.length === row) || (inner === 0 && x.length === 1));
    });
  return byRows ? { positions: y.length, row } : no;
}
