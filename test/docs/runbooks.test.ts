import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram, lanes } from '../../dev/lanes.ts';
import { type Postroute, startPostroute } from '../support/postroute.ts';
import { type Page, readPage } from './support/page.ts';
import { runShell } from './support/shell.ts';
import { type Situation, situationOf } from './support/situation.ts';

const names = [
  'configuration-cannot-send',
  'verification-timed-out',
  'provisioning-orphan-server',
  'webhook-rejected-auth-mismatch',
  'jobs-held',
];
const pages = new Map<string, Page>(['README', ...names].map((name) => [name, readPage(`runbooks/${name}.md`)]));
const used = new Set<string>();
const dig = lanes.filter(({ name }) => name === 'dig').some((lane) => findProgram(lane) !== null);

let postroute: Postroute;
let situation: Situation;
let folder: string;
let keyFile: string;
let key = 'first-operator-key';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postroute-runbooks-'));
  keyFile = join(folder, 'operator-key.json');
  writeFileSync(keyFile, JSON.stringify({ current: key }));
  postroute = await startPostroute([], { ARDA_API_KEY_FILE: keyFile });
  situation = situationOf(postroute, () => key);
}, 120_000);
afterAll(async () => {
  await postroute?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const shBlocks = (name: string) => (pages.get(name)?.blocks ?? []).filter(({ language }) => language === 'sh');

/** The n-th block of sh below this heading, after the index page's preparation, as an operator has it in the shell. Answers what it printed. */
async function paste(name: string, heading: string, index: number, environment: Record<string, string> = {}): Promise<string> {
  const block = shBlocks(name).filter((candidate) => candidate.heading === heading)[index];
  const preparation = shBlocks('README')[0];
  if (block === undefined || preparation === undefined) throw new Error(`runbooks/${name}.md has no block ${index} below "${heading}"`);
  used.add(block.text);
  used.add(preparation.text);
  const { ready } = postroute;
  const [host = '', port = ''] = ready.sandbox.dns.split(':');
  const { code, out, errors } = await runShell(`${preparation.text}\n${block.text}`, {
    ARDA_API_KEY: key,
    POSTROUTE_URL: ready.service ?? '',
    METRICS_URL: ready.metrics ?? '',
    POSTMARK_URL: ready.sandbox.postmark,
    NAME_SERVER: host,
    NAME_SERVER_PORT: port,
    ...environment,
  });
  expect({ code, errors }, `${block.text}${out}`).toEqual({ code: 0, errors: '' });
  return out;
}

const advance = (seconds: number) => situation.control('POST', '/clock/advance', { seconds });
const accountToken = async (): Promise<string> => {
  const { postmark } = (await situation.control('GET', '/state')) as { postmark: { accountTokens: string[] } };
  return postmark.accountTokens[0] ?? '';
};

describe('the index', () => {
  test('prepares a shell that lists configurations with what the other pages ask for', async () => {
    const CONFIGURATION = await situation.create('indexed');
    const out = await paste('README', 'Before the commands of any page', 1);
    expect(out).toContain(`"eId":"${CONFIGURATION}"`);
    expect(out).toContain('"tenantId":"indexed"');
  });
});

describe('configuration-cannot-send', () => {
  test('a locked one: names the lock, and the signal that explain gives opens it', async () => {
    const CONFIGURATION = await situation.create('locked');
    await situation.untilStatus(CONFIGURATION, 'LOCKED');
    expect(await situation.send('locked', CONFIGURATION, 'ada@locked.example')).toMatchObject({ code: 'not_sendable' });
    expect(await paste('configuration-cannot-send', 'Diagnosis', 0, { CONFIGURATION })).toContain('"firstBlocker":"administrative"');
    expect(await paste('configuration-cannot-send', 'Mitigation', 0, { CONFIGURATION })).toBe('"canSend":true\n');
  });

  test('a failing one: names the failures, and recover lets it send again', async () => {
    const CONFIGURATION = await situation.sendable('failing');
    await situation.control('POST', '/fault', {
      service: 'postmark',
      operation: 'POST /email',
      kind: 'status',
      status: 401,
      errorCode: 10,
      times: 5,
    });
    for (let sent = 0; sent < 5; sent += 1)
      expect(await situation.send('failing', CONFIGURATION, 'ada@failing.example')).toMatchObject({ status: 'FAILED' });
    await situation.untilStatus(CONFIGURATION, 'FAILURE');
    expect(await paste('configuration-cannot-send', 'Diagnosis', 0, { CONFIGURATION })).toContain('operationalStatus is FAILURE');
    const history = await paste('configuration-cannot-send', 'Diagnosis', 1, { CONFIGURATION });
    expect(history).toContain('"event":"FailureThresholdCrossed"');
    expect(await paste('configuration-cannot-send', 'Mitigation', 0, { CONFIGURATION })).toBe('"canSend":true\n');
    expect(await situation.send('failing', CONFIGURATION, 'ada@failing.example')).toMatchObject({
      status: expect.stringMatching(/SENT|DELIVERED/),
    });
  });

  test('a suppressed recipient: named by explain, and mailed again once released', async () => {
    const CONFIGURATION = await situation.sendable('bouncing');
    const RECIPIENT = 'hardbounce@bounce-testing.postmarkapp.com';
    await situation.send('bouncing', CONFIGURATION, RECIPIENT);
    const refused = () => paste('configuration-cannot-send', 'Diagnosis', 0, { CONFIGURATION, RECIPIENT });
    await expect.poll(refused, { timeout: 15_000 }).toContain('"firstBlocker":"recipientAllowed"');
    await paste('configuration-cannot-send', 'Mitigation', 1, { TENANT: 'bouncing', RECIPIENT });
    expect(await refused()).toContain('"firstBlocker":null');
  });
});

describe('verification-timed-out', () => {
  let CONFIGURATION: string;
  let TENANT = '';
  let returnPath = '';

  test('finds the configuration, and names the one record that is missing', async () => {
    TENANT = 'late';
    returnPath = 'pm-bounces.late.dev.ardamails.com';
    await situation.control('POST', '/fault', { service: 'dns', kind: 'status' });
    CONFIGURATION = await situation.create(TENANT);
    await situation.untilStatus(CONFIGURATION, 'AWAITING_VERIFICATION');
    await situation.control('POST', '/route53/record', { action: 'DELETE', name: returnPath, type: 'CNAME' });
    await situation.control('DELETE', '/fault');
    await advance(86_460);
    await situation.untilStatus(CONFIGURATION, 'UNVERIFIED');
    expect(await paste('verification-timed-out', 'Diagnosis', 0)).toContain(`"eId":"${CONFIGURATION}"`);
    const fix = await paste('verification-timed-out', 'Diagnosis', 1, { CONFIGURATION });
    expect(fix).toContain(`without the Return-Path record (CNAME ${returnPath})`);
  });

  test.skipIf(!dig && process.env['CI_REQUIRE_ALL'] !== '1')(
    'asks the zone itself: what is there is shown, what is not is not',
    async () => {
      const seen = await paste('verification-timed-out', 'Diagnosis', 2, { CONFIGURATION });
      expect(seen).toMatch(/^TXT "k=rsa/);
      expect(seen).not.toContain('CNAME');
    },
  );

  test('gives a fresh window once the record is back, and it is verified', async () => {
    await situation.control('POST', '/route53/record', {
      action: 'UPSERT',
      name: returnPath,
      type: 'CNAME',
      ttl: 300,
      values: ['pm.mtasv.net'],
    });
    expect(await paste('verification-timed-out', 'Mitigation', 0, { CONFIGURATION })).toMatch(/"what":"\w*eturnPathVerified"/);
    await situation.untilStatus(CONFIGURATION, 'LOCKED');
    expect(await paste('verification-timed-out', 'Mitigation', 1, { CONFIGURATION })).toBe('"status":"LOCKED"\n');
  });
});

describe('provisioning-orphan-server', () => {
  async function orphaned(tenant: string): Promise<{ CONFIGURATION: string; POSTMARK_ACCOUNT_TOKEN: string; SERVER_ID: string }> {
    const server = (await situation.control('POST', '/postmark/server', { name: `ardamails-dev-${tenant}` })) as { ID: number };
    const CONFIGURATION = await situation.create(tenant);
    await situation.untilStatus(CONFIGURATION, 'MISSING');
    return { CONFIGURATION, POSTMARK_ACCOUNT_TOKEN: await accountToken(), SERVER_ID: String(server.ID) };
  }

  test('shows the server, never its token, and adopts it on request', async () => {
    const environment = await orphaned('handmade');
    expect(await paste('provisioning-orphan-server', 'Diagnosis', 0, environment)).toContain('ardamails-dev-handmade exists already');
    const servers = await paste('provisioning-orphan-server', 'Diagnosis', 1, environment);
    expect(servers).toContain(`"ID":${environment.SERVER_ID}`);
    expect(servers).not.toMatch(/ApiTokens|[0-9a-f]{8}-[0-9a-f]{4}/);
    await paste('provisioning-orphan-server', 'Mitigation', 0, environment);
    await situation.untilStatus(environment.CONFIGURATION, 'LOCKED');
    const { body } = await situation.api().get(`/configuration/${environment.CONFIGURATION}`, { tenant: 'handmade' });
    expect(body).toMatchObject({ postmark: { serverId: Number(environment.SERVER_ID) } });
  });

  test('leaves a server that is somebody else’s alone, under another name', async () => {
    const environment = await orphaned('somebodys');
    await paste('provisioning-orphan-server', 'Mitigation', 1, environment);
    await situation.untilStatus(environment.CONFIGURATION, 'LOCKED');
    const { body } = await situation.api().get(`/configuration/${environment.CONFIGURATION}`, { tenant: 'somebodys' });
    expect(body).not.toMatchObject({ postmark: { serverId: Number(environment.SERVER_ID) } });
  });
});

describe('webhook-rejected-auth-mismatch', () => {
  const tickSeconds = 15 * 60;

  test('tells a forgotten previous key from a wrong signature, and loses no callback once it is back', async () => {
    const CONFIGURATION = await situation.sendable('rotated');
    const OLD_API_KEY = key;
    writeFileSync(keyFile, JSON.stringify({ current: 'second-operator-key' }));
    await advance(tickSeconds);
    key = 'second-operator-key';
    const job = (await situation.send('rotated', CONFIGURATION, 'ada@rotated.example')) as { eId: string; status: string };
    expect(job.status).toBe('SENT');
    const environment = { TENANT: 'rotated', JOB: job.eId, OLD_API_KEY, ARDA_API_KEY_FILE: keyFile };
    const figures = () => paste('webhook-rejected-auth-mismatch', 'Diagnosis', 0, environment);
    await expect.poll(figures, { timeout: 15_000 }).toMatch(/email_webhook_rejected_total\{reason="auth_mismatch"\} [1-9]/);
    expect(await figures()).toMatch(/postmark-events.*status="503"/);
    expect(await paste('webhook-rejected-auth-mismatch', 'Diagnosis', 1, environment)).toBe('"kind":"accepted"\n"kind":"attempt"\n');

    await paste('webhook-rejected-auth-mismatch', 'Mitigation', 0, environment);
    expect(await paste('webhook-rejected-auth-mismatch', 'Mitigation', 1, environment)).toContain('loadedAt');
    // Postmark's next retries.
    await advance(600);
    await expect
      .poll(() => paste('webhook-rejected-auth-mismatch', 'Mitigation', 2, environment), { timeout: 15_000 })
      .toBe('"status":"DELIVERED"\n');
  });
});

describe('jobs-held', () => {
  test('finds them, says why each is unknown, and sees them resolve when the search is back', async () => {
    const CONFIGURATION = await situation.sendable('held');
    await situation.control('POST', '/settings', { autoDeliver: false });
    await situation.control('POST', '/fault', { service: 'postmark', operation: 'POST /email', kind: 'timeout-after', times: 1 });
    await situation.control('POST', '/fault', { service: 'postmark', operation: 'GET /messages/outbound', kind: 'status', status: 503 });
    const job = (await situation.send('held', CONFIGURATION, 'ada@held.example')) as { eId: string; status: string };
    expect(job.status).toBe('HELD');
    await advance(60);
    expect(await paste('jobs-held', 'Diagnosis', 0)).toMatch(/^email_send_attempts_total\{outcome="ambiguous"\} [1-9]/m);
    expect(await paste('jobs-held', 'Diagnosis', 1)).toMatch(new RegExp(`"eId":"${CONFIGURATION}"\n"tenantId":"held"\n"inFlight":1`));
    const held = await paste('jobs-held', 'Diagnosis', 2, { TENANT: 'held' });
    expect(held).toContain(`"eId":"${job.eId}"`);
    expect(held).toContain('the message search cannot be asked');
    await situation.control('DELETE', '/fault');
    await advance(30);
    expect(await paste('jobs-held', 'Mitigation', 0, { TENANT: 'held' })).toBe('"items":[]\n');
    const { body } = await situation.api().get(`/job/${job.eId}`, { tenant: 'held' });
    expect(body).toMatchObject({ status: 'SENT', attempts: 1 });
  });
});

describe('every page', () => {
  test.each(names)('%s has the four headings, at most 60 lines, and is in the index', (name) => {
    const page = pages.get(name);
    expect(page?.headings).toEqual(['Meaning', 'Impact', 'Diagnosis', 'Mitigation']);
    expect(page?.lines).toBeLessThanOrEqual(60);
    expect(pages.get('README')?.text).toContain(`[${name}](${name}.md)`);
  });

  test('has no command that the tests above did not run', () => {
    const run = (text: string): boolean => used.has(text) || (!dig && /\bdig /.test(text));
    const idle = ['README', ...names]
      .flatMap((name) => shBlocks(name).map(({ text }) => ({ name, text })))
      .filter(({ text }) => !run(text));
    expect(idle).toEqual([]);
  });
});
