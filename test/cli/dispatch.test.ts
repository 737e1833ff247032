import { describe, expect, it } from 'vitest';
import {
  type Command,
  type CommandGroup,
  defineCommand,
  UsageError,
} from '../../src/cli/command.ts';
import { dispatch } from '../../src/cli/dispatch.ts';
import { DataError } from '../../src/core/errors.ts';

let seen: unknown;
const fit: Command = defineCommand({
  name: 'fit',
  summary: 'Fits a model',
  positionals: [{ name: 'model', help: 'what to fit', choices: ['small', 'large'] }],
  options: {
    epochs: { type: 'number', whole: true, min: 1, default: 10, help: 'How often' },
    learningRate: { type: 'number', above: 0, help: 'How fast' },
    kind: { type: 'text', choices: ['red', 'green'], help: 'Which' },
    out: { type: 'text', value: 'DIR', help: 'Where to' },
    quiet: { type: 'flag', help: 'Without words' },
  },
  run(given) {
    seen = given;
  },
});
const add: Command = {
  name: 'add',
  summary: 'Adds',
  positionals: [{ name: 'number', help: 'what to add', many: true, optional: true }],
  options: { from: { type: 'number', default: 0, help: 'Where to start' } },
  run(given) {
    seen = given;
  },
};
const failing = (name: string, error: unknown): Command => ({
  name,
  summary: 'Fails',
  options: {},
  run() {
    throw error;
  },
});
const group: CommandGroup = {
  name: 'train',
  summary: 'Trains something',
  noun: 'program',
  commands: {
    'dense-ae': () => ({ ...fit, name: 'dense-ae' }),
    'conv-ae': async () => failing('conv-ae', new UsageError('train: no')),
  },
};

async function run(...words: string[]): Promise<{ code: number; out: string; error: string }> {
  const said = { out: '', error: '' };
  seen = undefined;
  const commands = [
    fit,
    add,
    group,
    failing('broken', new DataError('broken: the file is cut short; want all of it')),
    failing('buggy', new RangeError('ours')),
    failing('denied', Object.assign(new Error('EACCES: no, mkdir'), { syscall: 'mkdir' })),
    { ...failing('stopped', 0), run: () => 130 },
  ];
  const about = {
    name: 'tapegrad',
    version: '1.2.3',
    summary: 'An engine.',
    commands: Object.fromEntries(commands.map((command) => [command.name, () => command])),
  };
  const code = await dispatch(about, words, {
    out: (text) => {
      said.out += text;
    },
    error: (text) => {
      said.error += text;
    },
  });
  return { code, ...said };
}

