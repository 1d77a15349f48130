/** From a signal to a domain that waits for its verification: each step once, whatever becomes of the answers. */
import { describe, expect, test } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { createTestDatabase } from '../support/database.ts';
import { lostAfter, lostBefore, refused, throttled, unavailable } from '../support/fakeCalls.ts';
import { keyVersionId } from '../support/fakeKeyring.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());
const awaiting = (c: { operational: string }) => c.operational === 'AWAITING_VERIFICATION';
const ended = (c: { operational: string }) => c.operational === 'AWAITING_VERIFICATION' || c.operational === 'MISSING';

test('every call to the mail provider precedes the write to the zone', async () => {
  const ctx = await bench.worker('a');
  const created = await bench.create(ctx, { slug: 'acme' });
  const c = await bench.workFor(ctx, 5, awaiting, created);
  expect(bench.outside.log.filter((call) => !call.startsWith('TXT') && !call.startsWith('CNAME')).slice(0, 7)).toEqual([
    'createServer',
    'createDomain',
    'listWebhooks',
    'createWebhook',
    'listWebhooks',
    'change',
    'changeStatus',
  ]);
  expect(c).toMatchObject({ operational: 'AWAITING_VERIFICATION', serverName: 'example-dev-acme', adoptRequested: false });
  expect([...bench.zone.records.values()].map(({ name, type, ttl }) => [name, type, ttl])).toEqual([
    ['2026._domainkey.acme.dev.example.net', 'TXT', 300],
    ['pm-bounces.acme.dev.example.net', 'CNAME', 300],
  ]);
});

test('the webhook carries the three secrets, and the row holds neither of them plain', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.workFor(ctx, 5, awaiting, await bench.create(ctx));
  const [webhook] = bench.postmark.webhooks.values();
  const routingToken = ctx.keyring.open(c.eId, 'routing-token', c.routingToken);
  expect(webhook?.url).toBe(`https://mail.example.net/v1/shop-access/email/job/postmark-events/${routingToken}`);
  expect(webhook?.headers).toMatchObject({
    authorization: 'Bearer operator-key-of-the-tests',
    'x-postroute-signature': expect.stringMatching(/^v1=[0-9a-f]{64}$/),
  });
  const everything = JSON.stringify(
    await bench.rows(sql.unsafe`select to_jsonb(c) as row from configuration c union all select to_jsonb(h) from configuration_event h`),
  );
  expect(everything).not.toContain(routingToken);
  expect(everything).not.toContain(`token-of-${c.serverId}`);
});

