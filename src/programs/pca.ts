import { sizeOf } from '../core/shape.ts';
import { type Tensor, tensor } from '../core/tensor.ts';
import type { ImageSet } from '../data/image-set.ts';
import { loadFashionMnist, loadMnist } from '../data/mnist.ts';
import { ImageRows } from '../data/rows.ts';
import { lineChart } from '../io/chart.ts';
import { encodePng } from '../io/png.ts';
import { scatterPicture, scatterSvg } from '../io/scatter.ts';
import { scatterPage } from '../io/scatter-page.ts';
import { rowsPicture } from '../io/strips.ts';
import {
  abs,
  add,
  div,
  max,
  mean,
  meanSquaredError,
  mul,
  randomUniform,
  reshape,
  slice,
  square,
  sub,
} from '../ops/index.ts';
import { type Pca, pca as principalComponents } from '../ops/linalg/index.ts';
import type { Autoencoder } from './autoencoder.ts';
import { curve, features } from './curve-ae.ts';
import { defineProgram, type Program } from './program.ts';
import { restore } from './restore.ts';
import type { Run } from './run.ts';

const options = {
  run: {
    type: 'text',
    value: 'RUN',
    help: 'Folder of a trained run to measure; unless told, figures of all programs are compared',
  },
} as const;

/** An autoencoder to compare with. */
interface Rival {
  readonly name: string;
  /** Numbers in a code. */
  readonly code: number;
  /** Mean squared error of samples that it was not trained on, where it is known. */
  readonly error?: number;
  /** Itself, where it is at hand. */
  readonly autoencoder?: Autoencoder;
}

/** Errors of test images, brightness in [0, 1], and of points: a run of each program by the post's defaults, seed 0. */
const figures: { readonly [set: string]: readonly Rival[] } = {
  mnist: [
    { name: 'deep-ae', code: 3, error: 0.0308 },
    { name: 'conv-ae', code: 32, error: 0.0206 },
    { name: 'dense-ae', code: 64, error: 0.0105 },
    { name: 'conv-bce-ae', code: 256, error: 0.00449 },
  ],
  'fashion-mnist': [{ name: 'vae', code: 20, error: 0.0228 }],
  curve: [{ name: 'curve-ae', code: 1, error: 0.0226 }],
};

interface Compared {
  readonly name: string;
  readonly code: number;
  readonly pca: number;
  readonly autoencoder: number | undefined;
}

/** What post 3 holds autoencoders against: principal components, the best that is linear. */
export const pca: Program<typeof options> = defineProgram({
  name: 'pca',
  summary:
    'Principal components, the linear baseline, beside each autoencoder at its code size (post 3)',
  post: 'Introduction to Autoencoders, R. Kübler',
  options,

  async run(run, { run: folder }) {
    const compared: Compared[] = [];
    if (folder === undefined) {
      const mnist = await run.load(loadMnist);
      compared.push(...(await amongImages(run, mnist, rivalsOn(mnist, 'mnist'))));
      const fashion = await run.load(loadFashionMnist);
      compared.push(...(await amongImages(run, fashion, rivalsOn(fashion, 'fashion-mnist'))));
      compared.push(...amongPoints(run, figures.curve ?? []));
    } else {
      const { autoencoder, program, options } = restore(folder);
      const code = sizeOf(autoencoder.codeShape);
      const rivals = [{ name: program.name, code, autoencoder }];
      const { loadImages } = autoencoder;
      if (loadImages === undefined) compared.push(...amongPoints(run, rivals));
      else {
        // From where the run had them, unless told.
        const data = options.data as string | undefined;
        const set = await run.load((from) => loadImages({ ...from, data: from.data ?? data }));
        compared.push(...(await amongImages(run, set, rivals)));
      }
    }
    print(run, compared);
  },
});

/** The figures are those of the real images; drawn ones in their place have none. */
function rivalsOn(set: ImageSet, name: 'mnist' | 'fashion-mnist'): readonly Rival[] {
  const rivals = figures[name] ?? [];
  return set.name === name ? rivals : rivals.map(({ name, code }) => ({ name, code }));
}

async function amongImages(run: Run, set: ImageSet, rivals: readonly Rival[]): Promise<Compared[]> {
  const { name, height, width } = set;
  const xTrain = new ImageRows(set.train.images, [height * width]).slice();
  const xTest = new ImageRows(set.test.images, [height * width]).slice();
  const asImages = (x: Tensor) => reshape(x, [-1, height, width]);

  await run.progress(`components of ${name}`, 0, undefined);
  const whole = principalComponents(xTrain);
  await run.progress(`components of ${name}`, 1, undefined);

  // Grey is nothing: a component adds brightness here as it takes it away there.
  const few = first(whole.components, 16);
  const shown = add(mul(div(few, max(abs(few), 1, true)), 0.5), 0.5);
  const grid = { height, width, columns: 4 };
  run.print(`Components        ${run.picture(`${name}-components.png`, shown, grid)}`);

  const ten = first(xTest, 10);
  const rows = rivals.flatMap(({ code, autoencoder }) => [
    asImages(reconstructed(firstOf(whole, code), ten)),
    ...(autoencoder ? [autoencoder.decode(autoencoder.encode(asImages(ten)))] : []),
  ]);
  const picture = encodePng(rowsPicture([asImages(ten), ...rows], { side: 56 }));
  run.print(`Reconstructions   ${run.write(`${name}-reconstructed.png`, picture)}`);

  const some = first(xTrain, 200);
  const scatter = {
    points: whole.first(3).encode(some),
    labels: set.train.labels.subarray(0, some.shape[0]),
    classes: set.classes,
    title: `Principal components of ${some.shape[0]} training images`,
    axisNames: ['component 0', 'component 1', 'component 2'] as const,
  };
  const page = scatterPage(scatter, { images: asImages(some) });
  run.write(`${name}-scatter.svg`, scatterSvg(scatter));
  run.write(`${name}-scatter.png`, encodePng(scatterPicture(scatter)));
  run.print(`Codes, to turn    ${run.write(`${name}-scatter.html`, page)}`);

  return compare(run, name, whole, xTest, rivals, asImages);
}

