/** Our matmul beside those of OpenBLAS, BLIS and oneDNN, at the shapes of training and at squares. */
import { type Library, librariesFor, timeBesideLibraries } from './libraries.ts';
import { noise } from './measure.ts';
import { nameOf, products, stridesOf } from './products.ts';
import type { Progress } from './progress.ts';

interface Gemm extends Library {
  run(a: Float32Array, b: Float32Array, y: Float32Array, ...sizes: (number | boolean)[]): void;
}

/** Tables of one and of `most` threads; `json` gives a line for each shape instead. */
export function gemmBesideLibraries(most: number, json: boolean, progress: Progress): void {
  const say = json ? progress.note : progress.print;
  const libraries = librariesFor<Gemm>('gemm', ['openblas', 'blis', 'onednn'], say);
  const run = { most, json, progress, count: products.length };
  timeBesideLibraries('matmul', run, function* () {
    for (const product of products) {
      const [m, k, n, turned] = product;
      const { aRow, aCol, bRow, bCol } = stridesOf(product);
      const [a, b, y] = [noise(m * k), noise(k * n), new Float32Array(m * n)];
      yield {
        ...{ name: nameOf(product), flops: 2 * m * k * n, tolerance: 1e-6 * k + 1e-5 },
        y,
        own: (kernels) => kernels.matmul(a, b, y, 1, m, k, n, 0, aRow, aCol, 0, bRow, bCol),
        others: libraries.map((library) => ({
          name: library.name,
          library,
          run: () => library.run(a, b, y, m, k, n, turned === 'TN', turned === 'NT'),
        })),
      };
    }
  });
}
