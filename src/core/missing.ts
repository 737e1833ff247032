import type { Step } from './steps.ts';
import type { Identity, Tensor } from './tensor.ts';

/** Why the targets have no gradient with respect to a source, and how to mend it: the end of an error's sentence. */
export function explainMissing(
  steps: readonly Step[],
  targets: readonly Tensor[],
  source: Tensor,
  watched: boolean,
): string {
  if (source.dtype === 'int32')
    return 'it is int32, and integers have no gradient; cast it to float32';
  if (!watched) {
    return 'it was not watched while the tape recorded; tape.watch(x) before using x, or make it a Variable';
  }
  if (steps.length === 0) return 'the tape recorded nothing; compute the target inside tape.record';

  // Everything the source leads to, whatever stands in the way, and what stands in the way first.
  const blockedBy = new Map<Identity, Step | undefined>([[source.identity, undefined]]);
  let used = false;
  for (const step of steps) {
    const through = step.inputs.findIndex((input) => blockedBy.has(input));
    if (through < 0) continue;
    used = true;
    const open = step.inputs.some(
      (input, i) =>
        blockedBy.has(input) && blockedBy.get(input) === undefined && step.differentiable(i),
    );
    const earlier = blockedBy.get(step.inputs[through] as Identity);
    blockedBy.set(step.output, open ? undefined : (earlier ?? step));
  }
  if (!used) return 'nothing recorded used it, so the target does not depend on it';
  const block = targets.map((target) => blockedBy.get(target.identity)).find((step) => step);
  if (block !== undefined) return block.cut ?? `${block.op} passes no gradient to this input`;
  return 'it is not on a path to the target: what was computed from it does not lead there';
}
