/**
 * From gradients to better weights, with the formulas and defaults of TensorFlow and Keras; the loops are the kernels of
 * kernels/optimise.ts. What an optimiser remembers of each variable (momentum, moments) it keeps in slots of its own.
 */
import { OptionError, ShapeError } from '../core/errors.ts';
import { checkOptions, flag, number, type Wants } from '../core/options.ts';
import { eachStep, stepRecorder } from '../core/replay.ts';
import { sameShape, shapeText } from '../core/shape.ts';
import { GradientTape } from '../core/tape.ts';
import { allocate, floats, fromArray, kernelsFor, Tensor, Variable } from '../core/tensor.ts';
import type { Floats } from '../kernels/arrays.ts';
import type { Kernels } from '../kernels/reference.ts';
import { clipByGlobalNorm, clipByNorm, clipByValue } from './clip.ts';
import type { Schedule } from './schedules.ts';
import { zip } from './zip.ts';

export interface OptimiserOptions {
  learningRate?: number | Schedule;
  /** At most one of these. Limits the norm of each gradient. */
  clipnorm?: number;
  /** Limits each element of each gradient to ±clipvalue. */
  clipvalue?: number;
  /** Limits the norm of all gradients together. */
  globalClipnorm?: number;
}

const share = number({ min: 0, max: 1 });
const notNegative = number({ min: 0 });

/** What is remembered of one variable, by the name of what it is; empty where a setting makes it needless. */
type Slots<Name extends string> = { readonly [N in Name]: Floats };

/** All that an optimiser has to remember, for a checkpoint: slots in the order of the variables. */
export interface OptimiserState {
  readonly iterations: number;
  readonly slots: readonly Readonly<Record<string, Tensor>>[];
}

/** What all of them do: clip, count, and keep slots. Each says only which slots it has and how a step is made. */
export abstract class Optimiser<Slot extends string = string> {
  /** What its settings must be. */
  static readonly options: Wants<OptimiserOptions> = {
    learningRate: {
      words: 'a number of at least 0, or a schedule',
      fits: (value) => isSchedule(value) || number({ min: 0 }).fits(value),
    },
    clipnorm: number({ above: 0 }),
    clipvalue: number({ above: 0 }),
    globalClipnorm: number({ above: 0 }),
  };

  private rate: number | Schedule;
  private taken = 0;
  private readonly clip: Pick<OptimiserOptions, 'clipnorm' | 'clipvalue' | 'globalClipnorm'>;
  private readonly slots = new Map<Variable, Slots<Slot>>();

  constructor(options: OptimiserOptions, defaultLearningRate: number) {
    const kind = new.target;
    wantNoRate(kind.name, options);
    checkOptions(kind.name, options, kind.options);
    const { learningRate = defaultLearningRate, clipnorm, clipvalue, globalClipnorm } = options;
    const limits = Object.entries({ clipnorm, clipvalue, globalClipnorm }).filter(
      ([, limit]) => limit !== undefined,
    );
    if (limits.length > 1) {
      const names = limits.map(([name]) => name).join(' and ');
      throw new OptionError(`${this.constructor.name}: ${names} were given; want one of them`, {
        clipnorm,
        clipvalue,
        globalClipnorm,
      });
    }
    this.rate = learningRate;
    this.clip = { clipnorm, clipvalue, globalClipnorm } as typeof this.clip;
  }

  /** A number, or a schedule over the steps; may be changed between steps. */
  get learningRate(): number | Schedule {
    return this.rate;
  }

  set learningRate(rate: number | Schedule) {
    stepRecorder()?.onUnrepeatable(`sets the learning rate of ${this.constructor.name}`);
    this.rate = rate;
  }

  /** Steps taken so far. A step that is compiled may not read it: it goes on in replays, a branch on it would not. */
  get iterations(): number {
    stepRecorder()?.onRead(`iterations of ${this.constructor.name}`);
    return this.taken;
  }

  set iterations(count: number) {
    stepRecorder()?.onUnrepeatable(`sets iterations of ${this.constructor.name}`);
    this.taken = count;
  }

  /** The number that each slot is filled with at first; undefined for a slot that stays empty. */
  protected abstract slotStarts(): { readonly [N in Slot]: number | undefined };

