import { describe, expect, test } from 'vitest';
import {
  bestRate,
  type Ceiling,
  leastSeconds,
  levelOf,
  measureCeiling,
} from '../../src/kernels/ceiling.ts';
import { nativeInfo } from '../../src/kernels/native.ts';

const ceiling: Ceiling = {
  isa: 'avx2',
  threads: 2,
  flops: 100,
  levels: [
    { name: 'L1d', size: 10, bandwidth: 50, measured: 5 },
    { name: 'memory', size: Number.POSITIVE_INFINITY, bandwidth: 5, measured: 40 },
  ],
};

describe('work under a ceiling', () => {
  test('finds its bytes in the nearest level that holds the share of each thread', () => {
    expect(levelOf(ceiling, 20)?.name).toBe('L1d');
    expect(levelOf(ceiling, 21)?.name).toBe('memory');
  });

  test('takes at least as long as the slower of its operations and its bytes', () => {
    expect(leastSeconds(ceiling, { flops: 200, bytes: 20 })).toBe(2);
    expect(leastSeconds(ceiling, { flops: 200, bytes: 50 })).toBe(10);
    expect(leastSeconds(ceiling, { flops: 0, bytes: 10 })).toBe(0.2);
  });
});

test('a rate is that of tries long enough, though the first was interrupted', () => {
  let now = 0;
  let tries = 0;
  const rate = bestRate(
    (rounds) => {
      // Milliseconds: coming there, 1000 operations a round at a million a second, and once another process.
      now += 0.01 + rounds * 1e-3 + (tries++ === 0 ? 5 : 0);
      return 1000 * rounds;
    },
    () => now,
  );
  expect(rate / 1e9).toBeCloseTo(1, 2);
});

test.skipIf(nativeInfo().facts === undefined)('this machine has a ceiling', () => {
  const measured = measureCeiling();
  expect(measured?.isa).toBe(nativeInfo().facts?.isa);
  // Any machine that runs this does a tenth of an operation a nanosecond and moves a byte in ten.
  expect(measured?.flops).toBeGreaterThan(1e8);
  for (const { bandwidth } of measured?.levels ?? []) expect(bandwidth).toBeGreaterThan(1e8);
});
