import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
});
afterEach(() => postmark.close());

const minutesOfDays = (days: number) => days * 24 * 60;
const call = (method: string, path: string, body?: object) => postmark.call(method, path, { server: server.token, body: body as never });
const create = (ID = 'news', MessageStreamType = 'Broadcasts', more: object = {}) =>
  server.client.createMessageStream({ ID, Name: 'News', MessageStreamType, ...more });

describe('a new stream', () => {
  it('is the fourth, and a broadcast has its unsubscribes handled by Postmark', async () => {
    const stream = await create('news', 'broadcasts', { Description: 'Monthly' });
    expect(stream).toEqual({
      ID: 'news',
      ServerID: server.id,
      Name: 'News',
      Description: 'Monthly',
      MessageStreamType: 'Broadcasts',
      CreatedAt: expect.stringMatching(/^2026-09-05T.*\d{7}Z$/),
      UpdatedAt: null,
      ArchivedAt: null,
      ExpectedPurgeDate: null,
      SubscriptionManagementConfiguration: { UnsubscribeHandlingType: 'Postmark' },
    });
    expect(await server.client.getMessageStream('NEWS')).toEqual(stream);
    expect((await server.client.getMessageStreams()).TotalCount).toBe(4);
  });

  it('of the transactional kind handles none', async () => {
    expect((await create('receipts', 'Transactional')).SubscriptionManagementConfiguration).toEqual({ UnsubscribeHandlingType: 'None' });
  });

  it('can be mailed through at once', async () => {
    await postmark.verifiedDomain();
    await create('receipts', 'Transactional');
    expect((await server.client.sendEmail(mailTo('a@example.com', { MessageStream: 'receipts' }))).ErrorCode).toBe(0);
  });
});

const config = (UnsubscribeHandlingType: unknown) => ({ SubscriptionManagementConfiguration: { UnsubscribeHandlingType } });

describe('refusals', () => {
  const good = { ID: 'news', Name: 'News', MessageStreamType: 'Broadcasts' };
  const cases: [string, object | undefined, number][] = [
    ['no body', undefined, 1222],
    ['no ID', { ...good, ID: undefined }, 1222],
    ['a blank ID', { ...good, ID: ' ' }, 1222],
    ['a type there is not', { ...good, MessageStreamType: 'Marketing' }, 1221],
    ['no type', { ...good, MessageStreamType: undefined }, 1221],
    ['no name', { ...good, Name: undefined }, 1223],
    ['a blank name', { ...good, Name: ' ' }, 1223],
    ['a name of 101 characters', { ...good, Name: 'n'.repeat(101) }, 1224],
    ['an ID that starts with a digit', { ...good, ID: '1news' }, 1227],
    ['an ID with capitals', { ...good, ID: 'News' }, 1227],
    ['an ID with a slash', { ...good, ID: 'ne/ws' }, 1227],
    ['an ID of 31 characters', { ...good, ID: 'n'.repeat(31) }, 1227],
    ['a second inbound stream', { ...good, MessageStreamType: 'Inbound' }, 1228],
    ['an ID that exists', { ...good, ID: 'outbound' }, 1230],
    ['a description of 1001 characters', { ...good, Description: 'd'.repeat(1001) }, 1231],
    ['an ID of Postmark’s own', { ...good, ID: 'pm-news' }, 1233],
    ['HTML in the description', { ...good, Description: '<b>news</b>' }, 1234],
    ['the reserved ID', { ...good, ID: 'all' }, 1237],
    ['a handling there is not', { ...good, ...config('Ours') }, 1240],
    ['a handling that is no object', { ...good, SubscriptionManagementConfiguration: 'None' }, 1240],
    ['a broadcast that lets nobody go', { ...good, ...config('None') }, 1239],
    ['a transactional stream with a handling', { ...good, MessageStreamType: 'Transactional', ...config('Postmark') }, 1239],
    ['a field there is not', { ...good, Colour: 'red' }, 403],
    ['an ID that is a number', { ...good, ID: 7 }, 402],
  ];
  it.each(cases)('%s', async (_case, body, code) => {
    const answer = await call('POST', '/message-streams', body);
    expect([answer.status, answer.body]).toEqual([422, { ErrorCode: code, Message: expect.any(String) }]);
    expect((await server.client.getMessageStreams({ includeArchivedStreams: true })).TotalCount).toBe(3);
  });

  it('the eleventh stream is 1225, archived ones included, and the number is a switch', async () => {
    for (let i = 4; i <= 10; i += 1) await create(`s${i}`);
    await server.client.archiveMessageStream('s4');
    await expect(create('s11')).rejects.toMatchObject({ code: 1225, statusCode: 422 });
    postmark.world.settings.apply({ streamsPerServer: 30 });
    await create('s11');
  });

  it('handling unsubscribes in one’s own way is 1238 once the switch says so', async () => {
    expect((await create('own', 'Broadcasts', config('Custom'))).SubscriptionManagementConfiguration).toEqual({
      UnsubscribeHandlingType: 'Custom',
    });
    postmark.world.settings.apply({ customUnsubscribe: false });
    await expect(create('own2', 'Broadcasts', config('Custom'))).rejects.toMatchObject({ code: 1238 });
  });

  it.each([
    ['GET', '/message-streams'],
    ['POST', '/message-streams'],
    ['GET', '/message-streams/outbound'],
    ['PATCH', '/message-streams/outbound'],
    ['POST', '/message-streams/broadcast/archive'],
    ['POST', '/message-streams/broadcast/unarchive'],
  ])('%s %s is 1220 without permission for streams, and mail goes on', async (method, path) => {
    postmark.world.settings.apply({ messageStreamsEnabled: false });
    const answer = await call(method, path, method === 'GET' ? undefined : good);
    expect(answer).toMatchObject({ status: 422, body: { ErrorCode: 1220, Message: expect.stringContaining('permission') } });
    await postmark.verifiedDomain();
    await server.client.sendEmail(mailTo('a@example.com'));
  });

  it.each([
    ['GET', '/message-streams/none'],
    ['PATCH', '/message-streams/none'],
    ['POST', '/message-streams/none/archive'],
    ['POST', '/message-streams/none/unarchive'],
  ])('%s %s is 1226', async (method, path) => {
    expect((await call(method, path, method === 'GET' ? undefined : {})).body).toEqual({
      ErrorCode: 1226,
      Message: "The message stream for the provided 'ID' was not found.",
    });
  });

  it('a filter of a type there is not is 1221, and an unclear flag 403', async () => {
    expect((await call('GET', '/message-streams?MessageStreamType=Some')).body).toMatchObject({ ErrorCode: 1221 });
    expect((await call('GET', '/message-streams?IncludeArchivedStreams=perhaps')).body).toMatchObject({ ErrorCode: 403 });
  });
});

