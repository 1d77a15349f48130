/**
 * `npm test`: the checks beside the whole suite. With arguments, only vitest, with these arguments.
 *
 * Guarantee: the last line is `N passed, N failed, N skipped`, counted from vitest's own report, and the exit code is 0 only when something passed and
 * nothing failed, here or in the checks. A runner that crashed before it could report counts as one failure.
 */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from './checks.ts';
import { lanesLeftOut } from './lanes.ts';
import { temporaryFolder } from './temporaryFolder.ts';
import { countLine, countTests, isGreen, type TestCounts } from './testReport.ts';
import { checkout, toolEnvironment } from './tool.ts';
import { filesOfOtherDays, isWholeSuite } from './wholeSuite.ts';

function runVitest(reportPath: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`];
  const child = spawn(process.execPath, [join(checkout, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...args], {
    cwd: checkout,
    env: { ...toolEnvironment(), ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  // Whoever started this is gone: then nobody reads the result.
  process.once('disconnect', () => child.kill('SIGTERM'));
  process.channel?.unref();
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** wholeSuite.ts */
const shortened = (): string =>
  [
    'shortened: a fifth of the table of crashes, of the runbooks and of the dearest files is played, another each day; smaller fleets and loads; nothing deployed into moto. CI_REQUIRE_ALL=1 plays all of it.',
    `left to other days: ${filesOfOtherDays().join(' ')}`,
  ].join('\n');

function readCounts(reportPath: string): TestCounts {
  try {
    return countTests(JSON.parse(readFileSync(reportPath, 'utf8')));
  } catch {
    process.stdout.write('vitest ended without a report; what it said is above\n');
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function main(args: readonly string[]): Promise<number> {
  const whole = args.length === 0;
  const folder = temporaryFolder('report');
  try {
    const reportPath = join(folder, 'report.json');
    // Side by side: the tests wait for processes and clocks a fifth of their time.
    const [checked, code] = await Promise.all([
      whole ? runChecks() : true,
      runVitest(reportPath, args, whole ? { POSTROUTE_TESTS: 'today' } : {}),
    ]);
    const counts = readCounts(reportPath);
    const leftOut = lanesLeftOut();
    if (!checked) process.stdout.write('The checks failed; see FAIL among the first lines.\n');
    if (leftOut !== null) process.stdout.write(`${leftOut}\n`);
    if (whole && !isWholeSuite) process.stdout.write(`${shortened()}\n`);
    process.stdout.write(`${countLine(counts)}\n`);
    return checked && code === 0 && isGreen(counts) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main(process.argv.slice(2));
