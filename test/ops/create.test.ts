import { expect, it } from 'vitest';
import { tensor } from '../../src/core/tensor.ts';
import {
  broadcastTo,
  eye,
  fill,
  linspace,
  ones,
  onesLike,
  range,
  reshape,
  zeros,
  zerosLike,
} from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

it('fills a shape with a number, zeros or ones', () => {
  expect(fill([2, 2], 3).toArray()).toEqual([
    [3, 3],
    [3, 3],
  ]);
  expect(zeros([]).item()).toBe(0);
  expect(ones([1, 2], 'int32').toArray()).toEqual([[1, 1]]);
  expect(fill([0], 1).size).toBe(0);
  expect(thrown(() => fill([2], 'a' as unknown as number))).toBe(
    'OptionError: fill: value is a; want a number',
  );
  expect(thrown(() => fill([2], 0.5, 'int32'))).toBe(
    'OptionError: fill: found 0.5 where the type is int32; want a whole number of 32 bits. cast(x, "int32") cuts off',
  );
});

it('eye says what shape it cannot make', () => {
  expect(thrown(() => eye(-1))).toBe(
    'ShapeError: eye: shape is [-1,-1]; want a list of whole numbers of at least 0',
  );
});

it('fills the shape and type of another tensor', () => {
  const x = tensor([[1, 2]], undefined, 'float64');
  expect([zerosLike(x).toArray(), zerosLike(x).dtype]).toEqual([[[0, 0]], 'float64']);
  expect([onesLike(x).toArray(), onesLike(x).dtype]).toEqual([[[1, 1]], 'float64']);
});

it('keeps a shape of its own: changing the list afterwards changes nothing', () => {
  const shape = [2, 2];
  const t = zeros(shape);
  shape[0] = 9;
  expect(t.shape).toEqual([2, 2]);
});

it('counts up and down, without the end', () => {
  expect(range(4).toArray()).toEqual([0, 1, 2, 3]);
  expect(range(1, 4).toArray()).toEqual([1, 2, 3]);
  expect(range(5, 0, -2).toArray()).toEqual([5, 3, 1]);
  expect(range(0, 1, 0.25).toArray()).toEqual([0, 0.25, 0.5, 0.75]);
  expect(range(3, 3).toArray()).toEqual([]);
  expect(range(3, 0).toArray()).toEqual([]);
  expect(range(0, 3, 1, 'int32').dtype).toBe('int32');
});

it('divides a line with both ends', () => {
  expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(linspace(3, 9, 1).toArray()).toEqual([3]);
  expect(linspace(1, -1, 3).toArray()).toEqual([1, 0, -1]);
});

it('puts ones on the diagonal', () => {
  expect(eye(2).toArray()).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(eye(2, 3).toArray()).toEqual([
    [1, 0, 0],
    [0, 1, 0],
  ]);
  expect(eye(3, 1).toArray()).toEqual([[1], [0], [0]]);
});

it('a shape handed to broadcastTo or reshape may change afterwards', () => {
  const shape = [2, 3];
  const y = broadcastTo(tensor([1, 2, 3]), shape);
  const z = reshape(tensor([1, 2, 3, 4, 5, 6]), shape);
  shape[0] = 9;
  expect([y.shape, z.shape]).toEqual([
    [2, 3],
    [2, 3],
  ]);
});
