import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailTo, type PostmarkWorld, startPostmark, zone } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
});
afterEach(() => postmark.close());

const suppress = (...emails: string[]) =>
  server.client.createSuppressions('outbound', { Suppressions: emails.map((EmailAddress) => ({ EmailAddress })) });

describe('an accepted message', () => {
  it('is answered with its id and the time, in seven digits and Z', async () => {
    const answer = await server.client.sendEmail(mailTo('a@example.com'));
    expect(answer).toEqual({
      To: 'a@example.com',
      SubmittedAt: expect.stringMatching(/^2026-09-05T\d{2}:\d{2}:\d{2}\.\d{7}Z$/),
      MessageID: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      ErrorCode: 0,
      Message: 'OK',
    });
  });

  it('echoes Cc and Bcc as they were given', async () => {
    const answer = await server.client.sendEmail(
      mailTo('"Doe, Jane" <jane@example.com>, b@example.com', { Cc: 'c@example.com', Bcc: 'D <d@example.com>' }),
    );
    expect(answer).toMatchObject({ To: '"Doe, Jane" <jane@example.com>, b@example.com', Cc: 'c@example.com', Bcc: 'D <d@example.com>' });
  });

  it('sent twice is two messages: there is no idempotency key', async () => {
    const [one, two] = [await server.client.sendEmail(mailTo('a@example.com')), await server.client.sendEmail(mailTo('a@example.com'))];
    expect(one.MessageID).not.toBe(two.MessageID);
  });

  it('may come through any server of the account whose domain it is not', async () => {
    const other = await postmark.newServer('other');
    expect((await other.client.sendEmail(mailTo('a@example.com'))).ErrorCode).toBe(0);
  });

  it('may have 50 recipients, 10 metadata fields and an attachment', async () => {
    const to = Array.from({ length: 48 }, (_, i) => `r${i}@example.com`).join(', ');
    const Metadata = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`key-of-20-characters`.slice(0, 19) + i, 'v'.repeat(80)]));
    const Attachments = [{ Name: 'invoice.pdf', Content: 'aGVsbG8=', ContentType: 'application/pdf', ContentID: null }];
    const answer = await server.client.sendEmail(mailTo(to, { Cc: 'c@example.com', Bcc: 'd@example.com', Metadata, Attachments }));
    expect(answer.ErrorCode).toBe(0);
  });
});