function amongPoints(run: Run, rivals: readonly Rival[]): Compared[] {
  const Z = randomUniform([10000, 1], { minval: -5, maxval: 5 });
  const X = curve(Z);
  const [train, test] = [slice(X, [0, 0], [8000, 4]), slice(X, [8000, 0], [2000, 4])];
  const whole = principalComponents(train);

  const line = tensor(
    Float32Array.from({ length: 501 }, (_, i) => -5 + i / 50),
    [501, 1],
  );
  const errors = abs(sub(curve(line), reconstructed(whole.first(1), curve(line)))).data();
  const chart = lineChart(
    features.map((name, feature) => ({
      name,
      points: Array.from(line.data(), (z, i) => [z, errors[4 * i + feature] ?? 0] as const),
    })),
    { title: 'Error of each feature, one component', xLabel: 'z', yLabel: 'absolute error' },
  );
  run.print(`Error over z      ${run.write('curve-error.svg', chart)}`);

  return compare(run, 'curve', whole, test, rivals, (x) => x);
}

/** Compares errors on the test samples and draws them over the code size. */
function compare(
  run: Run,
  name: string,
  whole: Pca,
  test: Tensor,
  rivals: readonly Rival[],
  asSamples: (x: Tensor) => Tensor,
): Compared[] {
  const errors = errorsBySize(whole, test);
  const compared = rivals.map(({ name, code, error, autoencoder }) => ({
    name,
    code,
    pca: errors[Math.min(code, errors.length) - 1] ?? Number.NaN,
    autoencoder: autoencoder ? errorOf(autoencoder, asSamples(test)) : error,
  }));
  const most = Math.min(errors.length, 300);
  const chart = lineChart(
    [
      { name: 'PCA', points: errors.slice(0, most).map((error, i) => [i + 1, error] as const) },
      ...compared
        .filter(({ autoencoder }) => autoencoder !== undefined)
        .map(({ name, code, autoencoder = 0 }) => ({
          name,
          points: [[code, autoencoder] as const],
        })),
    ],
    {
      title: `Error of the reconstructions: ${name}`,
      xLabel: 'numbers in a code',
      yLabel: 'mean squared error',
      yScale: 'log',
    },
  );
  run.print(`Errors            ${run.write(`${name}-errors.svg`, chart)}`);
  return compared;
}

/** Few samples have fewer components than some codes have numbers. */
function firstOf(whole: Pca, code: number): Pca {
  return whole.first(Math.min(code, whole.variances.size));
}

/** The first rows, if there are so many. */
function first(rows: Tensor, most: number): Tensor {
  const [count = 0, size = 0] = rows.shape;
  return slice(rows, [0, 0], [Math.min(most, count), size]);
}

function reconstructed(baseline: Pca, samples: Tensor): Tensor {
  return baseline.decode(baseline.encode(samples));
}

/** Mean squared errors with 1, 2, … components: each takes the square of its code from what is left. */
function errorsBySize(whole: Pca, samples: Tensor): number[] {
  const features = samples.shape[1] ?? 1;
  const gains = mean(square(whole.encode(samples)), 0).data();
  let left = mean(square(sub(samples, whole.mean))).item() * features;
  return Array.from(gains, (gain) => {
    left = Math.max(0, left - gain);
    return left / features;
  });
}

function errorOf(autoencoder: Autoencoder, samples: Tensor): number {
  const [count = 0, ...shape] = samples.shape;
  let sum = 0;
  for (let from = 0; from < count; from += 500) {
    const size = Math.min(500, count - from);
    const some = slice(samples, [from, ...shape.map(() => 0)], [size, ...shape]);
    sum += size * meanSquaredError(some, autoencoder.decode(autoencoder.encode(some))).item();
  }
  return sum / count;
}

function print(run: Run, compared: readonly Compared[]): void {
  run.print('Mean squared errors of test samples:');
  run.print('              code       PCA  autoencoder');
  for (const { name, code, pca, autoencoder } of compared) {
    const other = autoencoder?.toPrecision(3) ?? '–';
    run.print(
      `${name.padEnd(12)}  ${String(code).padStart(4)}  ${pca.toPrecision(3).padStart(8)}  ${other.padStart(11)}`,
    );
  }
  run.write('errors.json', `${JSON.stringify(compared, undefined, 2)}\n`);
}
