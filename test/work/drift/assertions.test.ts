/** What the three assertions of the runbook find, keep, resolve and report, on a real database and an outside that a test edits by hand. */
import { describe, expect, it } from 'vitest';
import { readLastRun } from '../../../service/store/driftReads.ts';
import { sql } from '../../../service/store/pool.ts';
import { drifter, requestDriftRun } from '../../../service/work/drift/drifter.ts';
import type { WorkContext } from '../../../service/work/workContext.ts';
import { createTestDatabase } from '../../support/database.ts';
import { refused, throttled, unavailable } from '../../support/fakeCalls.ts';
import { keyVersionId } from '../../support/fakeKeyring.ts';
import { caller, WorkBench } from '../../support/workBench.ts';
import { driftBench, needs } from './support/driftBench.ts';

const bench = new WorkBench(await createTestDatabase());
const { run, findings, settled, dkimNameOf } = driftBench(bench);
const editDkim = (slug: string, value?: string, ttl?: number): void => driftBench(bench).editDkim(slug, value, ttl);
const day = 86_400;

describe('drift.dns', () => {
  it('reports a record that was edited by hand once, with the runbook’s tag and context, and keeps quiet while it stays', async () => {
    const ctx = await bench.worker('w1');
    const { eId, serverId } = await settled(ctx, 'acme');
    const name = dkimNameOf('acme');
    editDkim('acme');
    expect(await run(ctx, 'dns')).toMatchObject([{ name: 'dns', outcome: 'completed', findings: 1, opened: 1, skipped: 0, listCalls: 1 }]);
    await run(ctx, 'dns');
    expect(await findings()).toMatchObject([
      { tag: 'email.drift.dns_dkim_mismatch', subject: eId, class: 'edited', quietUntil: null, openings: 1, recordName: name },
    ]);
    expect(bench.incidents).toEqual([
      {
        message: 'email.drift.dns_dkim_mismatch',
        level: 'error',
        tags: { 'email.drift': 'dns_dkim_mismatch' },
        fingerprint: ['email.drift.dns_dkim_mismatch', eId],
        context: { eId, postmarkServerId: serverId, keyVersionId, recordName: name },
      },
    ]);
  });

  it('resolves a finding when the world agrees again, and reports it again when it reopens', async () => {
    const ctx = await bench.worker('w1');
    await settled(ctx, 'acme');
    const [value = ''] = bench.zone.records.get(`${dkimNameOf('acme')} TXT`)?.values ?? [];
    editDkim('acme');
    await run(ctx, 'dns');
    editDkim('acme', value, 60);
    expect(await run(ctx, 'dns')).toMatchObject([{ findings: 0, resolved: 1 }]);
    expect(await findings()).toEqual([]);
    editDkim('acme');
    bench.pass(900);
    await run(ctx, 'dns');
    expect(await findings()).toMatchObject([{ class: 'edited', openings: 2, resolvedAt: null, openedAt: bench.now }]);
    expect(bench.incidents).toHaveLength(2);
    expect(await findings(null)).toHaveLength(1);
  });

  it('calls a mismatch within the old TTL of our own write propagating: open, quiet, and reported by the first run after it', async () => {
    const ctx = await bench.worker('w1');
    const { eId } = await bench.sendable(ctx, { tenantId: 'acme', slug: 'acme' });
    const written = bench.now;
    editDkim('acme', 'k=rsa;p=THE OLD KEY', 1200);
    bench.pass(1199);
    await run(ctx, 'dns');
    const quietUntil = new Date(written.getTime() + 1_200_000);
    expect(await findings()).toMatchObject([{ subject: eId, class: 'propagating', quietUntil, reportedAt: null }]);
    expect(bench.incidents).toEqual([]);
    bench.pass(1);
    await run(ctx, 'dns');
    expect(await findings()).toMatchObject([{ class: 'edited', quietUntil: null, reportedAt: bench.now, openings: 1 }]);
    expect(bench.incidents).toHaveLength(1);
  });

  it('lets a propagating mismatch close by itself without a word', async () => {
    const ctx = await bench.worker('w1');
    await bench.sendable(ctx, { tenantId: 'acme', slug: 'acme' });
    const record = bench.zone.records.get(`${dkimNameOf('acme')} TXT`);
    bench.zone.records.delete(`${dkimNameOf('acme')} TXT`);
    await run(ctx, 'dns');
    expect(await findings()).toMatchObject([{ class: 'propagating' }]);
    if (record !== undefined) bench.zone.put(record);
    bench.pass(day);
    await run(ctx, 'dns');
    expect(await findings()).toEqual([]);
    expect(bench.incidents).toEqual([]);
  });

  it('waits an hour at the most, however long a TTL somebody gave the record', async () => {
    const ctx = await bench.worker('w1');
    await bench.sendable(ctx, { tenantId: 'acme', slug: 'acme' });
    editDkim('acme', 'k=rsa;p=SOMEBODY', day);
    bench.pass(3600);
    await run(ctx, 'dns');
    expect(bench.incidents).toHaveLength(1);
  });

  it('finds a deleted Return-Path, a second value beside ours, and nothing wrong with another case or TTL', async () => {
    const ctx = await bench.worker('w1');
    for (const slug of ['gone', 'two', 'same']) await settled(ctx, slug);
    bench.zone.records.delete('pm-bounces.gone.dev.example.net CNAME');
    const two = bench.zone.records.get(`${dkimNameOf('two')} TXT`);
    if (two !== undefined) bench.zone.put({ ...two, values: [...two.values, 'k=rsa;p=ANOTHER'] });
    bench.zone.put({ name: 'pm-bounces.same.dev.example.net', type: 'CNAME', ttl: 60, values: ['PM.MTASV.NET'] });
    await run(ctx, 'dns');
    const seen = (await findings()).map(({ tag, class: kind, recordName }) => `${tag} ${kind} ${recordName}`);
    expect(seen.toSorted()).toEqual([
      `email.drift.dns_dkim_mismatch edited ${dkimNameOf('two')}`,
      'email.drift.dns_return_path_mismatch deleted pm-bounces.gone.dev.example.net',
    ]);
  });

  it('walks zone and rows side by side in Route 53’s order: a page of records at a time, whatever the slugs and the pages’ edges', async () => {
    const ctx = await bench.worker('w1');
    bench.zone.pageMax = 3;
    for (const slug of ['a', 'a-b', 'a-b-c', 'a0', 'ab', 'b', 'b-0', 'z9']) await settled(ctx, slug);
    bench.zone.put({ name: 'dev.example.net', type: 'TXT', ttl: 300, values: ['apex'] });
    bench.zone.put({ name: '*.dev.example.net', type: 'CNAME', ttl: 300, values: ['anywhere.example.net'] });
    bench.zone.put({ name: 'not-ours.a-a.dev.example.net', type: 'TXT', ttl: 300, values: ['x'] });
    expect(await run(ctx, 'dns')).toMatchObject([{ outcome: 'completed', findings: 0, listCalls: 7 }]);
    editDkim('a-b');
    bench.zone.records.delete('pm-bounces.z9.dev.example.net CNAME');
    expect(await run(ctx, 'dns')).toMatchObject([{ findings: 2 }]);
  });

  it('concludes nothing from a zone that cannot be read: it opens nothing, resolves nothing, and says how many it did not judge', async () => {
    const ctx = await bench.worker('w1');
    for (const slug of ['a', 'b', 'c']) await settled(ctx, slug);
    editDkim('b');
    await run(ctx, 'dns');
    bench.outside.always('listRecords', refused('AccessDenied'));
    expect(await run(ctx, 'dns')).toMatchObject([{ outcome: 'unreachable', findings: 0, resolved: 0, skipped: 3 }]);
    expect(await findings()).toMatchObject([{ class: 'edited' }]);
    expect(bench.incidents).toHaveLength(1);
  });

  it('asks again for a page that was throttled or lost, and reads on where it was', async () => {
    const ctx = await bench.worker('w1');
    bench.zone.pageMax = 2;
    for (const slug of ['a', 'b']) await settled(ctx, slug);
    bench.outside.next('listRecords', throttled, unavailable);
    expect(await run(ctx, 'dns')).toMatchObject([{ outcome: 'completed', findings: 0, listCalls: 4 }]);
  });

  it('leaves out what our own tasks are changing', async () => {
    const ctx = await bench.worker('w1');
    const moving = await settled(ctx, 'a');
    await settled(ctx, 'b');
    for (const slug of ['a', 'b']) editDkim(slug);
    expect(await run(ctx, 'dns')).toMatchObject([{ findings: 2 }]);
    await bench.rows(sql.unsafe`update configuration set operational = 'REMOVING' where e_id = ${moving.eId}`);
    expect(await run(ctx, 'dns')).toMatchObject([{ findings: 1, resolved: 1 }]);
  });

  it('believes nothing of a zone that is not listed in the order that Route 53 documents, and takes back what it opened', async () => {
    const ctx = await bench.worker('w1');
    await settled(ctx, 'acme');
    const { zone } = ctx.ports;
    const listRecords: typeof zone.listRecords = async () => {
      const { records } = await zone.listRecords('Z0TEST', null);
      return { records: [{ name: 'x.b.dev.example.net', type: 'TXT', ttl: 300, values: ['x'] }, ...records], next: null };
    };
    const disordered: WorkContext = { ...ctx, ports: { ...ctx.ports, zone: { ...zone, listRecords } } };
    expect(await run(disordered, 'dns')).toMatchObject([{ outcome: 'failed', skipped: 1, reason: expect.stringContaining('order') }]);
    expect(await findings()).toEqual([]);
    expect(bench.incidents).toEqual([]);
  });
});

