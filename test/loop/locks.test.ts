/**
 * Locks under load, over the wire, with two replicas that both accept and both send: `lock` never cuts a message in half, and after `force-lock` is
 * answered not one more message reaches the provider than was already on its way.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { operatorClient } from '../support/apiClient.ts';
import type { Actor } from './support/actor.ts';
import { ask } from './support/rows.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld(['--replicas', '2'], {
  EMAIL_LOG_LEVEL: 'fatal',
  EMAIL_POSTMARK_TIMEOUT_SECONDS: '1',
  EMAIL_SENDING_BATCH_MAX: '7',
});

afterEach(async () => {
  await world().control.clearFaults();
  await world().control.settings({ autoDeliver: true });
});

const settled = ['SENT', 'DELIVERED'];

/** Callers at both doors who send without a pause until they are stopped or refused; answers the ids of what was accepted. */
const load = (acme: Actor) => {
  const { ready } = world();
  const stop = new AbortController();
  const accepted: string[] = [];
  const caller = async (client: ReturnType<typeof operatorClient>, name: string): Promise<void> => {
    for (let n = 0; !stop.signal.aborted; n += 1) {
      const items = Array.from({ length: 5 }, (_, i) => ({
        idempotencyKey: `${name}-${n}-${i}`,
        configurationEId: acme.eId,
        recipient: `reader${n}@example.com`,
        subject: 'Hi',
        textBody: 'Hi',
      }));
      const { body } = await client.call('POST', '/job/batch', { tenant: acme.tenant, body: { items } });
      const { results } = body as { results: { status: number; job?: { eId: string } }[] };
      expect(results.every(({ status }) => status === 202 || status === 409)).toBe(true);
      accepted.push(...results.flatMap(({ job }) => (job === undefined ? [] : [job.eId])));
      await pause(5);
    }
  };
  const callers = ready.services.flatMap((url, replica) =>
    [0, 1].map((n) => caller(operatorClient(url, ready.apiKey), `${acme.eId}-${replica}-${n}-${Math.random()}`)),
  );
  return {
    async stopped(): Promise<string[]> {
      stop.abort();
      await Promise.all(callers);
      return accepted;
    },
  };
};

const jobsOf = ({ eId }: Actor) =>
  ask<{ id: string; status: string }>(world().ready.databaseUrl, 'select e_id as id, status from email_job where configuration_e_id = $1', [
    eId,
  ]);
const idsOf = async (acme: Actor, ...statuses: string[]): Promise<string[]> =>
  (await jobsOf(acme))
    .filter(({ status }) => statuses.includes(status))
    .map(({ id }) => id)
    .toSorted();
/** Job ids of what the provider has, with every repetition. */
const capturedOf = async ({ sendingDomain }: Actor): Promise<string[]> =>
  (await world().control.mail())
    .filter(({ From }) => From.includes(sendingDomain))
    .map(({ Metadata }) => Metadata['jobId'] ?? '')
    .toSorted();

/** Calls take a while, so that a lock always finds some on their way. */
const slowly = (kind: 'slow' | 'timeout-after', probability: number) =>
  world().control.fault({
    service: 'postmark',
    operation: 'POST /email/batch',
    kind,
    probability,
    ...(kind === 'slow' ? { delayMs: 500 } : {}),
  });

/** Many wait, and a batch is on its way or was. */
const untilBusy = (acme: Actor) =>
  until(
    'some are queued, and some have left',
    () => jobsOf(acme),
    (jobs) => jobs.filter(({ status }) => status === 'QUEUED').length > 20 && jobs.filter(({ status }) => status !== 'QUEUED').length > 1,
  );

test('a lock waits for what is under way, unknown outcomes included: then each message is either with the provider and SENT, or queued, and none is both', async () => {
  const { sender, control } = world();
  const acme = await sender();
  // A delivery that is reported tells the outcome before anybody has to look.
  await control.settings({ autoDeliver: false });
  let accepted: string[] = [];
  let unknownOutcomes = 0;
  for (let round = 0; round < 2; round += 1) {
    // The first batch of each round at least is one whose answer is lost.
    await control.clearFaults();
    await control.fault({ service: 'postmark', operation: 'POST /email/batch', kind: 'timeout-after', times: 1 });
    await slowly('timeout-after', 0.5);
    await slowly('slow', 1);
    const callers = load(acme);
    await untilBusy(acme);
    expect((await acme.signal('lock')).status).toBe(202);
    // Calls end by themselves; what nobody answered is looked up after its grace, and keeps the lock waiting until then.
    await until(
      'the lock has what it waits for',
      async () => ({ record: await acme.record(), underWay: await idsOf(acme, 'SENDING') }),
      ({ record, underWay }) => {
        if (record.status === 'LOCKED') expect(underWay).toEqual([]);
        return underWay.length === 0;
      },
    );
    accepted = accepted.concat(await callers.stopped());
    const unknown = await idsOf(acme, 'HELD');
    unknownOutcomes += unknown.length;
    if (unknown.length > 0) {
      expect(await acme.record()).toMatchObject({ status: 'LOCKING', waitingOn: { what: 'drain' } });
      await control.advance(50);
    }
    await acme.untilStatus('LOCKED');
    const captured = await capturedOf(acme);
    expect(captured).toEqual(await idsOf(acme, ...settled));
    expect((await jobsOf(acme)).filter(({ status }) => ![...settled, 'QUEUED'].includes(status))).toEqual([]);
    await control.advance(600);
    expect(await capturedOf(acme)).toEqual(captured);
    expect((await acme.signal('unlock')).status).toBe(202);
  }
  expect(unknownOutcomes).toBeGreaterThan(0);
  await control.clearFaults();
  await until(
    'nothing is left',
    () => acme.record(),
    ({ queued, inFlight }) => queued + inFlight === 0,
  );
  expect(await capturedOf(acme)).toEqual(accepted.toSorted());
});

test('after a force-lock is answered nothing reaches the provider but what was on its way, and what it did not take is CANCELLED', async () => {
  const { sender, control } = world();
  const acme = await sender();
  await slowly('slow', 1);
  for (let round = 0; round < 3; round += 1) {
    const callers = load(acme);
    await untilBusy(acme);
    const locked = await acme.signal('force-lock');
    expect(await idsOf(acme, 'SENDING')).toEqual([]);
    const [captured, aborted] = [await capturedOf(acme), await idsOf(acme, 'HELD')];
    expect(locked).toMatchObject({ status: 202, body: { administrativeStatus: 'LOCKED', canSend: false } });
    const accepted = await callers.stopped();
    await control.advance(600);
    const late = (await capturedOf(acme)).filter((id) => !captured.includes(id));
    expect(late.filter((id) => !aborted.includes(id))).toEqual([]);
    expect(await acme.record()).toMatchObject({ queued: 0, inFlight: 0 });
    // Also what was accepted while it was being locked has an end, and the same one at both ends.
    expect(await capturedOf(acme)).toEqual(await idsOf(acme, ...settled));
    expect((await jobsOf(acme)).filter(({ status }) => ![...settled, 'CANCELLED'].includes(status))).toEqual([]);
    expect(accepted.length).toBeGreaterThan(0);
    expect((await acme.signal('unlock')).status).toBe(202);
  }
  await control.clearFaults();
  const before = await capturedOf(acme);
  await control.advance(10_000);
  expect(await capturedOf(acme)).toEqual(before);
});
