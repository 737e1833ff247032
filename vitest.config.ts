import { defineConfig } from 'vitest/config';

/** Tests that take seconds: they build, train, or load the addon in processes of their own. */
const slow = ['test/**/*.slow.test.ts', 'test/native*.test.ts', 'test/programs/**/*.test.ts'];
const all = 'test/**/*.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'quick', include: [all], exclude: slow } },
      { extends: true, test: { name: 'slow', include: slow } },
    ],
  },
});
