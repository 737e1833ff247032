/** The public names. */
import { installMethods } from './ops/methods.ts';

export { type Compiled, type CompileOptions, compile } from './compile/compile.ts';
export type { InstructionReport } from './compile/explain.ts';
export { customGradient } from './core/custom-gradient.ts';
export * from './core/errors.ts';
export { checkNumerics } from './core/numerics.ts';
export { defaultGenerator, Generator, setSeed } from './core/random.ts';
export type { Shape } from './core/shape.ts';
export {
  type GradientOptions,
  type GradientsOf,
  GradientTape,
  type Sources,
  type TapeOptions,
  type Targets,
} from './core/tape.ts';
export {
  type Dtype,
  fromArray,
  type NestedNumbers,
  Tensor,
  type TensorLike,
  tensor,
  Variable,
} from './core/tensor.ts';
export { Dataset } from './data/dataset.ts';
export type { ImageSet, LabelledImages } from './data/image-set.ts';
export { type LoadOptions, loadFashionMnist, loadMnist } from './data/mnist.ts';
export { ImageRows } from './data/rows.ts';
export { type ChartOptions, lineChart, type Series } from './io/chart.ts';
export { type Images, SummaryWriter } from './io/events.ts';
export { type GraphNode, graphOfTape } from './io/graph.ts';
export { decodeNpy, encodeNpy, loadNpy, type NpyOptions, saveNpy } from './io/npy.ts';
export { type GridOptions, gridPicture } from './io/pictures.ts';
export { decodePng, encodePng, type Picture } from './io/png.ts';
export { type Embedding, writeProjector } from './io/projector.ts';
export {
  decodeSafetensors,
  encodeSafetensors,
  type FileMetadata,
  loadSafetensors,
  type NamedTensors,
  saveSafetensors,
} from './io/safetensors.ts';
export { scatterPicture, scatterSvg } from './io/scatter.ts';
export type { Scatter } from './io/scatter-data.ts';
export { type ScatterPageOptions, scatterPage } from './io/scatter-page.ts';
export { pairsPicture, type RowsOptions, rowsPicture } from './io/strips.ts';
export { picturesOf, tensorOfPictures } from './io/tensor-pictures.ts';
export { clipByGlobalNorm, clipByNorm, clipByValue, globalNorm } from './nn/clip.ts';
export * from './nn/index.ts';
export * as initialisers from './nn/initialisers.ts';
export * as initializers from './nn/initialisers.ts';
export {
  Adagrad,
  Adam,
  AdamW,
  Optimiser,
  type OptimiserOptions,
  type OptimiserState,
  RMSprop,
  SGD,
} from './nn/optimisers.ts';
export {
  CosineDecay,
  ExponentialDecay,
  InverseTimeDecay,
  PiecewiseConstantDecay,
  PolynomialDecay,
  type Schedule,
} from './nn/schedules.ts';
export { zip } from './nn/zip.ts';
export * from './ops/index.ts';
export * as linalg from './ops/linalg/index.ts';
export type { TensorMethods } from './ops/methods.ts';
export type { Autoencoder } from './programs/autoencoder.ts';
export { convAe, convBceAe, curveAe, deepAe, denseAe, programs, vae } from './programs/index.ts';
export {
  crossValScore,
  type Estimator,
  type Fold,
  kFold,
  LinearRegression,
} from './programs/linear-regression.ts';
export { defineProgram, type Program } from './programs/program.ts';
export { restore, type TrainedRun } from './programs/restore.ts';
export type { Display, Run } from './programs/run.ts';
export {
  type TrainOptions,
  type TrainResult,
  type TrainSurroundings,
  train,
} from './programs/train.ts';

installMethods();
