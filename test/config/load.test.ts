import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { catalogue } from '../../config/catalogue.ts';
import { loadSettings } from '../../config/load.ts';
import { printSettings } from '../../config/reference.ts';
import { SettingsError } from '../../config/settingsError.ts';

const needed = {
  PARTITION: 'Alpha002-dev',
  DATABASE_URL: 'postgres://u:PASSWORD@localhost/db',
  ARDA_API_KEY: 'OPERATOR-KEY',
  EMAIL_MAIL_ZONE_ID: 'Z123',
  EMAIL_MAIL_ZONE_NAME: 'dev.ardamails.com',
  EMAIL_POSTMARK_ACCOUNT_TOKEN: 'ACCOUNT-TOKEN',
  EMAIL_WEBHOOK_PUBLIC_URL: 'https://svc.example',
  EMAIL_WEBHOOK_SIGNING_KEY: 'SIGNING-KEY',
  EMAIL_MATERIAL_REGISTRY_FILE: '/etc/registry.json',
};

const file = (name: string, text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const under = (extras: unknown): string => JSON.stringify({ modules: { v1: { 'shop-access': { email: { extras } } } } });
const load = (env: Record<string, string | undefined> = {}, files: string[] = []) => loadSettings({ env: { ...needed, ...env }, files });
const problemsOf = async (env: Record<string, string | undefined>, files: string[] = []) => {
  const error = await loadSettings({ env, files }).then(
    () => null,
    (each: unknown) => each,
  );
  if (!(error instanceof SettingsError)) throw new Error(`expected a SettingsError, got ${String(error)}`);
  return error;
};

describe('layers', () => {
  it('what is not given has its default', async () => {
    const { settings, origins } = await load();
    expect(settings.http.port).toBe(8889);
    expect(settings.drift.dns.enabled).toBe(false);
    expect(settings.sending.retryLadderSeconds).toEqual([10, 60, 300, 1800, 7200]);
    expect(origins.has('http.port')).toBe(false);
  });

  it('the environment wins over files, a later file over an earlier one, and each value knows where it came from', async () => {
    const one = file('a.json', under({ http: { port: 1 }, drift: { dns: { enabled: true } }, log: { level: 'debug' } }));
    const two = file('b.yaml', 'modules:\n  v1:\n    shop-access.email.extras:\n      http.port: 2\n      log: { level: warn }\n');
    const { settings, origins } = await load({ EMAIL_LOG_LEVEL: 'error' }, [one, two]);
    expect([settings.http.port, settings.drift.dns.enabled, settings.log.level]).toEqual([2, true, 'error']);
    expect(origins.get('http.port')).toBe(`file ${two}`);
    expect(origins.get('drift.dns.enabled')).toBe(`file ${one}`);
    expect(origins.get('log.level')).toBe('environment EMAIL_LOG_LEVEL');
  });

  it('a setting may be written with its whole path as one key, as HOCON has it, beside others that are nested', async () => {
    const lines = ['drift.dns.enabled: true', 'http: { port: 3 }', 'drift: { registry: { enabled: true } }'];
    const flat = lines.map((line) => `modules.v1.shop-access.email.extras.${line}\n`).join('');
    const one = file('a.yaml', `modules: { v1: { shop-access.email.extras.log.level: warn } }\nmodules.v1.other: 1\n${flat}`);
    const { settings } = await load({}, [one]);
    expect([settings.drift.dns.enabled, settings.drift.registry.enabled, settings.http.port, settings.log.level]).toEqual([
      true,
      true,
      3,
      'warn',
    ]);
    const two = file('b.yaml', 'modules.v1.shop-access.email.extras.drift.dns.enabld: true\n');
    expect((await problemsOf(needed, [two])).message).toContain('drift.dns.enabld');
  });

  it('files are named by CONFIG_FILES when nobody names them', async () => {
    const one = file('a.json', under({ http: { port: 1 } }));
    const { settings } = await loadSettings({ env: { ...needed, CONFIG_FILES: ` ${one} ,` } });
    expect(settings.http.port).toBe(1);
  });

  it('null in a file goes back to the default', async () => {
    const { settings, origins } = await load({}, [
      file('a.json', under({ http: { port: 1 } })),
      file('b.json', under({ http: { port: null } })),
    ]);
    expect(settings.http.port).toBe(8889);
    expect(origins.has('http.port')).toBe(false);
  });

  it('what stands beside our path in a shared file is none of our business', async () => {
    const shared = JSON.stringify({ ...JSON.parse(under({ http: { port: 1 } })), other: { anything: true } });
    expect((await load({}, [file('a.json', shared)])).settings.http.port).toBe(1);
  });
});

describe('the environment', () => {
  it.each([
    [
      'EMAIL_VERIFICATION_POLLING_INTERVAL_SECONDS',
      '7.5',
      (s: Awaited<ReturnType<typeof load>>['settings']): unknown => s.verification.pollingIntervalSeconds,
      7.5,
    ],
    ['EMAIL_DRIFT_POSTMARK_INVENTORY_ENABLED', 'true', (s) => s.drift.postmarkInventory.enabled, true],
    ['EMAIL_ROUTES_POSTMARK_EVENTS_ENABLED', 'false', (s) => s.routes.postmarkEvents.enabled, false],
    ['EMAIL_SENDING_RETRY_LADDER_SECONDS', '1, 2,3', (s) => s.sending.retryLadderSeconds, [1, 2, 3]],
    ['EMAIL_DNS_SERVERS', '127.0.0.1:53,127.0.0.1:54', (s) => s.dns.servers, ['127.0.0.1:53', '127.0.0.1:54']],
    ['ROLES', 'worker', (s) => s.roles, ['worker']],
    ['METRICS_PORT', '9090', (s) => s.metrics.port, 9090],
    ['SENTRY_DSN', 'http://pub@127.0.0.1/1', (s) => s.sentry.dsn, 'http://pub@127.0.0.1/1'],
    ['ARDA_API_KEY_PREVIOUS', 'old', (s) => s.apiKey.previous, 'old'],
    ['ARDA_API_KEY_FILE', '/etc/keys.json', (s) => s.apiKey.file, '/etc/keys.json'],
    ['EMAIL_WEBHOOK_SIGNING_KEY', '12345', (s) => s.webhook.signingKey, '12345'],
    ['EMAIL_HTTP_PORT', '', (s) => s.http.port, 8889],
  ] as [string, string, (settings: Awaited<ReturnType<typeof load>>['settings']) => unknown, unknown][])(
    '%s=%s',
    async (name, text, read, expected) => {
      expect(read((await load({ [name]: text })).settings)).toEqual(expected);
    },
  );

  it('no two settings share a name', () => {
    const names = catalogue.flatMap((setting) => setting.environmentNames);
    expect(new Set(names).size).toBe(names.length);
  });

  it('two names of one setting must agree', async () => {
    await expect(load({ EMAIL_DATABASE_URL: needed.DATABASE_URL })).resolves.toBeDefined();
    expect((await problemsOf({ ...needed, EMAIL_DATABASE_URL: 'postgres://other' })).message).toContain(
      'EMAIL_DATABASE_URL (the environment): says something else than DATABASE_URL',
    );
  });

  it('metrics on a port of their own are not on that of the API', async () => {
    const keys = async (env: Record<string, string>) => (await problemsOf({ ...needed, ...env })).problems.map(({ key }) => key);
    expect(await keys({ METRICS_PORT: '8889' })).toEqual(['metrics.port']);
    expect(await keys({ METRICS_PORT: '9000', EMAIL_HTTP_PORT: '9000' })).toEqual(['metrics.port']);
    await expect(load({ METRICS_PORT: '0', EMAIL_HTTP_PORT: '0' })).resolves.toBeDefined();
  });

  it('SENTRY_ENVIRONMENT must be the partition', async () => {
    await expect(load({ SENTRY_ENVIRONMENT: 'Alpha002-dev' })).resolves.toBeDefined();
    expect((await problemsOf({ ...needed, SENTRY_ENVIRONMENT: 'Alpha002-prod' })).problems.map(({ key }) => key)).toEqual([
      'SENTRY_ENVIRONMENT',
    ]);
  });
});

describe('problems', () => {
  it('are told all at once, each with its key, what was given and what would be valid', async () => {
    const yaml = file('a.yaml', 'modules.v1.shop-access.email.extras:\n  drfit: { dns: { enabled: true } }\n  log.level: loud\n');
    const error = await problemsOf(
      {
        PARTITION: 'dev',
        EMAIL_HTTP_PORT: 'abc',
        EMAIL_DRIFT_DNS_ENABELD: 'true',
        EMAIL_SENDING_RETRY_LADDER_SECONDS: '1,x',
        EMAIL_DRIFT_DNS_ENABLED: 'yes',
      },
      [yaml],
    );
    const byKey = new Map(error.problems.map((problem) => [problem.key, problem]));
    expect([...byKey.keys()].sort()).toEqual(
      [
        'EMAIL_DRIFT_DNS_ENABELD',
        'apiKey.current',
        'databaseUrl',
        'drfit',
        'drift.dns.enabled',
        'http.port',
        'log.level',
        'mailZone.id',
        'mailZone.name',
        'material.registryFile',
        'partition',
        'postmark.accountToken',
        'sending.retryLadderSeconds',
        'webhook.publicUrl',
        'webhook.signingKey',
      ].sort(),
    );
    expect(byKey.get('http.port')).toMatchObject({
      given: '"abc"',
      origin: 'environment EMAIL_HTTP_PORT',
      problem: 'must be a whole number from 0 up to 65535',
    });
    expect(byKey.get('EMAIL_DRIFT_DNS_ENABELD')?.remedy).toBe('Did you mean EMAIL_DRIFT_DNS_ENABLED?');
    expect(byKey.get('drfit')).toMatchObject({ origin: `file ${yaml}`, remedy: 'Did you mean drift?' });
    expect(byKey.get('log.level')).toMatchObject({ given: '"loud"', problem: 'must be one of trace, debug, info, warn, error, fatal' });
    expect(byKey.get('drift.dns.enabled')).toMatchObject({ given: '"yes"', problem: 'must be true or false' });
    expect(byKey.get('sending.retryLadderSeconds')?.problem).toContain('a list, each a number over 0');
    expect(byKey.get('partition')?.problem).toContain('Alpha002-dev');
    expect(byKey.get('databaseUrl')?.remedy).toContain('Set DATABASE_URL or EMAIL_DATABASE_URL');
    for (const { key } of error.problems) expect(error.message).toContain(key);
  });

  it('show no secret: not a wrong one, and not one whose name was mistyped', async () => {
    const wrong = file('a.json', under({ postmark: { accountToken: ['SECRET-ONE'] } }));
    const { EMAIL_POSTMARK_ACCOUNT_TOKEN: _, ...others } = needed;
    const error = await problemsOf({ ...others, EMAIL_POSTMARK_ACOUNT_TOKEN: 'SECRET-TWO' }, [wrong]);
    expect(error.message).not.toMatch(/SECRET/);
    expect(error.message).toContain('Did you mean EMAIL_POSTMARK_ACCOUNT_TOKEN?');
    expect(error.message).toContain('postmark.accountToken = (secret)');
  });

  it.each([
    ['a file that is not there', () => '/no/such/file.yaml', 'cannot be read'],
    ['a file that is no YAML', () => file('a.yaml', 'a: [1'), 'is not YAML'],
    ['a file that holds our path nowhere', () => file('a.yaml', 'modules: { v1: {} }'), 'is not in this file'],
    ['a section that is no section', () => file('a.json', under({ drift: { dns: true } })), 'is a section'],
  ])('%s is told', async (_, path, text) => {
    expect((await problemsOf(needed, [path()])).message).toContain(text);
  });

  it.each([
    ['JSON', 'a.json', '{ "postmark": { "accountToken": SECRET-TOKEN } }', /is not JSON/],
    ['YAML', 'a.yaml', 'postmark:\n  accountToken: {SECRET-TOKEN: [\n', /is not YAML: bad indent at line 3/],
    ['YAML with an alias', 'a.yaml', 'accountToken: *SECRET-TOKEN\n', /is not YAML/],
  ])('a file that is no %s is told by place, and nothing of it is repeated', async (_, name, text, problem) => {
    const { message } = await problemsOf(needed, [file(name, text)]);
    expect(message).toMatch(problem);
    expect(message).not.toContain('SECRET');
  });

  it('either an operator key or a file of keys is required', async () => {
    const { ARDA_API_KEY: _, ...others } = needed;
    expect((await problemsOf(others)).problems.map(({ key }) => key)).toEqual(['apiKey.current']);
    await expect(loadSettings({ env: { ...others, ARDA_API_KEY_FILE: '/etc/keys.json' } })).resolves.toBeDefined();
  });

  it('jobs may not go before what belongs to them', async () => {
    const { message } = await problemsOf({ ...needed, EMAIL_RETENTION_JOB_DAYS: '20' });
    expect(message).toContain('retention.jobDays');
    expect(message).toContain('at least retention.payloadDays and retention.idempotencyKeyDays');
  });

  it('the clock of a sandbox that is not on this machine is refused', async () => {
    expect((await problemsOf({ ...needed, EMAIL_CLOCK_URL: 'https://clock.example' })).problems.map(({ key }) => key)).toEqual([
      'clock.url',
    ]);
    await expect(load({ EMAIL_CLOCK_URL: 'http://127.0.0.1:8590' })).resolves.toBeDefined();
  });
});

describe('printing', () => {
  it('shows every setting and its origin, and no secret', async () => {
    const printed = printSettings(await load({ EMAIL_HTTP_PORT: '1234' }), { origin: true });
    expect(printed).toContain('http.port = 1234  # environment EMAIL_HTTP_PORT\n');
    expect(printed).toContain('http.host = "127.0.0.1"  # default\n');
    expect(printed).toContain('databaseUrl = (secret)  # environment DATABASE_URL\n');
    expect(printed).toContain('sentry.dsn = (not set)  # default\n');
    for (const secret of ['PASSWORD', 'OPERATOR-KEY', 'ACCOUNT-TOKEN', 'SIGNING-KEY']) expect(printed).not.toContain(secret);
    expect(printed.trimEnd().split('\n')).toHaveLength(catalogue.length);
  });
});
