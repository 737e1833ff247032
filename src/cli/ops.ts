import { didYouMean } from '../core/did-you-mean.ts';
import { Generator } from '../core/random.ts';
import { shapeText, sizeOf } from '../core/shape.ts';
import { allocate, Tensor } from '../core/tensor.ts';
import { type Kernels, reference } from '../kernels/reference.ts';
import { catalogue, families, type Listed } from '../ops/catalogue.ts';
import { derivedFunctions, type Sample, samplesOf } from '../ops/samples.ts';
import { type Command, defineCommand, UsageError } from './command.ts';
import { alignColumns } from './table.ts';

/** Prints the catalogue; `--markdown` writes the page docs/ops.md. */
export const ops: Command = defineCommand({
  name: 'ops',
  summary: 'Lists the ops: formula, shapes, what a tape keeps for them, kernel, gradient',
  positionals: [
    { name: 'op', help: 'Ops to show; all if none is named', optional: true, many: true },
  ],
  options: {
    markdown: { type: 'flag', help: 'The page docs/ops.md' },
  },
  run({ options, positionals }) {
    if (options.markdown) {
      process.stdout.write(opsPage());
      return;
    }
    const names = positionals.length === 0 ? [...catalogue.keys()] : positionals;
    const rows = names.map((name) => {
      const op = catalogue.get(name);
      if (op !== undefined) return cellsOf(op);
      const hint = didYouMean(name, [...catalogue.keys()], '; tapegrad ops lists them all');
      throw new UsageError(`ops: no op ${name}${hint}`, { op: name });
    });
    console.log(alignColumns([headings, ...rows]));
  },
});

const headings = ['op', 'formula', 'shapes, for example', 'tape keeps', 'kernel', 'gradient'];

/** The cells of an op's row, in the order of the headings. */
function cellsOf({ record }: Listed): string[] {
  const samples = samplesOf(record.name);
  const rules = Object.keys(record.vjp ?? {});
  const gradient =
    rules.length > 0 ? `to ${rules.join(', ')}` : `none: ${record.noGradient ?? 'no rule'}`;
  return [
    record.name,
    record.math,
    exampleOf({ record }, samples),
    record.keeps?.join(', ') || '–',
    record.view ? 'none, a view' : kernelsOf({ record }, samples).join(', ') || '–',
    gradient,
  ];
}

/** The sample with the largest output: `a [2,3], b [3] → [2,3]`. */
function exampleOf({ record }: Listed, samples: readonly Sample[]): string {
  const calls = samples.map((sample) => callOf(sample));
  const [shown] = calls.sort((a, b) => b.output.size - a.output.size);
  if (shown === undefined) return '–';
  const inputs = shown.inputs.map((x, i) => `${record.inputs[i]} ${shapeText(x.shape)}`);
  return `${inputs.join(', ')} → ${shapeText(shown.output.shape)}`;
}

function callOf(sample: Sample): { inputs: Tensor[]; output: Tensor } {
  const inputs = sample.inputs.map((draw) => draw(new Generator(1)));
  return { inputs, output: sample.run(...inputs) as Tensor };
}

/** The kernels that the forward pass asks for: seen by running it on a table that takes notes. */
function kernelsOf({ record }: Listed, samples: readonly Sample[]): string[] {
  const asked = new Set<string>();
  const noting = new Proxy(reference, {
    get(table, name: keyof Kernels & string) {
      asked.add(name);
      return table[name];
    },
  });
  for (const sample of samples) {
    const { inputs, output } = callOf(sample);
    const named = Object.fromEntries(record.inputs.map((name, i) => [name, inputs[i] as Tensor]));
    const y = new Tensor(allocate(output.dtype, sizeOf(output.shape)), output.shape);
    record.forward?.(noting, named, y, sample.attrs ?? {});
  }
  return [...asked];
}

/** The page docs/ops.md. */
export function opsPage(): string {
  const tables = Object.entries(families).map(([family, listed]) => {
    const file = `src/ops/${family}.ts`;
    return `## ${family}\n\n[${file}](../${file})\n\n${markdownTable(headings, listed.map(cellsOf))}`;
  });
  const derived = Object.entries(derivedFunctions)
    .filter(([name]) => !name.includes(':'))
    .map(([name, { math }]) => [name, math]);
  return `# Ops

Written by \`npm run docs\` from the records under \`src/ops/\`: change those, not this page. \`npx tapegrad ops\` prints it in
a terminal; \`npx tapegrad gradcheck\` checks every derivative here against differences.

**tape keeps** is what a recorded step holds in memory until the gradient is taken (\`y\` is the output). **kernel** is the
function under \`src/kernels/\` that does the work, and its twin of the same name under \`native/kernels/\`. Shapes broadcast
as NumPy's do: aligned from the last axis, sizes equal or 1.

${tables.join('\n\n')}

## Made of other ops

These have no record of their own: plain functions, differentiated through what they are made of.

${markdownTable(['function', 'what it is'], derived)}
`;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const marked = rows.map(([name = '', ...others]) => line([`\`${name}\``, ...others]));
  return [line(head), line(head.map(() => '---')), ...marked].join('\n');
}
