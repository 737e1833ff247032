import { describe, expect, it } from 'vitest';
import { TapegradError } from '../../src/core/errors.ts';
import { fromArray, type NestedNumbers, Tensor, tensor, Variable } from '../../src/core/tensor.ts';
import { add, transpose, zeros } from '../../src/ops/index.ts';
import { thrown } from '../thrown.ts';

describe('tensor', () => {
  it.each<[NestedNumbers, number[], string]>([
    [5, [], 'float32'],
    [[], [0], 'float32'],
    [[[]], [1, 0], 'float32'],
    [[1, 2, 3], [3], 'float32'],
    [[[1], [2]], [2, 1], 'float32'],
    [[[[1, 2]], [[3, 4]]], [2, 1, 2], 'float32'],
    [true, [], 'int32'],
    [[true, false], [2], 'int32'],
    [[true, 2], [2], 'float32'],
  ])('of %j has the shape %j and the type %s', (values, shape, dtype) => {
    const t = tensor(values);
    expect([t.shape, t.dtype]).toEqual([shape, dtype]);
    expect(t.toArray()).toEqual(
      JSON.parse(JSON.stringify(values), (_, v) => (v === true ? 1 : v === false ? 0 : v)),
    );
  });

  it('of a typed array keeps its type and copies its numbers', () => {
    for (const values of [Float32Array.of(1, 2), Int32Array.of(1, 2), Float64Array.of(1, 2)]) {
      const t = tensor(values, [2, 1]);
      values[0] = 9;
      expect(t.toArray()).toEqual([[1], [2]]);
    }
    expect(tensor(Int32Array.of(3)).dtype).toBe('int32');
    expect(tensor(Float64Array.of(0.1)).dtype).toBe('float64');
  });

  it('of a tensor is a copy, in another shape or type if told so', () => {
    const t = tensor([[1.5, -2.5]]);
    expect(tensor(t, [2]).toArray()).toEqual([1.5, -2.5]);
    expect(tensor(t, undefined, 'int32').toArray()).toEqual([[1, -2]]);
    expect(tensor(transpose(t)).toArray()).toEqual([[1.5], [-2.5]]);
  });

  it('rounds to float32 unless told float64', () => {
    expect(tensor(0.1).item()).toBe(Math.fround(0.1));
    expect(tensor(0.1, [], 'float64').item()).toBe(0.1);
  });

  it.each<[string, () => unknown, string]>([
    [
      'a ragged list',
      () => tensor([[1, 2], [3]]),
      'ShapeError: tensor: a list at depth 1 has 1 parts where the first has 2; want lists of equal length',
    ],
    [
      'a list among numbers',
      () => tensor([1, [2]] as unknown as number[]),
      'ShapeError: tensor: a list at depth 1 has 1 parts where the first is a number; want lists of equal length',
    ],
    [
      'a number among lists',
      () => tensor([[1], 2] as unknown as number[]),
      'ShapeError: tensor: found number at depth 1; want a list of 1',
    ],
    [
      'a text',
      () => tensor(['1'] as unknown as number[]),
      'ShapeError: tensor: found string at depth 1; want a number',
    ],
    [
      'null',
      () => tensor(null as unknown as number),
      'ShapeError: tensor: found null at depth 0; want a number',
    ],
    [
      'a hole',
      () => tensor([1, undefined] as unknown as number[]),
      'ShapeError: tensor: found undefined at depth 1; want a number',
    ],
    [
      'a wrong count',
      () => tensor([1, 2, 3], [2, 2]),
      'ShapeError: tensor: 3 numbers were given for the shape [2,2]; want 4',
    ],
    [
      'a negative size',
      () => tensor([1], [-1]),
      'ShapeError: tensor: shape is [-1]; want a list of whole numbers of at least 0',
    ],
    [
      'a shape that is no list',
      () => tensor([1], 1 as unknown as number[]),
      'ShapeError: tensor: shape is 1; want a list of whole numbers of at least 0',
    ],
    [
      'bytes',
      () => tensor(Uint8Array.of(1, 2) as unknown as Float32Array),
      'OptionError: tensor: values are a Uint8Array; want nested arrays, a Float32Array, an Int32Array or a Float64Array. Float32Array.from(values) makes one',
    ],
    [
      'a fraction among integers',
      () => tensor([1, 2.5], undefined, 'int32'),
      'OptionError: tensor: found 2.5 where the type is int32; want a whole number of 32 bits. cast(x, "int32") cuts off',
    ],
    [
      'an integer beyond 32 bits',
      () => tensor(2 ** 31, undefined, 'int32'),
      'OptionError: tensor: found 2147483648 where the type is int32; want a whole number of 32 bits. cast(x, "int32") cuts off',
    ],
    [
      'a fraction that meets integers',
      () => add(tensor([1, 2], undefined, 'int32'), 0.5),
      'OptionError: tensor: found 0.5 where the type is int32; want a whole number of 32 bits. cast(x, "int32") cuts off',
    ],
    [
      'a fraction in a typed array among integers',
      () => tensor(Float32Array.of(1.5), [1], 'int32'),
      'OptionError: tensor: found 1.5 where the type is int32; want a whole number of 32 bits. cast(x, "int32") cuts off',
    ],
    [
      'more numbers than memory holds',
      () => zeros([1e6, 1e6]),
      'ShapeError: tensor: 1000000000000 numbers of float32 are more than there is memory for; want a smaller shape',
    ],
    [
      'arithmetic by signs',
      () => (tensor([1, 2]) as unknown as number) * 2,
      'OptionError: tensor: a tensor [2] stands where a number is wanted; want mul(), add() and the like, or item() for its number',
    ],
    [
      'a type that is none',
      () => tensor([1], [1], 'float16' as 'float32'),
      'OptionError: dtype: it is float16; want float32, int32 or float64',
    ],
    [
      'a wrong count for an array handed over',
      () => fromArray(new Float32Array(3), [2]),
      'ShapeError: fromArray: 3 numbers were given for the shape [2]; want 2',
    ],
  ])('refuses %s', (_, call, message) => {
    expect(thrown(call)).toBe(message);
  });
});

