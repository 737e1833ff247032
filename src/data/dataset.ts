/** A pipeline of elements with the verbs of tf.data, and their meaning. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { checkOptions, flag, instanceOf, want } from '../core/options.ts';
import { defaultGenerator, Generator } from '../core/random.ts';
import { sameShape, shapeText } from '../core/shape.ts';
import { allocate, fromArray, Tensor, tensor } from '../core/tensor.ts';
import { type RowOf, type Rows, rowsOf, type SliceSource } from './rows.ts';

/**
 * One element on its way: made already, or the number of a row, or those of a batch. Rows stay numbers through repeat and
 * shuffle, and a batch of them is gathered in one go, so a shuffle buffer of 10,000 images holds no image, and `prefetch`
 * can have the next batch gathered on another thread.
 */
type Item<T> =
  | { readonly made: T }
  | { readonly rows: Rows<T>; readonly index: number }
  | RowBatch<T>;

interface RowBatch<T> {
  readonly rows: Rows<T>;
  readonly indices: readonly number[];
}

/**
 * What can be done while the consumer of an awaited pass waits for something else. Each call makes one element ahead, and
 * returns false when there is none to make.
 */
type Meanwhile = Set<() => boolean>;

/** Starts a pass over the items; every verb hands `meanwhile` on to those before it, where a prefetch may need it. */
type Pass<T> = (meanwhile?: Meanwhile) => Iterable<Item<T>>;

function valueOf<T>(item: Item<T>): T {
  if ('made' in item) return item.made;
  return 'index' in item ? item.rows.at(item.index) : item.rows.gather(item.indices);
}

/** Elements of a data set, in order; iterated as often as you like, each time from the beginning. */
export class Dataset<T> implements Iterable<T>, AsyncIterable<T> {
  private readonly pass: Pass<T>;
  private readonly count: number | undefined;

  private constructor(pass: Pass<T>, count: number | undefined) {
    this.pass = pass;
    this.count = count;
  }

  /** Rows of one tensor, or of several with first axes of equal size: `fromTensorSlices({ x, y })`. */
  static fromTensorSlices<S extends SliceSource>(source: S): Dataset<RowOf<S>> {
    const rows = rowsOf(source);
    // One item a row for all passes: new ones would live as long as a shuffle holds them, and fill the heap.
    let items: Item<RowOf<S>>[] | undefined;
    return new Dataset(function* () {
      items ??= Array.from({ length: rows.count }, (_, index) => ({ rows, index }));
      yield* items;
    }, rows.count);
  }

  /** Whatever an iterable holds, or a function that starts one anew for each pass. */
  static from<T>(source: Iterable<T> | (() => Iterable<T>)): Dataset<T> {
    want('from', 'the source', source, {
      words: 'an iterable, such as a list, or a function that starts one',
      fits: (value) =>
        typeof value === 'function' ||
        typeof (value as Iterable<T> | undefined)?.[Symbol.iterator] === 'function',
    });
    return new Dataset(
      function* () {
        for (const made of typeof source === 'function' ? source() : source) yield { made };
      },
      Array.isArray(source) ? source.length : undefined,
    );
  }

  /** Whole numbers: `range(3)` is 0, 1, 2 and `range(2, 5)` is 2, 3, 4. */
  static range(start: number, stop?: number, step = 1): Dataset<number> {
    const [from, to] = stop === undefined ? [0, start] : [start, stop];
    if (step === 0 || ![from, to, step].every(Number.isFinite)) {
      throw new OptionError(
        `range: from ${from} to ${to} by ${step}; want numbers, and a step other than 0`,
      );
    }
    const count = Math.max(0, Math.ceil((to - from) / step));
    return new Dataset(function* () {
      for (let i = 0; i < count; i++) yield { made: from + i * step };
    }, count);
  }

