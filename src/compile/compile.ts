/**
 * `compile(step)`: the step runs as it is a few times while its kernel calls are noted, and from then on the calls are
 * replayed without the step's own code.
 */
import { watchesNumbers } from '../core/numerics.ts';
import { checkOptions, flag, wantFunction } from '../core/options.ts';
import { stepRecorder } from '../core/replay.ts';
import { recording as tapesRecording } from '../core/steps.ts';
import { Tensor } from '../core/tensor.ts';
import type { Numbers } from '../kernels/arrays.ts';
import type { Run } from './compare.ts';
import { explain, type InstructionReport, reportOf } from './explain.ts';
import { type Plan, planOf } from './plan.ts';
import { record } from './record.ts';
import { type Runner, runnerOf } from './run.ts';
import { described, replaced, type Tree } from './tree.ts';

export interface Compiled<A extends readonly unknown[], R> {
  (...args: A): R;
  /** What the compiled step does, instruction by instruction, for each set of shapes it has met. */
  explain(): string;
  /** The instructions of the last call's shapes with their work and, if steps are timed, their times. */
  report(): InstructionReport[];
  /** Whether calls of the last arguments' shapes are replayed by now. */
  readonly replaying: boolean;
}

interface Planned {
  readonly plan: Plan;
  readonly runner: Runner;
  readonly rebuild: (arrays: readonly Numbers[]) => Tree;
  readonly times: Float64Array[];
}

/** What is known of one kind of arguments: met for the first time, recorded once, or planned. */
interface Known {
  first?: Run;
  planned?: Planned;
}

export interface CompileOptions {
  /** Note how long each instruction of a replayed step takes, for `explain` and `report`. */
  timed?: boolean;
}

/** Timed steps that are remembered. */
const mostTimes = 1000;
/** Kinds of arguments that are remembered, such as batches of two sizes; beyond, the one not met for longest is forgotten. */
const mostKinds = 16;

/**
 * A step that is recorded and replayed. The first call runs it as it is (variables and an optimiser's memory come to
 * be there); the next two of the same shapes are recorded and compared, and from the fourth on the plan runs alone:
 * the step's own JavaScript, such as a counter or a line printed, does not. New shapes and other plain values are
 * recorded anew. What cannot be replayed truthfully is refused with a sentence. A tensor, a number or a flag that the
 * step finds outside, or takes from a clock, counts as a constant: what changes comes in as an argument or lives in a
 * Variable.
 */
export function compile<A extends readonly unknown[], R>(
  step: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  wantFunction('compile', step, 'compile((x, y) => trainStep(x, y))');
  checkOptions('compile', options, { timed: flag });
  const known = new Map<string, Known>();
  let warm = false;
  let last: Known | undefined;

  /** Runs the step as it is; the second time its arguments are of this kind, a plan comes of it. */
  const recorded = (args: A, tensors: readonly Tensor[], entry: Known): R => {
    // Stand-ins, so that an argument is told from a tensor on the same numbers that the step finds outside.
    const inputs = tensors.map(({ values }) => aliasOf(values));
    const standIns = new Map(tensors.map((t, i) => [t, standIn(t, inputs[i] as Numbers)]));
    const { result, recording } = record(() => {
      const value = step(...(replaced(args, standIns) as A));
      const { tensors, text } = described(value);
      // Views are put in row order here, where the recording sees it.
      return { value, tensors, text, outputs: tensors.map((t) => t.numbers) };
    });
    const { value, outputs } = result;
    const run: Run = { recording, inputs, outputs, returned: result.text };
    if (entry.first === undefined) {
      entry.first = run;
      return value;
    }
    const plan = planOf(entry.first, run);
    entry.planned = {
      plan,
      runner: runnerOf(plan, outputs),
      rebuild: (arrays) => {
        const fresh = result.tensors.map((t, i) => [t, standIn(t, arrays[i] as Numbers)] as const);
        return replaced(value, new Map(fresh));
      },
      times: [],
    };
    delete entry.first;
    return value;
  };

  const run = (...args: A): R => {
    // Inside another compiled step, under a tape, or where every op is looked at, the step runs as it is.
    if (stepRecorder() !== undefined || tapesRecording.length > 0 || watchesNumbers()) {
      return step(...args);
    }
    if (!warm) {
      const result = step(...args);
      warm = true;
      return result;
    }
    const { text, tensors } = described(args);
    last = known.get(text) ?? {};
    known.delete(text);
    known.set(text, last); // behind those that were met before it
    const [oldest] = known.keys();
    if (known.size > mostKinds && oldest !== undefined) known.delete(oldest);
    if (last.planned === undefined) return recorded(args, tensors, last);
    const { plan, runner, rebuild, times } = last.planned;
    const took = options.timed ? new Float64Array(plan.instructions.length) : undefined;
    const made = runner.run(
      tensors.map((t) => t.numbers),
      took,
    );
    if (took && times.length < mostTimes) times.push(took);
    return rebuild(made) as R;
  };

  return Object.defineProperties(run, {
    explain: {
      value: () =>
        [...known.values()]
          .flatMap((k) => (k.planned ? [explain(k.planned.plan, k.planned.times)] : []))
          .join('\n\n'),
    },
    report: { value: () => (last?.planned ? reportOf(last.planned.plan, last.planned.times) : []) },
    replaying: { get: () => last?.planned !== undefined },
  }) as Compiled<A, R>;
}

/** Another array on the same memory. */
function aliasOf(values: Numbers): Numbers {
  const Type = values.constructor as new (
    memory: ArrayBufferLike,
    offset: number,
    length: number,
  ) => Numbers;
  return new Type(values.buffer, values.byteOffset, values.length);
}

const standIn = ({ shape }: Tensor, values: Numbers): Tensor => new Tensor(values, shape);
