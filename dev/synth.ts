/**
 * `npm run synth`: the stacks of config/partitions.yaml into `cdk.out`, as `cdk deploy` would make them. Needs no account and no network. Ends with 1
 * when a partition is not whole, a rule of AWS Solutions is broken without a reason, or a published name is not the contract's or not the documented one.
 */
import { readFileSync } from 'node:fs';
import { partitionExports } from '../config/partitionExports.ts';
import { checkout, runTool } from './tool.ts';

/** Those who read an export or a parameter by its name are not in this repository: a name that changes in the contract must at least be said. */
function undocumentedNames(): string[] {
  const documented = [...readFileSync(`${checkout}infra/README.md`, 'utf8').matchAll(/^\| `(API-\w+)`/gm)].map(([, name]) => name ?? '');
  const published: readonly string[] = Object.values(partitionExports);
  return [
    ...published.filter((name) => !documented.includes(name)).map((name) => `${name} is published, and infra/README.md does not name it`),
    ...documented.filter((name) => !published.includes(name)).map((name) => `${name} is promised by infra/README.md, and not published`),
  ];
}

process.env['CDK_DISABLE_CLI_TELEMETRY'] = 'true';
const { ok, output, seconds } = await runTool('cdk', ['synth', '--quiet', ...process.argv.slice(2)]);
const problems = undocumentedNames();
const whole = ok && problems.length === 0;
process.stdout.write(`${[output, ...problems].join('\n')}\n${whole ? 'synthesised' : 'NOT synthesised'} in ${seconds.toFixed(1)} s\n`);
process.exitCode = whole ? 0 : 1;
