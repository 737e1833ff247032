import type { Tensor } from '../core/tensor.ts';
import { loadMnist } from '../data/mnist.ts';
import { ImageRows } from '../data/rows.ts';
import { encodePng } from '../io/png.ts';
import { rowsPicture } from '../io/strips.ts';
import { EarlyStopping } from '../nn/callbacks/index.ts';
import * as layers from '../nn/layers/index.ts';
import { Model } from '../nn/model.ts';
import { Adam } from '../nn/optimisers.ts';
import { Sequential } from '../nn/sequential.ts';
import { div, expandDims, max as reduceMax, reshape } from '../ops/index.ts';
import { defineProgram, type Program } from './program.ts';

const options = {
  epochs: { type: 'number', whole: true, min: 1, default: 1000, help: 'Epochs at most' },
  batchSize: { type: 'number', whole: true, min: 1, default: 128, help: 'Images in a batch' },
  learningRate: { type: 'number', above: 0, default: 1e-3, help: 'Learning rate of Adam' },
  patience: {
    type: 'number',
    whole: true,
    min: 0,
    default: 1,
    help: 'Training ends after so many epochs without a better validation loss',
  },
} as const;

class ConvolutionalAutoEncoder extends Model {
  encoder = new Sequential([
    new layers.Conv2D(4, 5, { activation: 'relu' }),
    new layers.Conv2D(4, 5, { activation: 'relu' }),
    new layers.Conv2D(1, 5, { activation: 'relu' }),
  ]);
  decoder = new Sequential([
    new layers.Conv2DTranspose(4, 5, { activation: 'relu' }),
    new layers.Conv2DTranspose(4, 5, { activation: 'relu' }),
    new layers.Conv2DTranspose(1, 5, { activation: 'sigmoid' }),
  ]);

  override call(x: Tensor): Tensor {
    const latentX = this.encoder.apply(x);
    const decodedX = this.decoder.apply(latentX);
    return decodedX;
  }
}

/** Post 3: convolutions all the way, a code that is an image of 16 × 16, binary cross-entropy. */
export const convBceAe: Program<typeof options> = defineProgram({
  name: 'conv-bce-ae',
  summary: 'Convolutional autoencoder of MNIST whose code is an image of 16 × 16 (post 3)',
  post: 'Introduction to Autoencoders, R. Kübler',
  unit: 'epoch',
  options,

  async run(run, { epochs, batchSize, learningRate, patience }) {
    const mnist = await run.load(loadMnist);
    const XTrain = new ImageRows(mnist.train.images, [28, 28, 1]); // value range = [0,1]
    const XTest = new ImageRows(mnist.test.images, [28, 28, 1]); // shape = [28,28,1]

    const ae = new ConvolutionalAutoEncoder();
    run.keep(ae);

    ae.compile({
      optimizer: new Adam({ learningRate }),
      loss: 'bce',
      runEagerly: run.eager,
    });

    await ae.fit(XTrain, XTrain, {
      batchSize,
      epochs,
      validationData: [XTest, XTest],
      callbacks: [new EarlyStopping({ patience }), ...run.callbacks()],
      verbose: 0, // the run's callbacks print Keras's lines
    });

    run.print(ae.summary());

    const n = 10;

    const images = XTest.slice(0, n);
    const decodedImages = await ae.predict(images);
    const latentImages = ae.encoder.apply(images);

    const shown = div(latentImages, reduceMax(latentImages, [1, 2, 3], true));
    const picture = rowsPicture([images, shown, decodedImages]);
    const path = run.write('images.png', encodePng(picture));
    run.print(`Original, code, reconstruction  ${path}`);
  },

  autoencoder() {
    const ae = new ConvolutionalAutoEncoder().buildFor([null, 28, 28, 1]);
    return {
      sampleShape: [28, 28],
      codeShape: [16, 16, 1],
      loadImages: loadMnist,
      encode: (images) => ae.encoder.apply(expandDims(images, -1)),
      decode: (codes) => reshape(ae.decoder.apply(codes), [-1, 28, 28]),
      summary: () => ae.summary({ expandNested: true }),
      weightsByPath: () => ae.weightsByPath(),
    };
  },
});
