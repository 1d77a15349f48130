import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
});
afterEach(() => postmark.close());

const bounceTest = (name: string) => `${name}@bounce-testing.postmarkapp.com`;
const tracked = {
  TrackOpens: true,
  TrackLinks: 'HtmlAndText' as never,
  HtmlBody: '<a href="https://acme.com/a">a</a> <a href="https://acme.com/b">b</a>',
  TextBody: 'see https://acme.com/a',
};
async function send(to: string, more = {}): Promise<string> {
  const { MessageID } = await server.client.sendEmail(mailTo(to, more));
  await postmark.settle();
  return MessageID;
}
const report = (messageId: string, type: string, more = {}) => postmark.room.report({ messageId, type, ...more });
const stats = async (path = '', query = '') =>
  (await postmark.call('GET', `/stats/outbound${path}${query}`, { server: server.token })).body as Record<string, unknown>;
const day = { Date: '2026-09-05' };

/** One of everything: 6 mails to 7 people, three bounces, a complaint, opens and clicks. */
async function everything(): Promise<void> {
  const id = await send('a@example.com', { ...tracked, Cc: 'b@example.com', Tag: 'welcome' });
  report(id, 'Open', { readSeconds: 3 });
  report(id, 'Open', { readSeconds: 30 });
  report(id, 'Open', {
    recipient: 'b@example.com',
    readSeconds: 25,
    platform: 'Mobile',
    client: { Name: 'Apple Mail', Company: 'Apple', Family: 'Mail' },
  });
  report(id, 'Click');
  report(id, 'Click');
  report(id, 'Click', {
    link: 'https://acme.com/a',
    clickLocation: 'Text',
    platform: 'Mobile',
    client: { Name: 'Safari 9', Company: 'Apple', Family: 'Safari' },
  });
  for (const type of ['hardbounce', 'softbounce', 'transient', 'smtpapierror']) await send(bounceTest(type));
  report(await send('angry@example.com', { MessageStream: 'broadcast' }), 'SpamComplaint');
}

describe('the overview', () => {
  it('adds up what really happened', async () => {
    await everything();
    expect(await server.client.getOutboundOverview()).toEqual({
      Sent: 7,
      Bounced: 3,
      SMTPApiErrors: 1,
      BounceRate: 42.857,
      SpamComplaints: 1,
      SpamComplaintsRate: 14.286,
      Opens: 3,
      UniqueOpens: 2,
      Tracked: 2,
      WithLinkTracking: 2,
      WithOpenTracking: 2,
      TotalTrackedLinksSent: 6,
      UniqueLinksClicked: 1,
      TotalClicks: 3,
      WithClientRecorded: 2,
      WithPlatformRecorded: 2,
      WithReadTimeRecorded: 2,
    });
  });

  it('of a server that sent nothing is zero, without dividing by it', async () => {
    expect(await stats()).toMatchObject({ Sent: 0, BounceRate: 0, SpamComplaintsRate: 0 });
  });
});

describe('the series, by day and in total', () => {
  beforeEach(everything);

  it.each<[string, (client: typeof server.client) => Promise<object>, object]>([
    ['sends', (client) => client.getSentCounts(), { Days: [{ ...day, Sent: 7 }], Sent: 7 }],
    [
      'bounces',
      (client) => client.getBounceCounts(),
      {
        Days: [{ ...day, HardBounce: 1, SoftBounce: 1, Transient: 1, SMTPApiError: 1 }],
        HardBounce: 1,
        SoftBounce: 1,
        Transient: 1,
        SMTPApiError: 1,
      },
    ],
    ['spam', (client) => client.getSpamComplaintsCounts(), { Days: [{ ...day, SpamComplaint: 1 }], SpamComplaint: 1 }],
    ['tracked', (client) => client.getTrackedEmailCounts(), { Days: [{ ...day, Tracked: 2 }], Tracked: 2 }],
    ['opens', (client) => client.getEmailOpenCounts(), { Days: [{ ...day, Opens: 3, Unique: 2 }], Opens: 3, Unique: 2 }],
    [
      'opens/platforms',
      (client) => client.getEmailOpenPlatformUsage(),
      { Days: [{ ...day, WebMail: 1, Mobile: 1 }], WebMail: 1, Mobile: 1, Desktop: 0, Unknown: 0 },
    ],
    [
      'opens/emailClients',
      (client) => client.getEmailOpenClientUsage(),
      { Days: [{ ...day, 'Chrome 35.0.1916.153': 1, 'Apple Mail': 1 }], 'Chrome 35.0.1916.153': 1, 'Apple Mail': 1 },
    ],
    ['opens/readTimes', (client) => client.getEmailOpenReadTimes(), { Days: [{ ...day, '3s': 1, '20s+': 1 }], '3s': 1, '20s+': 1 }],
    ['clicks', (client) => client.getClickCounts(), { Days: [{ ...day, Clicks: 3, Unique: 1 }], Clicks: 3, Unique: 1 }],
    [
      'clicks/browserFamilies',
      (client) => client.getClickBrowserUsage(),
      { Days: [{ ...day, Chrome: 2, Safari: 1 }], Chrome: 2, Safari: 1 },
    ],
    [
      'clicks/platforms',
      (client) => client.getClickPlatformUsage(),
      { Days: [{ ...day, Desktop: 2, Mobile: 1 }], Desktop: 2, Mobile: 1, Unknown: 0 },
    ],
    ['clicks/location', (client) => client.getClickLocation(), { Days: [{ ...day, HTML: 2, Text: 1 }], HTML: 2, Text: 1 }],
  ])('%s', async (_name, asked, expected) => {
    expect(await asked(server.client)).toEqual(expected);
  });
});

