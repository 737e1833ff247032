import { defineConfig } from 'vitest/config';

/** Tests that take seconds: native kernels on every instruction set, training, drawing, processes of their own. */
const slow = [
  'test/kernels/**/*.test.ts',
  'test/**/*.slow.test.ts',
  'test/cli/{decode,gradcheck,interpolate,reconstruct,sample}.test.ts',
  'test/native*.test.ts',
  'test/programs/**/*.test.ts',
  'test/ops/random-programs.test.ts',
  'test/ops/properties.test.ts',
  'test/data/drawn-sets.test.ts',
  'test/data/download.test.ts',
  'test/data/mnist.test.ts',
  'test/io/scatter*.test.ts',
];
const all = 'test/**/*.test.ts';

export default defineConfig({
  test: {
    testTimeout: 30_000,
    globalSetup: 'test/temporary.ts',
    projects: [
      // Without isolation a worker loads the sources once and not for every file: a third of the time. Vitest alone
      // would leave one processor of two unused; projects that differ in workers run one after the other.
      {
        extends: true,
        test: {
          ...{ name: 'quick', include: [all], exclude: slow },
          ...{ pool: 'threads', isolate: false, maxWorkers: '100%' },
        },
      },
      {
        extends: true,
        test: { name: 'slow', pool: 'forks', include: slow, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
