/** Models to subclass, in the way of Keras. */
import { compile as record } from '../compile/compile.ts';
import { OptionError, ShapeError } from '../core/errors.ts';
import { isBareObject, list, text, want, wantList } from '../core/options.ts';
import type { Step } from '../core/steps.ts';
import { GradientTape } from '../core/tape.ts';
import { type Tensor, type TensorLike, toTensor, type Variable } from '../core/tensor.ts';
import { Dataset } from '../data/dataset.ts';
import type { SliceSource } from '../data/rows.ts';
import { add, clone, concat, zeros } from '../ops/index.ts';
import type { Batch } from './batches.ts';
import type { Logs } from './callbacks/callback.ts';
import type { History } from './callbacks/history.ts';
import { type Compiled, type CompileOptions, compiled } from './compiled.ts';
import { evaluateModel, type Fitted, fitModel, type Means, predictWith } from './fit.ts';
import type { FitOptions, RunOptions } from './fit-data.ts';
import { type CallOptions, Layer, type LayerOptions } from './layer.ts';
import { type Metric, meanOfBatch, RunningMeans } from './metrics.ts';
import type { Optimiser } from './optimisers.ts';
import { type SummaryOptions, summaryOf } from './summary.ts';
import {
  batchSizeOf,
  closed,
  type OpenShape,
  type Tensors,
  toTensors,
  zipTensors,
} from './tensors.ts';
import { readWeights, writeWeights } from './weights-file.ts';
import { zip } from './zip.ts';

export type ModelOptions = LayerOptions;

/**
 * A layer that can be trained. A subclass holds its layers in fields and says in `call` what it computes with them:
 *
 *     class AutoEncoder extends Model {
 *       encoder = new Sequential([new Dense(100, { activation: 'relu' }), new Dense(1)]);
 *       decoder = new Sequential([new Dense(100, { activation: 'relu' }), new Dense(4)]);
 *       override call(x: Tensor): Tensor {
 *         return this.decoder.apply(this.encoder.apply(x));
 *       }
 *     }
 */
export class Model extends Layer implements Fitted {
  /** Set to true while training, it ends it after the batch. */
  stopTraining = false;
  #compiled: Compiled | undefined;
  #warned = false;
  /** What `fit` built the model on. */
  #sample: Tensors | undefined;

  override call(_inputs: Tensors, _options: CallOptions): Tensors {
    throw new OptionError(
      `${this.name}: it does not say what it computes; want a method call(x) in its class`,
      { model: this.name },
    );
  }

  /** Says how to train: the optimizer, the loss, and what to show beside it. */
  compile(options: CompileOptions = {}): this {
    this.#compiled = compiled(options);
    return this;
  }

  get optimizer(): Optimiser {
    return this.#settings('optimizer').optimizer;
  }

  get metrics(): readonly Metric[] {
    return this.#compiled?.metrics ?? [];
  }