describe('refusals by the look of the message', () => {
  const many = Array.from({ length: 51 }, (_, i) => `r${i}@example.com`).join(',');
  const attachment = { Name: 'a.txt', Content: 'aGVsbG8=', ContentType: 'text/plain', ContentID: null };
  const cases: [string, Record<string, unknown>, number, string | RegExp][] = [
    ['no recipients', { To: '' }, 300, 'Zero recipients specified'],
    ['no recipients but copies', { To: undefined, Cc: 'c@example.com' }, 300, 'Zero recipients specified'],
    ['no body', { TextBody: undefined }, 300, 'Provide either email TextBody or HtmlBody or both.'],
    ['a From that is no address', { From: 'nonsense' }, 300, "Invalid 'From' address: 'nonsense'."],
    ['no From', { From: undefined }, 300, "Invalid 'From' address: ''."],
    ['two Froms', { From: 'a@x.com, b@x.com' }, 300, "Invalid 'From' address: 'a@x.com, b@x.com'."],
    ['a To without @', { To: 'bob' }, 300, "Error parsing 'To': Illegal email address 'bob'. It must contain the '@' symbol."],
    ['a Cc without @', { Cc: 'Bob <bob>' }, 300, "Error parsing 'Cc': Illegal email address 'bob'. It must contain the '@' symbol."],
    [
      'a domain with a space',
      { To: 'bob@exa mple.com' },
      300,
      "Error parsing 'To': Illegal email domain 'exa mple.com' in address 'bob@exa mple.com'",
    ],
    ['an empty domain', { To: 'bob@' }, 300, "Error parsing 'To': Illegal email domain '' in address 'bob@'"],
    ['a mailbox with a bracket', { To: 'b(b@example.com' }, 300, "Invalid 'To' address: 'b(b@example.com'."],
    [
      'a ReplyTo without @',
      { ReplyTo: 'bob' },
      300,
      "Error parsing 'ReplyTo': Illegal email address 'bob'. It must contain the '@' symbol.",
    ],
    ['51 recipients', { To: many }, 300, /50/],
    ['50 recipients and a copy', { To: many.split(',').slice(1).join(','), Cc: 'c@example.com' }, 300, /50/],
    ['a From of more than 255 characters', { From: `${'N'.repeat(250)} <noreply@acme.${zone}>` }, 300, /'From'.*255/],
    ['a Subject of more than 2000 characters', { Subject: 's'.repeat(2001) }, 300, /'Subject'.*2000/],
    ['a Tag of more than 1000 characters', { Tag: 't'.repeat(1001) }, 300, /'Tag'.*1000/],
    ['a body of more than 5 MB', { TextBody: 'x'.repeat(5 * 1024 * 1024 + 1) }, 300, /'TextBody'.*5 MB/],
    ['11 metadata fields', { Metadata: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, 'v'])) }, 300, /Metadata.*10/],
    ['a metadata name of 21 characters', { Metadata: { ['k'.repeat(21)]: 'v' } }, 300, /Metadata.*20/],
    ['a metadata value of 81 characters', { Metadata: { k: 'v'.repeat(81) } }, 300, /Metadata.*80/],
    ['a metadata value that is no string', { Metadata: { k: 1 } }, 300, /Metadata.*string/],
    ['metadata names that differ in case only', { Metadata: { jobId: '1', JobID: '2' } }, 300, /Metadata.*case/],
    ['a header name with a colon', { Headers: [{ Name: 'X:Y', Value: 'z' }] }, 300, /Headers/],
    ['a TrackLinks there is not', { TrackLinks: 'Some' }, 300, /TrackLinks/],
    ['an executable attachment', { Attachments: [{ ...attachment, Name: 'run.EXE' }] }, 411, /run\.EXE/],
    ['an attachment that is not base64', { Attachments: [{ ...attachment, Content: '%%%' }] }, 300, /base64/],
    ['an attachment without a name', { Attachments: [{ ...attachment, Name: '' }] }, 300, /Name/],
    ['an attachment without a type', { Attachments: [{ ...attachment, ContentType: '' }] }, 300, /ContentType/],
    ['a field there is not', { Ballast: 1 }, 403, "Invalid request field(s): 'Ballast'."],
    ['two fields there are not', { One: 1, Two: 2 }, 403, "Invalid request field(s): 'One', 'Two'."],
    ['a To that is a list', { To: ['a@example.com'] }, 402, 'Received invalid JSON input.'],
    ['a stream there is not', { MessageStream: 'nothing' }, 1235, "The stream provided: 'nothing' does not exist on this server."],
    ['a stream that only receives', { MessageStream: 'inbound' }, 1236, /'inbound'/],
  ];
  it.each(cases)('%s', async (_case, change, code, message) => {
    const body = JSON.stringify({ ...mailTo('a@example.com'), ...change });
    const answer = await postmark.call('POST', '/email', { server: server.token, raw: body });
    expect(answer).toMatchObject({
      status: 422,
      body: { ErrorCode: code, Message: typeof message === 'string' ? message : expect.stringMatching(message) },
    });
    expect(postmark.room.mail({})).toEqual({ items: [] });
  });

  it('a message of more than 10 MB after base64 is HTTP 413', async () => {
    const Content = Buffer.alloc(8 * 1024 * 1024).toString('base64');
    const sent = server.client.sendEmail(
      mailTo('a@example.com', { Attachments: [{ Name: 'a.dat', Content, ContentType: 'x/y', ContentID: null }] }),
    );
    await expect(sent).rejects.toMatchObject({ statusCode: 413 });
    const Headers = [{ Name: 'X-Long', Value: 'h'.repeat(10 * 1024 * 1024) }];
    await expect(server.client.sendEmail(mailTo('a@example.com', { Headers }))).rejects.toMatchObject({ statusCode: 413 });
  });

  it('a request of more than 50 MB is HTTP 413', async () => {
    const answer = await postmark.call('POST', '/email/batch', { server: server.token, raw: ' '.repeat(50 * 1024 * 1024 + 1) });
    expect(answer.status).toBe(413);
  });
});