  /** What the kernel reads as its rate at step t, the first being 1. */
  protected ratesAt(_t: number, learningRate: number): readonly number[] {
    return [learningRate];
  }

  /** Changes the weights w by their gradient g. */
  protected abstract step(k: Kernels, w: Floats, g: Floats, slots: Slots<Slot>, rate: Floats): void;

  /**
   * One step: `optimizer.applyGradients(zip(gradients, variables))`. Pairs whose gradient is undefined are left out, as
   * in TensorFlow.
   */
  applyGradients(pairs: Iterable<readonly [Tensor | undefined, Variable]>): void {
    const given: [Tensor, Variable][] = [];
    for (const pair of wantPairs(pairs)) {
      const [gradient, variable] = pair;
      if (gradient !== undefined) given.push([this.fitting(gradient, variable), variable]);
    }
    if (given.length === 0) {
      throw new OptionError('applyGradients: no gradient came in; want at least one');
    }
    const rates = { float32: new Float32Array(2), float64: new Float64Array(2) };
    const all = Object.values(rates);
    eachStep(all, () => {
      const now = this.ratesAt(this.taken + 1, this.rateAfter(this.taken));
      for (const rate of all) rate.set(now);
      this.taken++;
    });
    for (const [gradient, variable] of this.clipped(given)) {
      const slots = this.slotsOf(variable);
      const rate = rates[variable.dtype as 'float32' | 'float64'];
      const k = kernelsFor(variable.dtype);
      variable.update((w) => this.step(k, w as Floats, floats(gradient), slots, rate));
    }
  }

  /** One step downhill on a loss that is computed from these variables; returns the loss before the step. */
  minimize(lossOf: () => Tensor, variables: readonly Variable[]): Tensor {
    const tape = new GradientTape();
    const loss = tape.record(lossOf);
    this.applyGradients(zip(tape.gradient(loss, variables), variables));
    return loss;
  }

  /** The learning rate of the next step. */
  currentLearningRate(): number {
    return isSchedule(this.rate) ? this.rateAfter(this.iterations) : this.rate;
  }

  private rateAfter(taken: number): number {
    return isSchedule(this.rate) ? this.rate.at(taken) : this.rate;
  }

  /** A copy of what is remembered of these variables. */
  state(variables: readonly Variable[]): OptimiserState {
    const slots = variables.map((variable) =>
      Object.fromEntries(
        Object.entries<Floats>(this.slotsOf(variable))
          .filter(([, values]) => values.length > 0)
          .map(([name, values]) => [name, fromArray(values.slice(), variable.shape)]),
      ),
    );
    return { iterations: this.iterations, slots };
  }

  /** Goes on from a state that was saved, with the variables in the order they had then. */
  restore(state: OptimiserState, variables: readonly Variable[]): void {
    for (const [saved, variable] of zip(state.slots, variables)) {
      for (const [name, values] of Object.entries<Floats>(this.slotsOf(variable))) {
        if (values.length === 0) continue;
        const from = saved[name];
        if (from === undefined || !sameShape(from.shape, variable.shape)) {
          throw new ShapeError(
            `restore: ${name} of ${variable.label()} is ${from === undefined ? 'missing' : shapeText(from.shape)}; want the shape of the variable`,
            { slot: name, variable: variable.shape },
          );
        }
        values.set(from.numbers);
      }
    }
    this.iterations = state.iterations;
  }

  private fitting(gradient: Tensor, variable: Variable): Tensor {
    if (sameShape(gradient.shape, variable.shape) && gradient.dtype === variable.dtype) {
      return gradient;
    }
    throw new ShapeError(
      `applyGradients: the gradient is ${gradient.dtype} ${shapeText(gradient.shape)} and the variable ${variable.label()} is ${variable.dtype}; want the same shape and type`,
      { gradient: gradient.shape, variable: variable.shape },
    );
  }

