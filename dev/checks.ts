/** What `npm run check` looks at besides the tests: types, lint and format, unused code, and files that are generated or derived. */
import { chartFilesProblem } from '../config/chart/write.ts';
import { lockFileProblem } from './lockFile.ts';
import { machineFileProblem } from './machineFile.ts';
import { settingsPageProblem, telemetryPageProblem } from './referencePages.ts';
import { schemaFileProblem } from './schemaFile.ts';
import { runTool, type ToolResult } from './tool.ts';

type Check = { name: string; run(): Promise<ToolResult> };

const tool = (label: string, command: string, ...args: string[]): Check => ({ name: label, run: () => runTool(command, args) });

function derived(name: string, problem: () => Promise<string | null> | string | null): Check {
  const run = async (): Promise<ToolResult> => {
    const startedAt = performance.now();
    const found = await Promise.resolve()
      .then(problem)
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    return { ok: found === null, output: found ?? '', seconds: (performance.now() - startedAt) / 1000 };
  };
  return { name, run };
}

const checks: readonly Check[] = [
  tool('types (tsc)', 'tsc', '--noEmit', '-p', '.'),
  tool('lint and format (biome)', 'biome', 'check', '--error-on-warnings', '.'),
  tool('unused code (knip)', 'knip', '--no-progress'),
  derived('schema.sql', schemaFileProblem),
  derived('machine.svg', machineFileProblem),
  derived('values.schema.json', chartFilesProblem),
  derived('SETTINGS.md', settingsPageProblem),
  derived('TELEMETRY.md', telemetryPageProblem),
  derived('package-lock.json', lockFileProblem),
];

/** One line per check; what a failing one says follows it. Answers whether all passed. */
export async function runChecks(): Promise<boolean> {
  let passed = true;
  for (const { name, run } of checks) {
    const { ok, output, seconds } = await run();
    process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(1)} s)\n`);
    if (!ok) process.stdout.write(`${output.replaceAll(/^/gm, '     ')}\n`);
    passed &&= ok;
  }
  return passed;
}