describe('the sender', () => {
  const sentence = (from: string) =>
    `The 'From' address you supplied (${from}) is not a Sender Signature on your account. Please add and confirm this address in order to be able to use it in the 'From' field of your messages.`;

  it('of a domain nobody verified is 400 on HTTP 422', async () => {
    const sent = server.client.sendEmail({ ...mailTo('a@example.com'), From: 'X <x@elsewhere.com>' });
    await expect(sent).rejects.toMatchObject({ code: 400, statusCode: 422, message: sentence('x@elsewhere.com') });
  });

  it('of a domain that waits for its key is 400, and of its parent too', async () => {
    await postmark.account.createDomain({ Name: `waiting.${zone}` });
    for (const from of [`x@waiting.${zone}`, `x@${zone}`]) {
      await expect(server.client.sendEmail({ ...mailTo('a@example.com'), From: from })).rejects.toMatchObject({ code: 400 });
    }
  });

  it('needs DKIM alone by default, and the Return-Path too by a switch', async () => {
    const domain = await postmark.verifiedDomain(`half.${zone}`);
    await postmark.account.editDomain(domain.ID, { ReturnPathDomain: `other.half.${zone}` });
    const mail = { ...mailTo('a@example.com'), From: `x@half.${zone}` };
    expect((await server.client.sendEmail(mail)).ErrorCode).toBe(0);
    postmark.world.settings.apply({ sendRequiresReturnPath: true });
    await expect(server.client.sendEmail(mail)).rejects.toMatchObject({ code: 400 });
  });

  it('is compared without regard to case', async () => {
    expect((await server.client.sendEmail({ ...mailTo('a@example.com'), From: `X@ACME.${zone}` })).ErrorCode).toBe(0);
  });
});

describe('the standing of the account', () => {
  it.each([
    ['refused', 413],
    ['noCredits', 405],
  ])('%s is ErrorCode %i on HTTP 422', async (accountState, code) => {
    postmark.world.settings.apply({ accountState });
    await expect(server.client.sendEmail(mailTo('a@example.com'))).rejects.toMatchObject({ code, statusCode: 422 });
  });

  it('pending may write to its own domain only, and is told which others it tried', async () => {
    postmark.world.settings.apply({ accountState: 'pending' });
    expect((await server.client.sendEmail(mailTo(`me@acme.${zone}`))).ErrorCode).toBe(0);
    await expect(server.client.sendEmail(mailTo('a@example.com', { Cc: `me@acme.${zone}` }))).rejects.toMatchObject({
      code: 412,
      statusCode: 422,
      message: `While your account is pending approval, all recipient addresses must share the same domain as the 'From' address. The domain of the 'From' address is 'acme.${zone}', but you are attempting to send email to the following domain(s): 'example.com'.`,
    });
  });
});