describe('an edit', () => {
  it('changes what it names, and says when', async () => {
    await create('news', 'Broadcasts', { Description: 'Monthly' });
    const edited = await server.client.editMessageStream('news', { Name: 'The news' });
    expect(edited).toMatchObject({ Name: 'The news', Description: 'Monthly', UpdatedAt: expect.any(String) });
  });

  it.each([
    [{ ID: 'other' }, 403],
    [{ MessageStreamType: 'Transactional' }, 403],
    [{ Name: '' }, 1223],
    [{ Name: 'n'.repeat(101) }, 1224],
    [{ Description: 'a > b' }, 1234],
    [config('None'), 1239],
  ])('of %o is %i', async (body, code) => {
    expect((await call('PATCH', '/message-streams/broadcast', body)).body).toMatchObject({ ErrorCode: code });
  });
});

describe('archiving', () => {
  it('names the day of the purge, 45 days on, and hides the stream', async () => {
    await create();
    const archived = await server.client.archiveMessageStream('news');
    expect(archived).toEqual({ ID: 'news', ServerID: server.id, ExpectedPurgeDate: expect.stringMatching(/^2026-10-20T/) });
    expect((await server.client.getMessageStreams()).TotalCount).toBe(3);
    expect((await server.client.getMessageStreams({ includeArchivedStreams: true })).TotalCount).toBe(4);
    expect((await server.client.getMessageStream('news')).ArchivedAt).toMatch(/^2026-09-05T/);
    await postmark.advanceMinutes(60);
    expect(await server.client.archiveMessageStream('news')).toEqual(archived);
  });

  it.each(['outbound', 'inbound'])('the default stream %s is 1229', async (id) => {
    await expect(server.client.archiveMessageStream(id)).rejects.toMatchObject({ code: 1229, statusCode: 422 });
  });

  it('can be undone until the purge; a stream that is not archived is 1232', async () => {
    await create();
    await server.client.archiveMessageStream('news');
    await postmark.advanceMinutes(minutesOfDays(44));
    expect(await server.client.unarchiveMessageStream('news')).toMatchObject({ ID: 'news', ArchivedAt: null, ExpectedPurgeDate: null });
    await expect(server.client.unarchiveMessageStream('news')).rejects.toMatchObject({ code: 1232 });
    await postmark.advanceMinutes(minutesOfDays(2));
    expect((await server.client.getMessageStream('news')).ArchivedAt).toBeNull();
  });

  it('ends in the purge: the stream, its suppressions and webhooks are gone and its id is free', async () => {
    await create();
    await server.client.createSuppressions('news', { Suppressions: [{ EmailAddress: 'a@example.com' }] });
    await server.client.createWebhook({ Url: 'https://example.com/hook', MessageStream: 'news' });
    await server.client.archiveMessageStream('news');
    await expect(create()).rejects.toMatchObject({ code: 1230 });
    await postmark.advanceMinutes(minutesOfDays(45) + 1);
    await expect(server.client.getMessageStream('news')).rejects.toMatchObject({ code: 1226 });
    await expect(server.client.unarchiveMessageStream('news')).rejects.toMatchObject({ code: 1226 });
    expect((await server.client.getWebhooks()).Webhooks).toEqual([]);
    await create();
    expect((await server.client.getSuppressions('news')).Suppressions).toEqual([]);
  });

  it('again after a return runs 45 days from then', async () => {
    await create();
    await server.client.archiveMessageStream('news');
    await postmark.advanceMinutes(minutesOfDays(30));
    await server.client.unarchiveMessageStream('news');
    await server.client.archiveMessageStream('news');
    await postmark.advanceMinutes(minutesOfDays(30));
    expect((await server.client.getMessageStream('news')).ArchivedAt).not.toBeNull();
    await postmark.advanceMinutes(minutesOfDays(16));
    await expect(server.client.getMessageStream('news')).rejects.toMatchObject({ code: 1226 });
  });

  it('stops the sending, and nothing else of the server', async () => {
    await postmark.verifiedDomain();
    await create();
    await server.client.archiveMessageStream('news');
    await expect(server.client.sendEmail(mailTo('a@example.com', { MessageStream: 'news' }))).rejects.toMatchObject({ code: 1236 });
    expect((await server.client.sendEmail(mailTo('a@example.com'))).ErrorCode).toBe(0);
  });

  it('right after the making can be 1241, by a switch', async () => {
    postmark.world.settings.apply({ streamArchiveDelayMs: 60_000 });
    await create();
    await expect(server.client.archiveMessageStream('news')).rejects.toMatchObject({ code: 1241 });
    await postmark.advanceMinutes(2);
    await server.client.archiveMessageStream('news');
  });
});

