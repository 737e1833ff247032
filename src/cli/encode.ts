import { sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { lineChart } from '../io/chart.ts';
import { writeFileAtomically } from '../io/files.ts';
import { saveNpy } from '../io/npy.ts';
import { encodePng } from '../io/png.ts';
import { scatterPicture } from '../io/scatter.ts';
import { scatterPage } from '../io/scatter-page.ts';
import { pad, reshape } from '../ops/index.ts';
import { pca } from '../ops/linalg/index.ts';
import { type Command, defineCommand } from './command.ts';
import { writeCsv } from './number-file.ts';
import { readSamples, type Samples, sampleOptions } from './samples.ts';
import { alignColumns } from './table.ts';
import { encodeRows, openRun, outOption, pathsFor, runArgument } from './trained-run.ts';

/** Lines printed; all codes are in the files. */
const shownRows = 10;
const shownNumbers = 8;

/** Prints the codes of images, writes them as .csv and .npy, and draws them. */
export const encode: Command = defineCommand({
  name: 'encode',
  summary: 'Prints the codes that a trained run gives to images, and draws and saves them',
  positionals: [runArgument],
  options: { ...sampleOptions, out: outOption },
  async run({ options, positionals: [folder] }) {
    const run = openRun('encode', folder);
    const { autoencoder } = run;
    const samples = await readSamples('encode', run, options, 200);
    const codes = encodeRows(autoencoder, samples.values);
    const path = pathsFor('encode', run, options.out);

    const rows = rowsOf(codes, samples);
    console.log(table(rows));
    const numbers = Array.from({ length: sizeOf(autoencoder.codeShape) }, (_, i) => `code ${i}`);
    writeCsv(
      path('csv'),
      ['sample', 'class', ...numbers],
      rows.map(({ name, label, code }) => [name, label, ...code]),
    );
    saveNpy(path('npy'), reshape(codes, [-1, ...autoencoder.codeShape]));
    console.log(`codes    ${path('csv')}, ${path('npy')}`);
    draw(codes, samples, path);
  },
});

interface Row {
  readonly name: string;
  /** The name of its class, if it has one. */
  readonly label: string;
  readonly code: readonly number[];
}

function rowsOf(codes: Tensor, { names, labels, classes }: Samples): Row[] {
  const [, size = 0] = codes.shape;
  const values = codes.data();
  return names.map((name, i) => ({
    name,
    label: classes?.[labels?.[i] ?? -1] ?? '',
    code: Array.from(values.subarray(i * size, (i + 1) * size)),
  }));
}

function table(rows: readonly Row[]): string {
  const lines = rows.slice(0, shownRows).map(({ name, label, code }) => {
    const numbers = code.slice(0, shownNumbers).map((number) => number.toFixed(4));
    const more = code.length - numbers.length;
    return [name, label, ...numbers, ...(more > 0 ? [`and ${more} more`] : [])];
  });
  const more = rows.length - lines.length;
  const numeric = Array.from({ length: shownNumbers }, (_, i) => i + 2);
  const shown = alignColumns(lines, numeric);
  return more > 0 ? `${shown}\n… and ${more} more` : shown;
}

/** A scatter of codes in three dimensions; single numbers as a chart. */
function draw(codes: Tensor, samples: Samples, path: (ending: string) => string): void {
  const [count = 0, size = 0] = codes.shape;
  if (size === 1) {
    const points = Array.from(codes.data(), (code, i) => [i, code] as const);
    const about = { title: 'Codes', xLabel: 'sample', yLabel: 'code' };
    writeFileAtomically(path('svg'), lineChart([{ name: 'code', points }], about));
    console.log(`picture  ${path('svg')}`);
    return;
  }
  if (size > 3 && count < 4) return; // no three directions in which they differ
  const { labels = Array.from({ length: count }, () => 0), classes = ['sample'] } = samples;
  const axis = size > 3 ? 'component' : 'code';
  const scatter = {
    points: inThree(codes),
    labels,
    classes,
    title:
      size > 3 ? `Codes of ${count} samples: principal components` : `Codes of ${count} samples`,
    axisNames: [`${axis} 0`, `${axis} 1`, `${axis} 2`] as const,
  };
  const { values } = samples;
  const images = values.rank === 3 && count <= 1000 ? { images: values } : {};
  writeFileAtomically(path('png'), encodePng(scatterPicture(scatter)));
  console.log(`picture  ${path('png')}`);
  writeFileAtomically(path('html'), scatterPage(scatter, images));
  console.log(`to turn  ${path('html')}`);
}

/** Three numbers a code: its own, with a 0 beside two, or its first principal components. */
function inThree(codes: Tensor): Tensor {
  const [, size = 0] = codes.shape;
  if (size === 3) return codes;
  if (size === 2) return pad(codes, [[0, 0], [0, 1]]); // biome-ignore format: pairs
  return pca(codes, { components: 3 }).encode(codes);
}
