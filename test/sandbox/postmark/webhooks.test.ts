import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';
import { allTriggers, startReceiver, type WebhookReceiver } from './webhookReceiver.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
let receiver: WebhookReceiver;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  receiver = await startReceiver();
});
afterEach(() => Promise.all([postmark.close(), receiver.close()]));

const post = (body: unknown) => postmark.call('POST', '/webhooks', { server: server.token, raw: JSON.stringify(body) });
const put = (id: number, body: unknown) => postmark.call('PUT', `/webhooks/${id}`, { server: server.token, raw: JSON.stringify(body) });
const none = {
  Open: { Enabled: false, PostFirstOpenOnly: false },
  Click: { Enabled: false },
  Delivery: { Enabled: false },
  Bounce: { Enabled: false, IncludeContent: false },
  SpamComplaint: { Enabled: false, IncludeContent: false },
  SubscriptionChange: { Enabled: false },
};

describe('a webhook', () => {
  it('is made on the outbound stream with nothing triggered, and is verified', async () => {
    const made = await server.client.createWebhook({ Url: 'https://example.com/hook' });
    expect(made).toEqual({
      ID: expect.any(Number),
      Url: 'https://example.com/hook',
      MessageStream: 'outbound',
      HttpAuth: null,
      HttpHeaders: [],
      Triggers: none,
      Status: 'verified',
    });
    expect(await server.client.getWebhook(made.ID)).toEqual(made);
  });

  it('shows its password and headers in clear to any holder of the token', async () => {
    const HttpAuth = { Username: 'user', Password: 'hunter2' };
    const HttpHeaders = [
      { Name: 'Authorization', Value: 'Bearer x' },
      { Name: 'X-Signature', Value: 'v1=00' },
    ];
    const { ID } = await server.client.createWebhook({ Url: 'https://example.com', HttpAuth, HttpHeaders, MessageStream: 'broadcast' });
    expect(await server.client.getWebhook(ID)).toMatchObject({ HttpAuth, HttpHeaders, MessageStream: 'broadcast' });
  });

  it('is edited trigger by trigger: what is not named stays', async () => {
    const { ID } = await server.client.createWebhook({
      Url: 'https://example.com',
      Triggers: { Bounce: { Enabled: true, IncludeContent: true }, Delivery: { Enabled: true } },
    });
    const edited = await server.client.editWebhook(ID, { Triggers: { Bounce: { Enabled: false }, Click: { Enabled: true } } });
    expect(edited.Triggers).toEqual({
      ...none,
      Bounce: { Enabled: false, IncludeContent: true },
      Delivery: { Enabled: true },
      Click: { Enabled: true },
    });
    expect(edited.Url).toBe('https://example.com');
    const moved = await server.client.editWebhook(ID, { Url: 'https://example.org', HttpHeaders: [{ Name: 'X-New', Value: '1' }] });
    expect(moved).toMatchObject({ Url: 'https://example.org', HttpHeaders: [{ Name: 'X-New', Value: '1' }], Triggers: edited.Triggers });
  });

  it('is listed by stream, and belongs to its server alone', async () => {
    const { ID } = await server.client.createWebhook({ Url: 'https://example.com/1' });
    await server.client.createWebhook({ Url: 'https://example.com/2', MessageStream: 'broadcast' });
    expect((await server.client.getWebhooks()).Webhooks).toHaveLength(2);
    expect((await server.client.getWebhooks({ messageStream: 'broadcast' })).Webhooks.map(({ Url }) => Url)).toEqual([
      'https://example.com/2',
    ]);
    const other = await postmark.newServer('other');
    expect((await other.client.getWebhooks()).Webhooks).toEqual([]);
    await expect(other.client.getWebhook(ID)).rejects.toMatchObject({ code: 1352 });
  });

  it('is deleted with a sentence, and is 1352 afterwards', async () => {
    const { ID } = await server.client.createWebhook({ Url: 'https://example.com' });
    expect(await server.client.deleteWebhook(ID)).toEqual({ ErrorCode: 0, Message: `Webhook ${ID} removed.` });
    await expect(server.client.deleteWebhook(ID)).rejects.toMatchObject({
      code: 1352,
      statusCode: 422,
      message: "The webhook for the provided 'ID' was not found.",
    });
  });
});

