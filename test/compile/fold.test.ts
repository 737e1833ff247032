import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import * as tg from '../../src/index.ts';
import { type Tensor, tensor, Variable } from '../../src/index.ts';

/** A step's plan, once its results were compared with the step as it is. */
function planOf(make: () => (x: Tensor) => Tensor | Tensor[], shape: number[]): string {
  const [eager, compiled] = [make(), compile(make())];
  for (let seed = 1; seed <= 6; seed++) {
    tg.setSeed(seed);
    const x = tg.randomNormal(shape);
    const [want, got] = [[eager(x)].flat(), [compiled(x)].flat()];
    got.forEach((result, i) => {
      expect(result.data()).toEqual(want[i]?.data());
    });
  }
  expect(compiled.replaying).toBe(true);
  return compiled.explain();
}

const variable = (...shape: number[]) => {
  tg.setSeed(9);
  return new Variable(tg.randomNormal(shape));
};
const namesIn = (plan: string) =>
  plan
    .split('\n')
    .slice(3)
    .map((line) => line.split(/ {2,}/)[1] ?? '');

describe('folding', () => {
  it.each([
    ['relu', tg.relu],
    ['sigmoid', tg.sigmoid],
    ['tanh', tg.tanh],
  ])('puts a bias and %s at the end of a matmul', (name, activation) => {
    const [w, b] = [variable(5, 7), variable(7)];
    const plan = planOf(() => (x) => activation(tg.add(tg.matmul(x, w), b)), [3, 5]);
    expect(namesIn(plan)).toEqual([`matmul · add · ${name}`]);
    expect(plan).toContain('2 folded into others');
  });

  it('puts them at the end of convolutions and transposed convolutions', () => {
    const [f, g, b, c] = [variable(3, 3, 2, 4), variable(3, 3, 1, 4), variable(4), variable(1)];
    const plan = planOf(
      () => (x) => {
        const code = tg.relu(tg.add(tg.conv2d(x, f, { strides: 1, padding: 'VALID' }), b));
        const back = tg.conv2dTranspose(code, g, { strides: 1, padding: 'VALID' });
        return tg.sigmoid(tg.add(back, c));
      },
      [2, 6, 6, 2],
    );
    expect(namesIn(plan)).toEqual(['conv2d · add · relu', 'conv2dInputGrad · add · sigmoid']);
  });

  it('puts the slope of the layer below at the end of what makes its gradient', () => {
    const make = () => {
      const [w1, b1, w2] = [variable(4, 6), variable(6), variable(6, 3)];
      return (x: Tensor) => {
        const tape = new tg.GradientTape();
        const loss = tape.record(() =>
          tg.sum(tg.square(tg.matmul(tg.relu(tg.add(tg.matmul(x, w1), b1)), w2))),
        );
        return tape.gradient(loss, [w1, b1, w2]) as Tensor[];
      };
    };
    expect(namesIn(planOf(make, [5, 4]))).toContain('matmul · reluGrad');
  });

  it('puts the slope below a pool at the end of its gradient', () => {
    const make = () => {
      const [f, b] = [variable(3, 3, 1, 4), variable(4)];
      return (x: Tensor) => {
        const tape = new tg.GradientTape();
        const loss = tape.record(() => {
          const code = tg.relu(tg.add(tg.conv2d(x, f, { strides: 1, padding: 'SAME' }), b));
          return tg.sum(tg.square(tg.maxPool(code, { ksize: 2, padding: 'SAME' })));
        });
        return tape.gradient(loss, [f, b]) as Tensor[];
      };
    };
    expect(namesIn(planOf(make, [3, 6, 6, 1]))).toContain('maxPoolGrad · reluGrad');
  });

  it('leaves sums alone that somebody else reads', () => {
    const [w, b] = [variable(5, 7), variable(7)];
    const twice = planOf(
      () => (x) => {
        const sums = tg.matmul(x, w);
        return tg.mul(tg.relu(tg.add(sums, b)), sums);
      },
      [3, 5],
    );
    expect(namesIn(twice)[0]).toBe('matmul');
    const returned = planOf(
      () => (x) => {
        const sums = tg.matmul(x, w);
        return [sums, tg.relu(sums)];
      },
      [3, 5],
    );
    expect(namesIn(returned)[0]).toBe('matmul');
  });

  it('leaves out a bias that is not there yet, or lies otherwise', () => {
    const w = variable(5, 5);
    const later = planOf(
      () => (x) => {
        const sums = tg.matmul(x, w);
        const bias = tg.sum(tg.exp(x), 0);
        return tg.relu(tg.add(sums, bias));
      },
      [3, 5],
    );
    expect(namesIn(later)[0]).toBe('matmul');
    const column = variable(5, 1);
    const down = planOf(() => (x) => tg.add(tg.matmul(x, w), column), [5, 5]);
    expect(namesIn(down)[0]).toBe('matmul');
  });

  it('stops at the first activation, and takes one bias', () => {
    const [w, b] = [variable(5, 7), variable(7)];
    const plan = planOf(
      () => (x) => tg.tanh(tg.relu(tg.add(tg.add(tg.matmul(x, w), b), b))),
      [3, 5],
    );
    expect(namesIn(plan)).toEqual(['matmul · add', 'run: add · relu · tanh']);
  });

  it('folds a bias whose variable changes after the product', () => {
    const make = () => {
      const [w, b] = [variable(5, 7), variable(7)];
      return (x: Tensor) => {
        const y = tg.relu(tg.add(tg.matmul(x, w), b));
        b.assign(tg.mul(b, 0.5));
        return y;
      };
    };
    expect(namesIn(planOf(make, [3, 5]))).toContain('matmul · add · relu');
  });

  it('leaves a bias that changes between the product and its use', () => {
    const make = () => {
      const [w, b] = [variable(5, 7), variable(7)];
      return (x: Tensor) => {
        const sums = tg.matmul(x, w);
        b.assign(tg.mul(b, 0.5));
        return tg.relu(tg.add(sums, b));
      };
    };
    expect(namesIn(planOf(make, [3, 5]))[0]).toBe('matmul');
  });

  it.each<[string, number[], number[], (sums: Tensor, bias: Variable) => Tensor]>([
    ['turned over', [6, 1], [1], (sums) => tg.add(tg.transpose(tg.reshape(sums, [2, 3])), 1)],
    ['spread over columns', [4, 1], [1], (sums, b) => tg.add(tg.broadcastTo(sums, [4, 5]), b)],
    ['beside a row', [4, 1], [1], (sums, b) => tg.relu(tg.add(sums, tg.broadcastTo(b, [1, 5])))],
    ['spread over rows', [1, 4], [4], (sums, b) => tg.add(tg.broadcastTo(sums, [3, 4]), b)],
    ['beside rows', [1, 4], [4], (sums, b) => tg.add(sums, tg.broadcastTo(b, [3, 4]))],
  ])(
    'leaves an addition alone that walks its sums otherwise: %s',
    (_, [m = 1, n = 1], size, end) => {
      const [w, b] = [variable(3, n), variable(...size)];
      const plan = planOf(() => (x) => end(tg.matmul(x, w), b), [m, 3]);
      expect(namesIn(plan)[0]).toBe('matmul');
    },
  );

  it('keeps what is denormal, so that a logarithm stays finite', () => {
    const [w, b] = [new Variable([[1]]), new Variable([0])];
    const plan = planOf(
      () => (x) => tg.log(tg.sigmoid(tg.sub(tg.add(tg.matmul(tg.mul(x, 0), w), b), 88))),
      [1, 1],
    );
    expect(plan).toContain('matmul');
    const deep = new Variable([-88]);
    const step = compile((x: Tensor) => tg.log(tg.sigmoid(tg.add(tg.matmul(x, w), deep))));
    for (let i = 0; i < 6; i++) expect(step(tensor([[0]])).data()[0]).toBeCloseTo(-88, 4);
    expect(step.explain()).toContain('matmul · add · sigmoid');
  });

  it('works on the reference kernels', () => {
    const step = compile((x: Tensor) => tg.relu(tg.add(tg.matmul(x, w), b)));
    const [w, b] = [tensor([[1, -1]]), tensor([0.5, 0.5])];
    for (let i = 0; i < 5; i++) expect(step(tensor([[2]])).data()).toEqual(Float32Array.of(2.5, 0));
  });
});
