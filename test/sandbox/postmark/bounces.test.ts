import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bounceTypes } from '../../../sandbox/postmark/bounces/bounceTypes.ts';
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
async function send(to: string, more = {}): Promise<string> {
  const { MessageID } = await server.client.sendEmail(mailTo(to, more));
  await postmark.settle();
  return MessageID;
}
const suppressed = async () =>
  (await server.client.getSuppressions('outbound')).Suppressions.map(({ EmailAddress, SuppressionReason, Origin }) => [
    EmailAddress,
    SuppressionReason,
    Origin,
  ]);

describe('bounce-testing addresses', () => {
  it.each(bounceTypes.filter(({ type }) => type !== 'SpamComplaint').map(({ type, code }) => [type, code] as const))(
    '%s bounces with TypeCode %i',
    async (type, code) => {
      await send(bounceTest(type));
      const { Bounces } = await server.client.getBounces();
      expect(Bounces.map(({ Type, TypeCode }) => [Type, TypeCode])).toEqual([[type, code]]);
    },
  );

  it.each([
    ['hardbounce', 'HardBounce'],
    ['HARDBOUNCE', 'HardBounce'],
    ['hard_bounce', 'HardBounce'],
    ['soft_bounce', 'SoftBounce'],
    ['dns_error', 'DnsError'],
    ['smtp_api_error', 'SMTPApiError'],
    ['dmarcpolicy', 'DMARCPolicy'],
    ['no-such-kind', 'HardBounce'],
    ['spamcomplaint', 'HardBounce'],
  ])('%s is a %s', async (name, type) => {
    await send(bounceTest(name));
    expect((await server.client.getBounces()).Bounces[0]?.Type).toBe(type);
  });

  it('the header X-PM-Bounce-Type does the same for any address', async () => {
    await send('a@example.com', { Headers: [{ Name: 'x-pm-bounce-type', Value: 'soft_bounce' }] });
    expect((await server.client.getBounces()).Bounces[0]).toMatchObject({ Type: 'SoftBounce', Email: 'a@example.com' });
  });

  it('bounce also when nothing is delivered by itself', async () => {
    postmark.world.settings.apply({ autoDeliver: false });
    await send(bounceTest('hardbounce'));
    expect((await server.client.getBounces()).TotalCount).toBe(1);
  });
});

describe('a bounce', () => {
  it('that is hard suppresses the address; one that is soft does not', async () => {
    await send(bounceTest('softbounce'));
    expect(await suppressed()).toEqual([]);
    await send(bounceTest('hardbounce'));
    expect(await suppressed()).toEqual([[bounceTest('hardbounce'), 'HardBounce', 'Recipient']]);
    await expect(server.client.sendEmail(mailTo(bounceTest('HardBounce')))).rejects.toMatchObject({ code: 406 });
  });

  it('has every documented field', async () => {
    const MessageID = await send(bounceTest('hardbounce'), { Tag: 'welcome', Metadata: { jobId: 'j1' } });
    const [bounce] = (await server.client.getBounces()).Bounces;
    expect(bounce).toEqual({
      RecordType: 'Bounce',
      ID: expect.any(Number),
      Type: 'HardBounce',
      TypeCode: 1,
      Name: 'Hard bounce',
      Tag: 'welcome',
      MessageID,
      ServerID: server.id,
      MessageStream: 'outbound',
      Metadata: { jobId: 'j1' },
      Description: expect.any(String),
      Details: expect.any(String),
      Email: bounceTest('hardbounce'),
      From: 'noreply@acme.dev.ardamails.com',
      BouncedAt: expect.stringMatching(/^2026-09-05T.*\.\d{7}Z$/),
      DumpAvailable: true,
      Inactive: true,
      CanActivate: true,
      Subject: 'Hello',
    });
    expect(await server.client.getBounce(bounce?.ID ?? 0)).toEqual({ ...bounce, Content: expect.stringContaining(MessageID) });
  });

  it('of a delay is noted as such', async () => {
    const MessageID = await send(bounceTest('transient'));
    expect((await server.client.getOutboundMessageDetails(MessageID)).MessageEvents).toMatchObject([
      {
        Type: 'Transient',
        Details: { DeliveryMessage: expect.any(String), DestinationServer: expect.any(String), DestinationIP: expect.any(String) },
      },
    ]);
  });

  it('is noted on its message', async () => {
    const MessageID = await send(bounceTest('hardbounce'));
    const [bounce] = (await server.client.getBounces()).Bounces;
    expect((await server.client.getOutboundMessageDetails(MessageID)).MessageEvents).toEqual([
      {
        Recipient: bounceTest('hardbounce'),
        Type: 'Bounced',
        ReceivedAt: bounce?.BouncedAt,
        Details: { Summary: bounce?.Details, BounceID: bounce?.ID },
      },
    ]);
  });

  it('can be dumped for thirty days', async () => {
    await send(bounceTest('hardbounce'));
    const id = (await server.client.getBounces()).Bounces[0]?.ID ?? 0;
    expect((await server.client.getBounceDump(id)).Body).toContain(bounceTest('hardbounce'));
    await postmark.advanceMinutes(30 * 24 * 60);
    expect(await server.client.getBounceDump(id)).toEqual({ Body: '' });
    expect((await server.client.getBounce(id)).DumpAvailable).toBe(false);
  });

  it('that is activated frees its address', async () => {
    await send(bounceTest('hardbounce'));
    const id = (await server.client.getBounces()).Bounces[0]?.ID ?? 0;
    expect(await server.client.activateBounce(id)).toMatchObject({ Message: 'OK', Bounce: { ID: id, Inactive: false } });
    expect(await suppressed()).toEqual([]);
    await send(bounceTest('hardbounce'));
  });

  it('that is a complaint, or whose address complained since, cannot be activated: 1003', async () => {
    const MessageID = await send(bounceTest('hardbounce'));
    postmark.room.report({ messageId: MessageID, type: 'SpamComplaint' });
    const { Bounces } = await server.client.getBounces();
    expect(Bounces.map(({ Type }) => Type)).toEqual(['SpamComplaint', 'HardBounce']);
    for (const { ID } of Bounces) await expect(server.client.activateBounce(ID)).rejects.toMatchObject({ code: 1003, statusCode: 422 });
    expect(await suppressed()).toEqual([[bounceTest('hardbounce'), 'SpamComplaint', 'Recipient']]);
  });

  it('nobody knows is 1001, and an id that is no number is 1002 on HTTP 400', async () => {
    await expect(server.client.getBounce(1)).rejects.toMatchObject({ code: 1001, statusCode: 422 });
    const answer = await postmark.call('GET', '/bounces/abc', { server: server.token });
    expect(answer).toMatchObject({ status: 400, body: { ErrorCode: 1002 } });
  });
});

