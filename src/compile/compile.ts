/**
 * `compile(step)`: the step runs as it is a few times while its kernel calls are noted, and from then on the calls are
 * replayed without the step's own code.
 */
import { OptionError } from '../core/errors.ts';
import { watchesNumbers } from '../core/numerics.ts';
import { checkOptions, flag, wantFunction } from '../core/options.ts';
import { stepRecorder } from '../core/replay.ts';
import { Tensor } from '../core/tensor.ts';
import type { Numbers } from '../kernels/arrays.ts';
import { explain, type InstructionReport, reportOf } from './explain.ts';
import { type Plan, planOf } from './plan.ts';
import { type Recording, record } from './record.ts';
import { type Runner, runnerOf } from './run.ts';

/** What a step takes and returns: tensors, plain values, and lists and objects of them. */
export type Tree = unknown;

export interface Compiled<A extends readonly unknown[], R> {
  (...args: A): R;
  /** What the compiled step does, instruction by instruction, for each set of shapes it has met. */
  explain(): string;
  /** The instructions of the last call's shapes with their work and, if steps are timed, their times. */
  report(): InstructionReport[];
  /** Whether calls of the last arguments' shapes are replayed by now. */
  readonly replaying: boolean;
}

/** The state of one set of argument shapes: met once, recorded once, or planned. */
interface Known {
  first?: { recording: Recording; inputs: Numbers[] };
  planned?: {
    plan: Plan;
    runner: Runner;
    rebuild: (arrays: readonly Numbers[]) => unknown;
    times: Float64Array[];
  };
}

export interface CompileOptions {
  /** Note how long each instruction of a replayed step takes, for `explain` and `report`. */
  timed?: boolean;
}

/** Timed steps that are remembered. */
const mostTimes = 1000;

/**
 * A step that is recorded and replayed. The first call runs it as it is (variables and an optimiser's memory come to
 * be there); the next two of the same shapes are recorded and compared, and from the fourth on the plan runs alone.
 * New shapes are recorded anew. What cannot be replayed truthfully is refused with a sentence.
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

  const run = (...args: A): R => {
    // Inside another compiled step, or where every op is looked at, the step runs as it is.
    if (stepRecorder() !== undefined || watchesNumbers()) return step(...args);
    if (!warm) {
      const result = step(...args);
      warm = true;
      return result;
    }
    const given = tensorsIn(args);
    const key = given.key;
    let entry = known.get(key);
    if (entry === undefined) {
      entry = {};
      known.set(key, entry);
    }
    last = entry;
    const arrays = given.tensors.map((t) => t.values);
    if (entry.planned) {
      const { plan, runner, rebuild, times } = entry.planned;
      if (!options.timed) return rebuild(runner.run(arrays)) as R;
      const row = new Float64Array(plan.instructions.length);
      const made = runner.run(arrays, row);
      if (times.length < mostTimes) times.push(row);
      return rebuild(made) as R;
    }
    const { result: made, recording } = record(() => {
      const result = step(...args);
      const returned = tensorsIn([result]).tensors;
      // Views are put in row order here, where the recording sees it.
      return { result, tensors: returned, outputs: returned.map((t) => t.values) };
    });
    const { result, tensors, outputs } = made;
    if (entry.first === undefined) {
      entry.first = { recording, inputs: arrays };
      return result;
    }
    const plan = planOf(
      entry.first.recording,
      recording,
      { first: entry.first.inputs, second: arrays },
      outputs,
    );
    entry.planned = {
      plan,
      runner: runnerOf(plan, outputs),
      rebuild: (arrays) => {
        const fresh = new Map(
          tensors.map((t, i) => [t, new Tensor(arrays[i] as Numbers, t.shape)]),
        );
        return replaceTensors(result, fresh);
      },
      times: [],
    };
    delete entry.first;
    return result;
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

/** The tensors in nested lists and objects, and a text that is the same for arguments that can share a plan. */
function tensorsIn(tree: Tree): { tensors: Tensor[]; key: string } {
  const tensors: Tensor[] = [];
  const describe = (value: Tree): string => {
    if (value instanceof Tensor) {
      const seen = tensors.indexOf(value);
      if (seen < 0) tensors.push(value);
      return `${value.dtype}[${value.shape}]#${seen < 0 ? tensors.length - 1 : seen}`;
    }
    if (Array.isArray(value)) return `[${value.map(describe).join()}]`;
    if (typeof value === 'object' && value !== null) {
      if (Object.getPrototypeOf(value) !== Object.prototype) {
        throw new OptionError(
          `compile: an argument or result of the step is a ${value.constructor?.name ?? 'special object'}; want tensors, numbers, strings, and lists or plain objects of them`,
        );
      }
      return `{${Object.entries(value)
        .map(([name, part]) => `${name}:${describe(part)}`)
        .join()}}`;
    }
    return `${typeof value}:${String(value)}`;
  };
  return { key: describe(tree), tensors };
}

function replaceTensors(tree: Tree, fresh: ReadonlyMap<Tensor, Tensor>): Tree {
  if (tree instanceof Tensor) return fresh.get(tree) ?? tree;
  if (Array.isArray(tree)) return tree.map((part) => replaceTensors(part, fresh));
  if (typeof tree === 'object' && tree !== null) {
    return Object.fromEntries(
      Object.entries(tree).map(([name, part]) => [name, replaceTensors(part, fresh)]),
    );
  }
  return tree;
}
