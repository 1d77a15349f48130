/**
 * A replica that stands still until it is taken for dead, and then goes on where it was: the worst of neighbours. What it was about to send has been
 * looked up and sent by another meanwhile.
 */
import { expect, test } from 'vitest';
import { operatorClient } from '../support/apiClient.ts';
import type { JobRecord } from './support/actor.ts';
import { ask } from './support/rows.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld(['--replicas', '2'], {
  EMAIL_WORK_LEASE_SECONDS: '2',
  EMAIL_POSTMARK_TIMEOUT_SECONDS: '25',
  EMAIL_LOG_LEVEL: 'fatal',
});

/** Five of these fill the 50 MB of one call, so that six are one claim of two calls. */
const attachment = { filename: 'a.dat', contentType: 'application/octet-stream', contentBase64: 'A'.repeat(9_900_000) };

test('its second call of a claim that was taken from it is not made: every message is there once', async () => {
  const { control, ready, sender, api } = world();
  const acme = await sender();
  const [first, second] = ready.pids.service;
  if (first === undefined || second === undefined) throw new Error('two replicas were asked for');
  // All accepted before the first can be claimed: the account's answer 405 pauses the partition's sending for a minute.
  await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'status', status: 422, errorCode: 405, times: 1 });
  const pausing = await acme.send('first@example.com');
  await until(
    'sending is paused',
    () => acme.explain(),
    ({ firstBlocker }) => firstBlocker === 'providerOpen',
  );
  const jobs: string[] = [pausing.body.eId];
  for (let n = 0; n < 6; n += 1) {
    const body = {
      configurationEId: acme.eId,
      recipient: `reader${n}@example.com`,
      subject: 'Large',
      textBody: 'Hi',
      attachments: [attachment],
    };
    const answer = await api.call('POST', '/job', { tenant: acme.tenant, headers: { 'Idempotency-Key': `large-${n}` }, body });
    expect(answer.status).toBe(202);
    jobs.push((answer.body as { eId: string }).eId);
  }
  await control.settings({ autoDeliver: false });
  await control.fault({ service: 'postmark', operation: 'POST /email/batch', kind: 'slow', delayMs: 3000, times: 1 });
  const advanced = control.advance(61);
  const calls = async (): Promise<number> => (await control.state()).calls.postmark['POST /email/batch'] ?? 0;
  await until('the first call is made', calls, (made) => made === 1, 30_000);
  // Who holds the claim is not told outside; so both stand still, and the one without a claim goes on.
  process.kill(first, 'SIGSTOP');
  process.kill(second, 'SIGSTOP');
  const [claim] = await ask<{ holder: string }>(ready.databaseUrl, 'select holder from email_job where e_id = $1', [jobs[1]]);
  const isFirst = claim?.holder.includes(`:${first}:`) === true;
  const [stalled, brisk] = isFirst ? [first, second] : [second, first];
  process.kill(brisk, 'SIGCONT');
  await advanced;
  const client = operatorClient(ready.services[isFirst ? 1 : 0] ?? '', ready.apiKey);
  const statuses = () =>
    Promise.all(jobs.map(async (eId) => ((await client.get(`/job/${eId}`, { tenant: acme.tenant })).body as JobRecord).status));
  await until('the claims were taken from it', statuses, (seen) => seen.every((status) => status !== 'SENDING'), 20_000);
  await control.advance(400);
  await until('all are sent', statuses, (seen) => seen.every((status) => status === 'SENT'), 30_000);
  process.kill(stalled, 'SIGCONT');
  await until(
    'it answers again',
    async () => (await Promise.all(ready.services.map((url) => fetch(`${url}/readyz`)))).map(({ status }) => status),
    (seen) => seen.every((status) => status === 200),
  );
  await control.advance(60);
  const mail = (await control.mail()).filter(({ From }) => From.includes(acme.sendingDomain));
  expect(mail.map(({ Metadata }) => Metadata['jobId']).toSorted()).toEqual(jobs.toSorted());
});
