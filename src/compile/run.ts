import { OptionError } from '../core/errors.ts';
import { allocate, type Dtype } from '../core/tensor.ts';
import { exactKernels, kernels } from '../kernels/active.ts';
import type { Numbers } from '../kernels/arrays.ts';
import { nativePlans } from '../kernels/native.ts';
import { type Place, viewOf } from './memory.ts';
import { type Execute, inOneCall } from './native-plan.ts';
import type { Plan } from './plan.ts';
import { type Call, writtenBy } from './record.ts';

/** Replays a plan: the step's input arrays in, fresh output arrays out. */
export interface Runner {
  /** `times`, if given, receives the nanoseconds of each instruction. */
  run(inputs: readonly Numbers[], times?: Float64Array): Numbers[];
}

/** `constants` are the step's results when it was recorded; those that no kernel makes stay what they were. */
export function runnerOf(plan: Plan, constants: readonly Numbers[]): Runner {
  const addon = nativePlans(kernels());
  const exact = plan.instructions.some(({ calls }) => calls.some((call) => call.exact));
  const execute = addon !== undefined && !exact ? inOneCall(plan, addon) : callByCall(plan);
  const pinned = plan.places.flatMap((place) =>
    place.kind === 'pinned' && place.array.length > 0 ? [place.array] : [],
  );
  const made = plan.places.filter((place) => place.kind === 'output');
  const sources = plan.outputs.map((output) =>
    output.kind === 'buffer' ? (plan.places[output.buffer] as Place) : output,
  );
  const isChanged = changesOf(plan);
  return {
    run(given, times) {
      refuseDetached(pinned);
      // An argument that is a view of a variable is read as it was, also after an early update of the variable.
      const inputs = given.map((array) => (isChanged(array) ? array.slice() : array));
      const outputs = made.map(memoryFor);
      for (const { write } of plan.recording.eachStep) write();
      execute(inputs, outputs, times);
      for (const variable of plan.recording.updated) variable.version++;
      return sources.map((source, i) => {
        if (source.kind === 'output') {
          const output = outputs[source.index] as Numbers;
          return sources.indexOf(source) === i ? output : output.slice();
        }
        if (source.kind === 'pinned') return source.array.slice();
        return (source.kind === 'input' ? inputs[source.index] : constants[i])?.slice() as Numbers;
      });
    },
  };
}

/** Numbers from which on zeroing an output, which the plan writes whole, takes longer than asking for other memory. */
const large = 1 << 12;

function memoryFor({ dtype, size }: { readonly dtype: Dtype; readonly size: number }): Numbers {
  if (dtype !== 'float32' || size < large) return allocate(dtype, size);
  return new Float32Array(Buffer.allocUnsafeSlow(4 * size).buffer);
}

/** Whether a plan writes into the memory of an array from outside; small arrays share theirs. */
function changesOf({ instructions, places }: Plan): (array: Numbers) => boolean {
  const written = new Map<ArrayBufferLike, Numbers[]>();
  for (const buffer of new Set(instructions.flatMap(({ calls }) => calls.flatMap(writtenBy)))) {
    const place = places[buffer];
    if (place?.kind !== 'pinned') continue;
    const { array } = place;
    written.set(array.buffer, [...(written.get(array.buffer) ?? []), array]);
  }
  const meet = (a: Numbers, b: Numbers) =>
    a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
  return (array) => written.get(array.buffer)?.some((other) => meet(array, other)) ?? false;
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
function callByCall(plan: Plan): Execute {
  const arena = new ArrayBuffer(plan.arenaBytes);
  const fixed = plan.places.map((place) => arrayAt(place, arena));
  return (inputs, outputs, times) => {
    const given = { input: inputs, output: outputs };
    const arrays = plan.places.map((place, b) =>
      place.kind === 'input' || place.kind === 'output'
        ? (given[place.kind][place.index] as Numbers)
        : (fixed[b] as Numbers),
    );
    plan.instructions.forEach(({ calls }, i) => {
      const start = process.hrtime.bigint();
      for (const call of calls) runCall(call, arrays);
      if (times) times[i] = Number(process.hrtime.bigint() - start);
    });
  };
}

function arrayAt(place: Place, arena: ArrayBuffer): Numbers | undefined {
  switch (place.kind) {
    case 'pinned':
      return place.array;
    case 'input':
    case 'output':
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
