/** What operators and tenants ask of one job, one recipient, one configuration. */
import { describe, expect, test } from 'vitest';
import { findJob } from '../../service/store/acceptance.ts';
import { readTimeline } from '../../service/store/jobTimelineReads.ts';
import { sql } from '../../service/store/pool.ts';
import { findActiveSuppression } from '../../service/store/suppressions.ts';
import { explain } from '../../service/work/describe.ts';
import { cancelJob } from '../../service/work/jobActions.ts';
import { resendJob } from '../../service/work/resendJob.ts';
import { sender } from '../../service/work/sender.ts';
import { addSuppression, releaseSuppressedRecipient } from '../../service/work/suppressionActions.ts';
import { triageJob } from '../../service/work/triageJob.ts';
import { waitForJob } from '../../service/work/waitForJob.ts';
import { acceptJob, acceptJobs, jobRow, jobRows } from '../support/acceptJobs.ts';
import { createTestDatabase } from '../support/database.ts';
import { unavailable } from '../support/fakeCalls.ts';
import { caller, WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());
const ready = async () => {
  const ctx = await bench.worker('a');
  return { ctx, c: await bench.sendable(ctx) };
};

describe('a job', () => {
  test('is cancelled while it is queued, and never sent then', async () => {
    const { ctx, c } = await ready();
    const job = await acceptJob(ctx, c);
    expect(await cancelJob(ctx, job, caller)).toMatchObject({ kind: 'done', job: { status: 'CANCELLED', nextAttemptAt: null } });
    expect(await cancelJob(ctx, job, caller)).toMatchObject({ kind: 'notAccepted', status: 'CANCELLED' });
    expect(await bench.send(ctx, sender(ctx))).toBe(0);
    expect((await cancelJob(ctx, { ...job, tenantId: 'other' }, caller)).kind).toBe('notFound');
  });

  test('is not cancelled once it is under way', async () => {
    const { ctx, c } = await ready();
    const job = await acceptJob(ctx, c);
    let meanwhile: unknown = null;
    bench.mail.next(async (messages) => {
      meanwhile = await cancelJob(ctx, job, caller);
      return bench.mail.take(messages);
    });
    await bench.send(ctx, sender(ctx));
    expect(meanwhile).toMatchObject({ kind: 'notAccepted', status: 'SENDING' });
    expect((await jobRow(bench, job))['status']).toBe('SENT');
  });

  test('is sent again as a new one that names it, once for one key', async () => {
    const { ctx, c } = await ready();
    const job = await acceptJob(ctx, c, { subject: 'Once more' });
    expect(await resendJob(ctx, { ...job, reason: 'lost', idempotencyKey: 'again' }, caller)).toMatchObject({
      kind: 'notAccepted',
      status: 'QUEUED',
    });
    await bench.send(ctx, sender(ctx));
    const again = await resendJob(ctx, { ...job, reason: 'lost', idempotencyKey: 'again' }, caller);
    const replayed = await resendJob(ctx, { ...job, reason: 'lost', idempotencyKey: 'again' }, caller);
    if (again.kind !== 'accepted' || replayed.kind !== 'replayed') throw new Error('not resent');
    expect(again.job.eId).not.toBe(job.eId);
    expect(replayed.job.eId).toBe(again.job.eId);
    await bench.send(ctx, sender(ctx));
    expect(bench.mail.calls.flatMap(({ messages }) => messages.map(({ to, subject }) => [to, subject]))).toEqual([
      [job.recipient, 'Once more'],
      [job.recipient, 'Once more'],
    ]);
    expect(await bench.rows(sql.unsafe`select resend_of as "resendOf" from email_job where resend_of is not null`)).toEqual([
      { resendOf: job.eId },
    ]);
    // The same request id, and no key: a second wish.
    const third = await resendJob(ctx, { ...job, reason: 'lost', idempotencyKey: null }, caller);
    expect(third.kind === 'accepted' && third.job.eId !== again.job.eId).toBe(true);
  });

  test('is not sent again to whom a gate shuts, nor when its body is no longer kept', async () => {
    const { ctx, c } = await ready();
    const [one, other] = await acceptJobs(ctx, c, 2);
    if (one === undefined || other === undefined) throw new Error('no jobs');
    await bench.send(ctx, sender(ctx));
    await addSuppression(
      { ...ctx, mail: ctx.ports.mail },
      { tenantId: c.tenantId, recipient: one.recipient, note: null, origin: 'tenant' },
      caller,
    );
    expect(await resendJob(ctx, { ...one, reason: 'x', idempotencyKey: null }, caller)).toMatchObject({
      kind: 'refused',
      code: 'recipient_suppressed',
    });
    await bench.rows(sql.unsafe`delete from email_payload`);
    expect(await resendJob(ctx, { ...other, reason: 'x', idempotencyKey: null }, caller)).toMatchObject({
      kind: 'refused',
      code: 'not_found',
    });
    expect(await jobRows(bench)).toHaveLength(2);
  });

  test('is triaged only while its events contradict each other', async () => {
    const { ctx, c } = await ready();
    const job = await acceptJob(ctx, c);
    const to = (resolution: 'delivered' | 'bounced' | 'complained') =>
      triageJob(ctx, { ...job, resolution, reason: 'r', origin: 'operator' }, caller);
    expect(await to('delivered')).toMatchObject({ kind: 'notAccepted', status: 'QUEUED' });
    for (const [resolution, status] of [
      ['delivered', 'DELIVERED'],
      ['bounced', 'BOUNCED'],
      ['complained', 'COMPLAINED'],
    ] as const) {
      await bench.rows(sql.unsafe`update email_job set status = 'INCONSISTENT'`);
      // Another tenant is told nothing, and changes nothing.
      expect((await triageJob(ctx, { ...job, tenantId: 'other', resolution, reason: 'r', origin: 'operator' }, caller)).kind).toBe(
        'notFound',
      );
      expect(await to(resolution)).toMatchObject({ kind: 'done', job: { status } });
    }
    expect(await bench.row(sql.unsafe`select triaged_by as by, triage_reason as reason from email_job`)).toEqual({
      by: 'tester',
      reason: 'r',
    });
  });

  test('tells in its timeline who took it back, who sent it again and why, and who settled it and why', async () => {
    const { ctx, c } = await ready();
    const [taken, resent, settled] = await acceptJobs(ctx, c, 3);
    if (taken === undefined || resent === undefined || settled === undefined) throw new Error('no jobs');
    await cancelJob(ctx, taken, caller);
    await bench.send(ctx, sender(ctx));
    const again = await resendJob(ctx, { ...resent, reason: 'never arrived', idempotencyKey: null }, caller);
    await bench.rows(sql.unsafe`update email_job set status = 'INCONSISTENT' where e_id = ${settled.eId}`);
    await triageJob(ctx, { ...settled, resolution: 'bounced', reason: 'they wrote', origin: 'operator' }, caller);
    const told = async (eId: string, kind: string) =>
      (await readTimeline(ctx.db, { tenantId: c.tenantId, eId, after: null, limit: 20 }))
        .filter((item) => item.kind === kind)
        .map(({ detail }) => detail);
    expect(await told(taken.eId, 'cancelled')).toEqual([{ author: 'tester' }]);
    expect(await told(again.kind === 'accepted' ? again.job.eId : '', 'accepted')).toMatchObject([
      { author: 'tester', resendOf: resent.eId, reason: 'never arrived' },
    ]);
    expect(await told(settled.eId, 'triaged')).toEqual([
      { from: 'INCONSISTENT', status: 'BOUNCED', author: 'tester', reason: 'they wrote' },
    ]);
  });

  test('is waited for until it is sent, or the time is over', async () => {
    const { ctx, c } = await ready();
    const job = await acceptJob(ctx, c);
    expect((await waitForJob(ctx, job.tenantId, job.eId, 1)).status).toBe('QUEUED');
    const waiting = waitForJob(ctx, job.tenantId, job.eId, 10_000);
    await bench.send(ctx, sender(ctx));
    expect((await waiting).status).toBe('SENT');
    expect(await findJob(bench.database.pool, 'other', job.eId)).toBeNull();
  });
});

