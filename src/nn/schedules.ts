/** Learning rates that change with the step. As tf.keras.optimizers.schedules. */
import { OptionError } from '../core/errors.ts';
import { anything, checkOptions, flag, list, number, want } from '../core/options.ts';

/** The learning rate at each step, counted from 0. */
export interface Schedule {
  at(step: number): number;
}

interface RateDecayOptions {
  initialLearningRate: number;
  decaySteps: number;
  decayRate: number;
  /** Whether periods count only when they are over. */
  staircase?: boolean;
}

/** A rate that falls by a factor of the periods of `decaySteps` that have gone by. */
abstract class RateDecay implements Schedule {
  private readonly initial: number;
  private readonly decaySteps: number;
  private readonly decayRate: number;
  private readonly staircase: boolean;

  constructor(options: RateDecayOptions) {
    const { name } = new.target;
    checkOptions(name, options, {
      initialLearningRate: anything,
      decaySteps: anything,
      decayRate: anything,
      staircase: flag,
    });
    this.initial = rate(name, 'initialLearningRate', options.initialLearningRate);
    this.decaySteps = positive(name, 'decaySteps', options.decaySteps);
    this.decayRate = rate(name, 'decayRate', options.decayRate);
    this.staircase = options.staircase ?? false;
  }

  protected abstract factor(decayRate: number, periods: number): number;

  at(step: number): number {
    const periods = step / this.decaySteps;
    const counted = this.staircase ? Math.floor(periods) : periods;
    return this.initial * this.factor(this.decayRate, counted);
  }
}

/** initial · decayRate^(step / decaySteps); with `staircase` the exponent is rounded down. */
export class ExponentialDecay extends RateDecay {
  protected factor(decayRate: number, periods: number): number {
    return decayRate ** periods;
  }
}

/** initial / (1 + decayRate · step / decaySteps); with `staircase` the quotient of the steps is rounded down. */
export class InverseTimeDecay extends RateDecay {
  protected factor(decayRate: number, periods: number): number {
    return 1 / (1 + decayRate * periods);
  }
}

/**
 * From the initial rate to the end rate over `decaySteps`, along (1 − share of the steps)^power, and there from then on.
 * With `cycle` the steps are doubled, tripled and so on whenever they are used up, and the rate jumps up again.
 */
export class PolynomialDecay implements Schedule {
  private readonly initial: number;
  private readonly decaySteps: number;
  private readonly end: number;
  private readonly power: number;
  private readonly cycle: boolean;

  constructor(options: {
    initialLearningRate: number;
    decaySteps: number;
    endLearningRate?: number;
    power?: number;
    cycle?: boolean;
  }) {
    checkOptions('PolynomialDecay', options, {
      initialLearningRate: anything,
      decaySteps: anything,
      endLearningRate: anything,
      power: anything,
      cycle: flag,
    });
    this.initial = rate('PolynomialDecay', 'initialLearningRate', options.initialLearningRate);
    this.decaySteps = positive('PolynomialDecay', 'decaySteps', options.decaySteps);
    this.end = rate('PolynomialDecay', 'endLearningRate', options.endLearningRate ?? 1e-4);
    this.power = positive('PolynomialDecay', 'power', options.power ?? 1);
    this.cycle = options.cycle ?? false;
  }

  at(step: number): number {
    const periods = step / this.decaySteps;
    const share = this.cycle ? periods / Math.max(1, Math.ceil(periods)) : Math.min(1, periods);
    return (this.initial - this.end) * (1 - share) ** this.power + this.end;
  }
}

/**
 * Half a cosine from the initial rate down to `alpha` times it over `decaySteps`, and there from then on. With
 * `warmupTarget`, first a straight line from the initial rate to the target over `warmupSteps`; the cosine then falls
 * from the target. I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.
 */
export class CosineDecay implements Schedule {
  private readonly initial: number;
  private readonly decaySteps: number;
  private readonly alpha: number;
  private readonly target: number;
  private readonly warmupSteps: number;

  constructor(options: {
    initialLearningRate: number;
    decaySteps: number;
    alpha?: number;
    warmupTarget?: number;
    warmupSteps?: number;
  }) {
    checkOptions('CosineDecay', options, {
      initialLearningRate: anything,
      decaySteps: anything,
      alpha: anything,
      warmupTarget: anything,
      warmupSteps: anything,
    });
    this.initial = rate('CosineDecay', 'initialLearningRate', options.initialLearningRate);
    this.decaySteps = positive('CosineDecay', 'decaySteps', options.decaySteps);
    this.alpha = rate('CosineDecay', 'alpha', options.alpha ?? 0);
    this.target = rate('CosineDecay', 'warmupTarget', options.warmupTarget ?? this.initial);
    const steps = options.warmupTarget === undefined ? 0 : (options.warmupSteps ?? 0);
    this.warmupSteps = rate('CosineDecay', 'warmupSteps', steps);
  }

  at(step: number): number {
    if (step < this.warmupSteps) {
      return this.initial + (this.target - this.initial) * (step / this.warmupSteps);
    }
    const share = Math.min(1, (step - this.warmupSteps) / this.decaySteps);
    const cosine = 0.5 * (1 + Math.cos(Math.PI * share));
    return this.target * ((1 - this.alpha) * cosine + this.alpha);
  }
}

/** values[0] up to and including step boundaries[0], values[1] up to boundaries[1], …, the last one for ever. */
export class PiecewiseConstantDecay implements Schedule {
  private readonly boundaries: readonly number[];
  private readonly values: readonly number[];

  constructor(options: { boundaries: readonly number[]; values: readonly number[] }) {
    checkOptions('PiecewiseConstantDecay', options, { boundaries: list, values: list });
    const { boundaries, values } = options;
    want('PiecewiseConstantDecay', 'boundaries', boundaries, list, ' of numbers');
    want('PiecewiseConstantDecay', 'values', values, list, ' of numbers');
    if (values.length !== boundaries.length + 1) {
      throw new OptionError(
        `PiecewiseConstantDecay: ${boundaries.length} boundaries and ${values.length} values; want one value more than boundaries`,
        { boundaries, values },
      );
    }
    if (boundaries.some((b, i) => i > 0 && !(b > (boundaries[i - 1] as number)))) {
      throw new OptionError(
        `PiecewiseConstantDecay: boundaries are ${boundaries.join(', ')}; want each larger than the one before`,
        { boundaries },
      );
    }
    this.boundaries = [...boundaries];
    this.values = values.map((value) => rate('PiecewiseConstantDecay', 'a value', value));
  }

  at(step: number): number {
    const passed = this.boundaries.findIndex((boundary) => step <= boundary);
    return this.values.at(passed) as number; // −1, past them all, is the last value
  }
}

function rate(schedule: string, name: string, value: number): number {
  return want(schedule, name, value, number({ min: 0 }));
}

function positive(schedule: string, name: string, value: number): number {
  return want(schedule, name, value, number({ above: 0 }));
}
