import type { Models } from 'postmark';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountToken, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
beforeEach(async () => {
  postmark = await startPostmark();
});
afterEach(() => postmark.close());

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a new server', () => {
  it('has every documented field, one token and three streams', async () => {
    const server = await postmark.account.createServer({ Name: 'ardamails-dev-acme', Color: 'RED' as never });
    expect(server).toEqual({
      ID: expect.any(Number),
      Name: 'ardamails-dev-acme',
      ApiTokens: [expect.stringMatching(uuid)],
      ServerLink: `https://postmarkapp.com/servers/${server.ID}/streams`,
      Color: 'red',
      SmtpApiActivated: true,
      RawEmailEnabled: false,
      DeliveryType: 'Live',
      InboundAddress: `${server.InboundHash}@inbound.postmarkapp.com`,
      InboundHash: expect.stringMatching(/^[0-9a-f]{32}$/),
      InboundHookUrl: '',
      BounceHookUrl: '',
      OpenHookUrl: '',
      DeliveryHookUrl: '',
      ClickHookUrl: '',
      PostFirstOpenOnly: false,
      InboundDomain: '',
      InboundSpamThreshold: 0,
      TrackOpens: false,
      TrackLinks: 'None',
      IncludeBounceContentInHook: false,
      EnableSmtpApiErrorHooks: false,
    });
    const streams = await postmark.serverClient(server.ApiTokens[0] ?? '').getMessageStreams();
    expect(streams.MessageStreams.map(({ ID, MessageStreamType }) => [ID, MessageStreamType])).toEqual([
      ['outbound', 'Transactional'],
      ['inbound', 'Inbound'],
      ['broadcast', 'Broadcasts'],
    ]);
  });

  it('shows the same token for ever, alone and in lists', async () => {
    const { id, token, client } = await postmark.newServer();
    expect((await postmark.account.getServer(id)).ApiTokens).toEqual([token]);
    expect((await postmark.account.getServers()).Servers.map(({ ApiTokens }) => ApiTokens)).toEqual([[token]]);
    expect((await client.getServer()).ApiTokens).toEqual([token]);
  });

  it('is drawn from the seed: another world with the same seed makes the same server', async () => {
    const other = await startPostmark();
    try {
      expect(await other.account.createServer({ Name: 'x' })).toEqual(await postmark.account.createServer({ Name: 'x' }));
    } finally {
      await other.close();
    }
  });
});

describe('refusals', () => {
  const cases: [string, Models.CreateServerRequest | Record<string, unknown>, number][] = [
    ['a name that is missing', {}, 608],
    ['an inbound domain of Postmark’s', { Name: 'x', InboundDomain: 'in.PostmarkApp.com' }, 608],
    ['a name that is blank', { Name: ' ' }, 608],
    ['a name that is no text', { Name: 12 }, 608],
    ['a name that exists', { Name: 'ardamails-dev-acme' }, 603],
    ['a name that exists in another case', { Name: 'ARDAMAILS-dev-acme' }, 603],
    ['a colour there is not', { Name: 'x', Color: 'Mauve' }, 607],
    ['a spam threshold between the steps', { Name: 'x', InboundSpamThreshold: 7 }, 611],
    ['a spam threshold above 30', { Name: 'x', InboundSpamThreshold: 35 }, 611],
    ['a TrackLinks there is not', { Name: 'x', TrackLinks: 'Some' }, 612],
    ['a DeliveryType there is not', { Name: 'x', DeliveryType: 'Fast' }, 613],
    ['a hook that is no address', { Name: 'x', BounceHookUrl: 'nonsense' }, 606],
    ['a hook that is not http', { Name: 'x', InboundHookUrl: 'ftp://example.com' }, 606],
    ['a field there is not', { Name: 'x', Colour: 'Red' }, 403],
  ];

  it.each(cases)('%s', async (_case, body, code) => {
    await postmark.newServer();
    const answer = await postmark.call('POST', '/servers', { account: accountToken, body: body as never });
    expect([answer.status, answer.body]).toEqual([422, { ErrorCode: code, Message: expect.any(String) }]);
    expect((await postmark.account.getServers()).TotalCount).toBe(1);
  });

  it('the name that exists has its exact sentence', async () => {
    await postmark.newServer('twice');
    await expect(postmark.newServer('twice')).rejects.toMatchObject({
      code: 603,
      statusCode: 422,
      message: 'This server name already exists.',
    });
  });

  it.each(['http://127.0.0.1/x', 'http://localhost:3000', 'http://10.1.2.3', 'http://[::1]/', 'http://192.168.1.1'])(
    '%s is 606 once loopback is switched off',
    async (BounceHookUrl) => {
      await postmark.account.createServer({ Name: 'allowed', BounceHookUrl });
      postmark.world.settings.apply({ loopbackHooks: false });
      await expect(postmark.account.createServer({ Name: 'refused', BounceHookUrl })).rejects.toMatchObject({ code: 606 });
      await postmark.account.createServer({ Name: 'public', BounceHookUrl: 'https://example.com/hook' });
    },
  );

  it('an unknown id is 601', async () => {
    await expect(postmark.account.getServer(1)).rejects.toMatchObject({ code: 601, statusCode: 422 });
    expect((await postmark.call('GET', '/servers/abc', { account: accountToken })).body).toMatchObject({ ErrorCode: 601 });
  });

  it('the plan limit is a fault', async () => {
    postmark.fault({ service: 'postmark', operation: 'POST /servers', kind: 'status', status: 422, errorCode: 614, times: 1 });
    await expect(postmark.newServer()).rejects.toMatchObject({ code: 614, statusCode: 422, message: expect.stringContaining('limit') });
    await postmark.newServer();
  });
});

