import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { nanosecondsOfOne } from '../bench/clock.ts';
import { linesOf } from '../bench/engines.ts';
import { highest, type KernelLine, lineOf } from '../bench/kernel-lines.ts';
import { fieldsOf, tableOf as libraryTable } from '../bench/libraries.ts';
import { commitText, runBench } from '../bench/machine.ts';
import { type Timing, timeInTurns, verdictOf } from '../bench/measure.ts';
import { modelsNamed } from '../bench/models.ts';
import type { PeerLine } from '../bench/peer-lines.ts';
import { Progress } from '../bench/progress.ts';
import { kernelsTable, peersTable } from '../bench/report-tables.ts';
import { type Dot, rooflinePicture } from '../bench/roofline.ts';
import { UsageError } from '../src/cli/command.ts';
import type { Ceiling } from '../src/kernels/ceiling.ts';

describe('a verdict', () => {
  const base = [1.1, 1.2, 1.05, 1.3, 1.15, 1.1];

  test('is given where no turns overlap', () => {
    expect(verdictOf([0.9, 0.95, 0.99, 0.8, 0.97, 0.9], base)).toBe('faster');
    expect(verdictOf(base, [0.9, 0.95, 0.99, 0.8, 0.97, 0.9])).toBe('slower');
  });

  test('is not given where one turn does, or where there were few', () => {
    expect(verdictOf([0.9, 0.95, 1.06, 0.8, 0.97, 0.9], base)).toBe('no difference to be told');
    expect(verdictOf([0.5, 0.5, 0.5], base)).toBe('no difference to be told');
  });
});

test('rivals take turns, each after it was prepared', () => {
  const order: string[] = [];
  const rival = (name: string) => ({
    name,
    prepare: () => void order.push(`prepare ${name}`),
    run: () => {
      if (order.at(-1) !== name) order.push(name);
    },
  });
  const timings = timeInTurns([rival('a'), rival('b')], { rounds: 2, milliseconds: 1 });
  const turn = (name: string) => [`prepare ${name}`, name];
  expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b'].flatMap(turn));
  for (const { median, min, count } of timings) {
    expect(min).toBeGreaterThan(0);
    expect(median).toBeGreaterThanOrEqual(min);
    expect(count).toBeGreaterThanOrEqual(6);
  }
});

test('of a ceiling that was measured several times each rate is the highest', () => {
  const level = { name: 'L1d', size: 10, measured: 5 };
  const one = { isa: 'avx2', threads: 1, flops: 5, levels: [{ ...level, bandwidth: 2 }] };
  const other = { ...one, flops: 4, levels: [{ ...level, bandwidth: 3 }] };
  expect(highest([one, other])).toEqual({ ...one, levels: other.levels });
  expect(highest([])).toBeUndefined();
});

test('a sample of a short work is long enough, whatever the way to it takes', () => {
  const runs: number[] = [];
  const taken = (count: number) => {
    runs.push(count);
    return 250 + 9 * count;
  };
  expect(nanosecondsOfOne(taken)).toBeCloseTo(9, 0);
  expect(runs).toEqual([1, 194, 4860]);
  // An interruption of the first does not make a sample of one.
  let times = 0;
  expect(nanosecondsOfOne((count) => 9 * count + (times++ === 0 ? 1e6 : 0))).toBe(9);
  expect(times).toBe(3);
});

test('how far a bench is stands below its lines until all is done', () => {
  const written: string[] = [];
  const said = vi
    .spyOn(console, 'log')
    .mockImplementation((line) => void written.push(`${line}\n`));
  const screen = { isTTY: true, columns: 40, write: (text: string) => written.push(text) };
  const progress = new Progress(screen);
  progress.expect(2);
  progress.step();
  progress.print('first');
  progress.step();
  progress.print('second');
  said.mockRestore();
  const clear = '\r\x1b[J';
  const [before, first, below, second, ...after] = written.filter((text) => text !== clear);
  expect([before, below]).toEqual([
    expect.stringMatching(/^0\/2 /),
    expect.stringMatching(/^1\/2 /),
  ]);
  expect([first, second, after]).toEqual(['first\n', 'second\n', []]);
  expect(written.at(-2)).toBe(clear);
});

test('a word that is wrong is told in a sentence, with exit code 2', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  const argv = vi.spyOn(process, 'argv', 'get').mockReturnValue(['node', 'bench', '--bogus']);
  try {
    await runBench({ name: 'bench:none', summary: '', options: {} }, () => {});
    expect(said.mock.calls).toEqual([['bench:none: no option --bogus; want --help']]);
    expect(process.exitCode).toBe(2);
  } finally {
    argv.mockRestore();
    said.mockRestore();
    process.exitCode = 0;
  }
});

