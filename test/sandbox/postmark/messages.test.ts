import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailTo, type PostmarkWorld, startAt, startPostmark } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
});
afterEach(() => postmark.close());

const search = async (query: string) => {
  const answer = await postmark.call('GET', `/messages/outbound?count=500&offset=0${query}`, { server: server.token });
  return answer.body as { TotalCount: number; Messages: { Subject: string }[]; ErrorCode?: number };
};
const subjects = async (query: string) => (await search(query)).Messages.map(({ Subject }) => Subject);

describe('the message search', () => {
  it('shows a message as Postmark does', async () => {
    const sent = await server.client.sendEmail(
      mailTo('"Doe, Jane" <jane@example.com>', {
        Cc: 'c@example.com',
        Tag: 'welcome',
        Metadata: { jobId: 'j1' },
        Attachments: [{ Name: 'a.txt', Content: 'aGk=', ContentType: 'text/plain', ContentID: null }],
      }),
    );
    await postmark.settle();
    expect(await server.client.getOutboundMessages()).toEqual({
      TotalCount: 1,
      Messages: [
        {
          Tag: 'welcome',
          MessageID: sent.MessageID,
          MessageStream: 'outbound',
          To: [{ Email: 'jane@example.com', Name: 'Doe, Jane' }],
          Cc: [{ Email: 'c@example.com', Name: null }],
          Bcc: [],
          Recipients: ['jane@example.com', 'c@example.com'],
          ReceivedAt: sent.SubmittedAt,
          From: 'Acme Co <noreply@acme.dev.ardamails.com>',
          Subject: 'Hello',
          Attachments: ['a.txt'],
          Status: 'Sent',
          TrackOpens: false,
          TrackLinks: 'None',
          Metadata: { jobId: 'j1' },
          Sandboxed: false,
        },
      ],
    });
  });

  it('filters by each of its parameters, newest first', async () => {
    await server.client.sendEmail(mailTo('a@example.com', { Subject: 'One', Tag: 'x', Metadata: { jobId: 'j1', batch: 'b' } }));
    await server.client.sendEmail(mailTo('b@example.com', { Subject: 'Two', Tag: 'y', Metadata: { jobId: 'j2', batch: 'b' } }));
    await server.client.sendEmail(mailTo('b@example.com', { Subject: 'Three', MessageStream: 'broadcast' }));
    const found: Record<string, string[]> = {};
    for (const query of [
      '',
      '&messagestream=outbound',
      '&recipient=B@example.com',
      '&fromemail=noreply@acme.dev.ardamails.com',
      '&fromemail=other@acme.dev.ardamails.com',
      '&tag=x',
      '&subject=t',
      '&messagestream=broadcast',
      '&metadata_jobId=j2',
      '&METADATA_JOBID=j1',
      '&metadata_batch=b',
      '&metadata_jobId=j1&metadata_batch=c',
      '&metadata_jobId=nothing',
    ]) {
      found[query] = await subjects(query);
    }
    expect(found).toEqual({
      '': ['Two', 'One'],
      '&messagestream=outbound': ['Two', 'One'],
      '&recipient=B@example.com': ['Two'],
      '&fromemail=noreply@acme.dev.ardamails.com': ['Two', 'One'],
      '&fromemail=other@acme.dev.ardamails.com': [],
      '&tag=x': ['One'],
      '&subject=t': ['Two'],
      '&messagestream=broadcast': ['Three'],
      '&metadata_jobId=j2': ['Two'],
      '&METADATA_JOBID=j1': ['One'],
      '&metadata_batch=b': ['Two', 'One'],
      '&metadata_jobId=j1&metadata_batch=c': [],
      '&metadata_jobId=nothing': [],
    });
  });

  it('looks at all streams by the switch', async () => {
    await server.client.sendEmail(mailTo('b@example.com', { Subject: 'Three', MessageStream: 'broadcast' }));
    expect(await subjects('')).toEqual([]);
    postmark.world.settings.apply({ searchStreamAbsent: 'all' });
    expect(await subjects('')).toEqual(['Three']);
  });

  it('knows queued from sent', async () => {
    postmark.world.settings.apply({ deliveryDelayMs: 60_000 });
    await server.client.sendEmail(mailTo('a@example.com'));
    await postmark.settle();
    expect([await subjects('&status=queued'), await subjects('&status=sent')]).toEqual([['Hello'], []]);
    await postmark.advanceMinutes(1);
    expect([await subjects('&status=queued'), await subjects('&status=processed')]).toEqual([[], ['Hello']]);
  });

  it('reads dates as US Eastern unless they say otherwise', async () => {
    // Accepted at 14:31:12 UTC, which is 10:31:12 in New York.
    await server.client.sendEmail(mailTo('a@example.com'));
    const found: Record<string, number> = {};
    for (const query of [
      'fromdate=2026-09-05',
      'todate=2026-09-05',
      'todate=2026-09-04',
      'fromdate=2026-09-06',
      'fromdate=2026-09-05T10:31:00',
      'fromdate=2026-09-05T10:33:00',
      'todate=2026-09-05T10:31:00',
      'fromdate=2026-09-05T14:31:00Z',
      'fromdate=2026-09-05T14:33:00.000Z',
      'todate=2026-09-05T16:33:00%2B02:00',
    ]) {
      found[query] = (await search(`&${query}`)).TotalCount;
    }
    expect(Object.values(found)).toEqual([1, 1, 0, 0, 1, 0, 0, 1, 0, 1]);
    expect(postmark.world.clock.now() - startAt).toBeLessThan(60_000);
  });

  it.each(['&fromdate=yesterday', '&todate=2026-13-45', '&status=lost'])('%s is 700', async (query) => {
    expect((await search(query)).ErrorCode).toBe(700);
  });

  it.each(['', '?count=1', '?count=501&offset=0', '?count=500&offset=9501'])('paging with "%s" is 700', async (query) => {
    const answer = await postmark.call('GET', `/messages/outbound${query}`, { server: server.token });
    expect(answer).toMatchObject({ status: 422, body: { ErrorCode: 700 } });
  });

  it('pages to the edge of its window', async () => {
    const answer = await postmark.call('GET', '/messages/outbound?count=500&offset=9500', { server: server.token });
    expect(answer.body).toEqual({ TotalCount: 0, Messages: [] });
  });

  it('runs behind by its lag, while the details are there at once', async () => {
    postmark.world.settings.apply({ searchLagMs: 30_000 });
    const { MessageID } = await server.client.sendEmail(mailTo('a@example.com', { Metadata: { jobId: 'j1' } }));
    expect(await subjects('&metadata_jobId=j1')).toEqual([]);
    expect((await server.client.getOutboundMessageDetails(MessageID)).Metadata).toEqual({ jobId: 'j1' });
    await postmark.advanceMinutes(0.5);
    expect(await subjects('&metadata_jobId=j1')).toEqual(['Hello']);
  });

  it('shows a server its own messages only', async () => {
    const { MessageID } = await server.client.sendEmail(mailTo('a@example.com', { Metadata: { jobId: 'j1' } }));
    const other = await postmark.newServer('other');
    expect((await other.client.getOutboundMessages()).TotalCount).toBe(0);
    const byJob = await postmark.call('GET', '/messages/outbound?count=1&offset=0&metadata_jobId=j1', { server: other.token });
    expect(byJob.body).toMatchObject({ TotalCount: 0 });
    await expect(other.client.getOutboundMessageDetails(MessageID)).rejects.toMatchObject({ code: 701, statusCode: 422 });
  });
});

