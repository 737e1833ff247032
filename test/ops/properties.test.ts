/** What holds for any shapes: broadcasting is that of a plain loop, linear ops and their rules are transposes, and ways there and back meet. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Generator } from '../../src/core/random.ts';
import { broadcastShapes, type Shape, sizeOf, stridesOf } from '../../src/core/shape.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { type Tensor, tensor } from '../../src/core/tensor.ts';
import {
  add,
  broadcastTo,
  concat,
  cumsum,
  gather,
  less,
  matmul,
  maximum,
  mean,
  mul,
  pad,
  pow,
  randomNormal,
  reshape,
  reverse,
  slice,
  split,
  squaredDifference,
  stack,
  stridedSlice,
  sub,
  sum,
  tile,
  transpose,
  unstack,
  where,
} from '../../src/ops/index.ts';

const size = fc.integer({ min: 0, max: 4 });
const shapes = fc.array(size, { maxLength: 4 });
const seeds = fc.integer({ min: 0, max: 1e6 });

function draw(shape: Shape, seed: number): Tensor {
  return randomNormal(shape, { dtype: 'float64', generator: new Generator(seed) });
}

function dot(a: Tensor, b: Tensor): number {
  return sum(mul(a, b)).item();
}

/** Two shapes that meet, and what they meet in: one shape with some axes set to 1 and some in front left out. */
const meeting = fc
  .tuple(
    shapes,
    fc.infiniteStream(fc.boolean()),
    fc.integer({ min: 0, max: 4 }),
    fc.integer({ min: 0, max: 4 }),
  )
  .map(([shape, coins, cutA, cutB]) => {
    const thin = (cut: number) =>
      shape.slice(Math.min(cut, shape.length)).map((n) => (coins.next().value ? 1 : n));
    const a = thin(cutA);
    const b = thin(cutB);
    return { a, b, y: broadcastShapes('test', a, b) };
  });

/** Where element `position` of a shape lies in an array that is repeated to it. */
function placeIn(from: Shape, to: Shape, position: number): number {
  const rows = stridesOf(to);
  const own = stridesOf(from);
  return from.reduce((place, n, axis) => {
    const outer = axis + to.length - from.length;
    const at = Math.floor(position / (rows[outer] as number)) % (to[outer] as number);
    return place + (n === 1 ? 0 : at) * (own[axis] as number);
  }, 0);
}

describe('broadcasting is that of a plain loop', () => {
  it.each<[string, (a: Tensor, b: Tensor) => Tensor, (a: number, b: number) => number]>([
    ['add', add, (a, b) => a + b],
    ['sub', sub, (a, b) => a - b],
    ['mul', mul, (a, b) => a * b],
    ['maximum', maximum, Math.max],
    ['squaredDifference', squaredDifference, (a, b) => (a - b) * (a - b)],
    ['less', less, (a, b) => Number(a < b)],
    ['pow', (a, b) => pow(mul(a, a), b), (a, b) => (a * a) ** b],
  ])('%s', (_, op, naive) => {
    fc.assert(
      fc.property(meeting, seeds, (shape, seed) => {
        const a = draw(shape.a, seed);
        const b = draw(shape.b, seed + 1);
        const y = op(a, b);
        expect(y.shape).toEqual(shape.y);
        const want = Array.from({ length: sizeOf(shape.y) }, (_, i) =>
          naive(
            a.values[placeIn(shape.a, shape.y, i)] as number,
            b.values[placeIn(shape.b, shape.y, i)] as number,
          ),
        );
        expect([...y.values]).toEqual(want);
      }),
    );
  });

  it('broadcastTo, and the gradient of add in the shape of each operand', () => {
    fc.assert(
      fc.property(meeting, seeds, ({ a, b, y }, seed) => {
        const [p, q] = [draw(a, seed), draw(b, seed + 1)];
        const want = Array.from({ length: sizeOf(y) }, (_, i) => p.values[placeIn(a, y, i)]);
        expect([...broadcastTo(p, y).values]).toEqual(want);
        const tape = new GradientTape();
        tape.watch(p, q);
        const [dp, dq] = tape.gradient(
          tape.record(() => add(p, q)),
          [p, q] as const,
        );
        // Each element counts for as many outputs as it was repeated to.
        expect(dp.toArray()).toEqual(
          mul(add(mul(p, 0), 1), sizeOf(y) / Math.max(1, sizeOf(a))).toArray(),
        );
        expect(dq.shape).toEqual(b);
      }),
    );
  });
});

