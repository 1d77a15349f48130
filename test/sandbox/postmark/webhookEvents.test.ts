import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';
import { allTriggers, startReceiver, type WebhookReceiver } from './webhookReceiver.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
let receiver: WebhookReceiver;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
  receiver = await startReceiver();
});
afterEach(() => Promise.all([postmark.close(), receiver.close()]));

const hardBounce = 'hardbounce@bounce-testing.postmarkapp.com';
const date = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{7}Z$/);
const listen = (Triggers: object = allTriggers, more: object = {}) => server.client.createWebhook({ Url: receiver.url, Triggers, ...more });
async function send(to: string, more = {}): Promise<string> {
  const { MessageID } = await server.client.sendEmail(mailTo(to, { Tag: 'welcome', Metadata: { jobId: 'j1' }, ...more }));
  await postmark.settle();
  return MessageID;
}
const bodies = () => receiver.received.map(({ body }) => body);

describe('payloads', () => {
  const shared = (MessageID: string) => ({ MessageID, MessageStream: 'outbound', Tag: 'welcome', Metadata: { jobId: 'j1' } });

  it('Delivery', async () => {
    await listen();
    const id = await send('a@example.com');
    expect(bodies()).toEqual([
      {
        ...shared(id),
        RecordType: 'Delivery',
        ServerID: server.id,
        Recipient: 'a@example.com',
        DeliveredAt: date,
        Details: expect.any(String),
      },
    ]);
  });

  const bounceFields = (id: string) => ({
    ...shared(id),
    ID: expect.any(Number),
    ServerID: server.id,
    Name: expect.any(String),
    Description: expect.any(String),
    Details: expect.any(String),
    From: 'noreply@acme.dev.ardamails.com',
    BouncedAt: date,
    DumpAvailable: true,
    Inactive: true,
    Subject: 'Hello',
  });

  it('a hard bounce is two events: Bounce and SubscriptionChange', async () => {
    await listen();
    const id = await send(hardBounce);
    expect(bodies()).toEqual([
      { ...bounceFields(id), RecordType: 'Bounce', Type: 'HardBounce', TypeCode: 1, Email: hardBounce, CanActivate: true },
      {
        ...shared(id),
        RecordType: 'SubscriptionChange',
        ServerID: server.id,
        ChangedAt: date,
        Recipient: hardBounce,
        Origin: 'Recipient',
        SuppressSending: true,
        SuppressionReason: 'HardBounce',
      },
    ]);
  });

  it('a complaint is two events, and cannot be activated', async () => {
    await listen();
    const id = await send('a@example.com');
    postmark.room.report({ messageId: id, type: 'SpamComplaint' });
    await postmark.settle();
    expect(bodies().slice(1)).toEqual([
      {
        ...bounceFields(id),
        RecordType: 'SpamComplaint',
        Type: 'SpamComplaint',
        TypeCode: 100001,
        Email: 'a@example.com',
        CanActivate: false,
      },
      expect.objectContaining({ RecordType: 'SubscriptionChange', SuppressionReason: 'SpamComplaint', SuppressSending: true }),
    ]);
  });

  it('a soft bounce is one event and leaves the address active', async () => {
    await listen();
    await send('softbounce@bounce-testing.postmarkapp.com');
    expect(bodies()).toEqual([expect.objectContaining({ RecordType: 'Bounce', Type: 'SoftBounce', Inactive: false })]);
  });

  it('Open and Click say who read it with what, and not which server it was', async () => {
    await listen();
    const id = await send('a@example.com', {
      HtmlBody: '<a href="https://acme.com/x">x</a>',
      TrackOpens: true,
      TrackLinks: 'HtmlOnly',
    });
    for (const type of ['Open', 'Open', 'Click']) postmark.room.report({ messageId: id, type });
    await postmark.settle();
    const reading = {
      ...shared(id),
      Client: { Name: expect.any(String), Company: expect.any(String), Family: expect.any(String) },
      OS: { Name: expect.any(String), Company: expect.any(String), Family: expect.any(String) },
      Platform: 'WebMail',
      UserAgent: expect.any(String),
      Geo: Object.fromEntries(
        ['CountryISOCode', 'Country', 'RegionISOCode', 'Region', 'City', 'Zip', 'Coords', 'IP'].map((name) => [name, expect.any(String)]),
      ),
      ReceivedAt: date,
      Recipient: 'a@example.com',
    };
    expect(receiver.ofType('Open').map(({ body }) => body)).toEqual([
      { ...reading, RecordType: 'Open', FirstOpen: true, ReadSeconds: expect.any(Number) },
      { ...reading, RecordType: 'Open', FirstOpen: false, ReadSeconds: expect.any(Number) },
    ]);
    expect(receiver.ofType('Click').map(({ body }) => body)).toEqual([
      { ...reading, RecordType: 'Click', ClickLocation: 'HTML', OriginalLink: 'https://acme.com/x' },
    ]);
  });

  it('a change of the list through the API is tied to no message; its undoing has no reason', async () => {
    await listen();
    const entry = { Suppressions: [{ EmailAddress: 'a@example.com' }] };
    await server.client.createSuppressions('outbound', entry);
    await server.client.deleteSuppressions('outbound', entry);
    await postmark.settle();
    const change = {
      RecordType: 'SubscriptionChange',
      MessageID: null,
      ServerID: server.id,
      MessageStream: 'outbound',
      ChangedAt: date,
      Recipient: 'a@example.com',
      Origin: 'Customer',
      Tag: null,
      Metadata: {},
    };
    expect(bodies()).toEqual([
      { ...change, SuppressSending: true, SuppressionReason: 'ManualSuppression' },
      { ...change, SuppressSending: false, SuppressionReason: null },
    ]);
  });
});

