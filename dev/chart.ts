/**
 * `npm run chart`: everything that can be known of helm/postroute without a cluster. `-- --chart DIR` looks at another copy, `-- --only TEXT` at the
 * cases of the matrix whose name holds it. Exit codes: 0 nothing is wrong, 1 something is, 2 unknown arguments.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkChart, type Part } from './chart/checkChart.ts';
import { chartFolder, helmMissing, helmProgram } from './chart/helm.ts';
import { lanesLeftOut } from './lanes.ts';

/** A fault of a template shows in every part; the first of them are enough to find it. */
const shownMax = 20;

function tell({ what, problems, seconds }: Part): void {
  process.stdout.write(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${what} (${seconds.toFixed(1)} s)\n`);
  for (const problem of problems.slice(0, shownMax)) process.stdout.write(`     ${problem.replaceAll('\n', '\n     ')}\n`);
  if (problems.length > shownMax) process.stdout.write(`     and ${problems.length - shownMax} more\n`);
}

async function main(args: string[]): Promise<number> {
  let options: { chart?: string | undefined; only?: string | undefined };
  try {
    options = parseArgs({ args, options: { chart: { type: 'string' }, only: { type: 'string' } } }).values;
  } catch (error) {
    process.stderr.write(
      `postroute: ${error instanceof Error ? error.message : String(error)}\nnpm run chart [-- --chart DIR] [--only TEXT]\n`,
    );
    return 2;
  }
  const { chart = chartFolder, only = '' } = options;
  if (helmProgram() === null) {
    process.stdout.write(`left out: the chart; ${helmMissing}\n`);
    return process.env['CI_REQUIRE_ALL'] === '1' ? 1 : 0;
  }
  const from = performance.now();
  const parts = await checkChart(resolve(chart), tell, ({ name }) => name.includes(only));
  const leftOut = lanesLeftOut(['promtool']);
  if (leftOut !== null) process.stdout.write(`${leftOut}\n`);
  const failed = parts.filter(({ problems }) => problems.length > 0).length;
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  process.stdout.write(`${failed === 0 ? 'The chart holds' : `${failed} of ${parts.length} parts fail`}, in ${seconds} s.\n`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`postroute: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
