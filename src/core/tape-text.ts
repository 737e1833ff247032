import { shapeText } from './shape.ts';
import type { Step } from './steps.ts';
import type { Identity } from './tensor.ts';

/** A tape as a table, one step a line, in the order they ran. */
export function formatTape(steps: readonly Step[], watched: ReadonlySet<Identity>): string {
  const bytes = new Map<Identity, number>();
  const rows = steps.map((step, i) => {
    for (const t of step.kept) bytes.set(t.identity, t.size * (t.dtype === 'float64' ? 8 : 4));
    return [
      String(i),
      step.op,
      step.inputs.map((input) => nameOf(input, watched)).join(', '),
      `${nameOf(step.output, watched)} ${shapeText(step.output.shape)}`,
      step.kept.map((t) => nameOf(t.identity, watched)).join(', ') || '–',
      step.cut ?? step.line ?? '',
    ];
  });
  const total = [...bytes.values()].reduce((sum, n) => sum + n, 0);
  const table = [['step', 'op', 'takes', 'makes', 'keeps', ''], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, c) => cell.padEnd(widths[c] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const watching = [...watched]
    .map((w) => `${nameOf(w, watched)} ${shapeText(w.shape)}`)
    .join(', ');
  return [
    `GradientTape: ${steps.length} steps, ${total.toLocaleString('en')} bytes kept`,
    `watched: ${watching || 'nothing'}`,
    ...lines,
  ].join('\n');
}

/** A tape as a Graphviz digraph: boxes are ops, labels on the arrows are shapes, doubled circles are watched. */
export function tapeToDot(steps: readonly Step[], watched: ReadonlySet<Identity>): string {
  const lines = ['digraph tape {', '  rankdir=TB; node [shape=box, fontname="monospace"];'];
  const madeBy = new Map<Identity, string>();
  const leaves = new Set<Identity>();
  steps.forEach((step, i) => {
    lines.push(`  s${i} [label="${i} ${step.op}"${step.cut ? ', style=dashed' : ''}];`);
    for (const input of step.inputs) {
      const from = madeBy.get(input) ?? `t${input.id}`;
      if (!madeBy.has(input)) leaves.add(input);
      lines.push(`  ${from} -> s${i} [label="${shapeText(input.shape)}"];`);
    }
    madeBy.set(step.output, `s${i}`);
  });
  for (const leaf of leaves) {
    const label = `${leaf.name ?? `#${leaf.id}`}\\n${shapeText(leaf.shape)}`;
    const shape = watched.has(leaf) ? 'doublecircle' : 'ellipse';
    lines.push(`  t${leaf.id} [label="${label.replaceAll('"', '\\"')}", shape=${shape}];`);
  }
  return [...lines, '}', ''].join('\n');
}

function nameOf(identity: Identity, watched: ReadonlySet<Identity>): string {
  const name = identity.name ?? `#${identity.id}`;
  return watched.has(identity) ? `${name}*` : name;
}