describe('a message', () => {
  it('has its bodies, its source and what happened to it', async () => {
    const { MessageID } = await server.client.sendEmail(
      mailTo('a@example.com', { HtmlBody: '<p>Hi</p>', Headers: [{ Name: 'X-Own', Value: 'ä' }] }),
    );
    await postmark.settle();
    const details = await server.client.getOutboundMessageDetails(MessageID);
    expect(details).toMatchObject({
      TextBody: 'Hello there',
      HtmlBody: '<p>Hi</p>',
      MessageEvents: [
        {
          Recipient: 'a@example.com',
          Type: 'Delivered',
          ReceivedAt: expect.stringMatching(/\.\d{7}Z$/),
          Details: { DeliveryMessage: expect.any(String), DestinationServer: expect.any(String), DestinationIP: expect.any(String) },
        },
      ],
    });
    expect((await server.client.getOutboundMessageDump(MessageID)).Body).toBe(details.Body);
    expect(details.Body).toContain('Subject: Hello\r\n');
    expect(details.Body).toContain(`X-PM-Message-Id: ${MessageID}\r\n`);
    expect(details.Body).toContain('multipart/alternative');
    expect(details.Body).toContain('<p>Hi</p>');
  });

  it('nobody knows is 701 on HTTP 422', async () => {
    await expect(server.client.getOutboundMessageDump('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
      code: 701,
      statusCode: 422,
    });
  });

  it('is forgotten after 45 days', async () => {
    const { MessageID } = await server.client.sendEmail(mailTo('a@example.com'));
    await postmark.advanceMinutes(44 * 24 * 60);
    expect((await server.client.getOutboundMessages()).TotalCount).toBe(1);
    await postmark.advanceMinutes(24 * 60);
    expect((await server.client.getOutboundMessages()).TotalCount).toBe(0);
    await expect(server.client.getOutboundMessageDetails(MessageID)).rejects.toMatchObject({ code: 701 });
  });

  it.each([
    [1, 7],
    [30, 30],
    [400, 365],
  ])('is forgotten after as many days as the account keeps mail, from 7 to 365: %i means %i', async (retentionDays, days) => {
    postmark.world.settings.apply({ retentionDays });
    const { MessageID } = await server.client.sendEmail(mailTo('a@example.com'));
    await postmark.advanceMinutes(days * 24 * 60 - 5);
    expect((await server.client.getOutboundMessageDetails(MessageID)).MessageID).toBe(MessageID);
    await postmark.advanceMinutes(5);
    await expect(server.client.getOutboundMessageDetails(MessageID)).rejects.toMatchObject({ code: 701 });
  });

  it('has bodies that are cut off after 1 MB when they are read back', async () => {
    const { MessageID } = await server.client.sendEmail(mailTo('a@example.com', { TextBody: 'x'.repeat(3_000_000), HtmlBody: '<p>y</p>' }));
    const { TextBody, HtmlBody } = await server.client.getOutboundMessageDetails(MessageID);
    expect([TextBody?.length, HtmlBody]).toEqual([1024 * 1024, '<p>y</p>']);
  });

  it('goes with its server', async () => {
    postmark.world.settings.apply({ serverDeletion: true });
    await server.client.sendEmail(mailTo('a@example.com'));
    await postmark.account.deleteServer(server.id);
    await postmark.settle();
    expect(postmark.room.mail({})).toEqual({ items: [] });
  });

  it('is forgotten when it is the oldest of more than are kept', async () => {
    postmark.world.settings.apply({ messagesMax: 2 });
    for (const Subject of ['One', 'Two', 'Three'])
      await server.client.sendEmail(mailTo('a@example.com', { Subject, Metadata: { jobId: Subject } }));
    expect(await subjects('')).toEqual(['Three', 'Two']);
    expect(await subjects('&metadata_jobId=One')).toEqual([]);
  });

  it('loses its bodies and headers, and nothing else, when it is the oldest of more bytes than are kept', async () => {
    postmark.world.settings.apply({ messageBytesMax: 2_500 });
    const ids: string[] = [];
    for (const Subject of ['One', 'Two', 'Three']) {
      const Headers = [{ Name: 'X-Own', Value: 'h'.repeat(500) }];
      const sent = await server.client.sendEmail(mailTo('a@example.com', { Subject, TextBody: 'x'.repeat(600), Headers }));
      ids.push(sent.MessageID);
    }
    await postmark.settle();
    const kept = await Promise.all(ids.map((id) => server.client.getOutboundMessageDetails(id)));
    expect(kept.map(({ TextBody }) => TextBody?.length ?? null)).toEqual([null, 600, 600]);
    expect(kept.map(({ Body }) => Body.includes('X-Own'))).toEqual([false, true, true]);
    expect(kept.map(({ MessageEvents }) => MessageEvents.length)).toEqual([1, 1, 1]);
    expect(await subjects('')).toEqual(['Three', 'Two', 'One']);
    postmark.world.settings.apply({ messageBytesMax: 0 });
    const { MessageID } = await server.client.sendEmail(mailTo('a@example.com', { TextBody: 'The newest is whole' }));
    expect((await server.client.getOutboundMessageDetails(MessageID)).TextBody).toBe('The newest is whole');
    expect((await server.client.getOutboundMessageDetails(ids[2] ?? '')).TextBody).toBeNull();
  });

  it('of which the content was dropped still bounces as it was told to', async () => {
    postmark.world.settings.apply({ messageBytesMax: 0, deliveryDelayMs: 1000 });
    const Headers = [{ Name: 'X-PM-Bounce-Type', Value: 'SoftBounce' }];
    await server.client.sendEmail(mailTo('a@example.com', { Headers }));
    await server.client.sendEmail(mailTo('b@example.com'));
    await postmark.advanceMinutes(1);
    expect((await server.client.getBounces()).Bounces).toMatchObject([{ Type: 'SoftBounce', Email: 'a@example.com' }]);
  });

  it('bytes are counted anew in another process', async () => {
    for (const To of ['a@example.com', 'b@example.com']) await server.client.sendEmail(mailTo(To, { TextBody: 'x'.repeat(900) }));
    const again = await startPostmark();
    try {
      again.world.restore(JSON.parse(JSON.stringify(postmark.world.save())));
      again.room.restore(JSON.parse(JSON.stringify(postmark.room.save())));
      again.world.settings.apply({ messageBytesMax: 1000 });
      const client = again.serverClient(server.token);
      await client.sendEmail(mailTo('c@example.com'));
      const { Messages } = await client.getOutboundMessages();
      const bodies = await Promise.all(Messages.map(({ MessageID }) => client.getOutboundMessageDetails(MessageID)));
      expect(bodies.map(({ TextBody }) => TextBody?.length ?? null)).toEqual([11, 900, null]);
    } finally {
      await again.close();
    }
  });

  it('of a Sandbox server is shown as delivered and as sandboxed', async () => {
    postmark.world.settings.apply({ autoDeliver: false });
    const sandbox = await postmark.newServer('sandboxed', { DeliveryType: 'Sandbox' as never });
    const { MessageID } = await sandbox.client.sendEmail(mailTo('a@example.com'));
    await postmark.settle();
    const details = await sandbox.client.getOutboundMessageDetails(MessageID);
    expect([details.Sandboxed, details.MessageEvents.map(({ Type }) => Type)]).toEqual([true, ['Delivered']]);
  });

  it('to the black hole is accepted and never heard of again', async () => {
    const { MessageID } = await server.client.sendEmail(mailTo('test@blackhole.postmarkapp.com'));
    await postmark.settle();
    expect((await server.client.getOutboundMessageDetails(MessageID)).MessageEvents).toEqual([]);
  });

  it('waits for somebody to report on it when autoDeliver is off', async () => {
    postmark.world.settings.apply({ autoDeliver: false });
    const { MessageID } = await server.client.sendEmail(mailTo('a@example.com'));
    await postmark.settle();
    expect((await server.client.getOutboundMessageDetails(MessageID)).MessageEvents).toEqual([]);
  });
});

