/**
 * Errors to catch by class. Each message is one sentence: what came in, what was wanted, how to mend it. The facts
 * that a program may want are fields.
 */

/** What every error of this library is an instance of. */
export class TapegradError extends Error {
  readonly facts: Readonly<Record<string, unknown>>;
  constructor(message: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = new.target.name;
    this.facts = facts;
  }
}

/** Shapes or types of tensors that do not fit an op. */
export class ShapeError extends TapegradError {}
/** An argument, option or setting that is not one of those wanted. */
export class OptionError extends TapegradError {}
/** A file or download that is not what it should be; `facts.file` and `facts.byte` say where. */
export class DataError extends TapegradError {}
/** The native addon cannot do what was asked of it. */
export class NativeError extends TapegradError {}
/** A gradient that does not exist; the message says why. */
export class GradientError extends TapegradError {}
/** A NaN or an infinity where `checkNumerics` was watching; `facts` name the op, the step and the source line. */
export class NumericsError extends TapegradError {}
