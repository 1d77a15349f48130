import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type PostmarkWorld, startPostmark, zone } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
  postmark.world.settings.apply({ bulkEnabled: true, bulkChunk: 2, bulkChunkMs: 60_000 });
});
afterEach(() => postmark.close());

const to = (...names: string[]) => names.map((name) => ({ To: `${name}@example.com`, TemplateModel: { name } }));
const bulk = (more: object = {}) => ({
  From: `News <news@acme.${zone}>`,
  Subject: 'Hi {{name}}',
  TextBody: 'Dear {{name}}',
  MessageStream: 'broadcast',
  Messages: to('a', 'b', 'c'),
  ...more,
});
const send = (more: object = {}) => server.client.sendBulkEmail(bulk(more) as never);
const call = (method: string, path: string, body?: object): Promise<Answer> =>
  postmark.call(method, path, { server: server.token, body: body as never });
const mailed = () => (postmark.room.mail({}) as { items: { To: string; Subject: string }[] }).items.map(({ To }) => To);

describe('a bulk request', () => {
  it('is accepted with an id, and goes out at Postmark’s pace', async () => {
    const accepted = await send();
    expect(accepted).toEqual({
      Id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      Status: 'Accepted',
      SubmittedAt: expect.stringMatching(/\d{7}Z$/),
    });
    const status = async () => {
      const { Status, PercentageCompleted } = await server.client.getBulkEmailStatus(accepted.Id);
      return [Status, PercentageCompleted, mailed().length];
    };
    expect(await server.client.getBulkEmailStatus(accepted.Id)).toEqual({
      ...accepted,
      TotalMessages: 3,
      PercentageCompleted: 0,
      ReleasedCount: 0,
      FailedCount: 0,
      Subject: 'Hi {{name}}',
    });
    expect(await status()).toEqual(['Accepted', 0, 0]);
    await postmark.advanceMinutes(1);
    expect(await status()).toEqual(['Processing', 66.66, 2]);
    await postmark.advanceMinutes(1);
    expect(await status()).toEqual(['Completed', 100, 3]);
  });

  it('keeps its pace however long a chunk takes to send', async () => {
    await send();
    await postmark.advanceMinutes(1);
    const [{ at } = { at: 0 }] = (postmark.room.save() as { bulk: { at: number }[] }).bulk;
    const next = postmark.world.save().clock.agenda.find(({ kind }) => kind === 'postmark.bulk');
    expect(next?.at).toBe(at + 120_000);
  });

  it('renders its content for each recipient, with what is the recipient’s own', async () => {
    await send({
      Tag: 'n1',
      Metadata: { run: '7', who: 'all' },
      Messages: [{ To: 'a@example.com', TemplateModel: { name: 'Al' }, Metadata: { who: 'al' }, Headers: [{ Name: 'X-Own', Value: '1' }] }],
    });
    await postmark.advanceMinutes(1);
    expect(postmark.room.mail({})).toMatchObject({ items: [{ Subject: 'Hi Al', Tag: 'n1', Metadata: { run: '7', who: 'al' } }] });
  });

  it('takes a template as it was when the request came', async () => {
    const { TemplateId } = await server.client.createTemplate({ Name: 'N', Alias: 'news', Subject: 'Before {{name}}', TextBody: 'x' });
    const { Id } = await send({ Subject: undefined, TextBody: undefined, TemplateAlias: 'news', Messages: to('a') });
    await server.client.editTemplate(TemplateId, { Subject: 'After' });
    await server.client.deleteTemplate(TemplateId);
    await postmark.advanceMinutes(1);
    expect(postmark.room.mail({})).toMatchObject({ items: [{ Subject: 'Before a' }] });
    expect((await server.client.getBulkEmailStatus(Id)).Subject).toBe('Before {{name}}');
  });

  it('passes over who must not be mailed, and bounces what cannot be rendered', async () => {
    await server.client.createSuppressions('broadcast', { Suppressions: [{ EmailAddress: 'a@example.com' }] });
    const { Id } = await send({
      TextBody: '{{#each name}}{{.}}{{/each}}',
      Messages: [...to('a', 'b'), { To: 'c@example.com', TemplateModel: { name: ['c'] } }],
    });
    await postmark.advanceMinutes(2);
    await postmark.settle();
    expect(mailed()).toEqual(['b@example.com', 'c@example.com']);
    const { Bounces } = await server.client.getBounces({ messageStream: 'broadcast' } as never);
    expect(Bounces.map(({ Type, Email }) => [Type, Email])).toEqual([['TemplateRenderingFailed', 'b@example.com']]);
    expect(await server.client.getBulkEmailStatus(Id)).toMatchObject({ Status: 'Completed', ReleasedCount: 2, FailedCount: 1 });
  });

  it.each([
    ['Failed', { accountState: 'noCredits' }],
    ['Cancelled', { accountState: 'refused', bulkFailureStatus: 'Cancelled' }],
  ])('ends as %s when sending becomes impossible', async (ending, settings) => {
    const { Id } = await send();
    await postmark.advanceMinutes(1);
    postmark.world.settings.apply(settings);
    await postmark.advanceMinutes(5);
    expect(await server.client.getBulkEmailStatus(Id)).toMatchObject({ Status: ending, PercentageCompleted: 66.66 });
    expect(mailed()).toHaveLength(2);
  });

  it('goes on in another process', async () => {
    const { Id } = await send();
    await postmark.advanceMinutes(1);
    const again = await startPostmark();
    try {
      again.world.restore(JSON.parse(JSON.stringify(postmark.world.save())));
      again.room.restore(JSON.parse(JSON.stringify(postmark.room.save())));
      await again.advanceMinutes(1);
      expect(await again.serverClient(server.token).getBulkEmailStatus(Id)).toMatchObject({
        Status: 'Completed',
        PercentageCompleted: 100,
      });
    } finally {
      await again.close();
    }
  });
});

