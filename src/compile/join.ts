/**
 * Which calls are done together. Neighbouring elementwise calls over the same positions become a run, which goes block
 * by block through all of them while the block is in cache; neighbouring updates of optimisers become a sweep; a product
 * and the update that takes it as its gradient become an update of its own.
 */
import type { Numbers } from '../kernels/arrays.ts';
import { effects, isElementwise, isUpdate } from '../kernels/effects.ts';
import { isAppliedBy } from './order.ts';
import { type Arg, type BufferArg, type Call, isBuffer } from './record.ts';
import { leavesAlone } from './uses.ts';

/**
 * One call, or several that C++ takes together: a `run` of elementwise calls goes block by block through the same
 * positions, a `sweep` of optimiser updates goes through all of them in one round, an `update` makes a gradient and
 * applies it, block by block.
 */
export interface Instruction {
  readonly kind: 'call' | 'run' | 'sweep' | 'update';
  readonly calls: readonly Call[];
  /** Numbers that each call of a run makes. */
  readonly positions: number;
  /** Where a run repeats a row (a bias), its length: blocks are whole rows. */
  readonly row: number;
}

/** The calls as instructions, in their order. */
export function joined(
  calls: readonly Call[],
  buffers: readonly Numbers[],
  handed: ReadonlySet<number>,
): Instruction[] {
  const instructions: {
    kind: Instruction['kind'];
    calls: Call[];
    positions: number;
    row: number;
  }[] = [];
  for (const call of calls) {
    const { positions, row } = walkOf(call, buffers);
    const last = instructions.at(-1);
    const kind = isUpdate(call.kernel) && !call.exact ? 'sweep' : positions > 0 ? 'run' : 'call';
    const joins =
      kind !== 'call' &&
      last?.kind === kind &&
      last.positions === positions &&
      (row === last.row || row === 0 || last.row === 0) &&
      (kind === 'run' || last.calls.every((other) => leavesAlone(call, other)));
    if (joins) {
      last.calls.push(call);
      last.row ||= row;
    } else if (last?.kind === 'call' && isAppliedBy(last.calls[0] as Call, call, buffers, handed)) {
      last.kind = 'update';
      last.calls.push(call);
    } else {
      instructions.push({ kind, calls: [call], positions, row });
    }
  }
  return instructions;
}

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

/**
 * How many positions an elementwise call works through one after the other, and the length of the row that it repeats
 * if it does; 0 positions if it is not of that kind.
 */
export function walkOf(
  call: Call,
  buffers: readonly Numbers[],
): { positions: number; row: number } {
  const no = { positions: 0, row: 0 };
  if (!isElementwise(call.kernel) || call.exact) return no;
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
