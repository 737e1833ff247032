import type { Tensor } from '../core/tensor.ts';
import { writeFileAtomically } from '../io/files.ts';
import { encodePng } from '../io/png.ts';
import { rowsPicture } from '../io/strips.ts';
import { abs, div, max, maximum, meanSquaredError, reshape, sub } from '../ops/index.ts';
import { type Command, defineCommand } from './command.ts';
import { readSamples, sampleOptions } from './samples.ts';
import {
  decodeRows,
  encodeRows,
  openRun,
  outOption,
  pathsFor,
  runArgument,
  writeSamples,
} from './trained-run.ts';

/** Draws images, their codes if those are images, too, and what becomes of them, under each other. */
export const reconstruct: Command = defineCommand({
  name: 'reconstruct',
  summary: 'Draws images above what a trained run makes of them, and says how far they are apart',
  positionals: [runArgument],
  options: { ...sampleOptions, out: outOption },
  async run({ options, positionals: [folder] }) {
    const run = openRun('reconstruct', folder);
    const { autoencoder } = run;
    const { values } = await readSamples('reconstruct', run, options, 10);
    const codes = encodeRows(autoencoder, values);
    const decoded = decodeRows(autoencoder, codes);
    const largest = max(abs(sub(decoded, values))).item();
    const error = meanSquaredError(values, decoded).item();
    console.log(
      `${values.shape[0]} samples: mean squared error ${error.toPrecision(4)}, largest error ${largest.toPrecision(4)}`,
    );
    const path = pathsFor('reconstruct', run, options.out);
    if (autoencoder.loadImages === undefined) {
      writeSamples(run, path, { codes, samples: decoded }, { title: 'Reconstructions' });
      return;
    }
    const rows = [values, ...codeImages(codes, autoencoder.codeShape), decoded];
    writeFileAtomically(path('png'), encodePng(rowsPicture(rows, { side: 56 })));
    console.log(`picture  ${path('png')}`);
  },
});

/** Codes that are images of one channel, each divided by its maximum, as post 3 shows them. */
function codeImages(
  codes: Tensor,
  [height = 0, width = 0, channels = 0]: readonly number[],
): Tensor[] {
  if (channels !== 1) return [];
  const brightest = maximum(max(codes, 1, true), 1e-12); // a code of zeros stays black
  return [reshape(div(codes, brightest), [-1, height, width])];
}