describe('the command line', () => {
  it('takes help before a command as --help behind it', async () => {
    for (const words of [['fit'], ['train'], ['train', 'dense-ae']]) {
      const asked = await run('help', ...words);
      expect(asked).toEqual(await run(...words, '--help'));
      expect(asked).toMatchObject({ code: 0, error: '' });
    }
    expect((await run('help', 'fti')).error).toBe('tapegrad: no command fti; did you mean fit?');
  });

  it('hands options and positionals over with their types and defaults', async () => {
    expect(await run('fit', 'small', '--learning-rate', '1e-3', '--quiet')).toEqual({
      code: 0,
      out: '',
      error: '',
    });
    expect(seen).toEqual({
      options: {
        epochs: 10,
        learningRate: 0.001,
        kind: undefined,
        out: undefined,
        quiet: true,
      },
      positionals: ['small'],
    });
    await run('fit', '--epochs=3', 'large', '--out', 'there');
    expect(seen).toMatchObject({ options: { epochs: 3, out: 'there' }, positionals: ['large'] });
  });

  it.each([
    ['fit small --epoch 3', 'fit: no option --epoch; did you mean --epochs?'],
    [
      'fit small --zzz',
      'fit: no option --zzz; want --epochs, --learning-rate, --kind, --out, --quiet, --help',
    ],
    ['fit small --epochs 0', 'fit: --epochs is 0; want a whole number of at least 1'],
    ['fit small --epochs 1.5', 'fit: --epochs is 1.5; want a whole number of at least 1'],
    ['fit small --epochs 0x10', 'fit: --epochs is 0x10; want a whole number of at least 1'],
    ['fit small --epochs= ', 'fit: --epochs is empty; want a whole number of at least 1'],
    ['fit small --epochs', 'fit: --epochs came without a value; want --epochs N'],
    ['fit small --out --quiet', 'fit: --out came without a value; want --out DIR'],
    ['fit small --learning-rate -1', 'fit: --learning-rate is -1; want a number above 0'],
    ['fit small --kind gren', 'fit: --kind is gren; want red or green; did you mean green?'],
    ['fit small --quiet=yes', 'fit: --quiet was given yes; want it without a value'],
    ['fit', 'fit: model is missing; want what to fit: small, large'],
    ['fit smal', 'fit: no model smal; did you mean small?'],
    ['fit small more', 'fit: found more; want no more than model'],
    ['fti', 'tapegrad: no command fti; did you mean fit?'],
    [
      'x',
      'tapegrad: no command x; want fit or add or train or broken or buggy or denied or stopped',
    ],
    [
      'constructor',
      'tapegrad: no command constructor; want fit or add or train or broken or buggy or denied or stopped',
    ],
    ['--hlep', 'tapegrad: no option --hlep; did you mean --help?'],
    ['train dense-ea', 'train: no program dense-ea; did you mean dense-ae?'],
    ['train dense-ae small --epoch 3', 'train: no option --epoch; did you mean --epochs?'],
    [
      'train',
      'train: the program is missing; want dense-ae or conv-ae. tapegrad train --help says what each is',
    ],
    ['train conv-ae', 'train: no'],
  ])('refuses `%s` with exit code 2', async (words, sentence) => {
    expect(await run(...words.trim().split(' '))).toEqual({ code: 2, out: '', error: sentence });
    expect(seen).toBeUndefined();
  });

  it('takes negative numbers for numbers, wherever they stand', async () => {
    for (const words of [
      ['-1.5', '-.5', '--from', '-2', '-3e-1', '+4'],
      ['--from=-2', '-1.5', '-.5', '-3e-1', '+4'],
      ['--', '-1.5', '-.5', '-3e-1', '+4'],
    ]) {
      expect(await run('add', ...words)).toEqual({ code: 0, out: '', error: '' });
      expect(seen).toEqual({
        options: { from: words[0] === '--' ? 0 : -2 },
        positionals: ['-1.5', '-.5', '-3e-1', '+4'],
      });
    }
    expect(await run('add', '-x')).toEqual({
      code: 2,
      out: '',
      error: 'add: no option -x; want --from, --help',
    });
  });

  it("takes a program's options before its name too", async () => {
    expect(await run('train', '--epochs', '4', 'dense-ae', 'small')).toMatchObject({ code: 0 });
    expect(seen).toMatchObject({ options: { epochs: 4 }, positionals: ['small'] });
  });

  it("ends with 1 and one sentence for the user's errors and the system's, with a stack for ours", async () => {
    expect(await run('broken')).toEqual({
      code: 1,
      out: '',
      error: 'broken: the file is cut short; want all of it',
    });
    expect(await run('denied')).toEqual({ code: 1, out: '', error: 'EACCES: no, mkdir' });
    const ours = await run('buggy');
    expect(ours.code).toBe(1);
    expect(ours.error).toMatch(/^RangeError: ours\n {4}at /);
  });

  it('ends with the code that a command returns', async () => {
    expect((await run('stopped')).code).toBe(130);
  });

  it('prints its version, and its commands when none is given', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: '1.2.3', error: '' });
    const help = await run('--help');
    expect(help).toMatchObject({ code: 0, error: '' });
    expect(help.out).toContain('  train    Trains something\n');
    expect(await run()).toEqual({ code: 2, out: '', error: help.out });
  });

  it('describes a command with its options, values and defaults', async () => {
    const { code, out } = await run('train', 'dense-ae', '--epochs', 'nonsense', '--help');
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'Fits a model',
        '',
        'Usage: tapegrad train dense-ae MODEL [options]',
        '',
        'Arguments:',
        '  MODEL  what to fit: small, large',
        '',
        'Options:',
        '  --epochs N         How often (10)',
        '  --learning-rate N  How fast',
        '  --kind red|green   Which',
        '  --out DIR          Where to',
        '  --quiet            Without words',
        '  --help             Prints this',
      ].join('\n'),
    );
  });

  it('lists the members of a group', async () => {
    const { code, out } = await run('train', '--help');
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'Trains something',
        '',
        'Usage: tapegrad train PROGRAM [options]',
        '',
        'Programs:',
        '  dense-ae  Fits a model',
        '  conv-ae   Fails',
        '',
        'tapegrad train PROGRAM --help says more about each.',
      ].join('\n'),
    );
  });
});