  private clipped(pairs: readonly [Tensor, Variable][]): readonly [Tensor, Variable][] {
    const { clipnorm, clipvalue, globalClipnorm } = this.clip;
    if (globalClipnorm !== undefined) {
      const gradients = pairs.map(([gradient]) => gradient);
      const variables = pairs.map(([, variable]) => variable);
      return zip(clipByGlobalNorm(gradients, globalClipnorm)[0], variables);
    }
    return pairs.map(([gradient, variable]) => {
      if (clipnorm !== undefined) return [clipByNorm(gradient, clipnorm), variable];
      if (clipvalue !== undefined) return [clipByValue(gradient, -clipvalue, clipvalue), variable];
      return [gradient, variable];
    });
  }

  private slotsOf(variable: Variable): Slots<Slot> {
    const known = this.slots.get(variable);
    if (known !== undefined) return known;
    const slots: Record<string, Floats> = {};
    for (const [name, start] of Object.entries<number | undefined>(this.slotStarts())) {
      const size = start === undefined ? 0 : variable.size;
      slots[name] = (allocate(variable.dtype, size) as Floats).fill(start ?? 0);
    }
    this.slots.set(variable, slots as Slots<Slot>);
    return slots as Slots<Slot>;
  }
}

function isSchedule(value: unknown): value is Schedule {
  return (
    typeof value === 'object' && value !== null && typeof (value as Schedule).at === 'function'
  );
}

/** Refuses the learning rate by itself, as TensorFlow takes it. */
function wantNoRate(name: string, options: unknown): void {
  if (typeof options !== 'number' && !isSchedule(options)) return;
  const rate = typeof options === 'number' ? options : 'schedule';
  throw new OptionError(
    `${name}: the learning rate came in by itself; want new ${name}({ learningRate: ${rate} })`,
  );
}

/** Refuses what are no pairs of a gradient and a variable. */
function wantPairs(
  pairs: Iterable<readonly [Tensor | undefined, Variable]>,
): readonly (readonly [Tensor | undefined, Variable])[] {
  const list = typeof pairs?.[Symbol.iterator] === 'function' ? [...pairs] : undefined;
  const fits = list?.every(
    (pair) =>
      Array.isArray(pair) &&
      (pair[0] === undefined || pair[0] instanceof Tensor) &&
      pair[1] instanceof Variable,
  );
  if (list !== undefined && fits) return list;
  throw new OptionError(
    'applyGradients: what came in are no pairs; want [gradient, variable] each, as zip(gradients, variables) makes them',
  );
}

interface SGDOptions extends OptimiserOptions {
  momentum?: number;
  nesterov?: boolean;
}

/**
 * Gradient descent: w −= lr · g. With momentum the steps add up to a velocity that fades by this factor; Nesterov's
 * variant looks one step ahead. As tf.keras.optimizers.SGD.
 */
export class SGD extends Optimiser<'velocity'> {
  static override readonly options: Wants<SGDOptions> = {
    ...Optimiser.options,
    momentum: share,
    nesterov: flag,
  };

  readonly momentum: number;
  readonly nesterov: boolean;

  constructor(options: SGDOptions = {}) {
    super(options, 0.01);
    const { momentum = 0, nesterov = false } = options;
    this.momentum = momentum;
    this.nesterov = nesterov;
  }

  protected slotStarts(): { velocity: number | undefined } {
    return { velocity: this.momentum === 0 ? undefined : 0 };
  }

  protected step(k: Kernels, w: Floats, g: Floats, slots: Slots<'velocity'>, rate: Floats): void {
    k.sgd(w, g, slots.velocity, rate, this.momentum, this.nesterov);
  }
}

interface RMSpropOptions extends OptimiserOptions {
  rho?: number;
  momentum?: number;
  epsilon?: number;
  centered?: boolean;
}

type RMSpropSlot = 'meanSquare' | 'mean' | 'momentum';

/**
 * Divides by the root of a fading mean of squared gradients; `centered` by their standard deviation. T. Tieleman and
 * G. Hinton, "Lecture 6.5: rmsprop", 2012. As tf.keras.optimizers.RMSprop: epsilon stands under the root.
 */
export class RMSprop extends Optimiser<RMSpropSlot> {
  static override readonly options: Wants<RMSpropOptions> = {
    ...Optimiser.options,
    rho: share,
    momentum: share,
    epsilon: notNegative,
    centered: flag,
  };

  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;

