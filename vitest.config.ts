import { defineConfig } from 'vitest/config';

/** Where a test starts real processes. The rest runs in the worker's own process. */
const withProcesses = ['test/loop/**', 'test/dev/**', 'test/docs/**', 'test/bin/**'].map((folder) => `${folder}/*.test.ts`);

export default defineConfig({
  test: {
    pool: 'forks',
    // One more than the two cores of the machines this runs on: tests with real processes wait for leases and timers a part of their time.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/globalSetup.ts'],
    // A test that passes alone and fails in company has state to hide.
    sequence: { shuffle: { files: true, tests: false } },
    projects: [
      { extends: true, test: { name: 'processes', include: withProcesses } },
      // Nothing in the rooms keeps state in a module, so their files share a worker and load slonik, zod and the SDKs once.
      { extends: true, test: { name: 'rooms', include: ['test/**/*.test.ts'], exclude: withProcesses, isolate: false } },
    ],
  },
});
