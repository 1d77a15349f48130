/** What must hold of an account whatever was done to it, looked up in its saved state. Answers what does not. */
import type { PostmarkWorld } from './postmarkWorld.ts';

type Row = { serverId: number; stream: string };
type Saved = {
  servers: { records: { server: { ID: number; BounceHookUrl: string; OpenHookUrl: string } }[] };
  messages: (Row & {
    id: string;
    status: string;
    inactive: string[];
    events: { Type: string; Recipient: string }[];
    to: Mail[];
    cc: Mail[];
    bcc: Mail[];
  })[];
  bounces: { bounces: (Row & { email: string; type: string; messageId: string })[] };
  suppressions: (Row & { email: string; reason: string; origin: string })[];
  readings: (Row & { kind: string; messageId: string })[];
  stats: (Row & { day: string; counts: Record<string, number> })[];
  webhooks: { webhooks: (Row & { url: string; triggers: { Bounce: { Enabled: boolean }; Open: { Enabled: boolean } } })[] };
  inbound: { serverId: number }[];
  inboundRules: { rules: { serverId: number }[] };
};
type Mail = { Email: string };

const same = (a: Row & { email: string }, b: Row & { email: string }) =>
  a.serverId === b.serverId && a.stream === b.stream && a.email.toLowerCase() === b.email.toLowerCase();

/** A suppression that nothing explains: no bounce, no complaint, no unsubscription, nobody who asked for it. */
function withoutCause(saved: Saved, manual: ReadonlySet<string>): string[] {
  const causes: Record<string, string[]> = {
    HardBounce: ['HardBounce', 'BadEmailAddress'],
    SpamComplaint: ['SpamComplaint'],
    ManualSuppression: ['ManuallyDeactivated'],
  };
  return saved.suppressions.flatMap((suppression) => {
    const bounced = saved.bounces.bounces.some((bounce) => same(bounce, suppression) && causes[suppression.reason]?.includes(bounce.type));
    const asked = suppression.origin === 'Customer' && [...manual].some((body) => body.includes(suppression.email.toLowerCase()));
    const unsubscribed = suppression.origin === 'Recipient' && suppression.reason === 'ManualSuppression';
    const told = saved.messages.some(({ events }) =>
      events.some(({ Type, Recipient }) => Type === 'SubscriptionChanged' && Recipient.toLowerCase() === suppression.email.toLowerCase()),
    );
    return bounced || asked || (unsubscribed && told)
      ? []
      : [`${suppression.email} on ${suppression.stream} is suppressed without a cause`];
  });
}

function ofDeletedServers(saved: Saved): string[] {
  const known = new Set(saved.servers.records.map(({ server }) => server.ID));
  const rows: Record<string, { serverId: number }[]> = {
    ...{
      messages: saved.messages,
      bounces: saved.bounces.bounces,
      suppressions: saved.suppressions,
      readings: saved.readings,
      stats: saved.stats,
    },
    ...{ webhooks: saved.webhooks.webhooks, inbound: saved.inbound, inboundRules: saved.inboundRules.rules },
  };
  return Object.entries(rows).flatMap(([what, list]) =>
    list.filter(({ serverId }) => !known.has(serverId)).map(({ serverId }) => `${what} of the deleted server ${serverId}`),
  );
}

const statSum = (saved: Saved, serverId: number, counts: (metric: string) => boolean): number =>
  saved.stats
    .filter((row) => row.serverId === serverId)
    .flatMap((row) => Object.entries(row.counts))
    .filter(([metric]) => counts(metric))
    .reduce((sum, [, n]) => sum + n, 0);

function mailed({ to, cc, bcc, inactive }: Saved['messages'][number]): number {
  const all = new Set([...to, ...cc, ...bcc].map(({ Email }) => Email.toLowerCase()));
  for (const email of inactive) all.delete(email.toLowerCase());
  return all.size;
}

/** Statistics outlive what they count, so that they may say more, and never less. */
function disagreements(saved: Saved, erased: boolean): string[] {
  return saved.servers.records.flatMap(({ server: { ID } }) => {
    const own = <R extends { serverId: number }>(rows: R[]): R[] => rows.filter(({ serverId }) => serverId === ID);
    const sum = (name: string) => statSum(saved, ID, (metric) => metric === name);
    const counted: [string, number, number][] = [
      [
        'sent',
        sum('sent'),
        own(saved.messages)
          .filter(({ status }) => status === 'Sent')
          .reduce((n, message) => n + mailed(message), 0),
      ],
      ['bounces', statSum(saved, ID, (metric) => metric.startsWith('bounce:') || metric === 'spam'), own(saved.bounces.bounces).length],
      ['first opens', sum('uniqueOpens'), own(saved.readings).filter(({ kind }) => kind === 'Open').length],
      ['clicks', sum('clicks'), own(saved.readings).filter(({ kind }) => kind === 'Click').length],
      ['platforms of opens', sum('uniqueOpens'), statSum(saved, ID, (metric) => metric.startsWith('openPlatform:'))],
      ['places of clicks', sum('clicks'), statSum(saved, ID, (metric) => metric.startsWith('clickLocation:'))],
    ];
    return counted
      .filter(([, statistics, kept]) => (erased ? statistics < kept : statistics !== kept))
      .map(([what, statistics, kept]) => `server ${ID}: the statistics count ${statistics} ${what}, and there are ${kept}`);
  });
}

/** The old hook URLs and the webhooks of the default stream say the same. */
function splitHooks(saved: Saved): string[] {
  return saved.servers.records.flatMap(({ server }) =>
    (['Bounce', 'Open'] as const).flatMap((trigger) => {
      const listening = saved.webhooks.webhooks.filter(
        ({ serverId, stream, triggers }) => serverId === server.ID && stream === 'outbound' && triggers[trigger].Enabled,
      );
      const shown = server[`${trigger}HookUrl`];
      return shown === (listening[0]?.url ?? '') ? [] : [`server ${server.ID}: ${trigger}HookUrl is '${shown}'`];
    }),
  );
}

export function brokenInvariants(postmark: PostmarkWorld, manual: ReadonlySet<string>): string[] {
  const saved = JSON.parse(JSON.stringify(postmark.room.save())) as Saved & { dataRemovals?: { nextId?: number } };
  const erased = JSON.stringify(saved.dataRemovals ?? '').includes('Done');
  return [
    ...(erased ? [] : withoutCause(saved, manual)),
    ...ofDeletedServers(saved),
    ...disagreements(saved, erased),
    ...splitHooks(saved),
  ];
}
