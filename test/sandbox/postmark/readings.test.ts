import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';
import { allTriggers, startReceiver } from './webhookReceiver.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
});
afterEach(() => postmark.close());

const tracked = {
  TrackOpens: true,
  TrackLinks: 'HtmlAndText' as never,
  HtmlBody: '<a class="x" href="https://acme.com/a?b=1">a</a>',
  TextBody: 'see https://acme.com/t.',
};
async function send(to: string, more = {}): Promise<string> {
  const { MessageID } = await server.client.sendEmail(mailTo(to, { ...tracked, ...more }));
  await postmark.settle();
  return MessageID;
}
const report = (messageId: string, type: string, more = {}) => postmark.room.report({ messageId, type, ...more });
const found = async (path: string, query: string) => {
  const answer = await postmark.call('GET', `/messages/outbound/${path}?count=100&offset=0${query}`, { server: server.token });
  const body = answer.body as { Opens?: { Recipient: string }[]; Clicks?: { Recipient: string }[] };
  return (body.Opens ?? body.Clicks ?? []).map(({ Recipient }) => Recipient);
};

describe('an open', () => {
  it('is listed with who read it, with what and where', async () => {
    const id = await send('a@example.com', { Tag: 'welcome' });
    report(id, 'Open', {
      at: '2026-09-05T14:40:00.000Z',
      client: { Name: 'Apple Mail', Company: 'Apple', Family: 'Mail' },
      os: { Name: 'iOS 9' },
      platform: 'Mobile',
      userAgent: 'test',
      geo: { Country: 'France', City: 'Paris' },
      readSeconds: 12,
    });
    const shown = {
      RecordType: 'Open',
      Client: { Name: 'Apple Mail', Company: 'Apple', Family: 'Mail' },
      OS: { Name: 'iOS 9', Company: '', Family: '' },
      Platform: 'Mobile',
      UserAgent: 'test',
      ReadSeconds: 12,
      Geo: { CountryISOCode: '', Country: 'France', RegionISOCode: '', Region: '', City: 'Paris', Zip: '', Coords: '', IP: '' },
      MessageID: id,
      MessageStream: 'outbound',
      ReceivedAt: '2026-09-05T14:40:00.0000000Z',
      Tag: 'welcome',
      Recipient: 'a@example.com',
    };
    expect(await server.client.getMessageOpens()).toEqual({ TotalCount: 1, Opens: [shown] });
    expect(await server.client.getMessageOpensForSingleMessage(id)).toEqual({ TotalCount: 1, Opens: [shown] });
  });

  it('is kept once per recipient as the documentation says, or each time by the switch; all are told', async () => {
    const receiver = await startReceiver();
    await server.client.createWebhook({ Url: receiver.url, Triggers: { Open: { Enabled: true } } });
    const id = await send('a@example.com', { Cc: 'b@example.com' });
    for (const recipient of ['a@example.com', 'a@example.com', 'B@EXAMPLE.COM']) report(id, 'Open', { recipient });
    expect(await found('opens', '')).toEqual(['b@example.com', 'a@example.com']);
    postmark.world.settings.apply({ opensKept: 'all' });
    report(id, 'Open');
    expect(await found('opens', '')).toEqual(['a@example.com', 'b@example.com', 'a@example.com']);
    await postmark.settle();
    expect(receiver.received.map(({ body }) => [body['Recipient'], body['FirstOpen']])).toEqual([
      ['a@example.com', true],
      ['a@example.com', false],
      ['b@example.com', true],
      ['a@example.com', false],
    ]);
    await receiver.close();
  });

  it.each([
    ['without TrackOpens', { TrackOpens: false }],
    ['without HTML', { HtmlBody: undefined, TextBody: 'x' }],
  ])('cannot be of a message %s, unless the switch lets it', async (_case, more) => {
    const id = await send('a@example.com', more);
    expect(() => report(id, 'Open')).toThrow(/^messageId: .*TrackOpens/);
    postmark.world.settings.apply({ trackingRequired: false });
    report(id, 'Open');
    expect(await found('opens', '')).toEqual(['a@example.com']);
  });

  it('follows the server’s setting when the message says nothing', async () => {
    await server.client.editServer({ TrackOpens: true });
    report(await send('a@example.com', { TrackOpens: undefined }), 'Open');
    expect(await found('opens', '')).toEqual(['a@example.com']);
  });
});

describe('a click', () => {
  it('is listed with its link and where that stood', async () => {
    const id = await send('a@example.com');
    report(id, 'Click');
    report(id, 'Click', { clickLocation: 'Text' });
    expect((await server.client.getMessageClicks()).Clicks).toMatchObject([
      { RecordType: 'Click', ClickLocation: 'Text', OriginalLink: 'https://acme.com/t.', MessageID: id },
      { RecordType: 'Click', ClickLocation: 'HTML', OriginalLink: 'https://acme.com/a?b=1', MessageID: id },
    ]);
    expect((await server.client.getMessageClicksForSingleMessage(id)).TotalCount).toBe(2);
    expect((await server.client.getOutboundMessageDetails(id)).MessageEvents.filter(({ Type }) => Type === 'LinkClicked')).toMatchObject([
      { Details: { Link: 'https://acme.com/a?b=1', ClickLocation: 'HTML' } },
      { Details: { Link: 'https://acme.com/t.', ClickLocation: 'Text' } },
    ]);
  });

  it.each([
    ['None', []],
    ['HtmlOnly', ['HTML']],
    ['TextOnly', ['Text']],
    ['HtmlAndText', ['HTML', 'Text']],
  ])('with TrackLinks %s can be in %j', async (TrackLinks, locations) => {
    const id = await send('a@example.com', { TrackLinks });
    const possible = ['HTML', 'Text'].filter((clickLocation) => {
      try {
        report(id, 'Click', { clickLocation });
        return true;
      } catch (cause) {
        expect(String(cause)).toMatch(/link: .*tracked link/);
        return false;
      }
    });
    expect(possible).toEqual(locations);
  });

  it('cannot be on a link that the message does not have', async () => {
    const id = await send('a@example.com');
    expect(() => report(id, 'Click', { link: 'https://other.com' })).toThrow(/^link: .*https:\/\/acme\.com\/a\?b=1 \(HTML\)/);
  });
});

