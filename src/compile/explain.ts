import type { Plan } from './plan.ts';

/** A plan as a table: each instruction, what it was joined from, and the arrays it touches. */
export function explain(plan: Plan): string {
  const counts = { pinned: 0, input: 0, arena: 0, block: 0 };
  for (const place of plan.places) counts[place.kind]++;
  const lines = plan.instructions.map((instruction, i) => {
    const names = instruction.calls.map((call) => call.kernel).join(' · ');
    const arrays = new Set(
      instruction.calls.flatMap((call) =>
        call.args.flatMap((arg) => (typeof arg === 'object' ? [arg.buffer] : [])),
      ),
    );
    const bytes = [...arrays].reduce(
      (sum, b) => sum + (plan.recording.buffers[b]?.byteLength ?? 0),
      0,
    );
    return `${String(i).padStart(4)}  ${names}  ${bytes.toLocaleString('en')} bytes`;
  });
  return [
    `plan: ${plan.instructions.length} instructions of ${plan.recording.calls.length} kernel calls, ${plan.dropped} dropped`,
    `memory: ${plan.arenaBytes.toLocaleString('en')} bytes for ${counts.arena} arrays; ${counts.block} live in cache blocks; ${counts.pinned} are variables or constants, ${counts.input} inputs`,
    ...lines,
  ].join('\n');
}
