/** An autoencoder as the commands on a trained run see it, whichever program made it. */
import type { Shape } from '../core/shape.ts';
import type { Tensor, Variable } from '../core/tensor.ts';
import type { ImageSet } from '../data/image-set.ts';
import type { LoadOptions } from '../data/mnist.ts';

export interface Autoencoder {
  /** Shape of one sample: [28,28] for images, [4] for the points of `curve-ae`. */
  readonly sampleShape: Shape;
  readonly codeShape: Shape;
  /** The images it is made for; without it, samples are no images. */
  readonly loadImages?: (options: LoadOptions) => Promise<ImageSet>;
  /** Where there are no images: so many samples in order, such as points along the curve. */
  readonly drawSamples?: (count: number) => Tensor;
  /** Whether training drew the codes towards a normal distribution, so that random codes are worth decoding. */
  readonly normalCodes?: boolean;
  /** From samples [n, …sampleShape], images of brightness in [0, 1], to codes [n, …codeShape]. */
  encode(samples: Tensor): Tensor;
  /** From codes to samples. */
  decode(codes: Tensor): Tensor;
  /** A table of its layers and weights. */
  summary(): string;
  /** Its weights, under the names they have in `weights.safetensors`. */
  weightsByPath(): ReadonlyMap<string, Variable>;
}