describe('refusals', () => {
  const url = 'https://example.com';
  const cases: [string, unknown, number][] = [
    ['no Url', {}, 1354],
    ['a Url that is none', { Url: 'example' }, 1354],
    ['a Url that is not http', { Url: 'ftp://example.com' }, 1354],
    ['an ID', { Url: url, ID: 7 }, 1356],
    ['a Status', { Url: url, Status: 'verified' }, 1363],
    ['a header name with a space', { Url: url, HttpHeaders: [{ Name: 'X Y', Value: '' }] }, 1358],
    ['a header that is not theirs to set', { Url: url, HttpHeaders: [{ Name: 'Host', Value: 'x' }] }, 1358],
    ['the inbound stream', { Url: url, MessageStream: 'inbound' }, 1351],
    ['a stream there is not', { Url: url, MessageStream: 'nothing' }, 1226],
    ['a trigger there is not', { Url: url, Triggers: { Bounced: { Enabled: true } } }, 403],
    ['an option there is not', { Url: url, Triggers: { Open: { Sometimes: true } } }, 403],
    ['a field there is not', { Url: url, Secret: 'x' }, 403],
  ];
  it.each(cases)('%s', async (_case, body, code) => {
    expect(await post(body)).toMatchObject({ status: 422, body: { ErrorCode: code } });
    expect((await server.client.getWebhooks()).Webhooks).toEqual([]);
  });

  it('no body at all is 1355, on create and on edit', async () => {
    const { ID } = await server.client.createWebhook({ Url: url });
    for (const [method, path] of [
      ['POST', '/webhooks'],
      ['PUT', `/webhooks/${ID}`],
    ] as const) {
      expect(await postmark.call(method, path, { server: server.token })).toMatchObject({ status: 422, body: { ErrorCode: 1355 } });
    }
  });

  it('a trigger that a kind of stream does not have is 1353, on create and on edit: the switch says which', async () => {
    postmark.world.settings.apply({ unsupportedTriggers: ['Broadcasts:Open'] });
    const opens = { Url: receiver.url, Triggers: { Open: { Enabled: true } } };
    expect(await post({ ...opens, MessageStream: 'broadcast' })).toMatchObject({ status: 422, body: { ErrorCode: 1353 } });
    await server.client.createWebhook(opens);
    const { ID } = await server.client.createWebhook({ Url: receiver.url, MessageStream: 'broadcast' });
    expect((await put(ID, { Triggers: { Open: { Enabled: true } } })).body).toMatchObject({ ErrorCode: 1353 });
    expect((await put(ID, { Triggers: { Click: { Enabled: true } } })).status).toBe(200);
  });

  it('another stream on edit is 1357', async () => {
    const { ID } = await server.client.createWebhook({ Url: url });
    expect((await put(ID, { MessageStream: 'broadcast' })).body).toMatchObject({ ErrorCode: 1357 });
    expect((await put(ID, { MessageStream: 'outbound' })).status).toBe(200);
  });

  it('the eleventh webhook of a stream is 1359', async () => {
    for (let i = 0; i < 10; i += 1) await server.client.createWebhook({ Url: `${url}/${i}` });
    await expect(server.client.createWebhook({ Url: url })).rejects.toMatchObject({ code: 1359 });
    await server.client.createWebhook({ Url: url, MessageStream: 'broadcast' });
  });

  it('an internal address is 606 once loopback is switched off', async () => {
    postmark.world.settings.apply({ loopbackHooks: false });
    await expect(server.client.createWebhook({ Url: receiver.url })).rejects.toMatchObject({ code: 606 });
  });
});

