/**
 * `npm run synth`: the stacks of config/partitions.yaml into `cdk.out`, as `cdk deploy` would make them. Needs no account and no network. Ends with 1
 * when a partition is not whole, a rule of AWS Solutions is broken without a reason, or a published name is not the contract's.
 */
import { runTool } from './tool.ts';

process.env['CDK_DISABLE_CLI_TELEMETRY'] = 'true';
const { ok, output, seconds } = await runTool('cdk', ['synth', '--quiet', ...process.argv.slice(2)]);
process.stdout.write(`${output}\n${ok ? 'synthesised' : 'NOT synthesised'} in ${seconds.toFixed(1)} s\n`);
process.exitCode = ok ? 0 : 1;
