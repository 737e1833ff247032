/** From the words of a command line to options and positionals, or to a sentence that says what is wrong. */
import { parseArgs } from 'node:util';
import { didYouMean } from '../core/did-you-mean.ts';
import { type Option, refusal } from '../programs/options.ts';
import { type Command, type Given, type Positional, UsageError } from './command.ts';

/** `batchSize` as it is typed: `batch-size`. */
export function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What stands for an option's value: DIR in `--out DIR`; nothing for a flag. */
export function placeholder(option: Option): string {
  if (option.type === 'flag') return '';
  if (option.value !== undefined) return ` ${option.value}`;
  if (option.type === 'number') return ' N';
  return ` ${option.choices?.join('|') ?? 'TEXT'}`;
}

/** Reads the words after a command's name. `who` names the command in errors. */
export function parseCommandLine(
  who: string,
  command: Command,
  words: readonly string[],
): Given | 'help' {
  const named = new Map(
    Object.entries(command.options).map(([name, o]) => [dashed(name), { name, o }]),
  );
  const { tokens } = parseArgs({
    args: words.map((word) => (number.test(word) ? `${mark}${word}` : word)),
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(
        [...named].map(([flag, { o }]) => [
          flag,
          { type: o.type === 'flag' ? 'boolean' : 'string' },
        ]),
      ),
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  if (tokens.some((token) => token.kind === 'option' && token.name === 'help')) return 'help';

  const values: Record<string, Value | undefined> = {};
  for (const [name, option] of Object.entries(command.options)) {
    values[name] = option.type === 'flag' ? false : option.default;
  }
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(unmarked(token.value));
    if (token.kind !== 'option') continue;
    const known = named.get(token.name);
    if (known === undefined) {
      const flags = [...named.keys(), 'help'].map((flag) => `--${flag}`);
      const hint = didYouMean(token.rawName, flags, `; want ${flags.join(', ')}`);
      throw new UsageError(`${who}: no option ${token.rawName}${hint}`, { option: token.name });
    }
    const text = token.value === undefined ? undefined : unmarked(token.value);
    values[known.name] = valueOf(who, token.name, known.o, text, token.inlineValue ?? false);
  }
  checkPositionals(who, command.positionals ?? [], positionals);
  return { options: values, positionals };
}

type Value = boolean | number | string;

function valueOf(
  who: string,
  flag: string,
  option: Option,
  text: string | undefined,
  inline: boolean,
): Value {
  if (option.type === 'flag') {
    if (text === undefined) return true;
    throw new UsageError(`${who}: --${flag} was given ${text}; want it without a value`);
  }
  // The parser takes the next word whatever it is, so a forgotten value swallows the option that follows.
  if (text === undefined || (!inline && /^--?[a-z]/i.test(text))) {
    throw new UsageError(
      `${who}: --${flag} came without a value; want --${flag}${placeholder(option)}`,
    );
  }
  const value = option.type === 'number' ? numberOf(text) : text;
  const wanted = refusal(option, value);
  if (wanted !== undefined) {
    const hint = didYouMean(text, (option.type === 'text' && option.choices) || [], '');
    throw new UsageError(
      `${who}: --${flag} is ${text === '' ? 'empty' : text}; want ${wanted}${hint}`,
      {
        option: flag,
        value: text,
      },
    );
  }
  return value;
}

/** Decimal numbers, `1e-3` among them; `Number` alone would read '' as 0 and '0x10' as 16. */
const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** The number a word is, or NaN. */
export function numberOf(text: string): number {
  return number.test(text) ? Number(text) : Number.NaN;
}

/** Stands before numbers while they are parsed, or `-1.5` would be taken for options of one letter. */
const mark = '\0';
const unmarked = (word: string) => (word.startsWith(mark) ? word.slice(mark.length) : word);

function checkPositionals(
  who: string,
  wanted: readonly Positional[],
  found: readonly string[],
): void {
  const missing = wanted[found.length];
  if (missing !== undefined && !missing.optional) {
    const choices = missing.choices ? `: ${missing.choices.join(', ')}` : '';
    throw new UsageError(`${who}: ${missing.name} is missing; want ${missing.help}${choices}`);
  }
  const most = wanted.at(-1)?.many ? Infinity : wanted.length;
  const extra = found[most];
  if (extra !== undefined) {
    const names = wanted.map((positional) => positional.name).join(', ');
    throw new UsageError(
      `${who}: found ${extra}; want ${most === 0 ? 'options only' : `no more than ${names}`}`,
    );
  }
  found.forEach((word, i) => {
    const { name, choices } = wanted[Math.min(i, wanted.length - 1)] as Positional;
    if (choices === undefined || choices.includes(word)) return;
    throw new UsageError(
      `${who}: no ${name} ${word}${didYouMean(word, choices, `; want ${choices.join(', ')}`)}`,
    );
  });
}