describe('reading', () => {
  it('item gives the number of a tensor of one element, whatever its rank', () => {
    expect([tensor(3).item(), tensor([[3]]).item()]).toEqual([3, 3]);
  });

  it('item refuses several, and none', () => {
    expect(thrown(() => tensor([1, 2]).item())).toBe(
      'ShapeError: item: the tensor is [2]; want a single element. Use data() or toArray()',
    );
    expect(thrown(() => tensor([]).item())).toBe(
      'ShapeError: item: the tensor is [0]; want a single element. Use data() or toArray()',
    );
  });

  it('data is a copy in row order', () => {
    const t = tensor([[1, 2], [3, 4]]); // biome-ignore format: a matrix
    const copy = transpose(t).data();
    expect([...copy]).toEqual([1, 3, 2, 4]);
    copy[0] = 9;
    expect(t.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('toArray nests as deep as there are axes, and keeps empty ones', () => {
    expect(tensor([], [2, 0, 3]).toArray()).toEqual([[], []]);
    expect(tensor([1], [1, 1, 1]).toArray()).toEqual([[[1]]]);
  });

  it('is nested arrays in JSON, without what JSON cannot say', () => {
    expect(
      JSON.stringify({
        t: tensor([
          [1, 2.5],
          [Number.NaN, Infinity],
        ]),
      }),
    ).toBe('{"t":[[1,2.5],[null,null]]}');
    expect(JSON.stringify(new Variable(3, { name: 'w' }))).toBe('3');
  });

  it('knows its rank and size', () => {
    const t = tensor([], [2, 0, 3]);
    expect([t.rank, t.size, tensor(1).rank, tensor(1).size]).toEqual([3, 0, 0, 1]);
  });
});

describe('a view', () => {
  it('shares its numbers until someone asks for them in row order', () => {
    const t = tensor([[1, 2, 3], [4, 5, 6]]); // biome-ignore format: a matrix
    const turned = t.view([3, 2], [1, 3]);
    expect(turned.strided().storage).toBe(t.values);
    expect([...turned.values]).toEqual([1, 4, 2, 5, 3, 6]);
    expect(turned.strided().strides).toEqual([2, 1]);
    expect([...t.values]).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('Variable', () => {
  it('takes a copy, trains floats and not integers, and says its name', () => {
    const start = Float32Array.of(1, 2);
    const v = new Variable(start, { name: 'w' });
    start[0] = 9;
    expect(v.toArray()).toEqual([1, 2]);
    expect([v.trainable, v.name, v.label()]).toEqual([true, 'w', 'w [2]']);
    expect(new Variable(Int32Array.of(1)).trainable).toBe(false);
    expect(new Variable(1, { trainable: false }).trainable).toBe(false);
    expect(new Variable([1]).label()).toMatch(/^#\d+ \[1\]$/);
  });

  it('takes another type if told so, of a tensor too', () => {
    expect(new Variable([1], { dtype: 'float64' }).dtype).toBe('float64');
    expect(new Variable(tensor([1]), { dtype: 'float64' }).dtype).toBe('float64');
  });

  it('is a tensor to every op', () => {
    expect(add(new Variable([1, 2]), 1).toArray()).toEqual([2, 3]);
    expect(new Variable(1)).toBeInstanceOf(Tensor);
  });

  it('counts its changes', () => {
    const v = new Variable([1, 2]);
    expect(v.assign([3, 4]).toArray()).toEqual([3, 4]);
    v.update((values) => {
      values[0] = 7;
    });
    expect([v.toArray(), v.version]).toEqual([[7, 4], 2]);
  });

  it('may be assigned itself, and what was computed from it', () => {
    const v = new Variable([1, 2]);
    v.assign(v);
    v.assign(add(v, v));
    expect(v.toArray()).toEqual([2, 4]);
  });

  it('refuses another shape or type', () => {
    const v = new Variable([1, 2], { name: 'w' });
    expect(thrown(() => v.assign([1, 2, 3]))).toBe(
      'ShapeError: assign: the variable w [2] is float32 and the value is float32 [3]; want the same shape and type',
    );
    expect(thrown(() => v.assign(tensor([1, 2], undefined, 'float64')))).toBe(
      'ShapeError: assign: the variable w [2] is float32 and the value is float64 [2]; want the same shape and type',
    );
    expect(v.toArray()).toEqual([1, 2]);
  });
});

it('errors are of one family, named after their class, and carry the facts', () => {
  try {
    tensor([1, 2]).item();
    expect.fail('nothing was thrown');
  } catch (error) {
    expect(error).toBeInstanceOf(TapegradError);
    expect((error as TapegradError).name).toBe('ShapeError');
    expect((error as TapegradError).facts).toEqual({ shape: [2] });
  }
});