describe('drift.registry', () => {
  it('reports each row that is sealed under a key version the registry does not hold, and none while the registry cannot be read', async () => {
    const ctx = await bench.worker('w1');
    const { eId } = await settled(ctx, 'acme');
    const documented = (ids: string[], lastOutcome: 'refreshed' | 'failed'): WorkContext => ({
      ...ctx,
      keyring: {
        ...ctx.keyring,
        status: () => ({
          ...ctx.keyring.status(),
          documented: ids.map((id) => ({ keyVersionId: id, kmsKeyArn: 'arn', createdAt: bench.now, trouble: null })),
          lastOutcome,
        }),
      },
    });
    expect(await run(documented([keyVersionId], 'refreshed'), 'registry')).toMatchObject([{ outcome: 'completed', findings: 0 }]);
    expect(await run(documented([], 'failed'), 'registry')).toMatchObject([{ outcome: 'unreachable', findings: 0, skipped: 1 }]);
    await run(documented([], 'refreshed'), 'registry');
    expect(bench.incidents).toMatchObject([
      { message: 'email.drift.registry_missing_key', tags: { 'email.drift': 'registry_missing_key' }, context: { eId, keyVersionId } },
    ]);
    expect(await findings()).toMatchObject([{ class: 'missingKey', subject: eId, evidence: { missing: [keyVersionId] } }]);
    expect(await run(documented([], 'failed'), 'registry')).toMatchObject([{ resolved: 0 }]);
    expect(await run(documented([keyVersionId], 'refreshed'), 'registry')).toMatchObject([{ resolved: 1 }]);
  });
});

