import { GradientTape } from '../core/tape.ts';
import type { Tensor } from '../core/tensor.ts';
import { loadMnist } from '../data/mnist.ts';
import { Activation, Conv2D, Conv2DTranspose, MaxPooling2D } from '../nn/layers/index.ts';
import { RunningMeans } from '../nn/metrics.ts';
import { Model } from '../nn/model.ts';
import { Adam } from '../nn/optimisers.ts';
import { Sequential } from '../nn/sequential.ts';
import { zip } from '../nn/zip.ts';
import { add, div, meanSquaredError, mul, reshape, sub } from '../ops/index.ts';
import { resizeBilinear } from '../ops/resize.ts';
import { readDataSets } from './examples.ts';
import { defineProgram, type Program } from './program.ts';
import { Summaries } from './summaries.ts';

const options = {
  epochs: { type: 'number', whole: true, min: 0, default: 40, help: 'Passes over the images' },
  batchSize: { type: 'number', whole: true, min: 1, default: 128, help: 'Images in a batch' },
  learningRate: { type: 'number', above: 0, default: 1e-3, help: 'Learning rate of Adam' },
  every: {
    type: 'number',
    whole: true,
    min: 1,
    default: 5,
    help: 'Epochs from one printed line and its pictures to the next',
  },
} as const;

const same = { padding: 'same' } as const;

/** Glorot uniform weights and zero biases, slim's defaults, are those of the layers, too. */
class ConvAutoencoder extends Model {
  encoder = new Sequential([
    new Conv2D(16, 3, { strides: 3, ...same, activation: 'relu' }), // (b, 10, 10, 16)
    new MaxPooling2D(2, { strides: 2, ...same }), // (b, 5, 5, 16)
    new Conv2D(8, 3, { strides: 2, ...same, activation: 'relu' }), // (b, 3, 3, 8)
    new MaxPooling2D(2, { strides: 2, ...same }), // (b, 2, 2, 8)
  ]);
  decoder = new Sequential([
    new Conv2DTranspose(16, 3, { strides: 2, padding: 'valid', activation: 'relu' }), // (b, 5, 5, 16)
    new Conv2DTranspose(8, 5, { strides: 3, ...same, activation: 'relu' }), // (b, 15, 15, 8)
    new Conv2DTranspose(1, 3, { strides: 2, ...same }), // (b, 30, 30, 1)
    new Activation((decode) => resizeBilinear(decode, [28, 28])), // (b, 28, 28, 1), corners as TF1 takes them
    new Activation('tanh'),
  ]);

  override call(inputs: Tensor): [encode: Tensor, decode: Tensor] {
    const encode = this.encoder.apply(inputs);
    const decode = this.decoder.apply(encode);
    return [encode, decode];
  }
}

/** From brightness in [0, 1] to the inputs, in [-1, 1]; and back. */
const toInputs = (images: Tensor): Tensor => div(sub(reshape(images, [-1, 28, 28, 1]), 0.5), 0.5);
const toImages = (output: Tensor): Tensor => add(mul(output, 0.5), 0.5);

/** Post 2, second half: convolutions and pools to a code of 2 × 2 × 8, transposed convolutions back. */
export const convAe: Program<typeof options> = defineProgram({
  name: 'conv-ae',
  summary: 'Convolutional autoencoder of MNIST with codes of 2 × 2 × 8 (post 2)',
  post: 'Autoencoder (TensorFlow 1, slim), second half',
  unit: 'epoch',
  options,

  async run(run, { epochs, batchSize, learningRate, every }) {
    const { train: trainSet, test: testSet } = readDataSets(await run.load(loadMnist));

    const convAutoencoder = new ConvAutoencoder().buildFor([null, 28, 28, 1]);
    run.keep(convAutoencoder);

    const opt = new Adam({ learningRate, epsilon: 1e-8 }); // TF1's; 1e-7 is Keras's
    const trainOp = run.compile((inputPh: Tensor) => {
      const tape = new GradientTape();
      const loss = tape.record(() => lossOf(inputPh));
      const variables = convAutoencoder.trainableVariables;
      opt.applyGradients(zip(tape.gradient(loss, variables), variables));
      return loss;
    });

    const summaries = new Summaries(
      run,
      'conv_autoencoder',
      { loss: lossOf, decoded: (images) => toImages(convAutoencoder.apply(toInputs(images))[1]) },
      testSet.images.slice(0, 1),
    );

    for await (const e of run.epochs(epochs)) {
      const means = new RunningMeans([]);
      let trainImgs: Tensor | undefined;
      let numExamples = 0;
      while (numExamples < trainSet.numExamples) {
        const left = trainSet.numExamples - numExamples;
        const batch = Math.min(batchSize, left);
        numExamples += batch;
        [trainImgs] = trainSet.nextBatch(batch);
        const loss = trainOp(trainImgs);
        means.add({ train_loss: loss }, batch);
        await run.progress(`epoch ${e + 1}`, numExamples, trainSet.numExamples);
      }
      // The curve is that of whole passes; what is printed is the loss of one batch, as in the post.
      run.log(e + 1, { ...means.values(), val_loss: await summaries.meanLoss(testSet) });
      if ((e + 1) % every === 0 && trainImgs !== undefined) {
        const trainLoss = summaries.add('train', e + 1, trainImgs);
        const [valImgs] = testSet.nextBatch(128);
        const valLoss = summaries.add('val', e + 1, valImgs);
        run.print(
          `Epoch: ${e + 1}, train_loss: ${trainLoss.toFixed(5)}, val_loss: ${valLoss.toFixed(5)}`,
        );
      }
    }

    function lossOf(images: Tensor): Tensor {
      const inputs = toInputs(images);
      const [, output] = convAutoencoder.apply(inputs);
      return meanSquaredError(inputs, output);
    }
  },

  autoencoder() {
    const convAutoencoder = new ConvAutoencoder().buildFor([null, 28, 28, 1]);
    return {
      sampleShape: [28, 28],
      codeShape: [2, 2, 8],
      loadImages: loadMnist,
      encode: (images) => convAutoencoder.encoder.apply(toInputs(images)),
      decode: (codes) => reshape(toImages(convAutoencoder.decoder.apply(codes)), [-1, 28, 28]),
      summary: () => convAutoencoder.summary({ expandNested: true }),
      weightsByPath: () => convAutoencoder.weightsByPath(),
    };
  },
});
