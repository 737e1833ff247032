import { checkOptions, flag, isClass, list, type Wants } from '../core/options.ts';
import { byName } from './by-name.ts';
import { type LossFunction, type LossName, loss } from './losses.ts';
import { type Metric, type MetricLike, metric } from './metrics.ts';
import { Adagrad, Adam, AdamW, Optimiser, RMSprop, SGD } from './optimisers.ts';

/** What `compile` is told. */
export interface CompileOptions {
  /** By name, with Keras's settings, or as it is; rmsprop unless told. */
  optimizer?: OptimiserName | (string & {}) | Optimiser;
  /** By name or as a function of the truth and the outputs. A model that has its own trainStep may do without. */
  loss?: LossName | (string & {}) | LossFunction;
  metrics?: readonly MetricLike[];
  /**
   * Whether `fit` and `evaluate` run every step as it is written, as they do unless told. With false they record steps
   * and replay them, which gives the same numbers sooner; a model's own trainStep or testStep is run as it is in any
   * case.
   */
  runEagerly?: boolean;
}

const compileOptions: Wants<CompileOptions> = {
  optimizer: {
    words: "an optimizer, as new Adam() makes one, or a name such as 'adam'",
    fits: (value) => typeof value === 'string' || value instanceof Optimiser,
  },
  loss: {
    words: "a function of the truth and the prediction, or a name such as 'mse'",
    fits: (value) => typeof value === 'string' || (typeof value === 'function' && !isClass(value)),
  },
  metrics: list,
  runEagerly: flag,
};

/** The same with things in the place of names. */
export interface Compiled {
  readonly optimizer: Optimiser;
  readonly loss: LossFunction | undefined;
  readonly metrics: readonly Metric[];
  readonly runEagerly: boolean;
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
  checkOptions('compile', options, compileOptions);
  const { optimizer = 'rmsprop', metrics = [] } = options;
  return {
    optimizer:
      typeof optimizer === 'string'
        ? byName('compile', 'optimizer', optimizer, optimisers)()
        : optimizer,
    loss: options.loss === undefined ? undefined : loss(options.loss),
    metrics: metrics.map(metric),
    runEagerly: options.runEagerly ?? true,
  };
}
