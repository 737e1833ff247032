import { GradientTape } from '../core/tape.ts';
import { type Tensor, tensor } from '../core/tensor.ts';
import { loadMnist } from '../data/mnist.ts';
import { encodePng } from '../io/png.ts';
import { writeProjector } from '../io/projector.ts';
import { scatterPicture, scatterSvg } from '../io/scatter.ts';
import { scatterPage } from '../io/scatter-page.ts';
import { Dense } from '../nn/layers/index.ts';
import { RunningMeans } from '../nn/metrics.ts';
import { Model } from '../nn/model.ts';
import { Adam } from '../nn/optimisers.ts';
import { Sequential } from '../nn/sequential.ts';
import { zip } from '../nn/zip.ts';
import { add, div, meanSquaredError, mul, reshape, sub } from '../ops/index.ts';
import { readDataSets } from './examples.ts';
import { defineProgram, type Program } from './program.ts';
import { Summaries } from './summaries.ts';

const options = {
  epochs: { type: 'number', whole: true, min: 0, default: 100, help: 'Passes over the images' },
  batchSize: { type: 'number', whole: true, min: 1, default: 128, help: 'Images in a batch' },
  learningRate: { type: 'number', above: 0, default: 1e-3, help: 'Learning rate of Adam' },
  every: {
    type: 'number',
    whole: true,
    min: 1,
    default: 20,
    help: 'Epochs from one printed line and its pictures to the next',
  },
} as const;

/** Glorot uniform weights and zero biases, slim's defaults, are those of the layers, too. */
class Autoencoder extends Model {
  encoder = new Sequential([
    new Dense(128, { activation: 'relu', name: 'encoder/fc1' }),
    new Dense(64, { activation: 'relu', name: 'encoder/fc2' }),
    new Dense(12, { activation: 'relu', name: 'encoder/fc3' }),
    new Dense(3, { name: 'encoder/fc4' }),
  ]);
  decoder = new Sequential([
    new Dense(12, { activation: 'relu', name: 'decoder/fc1' }),
    new Dense(64, { activation: 'relu', name: 'decoder/fc2' }),
    new Dense(128, { activation: 'relu', name: 'decoder/fc3' }),
    new Dense(28 * 28, { activation: 'tanh', name: 'decoder/fc4' }),
  ]);

  override call(inputs: Tensor): [encode: Tensor, decode: Tensor] {
    const encode = this.encoder.apply(inputs);
    const decode = this.decoder.apply(encode);
    return [encode, decode];
  }
}

/** From brightness in [0, 1] to the inputs, in [-1, 1]; and back. */
const toInputs = (images: Tensor): Tensor => div(sub(images, 0.5), 0.5);
const toImages = (output: Tensor): Tensor => add(mul(output, 0.5), 0.5);

/** Post 2, first half: four dense layers to a code of three numbers, which can be drawn, and four back. */
export const deepAe: Program<typeof options> = defineProgram({
  name: 'deep-ae',
  summary: 'Deep autoencoder of MNIST with codes in three dimensions (post 2)',
  post: 'Autoencoder (TensorFlow 1, slim), first half',
  unit: 'epoch',
  options,

  async run(run, { epochs, batchSize, learningRate, every }) {
    const { train: trainSet, test: testSet } = readDataSets(await run.load(loadMnist));

    const autoencoder = new Autoencoder().buildFor([null, 784]);
    run.keep(autoencoder);

    const opt = new Adam({ learningRate, epsilon: 1e-8 }); // TF1's; 1e-7 is Keras's
    const trainOp = run.compile((inputPh: Tensor) => {
      const tape = new GradientTape();
      const loss = tape.record(() => lossOf(inputPh));
      const variables = autoencoder.trainableVariables;
      opt.applyGradients(zip(tape.gradient(loss, variables), variables));
      return loss;
    });

    const summaries = new Summaries(
      run,
      'simple_autoencoder',
      { loss: lossOf, decoded: (images) => toImages(autoencoder.apply(toInputs(images))[1]) },
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

    const [viewImgs, viewLabels] = trainSet.nextBatch(200);
    const codes = autoencoder.encoder.apply(toInputs(viewImgs));
    const scatter = { points: codes, labels: viewLabels, title: 'Codes of 200 training images' };
    const images = reshape(viewImgs, [-1, 28, 28]);
    run.write('scatter.svg', scatterSvg(scatter));
    run.print(`Codes             ${run.write('scatter.png', encodePng(scatterPicture(scatter)))}`);
    run.print(`Codes, to turn    ${run.write('scatter.html', scatterPage(scatter, { images }))}`);
    writeProjector(run.path('simple_autoencoder/train'), {
      name: 'codes',
      points: codes,
      metadata: { digit: viewLabels },
      images,
    });

    const testCode = tensor([[0.0, 0.0, 5.0]]);
    const decode = toImages(autoencoder.decoder.apply(testCode));
    const one = { height: 28, width: 28, columns: 1 };
    run.print(`The code 0, 0, 5  ${run.picture('decoded-0-0-5.png', decode, one)}`);

    function lossOf(images: Tensor): Tensor {
      const inputs = toInputs(images);
      const [, output] = autoencoder.apply(inputs);
      return meanSquaredError(inputs, output);
    }
  },

  autoencoder() {
    const autoencoder = new Autoencoder().buildFor([null, 784]);
    return {
      sampleShape: [28, 28],
      codeShape: [3],
      loadImages: loadMnist,
      encode: (images) => autoencoder.encoder.apply(toInputs(reshape(images, [-1, 784]))),
      decode: (codes) => reshape(toImages(autoencoder.decoder.apply(codes)), [-1, 28, 28]),
      summary: () => autoencoder.summary({ expandNested: true }),
      weightsByPath: () => autoencoder.weightsByPath(),
    };
  },
});
