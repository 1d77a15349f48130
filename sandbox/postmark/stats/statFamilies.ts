/**
 * The time series of the Statistics API: which counted metrics each shows, and under which names.
 *
 * A metric is `name` or `family:member`; a family's members come and go with what was counted (clients, browsers, reading times), while the
 * fixed names of a series are always in its totals, also as zero.
 */
type Series = {
  /** In the totals whatever was counted. */
  fixed: readonly string[];
  /** Metric to the name it is shown under; null: not part of this series. */
  nameOf: (metric: string) => string | null;
};

const single = (names: Readonly<Record<string, string>>): Series => ({
  fixed: Object.values(names),
  nameOf: (metric) => names[metric] ?? null,
});

const family = (prefix: string, fixed: readonly string[]): Series => ({
  fixed,
  nameOf: (metric) => (metric.startsWith(`${prefix}:`) ? metric.slice(prefix.length + 1) : null),
});

export const statSeries: Readonly<Record<string, Series>> = {
  sends: single({ sent: 'Sent' }),
  bounces: family('bounce', ['HardBounce', 'SMTPApiError', 'SoftBounce', 'Transient']),
  spam: single({ spam: 'SpamComplaint' }),
  tracked: single({ tracked: 'Tracked' }),
  opens: single({ opens: 'Opens', uniqueOpens: 'Unique' }),
  'opens/platforms': family('openPlatform', ['Desktop', 'Mobile', 'Unknown', 'WebMail']),
  'opens/emailClients': family('openClient', []),
  'opens/readTimes': family('readTime', []),
  clicks: single({ clicks: 'Clicks', uniqueClicks: 'Unique' }),
  'clicks/browserFamilies': family('clickBrowser', []),
  'clicks/platforms': family('clickPlatform', ['Desktop', 'Mobile', 'Unknown']),
  'clicks/location': family('clickLocation', ['HTML', 'Text']),
};
