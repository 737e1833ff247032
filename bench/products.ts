/** The matrix products of dense layers, and how their operands lie. */

/** y[m,n] of a[m,k] and b[k,n]. A `T` operand lies transposed, as the gradients of a matmul have them. */
export type Product = readonly [m: number, k: number, n: number, turned: 'NN' | 'TN' | 'NT'];

/** Forward, gradient of the weights, gradient of the input, of a dense layer. */
export const layer = (batch: number, inputs: number, outputs: number): Product[] => [
  [batch, inputs, outputs, 'NN'],
  [inputs, batch, outputs, 'TN'],
  [batch, outputs, inputs, 'NT'],
];

const square = (size: number): Product => [size, size, size, 'NN'];

/** Those of the programs' layers, and squares. */
export const products: readonly Product[] = [
  ...layer(32, 784, 128),
  ...layer(32, 128, 64),
  ...layer(32, 64, 128),
  ...layer(32, 128, 784),
  ...layer(128, 784, 256),
  ...layer(128, 256, 256),
  ...layer(128, 256, 20),
  ...layer(128, 20, 256),
  ...layer(128, 256, 784),
  ...layer(32, 100, 100),
  ...[64, 128, 256, 512, 1024, 2048].map(square),
];

export const nameOf = ([m, k, n, turned]: Product): string => `${turned} ${m}×${k}×${n}`;

/** Numbers from row to row and from column to column, of a and of b. */
export function stridesOf([m, k, n, turned]: Product): {
  readonly [stride in 'aRow' | 'aCol' | 'bRow' | 'bCol']: number;
} {
  const [aRow, aCol] = turned === 'TN' ? [1, m] : [k, 1];
  const [bRow, bCol] = turned === 'NT' ? [1, k] : [n, 1];
  return { aRow, aCol, bRow, bCol };
}