describe('refusals', () => {
  const cases: [string, object, number][] = [
    ['a field there is not', { Colour: 'red' }, 403],
    ['no messages', { Messages: [] }, 300],
    ['messages that are no list', { Messages: 'all' }, 402],
    ['a message without a recipient', { Messages: [{ Cc: 'a@example.com' }] }, 300],
    ['a message with a field there is not', { Messages: [{ To: 'a@example.com', Subject: 'x' }] }, 403],
    ['a model that is a list', { Messages: [{ To: 'a@example.com', TemplateModel: [] }] }, 1122],
    [
      'metadata of more than ten fields, taken together',
      { Metadata: many(6, 'a'), Messages: [{ To: 'a@example.com', Metadata: many(6, 'b') }] },
      300,
    ],
    ['no body', { TextBody: undefined }, 300],
    ['content with a mistake', { Subject: '{{#a}}' }, 1122],
    ['a template there is not', { TemplateAlias: 'none', Subject: undefined, TextBody: undefined }, 1101],
    ['a transactional stream', { MessageStream: 'outbound' }, 1236],
    ['a stream there is not', { MessageStream: 'none' }, 1235],
    ['a From that is none', { From: 'x' }, 300],
    ['a sender nobody signed', { From: 'x@elsewhere.com' }, 400],
    ['a TrackLinks there is not', { TrackLinks: 'Some' }, 300],
    ['a header name with a colon', { Headers: [{ Name: 'X:Y', Value: '1' }] }, 300],
    ['a forbidden attachment', { Attachments: [{ Name: 'a.exe', Content: 'aGk=', ContentType: 'x/y' }] }, 411],
  ];
  it.each(cases)('%s', async (_case, more, code) => {
    const answer = await call('POST', '/email/bulk', bulk(more));
    expect([answer.status, answer.body]).toEqual([422, { ErrorCode: code, Message: expect.any(String) }]);
    await postmark.advanceMinutes(5);
    expect(mailed()).toEqual([]);
  });

  it('a template and a subject of its own is 1123', async () => {
    await server.client.createTemplate({ Name: 'N', Alias: 'news', Subject: 'Before', TextBody: 'x' });
    const answer = await call('POST', '/email/bulk', bulk({ TemplateAlias: 'news', TextBody: undefined }));
    expect(answer).toMatchObject({ status: 422, body: { ErrorCode: 1123, Message: expect.stringContaining("'Subject'") } });
  });

  it('of several fields are ErrorCode 11, each under its name', async () => {
    const answer = await call(
      'POST',
      '/email/bulk',
      bulk({ From: 'x', Tag: 't'.repeat(1001), Messages: [{ To: 'a@example.com' }, { To: 'b' }] }),
    );
    expect(answer.status).toBe(422);
    expect(answer.headers.get('X-PM-ApiErrorCode')).toBe('11');
    expect(answer.body).toEqual({
      ErrorCode: 11,
      Message: expect.any(String),
      Errors: {
        From: [{ ErrorCode: 300, Message: "Invalid 'From' address: 'x'." }],
        Tag: [{ ErrorCode: 300, Message: expect.stringContaining('1000') }],
        'Messages[1].To': [{ ErrorCode: 300, Message: expect.stringContaining("'b'") }],
      },
    });
  });

  it('by the account are the account’s codes', async () => {
    postmark.world.settings.apply({ accountState: 'pending' });
    await expect(send()).rejects.toMatchObject({ code: 412 });
    postmark.world.settings.apply({ accountState: 'noCredits' });
    await expect(send()).rejects.toMatchObject({ code: 405 });
    postmark.world.settings.apply({ bulkEnabled: false });
    await expect(send()).rejects.toMatchObject({ code: 14, statusCode: 422 });
  });
});

describe('looking requests up', () => {
  it('an unknown one, and another server’s, is 404 with 12', async () => {
    const { Id } = await send();
    const other = await postmark.newServer('other');
    await expect(other.client.getBulkEmailStatus(Id)).rejects.toMatchObject({ code: 12, statusCode: 404 });
    await expect(server.client.getBulkEmailStatus('nothing')).rejects.toMatchObject({ code: 12, statusCode: 404 });
  });

  it('pages newest first, by a key that the last page lacks; a bad one is 13', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) ids.unshift((await send()).Id);
    const page = async (query: string) =>
      (await call('GET', `/email/bulk?${query}`)).body as { Requests: { Id: string }[]; PaginationKey?: string };
    const first = await page('count=2');
    expect(first.Requests.map(({ Id }) => Id)).toEqual(ids.slice(0, 2));
    const second = await page(`count=2&paginationKey=${first.PaginationKey}`);
    expect(second).toEqual({ Requests: [expect.objectContaining({ Id: ids[2] })] });
    expect((await call('GET', '/email/bulk?paginationKey=x')).body).toMatchObject({ ErrorCode: 13 });
    expect((await call('GET', '/email/bulk?count=501')).body).toMatchObject({ ErrorCode: 300 });
  });
});

function many(count: number, prefix: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, 'v']));
}
