import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';
import { allTriggers, startReceiver, type WebhookReceiver } from './webhookReceiver.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
let receiver: WebhookReceiver;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
  receiver = await startReceiver();
});
afterEach(() => Promise.all([postmark.close(), receiver.close()]));

const hardBounce = 'hardbounce@bounce-testing.postmarkapp.com';
const listen = async (Triggers: object = { Delivery: { Enabled: true }, Bounce: { Enabled: true } }) =>
  (await server.client.createWebhook({ Url: receiver.url, Triggers })).ID;
async function send(to = 'a@example.com'): Promise<void> {
  await server.client.sendEmail(mailTo(to));
  await postmark.settle();
}
const statistics = async (id: number) =>
  (await postmark.call('GET', `/webhooks/${id}/statistics`, { server: server.token })).body as {
    Statuses: object;
    Metrics: Record<string, number>;
    MetricsByTrigger: Record<string, Record<string, number>>;
  };
const types = () => receiver.received.map(({ body }) => body['RecordType']);

describe('the statistics of a webhook', () => {
  it('count what became of its calls, by kind of event', async () => {
    const id = await listen();
    await send();
    await send();
    receiver.answerWith(503);
    await send();
    receiver.answerWith(404);
    await send(hardBounce);
    expect(await statistics(id)).toEqual({
      WebhookId: id,
      ServerId: server.id,
      MessageStreamId: 'outbound',
      Url: receiver.url,
      Statuses: { Delivery: 'verified', Bounce: 'verified' },
      TimeRange: { StartTime: expect.stringMatching(/^2026-09-04T.*Z$/), EndTime: expect.stringMatching(/^2026-09-05T.*Z$/), Hours: 24 },
      Metrics: {
        TotalRequests: 4,
        SuccessCount: 2,
        FailureCount: 1,
        RetryCount: 1,
        SuccessRate: 50,
        SlowCount: 0,
        VerySlowCount: 0,
        AverageTerminalResponseTimeMs: expect.any(Number),
        AverageRetryResponseTimeMs: expect.any(Number),
      },
      MetricsByTrigger: {
        Delivery: expect.objectContaining({ TotalRequests: 3, SuccessCount: 2, RetryCount: 1, FailureCount: 0, SuccessRate: 66.67 }),
        Bounce: expect.objectContaining({ TotalRequests: 1, SuccessCount: 0, FailureCount: 1, AverageRetryResponseTimeMs: null }),
      },
    });
  });

  it('are of the last 24 hours', async () => {
    const id = await listen();
    await send();
    await postmark.advanceMinutes(23 * 60);
    expect((await statistics(id)).Metrics['TotalRequests']).toBe(1);
    await postmark.advanceMinutes(61);
    expect(await statistics(id)).toMatchObject({ Metrics: { TotalRequests: 0, SuccessRate: 0 }, MetricsByTrigger: {} });
  });

  it('of a webhook there is not are 1352', async () => {
    expect(await postmark.call('GET', '/webhooks/7/statistics', { server: server.token })).toMatchObject({
      status: 422,
      body: { ErrorCode: 1352 },
    });
  });

  it('say what was slow, and keep that out of the saved state', async () => {
    const id = await listen();
    postmark.fault({ service: 'webhook', kind: 'slow', delayMs: 1050, times: 1 });
    await send();
    const { Metrics } = await statistics(id);
    expect([Metrics['SlowCount'], Metrics['VerySlowCount']]).toEqual([1, 0]);
    expect(Metrics['AverageTerminalResponseTimeMs']).toBeGreaterThanOrEqual(1000);
    const saved = JSON.stringify(postmark.room.save());
    expect(saved).toContain('"taken":1');
    expect(saved).not.toMatch(/slow/i);
  });
});

