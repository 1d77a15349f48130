import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InboundByHand } from '../../../sandbox/postmark/inbound/inboundByHand.ts';
import { type PostmarkWorld, startPostmark } from './postmarkWorld.ts';
import { startReceiver, type WebhookReceiver } from './webhookReceiver.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
let receiver: WebhookReceiver;
let address: string;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  receiver = await startReceiver(() => postmark.world.clock.now());
  address = (await server.client.getServer()).InboundAddress;
});
afterEach(() => Promise.all([postmark.close(), receiver.close()]));

const withHash = (hash: string) => address.replace('@', `+${hash}@`);
async function arrives(more: InboundByHand = {}): Promise<string> {
  const { MessageID } = (await postmark.room.receive({ from: 'jane@example.com', to: address, ...more })) as { MessageID: string };
  await postmark.settle();
  return MessageID;
}
const statusOf = async (id: string) => (await server.client.getInboundMessageDetails(id)).Status;
const put = (id: string, action: string) => postmark.call('PUT', `/messages/inbound/${id}/${action}`, { server: server.token });
const gaps = () => receiver.received.slice(1).map(({ at }, i) => Math.round((at - (receiver.received[i]?.at ?? 0)) / 60_000));

describe('a message that comes in', () => {
  it('reaches the hook as Postmark writes it: without RecordType and ServerID', async () => {
    await server.client.editServer({ InboundHookUrl: receiver.url });
    const id = await arrives({
      from: '"Jane Doe" <jane@example.com>',
      to: `Acme <${withHash('ticket-7')}>, other@example.com`,
      cc: 'Carl <c@example.com>',
      bcc: 'b@example.com',
      replyTo: 'reply@example.com',
      subject: 'Ünder way',
      textBody: 'Yes, please.\n\nOn Monday, Acme wrote:\n> Shall we?',
      htmlBody: '<p>Yes, please.</p>',
      headers: [{ Name: 'X-Own', Value: '1' }],
      attachments: [{ Name: 'a.txt', Content: 'aGk=', ContentType: 'text/plain' }],
    });
    expect(receiver.received).toHaveLength(1);
    expect(receiver.received[0]?.headers['x-pm-retries-remaining']).toBe('10');
    const { Headers, Date: date, ...body } = receiver.received[0]?.body ?? {};
    expect(body).toEqual({
      FromName: 'Jane Doe',
      MessageStream: 'inbound',
      From: 'jane@example.com',
      FromFull: { Email: 'jane@example.com', Name: 'Jane Doe', MailboxHash: '' },
      To: `"Acme" <${withHash('ticket-7')}>, other@example.com`,
      ToFull: [
        { Email: withHash('ticket-7'), Name: 'Acme', MailboxHash: 'ticket-7' },
        { Email: 'other@example.com', Name: '', MailboxHash: '' },
      ],
      Cc: '"Carl" <c@example.com>',
      CcFull: [{ Email: 'c@example.com', Name: 'Carl', MailboxHash: '' }],
      Bcc: 'b@example.com',
      BccFull: [{ Email: 'b@example.com', Name: '', MailboxHash: '' }],
      OriginalRecipient: withHash('ticket-7'),
      Subject: 'Ünder way',
      MessageID: id,
      ReplyTo: 'reply@example.com',
      MailboxHash: 'ticket-7',
      Tag: '',
      TextBody: expect.stringContaining('Shall we?'),
      HtmlBody: expect.stringContaining('<p>Yes, please.</p>'),
      StrippedTextReply: 'Yes, please.',
      Attachments: [{ Name: 'a.txt', Content: 'aGk=', ContentType: 'text/plain', ContentLength: 2, ContentID: '' }],
    });
    expect(date).toMatch(/^Sat, 05 Sep 2026 14:31:\d\d \+0000$/);
    expect(Headers).toEqual(
      expect.arrayContaining([
        { Name: 'X-Own', Value: '1' },
        { Name: 'X-Spam-Status', Value: 'No' },
        { Name: 'X-Spam-Score', Value: '0.0' },
        { Name: 'Message-ID', Value: expect.stringMatching(/^<.*>$/) },
      ]),
    );
    expect(await statusOf(id)).toBe('Processed');
  });

  it('carries its raw source for a server that asks for it', async () => {
    await server.client.editServer({ InboundHookUrl: receiver.url, RawEmailEnabled: true });
    await arrives({ raw: 'From: jane@example.com\r\nTo: x@example.com\r\nSubject: Raw\r\n\r\nHi\r\n', recipient: address });
    expect(receiver.received[0]?.body).toMatchObject({
      RawEmail: 'From: jane@example.com\r\nTo: x@example.com\r\nSubject: Raw\r\n\r\nHi\r\n',
      OriginalRecipient: address,
      To: 'x@example.com',
      Subject: 'Raw',
    });
  });

  it('belongs to the server of its inbound domain, whatever the local part', async () => {
    postmark.world.settings.apply({ inboundDomainNeedsMx: false });
    await server.client.editServer({ InboundDomain: 'in.acme.com', InboundHookUrl: receiver.url });
    await arrives({ to: 'anyone+hash@IN.acme.com' });
    expect(receiver.received[0]?.body).toMatchObject({ MailboxHash: 'hash', OriginalRecipient: 'anyone+hash@IN.acme.com' });
  });

  it.each([
    ['Hello', ''],
    ['> only a quote', ''],
    ['Yes.\n\n-----Original Message-----\nFrom: x', 'Yes.'],
    ['Yes.\n\nFrom: Jane\nSent: Monday\nTo: x', 'Yes.'],
    ['Yes,\nreally.\n\nOn Monday,\nAcme wrote:\n> Shall we?', 'Yes,\nreally.'],
    ['Yes.\n> Shall we?\nNo.', 'Yes.'],
  ])('%j, without what it quotes, is %j', async (textBody, reply) => {
    expect((await server.client.getInboundMessageDetails(await arrives({ textBody }))).StrippedTextReply).toBe(reply);
  });

  it('of a server without a hook is processed by being there', async () => {
    expect(await statusOf(await arrives())).toBe('Processed');
  });

  it('is kept for as long as mail is', async () => {
    const id = await arrives();
    await postmark.advanceMinutes(45 * 24 * 60);
    await expect(server.client.getInboundMessageDetails(id)).rejects.toMatchObject({ code: 701 });
  });

  it('is forgotten when it is the oldest of more bytes than are kept, attachments included; the newest stays', async () => {
    postmark.world.settings.apply({ inboundBytesMax: 10_000 });
    const large = { attachments: [{ Name: 'a.bin', Content: Buffer.alloc(6000).toString('base64'), ContentType: 'text/plain' }] };
    const ids = [await arrives({ textBody: 'small' }), await arrives(large), await arrives(large)];
    const kept = await Promise.all(ids.map((id) => postmark.call('GET', `/messages/inbound/${id}/details`, { server: server.token })));
    expect(kept.map(({ status }) => status)).toEqual([422, 422, 200]);
    postmark.world.settings.apply({ inboundBytesMax: 0 });
    expect(await statusOf(await arrives(large))).toBe('Processed');
  });
});

