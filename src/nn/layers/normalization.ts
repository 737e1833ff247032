/** Layers that bring numbers to mean 0 and variance 1, and then to a learned mean (beta) and scale (gamma). */
import { ShapeError } from '../../core/errors.ts';
import { anything, flag, number, type Wants } from '../../core/options.ts';
import { checkAxes, checkAxis, type Shape, shapeText } from '../../core/shape.ts';
import type { Tensor, Variable } from '../../core/tensor.ts';
import { add, cast, mul, reshape, stopGradient } from '../../ops/index.ts';
import {
  batchNormalisation,
  batchNormalisationByMoments,
  layerNormalisation,
  type NormaliseOptions,
} from '../../ops/normalise.ts';
import {
  type CallOptions,
  type InitialiserLike,
  Layer,
  type LayerOptions,
  type RegulariserLike,
} from '../layer.ts';

interface NormalizationOptions extends LayerOptions {
  epsilon?: number;
  /** Whether to learn a mean. */
  center?: boolean;
  /** Whether to learn a scale. */
  scale?: boolean;
  betaInitializer?: InitialiserLike;
  gammaInitializer?: InitialiserLike;
  betaRegularizer?: RegulariserLike;
  gammaRegularizer?: RegulariserLike;
}

abstract class Normalization extends Layer {
  static override readonly options: Wants<NormalizationOptions> = {
    epsilon: number({ min: 0 }),
    center: flag,
    scale: flag,
    betaInitializer: anything,
    gammaInitializer: anything,
    betaRegularizer: anything,
    gammaRegularizer: anything,
    ...Layer.options,
  };

  gamma: Variable | undefined;
  beta: Variable | undefined;
  protected readonly epsilon: number;
  readonly #options: NormalizationOptions;

  constructor(options: NormalizationOptions) {
    super(options);
    this.epsilon = options.epsilon ?? 1e-3;
    this.#options = options;
  }

  protected addGammaAndBeta(shape: Shape): void {
    const o = this.#options;
    if (o.scale !== false) {
      this.gamma = this.addWeight('gamma', shape, {
        initializer: o.gammaInitializer ?? 'ones',
        regularizer: o.gammaRegularizer,
      });
    }
    if (o.center !== false) {
      this.beta = this.addWeight('beta', shape, {
        initializer: o.betaInitializer ?? 'zeros',
        regularizer: o.betaRegularizer,
      });
    }
  }

  /** Gamma, beta and epsilon as the ops take them, in a shape that broadcasts with x. */
  protected affine(shape: Shape): NormaliseOptions {
    return {
      epsilon: this.epsilon,
      ...(this.gamma ? { scale: reshape(this.gamma, shape) } : {}),
      ...(this.beta ? { offset: reshape(this.beta, shape) } : {}),
    };
  }
}

export interface BatchNormalizationOptions extends NormalizationOptions {
  /** The axis of the features, the last unless told. */
  axis?: number;
  /** How much of the moving averages each batch leaves; 0.99 unless told. */
  momentum?: number;
  movingMeanInitializer?: InitialiserLike;
  movingVarianceInitializer?: InitialiserLike;
}

/**
 * Normalises each feature by the mean and variance of the batch while training, which also move the moving averages; by
 * those otherwise, and when the layer is frozen. As tf.keras.layers.BatchNormalization, down to the moving variance: of
 * images and videos it takes n/(n − 1) times the batch's variance, because TensorFlow's fused kernel does.
 */
export class BatchNormalization extends Normalization {
  static override readonly options: Wants<BatchNormalizationOptions> = {
    axis: number({ whole: true }),
    momentum: number({ min: 0, max: 1 }),
    movingMeanInitializer: anything,
    movingVarianceInitializer: anything,
    ...Normalization.options,
  };

  movingMean!: Variable;
  movingVariance!: Variable;
  readonly #options: BatchNormalizationOptions;
  #axis = -1;

  constructor(options: BatchNormalizationOptions = {}) {
    super(options);
    this.#options = options;
  }

  override build(inputShape: Shape): void {
    const o = this.#options;
    this.#axis = checkAxis(this.name, o.axis ?? -1, inputShape.length);
    const shape = [inputShape[this.#axis] as number];
    this.addGammaAndBeta(shape);
    this.movingMean = this.addWeight('moving_mean', shape, {
      initializer: o.movingMeanInitializer ?? 'zeros',
      trainable: false,
    });
    this.movingVariance = this.addWeight('moving_variance', shape, {
      initializer: o.movingVarianceInitializer ?? 'ones',
      trainable: false,
    });
  }

  call(input: Tensor, { training }: CallOptions): Tensor {
    const axis = this.#axis;
    const features = this.movingMean.size;
    if (input.shape[axis] !== features) {
      throw new ShapeError(
        `${this.name}: x is ${shapeText(input.shape)}; want ${features} features along axis ${axis}, as in its first call`,
        { x: input.shape },
      );
    }
    const x = cast(input, this.dtype);
    const shape = x.shape.map((n, i) => (i === axis ? n : 1));
    if (!training || !this.trainable) {
      const [mean, variance] = [this.movingMean, this.movingVariance].map((t) => reshape(t, shape));
      return batchNormalisation(x, mean as Tensor, variance as Tensor, this.affine(shape));
    }
    const axes = x.shape.map((_, i) => i).filter((i) => i !== axis);
    const { y, mean, variance } = batchNormalisationByMoments(x, { ...this.affine(shape), axes });
    const n = x.size / features;
    const fused = x.rank === 4 || (x.rank === 5 && (axis === 1 || axis === 4));
    const unbiased = fused && n > 1 ? n / (n - 1) : 1;
    this.#move(this.movingMean, stopGradient(mean));
    this.#move(this.movingVariance, mul(stopGradient(variance), unbiased));
    return y;
  }

  #move(average: Variable, value: Tensor): void {
    const momentum = this.#options.momentum ?? 0.99;
    const flat = reshape(value, average.shape);
    average.assign(add(mul(average, momentum), mul(flat, 1 - momentum)));
  }
}

export interface LayerNormalizationOptions extends NormalizationOptions {
  /** The axes of one sample's features, the last unless told. */
  axis?: number | readonly number[];
}

/** Normalises each sample by its own mean and variance. As tf.keras.layers.LayerNormalization. */
export class LayerNormalization extends Normalization {
  static override readonly options: Wants<LayerNormalizationOptions> = {
    axis: anything,
    ...Normalization.options,
  };

  readonly #given: number | readonly number[];
  #axes: readonly number[] = [];

  constructor(options: LayerNormalizationOptions = {}) {
    super(options);
    this.#given = options.axis ?? -1;
  }

  override build(inputShape: Shape): void {
    this.#axes = checkAxes(this.name, this.#given, inputShape.length);
    this.addGammaAndBeta(this.#axes.map((axis) => inputShape[axis] as number));
  }

  call(input: Tensor): Tensor {
    const x = cast(input, this.dtype);
    const shape = x.shape.map((n, axis) => (this.#axes.includes(axis) ? n : 1));
    return layerNormalisation(x, { ...this.affine(shape), axes: this.#axes });
  }
}
