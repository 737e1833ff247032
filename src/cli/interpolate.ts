import { fromArray } from '../core/tensor.ts';
import { writeFileAtomically } from '../io/files.ts';
import { encodePng } from '../io/png.ts';
import { rowsPicture } from '../io/strips.ts';
import { add, concat, mul, slice, sub } from '../ops/index.ts';
import { type Command, defineCommand } from './command.ts';
import { openPool, sampleOptions } from './samples.ts';
import {
  decodeRows,
  encodeRows,
  openRun,
  outOption,
  pathsFor,
  runArgument,
  writeSamples,
} from './trained-run.ts';

/** Draws the way from one image to another: decodings of the codes on the straight line between theirs. */
export const interpolate: Command = defineCommand({
  name: 'interpolate',
  summary: 'Draws the way from one image to another through the codes of a trained run',
  positionals: [runArgument],
  options: {
    from: { type: 'number', whole: true, min: 0, default: 0, help: 'Number of a test image' },
    to: { type: 'number', whole: true, min: 0, default: 1, help: 'Number of another' },
    steps: { type: 'number', whole: true, min: 2, max: 100, default: 9, help: 'Decodings' },
    train: sampleOptions.train,
    data: sampleOptions.data,
    out: outOption,
  },
  async run({ options, positionals: [folder] }) {
    const { from, to, steps } = options;
    const run = openRun('interpolate', folder);
    const pool = await openPool(run, options);
    const { values, names, labels = [], classes = [] } = pool.take('interpolate', [from, to]);
    const codes = encodeRows(run.autoencoder, values);
    const [start, end] = [0, 1].map((i) => slice(codes, [i, 0], [1, codes.shape[1] ?? 0]));
    if (start === undefined || end === undefined) return;
    const shares = Float32Array.from({ length: steps }, (_, i) => i / (steps - 1));
    const between = add(start, mul(fromArray(shares, [steps, 1]), sub(end, start)));
    const decoded = decodeRows(run.autoencoder, between);

    const called = names.map((name, i) => {
      const label = classes[labels[i] ?? -1];
      return label === undefined ? name : `${name} (${label})`;
    });
    const path = pathsFor('interpolate', run, options.out);
    const title = `From ${called.join(' to ')} in ${steps} steps`;
    console.log(title);
    if (run.autoencoder.loadImages === undefined) {
      writeSamples(run, path, { codes: between, samples: decoded }, { title });
      return;
    }
    const [height = 1, width = 1] = run.autoencoder.sampleShape;
    const image = (i: number) => slice(values, [i, 0, 0], [1, height, width]);
    const strip = rowsPicture([concat([image(0), decoded, image(1)], 0)], { side: 84 });
    writeFileAtomically(path('png'), encodePng(strip));
    console.log(`picture  ${path('png')}, the images themselves at its ends`);
  },
});