  constructor(options: RMSpropOptions = {}) {
    super(options, 0.001);
    const { rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false } = options;
    this.rho = rho;
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.centered = centered;
  }

  protected slotStarts(): Record<RMSpropSlot, number | undefined> {
    return {
      meanSquare: 0,
      mean: this.centered ? 0 : undefined,
      momentum: this.momentum === 0 ? undefined : 0,
    };
  }

  protected step(k: Kernels, w: Floats, g: Floats, slots: Slots<RMSpropSlot>, rate: Floats): void {
    const { meanSquare, mean, momentum } = slots;
    k.rmsprop(w, g, meanSquare, mean, momentum, rate, this.rho, this.momentum, this.epsilon);
  }
}

interface AdagradOptions extends OptimiserOptions {
  initialAccumulatorValue?: number;
  epsilon?: number;
}

/**
 * Divides by the root of the sum of all squared gradients. J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient
 * methods", 2011. As tf.keras.optimizers.Adagrad: the sum starts at `initialAccumulatorValue`.
 */
export class Adagrad extends Optimiser<'accumulator'> {
  static override readonly options: Wants<AdagradOptions> = {
    ...Optimiser.options,
    initialAccumulatorValue: notNegative,
    epsilon: notNegative,
  };

  readonly initialAccumulatorValue: number;
  readonly epsilon: number;

  constructor(options: AdagradOptions = {}) {
    super(options, 0.001);
    const { initialAccumulatorValue = 0.1, epsilon = 1e-7 } = options;
    this.initialAccumulatorValue = initialAccumulatorValue;
    this.epsilon = epsilon;
  }

  protected slotStarts(): { accumulator: number } {
    return { accumulator: this.initialAccumulatorValue };
  }

  protected step(
    k: Kernels,
    w: Floats,
    g: Floats,
    slots: Slots<'accumulator'>,
    rate: Floats,
  ): void {
    k.adagrad(w, g, slots.accumulator, rate, this.epsilon);
  }
}

interface AdamOptions extends OptimiserOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
}

/**
 * Fading means of the gradient (m) and of its square (v): w −= lr · sqrt(1 − β2^t) / (1 − β1^t) · m / (sqrt(v) + ε).
 * D. Kingma and J. Ba, "Adam", 2015, the form at the end of section 2. As tf.keras.optimizers.Adam.
 */
export class Adam extends Optimiser<'m' | 'v'> {
  static override readonly options: Wants<AdamOptions> = {
    ...Optimiser.options,
    beta1: number({ min: 0, below: 1 }),
    beta2: number({ min: 0, below: 1 }),
    epsilon: notNegative,
  };

  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;

  constructor(options: AdamOptions = {}) {
    super(options, 0.001);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
  }

  protected slotStarts(): { m: number; v: number } {
    return { m: 0, v: 0 };
  }

  /** The kernel reads two: the rate with its bias correction, and the share of w that decays. */
  protected override ratesAt(t: number, learningRate: number): readonly number[] {
    const correction = Math.sqrt(1 - this.beta2 ** t) / (1 - this.beta1 ** t);
    return [learningRate * correction, 0];
  }

  protected step(k: Kernels, w: Floats, g: Floats, slots: Slots<'m' | 'v'>, rate: Floats): void {
    k.adam(w, g, slots.m, slots.v, rate, this.beta1, this.beta2, this.epsilon);
  }
}

interface AdamWOptions extends AdamOptions {
  weightDecay?: number;
}

/**
 * Adam that also takes lr · weightDecay of each weight away, apart from the gradient. I. Loshchilov and F. Hutter,
 * "Decoupled Weight Decay Regularization", 2019. As tf.keras.optimizers.AdamW.
 */
export class AdamW extends Adam {
  static override readonly options: Wants<AdamWOptions> = {
    ...Adam.options,
    weightDecay: notNegative,
  };

  readonly weightDecay: number;

  constructor(options: AdamWOptions = {}) {
    super(options);
    const { weightDecay = 0.004 } = options;
    this.weightDecay = weightDecay;
  }

  protected override ratesAt(t: number, learningRate: number): readonly number[] {
    const [rate = 0] = super.ratesAt(t, learningRate);
    return [rate, learningRate * this.weightDecay];
  }
}