  // ── Batch by batch ─────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * One step of training: from a batch to the means over it, all that lasts being in variables. To override, for losses
   * that compile cannot say.
   */
  trainStep([x, y]: Batch): Means {
    const { optimizer } = this.#settings('fit');
    const tape = new GradientTape();
    const { prediction, loss } = tape.record(() => {
      const prediction = this.apply(x, { training: true });
      return { prediction, loss: this.computeLoss(prediction, y) };
    });
    const variables = this.trainableVariables;
    const gradients = tape.gradient(loss, variables, { unconnected: 'none' });
    this.#warnOfMissing(gradients, variables);
    optimizer.applyGradients(zip(gradients, variables));
    return { loss, ...this.#metricsOf(prediction, y) };
  }

  /** The means over a batch without training. To override beside trainStep. */
  testStep([x, y]: Batch): Means {
    this.#settings('evaluate');
    const prediction = this.apply(x);
    return { loss: this.computeLoss(prediction, y), ...this.#metricsOf(prediction, y) };
  }

  /** The outputs for a batch. */
  predictStep([x]: Batch): Tensors {
    return this.apply(x);
  }

  /** trainStep as `fit` runs it: recorded and replayed if it is this class's and compile was told so. */
  makeTrainFunction(): (batch: Batch) => Means {
    const step = (batch: Batch) => this.trainStep(batch);
    return this.#replays && this.trainStep === Model.prototype.trainStep ? record(step) : step;
  }

  /** testStep in the same way. */
  makeTestFunction(): (batch: Batch) => Means {
    const step = (batch: Batch) => this.testStep(batch);
    return this.#replays && this.testStep === Model.prototype.testStep ? record(step) : step;
  }

  get #replays(): boolean {
    return this.#compiled?.runEagerly === false;
  }

  /** The loss that compile was told, and `losses`: penalties and what layers added. */
  computeLoss(prediction: Tensors, truth: Tensors | undefined): Tensor {
    const { loss } = this.#settings('fit');
    const added = this.losses;
    const parts = loss ? [meanOfBatch(loss, this.#truth(truth), prediction), ...added] : added;
    const [first, ...others] = parts;
    if (first === undefined) {
      throw new OptionError(
        `${this.name}: it was compiled without a loss; want compile({ loss }), or addLoss in call`,
        { model: this.name },
      );
    }
    return others.reduce((sum, part) => add(sum, part), first);
  }

  /** One step of training on these samples; returns the figures before the step. */
  trainOnBatch(x: Tensors | TensorLike, y?: Tensors | TensorLike): Logs {
    return this.#figures(this.trainStep(asBatch(x, y)), x);
  }

  /** The figures of one batch. */
  testOnBatch(x: Tensors | TensorLike, y?: Tensors | TensorLike): Logs {
    return this.#figures(this.testStep(asBatch(x, y)), x);
  }

  // ── Over all of the data ───────────────────────────────────────────────────────────────────────────────────────

  /** Trains on arrays, or on a Dataset of batches [x, y]. */
  fit(dataset: Dataset<unknown>, options?: FitOptions): Promise<History>;
  fit(x: SliceSource, y: SliceSource | undefined, options?: FitOptions): Promise<History>;
  fit(
    x: SliceSource | Dataset<unknown>,
    second?: SliceSource | FitOptions,
    third?: FitOptions,
  ): Promise<History> {
    const { y, options } = yAndOptions<FitOptions>(x, second, third);
    return fitModel(this, x, y, options);
  }

  /** The loss and the metrics over arrays, or over a Dataset of batches [x, y]. */
  evaluate(dataset: Dataset<unknown>, options?: RunOptions): Promise<Logs>;
  evaluate(x: SliceSource, y: SliceSource | undefined, options?: RunOptions): Promise<Logs>;
  evaluate(
    x: SliceSource | Dataset<unknown>,
    second?: SliceSource | RunOptions,
    third?: RunOptions,
  ): Promise<Logs> {
    const { y, options } = yAndOptions<RunOptions>(x, second, third);
    return evaluateModel(this, x, y, options);
  }

  /** The outputs for all samples, computed batch by batch. */
  async predict(
    x: SliceSource | Dataset<unknown>,
    options: RunOptions = {},
  ): Promise<ReturnType<this['call']>> {
    const outputs = await predictWith(this, x, options);
    return zipTensors(outputs, (parts) => concat(parts)) as ReturnType<this['call']>;
  }

  // ── Weights and shapes ─────────────────────────────────────────────────────────────────────────────────────────

  /** Makes the weights for inputs of a shape, in which null is the batch: `buildFor([null, 28, 28, 1])`. */
  buildFor(inputShape: OpenShape): this {
    wantList('buildFor', 'the shape', inputShape, 'buildFor([null, 28, 28, 1])');
    this.apply(zeros(closed(inputShape), this.dtype));
    return this;
  }

  buildOn(samples: Tensors): void {
    if (this.call === Model.prototype.call) return;
    this.#sample = samples;
    if (!this.built) this.apply(samples);
  }

  forwardSteps(): readonly Step[] {
    const tape = new GradientTape();
    const sample = this.#sample;
    if (sample !== undefined) tape.record(() => this.apply(sample));
    return tape.steps;
  }

  /** Copies of all weights, in the order of `weights`. */
  getWeights(): Tensor[] {
    return this.weights.map((weight) => clone(weight));
  }

  /** Replaces all weights, in the order of `weights`. */
  setWeights(values: readonly TensorLike[]): void {
    const { weights } = this;
    want('setWeights', 'the list of values', values, list, ' of tensors, as getWeights makes it');
    if (values.length !== weights.length) {
      throw new ShapeError(
        `setWeights: ${values.length} came in for the ${weights.length} weights of ${this.name}; want one each`,
        { values: values.length, weights: weights.length },
      );
    }
    for (const [weight, value] of zip(weights, values))
      weight.assign(toTensor(value, weight.dtype));
  }

  /** Writes all weights to a safetensors file, each under the path of fields that leads to it. */
  saveWeights(path: string): void {
    want('saveWeights', 'the path', path, text);
    this.#wantWeights('saveWeights');
    writeWeights(path, this.weightsByPath());
  }

  /** Reads what saveWeights wrote. */
  loadWeights(path: string): void {
    want('loadWeights', 'the path', path, text);
    this.#wantWeights('loadWeights');
    readWeights(path, this.weightsByPath(), this.name);
  }

  /** A table of the layers, the shapes they put out as they were last called, and how many numbers they learn. */
  summary(options: SummaryOptions = {}): string {
    return summaryOf(this, options);
  }

  // ── Refusals ───────────────────────────────────────────────────────────────────────────────────────────────────

  #settings(asker: string): Compiled {
    if (this.#compiled !== undefined) return this.#compiled;
    throw new OptionError(
      `${asker}: ${this.name} is not compiled; want compile({ optimizer, loss }) first`,
      { model: this.name },
    );
  }

  #truth(truth: Tensors | undefined): Tensors {
    if (truth !== undefined) return truth;
    throw new OptionError(
      `${this.name}: no truth came in for the loss to compare with; want y, or batches [x, y]`,
      { model: this.name },
    );
  }

  #metricsOf(prediction: Tensors, truth: Tensors | undefined): Means {
    return Object.fromEntries(
      this.metrics.map(({ name, ofBatch }) => [
        name,
        meanOfBatch(ofBatch, this.#truth(truth), prediction),
      ]),
    );
  }

  #figures(means: Means, x: Tensors | TensorLike): Logs {
    const running = new RunningMeans(this.metrics);
    running.add(means, batchSizeOf(toTensors(x)));
    return running.values();
  }

  /** Refuses a model some of whose layers have yet to make their weights: a file would lack them in silence. */
  #wantWeights(asker: string): void {
    const within = this.allLayers().filter((layer) => layer !== this && layer.lacksWeights);
    const names = within.map((layer) => layer.name);
    if (names.length === 0 && (this.built || this.weightsByPath().size > 0)) return;
    const some = names.length > 0 && this.weightsByPath().size > 0;
    throw new OptionError(
      some
        ? `${asker}: ${names.join(', ')} of ${this.name} ${names.length === 1 ? 'has' : 'have'} no weights yet; want every layer called on a batch first, which shows their shapes`
        : `${asker}: ${this.name} has no weights yet; want it called on a batch first, which shows their shapes`,
      { model: this.name, layers: names },
    );
  }

  #warnOfMissing(gradients: readonly (Tensor | undefined)[], variables: readonly Variable[]): void {
    if (this.#warned) return;
    const missing = variables.filter((_, i) => gradients[i] === undefined);
    if (missing.length === 0) return;
    this.#warned = true;
    process.emitWarning(
      `${this.name}: the loss does not depend on ${missing.map((v) => v.label()).join(', ')}, which therefore stay as they are`,
    );
  }
}

function asBatch(x: Tensors | TensorLike, y: Tensors | TensorLike | undefined): Batch {
  return [toTensors(x), y === undefined ? undefined : toTensors(y)];
}

function yAndOptions<O>(
  x: unknown,
  second: SliceSource | O | undefined,
  third: O | undefined,
): { y: SliceSource | undefined; options: O } {
  return x instanceof Dataset && third === undefined && isBareObject(second)
    ? { y: undefined, options: second as O }
    : { y: second as SliceSource | undefined, options: third ?? ({} as O) };
}
