import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  broadcastShapes,
  broadcastStrides,
  checkAxes,
  checkAxis,
  checkShape,
  layoutOf,
  shapeText,
  sizeOf,
  stridesOf,
} from '../../src/core/shape.ts';
import { walk } from '../../src/kernels/arrays.ts';
import { thrown } from '../thrown.ts';

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

describe('sizes and strides', () => {
  it('count elements in row order', () => {
    expect([sizeOf([]), sizeOf([2, 3]), sizeOf([2, 0])]).toEqual([1, 6, 0]);
    expect([stridesOf([]), stridesOf([2, 3, 4])]).toEqual([[], [12, 4, 1]]);
  });

  it('are written as error messages write them', () => {
    expect([shapeText([]), shapeText([32, 784])]).toEqual(['[]', '[32,784]']);
  });
});

describe('broadcasting', () => {
  it('aligns from the last axis; sizes are equal or 1', () => {
    expect(broadcastShapes('op', [2, 1, 3], [4, 1])).toEqual([2, 4, 3]);
    expect(broadcastShapes('op', [], [2])).toEqual([2]);
    expect(broadcastShapes('op', [1], [0])).toEqual([0]);
  });

  it('refuses sizes that differ, and names the operands', () => {
    expect(thrown(() => broadcastShapes('add', [2, 3], [4, 3]))).toBe(
      'ShapeError: add: a is [2,3] and b is [4,3]; want sizes that are equal or 1, aligned from the last axis',
    );
    expect(thrown(() => broadcastShapes('where', [2], [0], ['condition', 'x']))).toBe(
      'ShapeError: where: condition is [2] and x is [0]; want sizes that are equal or 1, aligned from the last axis',
    );
  });

  it('does not depend on the order of the operands', () => {
    fc.assert(
      fc.property(shapes, shapes, (a, b) => {
        const meet = (p: number[], q: number[]) => {
          try {
            return broadcastShapes('op', p, q);
          } catch {
            return 'refused';
          }
        };
        expect(meet(a, b)).toEqual(meet(b, a));
      }),
    );
  });

  it('reads repeated axes with stride 0', () => {
    expect(broadcastStrides([3, 1], [2, 3, 4])).toEqual([0, 1, 0]);
    expect(broadcastStrides([1, 1], [1, 1])).toEqual([1, 1]);
  });
});

describe('axes', () => {
  it('count from the front, or from the end below 0', () => {
    expect([checkAxis('op', 1, 3), checkAxis('op', -1, 3), checkAxis('op', -3, 3)]).toEqual([
      1, 2, 0,
    ]);
  });

  it('are all of them when left out, none in an empty list, sorted otherwise', () => {
    expect(checkAxes('op', undefined, 2)).toEqual([0, 1]);
    expect(checkAxes('op', [], 2)).toEqual([]);
    expect(checkAxes('op', [-1, 0], 3)).toEqual([0, 2]);
    expect(checkAxes('op', 1, 3)).toEqual([1]);
  });

  it.each<[string, () => unknown, string]>([
    [
      'beyond the last',
      () => checkAxis('sum', 2, 2),
      'ShapeError: sum: axis is 2; want a whole number from -2 to 1 for 2 axes',
    ],
    [
      'a fraction',
      () => checkAxis('sum', 0.5, 2),
      'ShapeError: sum: axis is 0.5; want a whole number from -2 to 1 for 2 axes',
    ],
    [
      'any axis of a single number',
      () => checkAxis('sum', 0, 0),
      'ShapeError: sum: axis is 0; want none for a single number',
    ],
    [
      'the same axis twice',
      () => checkAxes('sum', [1, -1], 2),
      'ShapeError: sum: axis 1 is named twice; want different axes',
    ],
    [
      'sizes that are not whole',
      () => checkShape('zeros', [1.5]),
      'ShapeError: zeros: shape is [1.5]; want a list of whole numbers of at least 0',
    ],
  ])('%s is refused', (_, call, message) => {
    expect(thrown(call)).toBe(message);
  });
});

describe('a layout', () => {
  it('joins neighbours that all arrays walk as one, and drops axes of size 1', () => {
    expect([...layoutOf([2, 3, 4], stridesOf([2, 3, 4]))]).toEqual([1, 24, 1]);
    expect([...layoutOf([2, 1, 3], [3, 3, 1], [1, 0, 2])]).toEqual([2, 2, 3, 3, 1, 1, 2]);
    expect([...layoutOf([], [])]).toEqual([0]);
  });

  it('walks every array as its strides say, whatever was joined', () => {
    const strided = shapes.chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.array(
          fc.array(fc.integer({ min: -6, max: 12 }), {
            minLength: shape.length,
            maxLength: shape.length,
          }),
          { minLength: 1, maxLength: 3 },
        ),
      ),
    );
    fc.assert(
      fc.property(strided, ([shape, strides]) => {
        const got: number[][] = [];
        walk(layoutOf(shape, ...strides), strides.length, (_, at) => got.push([...at]));
        const rows = stridesOf(shape);
        const want = Array.from({ length: sizeOf(shape) }, (_, position) =>
          strides.map((s) =>
            shape.reduce(
              (sum, n, axis) =>
                sum + (Math.floor(position / (rows[axis] as number)) % n) * (s[axis] as number),
              0,
            ),
          ),
        );
        expect(got).toEqual(want);
      }),
    );
  });
});
