/** Where the arrays of a step lie when its plan runs: those that are never needed at the same time share memory. */
import { type Dtype, dtypeOf } from '../core/tensor.ts';
import type { Numbers } from '../kernels/arrays.ts';
import type { Role } from './compare.ts';
import type { Instruction } from './join.ts';
import { type Call, type Recording, touchedBy } from './record.ts';

/** Where a kernel finds an array when the plan runs. */
export type Place =
  /** The same array every time: a variable, an optimiser's memory, a constant. */
  | { readonly kind: 'pinned'; readonly array: Numbers }
  /** An argument of the step. */
  | { readonly kind: 'input'; readonly index: number; readonly dtype: Dtype; readonly size: number }
  /** Made anew for every run, which hands it out; numbered in the order of places. */
  | {
      readonly kind: 'output';
      readonly index: number;
      readonly dtype: Dtype;
      readonly size: number;
    }
  /** A range of the plan's own memory. */
  | {
      readonly kind: 'arena';
      readonly offset: number;
      readonly dtype: Dtype;
      readonly size: number;
    }
  /** Lives within one run or one update: a block's worth of scratch memory, which stays in cache. */
  | { readonly kind: 'block'; readonly slot: number; readonly dtype: Dtype; readonly size: number }
  /** No instruction touches it: the calls that did were dropped or folded into others. */
  | { readonly kind: 'unused' };

const alignment = 64;

interface Life {
  /** The instructions that touch an array first and last. */
  from: number;
  to: number;
}

/** Gives every array of the step a place. */
export function placesOf(
  instructions: readonly Instruction[],
  roles: readonly Role[],
  recording: Recording,
  results: readonly number[],
): { places: Place[]; arenaBytes: number } {
  const lives = livesOf(instructions, roles);
  const outputs = [...lives.keys()].filter((b) => results.includes(b)).sort((a, b) => a - b);
  for (const output of outputs) lives.delete(output);
  const slots = new Map(instructions.flatMap((one, at) => [...slotsOf(one, at, lives)]));
  for (const block of slots.keys()) lives.delete(block);
  const { offsets, arenaBytes } = laidOut(
    lives,
    (b) => (recording.buffers[b] as Numbers).byteLength,
  );
  const used = new Set([
    ...instructions.flatMap(({ calls }) => calls.flatMap(touchedBy)),
    ...results,
  ]);
  const places = roles.map((role, b): Place => {
    if (!used.has(b)) return { kind: 'unused' };
    const array = recording.buffers[b] as Numbers;
    const about = { dtype: dtypeOf(array), size: array.length };
    if (role.kind === 'pinned') return role;
    if (role.kind === 'input') return { kind: 'input', index: role.index, ...about };
    const index = outputs.indexOf(b);
    if (index >= 0) return { kind: 'output', index, ...about };
    const slot = slots.get(b);
    if (slot !== undefined) return { kind: 'block', slot, ...about };
    return { kind: 'arena', offset: offsets.get(b) as number, ...about };
  });
  return { places, arenaBytes };
}

/** An array on a part of the memory. */
export function viewOf(memory: ArrayBuffer, offset: number, dtype: Dtype, size: number): Numbers {
  if (dtype === 'float32') return new Float32Array(memory, offset, size);
  return dtype === 'int32'
    ? new Int32Array(memory, offset, size)
    : new Float64Array(memory, offset, size);
}

/**
 * The recording without the numbers of its run, as many as all arrays of the step together: of those inside it a plan
 * needs the type and size alone, so they all lie in memory for the largest.
 */
export function withoutNumbers(recording: Recording, roles: readonly Role[]): Recording {
  const isInside = (_: Numbers, b: number) => roles[b]?.kind === 'inside';
  const inside = recording.buffers.filter(isInside);
  const memory = new ArrayBuffer(Math.max(0, ...inside.map(({ byteLength }) => byteLength)));
  const buffers = recording.buffers.map((array, b) =>
    isInside(array, b) ? viewOf(memory, 0, dtypeOf(array), array.length) : array,
  );
  return { ...recording, buffers };
}

function livesOf(instructions: readonly Instruction[], roles: readonly Role[]): Map<number, Life> {
  const lives = new Map<number, Life>();
  instructions.forEach(({ calls }, at) => {
    for (const b of calls.flatMap(touchedBy)) {
      if (roles[b]?.kind !== 'inside') continue;
      const life = lives.get(b);
      if (life) life.to = at;
      else lives.set(b, { from: at, to: at });
    }
  });
  return lives;
}

/**
 * The arrays that are made and used up in one run or one update, each with a slot; one whose last call is over passes its
 * slot on, so that all of a run's blocks find room in the first cache.
 */
function slotsOf(
  { kind, calls }: Instruction,
  at: number,
  lives: ReadonlyMap<number, Life>,
): Map<number, number> {
  const slots = new Map<number, number>();
  const holders: number[] = [];
  if (kind !== 'run' && kind !== 'update') return slots;
  calls.forEach((call, c) => {
    for (const b of touchedBy(call)) {
      const life = lives.get(b);
      if (slots.has(b) || life?.from !== at || life.to !== at) continue;
      const free = holders.findIndex((holder) => lastCall(calls, holder) < c);
      const slot = free < 0 ? holders.length : free;
      holders[slot] = b;
      slots.set(b, slot);
    }
  });
  return slots;
}

const lastCall = (calls: readonly Call[], buffer: number): number =>
  calls.findLastIndex((call) => touchedBy(call).includes(buffer));

/** The largest first, each at the lowest offset that nothing alive at the same time overlaps. */
function laidOut(
  lives: ReadonlyMap<number, Life>,
  bytesOf: (buffer: number) => number,
): { offsets: Map<number, number>; arenaBytes: number } {
  const offsets = new Map<number, number>();
  const taken: (Life & { offset: number; end: number })[] = [];
  let arenaBytes = 0;
  const all = [...lives].map(([b, life]) => ({
    ...life,
    b,
    bytes: Math.ceil(bytesOf(b) / alignment) * alignment,
  }));
  for (const { b, from, to, bytes } of all.sort((x, y) => y.bytes - x.bytes)) {
    let offset = 0;
    for (const other of taken) {
      if (other.to < from || to < other.from) continue;
      if (offset + bytes <= other.offset) break;
      offset = Math.max(offset, other.end);
    }
    taken.push({ from, to, offset, end: offset + bytes });
    taken.sort((x, y) => x.offset - y.offset);
    offsets.set(b, offset);
    arenaBytes = Math.max(arenaBytes, offset + bytes);
  }
  return { offsets, arenaBytes };
}
