import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { OptionError, ShapeError } from '../../src/core/errors.ts';
import { setSeed } from '../../src/core/random.ts';
import { Tensor, tensor } from '../../src/core/tensor.ts';
import { Dataset } from '../../src/data/dataset.ts';
import { ImageRows } from '../../src/data/rows.ts';
import { kernels } from '../../src/kernels/active.ts';
import { nativeGather } from '../../src/kernels/native.ts';
import { thrown } from '../thrown.ts';

const nested = (elements: Iterable<unknown>): unknown[] => [...elements].map(plain);
function plain(element: unknown): unknown {
  if (element instanceof Tensor) return element.toArray();
  if (Array.isArray(element)) return element.map(plain);
  if (typeof element !== 'object' || element === null) return element;
  return Object.fromEntries(Object.entries(element).map(([name, part]) => [name, plain(part)]));
}

const list = fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 40 });
const small = fc.integer({ min: 1, max: 12 });
const seeds = fc.integer({ min: 0, max: 2 ** 40 });

describe('fromTensorSlices', () => {
  it('cuts one tensor along its first axis', () => {
    expect(
      nested(
        Dataset.fromTensorSlices([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      ),
    ).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(nested(Dataset.fromTensorSlices(tensor([7, 8])))).toEqual([7, 8]);
  });

  it('cuts several tensors together, in objects and arrays', () => {
    const set = Dataset.fromTensorSlices({ x: tensor([[1], [2]]), rest: [Int32Array.of(3, 4)] });
    expect(nested(set)).toEqual([
      { x: [1], rest: [3] },
      { x: [2], rest: [4] },
    ]);
    expect(nested(set.batch(2))).toEqual([{ x: [[1], [2]], rest: [[3, 4]] }]);
  });

  it('refuses first axes that differ, single numbers, and nothing', () => {
    expect(() => Dataset.fromTensorSlices({ x: [1, 2, 3], y: { z: [1, 2] } })).toThrow(
      new ShapeError('fromTensorSlices: x has 3 rows and y has 2; want first axes of equal size'),
    );
    expect(() => Dataset.fromTensorSlices([tensor(5), tensor([1])])).toThrow(
      new ShapeError(
        'fromTensorSlices: 0 is a single number, []; want a first axis to slice along',
      ),
    );
    expect(() => Dataset.fromTensorSlices({})).toThrow(
      new ShapeError('fromTensorSlices: the data is empty; want at least one tensor'),
    );
  });

  it('reads images kept as bytes as the floats they stand for', () => {
    const bytes = Uint8Array.of(0, 51, 255, 102);
    const unit = new ImageRows(bytes, [2]);
    const signed = new ImageRows(bytes, [1, 2], { scale: [-1, 1] });
    const f = Math.fround;
    const s = (byte: number) => f(f(byte / 127.5) - 1);
    expect(nested(Dataset.fromTensorSlices(unit).batch(2))).toEqual([
      [
        [0, f(0.2)],
        [1, f(0.4)],
      ],
    ]);
    expect(nested(Dataset.fromTensorSlices(signed))).toEqual([[[-1, s(51)]], [[1, s(102)]]]);
    expect(signed.slice(1).toArray()).toEqual([[[1, s(102)]]]);
    expect(() => new ImageRows(bytes, [3])).toThrow(
      new ShapeError('ImageRows: 4 bytes and a shape of [3]; want whole images of 3 bytes each'),
    );
    expect(() => unit.slice(1, 3)).toThrow(
      new OptionError('slice: rows 1 to 3 of 2; want 0 <= from <= to'),
    );
  });

  it('scales all 256 bytes as division by 255 in float32 does', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const floats = new ImageRows(bytes, [256]).at(0).data();
    expect([...floats]).toEqual([...bytes].map((byte) => Math.fround(byte / 255)));
  });
});

describe('shuffle', () => {
  it('brings every element once, none before its turn in the buffer', () => {
    fc.assert(
      fc.property(fc.nat(60), small, seeds, (count, bufferSize, seed) => {
        const order = Dataset.range(count).shuffle(bufferSize, seed).toArray();
        expect([...order].sort((a, b) => a - b)).toEqual(Dataset.range(count).toArray());
        order.forEach((element, position) => {
          expect(position).toBeGreaterThanOrEqual(element - bufferSize + 1);
        });
      }),
    );
  });

  it('gives the same passes for the same seed, and another order each pass', () => {
    const make = () => Dataset.range(50).shuffle(20, 7);
    const [a, b] = [make(), make()];
    const first = a.toArray();
    const second = a.toArray();
    expect(second).not.toEqual(first);
    expect([b.toArray(), b.toArray()]).toEqual([first, second]);
    expect(Dataset.range(50).shuffle(20, 8).toArray()).not.toEqual(first);
    expect(make().repeat(2).toArray()).toEqual([...first, ...second]);
  });

  it('keeps its order when told not to reshuffle', () => {
    const set = Dataset.range(30).shuffle(30, 1, { reshuffleEachIteration: false });
    expect(set.toArray()).toEqual(set.toArray());
  });

  it('follows the global seed when it has none', () => {
    const order = () => {
      setSeed(3);
      return Dataset.range(30).shuffle(30).toArray();
    };
    expect(order()).toEqual(order());
  });

  it('puts each element in each place about equally often', () => {
    const seats = Array.from({ length: 5 }, () => [0, 0, 0, 0, 0]);
    const set = Dataset.range(5).shuffle(5, 11);
    for (let pass = 0; pass < 2000; pass++) {
      set.toArray().forEach((element, seat) => {
        const counts = seats[seat] ?? [];
        counts[element] = (counts[element] ?? 0) + 1;
      });
    }
    // 400 expected, standard deviation 18: five of them either way.
    for (const count of seats.flat()) expect(Math.abs(count - 400)).toBeLessThan(90);
  });

  it('after repeat mixes the end of one pass with the beginning of the next', () => {
    const order = Dataset.range(10).repeat(3).shuffle(10, 5).toArray();
    expect(order).toHaveLength(30);
    expect(new Set(order.slice(0, 10)).size).toBeLessThan(10);
  });
});

describe('the verbs on arrays', () => {
  it('take, skip, repeat, concatenate, filter and map do what arrays do', () => {
    fc.assert(
      fc.property(list, fc.nat(50), fc.nat(3), (values, n, times) => {
        const set = Dataset.from(values);
        const repeated = Array.from({ length: times }, () => values).flat();
        expect(set.take(n).toArray()).toEqual(values.slice(0, n));
        expect(set.skip(n).toArray()).toEqual(values.slice(n));
        expect(set.take(n).concatenate(set.skip(n)).toArray()).toEqual(values);
        expect(set.repeat(times).toArray()).toEqual(repeated);
        expect(set.map((v) => v + n).toArray()).toEqual(values.map((v) => v + n));
        expect(set.filter((v) => v > n).toArray()).toEqual(values.filter((v) => v > n));
        expect(set.enumerate(n).toArray()).toEqual(values.map((v, i) => [i + n, v]));
        expect(set.prefetch(n).toArray()).toEqual(values);
      }),
    );
  });

  it('batch cuts into pieces, the last one smaller or left out', () => {
    fc.assert(
      fc.property(list, small, fc.boolean(), (values, size, dropRemainder) => {
        const pieces: number[][] = [];
        for (let i = 0; i < values.length; i += size) pieces.push(values.slice(i, i + size));
        const want = dropRemainder ? pieces.filter((piece) => piece.length === size) : pieces;
        const rows = Dataset.fromTensorSlices(Float32Array.from(values));
        expect(nested(rows.batch(size, { dropRemainder }))).toEqual(want);
        expect(nested(Dataset.from(values).batch(size, { dropRemainder }))).toEqual(want);
      }),
    );
  });

  it('knows how many elements it has, where that can be known', () => {
    fc.assert(
      fc.property(list, small, fc.nat(3), fc.boolean(), (values, n, times, dropRemainder) => {
        const set = Dataset.from(values);
        for (const made of [
          set.repeat(times).skip(n),
          set.take(n).shuffle(3, 1).concatenate(set),
          set.map(String).prefetch(2).enumerate(),
          Dataset.zip(set, Dataset.range(n)),
        ]) {
          expect(made.cardinality()).toBe([...made].length);
        }
        const batches = set.batch(n, { dropRemainder });
        expect(batches.cardinality()).toBe([...batches].length);
      }),
    );
    expect(Dataset.range(3).repeat().cardinality()).toBe(Number.POSITIVE_INFINITY);
    expect(Dataset.range(3).repeat().take(5).cardinality()).toBe(5);
    expect(Dataset.range(0).repeat().cardinality()).toBe(0);
    expect(Dataset.range(3).filter(Boolean).cardinality()).toBeUndefined();
  });

  it('take(-1) takes all, skip(-1) none, and repeat() goes on for ever', () => {
    expect(Dataset.range(3).take(-1).toArray()).toEqual([0, 1, 2]);
    expect(Dataset.range(3).skip(-1).toArray()).toEqual([]);
    expect(Dataset.range(3).repeat().take(7).toArray()).toEqual([0, 1, 2, 0, 1, 2, 0]);
    expect([...Dataset.range(0).repeat()]).toEqual([]);
  });

  it('take asks for no element more than it gives', () => {
    let asked = 0;
    const set = Dataset.range(9).map((i) => {
      asked++;
      return i;
    });
    expect(set.take(2).toArray()).toEqual([0, 1]);
    expect(asked).toBe(2);
  });

  it('zip ends with the shortest and range counts by steps', () => {
    expect(Dataset.zip(Dataset.range(2), Dataset.from('abc')).toArray()).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
    expect(Dataset.range(5, 0, -2).toArray()).toEqual([5, 3, 1]);
  });

  it('batches of zipped and mapped elements are stacked part by part', () => {
    const pixels = Dataset.fromTensorSlices([
      [1, 2],
      [3, 4],
    ]);
    const pairs = Dataset.zip(pixels, Dataset.range(2)).batch(2);
    expect(nested(pairs)).toEqual([
      [
        [
          [1, 2],
          [3, 4],
        ],
        [0, 1],
      ],
    ]);
  });

  it('starts an iterable anew for each pass', () => {
    const set = Dataset.from(function* () {
      yield* [1, 2];
    });
    expect(set.repeat(2).toArray()).toEqual([1, 2, 1, 2]);
  });
});

describe('prefetch', () => {
  function counted(): { set: Dataset<number>; made: () => number } {
    let made = 0;
    const set = Dataset.range(9).map((i) => {
      made++;
      return i;
    });
    return { set, made: () => made };
  }
  const aMoment = () => new Promise((resolve) => setTimeout(resolve, 5));

  it('has the next elements ready when one is handed out', () => {
    const { set, made } = counted();
    const pass = set.prefetch(2)[Symbol.iterator]();
    pass.next();
    expect(made()).toBe(3);
    pass.next();
    expect(made()).toBe(4);
  });

  it('makes them while an awaiting consumer is busy, and no more than asked for', async () => {
    const { set, made } = counted();
    const pass = set.prefetch(2)[Symbol.asyncIterator]();
    await pass.next();
    expect(made()).toBe(1);
    await vi.waitFor(() => expect(made()).toBe(3));
    await pass.return?.();
    await aMoment();
    expect(made()).toBe(3);
  });

  it.each<[string, (set: Dataset<number>) => Dataset<unknown>]>([
    ['take', (set) => set.take(5)],
    ['skip', (set) => set.skip(0)],
    ['repeat', (set) => set.repeat()],
    ['enumerate', (set) => set.enumerate()],
    ['map', (set) => set.map(String)],
    ['filter', (set) => set.filter((i) => i >= 0)],
    ['concatenate', (set) => set.concatenate(Dataset.range(3))],
    ['zip', (set) => Dataset.zip(Dataset.range(9), set)],
    ['shuffle', (set) => set.shuffle(1)],
    ['batch', (set) => set.batch(1)],
  ])('makes them as well behind %s', async (_, verb) => {
    const { set, made } = counted();
    const pass = verb(set.prefetch(2))[Symbol.asyncIterator]();
    await pass.next();
    const handedOut = made();
    await vi.waitFor(() => expect(made()).toBe(handedOut + 2));
    await pass.return?.();
    await aMoment();
    expect(made()).toBe(handedOut + 2);
  });

  describe('of batches of rows', () => {
    const bytes = Uint8Array.from({ length: 60 }, (_, i) => (i * 37) % 256);
    const source = {
      scaled: new ImageRows(bytes, [2, 3], { scale: [-1, 1] }),
      labels: Int32Array.from({ length: 10 }, (_, i) => 3 * i),
      parts: [tensor(Array.from({ length: 10 }, (_, i) => [i, -i / 7]))],
    };
    const batches = () => Dataset.fromTensorSlices(source).repeat(5).shuffle(7, 3).batch(4);
    type Element = ReturnType<typeof batches> extends Dataset<infer T> ? T : never;
    const numbers = ({ scaled, labels, parts: [part] }: Element) =>
      [scaled, labels, part as Tensor].map((t) => [t.dtype, t.shape, [...t.values]]);
    const whole = batches().toArray().map(numbers);

    it.each([0, 1, 3])('are those that are gathered here, %i ahead', async (ahead) => {
      expect(batches().prefetch(ahead).toArray().map(numbers)).toEqual(whole);
      const awaited: unknown[] = [];
      for await (const batch of batches().prefetch(ahead)) awaited.push(numbers(batch));
      expect(awaited).toEqual(whole);
      const twice = batches().prefetch(ahead).take(3).prefetch(2).toArray().map(numbers);
      expect(twice).toEqual(whole.slice(0, 3));
    });

    it('are begun before the one before is used, and may be left behind', async () => {
      let drawn = 0;
      const rows = Dataset.fromTensorSlices(source).filter(() => ++drawn > 0);
      for await (const batch of rows.batch(2).prefetch(1)) {
        expect(batch.labels.shape).toEqual([2]);
        break;
      }
      expect(drawn).toBe(4);
    });

    it('that nobody takes are ended with the pass, and their memory let go', () => {
      const addon = nativeGather(kernels());
      if (addon === undefined) return;
      const begin = vi.spyOn(addon, 'beginGather');
      const end = vi.spyOn(addon, 'endGather');
      try {
        Dataset.fromTensorSlices(source.labels).batch(2).prefetch(3).take(1).toArray();
        expect(begin.mock.calls.length).toBeGreaterThan(2);
        expect(end).toHaveBeenCalledTimes(begin.mock.calls.length);
      } finally {
        vi.restoreAllMocks();
      }
    });

    it('go through filter and batch like others', () => {
      const kept = batches().filter(({ labels }) => labels.size === 4);
      expect(kept.prefetch(1).toArray().map(numbers)).toEqual(whole.slice(0, 12));
      const [first] = batches().batch(2).prefetch(1).take(1).toArray();
      expect(first?.scaled.shape).toEqual([2, 4, 2, 3]);
      expect([...(first?.labels.values ?? [])].slice(0, 4)).toEqual(whole[0]?.[1]?.[2]);
    });
  });

  it('keeps an error until its turn comes in a plain loop too', () => {
    const seen: number[] = [];
    const set = Dataset.range(5).map((i) => {
      if (i === 3) throw new Error('three');
      return i;
    });
    expect(() => {
      for (const i of set.prefetch(2)) seen.push(i);
    }).toThrow('three');
    expect(seen).toEqual([0, 1, 2]);
  });

  it('gives an awaiting consumer the same elements, and an error in its turn', async () => {
    const seen: number[] = [];
    const set = Dataset.range(5).map((i) => {
      if (i === 3) throw new Error('three');
      return i;
    });
    const all = async () => {
      for await (const i of set.prefetch(4)) {
        await aMoment();
        seen.push(i);
      }
    };
    await expect(all()).rejects.toThrow('three');
    expect(seen).toEqual([0, 1, 2]);
    const whole: number[] = [];
    for await (const i of Dataset.range(4)) whole.push(i);
    expect(whole).toEqual([0, 1, 2, 3]);
  });
});

describe('what a data set refuses', () => {
  const set = Dataset.range(3);
  it.each([
    [() => set.batch(0), 'batch: size is 0; want a whole number of at least 1'],
    [() => set.batch(2.5), 'batch: size is 2.5; want a whole number of at least 1'],
    [() => set.shuffle(0), 'shuffle: bufferSize is 0; want a whole number of at least 1'],
    [() => set.take(-2), 'take: count is -2; want a whole number of at least 0, or −1 for all'],
    [() => set.prefetch(-1), 'prefetch: n is -1; want a whole number of at least 0'],
    [
      () => Dataset.range(1, 2, 0),
      'range: from 1 to 2 by 0; want numbers, and a step other than 0',
    ],
    [
      () => set.batch(2, { drop_remainder: true } as object),
      'batch: no option drop_remainder; did you mean dropRemainder?',
    ],
    [
      () => set.batch(2, true as unknown as object),
      'batch: options are true; want an object with dropRemainder',
    ],
    [
      () => set.shuffle(2, 1, { reshuffle: false } as object),
      'shuffle: no option reshuffle; want reshuffleEachIteration',
    ],
    [() => set.map(3 as never), 'map: change is 3; want a function of an element'],
    [() => set.filter(3 as never), 'filter: keep is 3; want a function of an element'],
    [() => Dataset.zip(), 'zip: no data set came in; want at least one'],
    [
      () => set.repeat().toArray(),
      'toArray: the data set never ends; want one that does. take(n) ends it',
    ],
  ])('says so (%#)', (act, message) => {
    expect(thrown(act)).toBe(`OptionError: ${message}`);
  });

  it('names the elements of a batch that do not fit', () => {
    const odd = Dataset.from([tensor([1, 2]), tensor([1, 2, 3])]).batch(2);
    expect(() => [...odd]).toThrow(
      new ShapeError(
        'batch: elements 0 and 1 are float32 [2] and float32 [3]; want one shape and type',
      ),
    );
    expect(() => [...Dataset.from(['a']).batch(1)]).toThrow(
      new ShapeError(
        'batch: elements are string; want tensors or numbers, or arrays or objects of them',
      ),
    );
  });
});