describe('mail on a broadcast stream', () => {
  const sent = async (more: object) => {
    await postmark.verifiedDomain();
    const { MessageID } = await server.client.sendEmail(mailTo('a@example.com', { MessageStream: 'broadcast', ...more }));
    return { id: MessageID, details: await server.client.getOutboundMessageDetails(MessageID) };
  };

  it('carries the headers of one-click unsubscribing', async () => {
    const { id, details } = await sent({ Headers: [{ Name: 'List-Unsubscribe', Value: '<https://mine.example>' }] });
    const source = details.Body.replace(/\r?\n[ \t]+/g, ' ');
    expect(source).toContain(`List-Unsubscribe: <https://unsubscribe.pstmrk.it/${id}>`);
    expect(source).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    expect(source).not.toContain('mine.example');
  });

  it('has a link where it asks for one', async () => {
    const { id, details } = await sent({ HtmlBody: '<a href="{{{pm:unsubscribe_url}}}">go</a>', TextBody: 'Go: {{{ pm:unsubscribe }}}' });
    const url = `https://unsubscribe.pstmrk.it/${id}`;
    expect([details.HtmlBody, details.TextBody]).toEqual([`<a href="${url}">go</a>`, `Go: Unsubscribe: ${url}`]);
  });

  it('has one at its end when it asks for none', async () => {
    const { id, details } = await sent({ HtmlBody: '<body><p>Hi</p></body>', TextBody: 'Hi' });
    const url = `https://unsubscribe.pstmrk.it/${id}`;
    expect(details.HtmlBody).toBe(`<body><p>Hi</p><p><a href="${url}">Unsubscribe</a></p></body>`);
    expect(details.TextBody).toBe(`Hi\n\nUnsubscribe: ${url}\n`);
  });

  it('is left alone where the sender handles it', async () => {
    await server.client.editMessageStream('broadcast', config('Custom') as never);
    const { details } = await sent({ TextBody: 'Hi' });
    expect([details.TextBody, details.Body.includes('List-Unsubscribe')]).toEqual(['Hi', false]);
  });
});
