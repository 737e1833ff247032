import { didYouMean } from './did-you-mean.ts';
import { OptionError } from './errors.ts';

/** Refuses what is no number: kernels would make NaN of it, or fail without a name. */
export function wantNumber(asker: string, name: string, value: unknown, least?: number): void {
  if (typeof value === 'number' && !(value < (least ?? -Infinity))) return;
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const kind = least === undefined ? 'a number' : `a number of at least ${least}`;
  throw new OptionError(`${asker}: ${name} is ${shown}; want ${kind}`, { [name]: value });
}

/** Refuses what cannot be called. */
export function wantFunction(asker: string, value: unknown, example: string): void {
  if (typeof value === 'function') return;
  throw new OptionError(`${asker}: ${shown(value)} came in; want a function, as in ${example}`);
}

/** Refuses what is no list. */
export function wantList(asker: string, name: string, value: unknown, example: string): void {
  if (Array.isArray(value)) return;
  throw new OptionError(`${asker}: ${name} is ${shown(value)}; want a list, as in ${example}`, {
    [name]: value,
  });
}

/** A value as a message names it: objects of a class by the class. */
function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'a list' : `a ${value.constructor?.name ?? 'bare object'}`;
}

/** Refuses what is no option: JavaScript would pass over a misspelt name, or a number in an object's place, in silence. */
export function checkOptions(asker: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(
      `${asker}: options are ${String(options)}; want an object with ${known.join(', ')}`,
      { options },
    );
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const hint = didYouMean(name, known, `; want ${known.join(', ')}`);
    throw new OptionError(`${asker}: no option ${name}${hint}`, { option: name, known });
  }
}
