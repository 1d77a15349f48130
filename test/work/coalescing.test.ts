/** A fleet's writes to one zone, with Route 53's own SDK over the wire: few calls, within the account's budget, and a bad record delays only itself. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ZoneWriter } from '../../service/ports/ports.ts';
import { route53 } from '../../service/ports/route53.ts';
import { sql } from '../../service/store/pool.ts';
import { requestZoneChanges, type ZoneChangeRequest } from '../../service/store/zoneChanges.ts';
import { budgeted } from '../../service/work/budgeted.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { writeZone } from '../../service/work/zoneWriter.ts';
import { outside } from '../ports/support/outside.ts';
import { createTestDatabase } from '../support/database.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());
const world = outside();
beforeEach(() => world().control('/reset'));

const count = 500;
const callsMax = 40;
/** As long as Postmark's for a key of 1024 bits. */
const dkim = `k=rsa; p=${'A'.repeat(216)}`;

const replica = async (holder: string, zone: ZoneWriter): Promise<WorkContext> => {
  const ctx = await bench.worker(holder, { zoneId: world().zoneId });
  return { ...ctx, ports: { ...ctx.ports, zone } };
};

const records = (slug: string): [ZoneChangeRequest, ZoneChangeRequest] => {
  const domain = `${slug}.${world().zoneName}`;
  const common = { action: 'UPSERT', ttl: 300 } as const;
  return [
    { ...common, id: randomUUID(), name: `pm._domainkey.${domain}`, type: 'TXT', values: [dkim] },
    { ...common, id: randomUUID(), name: `pm-bounces.${domain}`, type: 'CNAME', values: ['pm.mtasv.net'] },
  ];
};

const ask = async (ctx: WorkContext, changes: readonly ZoneChangeRequest[]): Promise<string> => {
  const effectId = randomUUID();
  const of = { tenantId: 'acme', configurationEId: randomUUID(), effectId, zoneId: ctx.settings.zoneId };
  await requestZoneChanges(ctx.db, of, changes);
  return effectId;
};

const states = (where = sql.fragment`true`) =>
  bench.row(sql.unsafe`
    select count(*)::int as asked, count(in_sync_at)::int as "inSync", count(failed_code)::int as failed from zone_change where ${where}`);

const writeAll = async (...writers: readonly WorkContext[]): Promise<void> => {
  for (let pass = 0; pass < 60; pass += 1) {
    await Promise.all(writers.map((ctx) => writeZone(ctx, 0)));
    const { asked, inSync, failed } = await states();
    if (Number(inSync) + Number(failed) === asked) return;
  }
};

const zoneCalls = async (): Promise<number> => {
  const { calls } = (await world().get('/state')) as { calls: { route53: Record<string, number> } };
  return calls.route53['ChangeResourceRecordSets'] ?? 0;
};

describe('500 configurations at once', () => {
  test('need at most 40 calls, by two replicas, and one record that is refused fails alone', async () => {
    const zone = route53({ endpoint: world().addresses.route53, timeoutMs: 10_000 });
    const [a, b] = [await replica('a', zone), await replica('b', zone)];
    const poisoned = 217;
    const effects = await Promise.all(
      Array.from({ length: count }, (_, n) => {
        const [txt, cname] = records(`c${n}`);
        // Route 53 refuses a CNAME beside another record of the same name.
        return ask(a, n === poisoned ? [txt, { ...cname, name: txt.name }] : [txt, cname]);
      }),
    );
    await writeAll(a, b);
    expect(await states()).toEqual({ asked: 2 * count, inSync: 2 * count - 1, failed: 1 });
    expect(await states(sql.fragment`effect_id = ${effects[poisoned] ?? ''}::uuid and failed_code = 'InvalidChangeBatch'`)).toMatchObject({
      failed: 1,
    });
    expect(await zoneCalls()).toBeLessThanOrEqual(callsMax);
    zone.close();
    console.info(`${count} configurations with one bad record: ${await zoneCalls()} ChangeResourceRecordSets calls`);
  });
});

describe('the account’s budget', () => {
  test('is kept by two replicas together: no call comes before its turn', async () => {
    const perSecond = 100;
    const begun: number[] = [];
    const port = {
      listRecords: async () => {
        begun.push(performance.now());
      },
    };
    const replicas = [1, 2].map(() =>
      budgeted(bench.database.pool, { provider: 'route53', perSecond }, port, new AbortController().signal),
    );
    await bench.rows(sql.unsafe`delete from budget`);
    const from = performance.now();
    await Promise.all(Array.from({ length: 50 }, (_, n) => replicas[n % 2]?.listRecords()));
    const early = begun.toSorted((x, y) => x - y).filter((at, n) => at - from < (n * 1000) / perSecond - 2);
    expect([begun.length, early]).toEqual([50, []]);
  });

  test('is not waited for by a process that stops: the call is not made, and may be made by another', async () => {
    const calls: string[] = [];
    const stopping = new AbortController();
    const port = { listRecords: async () => calls.push('made') };
    const slow = budgeted(bench.database.pool, { provider: 'route53', perSecond: 0.001 }, port, stopping.signal);
    await slow.listRecords();
    const waiting = slow.listRecords();
    setImmediate(() => stopping.abort());
    await expect(waiting).rejects.toMatchObject({ detail: { class: 'unavailable', operation: 'listRecords' } });
    expect(calls).toEqual(['made']);
  });
});