describe('the hook’s schedule', () => {
  beforeEach(() => server.client.editServer({ InboundHookUrl: receiver.url }));

  it('is the classic one; then the message has failed, and that is a bounce of type InboundError', async () => {
    receiver.answerWith(500);
    const id = await arrives();
    expect(await statusOf(id)).toBe('Scheduled');
    await postmark.advanceMinutes(24 * 60);
    expect(gaps()).toEqual([1, 5, 10, 10, 10, 15, 30, 60, 120, 360]);
    expect(receiver.received.map(({ headers }) => headers['x-pm-retries-remaining'])).toEqual(
      Array.from({ length: 11 }, (_, i) => String(10 - i)),
    );
    expect(await statusOf(id)).toBe('Failed');
    expect((await server.client.getBounces({ messageStream: 'inbound' })).Bounces).toMatchObject([
      { Type: 'InboundError', TypeCode: 100008, MessageID: id, Email: address },
    ]);
  });

  it.each([
    [200, 1, 'Processed'],
    [204, 2, 'Scheduled'],
    [403, 1, 'Failed'],
    [404, 2, 'Scheduled'],
    [503, 2, 'Scheduled'],
    [null, 2, 'Scheduled'],
  ])('an answer of %s makes %i calls within a minute, and the message is %s', async (answer, calls, status) => {
    receiver.answerWith(answer);
    const id = await arrives();
    await postmark.advanceMinutes(1.5);
    expect([receiver.received.length, await statusOf(id)]).toEqual([calls, status]);
  });

  it('waits longer than a webhook for an answer, and then tries again', async () => {
    postmark.world.settings.apply({ webhookTimeoutMs: 1, inboundTimeoutMs: 60 });
    receiver.answerWith((_received, response) => void response);
    const id = await arrives();
    expect(await statusOf(id)).toBe('Scheduled');
    receiver.answerWith(200);
    await postmark.advanceMinutes(1);
    expect(await statusOf(id)).toBe('Processed');
  });

  it('meets faults of operation Inbound', async () => {
    postmark.fault({ service: 'webhook', operation: 'Inbound', kind: 'duplicate', times: 1 });
    await arrives();
    expect(receiver.received).toHaveLength(2);
    expect(new Set(receiver.received.map(({ headers }) => headers['x-pm-webhook-trace-id'])).size).toBe(1);
    postmark.fault({ service: 'webhook', operation: 'Inbound', kind: 'drop', times: 1 });
    expect(await statusOf(await arrives())).toBe('Failed');
    expect(postmark.world.calls.counts().webhook).toEqual({ Inbound: 2 });
  });

  it('ends with the hook', async () => {
    receiver.answerWith(500);
    const id = await arrives();
    await server.client.editServer({ InboundHookUrl: '' });
    await postmark.advanceMinutes(10);
    expect([receiver.received.length, await statusOf(id)]).toEqual([1, 'Failed']);
  });

  it('a failed message can be tried again, and only a failed one: 703', async () => {
    receiver.answerWith(403);
    const id = await arrives();
    receiver.answerWith(200);
    expect(await server.client.retryInboundHookForMessage(id)).toEqual({
      ErrorCode: 0,
      Message: `Successfully rescheduled failed message: ${id}.`,
    });
    await postmark.settle();
    expect(await statusOf(id)).toBe('Processed');
    await expect(server.client.retryInboundHookForMessage(id)).rejects.toMatchObject({ code: 703, statusCode: 422 });
  });
});

