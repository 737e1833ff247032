import type { Numbers } from '../kernels/arrays.ts';

/** Axes longer than this show their first and last few elements only. */
const longest = 12;
const atEachEnd = 3;
/** More numbers than these are not shown: axes are then shortened from the outermost on, to their ends or even less. */
const mostShown = 1000;
const shorter: readonly Ends[] = [
  { first: atEachEnd, last: atEachEnd },
  { first: 1, last: 1 },
  { first: 1, last: 0 },
];

interface Ends {
  readonly first: number;
  readonly last: number;
}

/** What is shown of a tensor. */
interface Printed {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly rank: number;
  readonly values: Numbers;
}

/**
 * A tensor for people: its type and shape, then the numbers in aligned columns, long axes shortened.
 *
 *     float32 [2,3]
 *     [[ 1.0000,  2.5000, -3.0000],
 *      [ 0.1000,  0.0000,     NaN]]
 */
export function formatTensor(t: Printed): string {
  const { shape, values } = t;
  const heading = `${t.dtype} [${shape.join(',')}]`;
  if (t.rank === 0) return `${heading} ${cellsOf([values[0] as number], t.dtype === 'int32')[0]}`;
  if (t.size === 0) return `${heading} []`;

  const places = placesShown(shape);
  const shown: number[] = [];
  visitShown(shape, places, 0, 0, (offset) => shown.push(values[offset] as number));
  const cells = cellsOf(shown, t.dtype === 'int32');
  const width = Math.max(...cells.map((c) => c.length));
  let next = 0;

  const write = (axis: number): string => {
    if (axis === shape.length) return (cells[next++] as string).padStart(width);
    const parts = (places[axis] as number[]).map((place) => (place < 0 ? '…' : write(axis + 1)));
    const innermost = axis === shape.length - 1;
    const between = innermost
      ? ', '
      : `,${'\n'.repeat(shape.length - 1 - axis)}${' '.repeat(axis + 1)}`;
    return `[${parts.join(between)}]`;
  };
  return `${heading}\n${write(0)}`;
}

/** The places of each axis that are shown; −1 stands for those left out. */
function placesShown(shape: readonly number[]): number[][] {
  const places = shape.map((n) => placesOf(n, n > longest ? shorter[0] : undefined));
  for (const ends of shorter) {
    for (const [axis, n] of shape.entries()) {
      const shown = places.reduce((all, some) => all * some.filter((p) => p >= 0).length, 1);
      if (shown <= mostShown) return places;
      if (n > ends.first + ends.last) places[axis] = placesOf(n, ends);
    }
  }
  return places;
}

function placesOf(n: number, ends?: Ends): number[] {
  const all = (count: number, from: number) => Array.from({ length: count }, (_, i) => from + i);
  return ends ? [...all(ends.first, 0), -1, ...all(ends.last, n - ends.last)] : all(n, 0);
}

function visitShown(
  shape: readonly number[],
  places: readonly (readonly number[])[],
  axis: number,
  offset: number,
  visit: (offset: number) => void,
): void {
  if (axis === shape.length) {
    visit(offset);
    return;
  }
  const n = shape[axis] as number;
  for (const place of places[axis] as readonly number[]) {
    if (place >= 0) visitShown(shape, places, axis + 1, offset * n + place, visit);
  }
}

/** One text a number: whole numbers plain, else four decimals, or powers of ten where the sizes differ too much. */
function cellsOf(numbers: readonly number[], whole: boolean): string[] {
  const finite = numbers.filter((x) => Number.isFinite(x)).map(Math.abs);
  const largest = Math.max(0, ...finite);
  const smallest = Math.min(Infinity, ...finite.filter((x) => x > 0));
  const allWhole = whole || finite.every((x) => Number.isInteger(x));
  const powers =
    !whole &&
    (largest >= 1e8 || (smallest < 1e-4 && smallest !== Infinity) || (!allWhole && largest >= 1e5));
  return numbers.map((x) => {
    if (Number.isNaN(x)) return 'NaN';
    if (!Number.isFinite(x)) return x > 0 ? 'Infinity' : '-Infinity';
    if (powers) return x.toExponential(4);
    return allWhole ? String(x) : x.toFixed(4);
  });
}

/** Makes `console.log` show what `toString` says. */
export function printsItself(type: { prototype: { toString(): string } }): void {
  Object.defineProperty(type.prototype, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: { toString(): string }) {
      return this.toString();
    },
  });
}
