/** Benches as they are started, and sizes that take long to fill. */
import { expect, test } from 'vitest';
import { cases, kernelsWithoutCase, tinyCases } from '../bench/cases.ts';

test('every kernel has a size to be timed at, and a tiny one to be checked at', () => {
  expect(kernelsWithoutCase(cases())).toEqual([]);
  expect(kernelsWithoutCase(tinyCases())).toEqual([]);
  expect(kernelsWithoutCase(tinyCases().filter(({ kernel }) => kernel !== 'adam'))).toEqual([
    'adam',
  ]);
});
