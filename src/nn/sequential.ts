import { OptionError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { type CallOptions, Layer } from './layer.ts';
import { Model, type ModelOptions } from './model.ts';
import type { Tensors } from './tensors.ts';

/** Layers one after another. As tf.keras.Sequential. */
export class Sequential extends Model {
  readonly #layers: Layer[] = [];

  constructor(layers: readonly Layer[] = [], options: ModelOptions = {}) {
    super(options);
    for (const layer of layers) this.add(layer);
    const first = this.#layers[0]?.inputShape;
    if (first !== undefined) this.buildFor([null, ...first]);
  }

  /** Appends a layer. */
  add(layer: Layer): this {
    if (!(layer instanceof Layer)) {
      throw new OptionError(
        `${this.name}: layer ${this.#layers.length} is ${layer === null ? 'null' : `a ${typeof layer}`}; want a Layer`,
        {},
      );
    }
    this.#layers.push(layer);
    return this;
  }

  override call(x: Tensor, _options?: CallOptions): Tensor {
    let y: Tensors = x;
    for (const layer of this.#layers) y = layer.apply(y);
    return y as Tensor;
  }

  protected override held(): Iterable<readonly [string, Layer]> {
    return this.#layers.map((layer, i) => [`${i}`, layer] as const);
  }
}
