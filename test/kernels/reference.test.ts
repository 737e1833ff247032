import { expect, test } from 'vitest';
import { reference } from '../../src/kernels/reference.ts';
import { rows as elementwise } from './elementwise.rows.ts';
import { rows as matmul } from './matmul.rows.ts';
import { rows as move } from './move.rows.ts';
import { rows as optimise } from './optimise.rows.ts';
import { rows as random } from './random.rows.ts';
import { rows as reduce } from './reduce.rows.ts';

test('every kernel is compared with its native twin', () => {
  const rows = [elementwise, matmul, move, optimise, random, reduce].flat();
  expect(rows.map((row) => row.kernel).sort()).toEqual(Object.keys(reference).sort());
});
