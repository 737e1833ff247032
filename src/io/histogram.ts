/** One bucket: from `left` (included) to `right` (excluded, but for the last bucket). */
export type Bucket = readonly [left: number, right: number, count: number];

/**
 * Counts values in buckets of equal width between the smallest and the largest, as TensorFlow's summaries do: when all
 * are equal every bucket is empty but the last, and without values all are zero. NaN and infinities are not counted.
 */
export function histogramOf(values: ArrayLike<number>, buckets = 30): Bucket[] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let finite = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
    finite++;
  }
  const counts = new Array<number>(buckets).fill(0);
  if (finite === 0) return counts.map(() => [0, 0, 0]);

  const width = (high - low) / buckets;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (!Number.isFinite(value)) continue;
    const at = width > 0 ? Math.min(buckets - 1, Math.floor((value - low) / width)) : buckets - 1;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  const edge = (i: number) => (i === buckets ? high : low + i * width);
  return counts.map((count, i) => [edge(i), edge(i + 1), count]);
}
