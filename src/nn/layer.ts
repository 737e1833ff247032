/**
 * What a layer is: weights, and a function of tensors. `apply` calls it; a kind of layer says in `call` what it
 * computes, and in `build`, which runs once when the first input shows its shape, which weights it has.
 *
 * Layers, lists and plain objects of them, and variables that stand in fields are found there, in the order of their
 * definition. What this class keeps for itself is in #private fields, so every field that can be listed is the user's.
 */
import { OptionError, ShapeError } from '../core/errors.ts';
import {
  anything,
  checkOptions,
  flag,
  instanceOf,
  list,
  oneOf,
  text,
  type Wants,
  want,
} from '../core/options.ts';
import { type Shape, sameShape, shapeText, sizeOf } from '../core/shape.ts';
import { Tensor, type TensorLike, Variable } from '../core/tensor.ts';
import { add, div } from '../ops/index.ts';
import { type Initialiser, type InitialiserName, initialiser } from './initialisers.ts';
import { nextName } from './names.ts';
import { type Regulariser, type RegulariserName, regulariser } from './regularisers.ts';
import {
  batchSizeOf,
  leavesOf,
  shapesText,
  type Tensors,
  toTensors,
  wantTensors,
} from './tensors.ts';

export type FloatType = 'float32' | 'float64';
export type InitialiserLike = InitialiserName | (string & {}) | Initialiser;
export type RegulariserLike = RegulariserName | (string & {}) | Regulariser;

export interface LayerOptions {
  /** `dense`, `dense_1` and so on unless told. */
  name?: string;
  /** Whether training changes its weights; true unless told, and may be set later. */
  trainable?: boolean;
  /** The type of its weights, to which its input is cast; float64 is for checks. */
  dtype?: FloatType;
  /** A penalty on the output, divided by the number of samples. */
  activityRegularizer?: RegulariserLike;
  /** Shape of one sample. A Sequential whose first layer has it is built at once. */
  inputShape?: Shape;
}

/** What a call is told beside its inputs. */
export interface CallOptions {
  /** Whether dropout drops, batch normalisation learns, and so on. */
  readonly training: boolean;
}

/** The outermost call that is running. Layers that are called inside it without being told train as it does. */
interface Call {
  training: boolean;
  readonly called: Set<Layer>;
}
let running: Call | undefined;

export abstract class Layer {
  /** What the options of this kind of layer must be. A class with options of its own states them beside these. */
  static readonly options: Wants<LayerOptions> = {
    name: text,
    trainable: flag,
    dtype: oneOf('float32', 'float64'),
    activityRegularizer: anything,
    inputShape: list,
  };

  readonly name: string;
  readonly dtype: FloatType;
  readonly inputShape: Shape | undefined;
  /** Whether it has its weights. */
  built = false;
  readonly #activityRegulariser: Regulariser | undefined;
  readonly #weights = new Map<string, Variable>();
  readonly #penalties: { readonly weight: Variable; readonly penalty: Regulariser }[] = [];
  #trainable: boolean;
  /** What the latest call added to the loss, and which outermost call that was a part of. */
  #callLosses: Tensor[] = [];
  #lossesOf: Call | undefined;
  #knowsParts = false;
  #outputShape: string | undefined;

  constructor(options: LayerOptions = {}) {
    checkOptions(new.target.name, options, new.target.options);
    this.name = options.name ?? nextName(this.constructor.name);
    this.dtype = options.dtype ?? 'float32';
    this.inputShape = options.inputShape;
    this.#trainable = options.trainable ?? true;
    const { activityRegularizer } = options;
    this.#activityRegulariser =
      activityRegularizer && regulariser(this.constructor.name, activityRegularizer);
  }

  /** What it computes. */
  abstract call(inputs: Tensors, options: CallOptions): Tensors;

  /** Makes its weights with `addWeight`, for inputs of this shape, batch included. */
  build(_inputShape: Shape): void {}

