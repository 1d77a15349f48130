/** Starts an ephemeral Postroute to be measured; settings of whoever measures stay outside. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ReadyLine } from '../start/readyLine.ts';

const script = fileURLToPath(new URL('../start.ts', import.meta.url));

/** V8's own young generation, as in the image; `npm start` has less, for a developer's memory. */
const asInProduction = { NODE_OPTIONS: '--max-semi-space-size=16' };

function environmentOf(given: Record<string, string>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(EMAIL_|POSTROUTE_|ARDA_|DATABASE_URL$|SENTRY_DSN$|ROLES$)/.test(name));
  return { ...Object.fromEntries(kept), EMAIL_LOG_LEVEL: 'error', ...asInProduction, ...given };
}

/** `stop` resolves when all of it has ended. */
export async function launch(
  flags: readonly string[],
  environment: Record<string, string>,
): Promise<{ ready: ReadyLine; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [script, '--ephemeral', ...flags], {
    env: environmentOf(environment),
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const { stdout } = child;
  if (stdout === null) throw new Error('the launcher has no standard output');
  const ended = once(child, 'exit').then(() => null);
  const line = once(createInterface(stdout), 'line').then(([text]) => String(text));
  const first = await Promise.race([line, ended]);
  if (first === null) throw new Error('Postroute ended before it was ready; what it said is above');
  const ready: ReadyLine = JSON.parse(first);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  return { ready, stop };
}
