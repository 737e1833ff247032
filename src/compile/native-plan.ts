import { dtypeOf } from '../core/tensor.ts';
import type { Numbers } from '../kernels/arrays.ts';
import type { NativePlans, PlanSpec } from '../kernels/native.ts';
import { askedAhead } from './ahead.ts';
import { cutsOf } from './join.ts';
import type { Place } from './memory.ts';
import type { Plan } from './plan.ts';

const kinds = { pinned: 0, input: 1, output: 2, arena: 3, block: 4, unused: 5 } as const;
const instructionKinds = { call: 0, run: 1, sweep: 2, update: 3 } as const;
const cuts = { whole: 0, part: 1, layout: 2 } as const;
const types = { float32: 0, int32: 1, float64: 2 } as const;

/** Runs the instructions on these inputs; what they make for the caller goes into `outputs`. */
export type Execute = (
  inputs: readonly Numbers[],
  outputs: readonly Numbers[],
  times?: Float64Array,
) => void;

/** Hands a plan to C++, which runs it in one call. */
export function inOneCall(plan: Plan, addon: NativePlans): Execute {
  const held = addon.makePlan(specOf(plan));
  return (inputs, outputs, times) => {
    if (times) addon.runPlan(held, inputs, outputs, times);
    else addon.runPlan(held, inputs, outputs);
  };
}

function specOf(plan: Plan): PlanSpec {
  const calls = plan.instructions.flatMap((instruction) => instruction.calls);
  const args = calls.flatMap((call) => call.args);
  return {
    places: Float64Array.from(plan.places.flatMap(placeNumbers)),
    pinned: plan.places.flatMap((place) => (place.kind === 'pinned' ? [place.array] : [])),
    arenaBytes: plan.arenaBytes,
    kernels: calls.map((call) => call.kernel),
    counts: Int32Array.from(calls, (call) => call.args.length),
    numbers: Float64Array.from(args, (arg) => (typeof arg === 'object' ? 0 : Number(arg))),
    buffers: Int32Array.from(args, (arg) => (typeof arg === 'object' ? arg.buffer : -1)),
    truths: Uint8Array.from(args, (arg) => (typeof arg === 'boolean' ? 1 : 0)),
    cuts: Uint8Array.from(
      calls.flatMap((call) => cutsOf(call, plan.recording.buffers).map((cut) => cuts[cut])),
    ),
    instructions: Int32Array.from(
      plan.instructions.flatMap(({ kind, calls, positions, row }) => [
        instructionKinds[kind],
        calls.length,
        positions,
        row,
      ]),
    ),
    asks: Int32Array.from(
      askedAhead(plan.instructions, plan.places).flatMap((asks, instruction) =>
        asks.flatMap(({ buffer, from, size }) => [instruction, buffer, from, size]),
      ),
    ),
  };
}

function placeNumbers(place: Place): number[] {
  const kind = kinds[place.kind];
  if (place.kind === 'unused') return [kind, 0, 0, 0];
  if (place.kind === 'pinned') return [kind, types[dtypeOf(place.array)], place.array.length, 0];
  const at =
    place.kind === 'arena' ? place.offset : place.kind === 'block' ? place.slot : place.index;
  return [kind, types[place.dtype], place.size, at];
}
