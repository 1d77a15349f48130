/** Plans mend what they say, through events that carry the author and through the ports; what has moved since refuses them, and nothing acts by itself. */
import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../../service/core/configuration/records.ts';
import type { AssertionName } from '../../../service/core/drift/findings.ts';
import { sql } from '../../../service/store/pool.ts';
import { drifter } from '../../../service/work/drift/drifter.ts';
import { acceptPlan, currentPlan } from '../../../service/work/drift/plans.ts';
import { webhookUrlOf } from '../../../service/work/webhookCredential.ts';
import type { WorkContext } from '../../../service/work/workContext.ts';
import { createTestDatabase } from '../../support/database.ts';
import { lostAfter, unavailable } from '../../support/fakeCalls.ts';
import { keyVersionId } from '../../support/fakeKeyring.ts';
import { WorkBench } from '../../support/workBench.ts';
import { driftBench, needs } from './support/driftBench.ts';

const bench = new WorkBench(await createTestDatabase());
const drift = driftBench(bench);
const { run, findings, settled, dkimNameOf } = drift;
const tenantsMax = 10;
const olga = { author: 'olga', requestId: 'request-of-olga' };

const accept = async (ctx: WorkContext, max = tenantsMax) => acceptPlan(ctx, max, (await currentPlan(ctx, max)).planId, olga);
/** What the drifter's loop does with what was accepted, and the runner with what comes of it. */
const carryOut = async (ctx: WorkContext): Promise<void> => {
  await drifter(ctx, needs).pass();
  await bench.workOff(ctx);
};
const corrections = () => bench.rows(sql.unsafe`select kind, author, outcome, detail from drift_correction order by accepted_at, id`);
const eventsOf = async ({ eId }: Configuration): Promise<unknown[]> =>
  (await bench.rows(sql.unsafe`select event, author from configuration_event where configuration_e_id = ${eId} order by sequence`)).slice(
    -2,
  );

/** Finds, has it mended, and looks whether it is. */
const mended = async (ctx: WorkContext, assertion: AssertionName) => {
  expect(await run(ctx, assertion)).toMatchObject([{ outcome: 'completed', findings: 1 }]);
  expect(await accept(ctx)).toMatchObject({ kind: 'accepted', plan: { tenants: 1 } });
  await carryOut(ctx);
  bench.pass(900);
  expect(await run(ctx, assertion)).toMatchObject([{ findings: 0, resolved: 1 }]);
  expect(await findings(false)).toMatchObject([{ correction: { author: 'olga', outcome: 'done' } }]);
};

