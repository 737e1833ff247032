import { expect, test } from 'vitest';
import { reference } from '../../src/kernels/reference.ts';
import { rows as conv2d } from './conv2d.rows.ts';
import { rows as elementwise } from './elementwise.rows.ts';
import { rows as matmul } from './matmul.rows.ts';
import { rows as move } from './move.rows.ts';
import { rows as optimise } from './optimise.rows.ts';
import { rows as pool } from './pool.rows.ts';
import { rows as random } from './random.rows.ts';
import { rows as reduce } from './reduce.rows.ts';
import { rows as resize } from './resize.rows.ts';

test('every kernel is compared with its native twin', () => {
  const rows = [conv2d, elementwise, matmul, move, optimise, pool, random, reduce, resize].flat();
  const compared = [...new Set(rows.map((row) => row.kernel))];
  expect(compared.sort()).toEqual(Object.keys(reference).sort());
});