describe('the list of bounces', () => {
  it('filters by each of its parameters, newest first', async () => {
    const first = await send(bounceTest('softbounce'), { Tag: 'x' });
    await send(bounceTest('hardbounce'));
    await send(bounceTest('hardbounce'), { MessageStream: 'broadcast' });
    const found: Record<string, string[]> = {};
    for (const query of [
      '',
      '&type=SoftBounce',
      '&inactive=true',
      '&inactive=false',
      '&emailFilter=SOFT',
      '&tag=x',
      `&messageID=${first}`,
      '&messagestream=broadcast',
      '&fromdate=2026-09-06',
      '&todate=2026-09-05',
    ]) {
      const answer = await postmark.call('GET', `/bounces?count=10&offset=0${query}`, { server: server.token });
      found[query.replace(first, '')] = (answer.body as { Bounces: { Type: string }[] }).Bounces.map(({ Type }) => Type);
    }
    expect(found).toEqual({
      '': ['HardBounce', 'SoftBounce'],
      '&type=SoftBounce': ['SoftBounce'],
      '&inactive=true': ['HardBounce'],
      '&inactive=false': ['SoftBounce'],
      '&emailFilter=SOFT': ['SoftBounce'],
      '&tag=x': ['SoftBounce'],
      '&messageID=': ['SoftBounce'],
      '&messagestream=broadcast': ['HardBounce'],
      '&fromdate=2026-09-06': [],
      '&todate=2026-09-05': ['HardBounce', 'SoftBounce'],
    });
  });

  it.each([
    '',
    '?count=501&offset=0',
    '?count=1&offset=10000',
    '?count=1&offset=0&type=Nonsense',
    '?count=1&offset=0&fromdate=x',
    '?count=1&offset=0&inactive=maybe',
  ])('with "%s" is 1000', async (query) => {
    expect(await postmark.call('GET', `/bounces${query}`, { server: server.token })).toMatchObject({
      status: 422,
      body: { ErrorCode: 1000 },
    });
  });

  it('holds nothing that is older than mail is kept', async () => {
    await send(bounceTest('softbounce'));
    const id = (await server.client.getBounces()).Bounces[0]?.ID ?? 0;
    await postmark.advanceMinutes(45 * 24 * 60);
    expect((await server.client.getBounces()).TotalCount).toBe(0);
    await expect(server.client.getBounce(id)).rejects.toMatchObject({ code: 1001 });
  });

  it('names the tags that bounced, once each', async () => {
    for (const Tag of ['b', 'a', 'b', '']) await send(bounceTest('softbounce'), { Tag });
    expect((await postmark.call('GET', '/bounces/tags', { server: server.token })).body).toEqual(['a', 'b']);
  });

  it('is summed up by deliverystats, under either spelling', async () => {
    await send(bounceTest('hardbounce'));
    await send(bounceTest('softbounce'));
    expect(await server.client.getDeliveryStatistics()).toEqual({
      InactiveMails: 1,
      Bounces: [
        { Name: 'All', Count: 2 },
        { Type: 'HardBounce', Name: 'Hard bounce', Count: 1 },
        { Type: 'SoftBounce', Name: 'Soft bounce', Count: 1 },
      ],
    });
  });
});
