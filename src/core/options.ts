/** What options and arguments must be, and the sentences that refuse what they are instead. */
import { didYouMean } from './did-you-mean.ts';
import { OptionError } from './errors.ts';

/** What a value must be: in words, and as a question. */
export interface Want {
  readonly words: string;
  readonly fits: (value: unknown) => boolean;
}

/**
 * What each option of an options object must be. Such a record stands beside the type that tells the compiler the same;
 * the compiler refuses one that lacks a name or has one too many.
 */
export type Wants<O extends object> = { readonly [Name in keyof O]-?: Want };

/** For what is checked where it is used. */
export const anything: Want = { words: 'anything', fits: () => true };
export const flag: Want = {
  words: 'true or false',
  fits: (value) => typeof value === 'boolean',
};
export const text: Want = {
  words: 'a text that is not empty',
  fits: (value) => typeof value === 'string' && value !== '',
};
export const list: Want = { words: 'a list', fits: Array.isArray };

export interface Bounds {
  readonly whole?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
}

/** A finite number within bounds. */
export function number(bounds: Bounds = {}): Want {
  const { whole, min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = bounds;
  return {
    words: numberWords(bounds),
    fits: (value) =>
      typeof value === 'number' &&
      (whole ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
      value >= min &&
      value <= max &&
      value > above &&
      value < below,
  };
}

/** A whole number of at least so much. */
export function whole(min: number): Want {
  return number({ whole: true, min });
}

function numberWords({ whole, min, max, above, below }: Bounds): string {
  const kind = whole ? 'a whole number' : 'a number';
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  const limits = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(min === undefined ? [] : [`of at least ${min}`]),
    ...(max === undefined ? [] : [`of at most ${max}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ];
  return limits.length === 0 ? kind : `${kind} ${limits.join(' and ')}`;
}

/** One of a few texts or numbers. */
export function oneOf(...values: readonly (string | number)[]): Want {
  const quoted = values.map((value) => (typeof value === 'string' ? `'${value}'` : value));
  return {
    words: [quoted.slice(0, -1).join(', '), quoted.at(-1)].join(' or '),
    fits: (value) => values.includes(value as string),
  };
}

/** An object of a class. */
export function instanceOf(kind: {
  readonly name: string;
  [Symbol.hasInstance](value: unknown): boolean;
}): Want {
  return { words: articled(kind.name), fits: (value) => kind[Symbol.hasInstance](value) };
}

/** Refuses a value that is not what it must be. `mend` may say how to make it so. */
export function want<T>(asker: string, name: string, value: T, wanted: Want, mend = ''): T {
  if (wanted.fits(value)) return value;
  throw new OptionError(`${asker}: ${name} is ${shown(value)}; want ${wanted.words}${mend}`, {
    [name]: value,
  });
}

/**
 * Refuses options that do not exist, which JavaScript would pass over in silence, and values that are not what they must
 * be. One that is undefined counts as not given.
 */
export function checkOptions<O extends object>(
  asker: string,
  options: O,
  wants: Wants<NoInfer<O>>,
): void {
  const known = Object.keys(wants);
  if (!isBareObject(options)) {
    throw new OptionError(
      `${asker}: options are ${shown(options)}; want an object with ${known.join(', ')}`,
      { options },
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(wants, name)) {
      const hint = didYouMean(name, known, `; want ${known.join(', ')}`);
      throw new OptionError(`${asker}: no option ${name}${hint}`, { option: name, known });
    }
    if (value !== undefined) want(asker, name, value, wants[name as keyof O]);
  }
}

/** Whether it is what `{ … }` makes: no list, and no object of a class. */
export function isBareObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Refuses what is no number: kernels would make NaN of it, or fail without a name. */
export function wantNumber(asker: string, name: string, value: unknown, least?: number): void {
  if (typeof value === 'number' && !(value < (least ?? -Infinity))) return;
  want(asker, name, value, number(least === undefined ? {} : { min: least }));
}

/** Refuses what cannot be called. */
export function wantFunction(asker: string, value: unknown, example: string): void {
  if (typeof value === 'function') return;
  throw new OptionError(`${asker}: ${shown(value)} came in; want a function, as in ${example}`);
}

/** Refuses what is no list. */
export function wantList(asker: string, name: string, value: unknown, example: string): void {
  want(asker, name, value, list, `, as in ${example}`);
}

/** Whether a function can only be called with `new`. */
export function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

/** A value as a message names it: objects of a class by the class. */
export function shown(value: unknown): string {
  if (typeof value === 'function') {
    const kind = isClass(value) ? 'class' : 'function';
    return value.name === '' ? `a ${kind}` : `the ${kind} ${value.name}`;
  }
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (!Array.isArray(value) && !isBareObject(value)) return articled(value.constructor.name);
  if (isShort(value, 3)) return JSON.stringify(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}

/** Whether a list or an object is so small and plain that a message can quote it. */
function isShort(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return typeof value !== 'function';
  if (depth === 0 || !(Array.isArray(value) || isBareObject(value))) return false;
  const parts = Object.values(value);
  return parts.length <= 8 && parts.every((part) => isShort(part, depth - 1));
}

function articled(name: string): string {
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}
