import { expect, test } from 'vitest';
import { countLine, countTests, isGreen } from '../../dev/testReport.ts';

const file = (status: string, ...tests: string[]) => ({ status, assertionResults: tests.map((each) => ({ status: each })) });
const report = (passed: number, failed: number, pending: number, ...testResults: ReturnType<typeof file>[]) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: pending,
  numTodoTests: 1,
  success: failed === 0,
  testResults,
});

test.each([
  ['a good run', report(5, 0, 2, file('passed', 'passed')), '5 passed, 0 failed, 3 skipped', true],
  ['a failing test', report(4, 1, 0, file('failed', 'passed', 'failed')), '4 passed, 1 failed, 1 skipped', false],
  [
    'a file that does not load or leaks, besides good ones',
    report(4, 0, 0, file('passed', 'passed'), file('failed')),
    '4 passed, 1 failed, 1 skipped',
    false,
  ],
  [
    'a file whose tests pass and whose clean-up fails',
    report(2, 0, 0, file('failed', 'passed', 'passed')),
    '2 passed, 1 failed, 1 skipped',
    false,
  ],
  ['a run in which nothing ran', report(0, 0, 9), '0 passed, 0 failed, 10 skipped', false],
])('%s', (_name, given, line, green) => {
  const counts = countTests(given);
  expect(countLine(counts)).toBe(line);
  expect(isGreen(counts)).toBe(green);
});

test('a report that says something else is refused, not counted as nothing', () => {
  expect(() => countTests({ numPassedTests: 3 })).toThrow();
});
