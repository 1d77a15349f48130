import { describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../../service/ports/ports.ts';
import { postmarkClient } from '../../service/ports/postmarkClient.ts';
import { postmarkTransport } from '../../service/ports/postmarkTransport.ts';
import { type Answer, closedPort, cut, cutInBody, json, localServer, silence, stallInBody } from './support/localServer.ts';

const transportOf = (baseUrl: string, timeoutMs = 2000) => postmarkTransport(postmarkClient({ baseUrl, timeoutMs, concurrencyMax: 4 }));
const anyTime = { abort: new AbortController().signal, startBy: Number.POSITIVE_INFINITY };

const message = (fields: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  from: 'Acme <noreply@acme.dev.example>',
  to: 'a@example.com',
  replyTo: null,
  subject: 'Hello',
  htmlBody: null,
  textBody: 'Hello',
  tag: null,
  metadata: { jobId: 'j1', requestId: 'r1' },
  attachments: [],
  ...fields,
});
const sent = (id: string) => ({ To: 'a@example.com', SubmittedAt: '2026-01-01T00:00:00Z', MessageID: id, ErrorCode: 0, Message: 'OK' });
const text =
  (status: number, body: string): Answer =>
  (response) => {
    response.writeHead(status).end(body);
  };

describe('the answer to one message', () => {
  const partly = 'Message OK, but will not deliver to these inactive addresses: b@example.com.';
  it.each([
    [
      '200/0 with a MessageID is taken',
      json(200, sent('m1')),
      { kind: 'answered', httpStatus: 200, errorCode: 0, message: 'OK', messageId: 'm1' },
    ],
    [
      '200/0 with a remark keeps the remark',
      json(200, { ...sent('m1'), Message: partly }),
      { kind: 'answered', errorCode: 0, message: partly, messageId: 'm1' },
    ],
    [
      '422/406, an inactive recipient',
      json(422, { ErrorCode: 406, Message: 'inactive' }),
      { kind: 'answered', httpStatus: 422, errorCode: 406, message: 'inactive', messageId: null },
    ],
    [
      '422/413, the account may not send',
      json(422, { ErrorCode: 413, Message: 'x' }),
      { kind: 'answered', httpStatus: 422, errorCode: 413 },
    ],
    ['413 without Postmark’s body, too large', text(413, ''), { kind: 'answered', httpStatus: 413, errorCode: 0 }],
    ['401/10, a bad token', json(401, { ErrorCode: 10, Message: 'x' }), { kind: 'answered', httpStatus: 401, errorCode: 10 }],
    ['429', json(429, { ErrorCode: 429, Message: 'x' }), { kind: 'answered', httpStatus: 429, errorCode: 429 }],
    ['503/100', json(503, { ErrorCode: 100, Message: 'x' }), { kind: 'answered', httpStatus: 503, errorCode: 100 }],
    [
      '500/101 is an answer, and an ambiguous one',
      json(500, { ErrorCode: 101, Message: 'x' }),
      { kind: 'answered', httpStatus: 500, errorCode: 101 },
    ],
    ['502 from a proxy', text(502, '<html>'), { kind: 'answered', httpStatus: 502, errorCode: 0 }],
    ['200 without a MessageID says nothing', json(200, { ErrorCode: 0, Message: 'OK' }), { kind: 'noAnswer' }],
    ['200 with an empty body', text(200, ''), { kind: 'noAnswer' }],
    ['200 with something else than JSON', text(200, 'OK'), { kind: 'noAnswer' }],
    ['200 with a list of two', json(200, [sent('m1'), sent('m2')]), { kind: 'noAnswer' }],
    ['a cut before the answer', cut, { kind: 'noAnswer' }],
    ['a cut in the middle of the body', cutInBody, { kind: 'noAnswer' }],
    ['a redirect', (response) => response.writeHead(307, { location: '/elsewhere' }).end(), { kind: 'noAnswer' }],
  ] as [string, Answer, Record<string, unknown>][])('%s', async (_, answer, expected) => {
    const server = await localServer(answer);
    const answers = await transportOf(server.url).send('server-token', [message()], anyTime);
    expect(answers).toEqual([expect.objectContaining(expected)]);
    expect(server.received.map(({ url }) => url)).toEqual(['/email']);
  });

  it.each([
    ['no answer at all', silence],
    ['an answer that never ends', stallInBody],
  ])('%s becomes noAnswer at the deadline', async (_, answer) => {
    const server = await localServer(answer);
    expect(await transportOf(server.url, 60).send('server-token', [message()], anyTime)).toEqual([
      { kind: 'noAnswer', reason: expect.stringMatching(/^no answer within \d+ ms$/) },
    ]);
  });

  it('a refused connection is answered as maintenance: nothing was sent, and no look-up is needed', async () => {
    const answers = await transportOf(await closedPort()).send('server-token', [message(), message()], anyTime);
    const unsent = expect.objectContaining({ kind: 'answered', httpStatus: 503, errorCode: 100, messageId: null });
    expect(answers).toEqual([unsent, unsent]);
  });
});