describe('who is told', () => {
  it('each recipient of a message is an event', async () => {
    await listen();
    await send('a@example.com', { Cc: 'b@example.com', Bcc: 'A@example.com' });
    expect(
      bodies()
        .map((body) => body['Recipient'])
        .sort(),
    ).toEqual(['A@example.com', 'b@example.com']);
  });

  it('a trigger that is off, another stream and another server are not told', async () => {
    await listen({ Bounce: { Enabled: true } });
    await listen(allTriggers, { MessageStream: 'broadcast' });
    const other = await postmark.newServer('other');
    await other.client.createWebhook({ Url: receiver.url, Triggers: allTriggers });
    await send('a@example.com');
    expect(bodies()).toEqual([]);
  });

  it('two webhooks of a stream are both told, of the same event, under trace ids of their own', async () => {
    await listen();
    await listen();
    await send('a@example.com');
    expect(new Set(receiver.received.map(({ headers }) => headers['x-pm-webhook-event-id'])).size).toBe(1);
    expect(new Set(receiver.received.map(({ headers }) => headers['x-pm-webhook-trace-id'])).size).toBe(2);
  });

  it('with PostFirstOpenOnly the first open alone is told', async () => {
    await listen({ Open: { Enabled: true, PostFirstOpenOnly: true } });
    const id = await send('a@example.com', { HtmlBody: '<p>Hi</p>', TrackOpens: true });
    for (let i = 0; i < 3; i += 1) postmark.room.report({ messageId: id, type: 'Open' });
    await postmark.settle();
    expect(bodies().map((body) => body['FirstOpen'])).toEqual([true]);
  });

  it('with IncludeContent a bounce carries its content', async () => {
    await listen({ Bounce: { Enabled: true, IncludeContent: true } });
    const id = await send(hardBounce);
    expect(bodies()).toEqual([expect.objectContaining({ Content: expect.stringContaining(id) })]);
  });

  it('an SMTP API error is told only to a server that asks for it', async () => {
    await listen();
    const to = 'smtpapierror@bounce-testing.postmarkapp.com';
    await send(to);
    expect(bodies()).toEqual([]);
    await server.client.editServer({ EnableSmtpApiErrorHooks: true });
    await send(to);
    expect(bodies()).toEqual([expect.objectContaining({ Type: 'SMTPApiError' })]);
  });
});

describe('an event reported by hand', () => {
  it('is told now and has its own time', async () => {
    await listen();
    postmark.world.settings.apply({ autoDeliver: false });
    const messageId = await send('a@example.com');
    expect(postmark.room.report({ messageId, type: 'Delivery', at: '2026-09-05T10:00:00.000Z' })).toEqual({
      messageId,
      type: 'Delivery',
      recipient: 'a@example.com',
      at: '2026-09-05T10:00:00.000Z',
    });
    await postmark.settle();
    expect(bodies()).toEqual([expect.objectContaining({ RecordType: 'Delivery', DeliveredAt: '2026-09-05T10:00:00.0000000Z' })]);
  });

  it('of type Bounce is hard unless it says otherwise', async () => {
    await listen();
    const messageId = await send('a@example.com');
    postmark.room.report({ messageId, type: 'Bounce', bounceType: 'Transient' });
    postmark.room.report({ messageId, type: 'Bounce' });
    await postmark.settle();
    expect(receiver.ofType('Bounce').map(({ body }) => body['Type'])).toEqual(['Transient', 'HardBounce']);
  });

  it('of type SubscriptionChange is an unsubscription by the recipient', async () => {
    await listen();
    const messageId = await send('a@example.com');
    postmark.room.report({ messageId, type: 'SubscriptionChange' });
    await postmark.settle();
    expect(receiver.ofType('SubscriptionChange')[0]?.body).toMatchObject({
      MessageID: messageId,
      Origin: 'Recipient',
      SuppressSending: true,
      SuppressionReason: 'ManualSuppression',
    });
  });

  it.each([
    [{ type: 'Delivered' }, /^type: .*Delivery/],
    [{ type: 'Bounce', bounceType: 'Hard' }, /^bounceType: .*HardBounce/],
    [{ type: 'Bounce', bounceType: 'SpamComplaint' }, /^bounceType: .*type SpamComplaint/],
    [{ type: 'Delivery', bounceType: 'HardBounce' }, /^bounceType: /],
    [{ type: 'Delivery', at: 'noon' }, /^at: /],
    [{ type: 'Delivery', messageId: 'nothing' }, /^messageId: .*GET \/mail/],
  ])('%o is refused with the field and the remedy', async (change, message) => {
    const messageId = await send('a@example.com');
    expect(() => postmark.room.report({ messageId, ...change })).toThrow(message);
  });
});