  /** Elements of several data sets side by side, as long as all of them last. */
  static zip<S extends readonly unknown[]>(
    ...sets: { readonly [K in keyof S]: Dataset<S[K]> }
  ): Dataset<S> {
    const parts: readonly Dataset<unknown>[] = sets;
    if (parts.length === 0) throw new OptionError('zip: no data set came in; want at least one');
    parts.forEach((part, i) => {
      want('zip', `data set ${i}`, part, instanceOf(Dataset));
    });
    const counts = parts.map((part) => part.count);
    return new Dataset<S>(
      function* (meanwhile) {
        const passes = parts.map((part) => part.pass(meanwhile)[Symbol.iterator]());
        try {
          for (;;) {
            const made: unknown[] = [];
            for (const pass of passes) {
              const next = pass.next();
              if (next.done) return;
              made.push(valueOf(next.value));
            }
            yield { made: made as unknown as S };
          }
        } finally {
          for (const pass of passes) pass.return?.();
        }
      },
      counts.every((count) => count !== undefined) ? Math.min(...counts) : undefined,
    );
  }

  /** All of it again and again: n times, or for ever. */
  repeat(times = -1): Dataset<T> {
    wantWhole('repeat', 'times', times, -1);
    const { pass } = this;
    const ends = times === -1 ? Number.POSITIVE_INFINITY : times;
    const count = this.count === 0 || ends === 0 ? 0 : this.count && this.count * ends;
    return new Dataset(function* (meanwhile) {
      for (let i = 0; i < ends; i++) {
        let empty = true;
        for (const item of pass(meanwhile)) {
          empty = false;
          yield item;
        }
        if (empty) return; // nothing, repeated for ever, is nothing
      }
    }, count);
  }

  /**
   * Mixes within a buffer: each element is drawn from the next `bufferSize` ones that have not left, so element i comes
   * out no earlier than at i − bufferSize + 1. Only a buffer as large as the set mixes all of it. Every pass has its own
   * order unless `reshuffleEachIteration` is false; a seed fixes them all, else they come from the global seed.
   */
  shuffle(
    bufferSize: number,
    seed?: number,
    options: { reshuffleEachIteration?: boolean } = {},
  ): Dataset<T> {
    wantWhole('shuffle', 'bufferSize', bufferSize, 1);
    checkOptions('shuffle', options, { reshuffleEachIteration: flag });
    const { pass } = this;
    const reshuffle = options.reshuffleEachIteration ?? true;
    const key = (seed === undefined ? defaultGenerator().split() : new Generator(seed)).state;
    let passes = 0;
    return new Dataset(function* (meanwhile) {
      const random = new Generator(0);
      // Each pass reads its own part of the stream: the counter's upper word is the number of the pass.
      random.state.set([key[0] ?? 0, key[1] ?? 0, 0, reshuffle ? passes++ : 0]);
      let words: Uint32Array = new Uint32Array(0);
      let used = 0;
      const slotBelow = (count: number) => {
        if (used === words.length) {
          words = random.words();
          used = 0;
        }
        return Math.floor(((words[used++] ?? 0) * count) / 0x100000000);
      };
      const buffer: Item<T>[] = [];
      for (const item of pass(meanwhile)) {
        if (buffer.length < bufferSize) {
          buffer.push(item);
          continue;
        }
        const slot = slotBelow(bufferSize);
        const chosen = buffer[slot] as Item<T>;
        buffer[slot] = item;
        yield chosen;
      }
      while (buffer.length > 0) {
        const slot = slotBelow(buffer.length);
        const chosen = buffer[slot] as Item<T>;
        const last = buffer.pop() as Item<T>;
        if (slot < buffer.length) buffer[slot] = last;
        yield chosen;
      }
    }, this.count);
  }

  /**
   * Stacks `size` elements along a new first axis; tensors in arrays and objects each for themselves, plain numbers as
   * float32. The last batch is smaller when they do not come out even, or left out with `dropRemainder`.
   */
  batch(
    size: number,
    options: { dropRemainder?: boolean } = {},
  ): Dataset<T extends number ? Tensor : T> {
    wantWhole('batch', 'size', size, 1);
    checkOptions('batch', options, { dropRemainder: flag });
    const { pass, count } = this;
    const { dropRemainder = false } = options;
    type Batch = T extends number ? Tensor : T;
    return new Dataset<Batch>(
      function* (meanwhile) {
        let items: Item<T>[] = [];
        for (const item of pass(meanwhile)) {
          items.push(item);
          if (items.length < size) continue;
          yield stackItems(items) as Item<Batch>;
          items = [];
        }
        if (items.length > 0 && !dropRemainder) yield stackItems(items) as Item<Batch>;
      },
      count && (dropRemainder ? Math.floor : Math.ceil)(count / size),
    );
  }

