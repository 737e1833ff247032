import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { tensor, Variable } from '../../src/core/tensor.ts';
import { range, reshape, zeros } from '../../src/ops/index.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe('a tensor prints', () => {
  it('a single number beside its type', () => {
    expect(String(tensor(3))).toBe('float32 [] 3');
    expect(String(tensor(0.5))).toBe('float32 [] 0.5000');
    expect(String(tensor(7, undefined, 'int32'))).toBe('int32 [] 7');
    expect(String(tensor(nan))).toBe('float32 [] NaN');
  });

  it('whole numbers plainly and others with four decimals, in columns', () => {
    expect(String(tensor([1, -2, 30]))).toBe('float32 [3]\n[ 1, -2, 30]');
    expect(
      String(
        tensor([
          [1, 2.5, -3],
          [0.1, 0, nan],
        ]),
      ),
    ).toBe(
      // biome-ignore format: a matrix
      'float32 [2,3]\n[[ 1.0000,  2.5000, -3.0000],\n [ 0.1000,  0.0000,     NaN]]',
    );
  });

  it('integers and truths as int32', () => {
    expect(String(tensor([true, false]))).toBe('int32 [2]\n[1, 0]');
  });

  it('infinities, and zeros of either sign alike', () => {
    expect(String(tensor([inf, -inf, 0, -0]))).toBe(
      'float32 [4]\n[ Infinity, -Infinity,         0,         0]',
    );
  });

  it('big, small and mixed numbers by powers of ten', () => {
    expect(String(tensor([1e9, 1]))).toBe('float32 [2]\n[1.0000e+9, 1.0000e+0]');
    expect(String(tensor([1e-5, 2e-6]))).toBe('float32 [2]\n[1.0000e-5, 2.0000e-6]');
    expect(String(tensor([123456.5, -1]))).toBe('float32 [2]\n[ 1.2346e+5, -1.0000e+0]');
    expect(String(tensor([99999, 0.5]))).toBe('float32 [2]\n[99999.0000,     0.5000]');
  });

  it('nothing as []', () => {
    expect(String(zeros([0]))).toBe('float32 [0] []');
    expect(String(zeros([2, 0, 3]))).toBe('float32 [2,0,3] []');
  });

  it('blocks of matrices with an empty line between', () => {
    expect(String(reshape(range(8), [2, 2, 2]))).toBe(
      'float32 [2,2,2]\n[[[0, 1],\n  [2, 3]],\n\n [[4, 5],\n  [6, 7]]]',
    );
  });

  it('long axes by their ends', () => {
    expect(String(range(13))).toBe('float32 [13]\n[ 0,  1,  2, …, 10, 11, 12]');
    expect(String(range(12))).toBe(
      'float32 [12]\n[ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11]',
    );
    expect(String(reshape(range(28), [14, 2]))).toBe(
      'float32 [14,2]\n[[ 0,  1],\n [ 2,  3],\n [ 4,  5],\n …,\n [22, 23],\n [24, 25],\n [26, 27]]',
    );
  });

  it('no more than a thousand numbers, shortened from the outermost axis on', () => {
    const shown = (shape: number[]) => String(zeros(shape)).split(']\n')[1]?.match(/0/g)?.length;
    expect(shown([12, 12, 6])).toBe(12 * 12 * 6);
    expect(shown([100, 12, 12])).toBe(6 * 12 * 12);
    expect(shown([12, 12, 12, 12])).toBe(2 * 6 * 6 * 6);
    expect(shown(Array(16).fill(2))).toBe(2 ** 9);
    expect(String(reshape(range(1200), [2, 600]))).toBe(
      'float32 [2,600]\n[[   0,    1,    2, …,  597,  598,  599],\n [ 600,  601,  602, …, 1197, 1198, 1199]]',
    );
  });

  it('in time that does not grow with its size', () => {
    expect(String(zeros([2000, 2000])).length).toBeLessThan(300);
  });
});

describe('console.log', () => {
  it('shows what toString says, of variables too', () => {
    const t = tensor([[1, 2], [3, 4]]); // biome-ignore format: a matrix
    expect(inspect(t)).toBe(String(t));
    expect(inspect(new Variable([1, 2], { name: 'w' }))).toBe('float32 [2]\n[1, 2]');
  });

  it('indents the rows of a tensor inside an object', () => {
    const t = tensor([[1, 2], [3, 4]]); // biome-ignore format: a matrix
    expect(inspect({ loss: tensor(0.5), weights: [t] })).toBe(
      [
        '{',
        '  loss: float32 [] 0.5000,',
        '  weights: [',
        '    float32 [2,2]',
        '    [[1, 2],',
        '     [3, 4]]',
        '  ]',
        '}',
      ].join('\n'),
    );
  });
});
