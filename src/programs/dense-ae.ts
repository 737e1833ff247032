import { shapeText } from '../core/shape.ts';
import { GradientTape } from '../core/tape.ts';
import type { Tensor } from '../core/tensor.ts';
import { Variable } from '../core/tensor.ts';
import { Dataset } from '../data/dataset.ts';
import { loadMnist } from '../data/mnist.ts';
import { ImageRows } from '../data/rows.ts';
import * as initialisers from '../nn/initialisers.ts';
import { Adam } from '../nn/optimisers.ts';
import { zip } from '../nn/zip.ts';
import { add, concat, matmul, mean, reshape, sigmoid, slice, square, sub } from '../ops/index.ts';
import { defineProgram, type Program } from './program.ts';

const options = {
  steps: {
    type: 'number',
    whole: true,
    min: 0,
    default: 20000,
    help: 'Training ends after the step of this number; the first is 0',
  },
  batchSize: { type: 'number', whole: true, min: 1, default: 32, help: 'Images in a batch' },
  learningRate: { type: 'number', above: 0, default: 1e-3, help: 'Learning rate of Adam' },
} as const;

const features = 784;
const numHidden1 = 128;
const numHidden2 = 64;

/** Weights and biases by hand, and the two functions that use them. */
function makeAutoencoder() {
  const randomNormal = initialisers.randomNormal();

  const weights = {
    encoderH1: new Variable(randomNormal([features, numHidden1])),
    encoderH2: new Variable(randomNormal([numHidden1, numHidden2])),
    decoderH1: new Variable(randomNormal([numHidden2, numHidden1])),
    decoderH2: new Variable(randomNormal([numHidden1, features])),
  };

  const biases = {
    encoderB1: new Variable(randomNormal([numHidden1])),
    encoderB2: new Variable(randomNormal([numHidden2])),
    decoderB1: new Variable(randomNormal([numHidden1])),
    decoderB2: new Variable(randomNormal([features])),
  };

  function encoder(x: Tensor): Tensor {
    const layer1 = sigmoid(add(matmul(x, weights.encoderH1), biases.encoderB1));
    const layer2 = sigmoid(add(matmul(layer1, weights.encoderH2), biases.encoderB2));
    return layer2;
  }

  function decoder(x: Tensor): Tensor {
    const layer1 = sigmoid(add(matmul(x, weights.decoderH1), biases.decoderB1));
    const layer2 = sigmoid(add(matmul(layer1, weights.decoderH2), biases.decoderB2));
    return layer2;
  }

  const weightsByPath = () => new Map(Object.entries({ ...weights, ...biases }));
  return { weights, biases, encoder, decoder, weightsByPath };
}

/** Post 1: weights by hand, 784-128-64-128-784, sigmoid after every layer, mean squared error. */
export const denseAe: Program<typeof options> = defineProgram({
  name: 'dense-ae',
  summary: 'Dense autoencoder of MNIST, its weights in two objects: 784-128-64-128-784 (post 1)',
  post: 'Tensorflow 2.0 02: AutoEncoder, 2019-10-28',
  options,

  async run(run, { steps: trainSteps, batchSize, learningRate }) {
    const mnist = await run.load(loadMnist);
    const xTrain = new ImageRows(mnist.train.images, [784]); // bytes, read as floats in [0, 1]
    const xTest = new ImageRows(mnist.test.images, [784]);

    const trainData = Dataset.fromTensorSlices(xTrain)
      .repeat()
      .shuffle(10000)
      .batch(batchSize)
      .prefetch(1);
    const testData = Dataset.fromTensorSlices(xTest).repeat().batch(batchSize).prefetch(1);

    const autoencoder = makeAutoencoder();
    const { weights, biases, encoder, decoder } = autoencoder;
    run.keep(autoencoder);

    function mse(recons: Tensor, origin: Tensor): Tensor {
      return mean(square(sub(recons, origin)));
    }

    const optimizer = new Adam({ learningRate });

    const trainStep = run.compile((batchX: Tensor) => {
      const tape = new GradientTape();
      const loss = tape.record(() => {
        const reconstructX = decoder(encoder(batchX));
        return mse(reconstructX, batchX);
      });
      const trainableV = [...Object.values(weights), ...Object.values(biases)];

      const grads = tape.gradient(loss, trainableV);
      optimizer.applyGradients(zip(grads, trainableV));
      return loss;
    });

    for await (const [step, batchX] of run.steps(trainData.take(trainSteps + 1))) {
      const loss = trainStep(batchX);

      if (step % 1000 === 0) {
        run.print(`step ${step} loss: ${loss.item().toFixed(6)}`);
        run.log(step, { loss: loss.item() });
      }
      // The post shows its pictures twice: after 2,000 steps, and at the end.
      if (step === 2000) picture('reconstructed-2000.png', testGrids().reconstrX);
    }

    const { originX, reconstrX } = testGrids();
    run.print(`Original Images       ${picture('original.png', originX)}`);
    run.print(`Reconstructed Images  ${picture('reconstructed.png', reconstrX)}`);

    /** The first n images of n test batches, and what the autoencoder makes of them: [n · n, 784]. */
    function testGrids(n = 4): { originX: Tensor; reconstrX: Tensor } {
      const originX: Tensor[] = [];
      const reconstrX: Tensor[] = [];

      for (const x of testData.take(n)) {
        const reconX = decoder(encoder(x));
        originX.push(slice(x, [0, 0], [n, features]));
        reconstrX.push(slice(reconX, [0, 0], [n, features]));
      }
      return { originX: concat(originX, 0), reconstrX: concat(reconstrX, 0) };
    }

    function picture(file: string, images: Tensor): string {
      return run.picture(file, images, { height: 28, width: 28, columns: 4 });
    }
  },

  autoencoder() {
    const { encoder, decoder, weightsByPath } = makeAutoencoder();
    return {
      sampleShape: [28, 28],
      codeShape: [numHidden2],
      loadImages: loadMnist,
      encode: (images) => encoder(reshape(images, [-1, features])),
      decode: (codes) => reshape(decoder(codes), [-1, 28, 28]),
      summary: () =>
        [...weightsByPath()].map(([name, { shape }]) => `${name} ${shapeText(shape)}`).join('\n'),
      weightsByPath,
    };
  },
});
