import { type Floats, type Ints, type Layout, type Numbers, walk } from './arrays.ts';

/** Every element is `value`. */
export function fill(y: Numbers, value: number): void {
  y.fill(value);
}

/** y = x in another type: to integers towards zero, to floats rounded to the nearest. */
export function cast(x: Numbers, y: Numbers): void {
  for (let i = 0; i < y.length; i++) y[i] = x[i]!;
}

/**
 * Moves a box of numbers: y[yOffset + …] = x[xOffset + …] over the layout's shape, which walks x and y. Slicing,
 * padding, reversing, transposing, tiling and broadcasting are this one loop with other strides.
 */
export function copy(
  x: Numbers,
  y: Numbers,
  layout: Layout,
  xOffset: number,
  yOffset: number,
): void {
  walk(layout, 2, (_, at) => {
    y[yOffset + at[1]!] = x[xOffset + at[0]!]!;
  });
}

/** y[o,k,i] = x[o,indices[k],i]; x is [outer, n, inner], y is [outer, indices, inner]. */
export function gather(
  x: Numbers,
  indices: Ints,
  y: Numbers,
  outer: number,
  n: number,
  inner: number,
): void {
  const count = indices.length;
  if (outer * inner > 0) wantIndices('gather', indices, n);
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < inner; i++) {
        y[(o * count + k) * inner + i] = x[(o * n + indices[k]!) * inner + i]!;
      }
    }
  }
}

/** Ops look at indices before; a replayed step has none. */
function wantIndices(kernel: string, indices: Ints, n: number): void {
  const place = indices.findIndex((index) => index < 0 || index >= n);
  if (place < 0) return;
  throw new RangeError(
    `${kernel}: indices has ${indices[place]} in place ${place}; want at least 0 and less than ${n}`,
  );
}

/** The transpose of gather: y[o,indices[k],i] is the sum of x[o,k,i] over the k that name it, in order of k. */
export function scatterAdd(
  x: Numbers,
  indices: Ints,
  y: Numbers,
  outer: number,
  n: number,
  inner: number,
): void {
  const count = indices.length;
  wantIndices('scatterAdd', indices, n);
  y.fill(0);
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < inner; i++) {
        y[(o * n + indices[k]!) * inner + i]! += x[(o * count + k) * inner + i]!;
      }
    }
  }
}

/** y[k,j] = on where j is indices[k], else off; an index outside [0, depth) makes a row of off. */
export function oneHot(indices: Ints, y: Floats, depth: number, on: number, off: number): void {
  for (let k = 0; k < indices.length; k++) {
    for (let j = 0; j < depth; j++) y[k * depth + j] = indices[k] === j ? on : off;
  }
}