it('a reader who cannot be told is counted as an open, and in no list of clients', async () => {
  report(await send('a@example.com', tracked), 'Open', { client: {}, platform: 'Unknown', readSeconds: 0 });
  expect(await server.client.getEmailOpenClientUsage()).toEqual({ Days: [] });
  expect(await server.client.getOutboundOverview()).toMatchObject({
    ...{ UniqueOpens: 1, WithClientRecorded: 0, WithPlatformRecorded: 0, WithReadTimeRecorded: 0 },
  });
});

describe('the filters', () => {
  it('are stream, tag and Eastern days', async () => {
    await everything();
    await postmark.advanceMinutes(24 * 60);
    await send('later@example.com', { Tag: 'welcome' });
    const sent: Record<string, unknown> = {};
    for (const query of [
      '',
      '?messagestream=outbound',
      '?messagestream=broadcast',
      '?tag=welcome',
      '?tag=none',
      '?fromdate=2026-09-06',
      '?todate=2026-09-05',
      '?fromdate=2026-09-05&todate=2026-09-06&messagestream=outbound&tag=welcome',
    ]) {
      sent[query] = (await stats('/sends', query))['Sent'];
    }
    expect(Object.values(sent)).toEqual([8, 7, 1, 3, 0, 1, 7, 3]);
  });

  it('a day is Eastern: what is sent at half past three in the morning UTC is of the day before', async () => {
    await postmark.advanceMinutes(13 * 60);
    await send('a@example.com');
    await postmark.advanceMinutes(60);
    await send('a@example.com');
    expect(await stats('/sends')).toEqual({
      Days: [
        { Date: '2026-09-05', Sent: 1 },
        { Date: '2026-09-06', Sent: 1 },
      ],
      Sent: 2,
    });
  });

  it('a day without anything to count is not listed', async () => {
    await send('a@example.com');
    await postmark.advanceMinutes(3 * 24 * 60);
    await send('a@example.com');
    const { Days } = await server.client.getSentCounts();
    expect(Days.map((each) => each.Date)).toEqual(['2026-09-05', '2026-09-08']);
  });

  it.each([
    ['?fromdate=yesterday', 900],
    ['?todate=2026-02-30', 900],
    ['?fromdate=2025-01-01', 1500],
    ['?count=501', 1501],
    ['?count=x', 1501],
    ['?fromdate=2026-09-05&todate=2026-09-04', 1502],
    ['?messagestream=nothing', 1226],
  ])('%s is %i', async (query, code) => {
    for (const path of ['', '/opens/emailclients']) {
      expect(await postmark.call('GET', `/stats/outbound${path}${query}`, { server: server.token })).toMatchObject({
        status: 422,
        body: { ErrorCode: code },
      });
    }
  });

  it('a plan without statistics answers 614', async () => {
    postmark.world.settings.apply({ statsEntitled: false });
    await expect(server.client.getOutboundOverview()).rejects.toMatchObject({ code: 614, statusCode: 422 });
  });
});

it('statistics outlive the messages they count', async () => {
  await send('a@example.com');
  await postmark.advanceMinutes(100 * 24 * 60);
  expect((await server.client.getOutboundMessages()).TotalCount).toBe(0);
  expect((await stats('/sends'))['Sent']).toBe(1);
});

it('of one server leave the others alone, and go with it', async () => {
  await send('a@example.com');
  const other = await postmark.newServer('other');
  expect((await other.client.getOutboundOverview()).Sent).toBe(0);
  postmark.world.settings.apply({ serverDeletion: true });
  await postmark.account.deleteServer(server.id);
  expect(JSON.stringify(postmark.room.save())).not.toContain('2026-09-05"');
});
