import { GradientTape } from '../core/tape.ts';
import { fromArray, type Tensor } from '../core/tensor.ts';
import { Dataset } from '../data/dataset.ts';
import { loadFashionMnist } from '../data/mnist.ts';
import { ImageRows } from '../data/rows.ts';
import { Dense } from '../nn/layers/index.ts';
import { RunningMeans } from '../nn/metrics.ts';
import { Model } from '../nn/model.ts';
import { Adam } from '../nn/optimisers.ts';
import { zip } from '../nn/zip.ts';
import {
  add,
  concat,
  exp,
  mul,
  pow,
  randomNormal,
  mean as reduceMean,
  relu,
  reshape,
  sigmoid,
  sigmoidCrossEntropyWithLogits,
  slice,
  square,
  sub,
} from '../ops/index.ts';
import { defineProgram, type Program } from './program.ts';

const options = {
  steps: {
    type: 'number',
    whole: true,
    min: 0,
    default: 10000,
    help: 'Training ends after the step of this number; the first is 0',
  },
  batchSize: { type: 'number', whole: true, min: 16, default: 128, help: 'Images in a batch' },
  learningRate: { type: 'number', above: 0, default: 1e-3, help: 'Learning rate of Adam' },
  klWeight: {
    type: 'number',
    min: 0,
    default: 0.1,
    help: 'Weight of the KL term; with 1, codes collapse',
  },
  zDims: { type: 'number', whole: true, min: 1, default: 20, help: 'Numbers in a code' },
} as const;

const displayStep = 1000;
const dense1Units = 256;
const imgDims = 784;

class VAE extends Model {
  dense0 = new Dense(dense1Units, { activation: relu });
  dense1 = new Dense(dense1Units, { activation: relu });
  dense21: Dense;
  dense22: Dense;

  dense3 = new Dense(dense1Units, { activation: relu });
  dense4 = new Dense(dense1Units, { activation: relu });
  out = new Dense(imgDims);

  constructor(zDims: number) {
    super();
    this.dense21 = new Dense(zDims);
    this.dense22 = new Dense(zDims);
  }

  /** The post calls the second `var`, which it is not: it is the logarithm of the variance. */
  encoder(inputs: Tensor): [mean: Tensor, logVar: Tensor] {
    let outputs = this.dense0.apply(inputs);
    outputs = this.dense1.apply(outputs);
    const mean = this.dense21.apply(outputs);
    const logVar = this.dense22.apply(outputs);

    return [mean, logVar];
  }

  decoder(inputs: Tensor): Tensor {
    let outputs = this.dense3.apply(inputs);
    outputs = this.dense4.apply(outputs);
    outputs = this.out.apply(outputs);

    return outputs;
  }

  sample(mean: Tensor, logVar: Tensor): Tensor {
    const eps = randomNormal(mean.shape);
    const noise = mul(pow(exp(logVar), 0.5), eps);
    const z = add(mean, noise);

    return z;
  }

  override call(inputs: Tensor): [outputs: Tensor, mean: Tensor, logVar: Tensor] {
    const [mean, logVar] = this.encoder(inputs);
    const zSample = this.sample(mean, logVar);
    const outputs = this.decoder(zSample);

    return [outputs, mean, logVar];
  }
}

