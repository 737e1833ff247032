import type { Floats } from './arrays.ts';
import { finish, none } from './epilogue.ts';

/**
 * y[b,i,j] = sum over l of a[b,i,l] · b[b,l,j] for each of `batch` matrices; y in row order. Strides count elements,
 * so a transpose is a swap of strides and a batch stride of 0 repeats one matrix for every member of the batch. Then
 * y is finished with a bias of n numbers and an activation or its gradient, if there are any (epilogue.ts).
 */
export function matmul(
  a: Floats,
  b: Floats,
  y: Floats,
  batch: number,
  m: number,
  k: number,
  n: number,
  aBatch: number,
  aRow: number,
  aCol: number,
  bBatch: number,
  bRow: number,
  bCol: number,
  bias: Floats = none,
  after: number = 0,
  beside: Floats = none,
): void {
  for (let t = 0; t < batch; t++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          sum += a[t * aBatch + i * aRow + l * aCol]! * b[t * bBatch + l * bRow + j * bCol]!;
        }
        y[(t * m + i) * n + j] = sum;
      }
    }
  }
  finish(y.subarray(0, batch * m * n), bias, after, beside);
}
