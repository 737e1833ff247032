/** Every op that has a record, by the name of its record. Tests, `tapegrad gradcheck` and docs/ops.md walk this list. */
import {
  activationOps,
  relu,
  relu6,
  reluGrad,
  sigmoid,
  sigmoidGrad,
  softplus,
  tanh,
  tanhGrad,
} from './activation.ts';
import { broadcastOps } from './broadcast.ts';
import { conv2dOps } from './conv2d.ts';
import type { AnyRecord } from './define.ts';
import * as elementwise from './elementwise.ts';
import { gatherOps } from './gather.ts';
import { lossOps } from './losses.ts';
import { matmulOps } from './matmul.ts';
import { moveOps } from './move.ts';
import { poolOps } from './pool.ts';
import { reduceOps } from './reduce.ts';
import { reshapeOps } from './reshape.ts';
import { resizeOps } from './resize.ts';

/** What the catalogue holds of an op, whatever its inputs are called. */
export interface Listed {
  readonly record: AnyRecord;
}

/** Families of ops, each in the file of its name; the order is that of docs/ops.md. */
export const families: Readonly<Record<string, readonly Listed[]>> = {
  elementwise: recordsIn({ ...elementwise, ...elementwise.elementwiseOps }),
  activation: recordsIn({
    ...{ sigmoid, sigmoidGrad, tanh, tanhGrad, relu, reluGrad, relu6, softplus },
    ...activationOps,
  }),
  matmul: recordsIn(matmulOps),
  broadcast: recordsIn(broadcastOps),
  reduce: recordsIn(reduceOps),
  reshape: recordsIn(reshapeOps),
  move: recordsIn(moveOps),
  gather: recordsIn(gatherOps),
  losses: recordsIn(lossOps),
  conv2d: recordsIn(conv2dOps),
  pool: recordsIn(poolOps),
  resize: recordsIn(resizeOps),
};

/** Every op by its record's name. */
export const catalogue: ReadonlyMap<string, Listed> = new Map(
  Object.values(families).flatMap((ops) => ops.map((op) => [op.record.name, op] as const)),
);

/** Those of a module's exports that are ops, by name. */
function recordsIn(exports: object): Listed[] {
  return Object.values(exports)
    .filter((value): value is Listed => typeof value === 'function' && 'record' in value)
    .sort((a, b) => (a.record.name < b.record.name ? -1 : 1));
}
