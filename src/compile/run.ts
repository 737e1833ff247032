import { OptionError } from '../core/errors.ts';
import { allocate } from '../core/tensor.ts';
import { exactKernels, kernels } from '../kernels/active.ts';
import type { Numbers } from '../kernels/arrays.ts';
import { nativePlans } from '../kernels/native.ts';
import { type Place, viewOf } from './memory.ts';
import { inOneCall } from './native-plan.ts';
import type { Plan } from './plan.ts';
import { type Call, writtenBy } from './record.ts';

/** Replays a plan: the step's input arrays in, fresh output arrays out. */
export interface Runner {
  /** `times`, if given, receives the nanoseconds of each instruction. */
  run(inputs: readonly Numbers[], times?: Float64Array): Numbers[];
}

/** Runs the instructions on these inputs; what the step returns of the plan's own arrays comes out, copied. */
type Execute = (inputs: readonly Numbers[], times?: Float64Array) => readonly Numbers[];

/** `constants` are the step's results when it was recorded; those that no kernel makes stay what they were. */
export function runnerOf(plan: Plan, constants: readonly Numbers[]): Runner {
  const addon = nativePlans(kernels());
  const exact = plan.instructions.some(({ calls }) => calls.some((call) => call.exact));
  const results = plan.outputs.flatMap((output) =>
    output.kind === 'buffer' ? [output.buffer] : [],
  );
  const execute: Execute =
    addon !== undefined && !exact ? inOneCall(plan, results, addon) : callByCall(plan, results);
  const pinned = plan.places.flatMap((place) =>
    place.kind === 'pinned' && place.array.length > 0 ? [place.array] : [],
  );
  const changed = memoryChanged(plan);
  return {
    run(given, times) {
      refuseDetached(pinned);
      // An argument that is a view of a variable is read as it was, also after an early update of the variable.
      const inputs = given.map((array) => (changed.has(array.buffer) ? array.slice() : array));
      for (const { write } of plan.recording.eachStep) write();
      const made = execute(inputs, times);
      for (const variable of plan.recording.updated) variable.version++;
      let next = 0;
      return plan.outputs.map((output, i) => {
        if (output.kind === 'buffer') return made[next++] as Numbers;
        return (output.kind === 'input' ? inputs[output.index] : constants[i])?.slice() as Numbers;
      });
    },
  };
}

/** The memory from outside that a plan writes. */
function memoryChanged({ instructions, places }: Plan): ReadonlySet<ArrayBufferLike> {
  const written = instructions.flatMap(({ calls }) => calls.flatMap(writtenBy));
  return new Set(
    written.flatMap((buffer) => {
      const place = places[buffer];
      return place?.kind === 'pinned' ? [place.array.buffer] : [];
    }),
  );
}

/** Memory that was transferred away is not the plan's any more, and C++ could not see it. */
function refuseDetached(arrays: readonly Numbers[]): void {
  for (const array of arrays) {
    if (array.length > 0) continue;
    throw new OptionError(
      'compile: an array that the step uses was transferred away; want it where it was. Post a copy: structuredClone(variable.data())',
      {},
    );
  }
}

/** Replays from JavaScript, one kernel call after the other, in the plan's own memory. */
function callByCall(plan: Plan, results: readonly number[]): Execute {
  const arena = new ArrayBuffer(plan.arenaBytes);
  const fixed = plan.places.map((place) => arrayAt(place, arena));
  return (inputs, times) => {
    const arrays = fixed.map((array, b) => {
      const place = plan.places[b] as Place;
      return place.kind === 'input' ? (inputs[place.index] as Numbers) : (array as Numbers);
    });
    plan.instructions.forEach(({ calls }, i) => {
      const start = process.hrtime.bigint();
      for (const call of calls) runCall(call, arrays);
      if (times) times[i] = Number(process.hrtime.bigint() - start);
    });
    return results.map((buffer) => (arrays[buffer] as Numbers).slice());
  };
}

function arrayAt(place: Place, arena: ArrayBuffer): Numbers | undefined {
  switch (place.kind) {
    case 'pinned':
      return place.array;
    case 'input':
    case 'unused':
      return undefined;
    case 'block':
      return allocate(place.dtype, place.size);
    case 'arena':
      return viewOf(arena, place.offset, place.dtype, place.size);
  }
}

function runCall(call: Call, arrays: readonly Numbers[]): void {
  const table = call.exact ? exactKernels() : kernels();
  const kernel = table[call.kernel] as (...args: unknown[]) => void;
  kernel(...call.args.map((arg) => (typeof arg === 'object' ? arrays[arg.buffer] : arg)));
}
