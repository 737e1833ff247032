/** The table of a model's layers, as Keras draws it. */
import { OptionError } from '../core/errors.ts';
import { checkOptions, flag } from '../core/options.ts';
import { sizeOf } from '../core/shape.ts';
import type { Variable } from '../core/tensor.ts';
import type { Layer } from './layer.ts';

export interface SummaryOptions {
  /** Show the layers within layers, too. */
  expandNested?: boolean;
}

/** Ends of the columns where names are short. */
const columns = [29, 55, 65] as const;

export function summaryOf(model: Layer, options: SummaryOptions = {}): string {
  checkOptions('summary', options, { expandNested: flag });
  if (!model.built && model.outputShape === undefined) {
    throw new OptionError(
      `summary: ${model.name} has no shapes yet; want it called on a batch first, or buildFor([null, …])`,
      { model: model.name },
    );
  }
  const rows = rowsOf(model, options.expandNested ?? false);
  const widths = [
    Math.max(columns[0], ...rows.map(([name]) => name.length + 3)),
    Math.max(columns[1] - columns[0], ...rows.map(([, shape]) => shape.length + 2)),
    columns[2] - columns[1],
  ];
  const total = widths.reduce((sum, n) => sum + n, 0);
  const line = (cells: readonly string[]) =>
    ` ${cells.map((cell, i) => cell.padEnd((widths[i] as number) - (i === 0 ? 1 : 0))).join('')}`;
  const trainable = countOf(model.built ? model.trainableWeights : []);
  const frozen = countOf(model.built ? model.nonTrainableWeights : []);
  return [
    `Model: "${model.name}"`,
    '_'.repeat(total),
    line(['Layer (type)', 'Output Shape', 'Param #']),
    '='.repeat(total),
    ...rows.flatMap((row) => [line(row), ' '.repeat(total)]),
    '='.repeat(total),
    `Total params: ${grouped(trainable + frozen)}`,
    `Trainable params: ${grouped(trainable)}`,
    `Non-trainable params: ${grouped(frozen)}`,
    '_'.repeat(total),
  ].join('\n');
}

type Row = readonly [name: string, shape: string, params: string];

function rowsOf(model: Layer, nested: boolean, around: readonly Layer[] = []): Row[] {
  const indent = '| '.repeat(around.length);
  const within = [...around, model];
  const layers = model.layers.filter((layer) => !within.includes(layer));
  return layers.flatMap((layer): Row[] => {
    const name = `${indent}${layer.name} (${layer.constructor.name})`;
    const row: Row = layer.built
      ? [name, layer.outputShape ?? '?', String(layer.countParams())]
      : [name, '?', '0 (unused)'];
    return nested ? [row, ...rowsOf(layer, nested, within)] : [row];
  });
}

function countOf(weights: readonly Variable[]): number {
  return weights.reduce((count, weight) => count + sizeOf(weight.shape), 0);
}

/** `1,234,567` */
function grouped(n: number): string {
  return n.toLocaleString('en-US');
}
