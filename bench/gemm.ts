/** Our matmul beside those of OpenBLAS, BLIS and oneDNN, at the shapes of training and at squares. */
import { type Library, librariesFor, timeBesideLibraries } from './libraries.ts';
import { noise } from './measure.ts';
import { layer, nameOf, type Product, square, stridesOf } from './products.ts';

interface Gemm extends Library {
  run(a: Float32Array, b: Float32Array, y: Float32Array, ...sizes: (number | boolean)[]): void;
}

const products: readonly Product[] = [
  ...layer(32, 784, 128),
  ...layer(32, 128, 64),
  ...layer(32, 64, 128),
  ...layer(32, 128, 784),
  ...layer(128, 784, 256),
  ...layer(128, 256, 256),
  ...layer(128, 256, 20),
  ...layer(128, 20, 256),
  ...layer(128, 256, 784),
  ...[256, 512, 1024, 2048].map(square),
];

/** Tables of one and of `most` threads; `json` gives a line for each shape instead. */
export function gemmBesideLibraries(most: number, json: boolean): void {
  const say = json ? console.error : console.log;
  const libraries = librariesFor<Gemm>('gemm', ['openblas', 'blis', 'onednn'], say);
  timeBesideLibraries('matmul', { most, json, say }, function* (kernels) {
    for (const product of products) {
      const [m, k, n, turned] = product;
      const { aRow, aCol, bRow, bCol } = stridesOf(product);
      const [a, b, y] = [noise(m * k), noise(k * n), new Float32Array(m * n)];
      yield {
        ...{ name: nameOf(product), flops: 2 * m * k * n, tolerance: 1e-6 * k + 1e-5 },
        y,
        own: () => kernels.matmul(a, b, y, 1, m, k, n, 0, aRow, aCol, 0, bRow, bCol),
        others: libraries.map((library) => ({
          name: library.name,
          library,
          run: () => library.run(a, b, y, m, k, n, turned === 'TN', turned === 'NT'),
        })),
      };
    }
  });
}
