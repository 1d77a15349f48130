/** The one function that changes a configuration: state, history and effects together, or nothing. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { claimEffects } from '../../service/store/effects.ts';
import { sql } from '../../service/store/pool.ts';
import { apply, detailOf } from '../../service/work/apply.ts';
import { createConfiguration } from '../../service/work/createConfiguration.ts';
import { createTestDatabase } from '../support/database.ts';
import { keyVersionId } from '../support/fakeKeyring.ts';
import { caller, WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());
const secret = 'sealed-text-that-history-must-not-show';
const serverCreated = {
  type: 'ServerCreated',
  serverId: 7,
  serverName: 'n',
  serverToken: secret,
  keyVersionId,
  adopted: false,
} as const;

const history = (eId: string) =>
  bench.rows(sql.unsafe`
  select sequence, author, event, from_status as "from", to_status as "to", detail, request_id as "requestId" from configuration_event
  where configuration_e_id = ${eId} order by sequence`);
const effects = (eId: string) =>
  bench.rows(sql.unsafe`
  select kind, generation, outcome, settled_at is not null as settled from effect where configuration_e_id = ${eId} order by generation`);

test('creation, signals and events stand in one history, each with its author and request, and without secrets', async () => {
  const ctx = await bench.worker('a');
  const { eId, tenantId } = await bench.create(ctx, { slug: 'acme', provision: false });
  await apply(ctx, { tenantId, eId, event: { type: 'Signal', signal: 'provision', reason: 'go', adopt: false }, caller });
  await apply(ctx, { tenantId, eId, event: serverCreated, caller: { author: 'postroute', requestId: 'effect-1' } });
  expect(await history(eId)).toEqual([
    {
      sequence: 1,
      author: 'tester',
      event: 'ConfigurationCreated',
      from: null,
      to: 'PENDING',
      detail: { sendingDomainSlug: 'acme' },
      requestId: 'request-1',
    },
    {
      sequence: 2,
      author: 'tester',
      event: 'provision',
      from: 'PENDING',
      to: 'PROVISIONING',
      detail: { reason: 'go', adopt: false },
      requestId: 'request-1',
    },
    {
      sequence: 3,
      author: 'postroute',
      event: 'ServerCreated',
      from: 'PROVISIONING',
      to: 'PROVISIONING',
      detail: { serverId: 7, serverName: 'n', keyVersionId, adopted: false },
      requestId: 'effect-1',
    },
  ]);
  const kept = JSON.stringify(await bench.rows(sql.unsafe`select record, detail from configuration_event`));
  expect(kept).not.toContain(secret);
  expect(kept).not.toContain('sealed|');
  expect(kept).not.toMatch(/serverToken|routingToken/);
  expect(detailOf(serverCreated)).not.toHaveProperty('serverToken');
});

test('a fault in the middle leaves nothing of it behind', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.create(ctx, { provision: false });
  const before = [await bench.read(c), await history(c.eId), await effects(c.eId)];
  const failing = { ...ctx, newId: () => 'not-a-uuid' };
  await expect(bench.signal(failing, c, 'provision')).rejects.toThrow();
  expect([await bench.read(c), await history(c.eId), await effects(c.eId)]).toEqual(before);
});

test('what is refused, already so or ignored writes nothing', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.create(ctx, { provision: false });
  const before = [await bench.read(c), await history(c.eId)];
  expect(await bench.signal(ctx, c, 'unlock')).toMatchObject({
    kind: 'refused',
    code: 'signal_not_accepted',
    allowedSignals: ['provision', 'remove'],
  });
  expect((await bench.signal(ctx, c, 'lock')).kind).toBe('alreadySo');
  expect((await bench.event(ctx, c, { type: 'Verified' })).kind).toBe('ignored');
  expect([await bench.read(c), await history(c.eId)]).toEqual(before);
  expect((await bench.signal(ctx, { ...c, eId: randomUUID() }, 'lock')).kind).toBe('notFound');
  expect((await bench.signal(ctx, { ...c, tenantId: 'other' }, 'provision')).kind).toBe('notFound');
});

describe('an answer of a task', () => {
  const claimed = async (ctx: Awaited<ReturnType<typeof bench.worker>>) => {
    const [claim] = await claimEffects(ctx.db, ctx.holder, ctx.now(), 1);
    if (claim === undefined) throw new Error('nothing was claimed');
    return claim;
  };

  test('settles its claim in the same transaction', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.create(ctx);
    const claim = await claimed(ctx);
    expect((await apply(ctx, { ...c, event: serverCreated, caller, answers: claim })).kind).toBe('changed');
    expect(await effects(c.eId)).toEqual([
      { kind: 'create-server', generation: 2, outcome: 'ServerCreated', settled: true },
      { kind: 'create-domain', generation: 3, outcome: null, settled: false },
    ]);
  });

  test('under a lost fence changes nothing', async () => {
    const [a, b] = [await bench.worker('a'), await bench.worker('b')];
    const c = await bench.create(a);
    const claim = await claimed(a);
    await bench.die(a);
    await claimed(b);
    const before = [await bench.read(c), await history(c.eId), await effects(c.eId)];
    expect((await apply(a, { ...c, event: serverCreated, caller, answers: claim })).kind).toBe('ignored');
    expect([await bench.read(c), await history(c.eId), await effects(c.eId)]).toEqual(before);
  });

  test('for an older generation moves nothing, and its effect settles as superseded', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.create(ctx);
    const claim = await claimed(ctx);
    await bench.event(ctx, c, { type: 'StepFailed', step: 'createServer', code: 'c', detail: 'd' });
    const before = await bench.read(c);
    expect((await apply(ctx, { ...c, event: serverCreated, caller, answers: claim })).kind).toBe('ignored');
    expect(await bench.read(c)).toEqual(before);
    expect((await effects(c.eId))[0]).toMatchObject({ kind: 'create-server', outcome: 'superseded', settled: true });
  });
});

describe('one configuration of a tenant can send', () => {
  test('of two that are unlocked at the same moment the database lets one through', async () => {
    const ctx = await bench.worker('a');
    const both = [await bench.sendable(ctx, { locked: true }), await bench.sendable(ctx, { locked: true })];
    for (let round = 0; round < 10; round += 1) {
      const outcomes = await Promise.all(both.map((c) => bench.signal(ctx, c, 'unlock')));
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['changed', 'refused']);
      expect(outcomes.find(({ kind }) => kind === 'refused')).toMatchObject({ code: 'tenant_already_sendable' });
      const refused = outcomes.find((outcome) => outcome.kind === 'refused');
      expect(refused?.kind === 'refused' && refused.allowedSignals).not.toContain('unlock');
      for (const c of both) await bench.signal(ctx, c, 'force-lock');
    }
  });

  test('while one drains another may be unlocked, and then the first stays shut', async () => {
    const ctx = await bench.worker('a');
    const [one, other] = [await bench.sendable(ctx), await bench.sendable(ctx, { locked: true })];
    await bench.signal(ctx, one, 'lock');
    expect((await bench.signal(ctx, other, 'unlock')).kind).toBe('changed');
    expect(await bench.signal(ctx, one, 'unlock')).toMatchObject({ kind: 'refused', code: 'tenant_already_sendable' });
  });

  test('another tenant’s do not count', async () => {
    const ctx = await bench.worker('a');
    const mine = await bench.sendable(ctx);
    const theirs = await bench.sendable(ctx, { tenantId: 'other' });
    expect([mine.administrative, theirs.administrative]).toEqual(['UNLOCKED', 'UNLOCKED']);
  });
});

describe('a slug', () => {
  const request = { tenantId: 'acme', slug: 'acme', fromLocalPart: 'noreply', fromName: null, replyToEmail: null, provision: false };

  test('is taken once, whoever asks at the same moment', async () => {
    const ctx = await bench.worker('a');
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, n) => createConfiguration(ctx, { ...request, tenantId: `tenant-${n}` }, caller)),
    );
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['created', ...Array(7).fill('slugInUse')]);
    expect(await bench.rows(sql.unsafe`select count(*)::int as count from configuration`)).toEqual([{ count: 1 }]);
  });

  test('is held by MISSING, and free after REMOVED', async () => {
    const ctx = await bench.worker('a');
    const first = await bench.create(ctx, { slug: 'acme', provision: false });
    expect((await createConfiguration(ctx, { ...request, tenantId: 'next' }, caller)).kind).toBe('slugInUse');
    await bench.signal(ctx, first, 'remove');
    expect((await createConfiguration(ctx, { ...request, tenantId: 'next' }, caller)).kind).toBe('slugInUse');
    await bench.workFor(ctx, 60, (c) => c.operational === 'REMOVED', first);
    expect((await createConfiguration(ctx, { ...request, tenantId: 'next' }, caller)).kind).toBe('created');
  });
});

test('the fifth failure in a row is counted once each, however many tell of them at the same moment', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  const failed = { type: 'SendFailed', code: 'postmark_10', detail: 'bad token' } as const;
  await Promise.all(Array.from({ length: 4 }, () => bench.event(ctx, c, failed)));
  expect(await bench.read(c)).toMatchObject({ operational: 'OK', failureCount: 4 });
  await bench.event(ctx, c, failed);
  expect(await bench.read(c)).toMatchObject({ operational: 'FAILURE', failureCount: 5 });
  await bench.workOff(ctx);
  expect(bench.incidents.map(({ message }) => message)).toEqual(['email.configuration.lifecycle.failure']);
});