describe('lists', () => {
  it('filter by a part of the name and page in order of creation', async () => {
    for (const name of ['ardamails-dev-a', 'ardamails-dev-b', 'other', 'ardamails-DEV-c']) await postmark.newServer(name);
    const page = await postmark.account.getServers({ name: 'dev-', count: 2, offset: 1 });
    expect([page.TotalCount, page.Servers.map(({ Name }) => Name)]).toEqual([3, ['ardamails-dev-b', 'ardamails-DEV-c']]);
  });
});

describe('edits', () => {
  it('keep what they do not name', async () => {
    const { id } = await postmark.newServer('before', { Color: 'Green', TrackOpens: true });
    const edited = await postmark.account.editServer(id, { Name: 'retired-before-1' });
    expect(edited).toMatchObject({ Name: 'retired-before-1', Color: 'green', TrackOpens: true });
  });

  it('free the old name and hold the new one', async () => {
    const { id } = await postmark.newServer('one');
    await postmark.account.editServer(id, { Name: 'two' });
    await postmark.newServer('one');
    await expect(postmark.newServer('TWO')).rejects.toMatchObject({ code: 603 });
    await postmark.account.editServer(id, { Name: 'Two' });
  });

  it('do not take a DeliveryType, a name in use, or nothing', async () => {
    const { id } = await postmark.newServer('one');
    await postmark.newServer('two');
    const codes = [];
    for (const body of [{ DeliveryType: 'Sandbox' }, { Name: 'two' }, {}, undefined]) {
      codes.push((await postmark.call('PUT', `/servers/${id}`, { account: accountToken, body })).headers.get('X-PM-ApiErrorCode'));
    }
    expect(codes).toEqual(['615', '603', '609', '609']);
  });

  it('can be made by the server itself, with its own token', async () => {
    const { id, client } = await postmark.newServer();
    await client.editServer({ Name: 'renamed', InboundSpamThreshold: 10 });
    expect(await postmark.account.getServer(id)).toMatchObject({ Name: 'renamed', InboundSpamThreshold: 10 });
  });
});

describe('deletion', () => {
  it('is 604 by default, and leaves the server', async () => {
    const { id, client } = await postmark.newServer();
    await expect(postmark.account.deleteServer(id)).rejects.toMatchObject({ code: 604, statusCode: 422 });
    expect((await client.getServer()).ID).toBe(id);
  });

  it('removes the server, its name and its token once switched on', async () => {
    const { id, client } = await postmark.newServer('gone');
    postmark.world.settings.apply({ serverDeletion: true });
    expect(await postmark.account.deleteServer(id)).toEqual({ ErrorCode: 0, Message: 'Server gone removed.' });
    await expect(client.getServer()).rejects.toMatchObject({ statusCode: 401 });
    await expect(postmark.account.deleteServer(id)).rejects.toMatchObject({ code: 601 });
    await postmark.newServer('gone');
  });
});

describe('message streams', () => {
  it('are filtered by type and got by id', async () => {
    const { id, client } = await postmark.newServer();
    expect((await client.getMessageStreams({ messageStreamType: 'Broadcasts' })).TotalCount).toBe(1);
    expect(await client.getMessageStream('outbound')).toMatchObject({ ID: 'outbound', ServerID: id, ArchivedAt: null });
  });

  it('an unknown one is 1226', async () => {
    const { client } = await postmark.newServer();
    await expect(client.getMessageStream('nothing')).rejects.toMatchObject({
      code: 1226,
      statusCode: 422,
      message: "The message stream for the provided 'ID' was not found.",
    });
  });
});