/** <A x, dy> = <x, Aᵀ dy>: the rule of a linear op is its transpose. */
function expectTranspose(f: (x: Tensor) => Tensor, x: Tensor, seed: number): void {
  const tape = new GradientTape();
  tape.watch(x);
  const y = tape.record(() => f(x));
  const dy = draw(y.shape, seed + 7);
  const dx = tape.gradient(y, x, { outputGradient: dy });
  expect(dx.shape).toEqual(x.shape);
  const [left, right] = [dot(y, dy), dot(x, dx)];
  expect(Math.abs(left - right)).toBeLessThanOrEqual(1e-10 * (1 + Math.abs(left)));
}

/** A shape of at least one axis, and one of its axes. */
const withAxis = fc
  .array(size, { minLength: 1, maxLength: 4 })
  .chain((shape) =>
    fc.tuple(fc.constant(shape), fc.integer({ min: -shape.length, max: shape.length - 1 })),
  );

describe('the rule of a linear op is its transpose', () => {
  const check = <T>(about: fc.Arbitrary<T>, run: (about: T, seed: number) => void) =>
    fc.assert(fc.property(about, seeds, run));

  it('sum and mean', () => {
    check(withAxis, ([shape, axis], seed) => {
      expectTranspose((x) => sum(x, axis), draw(shape, seed), seed);
      if (shape.at(axis) !== 0)
        expectTranspose((x) => mean(x, axis, true), draw(shape, seed), seed);
    });
  });

  it('cumsum, every way', () => {
    check(
      fc.tuple(withAxis, fc.boolean(), fc.boolean()),
      ([[shape, axis], exclusive, reverse], seed) =>
        expectTranspose((x) => cumsum(x, axis, { exclusive, reverse }), draw(shape, seed), seed),
    );
  });

  it('slice and pad', () => {
    const boxes = fc.array(fc.tuple(size, size, size), { maxLength: 3 });
    check(boxes, (axes, seed) => {
      const inner = axes.map(([, n]) => n);
      const outer = axes.map(([before, n, after]) => before + n + after);
      const begin = axes.map(([before]) => before);
      expectTranspose((x) => slice(x, begin, inner), draw(outer, seed), seed);
      const paddings = axes.map(([before, , after]) => [before, after] as const);
      expectTranspose((x) => pad(x, paddings), draw(inner, seed), seed);
      expect(slice(pad(draw(inner, seed), paddings), begin, inner).toArray()).toEqual(
        draw(inner, seed).toArray(),
      );
    });
  });

  it('pad by mirrors', () => {
    const axes = fc.array(
      fc
        .integer({ min: 1, max: 4 })
        .chain((n) =>
          fc.tuple(
            fc.constant(n),
            fc.integer({ min: 0, max: n - 1 }),
            fc.integer({ min: 0, max: n - 1 }),
          ),
        ),
      { maxLength: 3 },
    );
    check(fc.tuple(axes, fc.constantFrom('reflect', 'symmetric')), ([sides, mode], seed) => {
      const paddings = sides.map(([, before, after]) => [before, after] as const);
      const shape = sides.map(([n]) => n);
      expectTranspose(
        (x) => pad(x, paddings, { mode: mode as 'reflect' }),
        draw(shape, seed),
        seed,
      );
    });
  });

  it('stridedSlice and reverse', () => {
    const place = fc.option(fc.integer({ min: -6, max: 6 }));
    const step = fc.constantFrom(-3, -2, -1, 1, 2, 3);
    check(fc.array(fc.tuple(size, place, place, step), { maxLength: 3 }), (axes, seed) => {
      const x = draw(
        axes.map(([n]) => n),
        seed,
      );
      const [begin, end, steps] = [
        axes.map((a) => a[1]),
        axes.map((a) => a[2]),
        axes.map((a) => a[3]),
      ];
      expectTranspose((t) => stridedSlice(t, begin, end, steps), x, seed);
      expectTranspose((t) => reverse(t), x, seed);
    });
  });

  it('transpose and reshape', () => {
    const permuted = shapes.chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.shuffledSubarray(
          shape.map((_, i) => i),
          { minLength: shape.length },
        ),
      ),
    );
    check(permuted, ([shape, order], seed) => {
      expectTranspose((x) => transpose(x, order), draw(shape, seed), seed);
      expectTranspose(
        (x) => reshape(transpose(x, order), [sizeOf(shape)]),
        draw(shape, seed),
        seed,
      );
    });
  });

  it('tile and broadcastTo', () => {
    check(fc.array(fc.tuple(size, size), { maxLength: 3 }), (axes, seed) => {
      expectTranspose(
        (x) =>
          tile(
            x,
            axes.map(([, times]) => times),
          ),
        draw(
          axes.map(([n]) => n),
          seed,
        ),
        seed,
      );
    });
    check(meeting, ({ a, y }, seed) =>
      expectTranspose((x) => broadcastTo(x, y), draw(a, seed), seed),
    );
  });

  it('gather with repeated places, and its own transpose', () => {
    const picks = withAxis.chain(([shape, axis]) => {
      const n = shape.at(axis) as number;
      const place = fc.integer({ min: 0, max: Math.max(n - 1, 0) });
      return fc.tuple(
        fc.constant(shape),
        fc.constant(axis),
        fc.array(place, { maxLength: n === 0 ? 0 : 6 }),
      );
    });
    check(picks, ([shape, axis, indices], seed) =>
      expectTranspose((x) => gather(x, Int32Array.from(indices), axis), draw(shape, seed), seed),
    );
  });

  it('concat, in each of its inputs', () => {
    check(fc.tuple(withAxis, size, size), ([[shape, axis], n, m], seed) => {
      const at = axis < 0 ? axis + shape.length : axis;
      const [before, after] = [
        draw(shape.with(at, n), seed + 1),
        draw(shape.with(at, m), seed + 2),
      ];
      const x = draw(shape, seed);
      expectTranspose(
        (t) => sub(concat([before, t, after], axis), concat([before, mul(t, 0), after], axis)),
        x,
        seed,
      );
    });
  });

  it('where, in the branch it takes', () => {
    check(fc.tuple(meeting), ([{ a, b }], seed) => {
      const condition = less(draw(b, seed + 3), 0);
      expectTranspose((x) => where(condition, x, mul(x, 0)), draw(a, seed), seed);
    });
  });

  it('matmul, in each operand, batched and transposed', () => {
    const sides = fc.tuple(meeting, size, size, size, fc.boolean(), fc.boolean());
    check(sides, ([batch, m, k, n, transposeA, transposeB], seed) => {
      const a = draw([...batch.a, ...(transposeA ? [k, m] : [m, k])], seed);
      const b = draw([...batch.b, ...(transposeB ? [n, k] : [k, n])], seed + 1);
      const options = { transposeA, transposeB };
      expectTranspose((x) => matmul(x, b, options), a, seed);
      expectTranspose((x) => matmul(a, x, options), b, seed);
    });
  });
});