describe.each([
  { step: 'createServer', call: 'createServer', exists: 603, orphan: 'postmark_orphan_server' },
  { step: 'createDomain', call: 'createDomain', exists: 512, orphan: 'postmark_orphan_domain' },
])('$step', ({ step, call, exists, orphan }) => {
  const occupy = () =>
    call === 'createServer'
      ? bench.postmark.addServer('example-dev-acme').serverId
      : bench.postmark.addDomain('acme.dev.example.net', 'pm-bounces.acme.dev.example.net').domainId;
  const owned = (c: { serverId: number | null; domainId: number | null }) => (call === 'createServer' ? c.serverId : c.domainId);

  test('a name that exists on a first try is an orphan: the step fails, and what was there stays', async () => {
    const ctx = await bench.worker('a');
    const theirs = occupy();
    const c = await bench.workFor(ctx, 30, ended, await bench.create(ctx, { slug: 'acme' }));
    expect(c).toMatchObject({ operational: 'MISSING', lastFailureCode: orphan });
    expect(call === 'createServer' ? bench.postmark.servers.has(theirs) : bench.postmark.domains.has(theirs)).toBe(true);
  });

  test('a name that exists on a repeat of our own try is ours, and taken over', async () => {
    const ctx = await bench.worker('a');
    bench.outside.next(call, lostAfter);
    const c = await bench.workFor(ctx, 30, ended, await bench.create(ctx, { slug: 'acme' }));
    expect(c.operational).toBe('AWAITING_VERIFICATION');
    expect([bench.outside.count(call), bench.postmark.servers.size, bench.postmark.domains.size]).toEqual([2, 1, 1]);
    expect(
      await bench.rows(
        sql.unsafe`select detail->>'adopted' as adopted from configuration_event where detail ? 'adopted' order by sequence`,
      ),
    ).toEqual(call === 'createServer' ? [{ adopted: 'true' }, { adopted: 'false' }] : [{ adopted: 'false' }, { adopted: 'true' }]);
  });

  test('a try that was lost before it arrived is simply made again', async () => {
    const ctx = await bench.worker('a');
    bench.outside.next(call, lostBefore, unavailable, throttled);
    const c = await bench.workFor(ctx, 60, ended, await bench.create(ctx, { slug: 'acme' }));
    expect(c.operational).toBe('AWAITING_VERIFICATION');
    expect(bench.outside.count(call)).toBe(4);
  });

  test('a try that was provably not made leaves no claim on a name that somebody takes meanwhile', async () => {
    const ctx = await bench.worker('a');
    bench.outside.next(call, unavailable);
    const created = await bench.create(ctx, { slug: 'acme' });
    await bench.workOff(ctx);
    occupy();
    expect(await bench.workFor(ctx, 30, ended, created)).toMatchObject({ operational: 'MISSING', lastFailureCode: orphan });
  });

  test('what another configuration owns is never taken over', async () => {
    const ctx = await bench.worker('a');
    const other = await bench.workFor(ctx, 5, awaiting, await bench.create(ctx, { slug: 'other', tenantId: 'other' }));
    const theirs = owned(other);
    if (theirs === null) throw new Error('the other configuration owns nothing');
    // Somebody renamed it by hand into our name.
    const server = bench.postmark.servers.get(theirs);
    const domain = bench.postmark.domains.get(theirs);
    if (server !== undefined) bench.postmark.servers.set(theirs, { ...server, name: 'example-dev-acme' });
    if (domain !== undefined) bench.postmark.domains.set(theirs, { ...domain, name: 'acme.dev.example.net' });
    bench.outside.next(call, lostBefore);
    const c = await bench.workFor(ctx, 60, ended, await bench.create(ctx, { slug: 'acme' }));
    expect(c).toMatchObject({ operational: 'MISSING', lastFailureCode: orphan, lastFailureDetail: expect.stringContaining(other.eId) });
    expect(owned(await bench.read(other))).toBe(theirs);
  });

  test('re-provision with adopt takes over what an operator has looked at', async () => {
    const ctx = await bench.worker('a');
    const theirs = occupy();
    const c = await bench.workFor(ctx, 30, ended, await bench.create(ctx, { slug: 'acme' }));
    await bench.signal(ctx, c, 're-provision', true);
    const adopted = await bench.workFor(ctx, 30, ended, c);
    expect(adopted.operational).toBe('AWAITING_VERIFICATION');
    expect(owned(adopted)).toBe(theirs);
  });

  test('not even an operator’s word takes over what another configuration owns', async () => {
    const ctx = await bench.worker('a');
    const theirs = occupy();
    const c = await bench.workFor(ctx, 30, ended, await bench.create(ctx, { slug: 'acme' }));
    const other = await bench.create(ctx, { slug: 'other', tenantId: 'other', provision: false });
    const owns = call === 'createServer' ? sql.fragment`server_id` : sql.fragment`domain_id`;
    await bench.rows(sql.unsafe`update configuration set ${owns} = ${theirs} where e_id = ${other.eId}`);
    await bench.signal(ctx, c, 're-provision', true);
    const refusedAgain = await bench.workFor(ctx, 30, ended, c);
    expect(refusedAgain).toMatchObject({
      operational: 'MISSING',
      lastFailureCode: orphan,
      lastFailureDetail: expect.stringContaining(other.eId),
    });
    expect(call === 'createServer' ? bench.postmark.servers.has(theirs) : bench.postmark.domains.has(theirs)).toBe(true);
  });

  test('a permanent refusal fails the step at once', async () => {
    const ctx = await bench.worker('a');
    bench.outside.next(call, refused(614));
    const c = await bench.workFor(ctx, 30, ended, await bench.create(ctx, { slug: 'acme' }));
    expect(c).toMatchObject({ operational: 'MISSING', lastFailureCode: 'postmark_614' });
    expect(bench.outside.count(call)).toBe(1);
  });

  test('transient answers are borne for the step’s patience, ever more slowly, and no longer', async () => {
    const ctx = await bench.worker('a');
    bench.outside.always(call, unavailable);
    const c = await bench.workFor(ctx, 20 * 60, ended, await bench.create(ctx, { slug: 'acme' }));
    expect(c).toMatchObject({ operational: 'MISSING', lastFailureCode: 'postmark_unavailable' });
    expect(bench.outside.count(call)).toBeGreaterThan(10);
    expect(bench.outside.count(call)).toBeLessThan(30);
    const [failed] = await bench.rows(sql.unsafe`select at from configuration_event where event = 'StepFailed'`);
    const waited = (Number(failed?.['at']) - c.createdAt.getTime()) / 60_000;
    expect(waited).toBeGreaterThanOrEqual(15);
    expect(waited).toBeLessThan(16.5);
  });

  test('a name that exists and is never listed does not keep the step for ever', async () => {
    const ctx = await bench.worker('a', { stepPatienceMinutes: 1 });
    bench.outside.next(call, lostBefore);
    const created = await bench.create(ctx, { slug: 'acme' });
    await bench.workOff(ctx);
    bench.outside.always(call, refused(exists));
    const c = await bench.workFor(ctx, 2 * 60, ended, created);
    expect(c).toMatchObject({ operational: 'MISSING', lastFailureCode: `postmark_${exists}` });
  });

  test('a process that dies after the call leaves a row that says: look before you repeat', async () => {
    const [ctx, other] = [await bench.worker('a'), await bench.worker('b')];
    const created = await bench.create(ctx, { slug: 'acme' });
    bench.outside.always(call, { kind: 'meanwhile', run: () => bench.die(ctx) });
    if (call === 'createDomain') {
      await bench.effects(ctx);
      expect((await bench.read(created)).step).toBe('createDomain');
    }
    // It made the thing, and its answer is written under a fence that another has taken over.
    bench.outside.always(call, {
      kind: 'meanwhile',
      run: async () => {
        await bench.die(ctx);
        await bench.rows(sql.unsafe`update effect set fence = fence + 1 where settled_at is null`);
      },
    });
    await bench.effects(ctx);
    bench.outside.always(call, null);
    expect((await bench.read(created)).step).toBe(step);
    const c = await bench.workFor(other, 30, ended, created);
    expect(c.operational).toBe('AWAITING_VERIFICATION');
    expect([bench.postmark.servers.size, bench.postmark.domains.size]).toEqual([1, 1]);
  });
});

test('a webhook waits for the key of its server’s token, and not for ever', async () => {
  const ctx = await bench.worker('a');
  const created = await bench.create(ctx);
  for (const step of ['createDomain', 'installWebhook']) {
    await bench.effects(ctx);
    expect((await bench.read(created)).step).toBe(step);
  }
  bench.keysLoaded.clear();
  expect((await bench.workFor(ctx, 14 * 60, (c) => c.step === 'unwind', created)).step).toBe('installWebhook');
  expect(bench.troubles()).toEqual([]);
  expect(await bench.workFor(ctx, 3 * 60, (c) => c.step === 'unwind', created)).toMatchObject({
    step: 'unwind',
    lastFailureCode: 'no_key_version',
  });
  bench.keysLoaded.add(keyVersionId);
  expect((await bench.workFor(ctx, 3 * 60, (c) => c.operational === 'MISSING', created)).operational).toBe('MISSING');
  expect([bench.postmark.servers.size, bench.postmark.domains.size]).toEqual([0, 0]);
});