describe('aborting', () => {
  it('a call in flight ends at once, as noAnswer', async () => {
    const abort = new AbortController();
    const server = await localServer(() => abort.abort());
    expect(await transportOf(server.url).send('server-token', [message(), message()], { ...anyTime, abort: abort.signal })).toEqual([
      { kind: 'noAnswer', reason: 'aborted by the caller' },
      { kind: 'noAnswer', reason: 'aborted by the caller' },
    ]);
  });

  it('a call that has not begun never begins', async () => {
    const server = await localServer(json(200, sent('m1')));
    expect(await transportOf(server.url).send('server-token', [message()], { ...anyTime, abort: AbortSignal.abort() })).toEqual([
      { kind: 'noAnswer', reason: 'aborted by the caller' },
    ]);
    expect(server.received).toEqual([]);
  });
});

describe('a call that waits for its turn', () => {
  it('is not made when its turn comes too late: its message may be somebody else’s by then', async () => {
    const held: (() => void)[] = [];
    const server = await localServer((...call) => void held.push(() => json(200, sent('m1'))(...call)));
    const transport = postmarkTransport(postmarkClient({ baseUrl: server.url, timeoutMs: 5000, concurrencyMax: 1 }));
    const first = transport.send('server-token', [message()], anyTime);
    const late = transport.send('server-token', [message(), message()], { ...anyTime, startBy: performance.now() });
    while (held.length === 0) await new Promise(setImmediate);
    held[0]?.();
    expect(await first).toMatchObject([{ messageId: 'm1' }]);
    const unsent = { kind: 'answered', httpStatus: 503, errorCode: 100, message: 'the call was not begun in time; nothing was sent' };
    expect(await late).toMatchObject([unsent, unsent]);
    expect(server.received).toHaveLength(1);
  });
});

describe('a batch', () => {
  it('answers each message in order, an item’s own error as 422', async () => {
    const server = await localServer(
      json(200, [sent('m1'), { ErrorCode: 406, Message: 'inactive' }, { ErrorCode: 0, Message: 'OK' }, 'nonsense']),
    );
    const answers = await transportOf(server.url).send(
      'server-token',
      Array.from({ length: 4 }, () => message()),
      anyTime,
    );
    expect(answers).toEqual([
      { kind: 'answered', httpStatus: 200, errorCode: 0, message: 'OK', messageId: 'm1' },
      { kind: 'answered', httpStatus: 422, errorCode: 406, message: 'inactive', messageId: null },
      expect.objectContaining({ kind: 'noAnswer' }),
      expect.objectContaining({ kind: 'noAnswer' }),
    ]);
    expect(server.received.map(({ url }) => url)).toEqual(['/email/batch']);
  });

  it('with another number of results than messages tells nothing about any of them', async () => {
    const server = await localServer(json(200, [sent('m1')]));
    const answers = await transportOf(server.url).send('server-token', [message(), message()], anyTime);
    expect(answers.map(({ kind }) => kind)).toEqual(['noAnswer', 'noAnswer']);
  });

  it('that is refused as a whole is refused for each', async () => {
    const server = await localServer(json(422, { ErrorCode: 410, Message: 'too many' }));
    const answers = await transportOf(server.url).send('server-token', [message(), message()], anyTime);
    expect(answers).toEqual(
      Array.from({ length: 2 }, () => expect.objectContaining({ kind: 'answered', httpStatus: 422, errorCode: 410 })),
    );
  });

  it('of no messages makes no call', async () => {
    const server = await localServer(json(200, []));
    expect(await transportOf(server.url).send('server-token', [], anyTime)).toEqual([]);
    expect(server.received).toEqual([]);
  });
});

