import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../sandbox/world/inputError.ts';
import { accountToken, mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';
import { allTriggers, startReceiver } from './webhookReceiver.ts';

let postmark: PostmarkWorld;
beforeEach(async () => {
  postmark = await startPostmark();
});
afterEach(() => postmark.close());

const hardBounce = 'hardbounce@bounce-testing.postmarkapp.com';

describe('what is shown', () => {
  it('is the account as the contract has it', async () => {
    const { id, token, client } = await postmark.newServer();
    const domain = await postmark.verifiedDomain();
    const HttpHeaders = [{ Name: 'X-Signature', Value: 'v1=00' }];
    const { ID } = await client.createWebhook({ Url: 'https://example.com/hook', HttpHeaders, Triggers: allTriggers });
    await client.createSuppressions('outbound', { Suppressions: [{ EmailAddress: 'a@example.com' }] });
    expect(postmark.room.show()).toEqual({
      accountTokens: [accountToken],
      servers: [
        {
          ID: id,
          Name: 'ardamails-dev-acme',
          ApiTokens: [token],
          DeliveryType: 'Live',
          streams: [
            { ID: 'outbound', MessageStreamType: 'Transactional', ArchivedAt: null },
            { ID: 'inbound', MessageStreamType: 'Inbound', ArchivedAt: null },
            { ID: 'broadcast', MessageStreamType: 'Broadcasts', ArchivedAt: null },
          ],
          templates: [],
          bulkRequests: [],
          webhooks: [
            { ID, Url: 'https://example.com/hook', HttpHeaders, HttpAuth: null, MessageStream: 'outbound', Triggers: allTriggers },
          ],
          suppressions: [
            {
              EmailAddress: 'a@example.com',
              SuppressionReason: 'ManualSuppression',
              Origin: 'Customer',
              CreatedAt: expect.any(String),
              MessageStream: 'outbound',
            },
          ],
        },
      ],
      domains: [domain],
      senders: [],
      dataRemovals: [],
    });
  });

  it('lacks what was deleted', async () => {
    postmark.world.settings.apply({ serverDeletion: true });
    const { id } = await postmark.newServer();
    const domain = await postmark.verifiedDomain();
    await postmark.account.deleteServer(id);
    await postmark.account.deleteDomain(domain.ID);
    expect(postmark.room.show()).toEqual({ accountTokens: [accountToken], servers: [], domains: [], senders: [], dataRemovals: [] });
  });
});

describe('a snapshot', () => {
  it('makes the same room again in another process, with what was still to happen', async () => {
    const receiver = await startReceiver();
    const { client, token } = await postmark.newServer();
    await postmark.verifiedDomain();
    await client.createWebhook({ Url: receiver.url, Triggers: allTriggers });
    receiver.answerWith(503);
    await client.sendEmail(mailTo(hardBounce, { Metadata: { jobId: 'j1' } }));
    await postmark.settle();
    postmark.fault({ service: 'webhook', kind: 'reorder', times: 1 });
    await client.createSuppressions('broadcast', { Suppressions: [{ EmailAddress: 'b@example.com' }] });
    const saved: { world: ReturnType<typeof postmark.world.save>; room: ReturnType<typeof postmark.room.save> } = JSON.parse(
      JSON.stringify({ world: postmark.world.save(), room: postmark.room.save() }),
    );

    const again = await startPostmark();
    try {
      again.room.restore(saved.room);
      again.world.restore(saved.world);
      expect(again.room.show()).toEqual(postmark.room.show());
      expect(again.room.mail({ jobId: 'j1' })).toEqual(postmark.room.mail({ jobId: 'j1' }));
      const sameServer = again.serverClient(token);
      expect(await sameServer.getBounces()).toEqual(await client.getBounces());
      expect((await again.account.createServer({ Name: 'next' })).ApiTokens).toEqual(
        (await postmark.account.createServer({ Name: 'next' })).ApiTokens,
      );

      receiver.received.length = 0;
      receiver.answerWith(200);
      await again.advanceMinutes(1);
      expect(receiver.received.map(({ body }) => body['RecordType']).sort()).toEqual(['Bounce', 'SubscriptionChange']);
    } finally {
      await again.close();
      await receiver.close();
    }
  });

  it('of another shape is refused, and nothing changes', async () => {
    await postmark.newServer();
    const before = postmark.room.show();
    expect(() => postmark.room.restore({ servers: [], domains: [] })).toThrow(/servers/);
    expect(postmark.room.show()).toEqual(before);
  });

  it('keeps an event that is held back', async () => {
    const receiver = await startReceiver();
    const { client } = await postmark.newServer();
    await postmark.verifiedDomain();
    await client.createWebhook({ Url: receiver.url, Triggers: allTriggers });
    postmark.fault({ service: 'webhook', kind: 'reorder', times: 1 });
    await client.sendEmail(mailTo('a@example.com'));
    await postmark.settle();
    const again = await startPostmark();
    try {
      again.room.restore(JSON.parse(JSON.stringify(postmark.room.save())));
      again.world.faults.clear();
      await again.settle();
      expect(receiver.received.map(({ body }) => body['RecordType'])).toEqual(['Delivery']);
    } finally {
      await again.close();
      await receiver.close();
    }
  });
});

describe('a reset', () => {
  it('is the world as the seed made it: the next server is the first again', async () => {
    const first = await postmark.account.createServer({ Name: 'x' });
    await postmark.verifiedDomain();
    await postmark.serverClient(first.ApiTokens[0] ?? '').sendEmail(mailTo(hardBounce));
    await postmark.settle();
    postmark.room.reset();
    postmark.world.reset();
    expect([postmark.room.show(), postmark.room.mail({})]).toEqual([
      { accountTokens: [accountToken], servers: [], domains: [], senders: [], dataRemovals: [] },
      { items: [] },
    ]);
    expect(await postmark.account.createServer({ Name: 'x' })).toEqual(first);
  });
});

describe('a reset with a call on the wire', () => {
  it('neither repeats it nor sends what waited, though the next webhook has the same id', async () => {
    const receiver = await startReceiver();
    let answerLater = () => {};
    const reached = new Promise<void>((resolve) => {
      receiver.answerWith((_received, response) => {
        answerLater = () => response.writeHead(503).end();
        resolve();
      });
    });
    const prepare = async () => {
      const { client } = await postmark.newServer();
      await postmark.verifiedDomain();
      return { client, webhook: await client.createWebhook({ Url: receiver.url, Triggers: allTriggers }) };
    };
    const before = await prepare();
    await before.client.sendEmail(mailTo('a@example.com'));
    await reached;
    postmark.room.reset();
    postmark.world.reset();
    const after = await prepare();
    expect(after.webhook.ID).toBe(before.webhook.ID);
    answerLater();
    await postmark.advanceMinutes(120);
    expect(receiver.received).toHaveLength(1);
    await receiver.close();
  });
});

describe('a server made by hand', () => {
  it('is a server like any other', async () => {
    const made = postmark.room.createServerByHand('by-hand') as { ID: number; ApiTokens: string[] };
    expect(await postmark.account.getServer(made.ID)).toEqual(made);
    expect((await postmark.serverClient(made.ApiTokens[0] ?? '').getServer()).Name).toBe('by-hand');
  });

  it.each(['', 'taken'])('is refused with the name "%s", saying what would do', async (name) => {
    await postmark.newServer('taken');
    expect(() => postmark.room.createServerByHand(name)).toThrow(InputError);
    expect(() => postmark.room.createServerByHand(name)).toThrow(/^name: /);
  });
});

describe('faults of the API', () => {
  it.each([
    [
      { kind: 'status', status: 500 },
      { code: 101, statusCode: 500 },
    ],
    [
      { kind: 'status', status: 503 },
      { code: 100, statusCode: 503 },
    ],
    [
      { kind: 'status', errorCode: 100 },
      { code: 100, statusCode: 503 },
    ],
    [
      { kind: 'status', status: 401 },
      { code: 10, statusCode: 401 },
    ],
    [
      { kind: 'status', status: 422, errorCode: 413 },
      { code: 413, statusCode: 422, message: 'This account has not been approved for sending.' },
    ],
    [
      { kind: 'status', status: 422, errorCode: 1480 },
      { code: 1480, statusCode: 422 },
    ],
    [{ kind: 'throttle' }, { code: 429, statusCode: 429 }],
    [
      { kind: 'status', status: 502 },
      { code: 0, statusCode: 502 },
    ],
  ] as const)('%o is answered in Postmark’s shape, and nothing is taken', async (fault, rejected) => {
    const { client } = await postmark.newServer();
    await postmark.verifiedDomain();
    postmark.fault({ service: 'postmark', operation: 'POST /email', times: 1, ...fault });
    await expect(client.sendEmail(mailTo('a@example.com'))).rejects.toMatchObject(rejected);
    expect(postmark.room.mail({})).toEqual({ items: [] });
    await client.sendEmail(mailTo('a@example.com'));
  });

  it('cut: the mail is taken and nobody hears of it', async () => {
    const { client } = await postmark.newServer();
    await postmark.verifiedDomain();
    postmark.fault({ service: 'postmark', operation: 'POST /email', kind: 'cut', times: 1 });
    await expect(client.sendEmail(mailTo('a@example.com', { Metadata: { jobId: 'j1' } }))).rejects.toMatchObject({ statusCode: 0 });
    expect(postmark.room.mail({ jobId: 'j1' })).toMatchObject({ items: [{ Metadata: { jobId: 'j1' } }] });
  });

  it('of one server leave the others alone', async () => {
    const [one, two] = [await postmark.newServer('one'), await postmark.newServer('two')];
    postmark.fault({ service: 'postmark', kind: 'throttle', server: one.id });
    await expect(one.client.getServer()).rejects.toMatchObject({ statusCode: 429 });
    await expect(postmark.account.getServer(one.id)).rejects.toMatchObject({ statusCode: 429 });
    expect((await two.client.getServer()).Name).toBe('two');
  });
});

describe('the call log', () => {
  it('counts under the documented path, with ids as {id}, whatever was spelled', async () => {
    const domain = await postmark.verifiedDomain();
    await postmark.call('PUT', `/DOMAINS/${domain.ID}/verifydkim/`, { account: accountToken });
    await postmark.call('GET', '/nothing');
    expect(postmark.world.calls.counts().postmark).toEqual({
      'POST /domains': 1,
      'PUT /domains/{id}/verifyDkim': 2,
      'PUT /domains/{id}/verifyReturnPath': 1,
      unknown: 1,
    });
  });
});
