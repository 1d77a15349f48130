import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Two cores, and every worker has a database and often processes of its own.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/globalSetup.ts'],
    // A test that passes alone and fails in company has state to hide.
    sequence: { shuffle: { files: true, tests: false } },
  },
});
