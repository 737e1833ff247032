/** What products ask the memory for: the variables of the products behind them, in order and within bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ask, askedAhead } from '../../src/compile/ahead.ts';
import type { Instruction } from '../../src/compile/join.ts';
import type { Place } from '../../src/compile/memory.ts';
import type { Call } from '../../src/compile/record.ts';

/** Arrays 0 and 1 are an input and a result of the plan; variables are numbered from 2 on. */
const inside: Place[] = [0, 1].map((offset) => ({
  kind: 'arena',
  offset,
  dtype: 'float32',
  size: 1 << 12,
}));
const placesOf = (sizes: readonly number[]): Place[] => [
  ...inside,
  ...sizes.map((size): Place => ({ kind: 'pinned', array: new Float32Array(size) })),
];

/** A product with a variable, of so many multiply-adds. */
const product = (variable: number, multiplyAdds: number): Instruction => ({
  kind: 'call',
  positions: 0,
  row: 0,
  calls: [
    {
      kernel: 'matmul',
      exact: false,
      args: [
        { buffer: 0 },
        { buffer: variable },
        { buffer: 1 },
        1,
        multiplyAdds,
        1,
        1,
      ] as Call['args'],
    },
  ],
});
const other: Instruction = {
  kind: 'call',
  positions: 0,
  row: 0,
  calls: [{ kernel: 'copy', exact: false, args: [{ buffer: 0 }, { buffer: 1 }] as Call['args'] }],
};

const wide = 1 << 18;
const asked = (instructions: Instruction[], sizes: number[]) =>
  askedAhead(instructions, placesOf(sizes)).map((asks) =>
    asks.map(({ buffer, from, size }) => [buffer, from, from + size]),
  );

describe('a product asks for', () => {
  it('what the next one multiplies with, and the last for what the first needs', () => {
    const step = [product(2, 1e9), other, product(3, 1e9)];
    const all = 1 << 16;
    expect(asked(step, [wide, wide])).toEqual([[[3, 0, all]], [], [[2, 0, all]]]);
  });

  it('no more than it has time for; then the one behind it goes on', () => {
    const step = [product(2, 48 * 5000), product(3, 48 * 6000), product(4, 48 * 7000)];
    expect(asked(step, [wide, 8192, 20000])).toEqual([
      [[3, 0, 5000]],
      [[4, 0, 6000]],
      [[2, 0, 7000]],
    ]);
  });

  it('what lies behind the next one as well, if that needs little', () => {
    const step = [product(2, 1e9), product(3, 48), product(4, 48)];
    expect(asked(step, [wide, 5000, 6000])).toEqual([
      [
        [3, 0, 5000],
        [4, 0, 6000],
      ],
      [[2, 0, 1]],
      [[2, 1, 2]],
    ]);
  });

  it('eight arrays at most; the one behind it goes on', () => {
    const small = Array.from({ length: 10 }, () => 1 << 12);
    const step = [product(2, 1e9), ...small.map((_, i) => product(3 + i, 1e6))];
    const asks = askedAhead(step, placesOf([wide, ...small]));
    expect(asks[0]?.map(({ buffer }) => buffer)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    expect(asks[1]?.map(({ buffer }) => buffer)).toEqual([11, 12, 2]);
  });

  it('nothing if all variables stay in the cache', () => {
    expect(asked([product(2, 1e9), product(3, 1e9)], [1 << 17, 1 << 17])).toEqual([[], []]);
  });

  it('nothing that the plan makes itself', () => {
    expect(asked([product(2, 1e9), product(0, 1e9)], [wide, wide])).toEqual([[], [[2, 0, 65536]]]);
  });
});

it('asks stay within their arrays, and leave out what the product itself reads', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 1 << 17 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(sizes, fc.array(fc.tuple(fc.nat(9), fc.nat(20_000_000))), (variables, products) => {
      const step = products.map(([which, work]) =>
        which > variables.length ? other : product(which + 1, work),
      );
      const places = placesOf([...variables, wide]);
      const asks = askedAhead(step, places);
      expect(asks).toHaveLength(step.length);
      asks.forEach((some, i) => {
        for (const { buffer, from, size } of some) {
          const place = places[buffer] as Place & { kind: 'pinned' };
          expect(size).toBeGreaterThan(0);
          expect(from).toBeGreaterThanOrEqual(0);
          expect(from + size).toBeLessThanOrEqual(place.array.length);
          expect(step[i]?.calls[0]?.args).not.toContainEqual({ buffer });
        }
        expect(total(some)).toBeLessThanOrEqual(1 << 16);
      });
    }),
  );
});

const total = (asks: readonly Ask[]): number => asks.reduce((sum, { size }) => sum + size, 0);
