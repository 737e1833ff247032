import { ShapeError } from '../../core/errors.ts';
import { anything, flag, type Wants, want, whole } from '../../core/options.ts';
import { type Shape, shapeText } from '../../core/shape.ts';
import type { Tensor, Variable } from '../../core/tensor.ts';
import { add, cast, matmul, reshape } from '../../ops/index.ts';
import { type Activation, type ActivationName, activation } from '../activations.ts';
import { type InitialiserLike, Layer, type LayerOptions, type RegulariserLike } from '../layer.ts';

/** What layers with a kernel, a bias and an activation take. */
export interface KernelOptions extends LayerOptions {
  activation?: ActivationName | (string & {}) | Activation;
  useBias?: boolean;
  kernelInitializer?: InitialiserLike;
  biasInitializer?: InitialiserLike;
  kernelRegularizer?: RegulariserLike;
  biasRegularizer?: RegulariserLike;
}

/** y = activation(x · kernel + bias) along the last axis. As tf.keras.layers.Dense. */
export class Dense extends Layer {
  static override readonly options: Wants<KernelOptions> = {
    activation: anything,
    useBias: flag,
    kernelInitializer: anything,
    biasInitializer: anything,
    kernelRegularizer: anything,
    biasRegularizer: anything,
    ...Layer.options,
  };

  readonly units: number;
  kernel!: Variable;
  bias: Variable | undefined;
  readonly #options: KernelOptions;
  readonly #activation: Activation;

  constructor(units: number, options: KernelOptions = {}) {
    super(options);
    this.units = want('Dense', 'units', units, whole(1));
    this.#options = options;
    this.#activation = activation('Dense', options.activation);
  }

  override build(inputShape: Shape): void {
    const width = inputShape.at(-1);
    if (width === undefined || inputShape.length < 2) {
      throw new ShapeError(
        `${this.name}: x is ${shapeText(inputShape)}; want [batch, …, features]`,
        { x: inputShape },
      );
    }
    const o = this.#options;
    this.kernel = this.addWeight('kernel', [width, this.units], {
      initializer: o.kernelInitializer ?? 'glorotUniform',
      regularizer: o.kernelRegularizer,
    });
    if (o.useBias === false) return;
    this.bias = this.addWeight('bias', [this.units], {
      initializer: o.biasInitializer ?? 'zeros',
      regularizer: o.biasRegularizer,
    });
  }

  call(x: Tensor): Tensor {
    const width = this.kernel.shape[0] as number;
    if (x.rank < 2 || x.shape.at(-1) !== width) {
      throw new ShapeError(
        `${this.name}: x is ${shapeText(x.shape)}; want a last axis of ${width}, as in its first call`,
        { x: x.shape, kernel: this.kernel.shape },
      );
    }
    // A kernel is one matrix for the whole batch: axes in front are rows.
    const rows = reshape(cast(x, this.dtype), [-1, width]);
    const product = matmul(rows, this.kernel);
    const y = this.bias ? add(product, this.bias) : product;
    return this.#activation(reshape(y, [...x.shape.slice(0, -1), this.units]));
  }
}
