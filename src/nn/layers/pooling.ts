/** Images made smaller by pools, and larger by repetition. They have no weights. */
import { OptionError } from '../../core/errors.ts';
import { anything, isBareObject, oneOf, shown, type Wants } from '../../core/options.ts';
import type { Tensor } from '../../core/tensor.ts';
import { avgPool, maxPool } from '../../ops/pool.ts';
import { resizeBilinear, resizeNearest } from '../../ops/resize.ts';
import type { PerAxis } from '../../ops/window.ts';
import { Layer, type LayerOptions } from '../layer.ts';
import { wantImages } from './checks.ts';
import { paddingOf, pairOf } from './convolution.ts';

export interface PoolingOptions extends LayerOptions {
  /** [height, width] of the pool; 2 unless told. */
  poolSize?: PerAxis;
  /** How far the pool moves; its own size unless told. */
  strides?: PerAxis;
  padding?: 'valid' | 'same';
}

abstract class Pooling extends Layer {
  static override readonly options: Wants<PoolingOptions> = {
    poolSize: anything,
    strides: anything,
    padding: anything,
    ...Layer.options,
  };

  protected readonly window: { ksize: PerAxis; strides: PerAxis; padding: 'valid' | 'same' };

  constructor(kind: string, poolSize: PerAxis | PoolingOptions, options: PoolingOptions) {
    const given = together(kind, 'poolSize', poolSize, options);
    super(given);
    const ksize = pairOf(kind, 'poolSize', given.poolSize ?? 2);
    this.window = {
      ksize,
      strides: pairOf(kind, 'strides', given.strides ?? ksize),
      padding: paddingOf(kind, given.padding),
    };
  }
}

/** The largest number in each pool. As tf.keras.layers.MaxPooling2D. */
export class MaxPooling2D extends Pooling {
  constructor(poolSize: PerAxis | PoolingOptions = 2, options: PoolingOptions = {}) {
    super('MaxPooling2D', poolSize, options);
  }

  call(x: Tensor): Tensor {
    wantImages(this.name, x.shape);
    return maxPool(x, this.window);
  }
}

/** The mean of each pool; padding is not counted. As tf.keras.layers.AveragePooling2D. */
export class AveragePooling2D extends Pooling {
  constructor(poolSize: PerAxis | PoolingOptions = 2, options: PoolingOptions = {}) {
    super('AveragePooling2D', poolSize, options);
  }

  call(x: Tensor): Tensor {
    wantImages(this.name, x.shape);
    return avgPool(x, this.window);
  }
}

export interface UpSamplingOptions extends LayerOptions {
  /** How many times as high and wide; 2 unless told. */
  size?: PerAxis;
  interpolation?: 'nearest' | 'bilinear';
}

/** Images made larger. As tf.keras.layers.UpSampling2D; bilinear has half-pixel centres. */
export class UpSampling2D extends Layer {
  static override readonly options: Wants<UpSamplingOptions> = {
    size: anything,
    interpolation: oneOf('nearest', 'bilinear'),
    ...Layer.options,
  };

  readonly size: readonly [number, number];
  readonly interpolation: 'nearest' | 'bilinear';

  constructor(size: PerAxis | UpSamplingOptions = 2, options: UpSamplingOptions = {}) {
    const given = together('UpSampling2D', 'size', size, options);
    super(given);
    this.size = pairOf('UpSampling2D', 'size', given.size ?? 2);
    this.interpolation = given.interpolation ?? 'nearest';
  }

  call(x: Tensor): Tensor {
    wantImages(this.name, x.shape);
    const [, height = 0, width = 0] = x.shape;
    const size = [height * this.size[0], width * this.size[1]] as const;
    return this.interpolation === 'nearest'
      ? resizeNearest(x, size)
      : resizeBilinear(x, size, { halfPixelCenters: true });
  }
}

/** The options, in which the first argument stands under its name unless it is the options itself. */
function together<O extends object>(
  kind: string,
  name: string,
  first: PerAxis | O,
  options: object,
): O {
  if (!isBareObject(options)) {
    throw new OptionError(
      `${kind}: after ${name} came ${shown(options)}; want an object, as in new ${kind}(2, { name: 'half' })`,
      { options },
    );
  }
  if (!isBareObject(first)) return { ...options, [name]: first } as O;
  if (Object.keys(options).length === 0) return first as O;
  throw new OptionError(`${kind}: options came in twice; want them in one object`, { options });
}
