/**
 * From a recording to a plan. Two recordings of the same step are laid side by side: what differs between them tells
 * what every array is. Then calls whose results nobody reads are dropped, runs of elementwise calls are joined, and
 * the arrays that live only inside the step get places in one block of memory.
 */

import { OptionError } from '../core/errors.ts';
import { type Dtype, dtypeOf } from '../core/tensor.ts';
import type { Numbers } from '../kernels/arrays.ts';
import { effects } from '../kernels/effects.ts';
import type { Arg, BufferArg, Call, Recording } from './record.ts';

/** Where a kernel finds an array when the plan runs. */
export type Place =
  /** The same array every time: a variable, an optimiser's memory, a constant. */
  | { readonly kind: 'pinned'; readonly array: Numbers }
  /** An argument of the step. */
  | { readonly kind: 'input'; readonly index: number; readonly dtype: Dtype; readonly size: number }
  /** A range of the plan's own memory. */
  | {
      readonly kind: 'arena';
      readonly offset: number;
      readonly dtype: Dtype;
      readonly size: number;
    }
  /** Lives within one run of elementwise calls: a block's worth of scratch memory, which stays in cache. */
  | { readonly kind: 'block'; readonly slot: number; readonly dtype: Dtype; readonly size: number };

/**
 * One call, or several that C++ takes together: a `run` of elementwise calls goes block by block through the same
 * positions, a `sweep` of optimiser updates goes through all of them in one round.
 */
export interface Instruction {
  readonly kind: 'call' | 'run' | 'sweep';
  readonly calls: readonly Call[];
  /** Numbers that each call of a run makes. */
  readonly positions: number;
  /** Where a run repeats a row (a bias), its length: blocks are whole rows. */
  readonly row: number;
}

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
}

const isBuffer = (arg: Arg): arg is BufferArg => typeof arg === 'object';

/** The effect letter of each argument of a call. */
function effectOf(call: Call, i: number): string {
  return effects[call.kernel][i] ?? 'n';
}

/** Makes a plan from two recordings of one step; `inputs` and `outputs` are the step's own arrays in each. */
export function planOf(
  first: Recording,
  second: Recording,
  inputs: { first: readonly Numbers[]; second: readonly Numbers[] },
  outputs: readonly Numbers[],
): Plan {
  checkSame(first, second);
  const results = outputs.map((array): Output => {
    const index = inputs.second.indexOf(array);
    if (index >= 0) return { kind: 'input', index };
    const buffer = second.buffers.indexOf(array);
    return buffer >= 0 ? { kind: 'buffer', buffer } : { kind: 'constant' };
  });
  const kept = results.flatMap((result) => (result.kind === 'buffer' ? [result.buffer] : []));
  const kinds = classify(first, second, inputs);
  const calls = withoutDead(second.calls, kinds, new Set(kept));
  const instructions = joinElementwise(calls, second.buffers);
  const { places, arenaBytes } = placeBuffers(instructions, kinds, second, kept);
  return {
    instructions,
    places,
    arenaBytes,
    outputs: results,
    recording: second,
    dropped: second.calls.length - calls.length,
  };
}

// ── Are two recordings the same step? ────────────────────────────────────────────────────────────────────────────

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

// ── What is each array? ──────────────────────────────────────────────────────────────────────────────────────────

type Kind =
  | { readonly kind: 'pinned'; readonly array: Numbers }
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'inside' };

