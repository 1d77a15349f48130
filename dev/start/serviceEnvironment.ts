/**
 * The settings of a service beside the sandbox, as environment variables. What was given from outside stands: each setting is only filled in where
 * neither of its names is set. Real AWS credentials do not reach it: they have no business beside a sandbox.
 */
import { settingAt } from '../../config/catalogue.ts';
import type { SandboxFacts } from './sandbox.ts';

export type Surroundings = {
  sandbox: SandboxFacts;
  partition: string;
  databaseUrl: string;
  registryFile: string;
  apiKey: string;
  webhookSigningKey: string;
  webhookPublicUrl: string;
};

/** Nothing answers slowly on loopback, and a fault that never answers should cost a person little. */
const timeoutSeconds = '3';
/** Whoever kills a service here watches what becomes of its work. */
const leaseSeconds = '5';
/** Nobody's connections are waited for: whoever stops a service here watches it stop. */
const drainSeconds = '0';

function settingsBeside({ sandbox, ...given }: Surroundings): Record<string, string> {
  return {
    partition: given.partition,
    databaseUrl: given.databaseUrl,
    'apiKey.current': given.apiKey,
    'mailZone.id': sandbox.zoneId,
    'mailZone.name': sandbox.zoneName,
    'postmark.accountToken': sandbox.accountToken,
    'postmark.baseUrl': sandbox.addresses.postmark,
    'postmark.timeoutSeconds': timeoutSeconds,
    // The account's limits are other people's; nobody shares the sandbox.
    'postmark.requestsPerSecond': '500',
    'route53.requestsPerSecond': '500',
    'webhook.publicUrl': given.webhookPublicUrl,
    'webhook.signingKey': given.webhookSigningKey,
    'aws.timeoutSeconds': timeoutSeconds,
    'work.leaseSeconds': leaseSeconds,
    'shutdown.drainSeconds': drainSeconds,
    'aws.route53Endpoint': sandbox.addresses.route53,
    'aws.kmsEndpoint': sandbox.addresses.kms,
    'dns.servers': sandbox.addresses.dns,
    'material.registryFile': given.registryFile,
    'sentry.dsn': sandbox.addresses.sentry.replace('://', '://pub@').concat('/1'),
    'clock.url': sandbox.addresses.control,
  };
}

/** The names under which a setting may be given; the first is the one we use. */
function environmentNamesOf(path: string): readonly string[] {
  const names = settingAt(path)?.environmentNames;
  if (names === undefined) throw new Error(`there is no setting ${path}`);
  return names;
}

/** The value from outside; an empty one is none, as for the service itself. */
export function givenSetting(environment: NodeJS.ProcessEnv, path: string): string | null {
  const name = environmentNamesOf(path).find((candidate) => Boolean(environment[candidate]));
  return (name === undefined ? null : environment[name]) ?? null;
}

const isGiven = (environment: NodeJS.ProcessEnv, path: string): boolean => givenSetting(environment, path) !== null;

/** Only what the launcher adds, for a debugger's `--env-file`. */
export function addedEnvironment(environment: NodeJS.ProcessEnv, surroundings: Surroundings): Record<string, string> {
  const added: Record<string, string> = { AWS_ACCESS_KEY_ID: 'sandbox', AWS_SECRET_ACCESS_KEY: 'sandbox' };
  for (const [path, value] of Object.entries(settingsBeside(surroundings))) {
    const keyInFile = path === 'apiKey.current' && isGiven(environment, 'apiKey.file');
    const [name] = environmentNamesOf(path);
    if (name !== undefined && !keyInFile && !isGiven(environment, path)) added[name] = value;
  }
  return added;
}

/** The whole environment of one service process; `ports` replaces whatever was given, because each replica has its own. Null: none of its own. */
export function serviceEnvironment(
  environment: NodeJS.ProcessEnv,
  surroundings: Surroundings,
  ports: Record<string, number | null>,
): NodeJS.ProcessEnv {
  const whole: NodeJS.ProcessEnv = { ...environment, ...addedEnvironment(environment, surroundings) };
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE']) delete whole[name];
  for (const [path, port] of Object.entries(ports)) {
    const names = environmentNamesOf(path);
    for (const name of names) delete whole[name];
    if (names[0] !== undefined && port !== null) whole[names[0]] = String(port);
  }
  return whole;
}