describe('inbound rules', () => {
  it('are made, listed and deleted', async () => {
    const rule = await server.client.createInboundRuleTrigger({ Rule: 'spam@example.com' });
    expect(rule).toEqual({ ID: expect.any(Number), Rule: 'spam@example.com' });
    await server.client.createInboundRuleTrigger({ Rule: 'spam.org' });
    expect(await server.client.getInboundRuleTriggers({ count: 1, offset: 0 })).toEqual({ TotalCount: 2, InboundRules: [rule] });
    expect(await server.client.deleteInboundRuleTrigger(rule.ID)).toEqual({ ErrorCode: 0, Message: 'Rule spam@example.com removed.' });
    expect((await server.client.getInboundRuleTriggers()).InboundRules.map(({ Rule }) => Rule)).toEqual(['spam.org']);
  });

  it.each([
    ['the address', 'JANE@example.com', 'Blocked'],
    ['the domain', 'Example.com', 'Blocked'],
    ['another address', 'joe@example.com', 'Processed'],
    ['a domain above', 'com.example', 'Processed'],
  ])('of %s: mail from jane@example.com is held against %s and is %s', async (_case, Rule, status) => {
    await server.client.createInboundRuleTrigger({ Rule });
    expect(await statusOf(await arrives())).toBe(status);
  });

  it('block before the hook is called, and a blocked message can be let through; another cannot: 702', async () => {
    await server.client.editServer({ InboundHookUrl: receiver.url });
    await server.client.createInboundRuleTrigger({ Rule: 'example.com' });
    const id = await arrives();
    expect(receiver.received).toEqual([]);
    expect((await server.client.getInboundMessageDetails(id)).BlockedReason).toContain('example.com');
    expect(await server.client.bypassBlockedInboundMessage(id)).toEqual({
      ErrorCode: 0,
      Message: `Successfully bypassed rules for message: ${id}.`,
    });
    await postmark.settle();
    expect([receiver.received.length, await statusOf(id)]).toEqual([1, 'Processed']);
    await expect(server.client.bypassBlockedInboundMessage(id)).rejects.toMatchObject({ code: 702, statusCode: 422 });
  });

  it.each([
    [4, 'Processed'],
    [6, 'Blocked'],
  ])('a spam score of %i against a threshold of 5 is %s', async (score, status) => {
    await server.client.editServer({ InboundSpamThreshold: 5 });
    expect(await statusOf(await arrives({ headers: [{ Name: 'X-Spam-Score', Value: String(score) }] }))).toBe(status);
  });

  it.each([
    ['POST', '', undefined, 809],
    ['POST', '', {}, 809],
    ['POST', '', { Rule: 'taken.org' }, 810],
    ['POST', '', { Rule: 'TAKEN.org' }, 810],
    ['POST', '', { Rule: 'no domain' }, 813],
    ['POST', '', { Rule: 'localhost' }, 813],
    ['POST', '', { Rule: 'a@' }, 813],
    ['POST', '', { Rules: 'x' }, 403],
    ['GET', '', undefined, 800],
    ['GET', '?count=501&offset=0', undefined, 800],
    ['DELETE', '/1', undefined, 812],
    ['DELETE', '/x', undefined, 812],
  ] as const)('%s %s %j is %i', async (method, rest, body, code) => {
    await server.client.createInboundRuleTrigger({ Rule: 'taken.org' });
    const answer = await postmark.call(method, `/triggers/inboundrules${rest}`, { server: server.token, body });
    expect(answer).toMatchObject({ status: 422, body: { ErrorCode: code } });
  });
});

