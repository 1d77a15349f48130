/** What we present to Postmark is rotated: the account token by a person and a file, a server's token by a person at Postmark. Mail goes on through both. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { WebhookCredentialStatus } from '../../service/http/materialStatus.ts';
import { fingerprintOf } from '../../service/work/fingerprint.ts';
import { operatorClient } from '../support/apiClient.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'postroute-credentials-'));
const file = join(folder, 'account.json');
const hold = (current: string, previous?: string): void => writeFileSync(file, JSON.stringify({ current, previous }));
hold('not-known-yet');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const world = sharedWorld(['--replicas', '2'], {
  EMAIL_LOG_LEVEL: 'fatal',
  EMAIL_POSTMARK_ACCOUNT_TOKEN_FILE: file,
});

const accountTokens = async (): Promise<string[]> => {
  const { postmark } = (await (await fetch(`${world().ready.sandbox.control}/state`)).json()) as { postmark: { accountTokens: string[] } };
  return postmark.accountTokens;
};
const rotate = async (): Promise<void> => {
  expect((await world().api.post('/webhook-credential/rotate', {})).status).toBe(202);
};
/** Asked of the replica that was not asked to rotate. */
const status = async (): Promise<WebhookCredentialStatus> => {
  const { services, apiKey } = world().ready;
  return (await operatorClient(services[1] ?? '', apiKey).get('/webhook-credential')).body as WebhookCredentialStatus;
};
const untilAccount = (state: string) => until(`the account token is ${state}`, status, ({ accountToken }) => accountToken.state === state);

describe('the account token', () => {
  test('that Postmark does not know yet is refused, said so by every replica, and the previous one works meanwhile', async () => {
    const [first = ''] = await accountTokens();
    hold('made-up-before-it-was-made-there', first);
    await rotate();
    const { accountToken } = await untilAccount('refused');
    expect(accountToken).toMatchObject({
      currentFingerprint: fingerprintOf('made-up-before-it-was-made-there'),
      previousFingerprint: fingerprintOf(first),
    });
    const acme = await world().sender();
    const { body } = await acme.send();
    await acme.untilJob(body.eId, 'DELIVERED');
  });

  test('once it is made at Postmark is taken by every replica without a restart, and the old one may go', async () => {
    const [first = ''] = await accountTokens();
    await world().control.settings({ accountTokenCount: 2 });
    const [, second = ''] = await accountTokens();
    hold(second, first);
    await rotate();
    await untilAccount('accepted');
    hold(second);
    expect((await world().api.post('/material/refresh', {})).status).toBe(200);
    const { accountToken } = await until('every process has it', status, (seen) => {
      return seen.staleProcesses.length === 0 && seen.accountToken.previousFingerprint === null;
    });
    expect(accountToken.currentFingerprint).toBe(fingerprintOf(second));
    await (await world().actor({ provision: true })).untilStatus('LOCKED');
  });
});

describe('a server’s token', () => {
  const change = async (server: number, action: 'generate' | 'remove', token?: string): Promise<string[]> => {
    const given = JSON.stringify({ server, action, ...(token === undefined ? {} : { token }) });
    const response = await fetch(`${world().ready.sandbox.control}/postmark/token`, { method: 'POST', body: given });
    return ((await response.json()) as { ApiTokens: string[] }).ApiTokens;
  };

  test('is taken over when a second one shows at Postmark, so that the first may be deleted there: no message fails', async () => {
    const acme = await world().sender();
    const { postmark } = await acme.record();
    const server = postmark.serverId ?? 0;
    const [first = ''] = await change(server, 'generate');
    await rotate();
    await until('it is taken over', acme.history, (events) => events.some(({ event }) => event === 'ServerTokenReplaced'));
    await change(server, 'remove', first);
    const { body } = await acme.send();
    await acme.untilJob(body.eId, 'DELIVERED');
    expect(JSON.stringify(await acme.history())).not.toContain(first);
    // Its webhook is rewritten with the token that is left.
    await rotate();
    const after = await until('the rotation is over', status, ({ running }) => !running);
    expect(after).toMatchObject({ stale: [], proof: { complete: true } });
  });

  test('is found on the tick as well', async () => {
    const acme = await world().sender();
    const { postmark } = await acme.record();
    await change(postmark.serverId ?? 0, 'generate');
    await world().control.advance(15 * 60);
    await until('it is taken over', acme.history, (events) => events.some(({ event }) => event === 'ServerTokenReplaced'));
  });
});