test('models are named by letter or by program; another name is refused', () => {
  expect(modelsNamed('bench', ['F', 'vae']).map(({ letter }) => letter)).toEqual(['F', 'E']);
  expect(modelsNamed('bench', [])).toHaveLength(6);
  expect(() => modelsNamed('bench:steps', ['G'])).toThrow(
    new UsageError(
      'bench:steps: no model G; want A (dense-ae), B (deep-ae), C (conv-ae), D (conv-bce-ae), E (vae), F (curve-ae)',
    ),
  );
});

describe('the roofline', () => {
  const ceiling: Ceiling = {
    isa: 'avx2',
    threads: 1,
    flops: 1e11,
    levels: [{ name: 'L2', size: 2 ** 19, bandwidth: 1e11, measured: 2 ** 18 }],
  };
  const at = (picture: string, name: string) => {
    const [, x, y] = new RegExp(`${name}: .*?cx="([\\d.]+)" cy="([\\d.]+)"`).exec(picture) ?? [];
    return { x: Number(x), y: Number(y) };
  };

  test('puts what is faster higher, and what moves less for its work further right', () => {
    const dot = (name: string, flops: number, seconds: number): Dot => {
      return { kernel: 'matmul', name, flops, bytes: 1e6, seconds };
    };
    const dots = [dot('slow', 1e8, 1e-2), dot('fast', 1e8, 1e-3), dot('light', 1e6, 1e-3)];
    const picture = rooflinePicture(dots, ceiling, 'a < b');
    expect(at(picture, 'fast').y).toBeLessThan(at(picture, 'slow').y);
    expect(at(picture, 'fast').x).toBe(at(picture, 'slow').x);
    expect(at(picture, 'light').x).toBeLessThan(at(picture, 'fast').x);
    expect(picture).toContain('<title>a &#60; b</title>');
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
  });
});