  /** Each element as `change` makes it. */
  map<U>(change: (element: T) => U): Dataset<U> {
    wantFunction('map', 'change', change);
    const { pass } = this;
    return new Dataset(function* (meanwhile) {
      for (const item of pass(meanwhile)) yield { made: change(valueOf(item)) };
    }, this.count);
  }

  /** The elements that `keep` says yes to. */
  filter(keep: (element: T) => boolean): Dataset<T> {
    wantFunction('filter', 'keep', keep);
    const { pass } = this;
    return new Dataset(
      function* (meanwhile) {
        for (const item of pass(meanwhile)) {
          const made = valueOf(item);
          if (keep(made)) yield 'index' in item ? item : { made };
        }
      },
      this.count === 0 ? 0 : undefined,
    );
  }

  /** The first n elements; −1 is all of them. */
  take(count: number): Dataset<T> {
    wantWhole('take', 'count', count, -1);
    const { pass } = this;
    if (count === -1) return new Dataset(pass, this.count);
    return new Dataset(
      function* (meanwhile) {
        if (count === 0) return;
        let taken = 0;
        for (const item of pass(meanwhile)) {
          yield item;
          if (++taken === count) return;
        }
      },
      count === 0 ? 0 : this.count && Math.min(count, this.count),
    );
  }

  /** All but the first n elements; −1 skips all of them. */
  skip(count: number): Dataset<T> {
    wantWhole('skip', 'count', count, -1);
    const { pass } = this;
    if (count === -1) return new Dataset<T>(() => [], 0);
    return new Dataset(
      function* (meanwhile) {
        let skipped = 0;
        for (const item of pass(meanwhile)) if (skipped++ >= count) yield item;
      },
      this.count && Math.max(0, this.count - count),
    );
  }

  /** This data set, then another. */
  concatenate(other: Dataset<T>): Dataset<T> {
    want('concatenate', 'the other', other, instanceOf(Dataset));
    const { pass, count } = this;
    return new Dataset(
      function* (meanwhile) {
        yield* pass(meanwhile);
        yield* other.pass(meanwhile);
      },
      count === undefined || other.count === undefined ? undefined : count + other.count,
    );
  }

  /** Pairs of running number and element. */
  enumerate(start = 0): Dataset<[number, T]> {
    const { pass } = this;
    return new Dataset<[number, T]>(function* (meanwhile) {
      let number = start;
      for (const item of pass(meanwhile)) yield { made: [number++, valueOf(item)] };
    }, this.count);
  }

  /**
   * Keeps n elements made and ready before they are asked for. In a `for await` loop they are made while the loop waits
   * for something else; in a plain loop there is no such moment, and they are made when the one before is handed out.
   * Batches of rows are gathered on another thread in either loop.
   */
  prefetch(n: number): Dataset<T> {
    wantWhole('prefetch', 'n', n, 0);
    const { pass } = this;
    return new Dataset((meanwhile) => prefetched(pass(meanwhile), n, meanwhile), this.count);
  }

  /** Number of elements: Infinity if they never end, undefined if that shows only in passing. */
  cardinality(): number | undefined {
    return this.count;
  }

  /** All elements in an array. */
  toArray(): T[] {
    if (this.count === Number.POSITIVE_INFINITY) {
      throw new OptionError(
        'toArray: the data set never ends; want one that does. take(n) ends it',
      );
    }
    return [...this];
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const item of this.pass()) yield valueOf(item);
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<T> {
    const meanwhile: Meanwhile = new Set();
    let awaited = false; // whether makeAhead has a turn before it: elements may come faster than turns do
    const inNextTurn = () => {
      if (awaited || meanwhile.size === 0) return;
      awaited = true;
      setImmediate(makeAhead);
    };
    /** One element a turn of the event loop, so that what the consumer waits for is not kept waiting itself. */
    const makeAhead = () => {
      awaited = false;
      for (const makeOne of meanwhile) {
        if (!makeOne()) continue;
        inNextTurn();
        return;
      }
    };
    for (const item of this.pass(meanwhile)) {
      inNextTurn();
      yield valueOf(item);
    }
  }
}

