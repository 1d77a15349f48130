import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runConsole } from '../support/consoleRun.ts';

const folder = mkdtempSync(join(tmpdir(), 'postroute-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'settings.yaml');
const write = (extras: string): void => writeFileSync(file, `modules.v1.shop-access.email.extras:\n${extras}`);
const good = '  drift.dns.enabled: true\n  postmark.accountToken: SECRET-TOKEN\n';

const some = { DATABASE_URL: 'postgres://u:SECRET@h/d', EMAIL_LOG_LEVEL: 'warn', PARTITION: 'Alpha002-dev' };
const whole = {
  ...some,
  EMAIL_MAIL_ZONE_ID: 'Z1',
  EMAIL_MAIL_ZONE_NAME: 'dev.ardamails.com',
  EMAIL_WEBHOOK_PUBLIC_URL: 'https://x.example',
  EMAIL_WEBHOOK_SIGNING_KEY: 'SECRET',
  EMAIL_MATERIAL_REGISTRY_FILE: '/r.json',
  ARDA_API_KEY: 'SECRET',
};
const config = (words: string, environment: Record<string, string>) => runConsole(['config', ...words.split(' '), file], { environment });

test('config check tells all that is wrong at once, and exits 8', async () => {
  write(`${good}  drift.dns.enabeld: true\n  http.port: lots\n`);
  const { code, out, errors } = await config('check', some);
  expect({ code, out }).toEqual({ code: 8, out: '' });
  expect(errors).toContain('The settings have 8 problems');
  expect(errors).toContain('EMAIL_WEBHOOK_SIGNING_KEY');
  expect(errors).toContain('Did you mean drift.dns.enabled?');
  expect(errors).toContain('http.port = "lots"');
  const { documents } = await config('check --json', some);
  expect(documents).toHaveLength(8);
  expect(documents).toContainEqual(expect.objectContaining({ key: 'http.port', given: '"lots"', origin: `file ${file}` }));
});

test('config check says when all is well, and with --partial leaves what is missing to others', async () => {
  write(good);
  expect(await config('check', whole)).toMatchObject({ code: 0, out: expect.stringContaining('the settings are good: 11 given') });
  expect(await config('check --partial', some)).toMatchObject({ code: 0, out: expect.stringContaining('6 that are required') });
  write(`${good}  http.port: lots\n`);
  const { code, errors } = await config('check --partial', some);
  expect({ code, errors }).toMatchObject({ code: 8, errors: expect.stringContaining('1 problem:') });
});

test('config print tells where each came from, and shows no secret', async () => {
  write(good);
  const { code, out } = await config('print --origin', whole);
  expect(code).toBe(0);
  expect(out).toContain(`drift.dns.enabled = true  # file ${file}\n`);
  expect(out).toContain('log.level = "warn"  # environment EMAIL_LOG_LEVEL\n');
  expect(out).toContain(`postmark.accountToken = (secret)  # file ${file}\n`);
  expect(out).toContain('http.port = 8889  # default\n');
  const json = await config('print --json', whole);
  expect(json.documents).toContainEqual({ path: 'http.port', set: true, secret: false, value: 8889, origin: 'default' });
  expect(json.documents).toContainEqual({ path: 'databaseUrl', set: true, secret: true, value: null, origin: 'environment DATABASE_URL' });
  for (const text of [out, json.out]) expect(text).not.toContain('SECRET');
  expect(await config('print', some)).toMatchObject({ code: 8, out: '', errors: expect.stringContaining('The settings have 6 problems') });
});

test('the files of CONFIG_FILES are taken where none is named', async () => {
  write(good);
  const { out } = await runConsole(['config', 'print', '--origin'], { environment: { ...whole, CONFIG_FILES: file } });
  expect(out).toContain(`drift.dns.enabled = true  # file ${file}\n`);
});
