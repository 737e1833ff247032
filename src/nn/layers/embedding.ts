import type { Tensor, Variable } from '../../core/tensor.ts';
import { cast } from '../../ops/index.ts';
import { embeddingLookup } from '../../ops/normalise.ts';
import { type InitialiserLike, Layer, type LayerOptions, type RegulariserLike } from '../layer.ts';
import { wantWhole } from './checks.ts';

export interface EmbeddingOptions extends LayerOptions {
  embeddingsInitializer?: InitialiserLike;
  embeddingsRegularizer?: RegulariserLike;
}

/**
 * A row of `outputDim` numbers for each whole number below `inputDim`; the rows are learned. As
 * tf.keras.layers.Embedding.
 */
export class Embedding extends Layer {
  readonly inputDim: number;
  readonly outputDim: number;
  embeddings!: Variable;
  readonly #options: EmbeddingOptions;

  constructor(inputDim: number, outputDim: number, options: EmbeddingOptions = {}) {
    super(options);
    this.inputDim = wantWhole('Embedding', 'inputDim', inputDim);
    this.outputDim = wantWhole('Embedding', 'outputDim', outputDim);
    this.#options = options;
  }

  override build(): void {
    this.embeddings = this.addWeight('embeddings', [this.inputDim, this.outputDim], {
      initializer: this.#options.embeddingsInitializer ?? 'randomUniform',
      regularizer: this.#options.embeddingsRegularizer,
    });
  }

  call(indices: Tensor): Tensor {
    return embeddingLookup(this.embeddings, cast(indices, 'int32'));
  }
}
