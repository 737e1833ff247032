/** The layers. */
export { Activation } from './activation.ts';
export {
  Conv2D,
  Conv2DTranspose,
  type ConvolutionOptions,
  DepthwiseConv2D,
  type DepthwiseOptions,
  type TransposedConvolutionOptions,
} from './convolution.ts';
export { Dense, type KernelOptions } from './dense.ts';
export { Embedding, type EmbeddingOptions } from './embedding.ts';
export { Dropout, GaussianNoise } from './noise.ts';
export {
  BatchNormalization,
  type BatchNormalizationOptions,
  LayerNormalization,
  type LayerNormalizationOptions,
} from './normalization.ts';
export {
  AveragePooling2D,
  MaxPooling2D,
  type PoolingOptions,
  UpSampling2D,
  type UpSamplingOptions,
} from './pooling.ts';
export { Flatten, Reshape } from './reshaping.ts';
