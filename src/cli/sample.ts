import { setSeed } from '../core/random.ts';
import { sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul, randomNormal, sqrt } from '../ops/index.ts';
import { pca } from '../ops/linalg/index.ts';
import { type Command, defineCommand } from './command.ts';
import { openPool } from './samples.ts';
import {
  decodeRows,
  encodeRows,
  type OpenRun,
  openRun,
  outOption,
  pathsFor,
  runArgument,
  writeSamples,
} from './trained-run.ts';

/** Training samples whose codes say where random codes are worth decoding. */
const looks = 2000;

/** Decodes random codes. */
export const sample: Command = defineCommand({
  name: 'sample',
  summary: 'Draws images of random codes, which a trained run has never seen',
  positionals: [runArgument],
  options: {
    count: { type: 'number', whole: true, min: 1, max: 10_000, default: 16, help: 'How many' },
    seed: { type: 'number', whole: true, min: 0, default: 0, help: 'Another seed, other images' },
    data: {
      type: 'text',
      value: 'DIR',
      help: 'Folder of the data files; the one of the run unless told',
    },
    out: outOption,
  },
  async run({ options, positionals: [folder] }) {
    const run = openRun('sample', folder);
    setSeed(options.seed);
    const codes = run.autoencoder.normalCodes
      ? standardCodes(run, options.count)
      : await likelyCodes(run, options.count, options.data);
    const samples = decodeRows(run.autoencoder, codes);
    const path = pathsFor('sample', run, options.out);
    writeSamples(run, path, { codes, samples }, { title: `Samples, seed ${options.seed}` });
  },
});

function standardCodes({ program, autoencoder }: OpenRun, count: number): Tensor {
  console.log(`codes    from N(0, I), which ${program.name} draws its codes towards`);
  return randomNormal([count, sizeOf(autoencoder.codeShape)]);
}

/** Nothing told a plain autoencoder how to spread its codes, so random ones are drawn like those of training samples. */
async function likelyCodes(run: OpenRun, count: number, data: string | undefined): Promise<Tensor> {
  const pool = await openPool(run, { train: true, data });
  const most = Math.min(looks, pool.count);
  const { values } = pool.take('sample', [...Array(most).keys()]);
  const { variances, decode } = pca(encodeRows(run.autoencoder, values));
  console.log(
    `codes    from the normal distribution with the mean and covariance of the codes of ${most} training samples; ${run.program.name} draws its codes towards none`,
  );
  return decode(mul(randomNormal([count, variances.size]), sqrt(variances)));
}