  /**
   * Computes. `training` is false unless told; a layer that another one calls trains if its caller does. Numbers in
   * nested lists will do for a tensor.
   */
  apply(
    inputs: Parameters<this['call']>[0] | TensorLike,
    options: { training?: boolean } = {},
  ): ReturnType<this['call']> {
    checkOptions(this.name, options, { training: flag });
    const given = toTensors(inputs as Tensors | TensorLike);
    wantTensors(this.name, given);
    const outermost = running === undefined;
    running ??= { training: false, called: new Set() };
    const call = running;
    const before = call.training;
    call.training = options.training ?? before;
    call.called.add(this);
    if (this.#lossesOf !== call) {
      this.#lossesOf = call;
      this.#callLosses = [];
    }
    try {
      if (!this.built) {
        this.build(leavesOf(given)[0]?.shape ?? []);
        this.built = true;
      }
      const outputs = this.call(given, { training: call.training });
      wantTensors(this.name, outputs, 'what call returned');
      this.#noteShape(outputs);
      if (this.#activityRegulariser) this.#callLosses.push(this.#activityPenalty(outputs));
      if (outermost && !this.#knowsParts) this.#wantHeld(call.called);
      return outputs as ReturnType<this['call']>;
    } finally {
      call.training = before;
      if (outermost) running = undefined;
    }
  }

  /** A loss that `call` computes beside its outputs; it joins `losses`. */
  addLoss(loss: Tensor): void {
    if (running === undefined) {
      throw new OptionError(`addLoss: ${this.name} is not being called; want it used within call`, {
        layer: this.name,
      });
    }
    this.#callLosses.push(loss);
  }

  /** Refuses layers that are called but not held: their weights would be neither trained nor saved. */
  #wantHeld(called: ReadonlySet<Layer>): void {
    const held = new Set(this.allLayers());
    for (const layer of called) {
      if (held.has(layer) || !layer.#trainable || layer.#trainableWithin().length === 0) continue;
      throw new OptionError(
        `${this.name}: it calls ${layer.name} and does not hold it; want layers in fields, lists or plain objects, not in #private fields or a Map, where their weights cannot be found`,
        { layer: layer.name },
      );
    }
    this.#knowsParts = true;
  }

  /** A weight, made by an initialiser of Keras's names; for `build`. */
  protected addWeight(
    name: string,
    shape: Shape,
    options: {
      initializer: InitialiserLike;
      regularizer?: RegulariserLike | undefined;
      trainable?: boolean;
    },
  ): Variable {
    const first = initialiser(this.name, options.initializer)(shape, this.dtype);
    want(this.name, `what the initializer of ${name} made`, first, instanceOf(Tensor));
    if (!sameShape(first.shape, shape)) {
      throw new ShapeError(
        `${this.name}: the initializer of ${name} made ${shapeText(first.shape)}; want ${shapeText(shape)}`,
        { layer: this.name, weight: name },
      );
    }
    const weight = new Variable(first, {
      name: `${this.name}/${name}`,
      trainable: options.trainable ?? true,
    });
    this.#weights.set(name, weight);
    if (options.regularizer !== undefined) {
      const penalty = regulariser(this.constructor.name, options.regularizer);
      this.#penalties.push({ weight, penalty });
    }
    return weight;
  }

  /** Layers and variables among the fields, each with the path that leads there: `encoder`, `blocks.0`. */
  protected held(): Iterable<readonly [path: string, part: Layer | Variable]> {
    return partsOf(this, '');
  }

  /** Whether it has yet to be called for the first time, and will make weights then. */
  get lacksWeights(): boolean {
    return !this.built && this.build !== Layer.prototype.build;
  }

  /** The layers it holds, not those within them. */
  get layers(): Layer[] {
    const layers = [...this.held()].map(([, part]) => part).filter((part) => part instanceof Layer);
    return [...new Set(layers)];
  }

  /** It and every layer within, outer before inner, each once. */
  allLayers(): Layer[] {
    return this.#within(() => true);
  }

  /** The same, but for those that are left out and what is held by them alone. A layer may hold the one that holds it. */
  #within(counts: (layer: Layer) => boolean): Layer[] {
    const found = new Set<Layer>();
    const visit = (layer: Layer): void => {
      if (found.has(layer) || !counts(layer)) return;
      found.add(layer);
      layer.layers.forEach(visit);
    };
    visit(this);
    return [...found];
  }

  /** Whether training changes its weights; setting it sets that of the layers within. */
  get trainable(): boolean {
    return this.#trainable;
  }
  set trainable(trainable: boolean) {
    for (const layer of this.allLayers()) layer.#trainable = trainable;
  }

  /** All weights, layer by layer, each layer's trainable ones first. */
  get weights(): Variable[] {
    const weights = this.allLayers().flatMap((layer) => [
      ...layer.#own().filter((weight) => weight.trainable),
      ...layer.#own().filter((weight) => !weight.trainable),
    ]);
    return this.#ready([...new Set(weights)]);
  }

  get trainableWeights(): Variable[] {
    return this.#ready(this.#trainableWithin());
  }

  get nonTrainableWeights(): Variable[] {
    const trainable = new Set(this.trainableWeights);
    return this.weights.filter((weight) => !trainable.has(weight));
  }

  /** The same as trainableWeights; the name the posts use. */
  get trainableVariables(): Variable[] {
    return this.trainableWeights;
  }

  /** Number of numbers in the weights. */
  countParams(): number {
    return this.weights.reduce((count, weight) => count + sizeOf(weight.shape), 0);
  }

  /** Penalties on the weights, and the losses of each layer's latest call: activity penalties and what `addLoss` was given. */
  get losses(): Tensor[] {
    const penalties = this.allLayers().flatMap((layer) =>
      layer.#penalties.map(({ weight, penalty }) => penalty(weight)),
    );
    return [...penalties, ...this.allLayers().flatMap((layer) => layer.#callLosses)];
  }

  /** Every weight under the path of fields that leads to it: `encoder.0.kernel`. */
  weightsByPath(): Map<string, Variable> {
    const paths = new Map<string, Variable>();
    const seen = new Set<Layer | Variable>();
    const visit = (layer: Layer, prefix: string): void => {
      if (seen.has(layer)) return;
      seen.add(layer);
      const parts = [...layer.#weights, ...layer.held()];
      for (const [path, part] of parts) {
        if (part instanceof Layer) visit(part, `${prefix}${path}.`);
        else if (!seen.has(part)) paths.set(`${prefix}${path}`, part);
        if (part instanceof Variable) seen.add(part);
      }
    };
    visit(this, '');
    return paths;
  }

  /** Shape of its outputs as it was last called, `(None, 16, 16, 1)`; `multiple` if calls differed. */
  get outputShape(): string | undefined {
    return this.#outputShape;
  }

  #own(): Variable[] {
    const held = [...this.held()]
      .map(([, part]) => part)
      .filter((part) => part instanceof Variable);
    return [...new Set([...this.#weights.values(), ...held])];
  }

  #trainableWithin(): Variable[] {
    const weights = this.#within((layer) => layer.#trainable).flatMap((layer) => layer.#own());
    return [...new Set(weights)].filter((weight) => weight.trainable);
  }

  #ready(weights: Variable[]): Variable[] {
    if (weights.length === 0 && !this.built) {
      throw new OptionError(
        `${this.name}: it has no weights yet; want it called on a batch first, which shows their shapes`,
        { layer: this.name },
      );
    }
    return weights;
  }

  #noteShape(outputs: Tensors): void {
    const text = shapesText(outputs);
    this.#outputShape ??= text;
    if (this.#outputShape !== text) this.#outputShape = 'multiple';
  }

  #activityPenalty(outputs: Tensors): Tensor {
    const penalties = leavesOf(outputs).map((t) => this.#activityRegulariser?.(t) as Tensor);
    const [first, ...others] = penalties;
    const total = others.reduce((sum, one) => add(sum, one), first as Tensor);
    return div(total, batchSizeOf(outputs));
  }
}

/** Finds layers and variables in fields, lists and plain objects, of which one may hold one that it is in. */
function* partsOf(
  owner: object,
  prefix: string,
  around: readonly object[] = [],
): Iterable<readonly [string, Layer | Variable]> {
  for (const [key, value] of Object.entries(owner)) {
    if (value instanceof Layer || value instanceof Variable) yield [`${prefix}${key}`, value];
    else if (isCollection(value) && !around.includes(value)) {
      yield* partsOf(value, `${prefix}${key}.`, [...around, value]);
    }
  }
}

function isCollection(value: unknown): value is object {
  if (Array.isArray(value)) return typeof value[0] === 'object'; // lists of numbers may be long
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
