import { defineConfig } from 'vitest/config';
import { filesOfOtherDays } from './dev/wholeSuite.ts';

/** Where a test starts real processes. The rest runs in the worker's own process. */
const withProcesses = ['test/loop/**', 'test/dev/**', 'test/docs/**', 'test/bin/**'].map((folder) => `${folder}/*.test.ts`);

/** Set by dev/test.ts for a run of everything, and not for one of files that were asked for. */
const notToday = process.env['POSTROUTE_TESTS'] === 'today' ? filesOfOtherDays() : [];

export default defineConfig({
  test: {
    pool: 'forks',
    // Two cores, and every worker has a database and often processes of its own. A third worker gains nothing (478 s each), and starves the others.
    maxWorkers: 2,
    // A test that hangs is given up late and one that waits looks for long: on a machine that others use as well, ten times slower has been seen.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    globalSetup: ['test/support/globalSetup.ts'],
    // A test that passes alone and fails in company has state to hide.
    sequence: { shuffle: { files: true, tests: false } },
    projects: [
      { extends: true, test: { name: 'processes', include: withProcesses, exclude: notToday, testTimeout: 90_000 } },
      // Nothing in the rooms keeps state in a module, so their files share a worker and load slonik, zod and the SDKs once.
      { extends: true, test: { name: 'rooms', include: ['test/**/*.test.ts'], exclude: [...withProcesses, ...notToday], isolate: false } },
    ],
  },
});