describe('an accepted plan', () => {
  it('writes records again, with the operator in the history, and leaves the configuration where it was', async () => {
    const ctx = await bench.worker('w1');
    const acme = await settled(ctx, 'acme');
    drift.editDkim('acme');
    await mended(ctx, 'dns');
    expect(await eventsOf(acme)).toEqual([
      { event: 'RecordsDrifted', author: 'olga' },
      { event: 'RecordsRewritten', author: 'postroute' },
    ]);
    const { operational, administrative, generation } = await bench.read(acme);
    expect({ operational, administrative, generation }).toEqual({
      operational: 'OK',
      administrative: 'UNLOCKED',
      generation: acme.generation,
    });
  });

  it('makes another server in place of one that is gone, with a webhook, and the configuration goes on sending', async () => {
    const ctx = await bench.worker('w1');
    const acme = await settled(ctx, 'acme');
    bench.postmark.servers.delete(acme.serverId ?? 0);
    await mended(ctx, 'postmarkInventory');
    const after = await bench.read(acme);
    const [server] = [...bench.postmark.servers.values()];
    expect(after).toMatchObject({ serverId: server?.serverId, operational: 'OK', administrative: 'UNLOCKED' });
    expect(ctx.keyring.open(after.eId, 'server-token', after.serverToken ?? '')).toBe(server?.tokens[0]);
    expect(bench.postmark.webhooks.get(after.webhookId ?? 0)?.serverToken).toBe(server?.tokens[0]);
    expect(await eventsOf(acme)).toContainEqual({ event: 'ServerRemade', author: 'olga' });
  });

  it('takes over the server that it made before a process died, and makes no second', async () => {
    const ctx = await bench.worker('w1');
    const acme = await settled(ctx, 'acme');
    bench.postmark.servers.delete(acme.serverId ?? 0);
    await run(ctx, 'postmarkInventory');
    await accept(ctx);
    bench.outside.next('createServer', lostAfter);
    await carryOut(ctx);
    expect(await corrections()).toMatchObject([{ outcome: null }]);
    bench.pass(30);
    await carryOut(await bench.worker('w2'));
    expect(await corrections()).toMatchObject([{ outcome: 'done' }]);
    expect(bench.postmark.servers.size).toBe(1);
  });

  it('does not take over a server of that name that somebody else made', async () => {
    const ctx = await bench.worker('w1');
    const acme = await settled(ctx, 'acme');
    bench.postmark.servers.delete(acme.serverId ?? 0);
    await run(ctx, 'postmarkInventory');
    await accept(ctx);
    bench.postmark.addServer('example-dev-acme');
    await carryOut(ctx);
    expect(await corrections()).toMatchObject([{ outcome: 'failed', detail: 'a server of this name stands at Postmark, and is not ours' }]);
    expect((await bench.read(acme)).serverId).toBe(acme.serverId);
  });

  it('renames a server that no row names, and gives one to the configuration that failed because of it', async () => {
    const ctx = await bench.worker('w1');
    const orphan = bench.postmark.addServer('example-dev-nobody');
    await mended(ctx, 'postmarkInventory');
    expect(bench.postmark.servers.get(orphan.serverId)?.name).toMatch(/^retired-example-dev-nobody-/);

    const inTheWay = bench.postmark.addServer('example-dev-late');
    const late = await bench.create(ctx, { tenantId: 'late', slug: 'late' });
    await bench.workOff(ctx);
    expect(await bench.read(late)).toMatchObject({ operational: 'MISSING', lastFailureCode: 'postmark_orphan_server' });
    await run(ctx, 'postmarkInventory');
    expect(await accept(ctx)).toMatchObject({ kind: 'accepted', plan: { corrections: [{ kind: 'adoptServer', tenantId: 'late' }] } });
    await carryOut(ctx);
    expect(await bench.read(late)).toMatchObject({ serverId: inTheWay.serverId });
  });

  it('seals secrets anew from what Postmark shows, when their key is gone', async () => {
    const ctx = await bench.worker('w1');
    const acme = await settled(ctx, 'acme');
    const routingToken = ctx.keyring.open(acme.eId, 'routing-token', acme.routingToken);
    const webhook = bench.postmark.webhooks.get(acme.webhookId ?? 0);
    if (webhook === undefined) throw new Error('acme has a webhook');
    // What another's URL ends in is no routing token of ours, however much it looks like one.
    bench.postmark.webhooks.clear();
    for (const [n, token] of ['a-routing-token-of-nobody', routingToken].entries())
      bench.postmark.webhooks.set(n, { ...webhook, webhookId: n, url: webhookUrlOf(ctx.settings.webhookPublicUrl, token) });
    const gone = '0199ffff-0000-7000-8000-00000000dead';
    await bench.rows(sql.unsafe`
      update configuration set key_version_id = ${gone}::uuid, server_token = ${`a1.k${gone}:x`}, routing_token = ${`a1.k${gone}:x`} where e_id = ${acme.eId}`);
    const documented = [{ keyVersionId, kmsKeyArn: 'arn', createdAt: bench.now, trouble: null }];
    const status = () => ({ ...ctx.keyring.status(), documented });
    await mended({ ...ctx, keyring: { ...ctx.keyring, status } }, 'registry');
    const after = await bench.read(acme);
    expect(after.keyVersionId).toBe(keyVersionId);
    expect(ctx.keyring.open(after.eId, 'routing-token', after.routingToken)).toBe(routingToken);
    const detail = await bench.rows(sql.unsafe`select detail::text from configuration_event where event = 'SecretsResealed'`);
    expect(JSON.stringify(detail)).not.toContain('sealed|');
  });

  it('installs the webhook as it should be, and deletes what leads elsewhere', async () => {
    const ctx = await bench.worker('w1');
    const acme = await settled(ctx, 'acme');
    await mended(ctx, 'webhooks');
    const after = await bench.read(acme);
    const routingToken = ctx.keyring.open(after.eId, 'routing-token', after.routingToken);
    expect([...bench.postmark.webhooks.values()].map(({ webhookId, url }) => [webhookId, url])).toEqual([
      [after.webhookId, webhookUrlOf(ctx.settings.webhookPublicUrl, routingToken)],
    ]);
  });

  it('makes both suppression lists say the same, in the operator’s name', async () => {
    const ctx = await bench.worker('w1');
    await settled(ctx, 'acme');
    bench.mail.listed = [{ recipient: 'bob@example.com', reason: 'HardBounce', since: bench.now }];
    await mended(ctx, 'suppressions');
    expect(await bench.rows(sql.unsafe`select recipient, author, active from suppression_entry`)).toEqual([
      { recipient: 'bob@example.com', author: 'olga', active: true },
    ]);
  });
});

