import { expect, it } from 'vitest';
import { train } from '../../src/cli/train.ts';
import { programs } from '../../src/programs/index.ts';

it('train offers every program under its own name', async () => {
  const offered = await Promise.all(Object.values(train.commands).map((load) => load()));
  expect(offered.map(({ name }) => name)).toEqual(programs.map(({ name }) => name));
  expect(Object.keys(train.commands)).toEqual(programs.map(({ name }) => name));
});