/** The items, n of them made before they are asked for: meanwhile, or at once if there is no such moment. */
function* prefetched<T>(
  source: Iterable<Item<T>>,
  n: number,
  meanwhile?: Meanwhile,
): Iterable<Item<T>> {
  const items = source[Symbol.iterator]();
  const ready: (() => Item<T> | undefined)[] = [];
  let ended = false;
  let gathers = false; // whether what came last is a batch of rows, which costs this thread next to nothing
  /** Makes one unless enough are ready; an error is kept until its turn comes. */
  const makeOne = (enough: number): boolean => {
    if (ended || ready.length >= enough) return false;
    try {
      const next = items.next();
      ended = next.done === true;
      gathers = next.done !== true && 'indices' in next.value;
      ready.push(next.done ? () => undefined : begun(next.value));
    } catch (error) {
      ended = true;
      ready.push(() => {
        throw error;
      });
    }
    return true;
  };
  const makeAhead = () => makeOne(n);
  meanwhile?.add(makeAhead);
  try {
    for (;;) {
      while (makeOne(meanwhile ? 1 : n + 1));
      const next = ready.shift()?.();
      if (next === undefined) return;
      while (gathers && makeOne(n));
      yield next;
    }
  } finally {
    ended = true;
    meanwhile?.delete(makeAhead);
    items.return?.();
    // Batches that nobody will take: memory is held for them until they are ended.
    for (const end of ready) {
      try {
        end();
      } catch {} // an error whose turn never came
    }
  }
}

/** Begins to gather a batch of rows; what it returns has the item with all that is in it. */
function begun<T>(item: Item<T>): () => Item<T> {
  if (!('indices' in item)) return () => item;
  const end = item.rows.begin(item.indices);
  return () => ({ made: end() });
}

/** Puts items along a new first axis. Rows of one source will be gathered at once, without making each of them. */
function stackItems<T>(items: readonly Item<T>[]): RowBatch<T> | { made: unknown } {
  const [first] = items;
  if (first !== undefined && 'index' in first) {
    const indices: number[] = [];
    for (const item of items) {
      if ('index' in item && item.rows === first.rows) indices.push(item.index);
    }
    if (indices.length === items.length) return { rows: first.rows, indices };
  }
  return { made: stack(items.map(valueOf), 'elements') };
}

function stack(values: readonly unknown[], path: string): unknown {
  const [first] = values;
  if (typeof first === 'number' && values.every((value) => typeof value === 'number')) {
    return tensor(values);
  }
  if (first instanceof Tensor) {
    const batch = allocate(first.dtype, values.length * first.size);
    values.forEach((value, i) => {
      const fits = value instanceof Tensor && sameShape(value.shape, first.shape);
      if (!fits || value.dtype !== first.dtype) {
        throw new ShapeError(
          `batch: ${path} 0 and ${i} are ${kindOf(first)} and ${kindOf(value)}; want one shape and type`,
        );
      }
      batch.set(value.values, i * first.size);
    });
    return fromArray(batch, [values.length, ...first.shape]);
  }
  if (typeof first === 'object' && first !== null) {
    const column = (name: string) =>
      stack(
        values.map((value) => (value as Record<string, unknown> | undefined)?.[name]),
        `${path} (${name})`,
      );
    const names = Object.keys(first);
    if (Array.isArray(first)) return names.map(column);
    return Object.fromEntries(names.map((name) => [name, column(name)]));
  }
  throw new ShapeError(
    `batch: ${path} are ${kindOf(first)}; want tensors or numbers, or arrays or objects of them`,
  );
}

function kindOf(value: unknown): string {
  if (value instanceof Tensor) return `${value.dtype} ${shapeText(value.shape)}`;
  return value === null ? 'null' : typeof value;
}

function wantWhole(verb: string, name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  const all = least === -1 ? ', or −1 for all' : '';
  throw new OptionError(
    `${verb}: ${name} is ${value}; want a whole number of at least ${Math.max(0, least)}${all}`,
  );
}

function wantFunction(verb: string, name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new OptionError(`${verb}: ${name} is ${String(value)}; want a function of an element`);
}