describe('a plan is refused', () => {
  it('when the world has moved since, and nothing is changed', async () => {
    const ctx = await bench.worker('w1');
    for (const slug of ['one', 'two']) {
      await settled(ctx, slug);
      drift.editDkim(slug);
    }
    await run(ctx, 'dns');
    drift.editDkim('two', 'k=rsa;p=ANOTHER STILL');
    expect(await accept(ctx)).toMatchObject({ kind: 'moved', detail: expect.stringContaining('email.drift.dns_dkim_mismatch') });
    expect(await corrections()).toEqual([]);
  });

  it('when a configuration has moved since: its id is another', async () => {
    const ctx = await bench.worker('w1');
    const acme = await settled(ctx, 'acme');
    drift.editDkim('acme');
    await run(ctx, 'dns');
    const { planId } = await currentPlan(ctx, tenantsMax);
    expect((await currentPlan(ctx, tenantsMax)).planId).toBe(planId);
    await bench.rows(sql.unsafe`update configuration set generation = generation + 1 where e_id = ${acme.eId}`);
    expect(await acceptPlan(ctx, tenantsMax, planId, olga)).toMatchObject({ kind: 'moved' });
  });

  it('when what is outside cannot be seen', async () => {
    const ctx = await bench.worker('w1');
    await settled(ctx, 'acme');
    drift.editDkim('acme');
    await run(ctx, 'dns');
    bench.outside.always('listRecords', unavailable);
    expect(await accept(ctx)).toMatchObject({ kind: 'notNow' });
  });

  it('the second time: what was accepted is not planned again before another run has seen it', async () => {
    const ctx = await bench.worker('w1');
    await settled(ctx, 'acme');
    drift.editDkim('acme');
    await run(ctx, 'dns');
    const { planId } = await currentPlan(ctx, tenantsMax);
    expect((await acceptPlan(ctx, tenantsMax, planId, olga)).kind).toBe('accepted');
    expect((await acceptPlan(ctx, tenantsMax, planId, olga)).kind).toBe('moved');
    expect((await currentPlan(ctx, tenantsMax)).corrections).toEqual([]);
  });
});

it('what moves between acceptance and correction is left alone, and says so', async () => {
  const ctx = await bench.worker('w1');
  await settled(ctx, 'acme');
  drift.editDkim('acme');
  await run(ctx, 'dns');
  await accept(ctx);
  drift.editDkim('acme', 'k=rsa;p=SOMEBODY ELSE AGAIN');
  await carryOut(ctx);
  expect(await corrections()).toMatchObject([{ outcome: 'moved', detail: expect.stringContaining('dns_dkim_mismatch') }]);
  expect(bench.zone.records.get(`${dkimNameOf('acme')} TXT`)?.values).toEqual(['k=rsa;p=SOMEBODY ELSE AGAIN']);
});

it('a plan touches no more tenants than its ceiling; the next one goes on with those that are left', async () => {
  const ctx = await bench.worker('w1');
  for (const slug of ['a', 'b', 'c']) {
    await settled(ctx, slug);
    drift.editDkim(slug);
  }
  await run(ctx, 'dns');
  expect(await accept(ctx, 2)).toMatchObject({ kind: 'accepted', plan: { tenants: 2, left: [{}] } });
  await carryOut(ctx);
  bench.pass(900);
  expect(await run(ctx, 'dns')).toMatchObject([{ findings: 1, resolved: 2 }]);
  expect(await accept(ctx, 2)).toMatchObject({ kind: 'accepted', plan: { tenants: 1, left: [] } });
});

it('runs correct nothing by themselves', async () => {
  const ctx = await bench.worker('w1');
  await settled(ctx, 'acme');
  drift.editDkim('acme');
  await run(ctx, 'dns', 'postmarkInventory', 'registry', 'webhooks', 'suppressions');
  await carryOut(ctx);
  expect(await corrections()).toEqual([]);
  expect(bench.zone.batches).toEqual([]);
});
