/** Finds the command that was meant, runs it, and turns whatever happens into an exit code. */

import { didYouMean } from '../core/did-you-mean.ts';
import { TapegradError } from '../core/errors.ts';
import { type Command, type CommandGroup, type Listed, UsageError } from './command.ts';
import { commandHelp, listHelp } from './help.ts';
import { parseCommandLine } from './parse.ts';

export interface CommandLine {
  /** How the program is called. */
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly commands: Listed<Command | CommandGroup>;
}

/** Where the words go. */
export interface Output {
  out(text: string): void;
  error(text: string): void;
}

export const terminal: Output = {
  out: (text) => console.log(text),
  error: (text) => console.error(text),
};

/** Runs a command line to its exit code: 0 well, 1 failed, 2 not understood; a command may return its own. */
export async function dispatch(
  line: CommandLine,
  words: readonly string[],
  output: Output = terminal,
): Promise<number> {
  try {
    return await run(line, words, output);
  } catch (error) {
    output.error(error instanceof Error ? sentenceOf(error) : String(error));
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(line: CommandLine, words: readonly string[], output: Output): Promise<number> {
  const { name, version, summary, commands } = line;
  const [first, ...rest] = words;
  // `tapegrad help train dense-ae` is `tapegrad train dense-ae --help`.
  if (first === 'help' && rest.length > 0) return run(line, [...rest, '--help'], output);
  if (first === '--version') {
    output.out(version);
    return 0;
  }
  const wantsHelp = first === '--help' || first === '-h' || first === 'help';
  if (first === undefined || wantsHelp) {
    const help = await listHelp(name, { summary, noun: 'command', commands });
    if (first !== undefined) output.out(help);
    else output.error(help);
    return first === undefined ? 2 : 0;
  }
  const found = await pick(name, 'command', commands, first);
  if (!('commands' in found))
    return runOne(`${name} ${found.name}`, found.name, found, rest, output);

  // The member's name may stand behind its options, whose values are not known before it is found.
  const names = Object.keys(found.commands);
  const at = rest.findIndex((word) => names.includes(word));
  const place = at >= 0 ? at : rest.findIndex((word) => !word.startsWith('-'));
  const member = rest[place];
  if (member === undefined) {
    if (rest.includes('--help') || rest.includes('-h')) {
      output.out(await listHelp(`${name} ${found.name}`, found));
      return 0;
    }
    throw new UsageError(
      `${found.name}: the ${found.noun} is missing; want ${names.join(' or ')}. ${name} ${found.name} --help says what each is`,
    );
  }
  const command = await pick(found.name, found.noun, found.commands, member);
  const path = `${name} ${found.name} ${command.name}`;
  return runOne(path, found.name, command, rest.toSpliced(place, 1), output);
}

async function runOne(
  path: string,
  who: string,
  command: Command,
  words: readonly string[],
  output: Output,
): Promise<number> {
  const given = parseCommandLine(who, command, words);
  if (given === 'help') {
    output.out(commandHelp(path, command));
    return 0;
  }
  return (await command.run(given)) ?? 0;
}

async function pick<C>(who: string, noun: string, list: Listed<C>, word: string): Promise<C> {
  const names = Object.keys(list);
  const load = names.includes(word) ? list[word] : undefined;
  if (load !== undefined) return load();
  const kind = word.startsWith('-') ? 'option' : noun;
  const known = kind === 'option' ? ['--help', '--version'] : names;
  throw new UsageError(
    `${who}: no ${kind} ${word}${didYouMean(word, known, `; want ${known.join(' or ')}`)}`,
    { [kind]: word },
  );
}

/** Mistakes of the user and refusals of the system are one sentence; anything else is ours, and shows its stack. */
function sentenceOf(error: Error): string {
  const { syscall, code } = error as NodeJS.ErrnoException;
  const told = error instanceof TapegradError || syscall || code === 'ERR_TAPEGRAD_OPTION';
  return told ? error.message : (error.stack ?? error.message);
}