describe('ways there and back', () => {
  it('reshape to a row and back, transpose twice, reverse twice', () => {
    fc.assert(
      fc.property(withAxis, seeds, ([shape, axis], seed) => {
        const x = draw(shape, seed);
        const want = x.toArray();
        expect(reshape(reshape(x, [x.size]), shape).toArray()).toEqual(want);
        expect(transpose(transpose(x)).toArray()).toEqual(want);
        expect(reverse(reverse(x, axis), axis).toArray()).toEqual(want);
      }),
    );
  });

  it('concat of a split, stack of an unstack', () => {
    fc.assert(
      fc.property(
        withAxis,
        fc.array(size, { minLength: 1, maxLength: 4 }),
        seeds,
        ([shape, axis], sizes, seed) => {
          const at = axis < 0 ? axis + shape.length : axis;
          const x = draw(
            shape.with(
              at,
              sizes.reduce((sum, n) => sum + n, 0),
            ),
            seed,
          );
          expect(concat(split(x, sizes, axis), axis).toArray()).toEqual(x.toArray());
          if (x.shape[at] !== 0) {
            expect(stack(unstack(x, axis), at).toArray()).toEqual(x.toArray());
          }
        },
      ),
    );
  });

  it('matmul with the transposes is the transpose of matmul, bit for bit', () => {
    fc.assert(
      fc.property(size, size, size, seeds, (m, k, n, seed) => {
        const [a, b] = [draw([m, k], seed), draw([k, n], seed + 1)];
        const turned = matmul(transpose(b), transpose(a));
        expect(transpose(turned).toArray()).toEqual(matmul(a, b).toArray());
      }),
    );
  });

  it('sums do not depend on which axes go first, but for rounding', () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const x = draw(shape, seed);
        const oneByOne = shape.reduce<Tensor>((t) => sum(t, 0), x);
        expect(oneByOne.item()).toBeCloseTo(sum(x).item(), 10);
        expect(sum(tensor(x, undefined, 'int32')).dtype).toBe('int32');
      }),
    );
  });
});
