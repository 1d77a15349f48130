/** What no single setting can be blamed for. */
import { settingAt } from './catalogue.ts';
import type { Environment } from './environmentLayer.ts';
import type { Given } from './layer.ts';
import type { SettingProblem } from './settingsError.ts';

export function acrossSettings(given: ReadonlyMap<string, Given>, environment: Environment): SettingProblem[] {
  return [...secretsAreGiven(given), sentryAgrees(given, environment), clockIsLocal(given), portsDiffer(given)].filter(
    (problem) => problem !== null,
  );
}

/** Each may come as a value or in a file, and one of the two must. */
const secrets: readonly { path: string; file: string; remedy: string }[] = [
  {
    path: 'apiKey.current',
    file: 'apiKey.file',
    remedy: 'Set ARDA_API_KEY to the operator key, or ARDA_API_KEY_FILE to a file that holds { "current", "previous" }.',
  },
  {
    path: 'postmark.accountToken',
    file: 'postmark.accountTokenFile',
    remedy:
      'Set EMAIL_POSTMARK_ACCOUNT_TOKEN to X-Postmark-Account-Token, or EMAIL_POSTMARK_ACCOUNT_TOKEN_FILE to a file that holds { "current", "previous" }.',
  },
  {
    path: 'webhook.signingKey',
    file: 'webhook.signingKeyFile',
    remedy:
      'Set EMAIL_WEBHOOK_SIGNING_KEY to the key of X-Postroute-Signature, or EMAIL_WEBHOOK_SIGNING_KEY_FILE to a file that holds { "current", "previous" }.',
  },
];

function secretsAreGiven(given: ReadonlyMap<string, Given>): SettingProblem[] {
  return secrets
    .filter(({ path, file }) => !given.has(path) && !given.has(file))
    .map(({ path, file, remedy }) => ({
      key: path,
      given: null,
      origin: null,
      problem: `is missing, and so is ${file}`,
      remedy,
      missing: true,
    }));
}

/** The partition is the Sentry environment; a chart that says both must say the same. */
function sentryAgrees(given: ReadonlyMap<string, Given>, environment: Environment): SettingProblem | null {
  const said = environment['SENTRY_ENVIRONMENT'];
  const partition = given.get('partition')?.value;
  if (said === undefined || said === '' || partition === undefined || said === partition) return null;
  const remedy = `Set it to ${JSON.stringify(partition)}, or leave it out: the partition is the Sentry environment.`;
  return { key: 'SENTRY_ENVIRONMENT', given: JSON.stringify(said), origin: 'the environment', problem: 'must equal the partition', remedy };
}

const apiPort = settingAt('http.port')?.fallback;
const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** A sandbox listens on loopback only, so another host here is a production service about to be given somebody else's time. */
function clockIsLocal(given: ReadonlyMap<string, Given>): SettingProblem | null {
  const url = given.get('clock.url');
  if (typeof url?.value !== 'string' || !URL.canParse(url.value) || loopback.has(new URL(url.value).hostname)) return null;
  const remedy = 'Leave it out, except beside a sandbox on this machine.';
  return { key: 'clock.url', given: JSON.stringify(url.value), origin: url.origin, problem: 'must be an address of this machine', remedy };
}

/** Both servers would want it, and the second to come would end the process. 0 takes a free one each time. */
function portsDiffer(given: ReadonlyMap<string, Given>): SettingProblem | null {
  const port = given.get('metrics.port');
  if (typeof port?.value !== 'number' || port.value === 0 || port.value !== (given.get('http.port')?.value ?? apiPort)) return null;
  const remedy = 'Give it a port of its own, or leave it out: then /metrics is on the API port.';
  return { key: 'metrics.port', given: String(port.value), origin: port.origin, problem: 'is the port of the API, http.port', remedy };
}
