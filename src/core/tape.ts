/**
 * Reverse-mode differentiation. While a function runs inside `tape.record`, every op that touches something watched
 * leaves a step here: what went in, what came out, and the rule that turns the gradient of the output into those of
 * the inputs. `tape.gradient` walks the steps newest first and applies the rules (the chain rule, read backwards).
 *
 * Nothing is stored on tensors. The rules are themselves written in ops, so a second tape that is recording while
 * the first walks back records the walk: gradients of gradients need nothing more.
 */
import { accumulate, onesLike, zerosOf } from './accumulate.ts';
import { GradientError, OptionError } from './errors.ts';
import { explainMissing } from './missing.ts';
import { anything, checkOptions, flag, wantFunction } from './options.ts';
import { printsItself } from './print.ts';
import { sameShape, shapeText } from './shape.ts';
import { recording, type Step, type Watcher } from './steps.ts';
import { formatTape, tapeToDot } from './tape-text.ts';
import { type Identity, Tensor, type TensorLike, toTensor, Variable } from './tensor.ts';

/** Tensors in a list, under names, or alone: `gradient` answers in the same form. */
export type Sources = Tensor | readonly Tensor[] | { readonly [name: string]: Tensor };
export type GradientsOf<S extends Sources, G = Tensor> = S extends Tensor
  ? G
  : { -readonly [K in keyof S]: G };

export interface TapeOptions {
  /** Keep the steps after `gradient`, for another. */
  persistent?: boolean;
  /** Watch trainable variables by themselves (the default). */
  watchAccessedVariables?: boolean;
  /** Note the source line of every step, for `toString()`; slow. */
  trace?: boolean;
}

/** What is differentiated: a tensor, or several, whose gradients are summed. */
export type Targets = Tensor | readonly Tensor[];

export interface GradientOptions {
  /** What arrives from above the target, in its shape; ones by default. One each for a list of targets. */
  outputGradient?: TensorLike | readonly TensorLike[];
  /** For a source without a gradient: an error that says why (the default), zeros, or `undefined` in its place. */
  unconnected?: 'error' | 'zeros' | 'none';
}

/** Records what is computed, and answers with gradients. As tf.GradientTape. */
export class GradientTape implements Watcher {
  readonly persistent: boolean;
  readonly traces: boolean;
  private readonly watchesVariables: boolean;
  private readonly watched = new Set<Identity>();
  /** All that was watched or computed from it. */
  private readonly tracked = new Set<Identity>();
  private recorded: Step[] = [];
  private used = false;

  constructor(options: TapeOptions = {}) {
    checkOptions('GradientTape', options, {
      persistent: flag,
      watchAccessedVariables: flag,
      trace: flag,
    });
    this.persistent = options.persistent ?? false;
    this.watchesVariables = options.watchAccessedVariables ?? true;
    this.traces = options.trace ?? false;
  }

  /** What was recorded, in the order it ran. */
  get steps(): readonly Step[] {
    return this.recorded;
  }

  /** Runs a function while recording and returns what it returns: the `with tape:` block of the posts. */
  record<T>(run: () => T): T {
    wantFunction('record', run, 'tape.record(() => loss(x))');
    if (recording.includes(this)) {
      throw new OptionError(
        'record: this tape is recording already; want one record at a time',
        {},
      );
    }
    recording.push(this);
    try {
      const result = run();
      if (result instanceof Promise) {
        throw new OptionError(
          'record: the function returned a promise; want one that computes at once, without await',
          {},
        );
      }
      return result;
    } finally {
      recording.splice(recording.indexOf(this), 1);
    }
  }

  /** Runs a function without recording on this tape. */
  stopRecording<T>(run: () => T): T {
    const at = recording.indexOf(this);
    if (at < 0) return run();
    recording.splice(at, 1);
    try {
      return run();
    } finally {
      recording.splice(at, 0, this);
    }
  }

