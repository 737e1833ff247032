import { fromArray, type Tensor } from '../core/tensor.ts';
import { lineChart } from '../io/chart.ts';
import { EarlyStopping } from '../nn/callbacks/index.ts';
import { Dense } from '../nn/layers/index.ts';
import { Model } from '../nn/model.ts';
import { Adam } from '../nn/optimisers.ts';
import { Sequential } from '../nn/sequential.ts';
import {
  abs,
  concat,
  exp,
  pow,
  randomUniform,
  max as reduceMax,
  sin,
  square,
  sub,
} from '../ops/index.ts';
import { defineProgram, type Program } from './program.ts';

const options = {
  epochs: { type: 'number', whole: true, min: 1, default: 1000, help: 'Epochs at most' },
  batchSize: { type: 'number', whole: true, min: 1, default: 32, help: 'Points in a batch' },
  points: { type: 'number', whole: true, min: 5, default: 10000, help: 'Points of the curve' },
  learningRate: { type: 'number', above: 0, default: 1e-4, help: 'Learning rate of Adam' },
  patience: {
    type: 'number',
    whole: true,
    min: 0,
    default: 10,
    help: 'Training ends after so many epochs without a better validation loss',
  },
} as const;

class AutoEncoder extends Model {
  encoder = new Sequential([
    new Dense(100, { activation: 'relu' }),
    new Dense(100, { activation: 'relu' }),
    new Dense(100, { activation: 'relu' }),
    new Dense(1), // compress into 1 dimension
  ]);
  decoder = new Sequential([
    new Dense(100, { activation: 'relu' }),
    new Dense(100, { activation: 'relu' }),
    new Dense(100, { activation: 'relu' }),
    new Dense(4), // unpack into 4 dimensions
  ]);

  override call(x: Tensor): Tensor {
    const latentX = this.encoder.apply(x); // compress
    const decodedX = this.decoder.apply(latentX); // unpack
    return decodedX;
  }
}

/** The features of each hidden number, [n,1] to [n,4]. */
export const curve = (Z: Tensor): Tensor => concat([square(Z), pow(Z, 3), sin(Z), exp(Z)], 1);

/** The names of the features. */
export const features: readonly string[] = ['z²', 'z³', 'sin z', 'e^z'];

/** Post 3: four features that are functions of one hidden number, packed into one number and unpacked. */
export const curveAe: Program<typeof options> = defineProgram({
  name: 'curve-ae',
  summary: 'Autoencoder of the curve (z², z³, sin z, e^z), 4-100-100-100-1 and back (post 3)',
  post: 'Introduction to Autoencoders, R. Kübler',
  unit: 'epoch',
  options,

  async run(run, { epochs, batchSize, points, learningRate, patience }) {
    const Z = randomUniform([points, 1], { minval: -5, maxval: 5 });
    const X = curve(Z);

    const ae = new AutoEncoder();
    run.keep(ae);

    ae.compile({
      optimizer: new Adam({ learningRate }),
      loss: 'mse',
      runEagerly: run.eager,
    });

    await ae.fit(
      X, // input
      X, // equals output
      {
        validationSplit: 0.2, // prevent overfitting
        epochs,
        batchSize,
        callbacks: [
          new EarlyStopping({ patience }), // early stop
          ...run.callbacks(),
        ],
        verbose: 0, // the run's callbacks print Keras's lines
      },
    );

    const errors = abs(sub(X, ae.apply(X)));
    run.print(`largest error ${reduceMax(errors).item().toFixed(6)}`);

    // Beyond the post: which number did it find in the place of z, and where does it err?
    const [z, code, error] = [Z.data(), ae.encoder.apply(X).data(), errors.data()];
    const inOrder = Array.from(z.keys()).sort((a, b) => (z[a] ?? 0) - (z[b] ?? 0));
    const every = Math.ceil(points / 500);
    const some = inOrder.filter((_, i) => i % every === 0);
    const codePoints = some.map((i) => [z[i] ?? 0, code[i] ?? 0] as const);
    const codeChart = lineChart([{ name: 'code', points: codePoints }], {
      title: 'The code of each point',
      xLabel: 'z',
      yLabel: 'code',
    });
    const errorChart = lineChart(
      features.map((name, feature) => ({
        name,
        points: some.map((i) => [z[i] ?? 0, error[4 * i + feature] ?? 0] as const),
      })),
      { title: 'Error of each feature', xLabel: 'z', yLabel: 'absolute error' },
    );
    run.print(`Code over z    ${run.write('code.svg', codeChart)}`);
    run.print(`Error over z   ${run.write('error.svg', errorChart)}`);
  },

  autoencoder() {
    const ae = new AutoEncoder().buildFor([null, 4]);
    return {
      sampleShape: [4],
      codeShape: [1],
      drawSamples: (count) => {
        const step = 10 / Math.max(1, count - 1);
        const Z = Float32Array.from({ length: count }, (_, i) => -5 + i * step);
        return curve(fromArray(Z, [count, 1]));
      },
      encode: (points) => ae.encoder.apply(points),
      decode: (codes) => ae.decoder.apply(codes),
      summary: () => ae.summary({ expandNested: true }),
      weightsByPath: () => ae.weightsByPath(),
    };
  },
});
