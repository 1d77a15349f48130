/** Taking callbacks: each row of the table of answers, and what is on disk after it. */
import { describe, expect, test } from 'vitest';
import type { Configuration } from '../../service/core/configuration/records.ts';
import { sql } from '../../service/store/pool.ts';
import { fingerprintOf } from '../../service/work/fingerprint.ts';
import { type IntakeContext, intake } from '../../service/work/intake.ts';
import { intakeStatements } from '../../service/work/intakeStatements.ts';
import type { Callback } from '../../service/work/outcomes.ts';
import { projectEvents } from '../../service/work/projector.ts';
import { sightingNotes } from '../../service/work/sightings.ts';
import { sameSecret, webhookSignatureOf, webhookUrlOf } from '../../service/work/webhookCredential.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { createTestDatabase } from '../support/database.ts';
import { meanwhile } from '../support/fakeCalls.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());

const current = 'operator-key-of-the-tests';
const previous = 'operator-key-before';
const delivery = (given: Record<string, unknown> = {}) =>
  JSON.stringify({
    RecordType: 'Delivery',
    MessageID: 'm-1',
    Recipient: 'bob@example.com',
    DeliveredAt: '2026-03-01T12:00:00Z',
    Metadata: { jobId: '0199aaaa-0000-7000-8000-000000000042' },
    ...given,
  });

const receiving = (ctx: WorkContext): IntakeContext => {
  bench.apiKeys = { current, previous };
  return { ...ctx, ...intakeStatements(ctx.db, { groupMax: 200, groupsAtOnce: 2 }), noteSighting: sightingNotes(ctx) };
};
const callbackFor = (ctx: WorkContext, c: Configuration, given: Partial<Callback> = {}): Callback => {
  const routingToken = ctx.keyring.open(c.eId, 'routing-token', c.routingToken);
  return {
    routingToken,
    authorization: `Bearer ${current}`,
    signature: webhookSignatureOf(ctx.credentials.signingKeys().current, routingToken, c.serverId ?? 0),
    traceId: 'trace-1',
    body: Buffer.from(delivery()),
    requestId: 'r',
    ...given,
  };
};
const kept = () =>
  bench.row(sql.unsafe`select (select count(*)::int from email_event) as events, (select count(*)::int from malformed_event) as malformed`);
const rejections = () => bench.told.filter(({ what }) => what === 'webhookRejected').map(({ detail }) => detail);

const rows: [name: string, given: Partial<Callback>, kind: string, rejected: string[], events: number, malformed: number][] = [
  ['all three secrets', {}, 'stored', [], 1, 0],
  ['the bearer from before a rotation', { authorization: `Bearer ${previous}` }, 'stored', [], 1, 0],
  ['the scheme in any case', { authorization: `bearer ${current}` }, 'stored', [], 1, 0],
  ['a bearer that is neither', { authorization: 'Bearer other' }, 'authMismatchRetry', ['auth_mismatch'], 0, 0],
  ['no bearer', { authorization: undefined }, 'unauthenticated', ['auth_mismatch'], 0, 0],
  ['another scheme', { authorization: `Basic ${current}` }, 'unauthenticated', ['auth_mismatch'], 0, 0],
  ['an empty bearer', { authorization: 'Bearer ' }, 'unauthenticated', ['auth_mismatch'], 0, 0],
  ['no signature', { signature: undefined }, 'unauthenticated', ['auth_mismatch'], 0, 0],
  ['a wrong signature', { signature: 'v1=00' }, 'unauthenticated', ['auth_mismatch'], 0, 0],
  [
    'a wrong signature and an old bearer',
    { signature: 'v1=00', authorization: 'Bearer other' },
    'unauthenticated',
    ['auth_mismatch'],
    0,
    0,
  ],
  ['an unknown routing token', { routingToken: 'unknown' }, 'unknownRoute', ['unknown_route'], 0, 0],
  ['not JSON', { body: Buffer.from('{') }, 'malformed', ['malformed'], 0, 1],
  ['no body', { body: Buffer.alloc(0) }, 'malformed', ['malformed'], 0, 1],
  ['an unknown record type', { body: Buffer.from(delivery({ RecordType: 'Inbound' })) }, 'malformed', ['malformed'], 0, 1],
  ['a missing field', { body: Buffer.from(delivery({ DeliveredAt: null })) }, 'malformed', ['malformed'], 0, 1],
  ['characters that cannot be stored', { body: Buffer.from(delivery({ Details: '\u0000' })) }, 'malformed', ['malformed'], 0, 1],
  ['a plain NUL', { body: Buffer.from('\u0000') }, 'malformed', ['malformed'], 0, 1],
  ['broken UTF-8', { body: Buffer.from([0xff, 0xfe]) }, 'malformed', ['malformed'], 0, 1],
];
test.each(rows)('%s', async (_name, given, kind, rejected, events, malformed) => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  expect(await intake(receiving(ctx), callbackFor(ctx, c, given))).toEqual({ kind });
  expect([rejections(), await kept()]).toEqual([rejected, { events, malformed }]);
});