describe('a kind of event that keeps being lost', () => {
  beforeEach(() => postmark.world.settings.apply({ webhookPauseAfter: 2 }));

  it('is paused, alone, and says so', async () => {
    const id = await listen();
    receiver.answerWith(404);
    await send();
    await send();
    receiver.answerWith(200);
    receiver.received.length = 0;
    await send();
    await send(hardBounce);
    expect(types()).toEqual(['Bounce']);
    expect((await statistics(id)).Statuses).toEqual({ Delivery: 'unverified', Bounce: 'verified' });
    expect(await server.client.getWebhook(id)).toMatchObject({ Status: 'verified' });
  });

  it('is not paused while one in between arrives, nor while it is still retried', async () => {
    await listen();
    for (const answer of [404, 200, 404]) {
      receiver.answerWith(answer);
      await send();
    }
    receiver.answerWith(503);
    await send();
    receiver.answerWith(200);
    receiver.received.length = 0;
    await send();
    expect(types()).toEqual(['Delivery']);
  });

  it('is not saved by another that is still being retried', async () => {
    const id = await listen();
    for (const answer of [404, 503, 404]) {
      receiver.answerWith(answer);
      await send();
    }
    expect((await statistics(id)).Statuses).toMatchObject({ Delivery: 'unverified' });
  });

  it('counts an event as lost when its last retry has failed', async () => {
    const id = await listen();
    receiver.answerWith(503);
    await send();
    await send();
    await postmark.advanceMinutes(24 * 60);
    expect((await statistics(id)).Statuses).toMatchObject({ Delivery: 'unverified' });
  });

  it.each([
    ['a verification that it passes', (id: number) => postmark.call('POST', `/webhooks/${id}/verify`, { server: server.token })],
    ['an edit', (id: number) => postmark.call('PUT', `/webhooks/${id}`, { server: server.token, body: { Url: receiver.url } })],
  ])('goes on after %s', async (_case, mend) => {
    const id = await listen();
    receiver.answerWith(404);
    await send();
    await send();
    receiver.answerWith(200);
    expect((await mend(id)).status).toBe(200);
    receiver.received.length = 0;
    await send();
    expect(types()).toEqual(['Delivery']);
  });

  it('is never paused with 0', async () => {
    postmark.world.settings.apply({ webhookPauseAfter: 0 });
    const id = await listen();
    receiver.answerWith(404);
    for (let i = 0; i < 5; i += 1) await send();
    expect((await statistics(id)).Statuses).toMatchObject({ Delivery: 'verified' });
  });

  it('is still paused after a restart', async () => {
    const id = await listen();
    receiver.answerWith(404);
    await send();
    await send();
    const again = await startPostmark();
    again.room.restore(JSON.parse(JSON.stringify(postmark.room.save())));
    const answer = await again.call('GET', `/webhooks/${id}/statistics`, { server: server.token });
    expect(answer.body).toMatchObject({ Statuses: { Delivery: 'unverified' }, Metrics: { FailureCount: 2 } });
    await again.close();
  });
});

describe('Expect: 100-continue', () => {
  it('is asked on every call, as captured, unless it is switched off', async () => {
    await listen();
    await send();
    postmark.world.settings.apply({ webhookExpect: false });
    await send();
    expect(receiver.received.map(({ headers }) => headers['expect'])).toEqual(['100-continue', undefined]);
    expect(types()).toEqual(['Delivery', 'Delivery']);
  });
});

describe('a verification', () => {
  it('that fails makes the webhook unverified, and nothing is sent until it passes', async () => {
    const id = await listen(allTriggers);
    receiver.answerWith(500);
    await postmark.call('POST', `/webhooks/${id}/verify`, { server: server.token });
    expect(await server.client.getWebhook(id)).toMatchObject({ Status: 'unverified' });
    receiver.answerWith(200);
    receiver.received.length = 0;
    await send();
    expect(types()).toEqual([]);
  });

  it('may be declined in the query as well, as the error says', async () => {
    const made = await postmark.call('POST', '/webhooks?verify=false', { server: server.token, body: { Url: receiver.url } });
    expect(made.body).toMatchObject({ Status: 'unverified' });
  });

  it('has left webhooks of both states, which the list tells apart; another state is 1362', async () => {
    await listen();
    await postmark.call('POST', '/webhooks', { server: server.token, body: { Url: `${receiver.url}/2`, Verify: false } });
    const urls = async (status: string) => {
      const { body } = await postmark.call('GET', `/webhooks?status=${status}`, { server: server.token });
      return (body as { Webhooks?: { Url: string }[]; ErrorCode?: number }).Webhooks?.map(({ Url }) => Url) ?? body;
    };
    expect([await urls('Verified'), await urls('unverified'), await urls('broken')]).toEqual([
      [receiver.url],
      [`${receiver.url}/2`],
      expect.objectContaining({ ErrorCode: 1362 }),
    ]);
  });
});

describe('refusals', () => {
  it.each([
    ['an ID on create', 'POST', { Url: 'https://example.com', ID: 1 }, 1356],
    ['another ID on edit', 'PUT', { ID: 1 }, 1357],
    ['an option that is not true or false', 'PUT', { Triggers: { Open: { Enabled: 'yes' } } }, 1361],
  ] as const)('%s is %s', async (_case, method, body, code) => {
    const id = await listen();
    const path = method === 'POST' ? '/webhooks' : `/webhooks/${id}`;
    expect((await postmark.call(method, path, { server: server.token, body })).body).toMatchObject({ ErrorCode: code });
  });

  it('a webhook on an archived stream is 1350', async () => {
    await server.client.archiveMessageStream('broadcast');
    await expect(server.client.createWebhook({ Url: receiver.url, MessageStream: 'broadcast' })).rejects.toMatchObject({ code: 1350 });
  });
});