function classify(
  first: Recording,
  second: Recording,
  inputs: { first: readonly Numbers[]; second: readonly Numbers[] },
): Kind[] {
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
  return second.buffers.map((array, b): Kind => {
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

// ── Calls nobody needs ───────────────────────────────────────────────────────────────────────────────────────────

/** The calls without those that only write arrays inside the step which nothing reads later. */
function withoutDead(
  calls: readonly Call[],
  kinds: readonly Kind[],
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
        (kinds[(arg as BufferArg).buffer]?.kind !== 'inside' ||
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

// ── Runs of elementwise calls ────────────────────────────────────────────────────────────────────────────────────

/** Kernels whose output position i depends on input position i only. */
const elementwise = new Set<string>([
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'squaredDifference',
  'equal',
  'notEqual',
  'less',
  'lessEqual',
  'greater',
  'greaterEqual',
  'logicalAnd',
  'logicalOr',
  'logicalXor',
  'logicalNot',
  'isNan',
  'isFinite',
  'where',
  'neg',
  'square',
  'sqrt',
  'rsqrt',
  'reciprocal',
  'exp',
  'expm1',
  'log',
  'log1p',
  'abs',
  'sign',
  'floor',
  'ceil',
  'round',
  'clip',
  'sin',
  'cos',
  'tan',
  'erf',
  'sigmoid',
  'tanh',
  'relu',
  'relu6',
  'leakyRelu',
  'elu',
  'softplus',
  'sigmoidCrossEntropy',
]);

/** Joins neighbouring elementwise calls over the same positions, and neighbouring updates of optimisers. */
function joinElementwise(calls: readonly Call[], buffers: readonly Numbers[]): Instruction[] {
  const instructions: {
    kind: Instruction['kind'];
    calls: Call[];
    positions: number;
    row: number;
  }[] = [];
  for (const call of calls) {
    const { positions, row } = walkOf(call, buffers);
    const last = instructions.at(-1);
    const kind = updates.has(call.kernel) && !call.exact ? 'sweep' : positions > 0 ? 'run' : 'call';
    const joins =
      kind !== 'call' &&
      last?.kind === kind &&
      last.positions === positions &&
      (row === last.row || row === 0 || last.row === 0);
    if (joins) {
      last.calls.push(call);
      last.row ||= row;
    } else {
      instructions.push({ kind, calls: [call], positions, row });
    }
  }
  return instructions;
}

/** How an argument of a joined call is cut to a part of the work. */
export type Cut = 'whole' | 'part' | 'layout';

/** The cut of each argument: arrays of as many numbers as the call works through are parted, the rest is shared. */
export function cutsOf(call: Call, kind: Instruction['kind'], buffers: readonly Numbers[]): Cut[] {
  const letters = effects[call.kernel];
  const length = (arg: Arg) => (isBuffer(arg) ? (buffers[arg.buffer] as Numbers).length : -1);
  if (kind === 'sweep') {
    // What the optimiser reads and does not change is the gradient, in second place, and the rate.
    const n = length(call.args[0] as Arg);
    return call.args.map((arg, i) =>
      isBuffer(arg) && length(arg) === n && (letters[i] === 'm' || i === 1) ? 'part' : 'whole',
    );
  }
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
function walkOf(call: Call, buffers: readonly Numbers[]): { positions: number; row: number } {
  const no = { positions: 0, row: 0 };
  if (!elementwise.has(call.kernel) || call.exact) return no;
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

/** Kernels that change one variable each and leave all others alone. */
const updates = new Set<string>(['sgd', 'rmsprop', 'adagrad', 'adam']);

// ── Memory ───────────────────────────────────────────────────────────────────────────────────────────────────────

const alignment = 64;

/** Gives every array of the step a place; two that are never needed at the same time may share one. */
function placeBuffers(
  instructions: readonly Instruction[],
  kinds: readonly Kind[],
  recording: Recording,
  results: readonly number[],
): { places: Place[]; arenaBytes: number } {
  const lives = new Map<number, { from: number; to: number }>();
  instructions.forEach((instruction, at) => {
    for (const call of instruction.calls) {
      for (const arg of call.args) {
        if (!isBuffer(arg) || kinds[arg.buffer]?.kind !== 'inside') continue;
        const life = lives.get(arg.buffer);
        if (life) life.to = at;
        else lives.set(arg.buffer, { from: at, to: at });
      }
    }
  });
  for (const result of results) {
    const life = lives.get(result);
    if (life) life.to = instructions.length;
  }

  const taken: { from: number; to: number; offset: number; bytes: number }[] = [];
  const offsets = new Map<number, number>();
  let arenaBytes = 0;
  const inside = [...lives].filter(([, life]) => !staysInRun(life, instructions));
  const bytesOf = (b: number) =>
    Math.ceil((recording.buffers[b] as Numbers).byteLength / alignment) * alignment;
  // The largest first, each at the lowest offset that nothing alive at the same time overlaps.
  inside.sort(([a], [b]) => bytesOf(b) - bytesOf(a));
  for (const [b, { from, to }] of inside) {
    const bytes = bytesOf(b);
    const neighbours = taken
      .filter((t) => t.from <= to && from <= t.to)
      .sort((x, y) => x.offset - y.offset);
    let offset = 0;
    for (const t of neighbours) {
      if (offset + bytes <= t.offset) break;
      offset = Math.max(offset, t.offset + t.bytes);
    }
    taken.push({ from, to, offset, bytes });
    offsets.set(b, offset);
    arenaBytes = Math.max(arenaBytes, offset + bytes);
  }

  let slots = 0;
  const places = kinds.map((kind, b): Place => {
    const array = recording.buffers[b] as Numbers;
    const about = { dtype: dtypeOf(array), size: array.length };
    if (kind.kind === 'pinned') return kind;
    if (kind.kind === 'input') return { kind: 'input', index: kind.index, ...about };
    const offset = offsets.get(b);
    if (offset !== undefined) return { kind: 'arena', offset, ...about };
    return { kind: 'block', slot: lives.has(b) ? slots++ : 0, ...about };
  });
  return { places, arenaBytes };
}

/** Whether an array is made and used up inside one joined run. */
function staysInRun(
  life: { from: number; to: number },
  instructions: readonly Instruction[],
): boolean {
  return life.from === life.to && instructions[life.from]?.kind === 'run';
}