describe('inactive recipients', () => {
  const rest =
    'Found inactive addresses: a@example.com, b@example.com. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression.';

  it('alone are 406 with a sentence that the client parses', async () => {
    await suppress('a@example.com', 'b@example.com');
    const sent = server.client.sendEmail(mailTo('A@example.com', { Cc: 'b@example.com' }));
    await expect(sent).rejects.toMatchObject({ code: 406, statusCode: 422, recipients: ['A@example.com', 'b@example.com'] });
    const answer = await postmark.call('POST', '/email', {
      server: server.token,
      body: { ...mailTo('a@example.com,b@example.com') } as never,
    });
    expect(answer.body).toEqual({
      ErrorCode: 406,
      Message: `You tried to send to recipient(s) that have been marked as inactive. ${rest}`,
    });
  });

  it('in a batch have a slightly different sentence, with a space at its end', async () => {
    await suppress('a@example.com', 'b@example.com');
    const [answer] = await server.client.sendEmailBatch([mailTo('a@example.com,b@example.com')]);
    expect(answer).toEqual({ ErrorCode: 406, Message: `You tried to send to a recipient that has been marked as inactive. ${rest} ` });
  });

  it('among others are skipped on HTTP 200, and only the sentence says so', async () => {
    await suppress('a@example.com');
    const answer = await server.client.sendEmail(mailTo('a@example.com, c@example.com'));
    expect(answer).toMatchObject({
      ErrorCode: 0,
      MessageID: expect.any(String),
      Message:
        'Message OK, but will not deliver to these inactive addresses: a@example.com. Inactive recipients are ones that have generated a hard bounce or a spam complaint.',
    });
    await postmark.settle();
    const details = await server.client.getOutboundMessageDetails(answer.MessageID);
    expect(details.MessageEvents.map(({ Recipient, Type }) => [Recipient, Type])).toEqual([['c@example.com', 'Delivered']]);
  });

  it('among others are 406 by the other reading', async () => {
    postmark.world.settings.apply({ partialSuppression: 'refuse' });
    await suppress('a@example.com');
    await expect(server.client.sendEmail(mailTo('a@example.com, c@example.com'))).rejects.toMatchObject({
      code: 406,
      recipients: ['a@example.com'],
    });
  });

  it('of one stream or server are active on another', async () => {
    await suppress('a@example.com');
    expect((await server.client.sendEmail(mailTo('a@example.com', { MessageStream: 'broadcast' }))).ErrorCode).toBe(0);
    const other = await postmark.newServer('other');
    expect((await other.client.sendEmail(mailTo('a@example.com'))).ErrorCode).toBe(0);
  });
});

describe('a batch', () => {
  it('is HTTP 200 whatever its items did, in their order', async () => {
    const answers = await server.client.sendEmailBatch([
      mailTo('first@example.com'),
      mailTo(''),
      { ...mailTo('x@example.com'), From: 'x@elsewhere.com' },
      mailTo('last@example.com'),
    ]);
    expect(answers.map((answer) => [answer.ErrorCode, answer.To])).toEqual([
      [0, 'first@example.com'],
      [300, undefined],
      [400, undefined],
      [0, 'last@example.com'],
    ]);
    expect(Object.keys(answers[1] ?? {})).toEqual(['ErrorCode', 'Message']);
  });

  it('holds 500 messages and not one more', async () => {
    const mails = Array.from({ length: 501 }, (_, i) => mailTo(`r${i}@example.com`));
    await expect(server.client.sendEmailBatch(mails)).rejects.toMatchObject({ code: 410, statusCode: 422 });
    expect(await server.client.sendEmailBatch(mails.slice(1))).toHaveLength(500);
  });

  it('that is no list is 402', async () => {
    const answer = await postmark.call('POST', '/email/batch', { server: server.token, body: { Messages: [] } });
    expect(answer.body).toMatchObject({ ErrorCode: 402 });
  });

  it('item by item says 405 to an account without credits', async () => {
    postmark.world.settings.apply({ accountState: 'noCredits' });
    const answers = await server.client.sendEmailBatch([mailTo('a@example.com'), mailTo('b@example.com')]);
    expect(answers.map(({ ErrorCode }) => ErrorCode)).toEqual([405, 405]);
  });
});
