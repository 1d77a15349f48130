/**
 * The shell of somebody who deploys, with moto for AWS: `npm run` and `npx` of this checkout, an `aws` of any age at moto's address, `cdk` with templates
 * that were made already, and `helm upgrade` that renders, since there is no cluster.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { helmProgram } from '../../../dev/chart/helm.ts';
import { checkout } from '../../../dev/tool.ts';
import { runShell } from '../../docs/support/shell.ts';
import { laneProgram } from '../../support/lane.ts';
import type { AwsEnvironment } from '../../support/moto.ts';

export type Deployer = {
  /** Where `cdk` finds its templates. */
  assembly: string;
  /** What `helm` rendered last. */
  rendered: string;
  /** Runs commands as in this account; throws with what they said when one fails. Answers what was printed. */
  run(script: string, account: AwsEnvironment, more?: Readonly<Record<string, string>>): Promise<string>;
};

export function deployer(folder: string): Deployer {
  const bin = join(folder, 'bin');
  const assembly = join(folder, 'assembly');
  const rendered = join(folder, 'rendered.yaml');
  mkdirSync(bin, { recursive: true });
  const program = (name: string, ...lines: string[]): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\nset -eu\n${lines.join('\n')}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const aws = laneProgram('aws');
  if (aws !== null) program('aws', `exec "${aws}" --endpoint-url "$AWS_ENDPOINT_URL" "$@"`);
  program('npm', '[ "$1" = run ] || exit 64', 'verb="$2"; shift 2; [ $# = 0 ] || shift', `exec node "${checkout}dev/$verb.ts" "$@"`);
  program(
    'npx',
    `if [ "$1" = postroute ]; then shift; exec node "${checkout}bin/postroute.mjs" "$@"; fi`,
    '[ "$1" = cdk ] || exit 64',
    'shift',
    `exec "${checkout}node_modules/.bin/cdk" --app "${assembly}" --no-color "$@"`,
  );
  program('helm', '[ "$1 $2" = "upgrade --install" ] || exit 64', 'shift 2', `"${helmProgram()}" template "$@" > "${rendered}"`);
  const run: Deployer['run'] = async (script, account, more = {}) => {
    const PATH = `${bin}:${checkout}node_modules/.bin:${process.env['PATH'] ?? ''}`;
    const answer = await runShell(script, {
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      ...account,
      AWS_DEFAULT_REGION: account.AWS_REGION,
      ...more,
      PATH,
    });
    if (answer.code !== 0) throw new Error(`${script}\nended with ${answer.code}:\n${answer.out}${answer.errors}`);
    return answer.out;
  };
  return { assembly, rendered, run };
}
