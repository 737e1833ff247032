/** What is done together: the plans of small steps, and that their numbers are those of the eager steps, bit for bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { GradientTape } from '../../src/core/tape.ts';
import { type Tensor, Variable } from '../../src/core/tensor.ts';
import * as tg from '../../src/ops/index.ts';

type Step = (x: Tensor) => Tensor[];

const bitsOf = (ys: readonly Tensor[]): Buffer =>
  Buffer.concat(ys.map((y) => Buffer.from((y.data() as Float32Array).buffer)));

/** The instructions of a step, after its numbers were compared with the eager ones. */
function instructionsOf(step: Step, x: Tensor): string[] {
  const compiled = compile(step);
  for (let i = 0; i < 4; i++) {
    expect(bitsOf(compiled(x)).equals(bitsOf(step(x)))).toBe(true);
  }
  expect(compiled.replaying).toBe(true);
  return compiled.report().map(({ name }) => name);
}

const sizes = [2, 3, 2047, 2048, 2049, 70_001];

describe('a run', () => {
  it.each(sizes)('adds up what it makes of %d numbers', (n) => {
    const step: Step = (x) => [tg.sum(tg.square(tg.tanh(x)))];
    expect(instructionsOf(step, tg.randomNormal([n]))).toEqual(['run: tanh · square · sum']);
  });

  it('makes a loss and its gradient', () => {
    const w = new Variable(tg.randomNormal([3000]));
    const step: Step = (x) => {
      const tape = new GradientTape();
      const loss = tape.record(() => tg.mean(tg.square(tg.sub(tg.sigmoid(w), x))));
      return [loss, tape.gradient(loss, w) as Tensor];
    };
    const names = instructionsOf(step, tg.randomNormal([3000]));
    expect(names).toContain('run: sigmoid · sub · square · sum · mul ×2 · sigmoidGrad');
    expect(names.filter((name) => /sub|square|sigmoid/.test(name))).toHaveLength(1);
  });

  it('ends before what needs its sum', () => {
    const step: Step = (x) => {
      const e = tg.exp(x);
      return [tg.div(e, tg.sum(e))];
    };
    expect(instructionsOf(step, tg.randomNormal([3000]))).toEqual(['run: exp · sum', 'run: div']);
  });

  it('ends before what needs something that is made of it', () => {
    const step: Step = (x) => {
      const rows = tg.square(x);
      const sums = tg.sum(rows, 0);
      return [tg.mul(rows, sums)];
    };
    expect(instructionsOf(step, tg.randomNormal([50, 60]))).toEqual([
      'run: square',
      'sum',
      'run: mul',
    ]);
  });

  it('goes by whole rows where it repeats one, and adds nothing up', () => {
    const row = tg.randomNormal([60]);
    const step: Step = (x) => {
      const y = tg.add(x, row);
      return [y, tg.sum(tg.square(y))];
    };
    expect(instructionsOf(step, tg.randomNormal([50, 60]))).toEqual([
      'run: add · square',
      'run: sum',
    ]);
  });

  it('is joined across others only by what shares an array with it and is worth it', () => {
    const [a, b] = [tg.randomNormal([3000]), tg.randomNormal([3000])];
    const other = tg.randomNormal([500]);
    const step: Step = (x) => [tg.neg(x), tg.square(other), tg.mul(a, b), tg.sin(other), tg.exp(x)];
    expect(instructionsOf(step, tg.randomNormal([3000]))).toEqual([
      'run: neg · exp',
      'run: square',
      'run: mul',
      'run: sin',
    ]);
  });

  it('is not joined across what may be refused', () => {
    const step: Step = (x) => [tg.neg(x), tg.gather(x, [1, 2]), tg.square(x)];
    expect(instructionsOf(step, tg.randomNormal([3000]))).toEqual([
      'run: neg',
      'gather',
      'run: square',
    ]);
  });

  it('is not looked for farther up than 32 instructions', () => {
    const between = (count: number) => (x: Tensor) => {
      const above = tg.neg(x);
      let y: Tensor = tg.zeros([2, 2]);
      for (let i = 0; i < count; i++) y = tg.softmax(y);
      return [above, y, tg.exp(x)];
    };
    const x = tg.randomNormal([3000]);
    expect(instructionsOf(between(31), x)).toContain('run: neg · exp');
    expect(instructionsOf(between(33), x)).not.toContain('run: neg · exp');
  });

  it('chooses from a row that it repeats', () => {
    const row = tg.randomNormal([1, 40]);
    const step: Step = (x) => [tg.where(tg.greater(x, 0), row, x)];
    expect(instructionsOf(step, tg.randomNormal([90, 40]))).toEqual(['run: greater · where']);
  });
});

const moves: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => tg.add(a, b),
  (a, b) => tg.mul(a, b),
  (a, b) => tg.sub(a, b),
  (a) => tg.tanh(a),
  (a) => tg.square(a),
  (a) => tg.sum(a),
  (a) => tg.mean(a),
  (a, b) => tg.div(a, tg.add(1, tg.sum(tg.square(b)))),
  (a) => tg.sum(a, 0),
  (a) => tg.softmax(a),
];

it('programs of sums and elementwise ops give the bits of their eager runs', () => {
  const program = fc.array(fc.tuple(fc.nat(moves.length - 1), fc.nat(), fc.nat()), {
    minLength: 2,
    maxLength: 14,
  });
  fc.assert(
    fc.property(program, fc.constantFrom(1, 7, 64), fc.constantFrom(1, 5, 80), (steps, m, n) => {
      instructionsOf(
        (x) => {
          const known = [x, tg.neg(x)];
          for (const [move, i, j] of steps) {
            const [a, b] = [known[i % known.length], known[j % known.length]] as [Tensor, Tensor];
            known.push(tg.broadcastTo((moves[move] as (typeof moves)[number])(a, b), [m, n]));
          }
          return known;
        },
        tg.randomNormal([m, n]),
      );
    }),
    { numRuns: 60 },
  );
});
