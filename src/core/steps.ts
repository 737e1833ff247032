import { sourceLine } from './source-line.ts';
import type { Identity, Tensor } from './tensor.ts';

/** One op that ran: what went in, what came out, and how a gradient goes back through it. */
export interface Step {
  readonly op: string;
  readonly inputs: readonly Identity[];
  readonly output: Identity;
  /** What the rule needs, and so what the tape holds in memory. */
  readonly kept: readonly Tensor[];
  /** Why no gradient passes, where none does. */
  readonly cut: string | undefined;
  /** Where in the user's program, if the tape traces. */
  readonly line: string | undefined;
  /** Whether a gradient goes back to this input. */
  differentiable(input: number): boolean;
  /** The vector-Jacobian product: gradient of the output in, gradient of one input out. */
  vjp(dy: Tensor, input: number): Tensor;
}

/** The part of a step that an op supplies. */
export interface Rule {
  readonly kept: readonly Tensor[];
  readonly cut?: string;
  readonly differentiable?: (input: number) => boolean;
  readonly vjp: (dy: Tensor, input: number) => Tensor;
}

/** What steps are offered to. */
export interface Watcher {
  readonly traces: boolean;
  /** Whether the tensor is watched or computed from something that is. */
  tracks(t: Tensor): boolean;
  add(step: Step): void;
}

/** The tapes that are recording now, the outermost first. */
export const recording: Watcher[] = [];

/** Offers an op that ran to the tapes that track one of its inputs; the rule is made only if one does. */
export function offer(
  inputs: readonly Tensor[],
  output: Tensor,
  op: string,
  makeRule: () => Rule,
): void {
  let step: Step | undefined;
  for (const tape of recording) {
    let tracked = false;
    for (const input of inputs) tracked = tape.tracks(input) || tracked;
    if (!tracked) continue;
    step ??= stepOf(inputs, output, op, makeRule());
    tape.add(step);
  }
}

function stepOf(inputs: readonly Tensor[], output: Tensor, op: string, rule: Rule): Step {
  const identities = inputs.map((input) => input.identity);
  const integers = output.dtype === 'int32';
  const cut = rule.cut ?? (integers ? `${op} makes integers, which have no gradient` : undefined);
  return {
    op,
    inputs: identities,
    output: output.identity,
    kept: rule.kept,
    cut,
    line: recording.some((tape) => tape.traces) ? sourceLine() : undefined,
    differentiable: (input) =>
      cut === undefined &&
      identities[input]?.dtype !== 'int32' &&
      (rule.differentiable === undefined || rule.differentiable(input)),
    vjp: rule.vjp,
  };
}
