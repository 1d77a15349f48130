/** Taking back: in reverse, tolerant of what is gone, and until nothing of ours is left. */
import { describe, expect, test } from 'vitest';
import type { Configuration } from '../../service/core/configuration/records.ts';
import { sql } from '../../service/store/pool.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { createTestDatabase } from '../support/database.ts';
import { broken, lostAfter, lostBefore, refused, throttled, unavailable } from '../support/fakeCalls.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());
const removed = (c: Configuration) => c.operational === 'REMOVED';

const remove = async (ctx: WorkContext, c: Configuration, seconds = 600): Promise<Configuration> => {
  await bench.signal(ctx, c, 'remove');
  return bench.workFor(ctx, seconds, removed, c);
};
const nothingLeft = () => ({
  servers: bench.postmark.servers.size,
  domains: bench.postmark.domains.size,
  webhooks: bench.postmark.webhooks.size,
  records: bench.zone.records.size,
});
const none = { servers: 0, domains: 0, webhooks: 0, records: 0 };

test('a removal leaves nothing, and goes in the order that never leaves a record pointing at what was released', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx, { locked: true });
  bench.outside.log.length = 0;
  expect((await remove(ctx, c)).operational).toBe('REMOVED');
  expect(nothingLeft()).toEqual(none);
  const inOrder = ['change', 'TXT', 'CNAME', 'deleteWebhook', 'deleteDomain', 'deleteServer'].map((call) =>
    bench.outside.log.indexOf(call),
  );
  expect(inOrder).not.toContain(-1);
  expect([...inOrder].sort((a, b) => a - b)).toEqual(inOrder);
});

test('what is gone already is as good as removed', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx, { locked: true });
  bench.zone.records.clear();
  bench.postmark.domains.clear();
  bench.postmark.servers.clear();
  expect(await remove(ctx, c)).toMatchObject({ operational: 'REMOVED', retiredServerIds: [] });
});

test.each([
  ['change', throttled],
  ['change', lostAfter],
  ['change', lostBefore],
  ['changeStatus', unavailable],
  ['listRecords', unavailable],
  ['TXT', broken],
  ['listWebhooks', unavailable],
  ['deleteWebhook', lostAfter],
  ['deleteDomain', lostAfter],
  ['deleteDomain', refused(500)],
  ['deleteServer', lostAfter],
  ['deleteServer', unavailable],
] as const)('%s meets trouble (%o) and is tried again until it has succeeded', async (call, behaviour) => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx, { locked: true });
  bench.outside.next(call, behaviour, behaviour);
  expect((await remove(ctx, c)).operational).toBe('REMOVED');
  expect(nothingLeft()).toEqual(none);
});

