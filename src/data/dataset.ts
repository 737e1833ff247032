/** A pipeline of elements with the verbs of tf.data, and their meaning. */
import { OptionError, ShapeError } from '../core/errors.ts';
import { defaultGenerator, Generator } from '../core/random.ts';
import { sameShape, shapeText } from '../core/shape.ts';
import { allocate, fromArray, Tensor, tensor } from '../core/tensor.ts';
import { type RowOf, type Rows, rowsOf, type SliceSource } from './rows.ts';

/**
 * One element on its way: made already, or the number of a row. Rows stay numbers through repeat and shuffle, and
 * `batch` gathers them in one go, so a shuffle buffer of 10,000 images holds no image.
 */
type Item<T> = { readonly made: T } | { readonly rows: Rows<T>; readonly index: number };

interface Awaited<T> {
  readonly ahead: number;
  readonly pass: () => Iterable<Item<T>>;
}

function valueOf<T>(item: Item<T>): T {
  return 'made' in item ? item.made : item.rows.at(item.index);
}

/** Elements of a data set, in order; iterated as often as you like, each time from the beginning. */
export class Dataset<T> implements Iterable<T>, AsyncIterable<T> {
  /** Starts a pass over the items. */
  private readonly pass: () => Iterable<Item<T>>;
  private readonly count: number | undefined;
  /** How a pass that is awaited goes: how many elements it keeps ready, of which items. */
  private readonly awaited: Awaited<T>;

  private constructor(
    pass: () => Iterable<Item<T>>,
    count: number | undefined,
    awaited: Awaited<T> = { ahead: 0, pass },
  ) {
    this.pass = pass;
    this.count = count;
    this.awaited = awaited;
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
    const counts = parts.map((part) => part.count);
    return new Dataset<S>(
      function* () {
        const passes = parts.map((part) => part[Symbol.iterator]());
        try {
          for (;;) {
            const made: unknown[] = [];
            for (const pass of passes) {
              const next = pass.next();
              if (next.done) return;
              made.push(next.value);
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
    return new Dataset(function* () {
      for (let i = 0; i < ends; i++) {
        let empty = true;
        for (const item of pass()) {
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
    const { pass } = this;
    const reshuffle = options.reshuffleEachIteration ?? true;
    const key = (seed === undefined ? defaultGenerator().split() : new Generator(seed)).state;
    let passes = 0;
    return new Dataset(function* () {
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
      for (const item of pass()) {
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
    const { pass, count } = this;
    const { dropRemainder = false } = options;
    type Batch = T extends number ? Tensor : T;
    return new Dataset<Batch>(
      function* () {
        let items: Item<T>[] = [];
        for (const item of pass()) {
          items.push(item);
          if (items.length < size) continue;
          yield { made: stackItems(items) as Batch };
          items = [];
        }
        if (items.length > 0 && !dropRemainder) yield { made: stackItems(items) as Batch };
      },
      count && (dropRemainder ? Math.floor : Math.ceil)(count / size),
    );
  }

  /** Each element as `change` makes it. */
  map<U>(change: (element: T) => U): Dataset<U> {
    const { pass } = this;
    return new Dataset(function* () {
      for (const item of pass()) yield { made: change(valueOf(item)) };
    }, this.count);
  }

  /** The elements that `keep` says yes to. */
  filter(keep: (element: T) => boolean): Dataset<T> {
    const { pass } = this;
    return new Dataset(
      function* () {
        for (const item of pass()) if (keep(valueOf(item))) yield item;
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
      function* () {
        if (count === 0) return;
        let taken = 0;
        for (const item of pass()) {
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
      function* () {
        let skipped = 0;
        for (const item of pass()) if (skipped++ >= count) yield item;
      },
      this.count && Math.max(0, this.count - count),
    );
  }

  /** This data set, then another. */
  concatenate(other: Dataset<T>): Dataset<T> {
    const { pass, count } = this;
    return new Dataset(
      function* () {
        yield* pass();
        yield* other.pass();
      },
      count === undefined || other.count === undefined ? undefined : count + other.count,
    );
  }

  /** Pairs of running number and element. */
  enumerate(start = 0): Dataset<[number, T]> {
    const { pass } = this;
    return new Dataset<[number, T]>(function* () {
      let number = start;
      for (const item of pass()) yield { made: [number++, valueOf(item)] };
    }, this.count);
  }

  /**
   * Keeps n elements made and ready before they are asked for. In a `for await` loop they are made while the loop waits
   * for something else; in a plain loop there is no such moment, and they are made when the one before is handed out.
   */
  prefetch(n: number): Dataset<T> {
    wantWhole('prefetch', 'n', n, 0);
    const { pass } = this;
    return new Dataset(
      function* () {
        const ready: Item<T>[] = [];
        for (const item of pass()) {
          ready.push(item);
          if (ready.length > n) yield ready.shift() as Item<T>;
        }
        yield* ready;
      },
      this.count,
      { ahead: n, pass },
    );
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
    const { ahead, pass } = this.awaited;
    const items = pass()[Symbol.iterator]();
    const ready: (() => IteratorResult<Item<T>>)[] = [];
    let ended = false;
    /** Makes one element; an error is kept until its turn comes. */
    const makeOne = () => {
      try {
        const next = items.next();
        ended = next.done === true;
        ready.push(() => next);
      } catch (error) {
        ended = true;
        ready.push(() => {
          throw error;
        });
      }
    };
    const makeAhead = () => {
      if (ended || ready.length >= ahead) return;
      makeOne();
      setImmediate(makeAhead);
    };
    try {
      for (;;) {
        if (ready.length === 0) makeOne();
        const next = ready.shift()?.();
        if (next === undefined || next.done) return;
        setImmediate(makeAhead);
        yield valueOf(next.value);
      }
    } finally {
      ended = true;
      items.return?.();
    }
  }
}

/** Puts items along a new first axis. Rows of one source are gathered at once, without making each of them. */
function stackItems<T>(items: readonly Item<T>[]): unknown {
  const [first] = items;
  if (first !== undefined && 'rows' in first) {
    const indices: number[] = [];
    for (const item of items) {
      if ('rows' in item && item.rows === first.rows) indices.push(item.index);
    }
    if (indices.length === items.length) return first.rows.gather(indices);
  }
  return stack(items.map(valueOf), 'elements');
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