  /** Makes gradients with respect to these tensors possible; trainable variables need no watch. */
  watch(...tensors: readonly Tensor[]): void {
    for (const t of tensors) {
      if (!(t instanceof Tensor)) {
        throw new OptionError(`watch: it was given ${kindOf(t)}; want a tensor`, {});
      }
      if (t.dtype === 'int32') {
        throw new GradientError(
          'watch: the tensor is int32; want a float, only those have gradients. cast(x, "float32") makes one',
          { dtype: t.dtype },
        );
      }
      this.watched.add(t.identity);
      this.tracked.add(t.identity);
    }
  }

  tracks(t: Tensor): boolean {
    if (this.tracked.has(t.identity)) return true;
    if (!this.watchesVariables || !(t instanceof Variable) || !t.trainable) return false;
    this.watch(t);
    return true;
  }

  add(step: Step): void {
    this.recorded.push(step);
    this.tracked.add(step.output);
  }

  /** Forgets everything recorded and watched. */
  reset(): void {
    this.recorded = [];
    this.watched.clear();
    this.tracked.clear();
    this.used = false;
  }

  /**
   * d target / d source for each source, in the form the sources were given in and each in the shape of its source.
   * A target of several numbers is summed, and so are several targets. A tape answers once unless it is persistent.
   */
  gradient<S extends Sources>(
    target: Targets,
    sources: S,
    options: GradientOptions & { unconnected: 'none' },
  ): GradientsOf<S, Tensor | undefined>;
  gradient<S extends Sources>(
    target: Targets,
    sources: S,
    options?: GradientOptions,
  ): GradientsOf<S>;
  gradient(target: Targets, sources: Sources, options: GradientOptions = {}): unknown {
    if (this.used) {
      throw new GradientError(
        'gradient: this tape is used up by an earlier gradient; want one call a recording. new GradientTape({ persistent: true }) keeps its steps',
        {},
      );
    }
    const targets = target instanceof Tensor ? [target] : target;
    checkTargets(targets);
    checkOptions('gradient', options, { outputGradient: anything, unconnected: anything });
    const { unconnected = 'error' } = options;
    if (!['error', 'zeros', 'none'].includes(unconnected)) {
      throw new OptionError(`gradient: unconnected is ${unconnected}; want error, zeros or none`, {
        unconnected,
      });
    }
    const list = listOf(sources);
    const above = gradientsAbove(target, options.outputGradient);
    const steps = this.recorded.slice();
    // What was not watched may stand in some steps all the same; a gradient from those alone would be a part of it.
    const watched = list.filter((source) => this.tracked.has(source.identity));
    const found = this.persistent
      ? walkBack(steps, targets, watched, above)
      : this.stopRecording(() => walkBack(steps, targets, watched, above));

    const answers = list.map((source, i) => {
      const gradient = found.get(source.identity);
      if (gradient !== undefined) return gradient;
      if (options.unconnected === 'none') return undefined;
      if (options.unconnected === 'zeros') return zerosOf(source);
      const why = explainMissing(steps, targets, source, this.isWatched(source));
      throw new GradientError(`gradient: ${nameOf(sources, i)} has none: ${why}`, {
        source: i,
        why,
      });
    });
    if (!this.persistent) {
      this.recorded = [];
      this.used = true;
    }
    if (sources instanceof Tensor) return answers[0];
    if (Array.isArray(sources)) return answers;
    return Object.fromEntries(Object.keys(sources).map((name, i) => [name, answers[i]]));
  }

  private isWatched(t: Tensor): boolean {
    const byItself = this.watchesVariables && t instanceof Variable && t.trainable;
    return byItself || this.tracked.has(t.identity);
  }

  /** The steps as a table: what each op took, made, and keeps in memory. */
  toString(): string {
    return formatTape(this.recorded, this.watched);
  }

  /** The steps as a graph for Graphviz: `dot -Tsvg`. */
  toDot(): string {
    return tapeToDot(this.recorded, this.watched);
  }
}
printsItself(GradientTape);

