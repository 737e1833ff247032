/** Convolutions of images [batch, height, width, channels]. */
import { OptionError } from '../../core/errors.ts';
import { anything, flag, shown, type Wants, want, whole } from '../../core/options.ts';
import type { Shape } from '../../core/shape.ts';
import type { Tensor, Variable } from '../../core/tensor.ts';
import { conv2d, conv2dTranspose, depthwiseConv2d } from '../../ops/conv2d.ts';
import { add, cast } from '../../ops/index.ts';
import type { PerAxis } from '../../ops/window.ts';
import { type Activation, activation } from '../activations.ts';
import { type InitialiserLike, Layer, type RegulariserLike } from '../layer.ts';
import { wantImages } from './checks.ts';
import type { KernelOptions } from './dense.ts';

export interface ConvolutionOptions extends KernelOptions {
  /** How far the window moves; 1 unless told. */
  strides?: PerAxis;
  /** `valid` unless told: windows lie within the image. `same` adds zeros around it. */
  padding?: 'valid' | 'same';
  /** Distance between the window's taps; 1 unless told. */
  dilationRate?: PerAxis;
}

/** Options that a depthwise convolution has under other names. */
type OfKernel = 'kernelInitializer' | 'kernelRegularizer';

/** What the three convolutions have in common: the window, a bias a channel, the activation. */
abstract class Convolution extends Layer {
  static override readonly options: Wants<Omit<ConvolutionOptions, OfKernel>> = {
    strides: anything,
    padding: anything,
    dilationRate: anything,
    activation: anything,
    useBias: flag,
    biasInitializer: anything,
    biasRegularizer: anything,
    ...Layer.options,
  };

  readonly kernelSize: readonly [height: number, width: number];
  kernel!: Variable;
  bias: Variable | undefined;
  protected readonly window: {
    strides: readonly [height: number, width: number];
    dilations: readonly [height: number, width: number];
    padding: 'valid' | 'same';
  };
  protected readonly options: ConvolutionOptions;
  private readonly activation: Activation;

  constructor(kind: string, kernelSize: PerAxis, options: ConvolutionOptions) {
    super(options);
    this.kernelSize = pairOf(kind, 'kernelSize', kernelSize);
    this.window = {
      strides: pairOf(kind, 'strides', options.strides ?? 1),
      dilations: pairOf(kind, 'dilationRate', options.dilationRate ?? 1),
      padding: paddingOf(kind, options.padding),
    };
    this.options = options;
    this.activation = activation(kind, options.activation);
  }

  protected addKernel(
    name: string,
    shape: Shape,
    channels: number,
    kernelInitializer: InitialiserLike | undefined,
    kernelRegularizer: RegulariserLike | undefined,
  ): Variable {
    const o = this.options;
    const kernel = this.addWeight(name, shape, {
      initializer: kernelInitializer ?? 'glorotUniform',
      regularizer: kernelRegularizer,
    });
    if (o.useBias !== false) {
      this.bias = this.addWeight('bias', [channels], {
        initializer: o.biasInitializer ?? 'zeros',
        regularizer: o.biasRegularizer,
      });
    }
    return kernel;
  }

  protected finish(y: Tensor): Tensor {
    return this.activation(this.bias ? add(y, this.bias) : y);
  }
}

/** A kernel [height, width, channels, filters] that moves over the images. As tf.keras.layers.Conv2D. */
export class Conv2D extends Convolution {
  static override readonly options: Wants<ConvolutionOptions> = {
    kernelInitializer: anything,
    kernelRegularizer: anything,
    ...Convolution.options,
  };

  readonly filters: number;

  constructor(filters: number, kernelSize: PerAxis, options: ConvolutionOptions = {}) {
    super('Conv2D', kernelSize, options);
    this.filters = want('Conv2D', 'filters', filters, whole(1));
  }

  override build(inputShape: Shape): void {
    const shape = [...this.kernelSize, wantImages(this.name, inputShape), this.filters];
    const { kernelInitializer, kernelRegularizer } = this.options;
    this.kernel = this.addKernel(
      'kernel',
      shape,
      this.filters,
      kernelInitializer,
      kernelRegularizer,
    );
  }

  call(x: Tensor): Tensor {
    wantImages(this.name, x.shape, this.kernel.shape[2]);
    const images = cast(x, this.dtype);
    return this.finish(conv2d(images, this.kernel, this.window));
  }
}

export interface TransposedConvolutionOptions extends ConvolutionOptions {
  /**
   * Rows and columns to add below and to the right, fewer than the stride. With it, even 0, the size is, as in Keras,
   * (size − 1) · stride + kernel + outputPadding, and with `same` as much less as twice half the kernel, rounded down.
   */
  outputPadding?: PerAxis;
}

/**
 * The transpose of a convolution, which makes images larger: size · stride, and with `valid` as much more as the kernel
 * is larger than the stride. Its kernel is [height, width, filters, channels]. As tf.keras.layers.Conv2DTranspose.
 */