describe('captured mail', () => {
  it('is what was handed over, oldest first, by recipient, job and id', async () => {
    const one = await server.client.sendEmail(mailTo('Jane <a@example.com>', { Tag: 't', Metadata: { jobId: 'j1' } }));
    await server.client.sendEmail(mailTo('hardbounce@bounce-testing.postmarkapp.com', { Bcc: 'b@example.com', Metadata: { jobId: 'j2' } }));
    await postmark.settle();
    const mail = (filter: Parameters<typeof postmark.room.mail>[0]) =>
      postmark.room.mail(filter) as { items: { Subject: string; status: string; Metadata: { jobId: string } }[] };
    expect(mail({ to: 'A@example.com' }).items).toEqual([
      {
        MessageID: one.MessageID,
        ServerID: server.id,
        From: 'Acme Co <noreply@acme.dev.ardamails.com>',
        To: 'Jane <a@example.com>',
        Subject: 'Hello',
        Metadata: { jobId: 'j1' },
        Tag: 't',
        receivedAt: one.SubmittedAt,
        status: 'Delivered',
        events: [expect.objectContaining({ Type: 'Delivered' })],
      },
    ]);
    expect(mail({}).items.map(({ Metadata }) => Metadata.jobId)).toEqual(['j1', 'j2']);
    expect(mail({ jobId: 'j2' }).items).toHaveLength(1);
    expect(mail({ to: 'b@example.com' }).items).toHaveLength(1);
    expect(mail({ messageId: one.MessageID.toUpperCase() }).items).toHaveLength(1);
    expect(mail({ jobId: 'j1', to: 'b@example.com' }).items).toEqual([]);
  });
});
