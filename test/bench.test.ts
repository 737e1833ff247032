import { describe, expect, test, vi } from 'vitest';
import { runBench } from '../bench/machine.ts';
import { timeInTurns, verdictOf } from '../bench/measure.ts';
import { modelsNamed } from '../bench/models.ts';
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
    levels: [{ name: 'L2', size: 2 ** 19, bandwidth: 1e11 }],
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
