/** Keys and credentials, rotated from the command line against a Postroute that runs. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Situation, situationOf } from '../docs/support/situation.ts';
import { type ConsoleOptions, type ConsoleRun, runConsole } from '../support/consoleRun.ts';
import { type Postroute, startPostroute } from '../support/postroute.ts';

const partition = 'Alpha002-dev';
const [oldKey, newKey] = ['first-operator-key', 'second-operator-key'];
let folder: string;
let keyFile: string;
let postroute: Postroute;
let situation: Situation;
let key = oldKey;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postroute-rotation-'));
  keyFile = join(folder, 'operator-key.json');
  writeFileSync(keyFile, JSON.stringify({ current: oldKey }));
  process.env['AWS_ACCESS_KEY_ID'] = 'sandbox';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'sandbox';
  postroute = await startPostroute([], { ARDA_API_KEY_FILE: keyFile, PARTITION: partition });
  situation = situationOf(postroute, () => key);
}, 120_000);
afterAll(async () => {
  await postroute?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const registryFile = (): string => join(postroute.ready.dataDir, 'material-registry.json');
const documented = (): { current: string; versions: Record<string, unknown> } => JSON.parse(readFileSync(registryFile(), 'utf8'));
const says = (words: string, options: ConsoleOptions = {}): Promise<ConsoleRun> => {
  const environment = {
    POSTROUTE_URL: postroute.ready.service ?? '',
    ARDA_API_KEY_FILE: keyFile,
    EMAIL_AWS_KMS_ENDPOINT: postroute.ready.sandbox.kms,
    EMAIL_MATERIAL_REGISTRY_FILE: registryFile(),
    PARTITION: partition,
    USER: 'ada',
  };
  return runConsole(words.split(' '), { ...options, environment: { ...environment, ...options.environment } });
};
const fingerprint = (secret: string): string => createHash('sha256').update(secret).digest('hex').slice(0, 16);

describe('a key version', () => {
  let retired: string;

  test('is shown with the rows under it and the processes that hold it', async () => {
    for (const tenant of ['acme', 'globex']) await situation.sendable(tenant);
    retired = documented().current;
    const { code, out } = await says('material');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^${retired} +yes +yes +2 +20\\d\\d-`, 'm'));
    expect(out).toMatch(/^PROCESS +SEALS WITH/m);
  });

  test('is added to the document, and seals from the next refresh on', async () => {
    const { code, out, errors } = await says('material add-version');
    expect(code).toBe(0);
    const { current, versions } = documented();
    expect(current).not.toBe(retired);
    expect(Object.keys(versions)).toHaveLength(2);
    expect(out).toBe(`added ${current}; before it ${retired}, now 2 version(s)\n`);
    expect(errors).toContain('postroute material refresh');
    const refreshed = await says('material refresh');
    expect(refreshed.out).toMatch(new RegExp(`^${current} +yes +yes +0 `, 'm'));
    expect(refreshed.out).toMatch(new RegExp(`^${retired} +no +yes +2 `, 'm'));
  });

  test('is not retired while rows name it', async () => {
    expect(await says(`material retire ${retired} --yes`)).toMatchObject({
      code: 4,
      out: '',
      errors: expect.stringMatching(/refused \(rows_name_it\): 2 configuration[\s\S]*postroute material re-encrypt/),
    });
    expect(Object.keys(documented().versions)).toHaveLength(2);
  });

  test('gives up its rows to the current one, with progress, and then is retired, once that is confirmed', async () => {
    const walked = await says('material re-encrypt');
    expect(walked).toMatchObject({ code: 0, out: expect.stringMatching(/2 of 2 under .*finished[\s\S]*nothing names another version/) });
    expect((await says('material re-encrypt --status --json')).documents).toEqual([
      expect.objectContaining({ running: false, done: 2, total: 2, requestedBy: 'ada' }),
    ]);
    expect((await says(`material retire ${retired}`)).code).toBe(7);
    expect(await says(`material retire ${retired}`, { typed: retired })).toMatchObject({
      code: 0,
      out: `retired ${retired}; 1 version(s) are left\n`,
    });
    expect(Object.keys(documented().versions)).toEqual([documented().current]);
    expect((await says('material refresh')).out).not.toContain(retired);
  });

  test('cannot be added without its document, its partition or KMS, and each is said', async () => {
    const without = (environment: Record<string, string>) => says('material add-version', { environment });
    expect(await without({ EMAIL_MATERIAL_REGISTRY_FILE: '' })).toMatchObject({ code: 2, errors: expect.stringContaining('--secret-id') });
    expect(await without({ PARTITION: '' })).toMatchObject({ code: 2, errors: expect.stringContaining('--partition') });
    expect(await without({ EMAIL_AWS_KMS_ENDPOINT: 'http://127.0.0.1:65531' })).toMatchObject({ code: 6, out: '' });
    expect(await says('material add-version --file a --secret-id b')).toMatchObject({ code: 2 });
    writeFileSync(join(folder, 'broken.json'), '{ "current": CANARY');
    const broken = await says(`material add-version --file ${join(folder, 'broken.json')}`);
    expect(broken).toMatchObject({ code: 4, out: '' });
    expect(broken.errors).not.toContain('CANARY');
  });
});

describe('the operator key', () => {
  test('is given to every webhook, and the command ends with the proof that none presents another', async () => {
    writeFileSync(keyFile, JSON.stringify({ current: newKey, previous: oldKey }));
    expect((await says('material refresh', { environment: { ARDA_API_KEY: oldKey } })).code).toBe(0);
    key = newKey;
    const before = await says('rotate-webhooks --status --json');
    expect(before.documents).toEqual([expect.objectContaining({ done: 0, total: 2, proof: expect.objectContaining({ complete: false }) })]);
    const { code, out } = await says('rotate-webhooks');
    expect(code).toBe(0);
    expect(out).toMatch(/2 of 2, finished/);
    expect(out).toContain(`operator key        ${fingerprint(newKey)}, previous ${fingerprint(oldKey)}`);
    const [status] = (await says('rotate-webhooks --status --json')).documents as { proof: { complete: boolean; text: string } }[];
    expect(status?.proof.complete).toBe(true);
    expect(out).toContain(status?.proof.text ?? 'no proof');
    const { postmark } = (await situation.control('GET', '/state')) as {
      postmark: { servers: { webhooks: { HttpHeaders: { Name: string; Value: string }[] }[] }[] };
    };
    const bearers = postmark.servers.flatMap(({ webhooks }) =>
      webhooks.flatMap(({ HttpHeaders }) => HttpHeaders.map(({ Value }) => Value)),
    );
    expect(bearers.filter((value) => value === `Bearer ${newKey}`)).toHaveLength(2);
    expect(JSON.stringify(bearers)).not.toContain(oldKey);
  });
});
