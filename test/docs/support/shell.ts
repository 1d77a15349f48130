/** Commands from a page, run as a person pastes them: by sh, in the checkout, with nothing set but what the page says must be. */
import { spawn } from 'node:child_process';
import { toolEnvironment } from '../../../dev/tool.ts';
import { root } from './page.ts';

export type ShellRun = { code: number | null; out: string; errors: string };

/** Settings of whoever runs the tests must not reach what a page says. */
const ours =
  /^(EMAIL_|POSTROUTE_|POSTMARK_|ARDA_|METRICS_|NAME_SERVER|DATABASE_URL$|SENTRY_|ROLES$|PARTITION$|TENANT$|FORCE_COLOR$|NO_COLOR$)/;

export const plainEnvironment = (given: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(toolEnvironment()).filter(([name]) => !ours.test(name))),
  ...given,
});

/** `-eu`: a command that finds nothing, or a variable that no page mentions, fails the run. */
export function runShell(script: string, environment: Readonly<Record<string, string>>): Promise<ShellRun> {
  const child = spawn('sh', ['-eu'], { cwd: root, env: plainEnvironment(environment) });
  const run: ShellRun = { code: null, out: '', errors: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    run.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    run.errors += chunk.toString();
  });
  child.stdin.end(script);
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...run, code })));
}
