/**
 * Callbacks over the wire in every order, some of them twice, many at once: for each set of events every message ends in the one status that the fold over
 * the times of the events gives, and each event is kept once.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ProviderEvent, project } from '../../service/core/job/projection.ts';
import type { Actor } from './support/actor.ts';
import { ask } from './support/rows.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld([], { EMAIL_LOG_LEVEL: 'fatal' });

const kinds = ['Delivery', 'Bounce', 'SoftBounce', 'SpamComplaint', 'Open'] as const;
type Happened = { kind: (typeof kinds)[number]; minute: number };

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2 ? [[...items]] : items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));

/** At `minute` after a fixed moment, of one job. */
const callbackOf = ({ kind, minute }: Happened, { jobId, messageId, recipient }: Sent): object => {
  const at = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  const common = { MessageID: messageId, Metadata: { jobId }, ServerID: 1, MessageStream: 'outbound' };
  // Postmark numbers its bounces: two of one minute are two.
  const bounced = { ID: minute * kinds.length + kinds.indexOf(kind), Email: recipient, BouncedAt: at, ...common };
  if (kind === 'Delivery') return { RecordType: 'Delivery', Recipient: recipient, DeliveredAt: at, ...common };
  if (kind === 'Open') return { RecordType: 'Open', Recipient: recipient, ReceivedAt: at, ...common };
  if (kind === 'SpamComplaint') return { RecordType: 'SpamComplaint', Type: 'SpamComplaint', ...bounced };
  return { RecordType: 'Bounce', Type: kind === 'Bounce' ? 'HardBounce' : 'SoftBounce', ...bounced };
};

const folded = (events: readonly Happened[]): string => {
  const outcomes = events.flatMap(({ kind, minute }): ProviderEvent[] => {
    const occurredAt = new Date(minute);
    if (kind === 'Delivery') return [{ kind: 'delivered', occurredAt }];
    if (kind === 'Bounce') return [{ kind: 'bounced', occurredAt }];
    return kind === 'SpamComplaint' ? [{ kind: 'complained', occurredAt }] : [];
  });
  return project(outcomes)?.status ?? 'SENT';
};

type Sent = { jobId: string; messageId: string; recipient: string };

/** Messages of one tenant, each to a recipient of its own, all SENT. */
const sentBy = async ({ tenant, eId }: Actor, set: number, count: number): Promise<Sent[]> => {
  const items = Array.from({ length: count }, (_, n) => ({
    idempotencyKey: `${set}-${n}`,
    configurationEId: eId,
    recipient: `set${set}-reader${n}@example.com`,
    subject: 'Hi',
    textBody: 'Hi',
  }));
  expect((await world().api.post('/job/batch', { items }, { tenant })).status).toBe(200);
  const look = () =>
    ask<Sent>(
      world().ready.databaseUrl,
      `select e_id as "jobId", postmark_message_id as "messageId", recipient from email_job
       where tenant_id = $1 and recipient like $2 and status = 'SENT' order by e_id`,
      [tenant, `set${set}-%`],
    );
  return until('all are sent', look, (sent) => sent.length === count);
};

/** Five events, and three that contradict each other, in all orders; and some sets that nobody chose. */
const sets = (): Happened[][] => [
  [
    { kind: 'Delivery', minute: 1 },
    { kind: 'Open', minute: 2 },
    { kind: 'SoftBounce', minute: 3 },
    { kind: 'Bounce', minute: 4 },
    { kind: 'SpamComplaint', minute: 5 },
  ],
  [
    { kind: 'Bounce', minute: 1 },
    { kind: 'Delivery', minute: 2 },
    { kind: 'Open', minute: 3 },
  ],
  ...fc.sample(
    fc.uniqueArray(fc.record({ kind: fc.constantFrom(...kinds), minute: fc.nat({ max: 3 }) }), {
      minLength: 3,
      maxLength: 4,
      selector: ({ kind, minute }) => `${kind} ${minute}`,
    }),
    3,
  ),
];

test('every order of up to five events, with repeats, ends in the same status', async () => {
  const { sender, control, ready } = world();
  await control.settings({ autoDeliver: false });
  const acme = await sender();
  const [webhook] = (await acme.holdings()).servers.flatMap(({ webhooks }) => webhooks);
  const secrets = Object.fromEntries(webhook?.HttpHeaders.map(({ Name, Value }) => [Name, Value]) ?? []);
  const report = async (body: object): Promise<void> => {
    const headers = { 'content-type': 'application/json', ...secrets };
    const { status } = await fetch(webhook?.Url ?? '', { method: 'POST', headers, body: JSON.stringify(body) });
    expect(status).toBe(200);
  };
  for (const [set, events] of sets().entries()) {
    const orders = permutations(events);
    const sent = await sentBy(acme, set, orders.length);
    // One after the other for each message, and all messages at once.
    await Promise.all(
      sent.map(async (message, n) => {
        const order = orders[n] ?? [];
        // Every second message hears everything twice, every third one event again at the end.
        const arrivals = [...order.flatMap((event) => (n % 2 === 0 ? [event, event] : [event])), ...(n % 3 === 0 ? order.slice(0, 1) : [])];
        for (const event of arrivals) await report(callbackOf(event, message));
      }),
    );
    const statuses = () =>
      ask<{ status: string; n: number; events: number }>(
        ready.databaseUrl,
        `select j.status, count(*)::int as n, sum((select count(*) from email_event e where e.tenant_id = j.tenant_id and e.job_e_id = j.e_id))::int as events
         from email_job j where j.tenant_id = $1 and j.recipient like $2
           and not exists (select 1 from email_event e where e.projected_at is null) group by j.status`,
        [acme.tenant, `set${set}-%`],
      );
    const seen = await until('all callbacks were acted on', statuses, (rows) => rows.length > 0);
    expect({ events, seen }).toEqual({
      events,
      seen: [{ status: folded(events), n: orders.length, events: orders.length * events.length }],
    });
  }
});
