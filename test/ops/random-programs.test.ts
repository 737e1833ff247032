/** Programs that nobody thought of: ops drawn at random, on shapes that broadcast, checked against differences. */
import fc from 'fast-check';
import { it } from 'vitest';
import { Generator } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { checkGradients } from '../../src/ops/gradcheck.ts';
import {
  add,
  broadcastTo,
  concat,
  cumsum,
  div,
  exp,
  gather,
  greater,
  logSoftmax,
  logSumExp,
  matmul,
  mean,
  moments,
  mul,
  pad,
  prod,
  randomNormal,
  reciprocal,
  reshape,
  reverse,
  sigmoid,
  sin,
  slice,
  softmax,
  softplus,
  split,
  sqrt,
  square,
  squaredDifference,
  stack,
  stridedSlice,
  sub,
  sum,
  tanh,
  tile,
  transpose,
  unstack,
  variance,
  where,
} from '../../src/ops/index.ts';

/** All shapes here broadcast to this one. */
const full = [2, 3];
const shapes = [[], [3], [1, 3], [2, 1], [2, 3], [1, 1]];
const whole = (x: Tensor) => broadcastTo(x, full);

/** Where a choice jumps: no number that programs make whatever goes into them, as 0 is. */
const edge = 0.31;

/** Each takes two tensors (some look at one) and gives one whose shape broadcasts to the full one again. */
const moves: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => add(a, b),
  (a, b) => sub(a, b),
  (a, b) => mul(a, b),
  (a, b) => div(a, add(1, square(b))),
  (a, b) => squaredDifference(a, tanh(b)),
  (a) => sin(a),
  (a) => tanh(a),
  (a) => sigmoid(a),
  (a) => softplus(a),
  (a) => exp(tanh(a)),
  (a) => sqrt(add(1, square(a))),
  (a) => reciprocal(add(2, sin(a))),
  (a, b) => matmul(whole(a), matmul(whole(b), whole(a), { transposeA: true })),
  (a, b) => transpose(matmul(transpose(whole(a)), matmul(mul(whole(b), 0.1), transpose(whole(b))))),
  (a) => softmax(whole(a)),
  (a) => logSoftmax(whole(a), 0),
  (a) => logSumExp(whole(a), 1, true),
  (a) => sum(whole(a), 0),
  (a) => mean(whole(a), [0, 1], true),
  (a) => variance(whole(a), 1, true),
  (a) => moments(whole(a), [0]).variance,
  (a) => prod(tanh(whole(a)), 0),
  (a) => cumsum(whole(a), 1, { reverse: true, exclusive: true }),
  (a) => reverse(whole(a), 1),
  (a) => gather(whole(a), [2, 0, 2], 1),
  (a, b) => where(greater(whole(b), edge), whole(a), sin(whole(a))),
  (a) => slice(tile(whole(a), [2, 2]), [1, 2], full),
  (a) => pad(stridedSlice(whole(a), [null, 1], [null, null], [-1, 2]), [[0, 0], [2, 0]]), // biome-ignore format: pairs
  (a, b) => stack(unstack(concat([whole(a), whole(b)], 0)).slice(1, 3)),
  (a) => concat(split(whole(a), [1, 2], 1).reverse(), 1),
  (a) => reshape(transpose(reshape(whole(a), [3, 2])), full),
];

it('every program of up to seven ops agrees with differences', () => {
  const program = fc.array(fc.tuple(fc.nat(moves.length - 1), fc.nat(), fc.nat()), {
    minLength: 1,
    maxLength: 7,
  });
  const inputs = fc.array(fc.constantFrom(...shapes), { minLength: 2, maxLength: 3 });
  fc.assert(
    fc.property(program, inputs, fc.nat(1e6), (steps, given, seed) => {
      const generator = new Generator(seed);
      const at = given.map((shape) => randomNormal(shape, { dtype: 'float64', generator }));
      const run = (...values: Tensor[]): Tensor => {
        const known = [...values];
        for (const [move, i, j] of steps) {
          const [a, b] = [known[i % known.length], known[j % known.length]] as [Tensor, Tensor];
          // tanh keeps numbers of the size of 1, whatever the program does to them.
          known.push(mul(2, tanh((moves[move] as (typeof moves)[number])(a, b))));
        }
        // All of them count, so that every input has a gradient.
        return known.reduce((total, t) => add(total, sum(t)), sum(values[0] as Tensor));
      };
      checkGradients(run, at, { seed, tolerance: 1e-5 });
    }),
    { numRuns: 40 },
  );
});
