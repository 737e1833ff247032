/** Models, in the way of Keras. */
export type { Activation, ActivationName } from './activations.ts';
export type { Batch } from './batches.ts';
export * as callbacks from './callbacks/index.ts';
export type { CompileOptions, OptimiserName } from './compiled.ts';
export type { Means } from './fit.ts';
export type { FitOptions, RunOptions, ValidationData, Verbose } from './fit-data.ts';
export { type CallOptions, Layer, type LayerOptions } from './layer.ts';
export * as layers from './layers/index.ts';
export type { LossFunction, LossName } from './losses.ts';
export type { Metric, MetricLike, MetricName } from './metrics.ts';
export { Model, type ModelOptions } from './model.ts';
export { resetNames } from './names.ts';
export * as regularisers from './regularisers.ts';
export * as regularizers from './regularisers.ts';
export { Sequential } from './sequential.ts';
export type { SummaryOptions } from './summary.ts';
export type { OpenShape, Tensors } from './tensors.ts';
