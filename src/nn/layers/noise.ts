/** Layers that disturb their input while training, and let it pass otherwise. */
import { OptionError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import { add, cast, dropout, randomNormal } from '../../ops/index.ts';
import { type CallOptions, type FloatType, Layer, type LayerOptions } from '../layer.ts';

/** Zeroes numbers with probability `rate` and scales the others up to match. As tf.keras.layers.Dropout. */
export class Dropout extends Layer {
  readonly rate: number;

  constructor(rate: number, options: LayerOptions = {}) {
    super(options);
    if (!(rate >= 0 && rate < 1)) {
      throw new OptionError(`Dropout: rate is ${rate}; want at least 0 and below 1`, { rate });
    }
    this.rate = rate;
  }

  call(x: Tensor, { training }: CallOptions): Tensor {
    return training ? dropout(asFloats(x, this.dtype), this.rate) : x;
  }
}

/** Adds normal noise of this standard deviation. As tf.keras.layers.GaussianNoise. */
export class GaussianNoise extends Layer {
  readonly stddev: number;

  constructor(stddev: number, options: LayerOptions = {}) {
    super(options);
    if (!(stddev >= 0)) {
      throw new OptionError(`GaussianNoise: stddev is ${stddev}; want a number of at least 0`, {
        stddev,
      });
    }
    this.stddev = stddev;
  }

  call(x: Tensor, { training }: CallOptions): Tensor {
    if (!training) return x;
    const t = asFloats(x, this.dtype);
    return add(t, randomNormal(t.shape, { stddev: this.stddev, dtype: t.dtype as FloatType }));
  }
}

/** Whole numbers cannot be scaled or disturbed by little. */
function asFloats(x: Tensor, dtype: FloatType): Tensor {
  return x.dtype === 'int32' ? cast(x, dtype) : x;
}