export class Conv2DTranspose extends Convolution {
  static override readonly options: Wants<TransposedConvolutionOptions> = {
    outputPadding: anything,
    ...Conv2D.options,
  };

  readonly filters: number;
  readonly #outputPadding: readonly [height: number, width: number] | undefined;

  constructor(filters: number, kernelSize: PerAxis, options: TransposedConvolutionOptions = {}) {
    super('Conv2DTranspose', kernelSize, options);
    this.#outputPadding = this.#paddingWithin(options.outputPadding);
    this.filters = want('Conv2DTranspose', 'filters', filters, whole(1));
  }

  override build(inputShape: Shape): void {
    const shape = [...this.kernelSize, this.filters, wantImages(this.name, inputShape)];
    const { kernelInitializer, kernelRegularizer } = this.options;
    this.kernel = this.addKernel(
      'kernel',
      shape,
      this.filters,
      kernelInitializer,
      kernelRegularizer,
    );
  }

  call(x: Tensor): Tensor {
    wantImages(this.name, x.shape, this.kernel.shape[3]);
    const images = cast(x, this.dtype);
    const outputShape = this.#outputPadding?.map((padding, axis) => {
      const size = x.shape[1 + axis] as number;
      const { strides, dilations } = this.window;
      const stride = strides[axis] as number;
      const span = ((this.kernelSize[axis] as number) - 1) * (dilations[axis] as number) + 1;
      const cut = this.window.padding === 'same' ? 2 * Math.floor(span / 2) : 0;
      return (size - 1) * stride + span - cut + padding;
    });
    const asked = outputShape ? { ...this.window, outputShape } : this.window;
    return this.finish(conv2dTranspose(images, this.kernel, asked));
  }

  /** Refuses more than the stride makes room for, as Keras does. */
  #paddingWithin(given: PerAxis | undefined): readonly [number, number] | undefined {
    if (given === undefined) return undefined;
    const padding = pairOf('Conv2DTranspose', 'outputPadding', given, 0);
    const { strides } = this.window;
    if (padding.every((n, axis) => n < (strides[axis] as number))) return padding;
    throw new OptionError(
      `Conv2DTranspose: outputPadding is ${shown(given)} and strides are ${shown(strides)}; want less than the strides`,
      { outputPadding: given, strides },
    );
  }
}

export interface DepthwiseOptions extends Omit<ConvolutionOptions, OfKernel> {
  /** How many outputs each channel has; 1 unless told. */
  depthMultiplier?: number;
  depthwiseInitializer?: InitialiserLike;
  depthwiseRegularizer?: RegulariserLike;
}

/**
 * A convolution of each channel for itself, with a kernel [height, width, channels, depthMultiplier]. As
 * tf.keras.layers.DepthwiseConv2D.
 */
export class DepthwiseConv2D extends Convolution {
  static override readonly options: Wants<DepthwiseOptions> = {
    depthMultiplier: whole(1),
    depthwiseInitializer: anything,
    depthwiseRegularizer: anything,
    ...Convolution.options,
  };

  readonly depthMultiplier: number;
  readonly #options: DepthwiseOptions;

  constructor(kernelSize: PerAxis, options: DepthwiseOptions = {}) {
    super('DepthwiseConv2D', kernelSize, options);
    this.depthMultiplier = options.depthMultiplier ?? 1;
    this.#options = options;
  }

  override build(inputShape: Shape): void {
    const channels = wantImages(this.name, inputShape);
    const shape = [...this.kernelSize, channels, this.depthMultiplier];
    const { depthwiseInitializer, depthwiseRegularizer } = this.#options;
    const outputs = channels * this.depthMultiplier;
    this.kernel = this.addKernel(
      'depthwise_kernel',
      shape,
      outputs,
      depthwiseInitializer,
      depthwiseRegularizer,
    );
  }

  call(x: Tensor): Tensor {
    wantImages(this.name, x.shape, this.kernel.shape[2]);
    const images = cast(x, this.dtype);
    return this.finish(depthwiseConv2d(images, this.kernel, this.window));
  }
}

/** [height, width] of an argument that may be one number for both. */
export function pairOf(
  kind: string,
  name: string,
  given: PerAxis,
  least = 1,
): readonly [number, number] {
  const pair = Array.isArray(given) ? given : [given, given];
  if (pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= least)) {
    return [pair[0] as number, pair[1] as number];
  }
  throw new OptionError(
    `${kind}: ${name} is ${shown(given)}; want a whole number of at least ${least}, or [height, width]`,
    { [name]: given },
  );
}

export function paddingOf(kind: string, given: string | undefined): 'valid' | 'same' {
  const padding = String(given ?? 'valid').toLowerCase();
  if (padding === 'valid' || padding === 'same') return padding;
  throw new OptionError(`${kind}: padding is ${shown(given)}; want 'valid' or 'same'`, {
    padding: given,
  });
}