describe('drift.postmarkInventory', () => {
  it('reports a row whose server is gone, and a server of our prefix that no row names; others of the account are foreign', async () => {
    const ctx = await bench.worker('w1');
    const { eId, serverId } = await settled(ctx, 'acme');
    await settled(ctx, 'other');
    bench.postmark.servers.delete(serverId ?? 0);
    const orphan = bench.postmark.addServer('example-dev-nobody');
    for (const name of ['trial', 'example-prod-acme', 'retired-example-dev-acme-z']) bench.postmark.addServer(name);
    expect(await run(ctx, 'postmarkInventory')).toMatchObject([{ outcome: 'completed', findings: 2, foreign: 3, listCalls: 1 }]);
    expect(bench.incidents.map(({ message, context }) => [message, context]).toSorted()).toEqual([
      ['email.drift.postmark_orphan_db_row', { eId, postmarkServerId: serverId, keyVersionId, recordName: null }],
      ['email.drift.postmark_orphan_server', { eId: null, postmarkServerId: orphan.serverId, keyVersionId: null, recordName: null }],
    ]);
    expect((await findings()).map(({ class: kind }) => kind).toSorted()).toEqual(['deleted', 'orphan']);
  });

  it('never takes for an orphan what a configuration has retired, is making at this moment, or may have made', async () => {
    const ctx = await bench.worker('w1');
    const { eId } = await settled(ctx, 'acme');
    const retired = bench.postmark.addServer('example-dev-before');
    await bench.rows(sql.unsafe`update configuration set retired_server_ids = array[${retired.serverId}]::int8[] where e_id = ${eId}`);
    await bench.create(ctx, { tenantId: 'new', slug: 'new' });
    bench.postmark.addServer('example-dev-new');
    expect(await run(ctx, 'postmarkInventory')).toMatchObject([{ findings: 0, skipped: 1, foreign: 0 }]);
  });

  it('looks for a server by its id before it believes a list that changed while it was read', async () => {
    const ctx = await bench.worker('w1');
    const { serverId } = await settled(ctx, 'acme');
    const server = bench.postmark.servers.get(serverId ?? 0);
    bench.postmark.servers.delete(serverId ?? 0);
    bench.outside.next('findServer', {
      kind: 'meanwhile',
      run: async () => {
        if (server !== undefined) bench.postmark.servers.set(server.serverId, server);
      },
    });
    expect(await run(ctx, 'postmarkInventory')).toMatchObject([{ findings: 0 }]);
  });

  it('judges no row by what it was: one that has moved on while the outside was read is left to the next run', async () => {
    const ctx = await bench.worker('w1');
    const { eId, serverId } = await settled(ctx, 'acme');
    bench.postmark.servers.delete(serverId ?? 0);
    const moved = sql.unsafe`update configuration set generation = generation + 1 where e_id = ${eId}`;
    bench.outside.next('findServer', { kind: 'meanwhile', run: async () => void (await bench.rows(moved)) });
    expect(await run(ctx, 'postmarkInventory')).toMatchObject([{ findings: 0, skipped: 1 }]);
    expect(await run(ctx, 'postmarkInventory')).toMatchObject([{ findings: 1, skipped: 0 }]);
  });

  it('concludes nothing from a list that ends before its end', async () => {
    const ctx = await bench.worker('w1');
    const { serverId } = await settled(ctx, 'acme');
    bench.postmark.servers.delete(serverId ?? 0);
    bench.outside.always('inventory', refused(10));
    expect(await run(ctx, 'postmarkInventory')).toMatchObject([{ outcome: 'unreachable', findings: 0, skipped: 1, foreign: null }]);
    bench.outside.always('inventory', null);
    bench.outside.always('findServer', unavailable);
    expect(await run(ctx, 'postmarkInventory')).toMatchObject([{ outcome: 'completed', findings: 0, skipped: 1 }]);
  });
});