/** The backward pass: gradients of the targets with respect to all sources they depend on. */
function walkBack(
  steps: readonly Step[],
  targets: readonly Tensor[],
  sources: readonly Tensor[],
  above: readonly Tensor[],
): Map<Identity, Tensor> {
  const wanted = reachableFrom(sources, steps);
  const gradients = new Map<Identity, Tensor>();
  targets.forEach((target, i) => {
    if (!wanted.has(target.identity)) return;
    const part = above[i] as Tensor;
    const sum = gradients.get(target.identity); // of a target that is listed twice
    gradients.set(target.identity, sum === undefined ? part : accumulate(sum, part));
  });
  if (gradients.size === 0) return gradients;
  const kept = new Set(sources.map((source) => source.identity));

  for (let s = steps.length - 1; s >= 0; s--) {
    const step = steps[s] as Step;
    const dy = gradients.get(step.output);
    if (dy === undefined || !wanted.has(step.output)) continue;
    if (!kept.has(step.output)) gradients.delete(step.output); // nobody asks for it again
    step.inputs.forEach((input, i) => {
      if (!wanted.has(input) || !step.differentiable(i)) return;
      const part = step.vjp(dy, i);
      const sum = gradients.get(input);
      gradients.set(input, sum === undefined ? part : accumulate(sum, part));
    });
  }
  return gradients;
}

/** The sources and all that was computed from them by ops that have a gradient: nothing else is walked. */
function reachableFrom(sources: readonly Tensor[], steps: readonly Step[]): Set<Identity> {
  const reached = new Set(sources.map((source) => source.identity));
  for (const step of steps) {
    if (step.inputs.some((input, i) => reached.has(input) && step.differentiable(i))) {
      reached.add(step.output);
    }
  }
  return reached;
}

function listOf(sources: Sources): readonly Tensor[] {
  if (sources instanceof Tensor) return [sources];
  if (typeof sources !== 'object' || sources === null) {
    throw new OptionError(
      `gradient: the sources are ${kindOf(sources)}; want a tensor, a list of tensors, or tensors under names`,
      {},
    );
  }
  const list = Object.values(sources) as Tensor[];
  list.forEach((source, i) => {
    if (!(source instanceof Tensor)) {
      throw new OptionError(
        `gradient: ${nameOf(sources, i)} is ${kindOf(source)}; want a tensor`,
        {},
      );
    }
  });
  return list;
}

/** What a value is, for the message that refuses it. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function checkTargets(targets: readonly Tensor[]): void {
  const list: readonly unknown[] = Array.isArray(targets) ? targets : [targets];
  if (list.length === 0) {
    throw new OptionError('gradient: the list of targets is empty; want at least one tensor', {});
  }
  for (const target of list) {
    if (!(target instanceof Tensor)) {
      throw new OptionError(
        `gradient: the target is ${kindOf(target)}; want the tensor that was recorded`,
        {},
      );
    }
    if (target.dtype === 'int32') {
      throw new GradientError(
        'gradient: the target is int32; want a float, integers have no gradient',
        { dtype: target.dtype },
      );
    }
  }
}

/** What arrives from above each target. */
function gradientsAbove(target: Targets, given: GradientOptions['outputGradient']): Tensor[] {
  if (target instanceof Tensor) return [gradientAbove(target, given as TensorLike)];
  if (given !== undefined && !(Array.isArray(given) && given.length === target.length)) {
    throw new GradientError(
      `gradient: outputGradient is ${kindOf(given)} and there are ${target.length} targets; want a list of as many`,
      { targets: target.length },
    );
  }
  return target.map((one, i) => gradientAbove(one, (given as readonly TensorLike[])?.[i]));
}

/** What arrives from above the target: ones, so that a target of several numbers is summed, or what was given. */
function gradientAbove(target: Tensor, given: TensorLike | undefined): Tensor {
  if (given === undefined) return onesLike(target);
  const above = toTensor(given, target.dtype);
  if (!sameShape(above.shape, target.shape) || above.dtype !== target.dtype) {
    throw new GradientError(
      `gradient: outputGradient is ${above.dtype} ${shapeText(above.shape)} and the target is ${target.dtype} ${shapeText(target.shape)}; want the same type and shape`,
      { outputGradient: above.shape, target: target.shape },
    );
  }
  return above;
}

function nameOf(sources: Sources, i: number): string {
  if (sources instanceof Tensor) return 'the source';
  return Array.isArray(sources) ? `source ${i}` : `source "${Object.keys(sources)[i]}"`;
}