describe('while the signing key is rotated', () => {
  const [newKey, oldKey] = ['the-new-signing-key', 'the-old-signing-key'];
  const signedWith = async (key: string, traceId: string) => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx, { tenantId: traceId });
    const receiver = receiving(ctx);
    bench.signingKeys = { current: newKey, previous: oldKey };
    const signature = webhookSignatureOf(key, ctx.keyring.open(c.eId, 'routing-token', c.routingToken), c.serverId ?? 0);
    return intake(receiver, callbackFor(ctx, c, { traceId, signature }));
  };

  test('a signature of either key is believed, and of no other', async () => {
    expect([await signedWith(newKey, 't1'), await signedWith(oldKey, 't2'), await signedWith('a-third', 't3')]).toEqual([
      { kind: 'stored' },
      { kind: 'stored' },
      { kind: 'unauthenticated' },
    ]);
  });

  test('what still presents a previous secret is noted, by its fingerprint, and what presents the current one is not', async () => {
    const seen = () => bench.rows(sql.unsafe`select what, fingerprint from secret_sighting order by what`);
    await signedWith(newKey, 't1');
    expect(await seen()).toEqual([]);
    await signedWith(oldKey, 't2');
    await expect.poll(seen).toEqual([{ what: 'callback-signature', fingerprint: fingerprintOf(oldKey) }]);
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx, { tenantId: 't4' });
    await intake(receiving(ctx), callbackFor(ctx, c, { traceId: 't4', authorization: `Bearer ${previous}` }));
    await expect.poll(async () => (await seen()).map(({ what }) => what)).toEqual(['callback-bearer', 'callback-signature']);
  });
});

describe('a duplicate', () => {
  const twice = async (one: Partial<Callback>, other: Partial<Callback>) => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    await intake(receiving(ctx), callbackFor(ctx, c, one));
    return intake(receiving(ctx), callbackFor(ctx, c, other));
  };
  test('has the same trace id, whatever else it says', async () => {
    expect(await twice({}, { body: Buffer.from(delivery({ Details: 'again' })) })).toEqual({ kind: 'duplicate' });
  });
  test('without a trace id, says the same of the same', async () => {
    expect(await twice({ traceId: undefined }, { traceId: undefined, body: Buffer.from(delivery({ Details: 'again' })) })).toEqual({
      kind: 'duplicate',
    });
  });
  test('is none when it tells of another moment', async () => {
    const body = Buffer.from(delivery({ DeliveredAt: '2026-03-01T12:00:01Z' }));
    expect(await twice({ traceId: undefined }, { traceId: undefined, body })).toEqual({ kind: 'stored' });
  });
  test('is none for having an empty trace id, as another has', async () => {
    const body = Buffer.from(delivery({ DeliveredAt: '2026-03-01T12:00:01Z' }));
    expect(await twice({ traceId: '' }, { traceId: '', body })).toEqual({ kind: 'stored' });
  });
  test('of fifty at the same moment one is stored', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    const receiver = receiving(ctx);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => intake(receiver, callbackFor(ctx, c))));
    expect(outcomes.filter(({ kind }) => kind === 'stored')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'duplicate')).toHaveLength(49);
  });
  test('is its configuration’s own: the same trace id elsewhere is another event', async () => {
    const ctx = await bench.worker('a');
    const [one, other] = [await bench.sendable(ctx), await bench.sendable(ctx, { locked: true })];
    await intake(receiving(ctx), callbackFor(ctx, one));
    expect(await intake(receiving(ctx), callbackFor(ctx, other))).toEqual({ kind: 'stored' });
  });
});

test('one configuration’s signature does not open another’s door', async () => {
  const ctx = await bench.worker('a');
  const [one, other] = [await bench.sendable(ctx), await bench.sendable(ctx, { locked: true })];
  const { signature } = callbackFor(ctx, other);
  expect(await intake(receiving(ctx), callbackFor(ctx, one, { signature }))).toEqual({ kind: 'unauthenticated' });
});

