/** What kernels work on: flat arrays, and layouts that say how to walk them. Kernels know no tensor and no tape. */

export type Floats = Float32Array | Float64Array;
export type Ints = Int32Array;
export type Numbers = Floats | Ints;

/**
 * How a kernel walks several arrays at once over one shape: `[rank, ...shape, ...strides of the first array,
 * ...strides of the second, …]`. Strides count elements; 0 repeats (broadcasting), negative walks backwards.
 * Built by `layoutOf`.
 */
export type Layout = Int32Array;

/**
 * Calls `visit` once for each position of a layout's shape, in row order, with the running number of the position
 * and the offset it has in each of the arrays. Empty shapes visit nothing; rank 0 visits once.
 */
export function walk(
  layout: Layout,
  arrays: number,
  visit: (position: number, offsets: readonly number[]) => void,
): void {
  const rank = layout[0]!;
  const size = (axis: number) => layout[1 + axis]!;
  const stride = (array: number, axis: number) => layout[1 + rank * (1 + array) + axis]!;
  let total = 1;
  for (let axis = 0; axis < rank; axis++) total *= size(axis);

  const index = new Array<number>(rank).fill(0);
  const offsets = new Array<number>(arrays).fill(0);
  for (let position = 0; position < total; position++) {
    visit(position, offsets);
    // Count up like an odometer: the last axis turns fastest.
    for (let axis = rank - 1; axis >= 0; axis--) {
      index[axis]!++;
      for (let array = 0; array < arrays; array++) offsets[array]! += stride(array, axis);
      if (index[axis]! < size(axis)) break;
      for (let array = 0; array < arrays; array++) {
        offsets[array]! -= stride(array, axis) * size(axis);
      }
      index[axis] = 0;
    }
  }
}
