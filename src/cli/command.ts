/** What a command of `tapegrad` is. `main.ts` lists them; parsing, help and errors are the same for all. */
import { OptionError } from '../core/errors.ts';
import type { Options, ValuesOf } from '../programs/options.ts';

/** `tapegrad NAME …` with options of its own. */
export interface Command<O extends Options = Options> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly positionals?: readonly Positional[];
  readonly options: O;
  /** Does the work; the number it returns is the exit code, 0 if there is none. */
  run(given: Given<O>): Exit | Promise<Exit>;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a command that ends well need not return anything
export type Exit = number | void;

/** A command that is a list of others: `tapegrad train dense-ae`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  /** What its members are called: `program`. */
  readonly noun: string;
  readonly commands: Listed<Command>;
}

/** By name, each loaded when it is asked for: all together take half a second to load. */
export type Listed<C> = Readonly<Record<string, () => C | Promise<C>>>;

/** An argument that is known by its place. */
export interface Positional {
  readonly name: string;
  readonly help: string;
  /** It may be left out; those that may not come first. */
  readonly optional?: boolean;
  /** Takes all that are left; the last one only. */
  readonly many?: boolean;
  readonly choices?: readonly string[];
}

/** The command line, read and checked. */
export interface Given<O extends Options = Options> {
  readonly options: ValuesOf<O>;
  /** Arguments that are no options, in order. */
  readonly positionals: readonly string[];
}

/** Lets a command's `run` know the types of its options. */
export function defineCommand<const O extends Options>(command: Command<O>): Command {
  return command as unknown as Command;
}

/** A command line that cannot be understood: exit code 2. Other errors of the library end with 1. */
export class UsageError extends OptionError {}