describe('the lists', () => {
  it('filter by each of their parameters, newest first', async () => {
    const reader = {
      client: { Name: 'Outlook 2013', Company: 'Microsoft', Family: 'Outlook' },
      os: { Name: 'Windows 8', Company: 'MS', Family: 'Windows' },
      platform: 'Desktop',
      geo: { Country: 'France', Region: 'Bretagne', City: 'Brest' },
    };
    const one = await send('a@example.com', { Tag: 'x' });
    const two = await send('b@example.com', { MessageStream: 'broadcast' });
    const three = await send('c@example.com');
    for (const type of ['Open', 'Click']) {
      report(one, type, reader);
      report(two, type);
      report(three, type);
    }
    const both = ['c@example.com', 'a@example.com'];
    const expected: Record<string, string[]> = {
      '': both,
      '&messagestream=broadcast': ['b@example.com'],
      '&recipient=A@example.com': ['a@example.com'],
      '&tag=x': ['a@example.com'],
      '&client_name=outlook 2013': ['a@example.com'],
      '&client_company=Microsoft': ['a@example.com'],
      '&client_family=Outlook': ['a@example.com'],
      '&os_name=Windows 8': ['a@example.com'],
      '&os_company=MS': ['a@example.com'],
      '&os_family=Windows': ['a@example.com'],
      '&platform=desktop': ['a@example.com'],
      '&country=France': ['a@example.com'],
      '&region=Bretagne': ['a@example.com'],
      '&city=Brest': ['a@example.com'],
      '&city=Paris': [],
    };
    for (const path of ['opens', 'clicks']) {
      const seen: Record<string, string[]> = {};
      for (const query of Object.keys(expected)) seen[query] = await found(path, query);
      expect(seen, path).toEqual(expected);
    }
  });

  it('page as messages do, and refuse otherwise with 700', async () => {
    const id = await send('a@example.com', { Cc: 'b@example.com' });
    for (const recipient of ['a@example.com', 'b@example.com']) report(id, 'Open', { recipient });
    expect(await server.client.getMessageOpens({ count: 1, offset: 1 })).toMatchObject({
      TotalCount: 2,
      Opens: [{ Recipient: 'a@example.com' }],
    });
    for (const query of ['', '?count=501&offset=0', '?count=500&offset=9501', '?count=-1&offset=0']) {
      for (const path of ['opens', 'clicks', `opens/${id}`, `clicks/${id}`]) {
        const answer = await postmark.call('GET', `/messages/outbound/${path}${query}`, { server: server.token });
        expect(answer).toMatchObject({ status: 422, body: { ErrorCode: 700 } });
      }
    }
  });

  it('of a message nobody knows, or another server’s, are 701', async () => {
    const id = await send('a@example.com');
    const other = await postmark.newServer('other');
    for (const [client, message] of [
      [server.client, '00000000-0000-4000-8000-000000000000'],
      [other.client, id],
    ] as const) {
      await expect(client.getMessageOpensForSingleMessage(message)).rejects.toMatchObject({ code: 701, statusCode: 422 });
      await expect(client.getMessageClicksForSingleMessage(message)).rejects.toMatchObject({ code: 701, statusCode: 422 });
    }
  });
});

describe('what an event by hand may say', () => {
  it.each([
    [{ type: 'Open', bounceType: 'HardBounce' }, /^bounceType: only an event of type Bounce/],
    [{ type: 'Delivery', client: { Name: 'x' } }, /^client: only an event of type Open or Click/],
    [{ type: 'Open', link: 'https://x' }, /^link: only an event of type Click/],
    [{ type: 'Bounce', suppressSending: false }, /^suppressSending: only an event of type SubscriptionChange/],
    [{ type: 'Delivery', recipient: 'nobody@example.com' }, /^recipient: .*a@example\.com/],
    [{ type: 'constructor' }, /^type: /],
  ])('%o is refused with the field and the remedy', async (change, message) => {
    const messageId = await send('a@example.com');
    expect(() => postmark.room.report({ messageId, ...change })).toThrow(message);
  });

  it('a recipient who unsubscribed subscribes again', async () => {
    const receiver = await startReceiver();
    await server.client.createWebhook({ Url: receiver.url, Triggers: { ...allTriggers, Delivery: { Enabled: false } } });
    const id = await send('a@example.com');
    report(id, 'SubscriptionChange');
    report(id, 'SubscriptionChange', { suppressSending: false });
    await postmark.settle();
    expect((await server.client.getSuppressions('outbound')).Suppressions).toEqual([]);
    expect(
      receiver.received.map(({ body }) => [body['SuppressSending'], body['SuppressionReason'], body['Origin'], body['MessageID']]),
    ).toEqual([
      [true, 'ManualSuppression', 'Recipient', id],
      [false, null, 'Recipient', id],
    ]);
    await receiver.close();
  });
});