describe('Sentry', () => {
  it('that is away is told by the next run, once', async () => {
    const ctx = await bench.worker('w1');
    await settled(ctx, 'acme');
    editDkim('acme');
    bench.sentryIsAway = true;
    await run(ctx, 'dns');
    expect(await findings()).toMatchObject([{ reportedAt: null }]);
    bench.sentryIsAway = false;
    await run(ctx, 'suppressions');
    await run(ctx, 'dns');
    expect(bench.incidents).toHaveLength(1);
  });

  it('is told of more than it takes at once, of each once', async () => {
    const ctx = await bench.worker('w1');
    for (let n = 0; n < 35; n += 1) {
      await settled(ctx, `c${n}`);
      editDkim(`c${n}`);
    }
    await run(ctx, 'dns');
    expect(new Set(bench.incidents.map(({ fingerprint }) => fingerprint[1])).size).toBe(35);
    expect(bench.incidents).toHaveLength(35);
  });
});

describe('runs', () => {
  it('are one at a time, and one of the tick in an interval, however many replicas tick', async () => {
    const ctx = await bench.worker('w1');
    await settled(ctx, 'acme');
    const replicas = [ctx, await bench.worker('w2'), await bench.worker('w3')].map((each) => drifter(each, { ...needs, enabled: ['dns'] }));
    const tickAll = async (): Promise<number> => {
      for (const { ticked } of replicas) ticked();
      let done = 0;
      for (let round = 0; round < 3; round += 1) for (const count of await Promise.all(replicas.map(({ pass }) => pass()))) done += count;
      return done;
    };
    expect(await tickAll()).toBe(1);
    bench.pass(7 * 60);
    expect(await tickAll()).toBe(0);
    bench.pass(8 * 60);
    expect(await tickAll()).toBe(1);
    expect(bench.outside.count('listRecords')).toBe(2);
  });

  it('that a process left unfinished are done again by the next that looks', async () => {
    const ctx = await bench.worker('w1');
    await settled(ctx, 'acme');
    editDkim('acme');
    const runId = await requestDriftRun(ctx, ['dns'], caller);
    const stopping = new AbortController();
    const dying: WorkContext = { ...ctx, stopping: stopping.signal };
    bench.outside.next('listRecords', { kind: 'meanwhile', run: async () => stopping.abort() });
    expect(await drifter(dying, needs).pass()).toBe(0);
    expect(await readLastRun(bench.database.pool)).toBeNull();
    expect(await drifter(await bench.worker('w2'), needs).pass()).toBe(1);
    expect(await readLastRun(bench.database.pool)).toMatchObject({ runId, assertions: [{ findings: 1 }] });
    expect(bench.incidents).toHaveLength(1);
  });

  it('asked for twice before the first was begun are one', async () => {
    const ctx = await bench.worker('w1');
    const first = await requestDriftRun(ctx, ['dns'], caller);
    expect(await requestDriftRun(ctx, ['dns'], caller)).toBe(first);
    expect(await requestDriftRun(ctx, ['registry'], caller)).not.toBe(first);
  });
});
