import { didYouMean } from '../core/did-you-mean.ts';
import { type Coverage, checkable, checkSamples } from '../ops/samples.ts';
import { type Command, defineCommand, UsageError } from './command.ts';
import { alignColumns } from './table.ts';

/** Checks the derivatives of all ops, or of those named, and prints what was covered. */
export const gradcheck: Command = defineCommand({
  name: 'gradcheck',
  summary: 'Checks the derivative of every op against differences',
  positionals: [
    {
      name: 'op',
      help: 'Ops or functions to check; all if none is named',
      optional: true,
      many: true,
    },
  ],
  options: {
    tolerance: {
      type: 'number',
      default: 1e-6,
      above: 0,
      help: 'Largest relative error that passes',
    },
    seed: {
      type: 'number',
      default: 1,
      whole: true,
      min: 0,
      help: 'Seed of the sample numbers and directions',
    },
    json: { type: 'flag', help: 'One JSON object instead of the table' },
  },
  run({ options, positionals }) {
    const { tolerance, seed, json } = options;
    const found = namesFor(positionals).map((name) => checkSamples(name, { tolerance, seed }));
    console.log(
      json ? JSON.stringify({ tolerance, seed, ops: found }) : report(found, tolerance, seed),
    );
    return found.some(({ failures }) => failures.length > 0) ? 1 : 0;
  },
});

/** What the words name: an op, and with it its other ways (`max` is also `max:axes`). */
function namesFor(words: readonly string[]): readonly string[] {
  if (words.length === 0) return checkable;
  const chosen = words.flatMap((word) => {
    const names = checkable.filter((name) => name === word || name.startsWith(`${word}:`));
    if (names.length === 0) {
      const hint = didYouMean(word, checkable, '; tapegrad gradcheck lists them all');
      throw new UsageError(`gradcheck: no op ${word}${hint}`, { op: word });
    }
    return names;
  });
  return [...new Set(chosen)];
}

/** The coverage table. */
export function report(found: readonly Coverage[], tolerance: number, seed: number): string {
  const rows = found.map(({ name, math, noGradient, inputs, worst, failures }) => {
    const verdict = failures.length > 0 ? 'FAILED' : noGradient === undefined ? 'ok' : '–';
    return noGradient === undefined
      ? [name, String(inputs), worst.toExponential(1), 'yes', verdict, math]
      : [name, '–', '–', '–', verdict, `${math} (no gradient: ${noGradient})`];
  });
  const table = alignColumns(
    [['op', 'inputs', 'worst error', 'second', '', 'formula'], ...rows],
    [1, 2],
  );
  const failures = found.flatMap(({ name, failures }) => failures.map((why) => `${name}: ${why}`));
  const differentiable = found.filter(({ noGradient }) => noGradient === undefined);
  const failed = found.filter((one) => one.failures.length > 0).length;
  const inputs = differentiable.reduce((total, one) => total + one.inputs, 0);
  return [
    table,
    ...(failures.length > 0 ? ['', ...failures] : []),
    '',
    `${differentiable.length} differentiable, ${found.length - differentiable.length} without a gradient; ` +
      `${inputs} inputs, first and second derivatives within ${tolerance.toExponential()} (seed ${seed}): ` +
      (failed === 0 ? 'all passed' : `${failed} FAILED`),
  ].join('\n');
}
