/** `/stats/outbound` and its series. Days without anything to count are not listed. */
import type { Json } from '../../world/world.ts';
import { type Call, type Route, server } from '../rim/call.ts';
import { easternDay } from '../rim/easternTime.ts';
import { dateRangeOf } from '../rim/postmarkDate.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { streamOf } from '../streams/messageStreams.ts';
import { statSeries } from './statFamilies.ts';
import type { StatFilter, StatRow } from './statStore.ts';

const yearMs = 366 * 86_400_000;
const countMax = 500;

function filterOf(call: Call, record: ServerRecord): StatFilter {
  const { query, postmark } = call;
  if (!postmark.settings.statsEntitled.value)
    throw new Refusal(614, 'You are not entitled to use the stats API. Upgrade your plan to add it.');
  const stream = query.text('messagestream')?.toLowerCase() ?? null;
  if (stream !== null && streamOf(record, stream) === undefined) throw new Refusal(1226);
  const count = query.text('count');
  if (count !== null && !(/^\d{1,9}$/.test(count) && Number(count) <= countMax)) throw new Refusal(1501);
  const { from, to } = dateRangeOf(query, 900);
  if (Number.isFinite(from) && from < postmark.world.clock.now() - yearMs) throw new Refusal(1500);
  if (from > to) throw new Refusal(1502);
  const day = (at: number): string | null => (Number.isFinite(at) ? easternDay(at) : null);
  return { stream, tag: query.text('tag'), fromDay: day(from), toDay: day(to) };
}

const rowsOf = (call: Call, record: ServerRecord): StatRow[] => call.postmark.stats.rows(record.server.ID, filterOf(call, record));

function summed(rows: readonly StatRow[], nameOf: (metric: string) => string | null): { [name: string]: number } {
  const sums: { [name: string]: number } = {};
  for (const { counts } of rows) {
    for (const [metric, n] of Object.entries(counts)) {
      const name = nameOf(metric);
      if (name !== null) sums[name] = (sums[name] ?? 0) + n;
    }
  }
  return sums;
}

function series(name: string): (call: Call, record: ServerRecord) => Json {
  const { fixed, nameOf } = statSeries[name] ?? { fixed: [], nameOf: () => null };
  return (call, record) => {
    const rows = rowsOf(call, record);
    const days = [...Map.groupBy(rows, (row) => row.day)].flatMap(([day, ofDay]) => {
      const sums = summed(ofDay, nameOf);
      return Object.keys(sums).length === 0 ? [] : [{ Date: day, ...sums }];
    });
    return { Days: days, ...Object.fromEntries(fixed.map((shown) => [shown, 0])), ...summed(rows, nameOf) };
  };
}

/** In percent, three digits behind the point. */
const rate = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 100_000) / 1000);

function overview(call: Call, record: ServerRecord): Json {
  const counts = summed(rowsOf(call, record), (metric) => metric);
  const n = (metric: string): number => counts[metric] ?? 0;
  const bounces = Object.entries(counts).filter(([metric]) => metric.startsWith('bounce:'));
  const bounced = bounces.reduce((sum, [, count]) => sum + count, 0) - n('bounce:SMTPApiError');
  return {
    Sent: n('sent'),
    Bounced: bounced,
    SMTPApiErrors: n('bounce:SMTPApiError'),
    BounceRate: rate(bounced, n('sent')),
    SpamComplaints: n('spam'),
    SpamComplaintsRate: rate(n('spam'), n('sent')),
    Opens: n('opens'),
    UniqueOpens: n('uniqueOpens'),
    Tracked: n('tracked'),
    WithLinkTracking: n('withLinkTracking'),
    WithOpenTracking: n('withOpenTracking'),
    TotalTrackedLinksSent: n('trackedLinks'),
    UniqueLinksClicked: n('uniqueClicks'),
    TotalClicks: n('clicks'),
    WithClientRecorded: n('withClient'),
    WithPlatformRecorded: n('withPlatform'),
    WithReadTimeRecorded: n('withReadTime'),
  };
}

export const statRoutes: readonly Route[] = [
  server('GET', '/stats/outbound', overview),
  ...Object.keys(statSeries).map((name) => server('GET', `/stats/outbound/${name}`, series(name))),
];
