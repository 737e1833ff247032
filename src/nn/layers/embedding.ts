import { anything, type Wants, want, whole } from '../../core/options.ts';
import type { Tensor, Variable } from '../../core/tensor.ts';
import { cast } from '../../ops/index.ts';
import { embeddingLookup } from '../../ops/normalise.ts';
import { type InitialiserLike, Layer, type LayerOptions, type RegulariserLike } from '../layer.ts';

export interface EmbeddingOptions extends LayerOptions {
  embeddingsInitializer?: InitialiserLike;
  embeddingsRegularizer?: RegulariserLike;
}

/**
 * A row of `outputDim` numbers for each whole number below `inputDim`; the rows are learned. As
 * tf.keras.layers.Embedding.
 */
export class Embedding extends Layer {
  static override readonly options: Wants<EmbeddingOptions> = {
    embeddingsInitializer: anything,
    embeddingsRegularizer: anything,
    ...Layer.options,
  };

  readonly inputDim: number;
  readonly outputDim: number;
  embeddings!: Variable;
  readonly #options: EmbeddingOptions;

  constructor(inputDim: number, outputDim: number, options: EmbeddingOptions = {}) {
    super(options);
    this.inputDim = want('Embedding', 'inputDim', inputDim, whole(1));
    this.outputDim = want('Embedding', 'outputDim', outputDim, whole(1));
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