test('a provider that probes while the webhook is being installed is answered as any other', async () => {
  const ctx = await bench.worker('a');
  const created = await bench.create(ctx);
  let probed: unknown = null;
  bench.outside.next(
    'createWebhook',
    meanwhile(async () => {
      probed = await intake(receiving(ctx), callbackFor(ctx, await bench.read(created)));
    }),
  );
  await bench.workFor(ctx, 5, (c) => c.operational === 'AWAITING_VERIFICATION', created);
  expect(probed).toEqual({ kind: 'stored' });
});

test('before its server is known a callback is asked to come again, and after its removal it is nobody’s', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.create(ctx, { provision: false });
  expect(await intake(receiving(ctx), callbackFor(ctx, c))).toEqual({ kind: 'authMismatchRetry' });
  await bench.signal(ctx, c, 'remove');
  await bench.workFor(ctx, 60, (now) => now.operational === 'REMOVED', c);
  expect(await intake(receiving(ctx), callbackFor(ctx, c))).toEqual({ kind: 'unknownRoute' });
});

test('when the database is away the provider is asked to come again', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  const away: IntakeContext = { ...receiving(ctx), newId: () => 'not-a-uuid' };
  expect(await intake(away, callbackFor(ctx, c))).toEqual({ kind: 'unavailable' });
  expect(await kept()).toEqual({ events: 0, malformed: 0 });
});

test('what is malformed is kept as it came, with what is wrong with it', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  await intake(receiving(ctx), callbackFor(ctx, c, { body: Buffer.from(delivery({ DeliveredAt: 'yesterday' })) }));
  expect(await bench.row(sql.unsafe`select failure_code as code, failure_detail as detail, body from malformed_event`)).toEqual({
    code: 'missing_field',
    detail: 'DeliveredAt is not a time',
    body: delivery({ DeliveredAt: 'yesterday' }),
  });
});

test('everything that is stored can be acted on', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  const odd = [
    { Recipient: 'not an address' },
    { Metadata: 'x' },
    { MessageID: null },
    { SuppressSending: 'maybe' },
    { DeliveredAt: '1970-01-01T00:00:00Z' },
    { DeliveredAt: '9999-12-31T23:59:59Z' },
    { DeliveredAt: '10000-01-01T00:00:00Z' },
    { DeliveredAt: '+012026-01-01T00:00:00Z' },
    { DeliveredAt: '-000001-01-01T00:00:00Z' },
  ];
  for (const [n, given] of odd.entries())
    await intake(receiving(ctx), callbackFor(ctx, c, { traceId: `t${n}`, body: Buffer.from(delivery(given)) }));
  const { events } = await kept();
  expect(await projectEvents(ctx)).toBe(events);
  expect(bench.troubles()).toEqual([]);
});

test('what Postgres could not keep is malformed: the provider would bring it again and again', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  const nested = (levels: number) => delivery().replace(/}$/, `,"Details":${'['.repeat(levels)}${']'.repeat(levels)}}`);
  const taken = (levels: number) =>
    intake(receiving(ctx), callbackFor(ctx, c, { traceId: `t${levels}`, body: Buffer.from(nested(levels)) }));
  const kinds = [await taken(50), await taken(3000), await taken(6000), await taken(200_000)].map(({ kind }) => kind);
  expect(kinds).toEqual(['stored', 'malformed', 'malformed', 'malformed']);
});

describe('secrets', () => {
  test('are compared whole', () => {
    expect([sameSecret('abc', 'abc'), sameSecret('abc', 'abd'), sameSecret('ab', 'abc'), sameSecret('', 'abc')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
  test('a signature binds the routing token to the server', () => {
    const signed = webhookSignatureOf('key', 'token', 7);
    expect(signed).toBe('v1=2dea7fc4cdfb0ba9ac7ffc4d49adec5a9254021072ea7e465044ca4fd0fb4027');
    expect(
      new Set([signed, webhookSignatureOf('key', 'token', 8), webhookSignatureOf('key', 'other', 7), webhookSignatureOf('k', 'token', 7)])
        .size,
    ).toBe(4);
  });
  test('the address of a webhook has one slash between its parts', () => {
    const url = 'https://mail.example.net/v1/shop-access/email/job/postmark-events/t';
    expect([webhookUrlOf('https://mail.example.net', 't'), webhookUrlOf('https://mail.example.net//', 't')]).toEqual([url, url]);
  });
});
