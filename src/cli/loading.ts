import type { LoadOptions } from '../data/mnist.ts';
import { ProgressBar } from './progress.ts';

/** Shows a bar for each file that arrives. */
export async function withProgress<T>(
  work: (onProgress: NonNullable<LoadOptions['onProgress']>) => Promise<T>,
): Promise<T> {
  let bar: ProgressBar | undefined;
  let shown = '';
  try {
    return await work((file, done, total) => {
      if (file !== shown) {
        bar?.end();
        bar = new ProgressBar({ label: file, unit: 'bytes', screen: process.stderr });
        shown = file;
      }
      bar?.update(done, total);
    });
  } finally {
    bar?.end();
  }
}