describe('the search', () => {
  const found = async (query: string) => {
    const answer = await postmark.call('GET', `/messages/inbound?count=500&offset=0${query}`, { server: server.token });
    return (answer.body as { InboundMessages: { Subject: string }[] }).InboundMessages.map(({ Subject }) => Subject);
  };

  it('filters by each of its parameters, newest first', async () => {
    await server.client.createInboundRuleTrigger({ Rule: 'blocked.org' });
    await arrives({ subject: 'One', to: withHash('h1'), headers: [{ Name: 'X-PM-Tag', Value: 't' }] });
    await arrives({ subject: 'Two', from: 'Joe <joe@other.org>', cc: 'c@example.com' });
    await arrives({ subject: 'Three', from: 'x@blocked.org' });
    const expected: Record<string, string[]> = {
      '': ['Two', 'One'],
      '&status=sent': ['Two', 'One'],
      '&status=processed': ['Two', 'One'],
      '&status=blocked': ['Three'],
      '&status=failed': [],
      '&recipient=C@example.com': ['Two'],
      '&fromemail=joe@other.org': ['Two'],
      '&subject=on': ['One'],
      '&mailboxhash=h1': ['One'],
      '&tag=t': ['One'],
      '&fromdate=2026-09-06': [],
      '&todate=2026-09-05': ['Two', 'One'],
    };
    const seen: Record<string, string[]> = {};
    for (const query of Object.keys(expected)) seen[query] = await found(query);
    expect(seen).toEqual(expected);
    postmark.world.settings.apply({ inboundStatusAbsent: 'all' });
    expect(await found('')).toEqual(['Three', 'Two', 'One']);
  });

  it('describes attachments and does not give them back', async () => {
    await arrives({ attachments: [{ Name: 'a.txt', Content: 'aGk=', ContentType: 'text/plain' }] });
    expect((await server.client.getInboundMessages()).InboundMessages[0]?.Attachments).toEqual([
      { Name: 'a.txt', ContentType: 'text/plain', ContentLength: 2, ContentID: '' },
    ]);
  });

  it.each(['', '?count=501&offset=0', '?count=1&offset=10000', '?count=1&offset=0&status=lost', '?count=1&offset=0&fromdate=x'])(
    'with "%s" is 700',
    async (query) => {
      expect(await postmark.call('GET', `/messages/inbound${query}`, { server: server.token })).toMatchObject({
        status: 422,
        body: { ErrorCode: 700 },
      });
    },
  );

  it('of one server does not find another’s, and a message nobody knows is 701', async () => {
    const id = await arrives();
    const other = await postmark.newServer('other');
    expect((await other.client.getInboundMessages()).TotalCount).toBe(0);
    await expect(other.client.getInboundMessageDetails(id)).rejects.toMatchObject({ code: 701, statusCode: 422 });
    for (const action of ['bypass', 'retry']) expect((await put('nothing', action)).body).toMatchObject({ ErrorCode: 701 });
  });
});

describe('a message by hand', () => {
  it.each([
    [{ to: 'nobody@example.com' }, /^recipient: no server/],
    [{ to: 'ffffffffffffffffffffffffffffffff@inbound.postmarkapp.com' }, /^recipient: no server/],
    [{ server: 7 }, /^server: there is no server 7/],
  ])('%j is refused with the field and the remedy', async (input, message) => {
    await expect(postmark.room.receive({ from: 'jane@example.com', ...input })).rejects.toThrow(message);
  });

  it('without a sender is refused', async () => {
    await expect(postmark.room.receive({ server: server.id })).rejects.toThrow(/^from: is missing/);
  });

  it('for a server by its id goes to its inbound address', async () => {
    await postmark.room.receive({ server: server.id, from: 'jane@example.com' });
    expect((await server.client.getInboundMessages()).InboundMessages[0]?.OriginalRecipient).toBe(address);
  });
});

it('inbound messages, rules and calls that wait survive a restart', async () => {
  await server.client.editServer({ InboundHookUrl: receiver.url });
  await server.client.createInboundRuleTrigger({ Rule: 'spam.org' });
  receiver.answerWith(500);
  const id = await arrives({ subject: 'Kept' });
  const saved: { world: ReturnType<typeof postmark.world.save>; room: ReturnType<typeof postmark.room.save> } = JSON.parse(
    JSON.stringify({ world: postmark.world.save(), room: postmark.room.save() }),
  );
  const again = await startPostmark();
  try {
    again.room.restore(saved.room);
    again.world.restore(saved.world);
    receiver.answerWith(200);
    await again.advanceMinutes(1);
    const client = again.serverClient(server.token);
    expect(await client.getInboundMessageDetails(id)).toMatchObject({ Subject: 'Kept', Status: 'Processed' });
    expect((await client.getInboundRuleTriggers()).TotalCount).toBe(1);
  } finally {
    await again.close();
  }
});