test('the commit is named with whether something beside the docs was changed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapegrad-commit-'));
  const git = (...words: string[]) => {
    const who = ['-c', 'user.name=n', '-c', 'user.email=e', '-c', 'core.hooksPath=/none'];
    expect(spawnSync('git', [...who, ...words], { cwd: folder }).status).toBe(0);
  };
  try {
    git('init', '--quiet');
    expect(commitText(folder)).toBe('no commit');
    git('commit', '--quiet', '--allow-empty', '--message', 'first');
    mkdirSync(join(folder, 'docs'));
    writeFileSync(join(folder, 'docs', 'performance.md'), '');
    expect(commitText(folder)).toMatch(/^commit [0-9a-f]{7,}$/);
    writeFileSync(join(folder, 'new.ts'), '');
    expect(commitText(folder)).toMatch(/^commit [0-9a-f]{7,} with changes$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('the lines of a peer', () => {
  const peer = (script: string) => ({ name: 'p', command: [process.execPath, '-e', script, '--'] });
  const line = JSON.stringify({ peer: 'p', model: 'A', ms_min: 1 });

  test('are those it printed', async () => {
    const script = `console.log('hello'); console.log(${JSON.stringify(line)})`;
    expect(await linesOf(peer(script), [], 'A')).toEqual([JSON.parse(line)]);
  });

  test('keep what it could do before it failed, and what it failed with', async () => {
    const script = `process.stdout.write(${JSON.stringify(`${line}\n${line.slice(0, 9)}`)}); console.error('warning\\nno memory'); process.exitCode = 3`;
    expect(await linesOf(peer(script), [], 'A')).toEqual([
      JSON.parse(line),
      { peer: 'p', model: 'A', error: 'no memory' },
    ]);
  });

  test('say what ended it, and that there was none', async () => {
    const ended = await linesOf(peer("process.kill(process.pid, 'SIGKILL')"), [], 'A');
    expect(ended).toEqual([{ peer: 'p', model: 'A', error: 'SIGKILL' }]);
    const none = await linesOf({ name: 'p', command: ['/no/such/python'] }, [], 'A');
    expect(none).toEqual([{ peer: 'p', model: 'A', error: 'spawn /no/such/python ENOENT' }]);
  });
});

describe('libraries beside ours', () => {
  const rate = (name: string, rate: number, otherwise = false) => ({ name, rate, otherwise });
  const [ours, direct, winograd] = [rate('own', 50), rate('l', 100), rate('l w', 200, true)];

  test('have shares of the best that does the same, and of all', () => {
    expect(fieldsOf([ours])).toEqual({ gflopPerSecond: { own: 50 } });
    expect(fieldsOf([ours, direct])).toMatchObject({ ofBest: 0.5 });
    expect(fieldsOf([ours, direct, winograd])).toMatchObject({ ofBest: 0.5, ofAll: 0.25 });
  });

  test('are a table in which what one cannot do is a dash', () => {
    const rows = [
      { work: 'small', found: [ours, direct] },
      { work: 'large', found: [ours, direct, winograd] },
    ];
    expect(libraryTable(rows, 100).split('\n')).toEqual([
      '        own      l    l w  of the best  of all  of ceiling',
      'small  50.0  100.0      –         0.50                50 %',
      'large  50.0  100.0  200.0         0.50    0.25        50 %',
    ]);
    expect(libraryTable([{ work: 'alone', found: [ours] }], 100).split('\n')).toEqual([
      '        own  of the best  of ceiling',
      'alone  50.0                     50 %',
    ]);
  });
});

describe('the tables of docs/performance.md', () => {
  test('have a row for each number of threads that was timed, and what was not', () => {
    const line = (peer: string, threads: number, ms_min: number) =>
      ({
        peer,
        model: 'A',
        threads,
        batch: 32,
        ms_min,
        ms_median: ms_min,
        steps: 9,
        loss_10: 1,
      }) as PeerLine;
    const lines = [
      line('tapegrad', 1, 2),
      line('tapegrad', 4, 1),
      line('torch-eager', 4, 3),
      { peer: 'jax-js', model: 'A', error: 'no memory' } as PeerLine,
    ];
    const text = peersTable(lines);
    expect(text).toContain('| A dense-ae, 32 | 1 | 2 (2) | 0 % | – |');
    expect(text).toContain('| A dense-ae, 32 | 4 | 1 (1) | 0 % | 3 (3), **3×** (3×) |');
    expect(text).toContain(
      "Geometric means of the ratios: torch ×4 3 (least 3), by medians 3 (least 3). PyTorch's turns timed 9 to 9 steps. Not timed: jax-js A (no memory).",
    );
    expect(peersTable(lines.slice(0, 1))).not.toMatch(/Infinity|NaN|undefined|means/);
    const turns = [0.5, 0.9].map((share, i) => ({
      ...line('tapegrad', 1, 2 - i),
      share_of_ceiling: share,
    }));
    // The floor is 1 ms by the first turn, 0.9 ms by the second.
    expect(peersTable(turns)).toContain('| A dense-ae, 32 | 1 | 1 (2) | 90 % |');
    expect(peersTable(turns.map((l, i) => ({ ...l, ms_min: 2 + i })))).toContain(
      '| 2 (2) | 50 % |',
    );
  });

  test('have a column for each number of threads that kernels were timed with', () => {
    const line = (threads: number, shareOfCeiling: number): KernelLine => ({
      ...{ kernel: 'add', isa: 'avx2', msBest: 1, gbPerSecond: 1, threads, shareOfCeiling },
    });
    const rows = kernelsTable([line(1, 0.5), line(2, 0.4), line(4, 0.3)], 'avx2').split('\n');
    expect(rows[0]).toContain('| of the ceiling | ×2 | ×4 |');
    expect(rows[2]).toContain('| 50 % | 40 % | 30 % |');
    const [, , busy] = kernelsTable([{ ...line(1, 0.5), disturbed: true }], 'avx2').split('\n');
    expect(busy).toContain('| 50 %° |');
    const again = [{ ...line(1, 0.9), disturbed: true, msBest: 0.5 }, line(1, 0.7), line(1, 0.6)];
    expect(kernelsTable(again, 'avx2').split('\n')[2]).toContain('| 500 | 1 GB/s | 70 % |');
  });
});

describe("a kernel's line", () => {
  const timingOf = (turns: number[]): Timing => {
    const best = Math.min(...turns);
    return { median: 7, min: 1, turns, best, spread: 0, count: 9 };
  };
  const flops = 1e6;
  const ceiling = { isa: 'avx2', threads: 1, flops: 1e9, levels: [] }; // at least 1 ms
  const setting = { name: 'avx2 ×1', isa: 'avx2', threads: 1, ceiling };
  const say = (kernel: number[], least: number[]) =>
    lineOf('add', setting, { flops, bytes: 0 }, timingOf(kernel), timingOf(least), {
      times: 1,
      what: 'Reference',
    });

  test('has the upper quartile of its turns beside those of the ceiling', () => {
    const { fields, text } = say([2, 2, 2.2, 9], [1.2, 1, 1.1, 1]);
    expect(fields).toMatchObject({ shareOfCeiling: 0.6, gflopPerSecond: 0.5, msMedian: 7 });
    expect(fields.disturbed).toBeUndefined();
    expect(text).toContain('60 % ');
  });

  test('says so where the ceiling was not reached in any turn', () => {
    const { fields, text } = say([2], [1.1]);
    expect(fields.disturbed).toBe(true);
    expect(text).toContain('55 %°');
  });
});
