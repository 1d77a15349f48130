/** Secrets that a platform mounts as files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadSettings } from '../../config/load.ts';
import { secretFileNames } from '../../config/secretFiles.ts';
import { SettingsError } from '../../config/settingsError.ts';

const plain = {
  PARTITION: 'Alpha002-dev',
  ARDA_API_KEY_FILE: '/etc/keys.json',
  EMAIL_MAIL_ZONE_ID: 'Z123',
  EMAIL_MAIL_ZONE_NAME: 'dev.ardamails.com',
  EMAIL_WEBHOOK_PUBLIC_URL: 'https://svc.example',
  EMAIL_MATERIAL_REGISTRY_FILE: '/etc/registry.json',
  EMAIL_POSTMARK_ACCOUNT_TOKEN: 'ACCOUNT-TOKEN',
  EMAIL_WEBHOOK_SIGNING_KEY: 'SIGNING-KEY',
};
const secrets = {
  DATABASE_URL_FILE: 'postgres://u:PASSWORD@localhost/db\n',
  SENTRY_DSN_FILE: 'http://key@sentry.example/1\r\n',
};

const mounted = (files: Record<string, string>): Record<string, string> => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return Object.fromEntries(Object.keys(files).map((name) => [name, join(folder, name)]));
};
const refusal = async (env: Record<string, string>): Promise<SettingsError> => {
  const error = await loadSettings({ env, files: [] }).catch((each: unknown) => each);
  if (!(error instanceof SettingsError)) throw new Error(`expected a SettingsError, got ${String(error)}`);
  return error;
};

test('a secret is what its file says, without the line break at its end, and knows which file it came from', async () => {
  const files = mounted(secrets);
  const { settings, origins } = await loadSettings({ env: { ...plain, ...files }, files: [] });
  expect([settings.databaseUrl, settings.sentry.dsn]).toEqual(['postgres://u:PASSWORD@localhost/db', 'http://key@sentry.example/1']);
  expect(origins.get('databaseUrl')).toBe(`file ${files['DATABASE_URL_FILE']} (DATABASE_URL_FILE)`);
});

test('a file that is not there is no value: an optional secret stays unset, a needed one is reported once, with the file', async () => {
  const files = mounted({ DATABASE_URL_FILE: secrets.DATABASE_URL_FILE });
  const { settings } = await loadSettings({ env: { ...plain, ...files, SENTRY_DSN_FILE: '/nowhere/dsn' }, files: [] });
  expect(settings.sentry.dsn).toBeUndefined();
  const { problems } = await refusal({ ...plain, ...files, DATABASE_URL_FILE: '/nowhere/url' });
  expect(problems.map(({ key, origin }) => [key, origin])).toEqual([['databaseUrl', 'file /nowhere/url (DATABASE_URL_FILE)']]);
});

test('the same secret as a file and as a variable is refused, and neither is repeated', async () => {
  const { message } = await refusal({ ...plain, ...mounted(secrets), DATABASE_URL: 'postgres://u:OTHER@localhost/db' });
  expect(message).toContain('is given by DATABASE_URL as well');
  expect(message).not.toMatch(/PASSWORD|OTHER/);
});

test('only secrets are files of this kind, and the operator keys keep a file of their own', async () => {
  expect([...secretFileNames.keys()].filter((name) => name.startsWith('ARDA') || name.includes('HTTP'))).toEqual([]);
  const { message } = await refusal({ ...plain, ...mounted(secrets), EMAIL_HTTP_PORT_FILE: '/etc/port' });
  expect(message).toContain('EMAIL_HTTP_PORT_FILE');
});
