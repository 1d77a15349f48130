/** One tenant's hundred thousand messages delay nobody: ten others with one each are served within its first two batches, counted at the provider. */
import { expect, test } from 'vitest';
import type { Actor } from './support/actor.ts';
import { ask } from './support/rows.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

/** One turn at a time, so that only the order of the turns is fair, and not their number. */
const world = sharedWorld([], { EMAIL_LOG_LEVEL: 'fatal', EMAIL_SENDING_CONCURRENCY: '1' });

const queued = 100_000;
const others = 10;

const rows = (sql: string, values: readonly unknown[] = []) => ask(world().ready.databaseUrl, sql, values);
/** The provider's own pause: what is accepted waits. */
const pause = () =>
  rows(`insert into provider_pause (scope, code, since, until) values ('account', 'test', now(), now() + interval '10 years')`);
const resume = () => rows('delete from provider_pause');

/** As acceptance writes them, one statement for all. */
const queueFor = async ({ tenant, eId }: Actor): Promise<void> => {
  const { acceptedAt } = (await rows('select now() as "acceptedAt"'))[0] as { acceptedAt: Date };
  await rows(
    `with job as (
       insert into email_job (tenant_id, e_id, configuration_e_id, recipient, subject, status, next_attempt_at, accepted_at, author, request_id)
       select $1, uuidv7(), $2, 'reader' || n || '@example.com', 'Hi', 'QUEUED', $3, $3, 'test', 'test' from generate_series(1, $4::int) n
       returning tenant_id, e_id, recipient
     )
     insert into email_payload (tenant_id, job_e_id, payload)
     select tenant_id, e_id, jsonb_build_object('recipient', recipient, 'replyToEmail', null, 'subject', 'Hi', 'htmlBody', null, 'textBody', 'Hi',
       'tag', null, 'metadata', '{}'::jsonb, 'attachments', '[]'::jsonb) from job`,
    [tenant, eId, acceptedAt, queued],
  );
};

type Call = { seq: number; operation: string };
/** Oldest first. */
const sends = async (): Promise<string[]> => {
  const { calls } = (await (await fetch(`${world().ready.sandbox.control}/calls?service=postmark&limit=1000`)).json()) as { calls: Call[] };
  return calls
    .toSorted((a, b) => a.seq - b.seq)
    .map(({ operation }) => operation)
    .filter((operation) => operation.startsWith('POST /email'));
};

test('one tenant with 100,000 queued messages and ten with one each: the ten leave within two batches', async () => {
  const { sender, control } = world();
  await control.settings({ autoDeliver: false });
  const busy = await sender();
  const brisk = await Promise.all(Array.from({ length: others }, () => sender()));
  await pause();
  await queueFor(busy);
  const jobs = await Promise.all(brisk.map(async (each) => ({ each, eId: (await each.send()).body.eId })));
  expect((await busy.record()).queued).toBe(queued);
  await resume();
  const alone = (seen: readonly string[]) => seen.filter((operation) => operation === 'POST /email').length;
  const seen = await until('the ten have left', sends, (calls) => alone(calls) === others);
  // The busy one has its turns as well.
  await until('the busy tenant was served', sends, (calls) => calls.includes('POST /email/batch'));
  await pause();
  for (const { each, eId } of jobs) await each.untilJob(eId, 'SENT');
  const lastOfTheTen = seen.lastIndexOf('POST /email');
  expect(seen.slice(0, lastOfTheTen).filter((operation) => operation === 'POST /email/batch').length).toBeLessThanOrEqual(2);
  expect((await busy.record()).queued).toBeGreaterThan(queued / 2);
});