describe('a suppression', () => {
  const request = { tenantId: 'acme', recipient: 'bob@example.com', note: 'asked by phone', origin: 'operator' } as const;
  const release = { tenantId: 'acme', recipient: 'bob@example.com', reason: 'asked again', force: false };
  const suppressing = async () => {
    const { ctx, c } = await ready();
    return { ctx: { ...ctx, mail: ctx.ports.mail }, c };
  };

  test('is added once, audited, and carried to the provider', async () => {
    const { ctx } = await suppressing();
    expect((await addSuppression(ctx, request, caller)).kind).toBe('added');
    expect((await addSuppression(ctx, request, caller)).kind).toBe('alreadyActive');
    expect(await bench.row(sql.unsafe`select reason, origin, note, author from suppression_entry`)).toEqual({
      reason: 'ManualSuppression',
      origin: 'operator',
      note: 'asked by phone',
      author: 'tester',
    });
    expect(bench.mail.suppressed).toEqual(['bob@example.com', 'bob@example.com']);
  });

  test('added and released by several at once is always one or the other, and nobody is failed', async () => {
    const { ctx } = await suppressing();
    const asked = Array.from({ length: 40 }, (_, n) =>
      n % 2 === 0 ? addSuppression(ctx, request, caller) : releaseSuppressedRecipient(ctx, release, caller),
    );
    const kinds = new Set((await Promise.all(asked)).map(({ kind }) => kind));
    expect([...kinds].filter((kind) => !['added', 'alreadyActive', 'released', 'notFound'].includes(kind))).toEqual([]);
    const active = await bench.rows(sql.unsafe`select recipient from suppression_entry where active`);
    expect(active.length).toBeLessThanOrEqual(1);
  });

  test('stands although the provider cannot be told', async () => {
    const { ctx } = await suppressing();
    bench.outside.always('suppress', unavailable);
    expect((await addSuppression(ctx, request, caller)).kind).toBe('added');
    expect(await findActiveSuppression(bench.database.pool, 'acme', 'bob@example.com')).not.toBeNull();
    expect(bench.troubles()).toHaveLength(1);
  });

  test('is released, audited, and the row stays', async () => {
    const { ctx } = await suppressing();
    await addSuppression(ctx, request, caller);
    expect(await releaseSuppressedRecipient(ctx, { ...release, tenantId: 'other' }, caller)).toEqual({ kind: 'notFound' });
    expect((await releaseSuppressedRecipient(ctx, release, caller)).kind).toBe('released');
    expect(await releaseSuppressedRecipient(ctx, release, caller)).toEqual({ kind: 'notFound' });
    expect(bench.mail.released).toEqual(['bob@example.com']);
    expect(await bench.row(sql.unsafe`select active, released_by as by, release_reason as reason from suppression_entry`)).toEqual({
      active: false,
      by: 'tester',
      reason: 'asked again',
    });
  });

  test('for a complaint is not released without force', async () => {
    const { ctx } = await suppressing();
    await addSuppression(ctx, request, caller);
    await bench.rows(sql.unsafe`update suppression_entry set reason = 'SpamComplaint'`);
    expect(await releaseSuppressedRecipient(ctx, release, caller)).toEqual({ kind: 'complaintNeedsForce' });
    bench.mail.refusesToRelease = true;
    expect((await releaseSuppressedRecipient(ctx, { ...release, force: true }, caller)).kind).toBe('released');
    expect(bench.troubles()).toHaveLength(1);
  });
});

describe('explain', () => {
  test('shows every gate with its evidence, and the first that is shut', async () => {
    const { ctx, c } = await ready();
    const said = () => explain(ctx, c.tenantId, c.eId, 'bob@example.com');
    expect((await said())?.firstBlocker).toBeNull();
    await addSuppression(
      { ...ctx, mail: ctx.ports.mail },
      { tenantId: c.tenantId, recipient: 'bob@example.com', note: null, origin: 'tenant' },
      caller,
    );
    expect((await said())?.firstBlocker?.gate).toBe('recipientAllowed');
    await bench.rows(sql.unsafe`
      insert into provider_pause values ('account', 'postmark_405', ${sql.timestamp(bench.now)}, ${sql.timestamp(bench.now)})`);
    expect((await said())?.firstBlocker).toMatchObject({ gate: 'providerOpen', evidence: expect.stringContaining('postmark_405') });
    bench.keysLoaded.clear();
    expect((await said())?.firstBlocker?.gate).toBe('keyLoaded');
    await bench.signal(ctx, c, 'lock');
    expect((await said())?.firstBlocker?.gate).toBe('administrative');
    expect((await said())?.gates).toHaveLength(5);
    expect(await explain(ctx, 'other', c.eId, null)).toBeNull();
  });
});
