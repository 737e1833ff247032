/**
 * What follows a matmul, a convolution or the gradient of a pool and belongs to it: the bias and activation of a layer on
 * the way forward, the slope of the layer below on the way back. The kernel does them itself, while its sums are in the
 * first cache; the bits are the same.
 */
import type { Numbers } from '../kernels/arrays.ts';
import { effects } from '../kernels/effects.ts';
import { epilogues } from '../kernels/epilogue.ts';
import { sizesOf } from '../kernels/window.ts';
import type { Role } from './compare.ts';
import { walkOf } from './join.ts';
import {
  type Arg,
  type BufferArg,
  type Call,
  isBuffer,
  type KernelName,
  writtenBy,
} from './record.ts';
import { handedOver, usesOf } from './uses.ts';

/** The kernels that finish what they make, and how many columns or channels that has. */
const columnsOf: {
  readonly [kernel in Call['kernel']]?: (call: Call, arrays: readonly Numbers[]) => number;
} = {
  matmul: ({ args }) => args[6] as number,
  conv2d: ({ args }, arrays) => sizesOf(at(args[3], arrays) as Int32Array).filters,
  conv2dInputGrad: ({ args }, arrays) => sizesOf(at(args[3], arrays) as Int32Array).channels,
  maxPoolGrad: ({ args }, arrays) => sizesOf(at(args[3], arrays) as Int32Array).channels,
};
/** Where their output stands among their arguments. */
const outputPlace = 2;

/** What one call adds to the end of another, and where its result goes. */
interface Ending {
  readonly bias?: BufferArg;
  readonly after?: number;
  readonly beside?: BufferArg;
  readonly output: BufferArg;
}

/** The calls, with those folded into others that can be. `empty` is an array without numbers. */
export function folded(
  calls: readonly Call[],
  arrays: readonly Numbers[],
  roles: readonly Role[],
  results: readonly number[],
  empty: BufferArg,
): Call[] {
  const uses = usesOf(calls);
  const handed = handedOver(calls, roles, results);
  const gone = new Set<number>();

  /** The one call that reads what call `maker` makes, if nothing else ever does. */
  const onlyReader = ({ buffer }: BufferArg, maker: number): number | undefined => {
    const [first, reader] = uses.get(buffer) ?? [];
    return first === maker && handed.has(buffer) ? reader : undefined;
  };
  /** Whether an array holds at call c what it holds at call d. */
  const holds = ({ buffer }: BufferArg, c: number, d: number): boolean =>
    (roles[buffer]?.kind !== 'inside' || (uses.get(buffer)?.[0] ?? c) < c) &&
    !calls.slice(c, d).some((call) => writtenBy(call).includes(buffer));

  const finished = calls.map((call, c) => {
    const columns = call.exact ? undefined : columnsOf[call.kernel]?.(call, arrays);
    if (columns === undefined) return call;
    let end: Ending = { output: call.args[outputPlace] as BufferArg };
    for (let maker = c; end.after === undefined; ) {
      const reader = onlyReader(end.output, maker);
      const next = reader === undefined ? undefined : calls[reader];
      if (reader === undefined || next === undefined) break;
      const more = endingOf(next, end.output, columns, arrays);
      const taken = [more?.bias, more?.beside].filter((arg) => arg !== undefined);
      if (more === undefined || (more.bias && end.bias)) break;
      if (!taken.every((arg) => holds(arg, c, reader))) break;
      end = { ...end, ...more };
      gone.add(reader);
      maker = reader;
    }
    const { bias = empty, after = 0, beside = empty, output } = end;
    if (output === call.args[outputPlace]) return call;
    const args = [...call.args, bias, after, beside];
    args[outputPlace] = output;
    return { ...call, args };
  });
  return finished.filter((_, c) => !gone.has(c));
}

/** The kernels whose work a call does at its end. */
export function endingsOf({ kernel, args }: Call, arrays: readonly Numbers[]): KernelName[] {
  if (columnsOf[kernel] === undefined || args.length < effects[kernel].length) return [];
  const [bias, after] = args.slice(-3);
  const activation = epilogues[after as number] ?? 'none';
  return [
    ...(at(bias, arrays)?.length ? (['add'] as const) : []),
    ...(activation === 'none' ? [] : [activation]),
  ];
}

/** What a call does to `sums`, rows of so many columns, if a kernel can do it at its end. */
function endingOf(
  call: Call,
  sums: BufferArg,
  columns: number,
  arrays: readonly Numbers[],
): Ending | undefined {
  const [a, b, y] = call.args as readonly BufferArg[];
  if (call.exact || a === undefined || b === undefined) return undefined;
  const isFirst = a.buffer === sums.buffer;
  if (call.kernel === 'add') {
    const bias = isFirst ? b : a;
    const { positions, row } = walkOf(call, arrays);
    const isRow = columns === 1 || row === columns;
    const isWhole = positions > 0 && positions === at(sums, arrays)?.length;
    const fits = isRow && isWhole && at(bias, arrays)?.length === columns;
    return fits && y ? { bias, output: y } : undefined;
  }
  const after = epilogues.indexOf(call.kernel as (typeof epilogues)[number]);
  if (after < 0 || !isFirst) return undefined;
  if (!call.kernel.endsWith('Grad')) return { after, output: b };
  return y && isInOrder(call, arrays) ? { after, beside: b, output: y } : undefined;
}

const at = (arg: Arg | undefined, arrays: readonly Numbers[]): Numbers | undefined =>
  arg !== undefined && isBuffer(arg) ? arrays[arg.buffer] : undefined;

/** Whether a binary call walks both operands and its result from the first number to the last. */
function isInOrder({ args }: Call, arrays: readonly Numbers[]): boolean {
  const [a, b, y, layout] = args.map((arg) => at(arg, arrays));
  const size = y?.length;
  const walked = [1, size, 1, 1].every((word, i) => layout?.[i] === word);
  return walked && a?.length === size && b?.length === size;
}
