/** Where the arrays of a step lie when its plan runs: those that are never needed at the same time share memory. */
import { type Dtype, dtypeOf } from '../core/tensor.ts';
import type { Numbers } from '../kernels/arrays.ts';
import type { Role } from './compare.ts';
import type { Instruction } from './join.ts';
import { isBuffer, type Recording } from './record.ts';

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

const alignment = 64;

/** Gives every array of the step a place; two that are never needed at the same time may share one. */
export function placesOf(
  instructions: readonly Instruction[],
  roles: readonly Role[],
  recording: Recording,
  results: readonly number[],
): { places: Place[]; arenaBytes: number } {
  const lives = new Map<number, { from: number; to: number }>();
  instructions.forEach((instruction, at) => {
    for (const call of instruction.calls) {
      for (const arg of call.args) {
        if (!isBuffer(arg) || roles[arg.buffer]?.kind !== 'inside') continue;
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
  const places = roles.map((role, b): Place => {
    const array = recording.buffers[b] as Numbers;
    const about = { dtype: dtypeOf(array), size: array.length };
    if (role.kind === 'pinned') return role;
    if (role.kind === 'input') return { kind: 'input', index: role.index, ...about };
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
