/** The texts of `--help`. */
import type { Option } from '../programs/options.ts';
import type { Command, CommandGroup, Listed } from './command.ts';
import { dashed, placeholder } from './parse.ts';

/** Help of one command; `path` is how it is called: `tapegrad train dense-ae`. */
export function commandHelp(path: string, command: Command): string {
  const positionals = command.positionals ?? [];
  const places = positionals.map(({ name, optional, many }) => {
    const word = `${name.toUpperCase()}${many ? ' …' : ''}`;
    return optional ? ` [${word}]` : ` ${word}`;
  });
  const options: [string, string][] = Object.entries(command.options).map(([name, option]) => [
    `--${dashed(name)}${placeholder(option)}`,
    describe(option),
  ]);
  return [
    command.summary,
    '',
    `Usage: ${path}${places.join('')} [options]`,
    ...(positionals.length > 0 ? ['', 'Arguments:'] : []),
    ...columns(
      positionals.map(({ name, help, choices }) => [
        name.toUpperCase(),
        choices ? `${help}: ${choices.join(', ')}` : help,
      ]),
    ),
    '',
    'Options:',
    ...columns([...options, ['--help', 'Prints this']]),
  ].join('\n');
}

/** Help of a group, or of all: what there is, one line each. */
export async function listHelp(
  path: string,
  about: { summary: string; noun: string; commands: Listed<Command | CommandGroup> },
): Promise<string> {
  const { summary, noun } = about;
  const commands = await Promise.all(Object.values(about.commands).map((load) => load()));
  return [
    summary,
    '',
    `Usage: ${path} ${noun.toUpperCase()} [options]`,
    '',
    `${noun[0]?.toUpperCase()}${noun.slice(1)}s:`,
    ...columns(commands.map((command) => [command.name, command.summary])),
    '',
    `${path} ${noun.toUpperCase()} --help says more about each.`,
  ].join('\n');
}

function describe(option: Option): string {
  if (option.type === 'flag' || option.default === undefined) return option.help;
  return `${option.help} (${option.default})`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