describe('verification', () => {
  const hook = (more = {}) => ({ Url: receiver.url, Triggers: { Bounce: { Enabled: true }, Open: { Enabled: true } }, ...more });

  it('on demand posts one sample per enabled trigger, with the webhook’s own headers', async () => {
    const made = await post(hook({ Verify: true, HttpHeaders: [{ Name: 'X-Signature', Value: 'v1=00' }] }));
    expect(made).toMatchObject({ status: 200, body: { Status: 'verified' } });
    expect(receiver.received.map(({ body }) => body['RecordType']).sort()).toEqual(['Bounce', 'Open']);
    expect(receiver.received[0]?.headers).toMatchObject({ 'x-signature': 'v1=00', 'user-agent': 'Postmark' });
    expect(postmark.world.calls.counts().webhook).toEqual({ Verification: 2 });
  });

  it.each([204, 500, 302, null])('that is answered with %s and not 200 is 1364, and nothing is saved', async (answer) => {
    receiver.answerWith((received, response) => {
      if (received.body['RecordType'] === 'Bounce') response.writeHead(200).end();
      else if (answer === null) response.destroy();
      else response.writeHead(answer).end();
    });
    const refused = await post(hook({ Verify: true }));
    expect(refused.status).toBe(422);
    expect(refused.headers.get('X-PM-ApiErrorCode')).toBe('1364');
    expect(refused.body).toMatchObject({
      ErrorCode: 1364,
      Url: receiver.url,
      Success: false,
      Message: '1/2 triggers verified successfully',
      Results: [
        { TriggerType: 'Open', Success: false, StatusCode: answer },
        { TriggerType: 'Bounce', Success: true, StatusCode: 200 },
      ],
    });
    expect((await server.client.getWebhooks()).Webhooks).toEqual([]);
  });

  it('that fails on edit leaves the webhook as it was', async () => {
    const { ID } = await server.client.createWebhook(hook());
    receiver.answerWith(500);
    expect((await put(ID, { Verify: true, HttpHeaders: [{ Name: 'X-New', Value: '1' }] })).body).toMatchObject({ ErrorCode: 1364 });
    expect((await server.client.getWebhook(ID)).HttpHeaders).toEqual([]);
  });

  it('left out on an edit, with the switch, asks again for another address and for more to be told, and for nothing else', async () => {
    const { ID } = await server.client.createWebhook(hook());
    postmark.world.settings.apply({ webhookVerifyAbsent: 'strict' });
    receiver.answerWith(500);
    expect((await put(ID, { HttpHeaders: [{ Name: 'X-New', Value: '1' }], Triggers: { Open: { Enabled: false } } })).status).toBe(200);
    expect(receiver.received).toEqual([]);
    expect((await put(ID, { Triggers: { Click: { Enabled: true } } })).body).toMatchObject({ ErrorCode: 1364 });
    expect((await put(ID, { Url: `${receiver.url}/other` })).body).toMatchObject({ ErrorCode: 1364 });
    expect(await server.client.getWebhook(ID)).toMatchObject({ Url: receiver.url, Triggers: { Click: { Enabled: false } } });
  });

  it('left out is no probe by default, and one by the switch', async () => {
    receiver.answerWith(500);
    expect(await server.client.createWebhook(hook())).toMatchObject({ Status: 'verified' });
    expect(receiver.received).toEqual([]);
    postmark.world.settings.apply({ webhookVerifyAbsent: 'strict' });
    await expect(server.client.createWebhook(hook())).rejects.toMatchObject({ code: 1364 });
  });

  it('declined stores a webhook that receives nothing until it is verified', async () => {
    await postmark.verifiedDomain();
    const made = (await post({ ...hook({ Verify: false }), Triggers: allTriggers })).body as { ID: number; Status: string };
    expect(made.Status).toBe('unverified');
    await server.client.sendEmail(mailTo('a@example.com'));
    await postmark.settle();
    expect(receiver.received).toEqual([]);

    receiver.answerWith(404);
    const failed = await postmark.call('POST', `/webhooks/${made.ID}/verify`, { server: server.token });
    expect(failed).toMatchObject({ status: 200, body: { Id: made.ID, Success: false, Message: '0/6 triggers verified successfully' } });
    expect(await server.client.getWebhook(made.ID)).toMatchObject({ Status: 'unverified' });

    receiver.answerWith(200);
    const verified = await postmark.call('POST', `/webhooks/${made.ID}/verify`, { server: server.token });
    expect(verified.body).toMatchObject({ Success: true, Message: '6/6 triggers verified successfully' });
    const before = receiver.received.length;
    await server.client.sendEmail(mailTo('a@example.com'));
    await postmark.settle();
    expect(receiver.received.slice(before).map(({ body }) => body['RecordType'])).toEqual(['Delivery']);
  });
});
