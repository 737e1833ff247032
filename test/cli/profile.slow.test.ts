import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { byKernel, profile, profileOf, table } from '../../src/cli/profile.ts';
import type { InstructionReport } from '../../src/compile/explain.ts';
import type { Ceiling } from '../../src/kernels/ceiling.ts';

const ceiling: Ceiling = {
  isa: 'avx2',
  threads: 1,
  flops: 1e11,
  levels: [{ name: 'L1d', size: 1e9, bandwidth: 1e10, measured: 1e8 }],
};
const report: InstructionReport[] = [
  { name: 'matmul', kernels: ['matmul'], sizes: '2×3×4', flops: 1e6, bytes: 100, nanoseconds: 2e4 },
  { name: 'sum', kernels: ['sum'], sizes: '1,000', flops: 1e3, bytes: 4000, nanoseconds: 1e3 },
  { name: 'matmul', kernels: ['matmul'], sizes: '4×3×2', flops: 1e6, bytes: 100, nanoseconds: 3e4 },
];

describe('a profile', () => {
  const { step, instructions } = profileOf(report, 0.1, ceiling);

  test('sets each time beside the least that the ceiling allows', () => {
    expect(instructions.map(({ microseconds }) => microseconds)).toEqual([20, 1, 30]);
    expect(instructions.map(({ leastMicroseconds }) => leastMicroseconds)).toEqual([
      10,
      expect.closeTo(0.4),
      10,
    ]);
    expect(step.microseconds).toBe(100);
  });

  test('adds up instructions of one name, the longest first', () => {
    const kernels = byKernel(instructions);
    expect(kernels.map(({ name, sizes }) => [name, sizes])).toEqual([
      ['matmul', '2'],
      ['sum', '1'],
    ]);
    expect(kernels[0]?.microseconds).toBe(50);
  });

  test('is a table', () => {
    expect(table(instructions, step)).toBe(
      [
        'instruction  sizes     µs  of step  GFLOP/s  GB/s  of ceiling',
        'matmul       2×3×4   20.0   20.0 %     50.0   0.0        50 %',
        'sum          1,000    1.0    1.0 %      1.0   4.0        40 %',
        'matmul       4×3×2   30.0   30.0 %     33.3   0.0        33 %',
        'together             51.0   51.0 %     39.2   0.1        40 %',
        'whole step          100.0  100.0 %     20.0   0.0        20 %',
      ].join('\n'),
    );
  });

  test('without a ceiling has no shares', () => {
    const without = profileOf(report, 0.1, undefined);
    expect(table(without.instructions, without.step)).not.toMatch(/NaN|undefined/);
    expect(without.step.leastMicroseconds).toBeUndefined();
  });
});

describe('the command', () => {
  let folder: string;
  let printed: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tapegrad-test-'));
    printed = [];
    vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });
  const run = (options: object) =>
    profile.run({ options: { seconds: 0.05, ...options }, positionals: ['curve-ae'] } as never);

  test('prints the tables and draws the picture', async () => {
    const out = join(folder, 'profile.svg');
    await run({ out });
    expect(printed.join('\n')).toMatch(/^curve-ae: \d+\.\d{3} ms a step/);
    expect(printed.join('\n')).toMatch(/^matmul · add · relu +32×4×100 /m);
    expect(readFileSync(out, 'utf8')).toContain('A training step of curve-ae');
  });

  test('or prints one JSON object', async () => {
    await run({ json: true, batchSize: 16 });
    const found = JSON.parse(printed.join('\n'));
    expect(found.program).toBe('curve-ae');
    expect(found.instructions.length).toBeGreaterThan(10);
    expect(found.instructions[0].sizes).toContain('16');
  });
});
