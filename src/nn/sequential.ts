import { OptionError } from '../core/errors.ts';
import { shown, wantList } from '../core/options.ts';
import type { Tensor } from '../core/tensor.ts';
import { type CallOptions, Layer } from './layer.ts';
import { Model, type ModelOptions } from './model.ts';
import type { Tensors } from './tensors.ts';

/** Layers one after another. As tf.keras.Sequential. */
export class Sequential extends Model {
  readonly #layers: Layer[] = [];

  constructor(layers: readonly Layer[] = [], options: ModelOptions = {}) {
    super(options);
    wantList(this.name, 'layers', layers, 'new Sequential([new Dense(1)])');
    for (const layer of layers) this.#append(layer);
    this.#buildIfShaped();
  }

  /** Appends a layer. */
  add(layer: Layer): this {
    this.#append(layer);
    this.#buildIfShaped();
    return this;
  }

  #append(layer: Layer): void {
    if (!(layer instanceof Layer)) {
      throw new OptionError(
        `${this.name}: layer ${this.#layers.length} is ${shown(layer)}; want a layer, as in new Dense(1)`,
        {},
      );
    }
    this.#layers.push(layer);
  }

  /** Makes the weights, if the first layer knows the shape of a sample. */
  #buildIfShaped(): void {
    const first = this.#layers[0]?.inputShape;
    if (first !== undefined) this.buildFor([null, ...first]);
  }

  override call(x: Tensor, _options?: CallOptions): Tensor {
    if (this.#layers.length === 0) {
      throw new OptionError(
        `${this.name}: it has no layers; want some, as in new Sequential([new Dense(1)])`,
        { model: this.name },
      );
    }
    let y: Tensors = x;
    for (const layer of this.#layers) y = layer.apply(y);
    return y as Tensor;
  }

  protected override held(): Iterable<readonly [string, Layer]> {
    return this.#layers.map((layer, i) => [`${i}`, layer] as const);
  }
}
