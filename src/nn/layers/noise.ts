/** Layers that disturb their input while training, and let it pass otherwise. */
import { number, want } from '../../core/options.ts';
import type { Tensor } from '../../core/tensor.ts';
import { add, cast, dropout, randomNormal } from '../../ops/index.ts';
import { type CallOptions, type FloatType, Layer, type LayerOptions } from '../layer.ts';

/** Zeroes numbers with probability `rate` and scales the others up to match. As tf.keras.layers.Dropout. */
export class Dropout extends Layer {
  readonly rate: number;

  constructor(rate: number, options: LayerOptions = {}) {
    super(options);
    this.rate = want('Dropout', 'rate', rate, number({ min: 0, below: 1 }));
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
    this.stddev = want('GaussianNoise', 'stddev', stddev, number({ min: 0 }));
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
