/** Cancelling what a lock or a removal takes back, while its holders settle. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { beforeEach, expect, test } from 'vitest';
import { cancelJobs, cancelQueuedJob, countInFlight } from '../../service/store/drains.ts';
import { sql } from '../../service/store/pool.ts';
import { createTestDatabase } from '../support/database.ts';

const { pool, url } = await createTestDatabase();
const at = new Date('2026-03-01T12:00:00.000Z');
const configurationEId = randomUUID();

beforeEach(async () => {
  await pool.query(sql.typeAlias('void')`truncate email_job`);
});

const job = async (status: string, acceptedAt = at): Promise<string> => {
  const eId = randomUUID();
  await pool.query(sql.typeAlias('void')`
    insert into email_job (tenant_id, e_id, configuration_e_id, recipient, subject, status, next_attempt_at, accepted_at,
      author, request_id)
    values ('acme', ${eId}, ${configurationEId}, 'bob@example.com', 's', ${status}, ${sql.timestamp(at)}, ${sql.timestamp(acceptedAt)}, 'a', 'r')`);
  return eId;
};
const cancel = (acceptedUpTo: Date | null = null) => cancelJobs(pool, 'acme', configurationEId, acceptedUpTo, at);
const read = async (eId: string): Promise<unknown> =>
  pool.one(
    sql.unsafe`select status, cancel_requested as requested, next_attempt_at as next, ended_at as ended from email_job where e_id = ${eId}`,
  );

test('queued jobs end, what is under way is marked, and what has ended stays as it is', async () => {
  const [queued, sending, held, sent] = [await job('QUEUED'), await job('SENDING'), await job('HELD'), await job('SENT')];
  expect(await cancel()).toBe(1);
  expect(await read(queued)).toEqual({ status: 'CANCELLED', requested: true, next: null, ended: at });
  expect(await read(sending)).toMatchObject({ status: 'SENDING', requested: true });
  expect(await read(held)).toMatchObject({ status: 'HELD', requested: true });
  expect(await read(sent)).toMatchObject({ status: 'SENT', requested: false });
  expect(await countInFlight(pool, 'acme', configurationEId)).toEqual({ sending: 1, held: 1, unresolvable: 0 });
});

test('what was accepted later is left alone', async () => {
  const later = await job('QUEUED', new Date(at.getTime() + 1));
  expect(await cancel(at)).toBe(0);
  expect(await read(later)).toMatchObject({ status: 'QUEUED', requested: false });
});

test.each(['SENDING', 'HELD'])('a %s job that goes back to the queue at the same moment does not slip through', async (status) => {
  const eId = await job(status);
  const settling = new Client({ connectionString: url });
  await settling.connect();
  try {
    await settling.query('begin');
    await settling.query(`update email_job set status = 'QUEUED' where e_id = $1`, [eId]);
    const cancelling = cancel();
    const waiting = () =>
      pool.any(sql.unsafe`
      select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%cancel_requested%'`);
    while ((await waiting()).length === 0) await settling.query('select pg_sleep(0.01)');
    await settling.query('commit');
    await cancelling;
  } finally {
    await settling.end();
  }
  expect(await read(eId)).toMatchObject({ status: 'CANCELLED', next: null });
});

test('one job is cancelled while it is queued, and not after', async () => {
  const [queued, sending] = [await job('QUEUED'), await job('SENDING')];
  expect(await cancelQueuedJob(pool, { tenantId: 'acme', eId: queued, author: 'ada' }, at)).toEqual({ kind: 'cancelled' });
  expect(await cancelQueuedJob(pool, { tenantId: 'acme', eId: queued, author: 'ada' }, at)).toEqual({ kind: 'notQueued' });
  expect(await cancelQueuedJob(pool, { tenantId: 'acme', eId: sending, author: 'ada' }, at)).toEqual({ kind: 'notQueued' });
  expect(await cancelQueuedJob(pool, { tenantId: 'other', eId: await job('QUEUED'), author: 'ada' }, at)).toEqual({ kind: 'notQueued' });
});
