import { byName } from './by-name.ts';
import { type LossFunction, type LossName, loss } from './losses.ts';
import { type Metric, type MetricLike, metric } from './metrics.ts';
import { Adagrad, Adam, AdamW, type Optimiser, RMSprop, SGD } from './optimisers.ts';

/** What `compile` is told. */
export interface CompileOptions {
  /** By name, with Keras's settings, or as it is; rmsprop unless told. */
  optimizer?: OptimiserName | (string & {}) | Optimiser;
  /** By name or as a function of the truth and the outputs. A model that has its own trainStep may do without. */
  loss?: LossName | (string & {}) | LossFunction;
  metrics?: readonly MetricLike[];
}

/** The same with things in the place of names. */
export interface Compiled {
  readonly optimizer: Optimiser;
  readonly loss: LossFunction | undefined;
  readonly metrics: readonly Metric[];
}

export type OptimiserName = 'sgd' | 'rmsprop' | 'adagrad' | 'adam' | 'adamw';

const optimisers: Readonly<Record<OptimiserName, () => Optimiser>> = {
  sgd: () => new SGD(),
  rmsprop: () => new RMSprop(),
  adagrad: () => new Adagrad(),
  adam: () => new Adam(),
  adamw: () => new AdamW(),
};

export function compiled(options: CompileOptions): Compiled {
  const { optimizer = 'rmsprop', metrics = [] } = options;
  return {
    optimizer:
      typeof optimizer === 'string'
        ? byName('compile', 'optimizer', optimizer, optimisers)()
        : optimizer,
    loss: options.loss === undefined ? undefined : loss(options.loss),
    metrics: metrics.map(metric),
  };
}
