/** The way out for a message that nothing can look up any more: its Postmark server is gone, and an operator says what became of it. */
import { expect, test } from 'vitest';
import { runConsole } from '../support/consoleRun.ts';
import type { Actor } from './support/actor.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld([], { EMAIL_LOG_LEVEL: 'fatal', EMAIL_POSTMARK_TIMEOUT_SECONDS: '1' });

const postroute = (words: readonly string[]) =>
  runConsole(words, { environment: { POSTROUTE_URL: world().ready.service ?? '', ARDA_API_KEY: world().ready.apiKey, USER: 'olga' } });

const deleteServer = async ({ serverName }: Actor): Promise<void> => {
  const { control, ready } = world();
  const { postmark } = await control.state();
  const id = postmark.servers.find(({ Name }) => Name === serverName)?.ID;
  const { status } = await fetch(`${ready.sandbox.postmark}/servers/${id}`, {
    method: 'DELETE',
    headers: { accept: 'application/json', 'X-Postmark-Account-Token': postmark.accountTokens[0] ?? '' },
  });
  expect(status).toBe(200);
};

/** Its calls were cut, so nobody knows of these messages. */
const withHeld = async (count: number): Promise<{ acme: Actor; held: string[] }> => {
  const { control, sender } = world();
  await control.settings({ autoDeliver: false, serverDeletion: true });
  const acme = await sender();
  await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'timeout-after' });
  const held: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const { body } = await acme.send(`reader${n}@example.com`);
    await acme.untilJob(body.eId, 'HELD');
    held.push(body.eId);
  }
  await control.clearFaults();
  return { acme, held };
};

const triage = async ({ tenant }: Actor, eId: string, resolution: string) =>
  (await world().api.post(`/job/${eId}/triage`, { resolution, reason: 'INC-7: asked the recipient' }, { tenant })) as {
    status: number;
    body: Record<string, unknown>;
  };

test('a lock that such a message holds up ends once it is settled, and the message can be sent again', async () => {
  const { control, api } = world();
  const { acme, held } = await withHeld(1);
  const [job = ''] = held;
  // As long as it can still be looked up there is nothing to decide.
  const { nextAttemptAt } = await acme.job(job);
  expect(await triage(acme, job, 'dropped')).toMatchObject({
    status: 409,
    body: { code: 'signal_not_accepted', detail: expect.stringContaining(String(nextAttemptAt)) },
  });
  await deleteServer(acme);
  await control.advance(50);
  expect(await acme.job(job)).toMatchObject({ status: 'HELD', lastError: { code: 'server_gone' } });

  await acme.signal('lock');
  expect(await acme.record()).toMatchObject({ status: 'LOCKING', inFlight: 1 });
  const explained = await postroute(['explain', acme.slug]);
  expect(explained.out).toMatch(/administrativeStatus is LOCKING: 0 sending, 1 held; 1 of them .*postroute jobs triage/);
  await acme.untilRecord('says so itself', ({ waitingOn }) => waitingOn?.detail?.includes('postroute jobs triage') === true);

  const settled = await postroute(['jobs', 'triage', job, '--tenant', acme.tenant, '--as', 'dropped', '--reason', 'INC-7: not there']);
  expect(settled).toMatchObject({ code: 0, out: expect.stringMatching(/^DEAD_LETTER /m) });
  await acme.untilStatus('LOCKED');
  expect(await acme.job(job)).toMatchObject({
    status: 'DEAD_LETTER',
    nextAttemptAt: null,
    lastError: { code: 'triaged_dropped', message: expect.stringContaining('olga') },
  });
  const timeline = await acme.timeline(job);
  expect(timeline.filter(({ kind }) => kind === 'triaged')).toMatchObject([
    { detail: { from: 'HELD', status: 'DEAD_LETTER', author: 'olga', reason: 'INC-7: not there' } },
  ]);
  expect(timeline.filter(({ kind }) => kind === 'deadLetter')).toHaveLength(1);
  expect((await triage(acme, job, 'dropped')).status).toBe(409);
  // It is a dead letter like any other: sent again by whom asks for it, through the gates, and not by itself.
  expect(await api.post(`/job/${job}/resend`, { reason: 'INC-7' }, { tenant: acme.tenant })).toMatchObject({
    status: 409,
    body: { code: 'not_sendable' },
  });
});

test('after a force-lock it ends as CANCELLED or as what became of it, and the removal that waited goes on', async () => {
  const { control } = world();
  const { acme, held } = await withHeld(2);
  const [dropped = '', complained = ''] = held;
  await deleteServer(acme);
  await acme.signal('force-lock');
  await acme.signal('remove');
  await control.advance(50);
  await acme.untilRecord('waits for both', ({ waitingOn }) => waitingOn?.detail?.includes('2 of them') === true);
  expect(await triage(acme, dropped, 'dropped')).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
  expect(await triage(acme, complained, 'complained')).toMatchObject({ status: 200, body: { status: 'COMPLAINED', lastError: null } });
  await control.advance(10);
  await acme.untilStatus('REMOVED');
  // A complaint is a complaint, whoever tells of it.
  const { items } = (await world().api.get('/suppression?active=true', { tenant: acme.tenant })).body as { items: unknown[] };
  expect(items).toMatchObject([
    { recipient: 'reader1@example.com', reason: 'SpamComplaint', origin: 'operator', sourceJobEId: complained },
  ]);
});
