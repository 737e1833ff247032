/** Names that layers get when they are given none: dense, dense_1, dense_2, as in Keras. */

const counts = new Map<string, number>();

export function nextName(className: string): string {
  const stem = snakeCase(className);
  const count = counts.get(stem) ?? 0;
  counts.set(stem, count + 1);
  return count === 0 ? stem : `${stem}_${count}`;
}

/** Starts counting anew. */
export function resetNames(): void {
  counts.clear();
}

/** `Conv2DTranspose` is conv2d_transpose, `MaxPooling2D` max_pooling2d, `VAE` vae. */
function snakeCase(className: string): string {
  return className
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