describe('an account that may not delete servers', () => {
  const retiredNames = () => [...bench.postmark.servers.values()].map(({ name }) => name);

  test('has them retired: renamed, without webhooks, their token dropped, their id kept', async () => {
    const ctx = await bench.worker('a');
    bench.postmark.mayDeleteServers = false;
    const c = await bench.sendable(ctx, { locked: true, slug: 'acme' });
    const gone = await remove(ctx, c);
    expect(gone).toMatchObject({ operational: 'REMOVED', serverId: null, serverToken: null, retiredServerIds: [c.serverId] });
    expect(retiredNames()).toEqual([expect.stringMatching(/^retired-example-dev-acme-[a-z0-9]+$/)]);
    expect(nothingLeft()).toEqual({ ...none, servers: 1 });
  });

  test('frees the name, for the slug’s next owner', async () => {
    const ctx = await bench.worker('a');
    bench.postmark.mayDeleteServers = false;
    await remove(ctx, await bench.sendable(ctx, { locked: true, slug: 'acme' }));
    const next = await bench.sendable(ctx, { slug: 'acme', tenantId: 'next' });
    expect(next).toMatchObject({ operational: 'OK', serverName: 'example-dev-acme' });
  });

  test('one configuration may retire more than one server', async () => {
    const ctx = await bench.worker('a');
    bench.postmark.mayDeleteServers = false;
    const created = await bench.create(ctx, { slug: 'acme' });
    bench.outside.next('createDomain', refused(614));
    const missing = await bench.workFor(ctx, 60, (c) => c.operational === 'MISSING', created);
    expect(missing.retiredServerIds).toHaveLength(1);
    await bench.signal(ctx, created, 're-provision');
    await bench.workFor(ctx, 60, (c) => c.operational === 'AWAITING_VERIFICATION', created);
    const gone = await remove(ctx, created);
    expect(gone.operational).toBe('REMOVED');
    expect(gone.retiredServerIds).toHaveLength(2);
    expect(new Set(retiredNames()).size).toBe(2);
  });

  test('may lose the answer of the renaming', async () => {
    const ctx = await bench.worker('a');
    bench.postmark.mayDeleteServers = false;
    const c = await bench.sendable(ctx, { locked: true, slug: 'acme' });
    bench.outside.next('renameServer', lostAfter);
    expect(await remove(ctx, c)).toMatchObject({ operational: 'REMOVED', retiredServerIds: [c.serverId] });
    expect(nothingLeft()).toEqual({ ...none, servers: 1 });
  });
});

describe('what a lost answer may have made is looked for by name', () => {
  test.each(['createServer', 'createDomain'] as const)('%s', async (call) => {
    const ctx = await bench.worker('a', { stepPatienceMinutes: 1 });
    const created = await bench.create(ctx, { slug: 'acme' });
    bench.outside.next(call, lostAfter);
    bench.outside.always(call === 'createServer' ? 'findServerByName' : 'findDomainByName', unavailable);
    // Its patience ends before the name can be looked up.
    const unwinding = await bench.workFor(ctx, 120, (c) => c.step === 'unwind', created);
    expect(unwinding.step).toBe('unwind');
    bench.outside.always(call === 'createServer' ? 'findServerByName' : 'findDomainByName', null);
    const missing = await bench.workFor(ctx, 600, (c) => c.operational === 'MISSING', created);
    expect(missing.operational).toBe('MISSING');
    expect(nothingLeft()).toEqual(none);
  });

  test('what somebody made by hand under our name stays', async () => {
    const ctx = await bench.worker('a');
    bench.postmark.addServer('example-dev-acme');
    const missing = await bench.workFor(ctx, 60, (c) => c.operational === 'MISSING', await bench.create(ctx, { slug: 'acme' }));
    expect((await remove(ctx, missing)).operational).toBe('REMOVED');
    expect(nothingLeft()).toEqual({ ...none, servers: 1 });
  });
});

