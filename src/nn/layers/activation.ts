import type { Tensor } from '../../core/tensor.ts';
import { type Activation as Activate, type ActivationName, activation } from '../activations.ts';
import { Layer, type LayerOptions } from '../layer.ts';

/** An activation as a layer of its own. As tf.keras.layers.Activation. */
export class Activation extends Layer {
  readonly #activate: Activate;

  constructor(kind: ActivationName | (string & {}) | Activate, options: LayerOptions = {}) {
    super(options);
    this.#activate = activation('Activation', kind);
  }

  call(x: Tensor): Tensor {
    return this.#activate(x);
  }
}