/** Post 4: a variational autoencoder, 784-256-256-20-256-256-784, cross-entropy and a tenth of the KL divergence. */
export const vae: Program<typeof options> = defineProgram({
  name: 'vae',
  summary: 'Variational autoencoder of Fashion-MNIST with codes of 20 numbers (post 4)',
  post: 'Tensorflow 2.0 05: Variational Autoencoder, 2019-11-06',
  options,

  async run(run, { steps: trainSteps, batchSize, learningRate, klWeight, zDims }) {
    const fashionMnist = await run.load(loadFashionMnist);
    const xTrain = new ImageRows(fashionMnist.train.images, [784]); // bytes, read as floats in [0, 1]
    const xTest = new ImageRows(fashionMnist.test.images, [784]);

    const trainData = Dataset.fromTensorSlices(xTrain)
      .repeat()
      .shuffle(10000)
      .batch(batchSize)
      .prefetch(1);

    const vae = new VAE(zDims);
    run.keep(vae);
    const optimizer = new Adam({ learningRate });

    const trainStep = run.compile((batchX: Tensor) => {
      const tape = new GradientTape();
      const { loss, reconloss, klloss, xRecon } = tape.record(() => {
        const [xRecon, mean, logVar] = vae.apply(batchX);
        const reconloss = reduceMean(sigmoidCrossEntropyWithLogits(batchX, xRecon));
        const klloss = mul(
          klWeight,
          reduceMean(add(sub(exp(logVar), add(logVar, 1)), square(mean))),
        );
        const loss = add(reconloss, klloss);
        return { loss, reconloss, klloss, xRecon };
      });
      const grads = tape.gradient(loss, vae.trainableVariables);
      optimizer.applyGradients(zip(grads, vae.trainableVariables));
      return { loss, reconloss, klloss, xRecon };
    });

    let means = new RunningMeans([]);
    for await (const [step, batchX] of run.steps(trainData.take(trainSteps + 1))) {
      const { loss, reconloss, klloss, xRecon } = trainStep(batchX);

      if (step % displayStep === 0) {
        run.print(
          `step ${step}: loss ${loss.item().toFixed(6)}, reloss ${reconloss.item().toFixed(6)}, klloss ${klloss.item().toFixed(6)}`,
        );
        drawImg(step, batchX, sigmoid(xRecon));
      }
      // The curve shows means of a hundred steps: the loss of one batch jumps.
      means.add({ loss, reloss: reconloss, klloss }, 1);
      if (step % 100 === 0) {
        run.log(step, means.values());
        means = new RunningMeans([]);
      }
    }

    // What the post's text asks for and does not show: new garments, and what lies between two codes.
    const decode = (codes: Tensor): Tensor => sigmoid(vae.decoder(codes));
    const sampled = decode(randomNormal([16, zDims]));
    run.print(`Images of random codes     ${picture('sampled.png', sampled, 4)}`);
    run.print(`Paths from code to code    ${picture('paths.png', paths(), pathLength)}`);

    function drawImg(step: number, oriImg: Tensor, reconImg: Tensor): void {
      const n = 4;
      const name = String(step).padStart(5, '0');
      const first = (images: Tensor) => slice(images, [0, 0], [n * n, imgDims]);
      run.print(`Original Images       ${picture(`original-${name}.png`, first(oriImg), n)}`);
      run.print(
        `Reconstructed Images  ${picture(`reconstructed-${name}.png`, first(reconImg), n)}`,
      );
    }

    /** A row a path: a test image, decodings of codes on the straight line between, another test image. */
    function paths(): Tensor {
      const { labels } = fashionMnist.test;
      const ends = ['Trouser', 'Sneaker', 'T-shirt/top', 'Bag'].map((from, i) => {
        const to = ['Dress', 'Ankle boot', 'Pullover', 'Shirt'][i] ?? '';
        return [from, to].map((name) => {
          const row = Math.max(0, labels.indexOf(fashionMnist.classes.indexOf(name)));
          return xTest.gather([row]);
        }) as [Tensor, Tensor];
      });
      const between = fromArray(
        Float32Array.from({ length: pathLength - 2 }, (_, i) => i / (pathLength - 3)),
        [pathLength - 2, 1],
      );
      return concat(
        ends.flatMap(([from, to]) => {
          const [[start], [end]] = [vae.encoder(from), vae.encoder(to)];
          return [from, decode(add(start, mul(between, sub(end, start)))), to];
        }),
        0,
      );
    }

    function picture(file: string, images: Tensor, columns: number): string {
      return run.picture(file, images, { height: 28, width: 28, columns });
    }
  },

  autoencoder({ zDims }) {
    const vae = new VAE(zDims).buildFor([null, imgDims]);
    return {
      sampleShape: [28, 28],
      codeShape: [zDims],
      loadImages: loadFashionMnist,
      normalCodes: true,
      encode: (images) => vae.encoder(reshape(images, [-1, imgDims]))[0],
      decode: (codes) => reshape(sigmoid(vae.decoder(codes)), [-1, 28, 28]),
      summary: () => vae.summary(),
      weightsByPath: () => vae.weightsByPath(),
    };
  },
});

const pathLength = 10;
