/** Options that a program or a command takes: what they are, and whether a value is one of those wanted. */

interface Described {
  /** One line for `--help`. */
  readonly help: string;
}

/** On or off: `--offline`. */
export interface FlagOption extends Described {
  readonly type: 'flag';
}

/** `--out DIR`. */
export interface TextOption extends Described {
  readonly type: 'text';
  /** How the help calls the value; TEXT unless told. */
  readonly value?: string;
  readonly default?: string;
  readonly choices?: readonly string[];
}

/** `--steps N`. */
export interface NumberOption extends Described {
  readonly type: 'number';
  readonly value?: string;
  readonly default?: number;
  readonly whole?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** The value must be larger than this. */
  readonly above?: number;
}

export type Option = FlagOption | TextOption | NumberOption;

/** Options under their names in camelCase: `batchSize` is `--batch-size` on the command line. */
export interface Options {
  readonly [name: string]: Option;
}

/** What comes in for these options: a value for each that has a default, perhaps one for the others. */
export type ValuesOf<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends { readonly default: unknown } | FlagOption
    ? ValueOf<O[Name]>
    : ValueOf<O[Name]> | undefined;
};
type ValueOf<O extends Option> = O extends FlagOption
  ? boolean
  : O extends NumberOption
    ? number
    : O extends { readonly choices: readonly (infer Choice)[] }
      ? Choice
      : string;

/** What is wanted instead of this value, or undefined if it will do. */
export function refusal(option: Option, value: unknown): string | undefined {
  if (option.type === 'flag') return typeof value === 'boolean' ? undefined : 'true or false';
  if (option.type === 'text') {
    if (option.choices) {
      return option.choices.includes(value as string) ? undefined : option.choices.join(' or ');
    }
    return typeof value === 'string' && value !== '' ? undefined : 'a text that is not empty';
  }
  const { whole = false, min = -Infinity, max = Infinity, above = -Infinity } = option;
  const fits =
    typeof value === 'number' &&
    (whole ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= min &&
    value <= max &&
    value > above;
  return fits ? undefined : wantedNumber(option);
}

function wantedNumber({ whole, min, max, above }: NumberOption): string {
  const kind = whole ? 'a whole number' : 'a number';
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  const words = [kind];
  if (above !== undefined) words.push(`above ${above}`);
  if (min !== undefined) words.push(`of at least ${min}`);
  if (max !== undefined) words.push(`${words.length > 1 ? 'and' : 'of'} at most ${max}`);
  return words.join(' ');
}