describe('records', () => {
  const dkimOf = (c: Configuration) => {
    const record = bench.zone.records.get(`${c.dkimName} TXT`);
    if (record === undefined) throw new Error('there is no DKIM record');
    return record;
  };

  test('edited by hand, they are deleted as they are now', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx, { locked: true });
    bench.zone.put({ ...dkimOf(c), ttl: 60, values: ['somebody’s own words'] });
    expect((await remove(ctx, c)).operational).toBe('REMOVED');
    expect(nothingLeft()).toEqual(none);
  });

  test('cut by hand into other strings, they are written anew and then deleted', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx, { locked: true });
    const { written: _written, ...record } = dkimOf(c);
    const [value = ''] = record.values;
    bench.zone.put(record, `"${value.slice(0, 20)}" "${value.slice(20)}"`);
    expect((await remove(ctx, c)).operational).toBe('REMOVED');
    expect(nothingLeft()).toEqual(none);
  });

  test('changed between the look and the deletion, they are looked at again', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx, { locked: true });
    const record = dkimOf(c);
    bench.outside.next('change', { kind: 'meanwhile', run: async () => bench.zone.put({ ...record, ttl: 77 }) });
    expect((await remove(ctx, c)).operational).toBe('REMOVED');
    expect(nothingLeft()).toEqual(none);
  });

  test('while a name server still answers, nothing is released', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx, { locked: true });
    bench.zone.answers.set(c.dkimName ?? '', 'stale');
    expect((await remove(ctx, c, 10)).operational).toBe('REMOVING');
    expect([bench.zone.records.size, bench.postmark.servers.size, bench.postmark.domains.size]).toEqual([0, 1, 1]);
    bench.zone.answers.clear();
    expect((await bench.workFor(ctx, 120, removed, c)).operational).toBe('REMOVED');
  });

  test('while no name server can be reached, nothing is released: unreachable is not absent', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx, { locked: true });
    bench.zone.answers.set(c.returnPathName ?? '', 'unreachable');
    expect((await remove(ctx, c, 10)).operational).toBe('REMOVING');
    expect(bench.postmark.domains.size).toBe(1);
    bench.zone.answers.clear();
    expect((await bench.workFor(ctx, 120, removed, c)).operational).toBe('REMOVED');
  });

  test('a write that waited longer than its step’s patience does not come after the deletion', async () => {
    const ctx = await bench.worker('a', { stepPatienceMinutes: 0.2 });
    const created = await bench.create(ctx);
    bench.outside.always('change', throttled);
    const missing = await bench.workFor(ctx, 120, (c) => c.operational === 'MISSING', created);
    expect(missing).toMatchObject({ operational: 'MISSING', lastFailureCode: 'records_not_in_sync' });
    bench.outside.always('change', null);
    await bench.workFor(ctx, 60, () => false, created);
    expect(nothingLeft()).toEqual(none);
  });
});

describe('an unwind that takes long', () => {
  const alerts = () => bench.incidents.filter(({ message }) => message === 'email.configuration.lifecycle.unwind_stuck');

  test('is told once, after ten minutes, and goes on', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx, { locked: true });
    bench.outside.always('deleteServer', unavailable);
    await remove(ctx, c, 9 * 60);
    expect(alerts()).toEqual([]);
    await bench.workFor(ctx, 3600, removed, c);
    expect(alerts()).toEqual([expect.objectContaining({ context: expect.objectContaining({ eId: c.eId, postmarkServerId: c.serverId }) })]);
    bench.outside.always('deleteServer', null);
    expect((await bench.workFor(ctx, 120, removed, c)).operational).toBe('REMOVED');
  });

  test('is told also when the fault is our own', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx, { locked: true });
    bench.outside.always('listWebhooks', broken);
    await remove(ctx, c, 1200);
    expect(alerts()).toHaveLength(1);
  });
});

test('a removal waits for messages whose outcome is unknown, and ends those that have not left', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx, { locked: true });
  const job = (eId: string, status: string) => sql.unsafe`
    insert into email_job (tenant_id, e_id, configuration_e_id, recipient, subject, status, next_attempt_at, accepted_at,
      author, request_id)
    values (${c.tenantId}, ${eId}, ${c.eId}, 'bob@example.com', 's', ${status}, null, ${sql.timestamp(bench.now)}, 'a', 'r')`;
  await bench.rows(job('0199aaaa-0000-7000-8000-000000000011', 'QUEUED'));
  await bench.rows(job('0199aaaa-0000-7000-8000-000000000012', 'HELD'));
  expect((await remove(ctx, c, 300)).operational).toBe('REMOVING');
  expect(bench.zone.records.size).toBe(2);
  expect(await bench.rows(sql.unsafe`select status from email_job order by e_id`)).toEqual([{ status: 'CANCELLED' }, { status: 'HELD' }]);
  await bench.rows(sql.unsafe`update email_job set status = 'SENT' where status = 'HELD'`);
  expect((await bench.workFor(ctx, 120, removed, c)).operational).toBe('REMOVED');
});