describe('what goes over the wire', () => {
  it('leaves out what is not given, and tracking and stream to the server’s defaults', async () => {
    const server = await localServer(json(200, sent('m1')));
    await transportOf(server.url).send('server-token', [message()], anyTime);
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      From: 'Acme <noreply@acme.dev.example>',
      To: 'a@example.com',
      Subject: 'Hello',
      TextBody: 'Hello',
      Metadata: { jobId: 'j1', requestId: 'r1' },
    });
    expect(server.received[0]?.headers['x-postmark-server-token']).toBe('server-token');
    expect(server.received[0]?.headers['x-postmark-account-token']).toBeUndefined();
  });

  it('carries everything that is given', async () => {
    const server = await localServer(json(200, sent('m1')));
    const attachments = [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: 'YQ==' }];
    await transportOf(server.url).send(
      'server-token',
      [message({ replyTo: 'r@acme.com', htmlBody: '<b>', tag: 't', attachments })],
      anyTime,
    );
    expect(JSON.parse(server.received[0]?.body ?? '')).toMatchObject({
      ReplyTo: 'r@acme.com',
      HtmlBody: '<b>',
      Tag: 't',
      Attachments: [{ Name: 'a.txt', Content: 'YQ==', ContentType: 'text/plain', ContentID: null }],
    });
  });
});

describe('looking a message up by its job', () => {
  const found = { MessageID: 'm1', ReceivedAt: '2026-01-01T00:00:00.1234567Z', Metadata: { jobId: 'j1' } };

  it('asks for the one message that carries the job’s id', async () => {
    const server = await localServer(json(200, { TotalCount: 1, Messages: [found] }));
    const answer = await transportOf(server.url).findByJobId('server-token', 'j1');
    expect(answer).toEqual({ messageId: 'm1', receivedAt: new Date('2026-01-01T00:00:00.123Z') });
    expect(server.received[0]?.url).toBe('/messages/outbound?count=1&offset=0&metadata_jobId=j1');
  });

  it('finds nothing when the search shows nothing', async () => {
    const server = await localServer(json(200, { TotalCount: 0, Messages: [] }));
    await expect(transportOf(server.url).findByJobId('server-token', 'j1')).resolves.toBeNull();
  });

  it.each([
    ['a message of another job', json(200, { TotalCount: 1, Messages: [{ ...found, Metadata: { jobId: 'j2' } }] })],
    ['a message without metadata', json(200, { TotalCount: 1, Messages: [{ ...found, Metadata: {} }] })],
    ['an empty body', json(200, {})],
  ])('%s settles nothing', async (_, answer) => {
    const server = await localServer(answer);
    await expect(transportOf(server.url).findByJobId('server-token', 'j1')).rejects.toMatchObject({ detail: { class: 'unknown' } });
  });
});

describe('the provider’s own suppression list', () => {
  const statuses: Answer = (response, { body }) => {
    const { Suppressions } = JSON.parse(body) as { Suppressions: { EmailAddress: string }[] };
    const one = (EmailAddress: string) =>
      EmailAddress.startsWith('complained')
        ? { EmailAddress, Status: 'Failed', Message: 'no authority' }
        : { EmailAddress, Status: 'Deleted', Message: null };
    json(200, { Suppressions: Suppressions.map(({ EmailAddress }) => one(EmailAddress)) })(response, {
      method: '',
      url: '',
      headers: {},
      body,
    });
  };

  it('is told at most 50 addresses a call', async () => {
    const server = await localServer(statuses);
    await transportOf(server.url).suppress(
      'server-token',
      Array.from({ length: 120 }, (_, at) => `a${at}@example.com`),
    );
    expect(server.received.map(({ url, body }) => [url, JSON.parse(body).Suppressions.length])).toEqual([
      ['/message-streams/outbound/suppressions', 50],
      ['/message-streams/outbound/suppressions', 50],
      ['/message-streams/outbound/suppressions', 20],
    ]);
  });

  it('says which addresses it does not release', async () => {
    const server = await localServer(statuses);
    const kept = await transportOf(server.url).release('server-token', ['a@example.com', 'complained@example.com']);
    expect(kept).toEqual([{ recipient: 'complained@example.com', reason: 'no authority' }]);
    expect(server.received[0]?.url).toBe('/message-streams/outbound/suppressions/delete');
  });

  it('an address that cannot be suppressed is a refusal, without the address in its text', async () => {
    const server = await localServer(statuses);
    const call = transportOf(server.url).suppress('server-token', ['complained@example.com']);
    await expect(call).rejects.toMatchObject({ detail: { class: 'refused' }, message: expect.not.stringContaining('complained@') });
  });
});
