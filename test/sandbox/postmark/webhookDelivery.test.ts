import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';
import { startReceiver, type WebhookReceiver } from './webhookReceiver.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
let receiver: WebhookReceiver;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
  receiver = await startReceiver(() => postmark.world.clock.now());
});
afterEach(() => Promise.all([postmark.close(), receiver.close()]));

const hardBounce = 'hardbounce@bounce-testing.postmarkapp.com';
const Triggers = { Delivery: { Enabled: true }, Bounce: { Enabled: true }, SubscriptionChange: { Enabled: true } };
const listen = (more: object = {}) => server.client.createWebhook({ Url: receiver.url, Triggers, ...more });
async function send(to = 'a@example.com'): Promise<void> {
  await server.client.sendEmail(mailTo(to));
  await postmark.settle();
}
const types = () => receiver.received.map(({ body }) => body['RecordType']);
const remaining = () => receiver.received.map(({ headers }) => Number(headers['x-pm-retries-remaining']));
/** Whole minutes between one arrival and the next. */
const gaps = () => receiver.received.slice(1).map(({ at }, i) => Math.round((at - (receiver.received[i]?.at ?? 0)) / 60_000));

describe('a call', () => {
  it('carries Postmark’s headers, Basic credentials and the owner’s own', async () => {
    await listen({ HttpAuth: { Username: 'user', Password: 'päss' }, HttpHeaders: [{ Name: 'X-Postroute-Signature', Value: 'v1=abc' }] });
    await send();
    expect(receiver.received[0]).toMatchObject({
      method: 'POST',
      path: '/hook',
      headers: {
        'user-agent': 'Postmark',
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Basic ${Buffer.from('user:päss').toString('base64')}`,
        'x-postroute-signature': 'v1=abc',
        'x-pm-retries-remaining': '9',
        'x-pm-webhook-trace-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'x-pm-webhook-event-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    expect(receiver.received[0]?.headers).not.toHaveProperty('x-postmark-signature');
  });

  it('takes an Authorization header of the owner’s own, and credentials in the address', async () => {
    await listen({ HttpHeaders: [{ Name: 'Authorization', Value: 'Bearer secret' }] });
    await listen({ Url: receiver.url.replace('http://', 'http://user:pass@') });
    await send();
    expect(receiver.received.map(({ headers }) => headers.authorization).sort()).toEqual([`Basic ${btoa('user:pass')}`, 'Bearer secret']);
  });

  it('is counted by the kind of its event', async () => {
    await listen();
    await send();
    await send(hardBounce);
    expect(postmark.world.calls.counts().webhook).toEqual({ Bounce: 1, Delivery: 1, SubscriptionChange: 1 });
  });

  it('follows redirects: 307 repeats the body, 302 does not, and credentials stay at home', async () => {
    const elsewhere = await startReceiver();
    try {
      await listen({
        HttpHeaders: [
          { Name: 'Authorization', Value: 'Bearer secret' },
          { Name: 'X-Own', Value: '1' },
        ],
      });
      for (const status of [307, 302]) {
        receiver.answerWith((_received, response) => response.writeHead(status, { location: elsewhere.url }).end());
        await send();
      }
      expect(
        elsewhere.received.map(({ method, headers, body }) => [method, headers.authorization, headers['x-own'], body['RecordType']]),
      ).toEqual([
        ['POST', undefined, '1', 'Delivery'],
        ['GET', undefined, '1', undefined],
      ]);
    } finally {
      await elsewhere.close();
    }
  });

  it('gives up after ten redirects, and for good', async () => {
    await listen();
    receiver.answerWith((_received, response) => response.writeHead(307, { location: receiver.url }).end());
    await send();
    await postmark.advanceMinutes(120);
    expect(receiver.received).toHaveLength(11);
  });
});

describe('retries', () => {
  it('are nine, by the newest schedule, under one trace id and counting down', async () => {
    await listen();
    receiver.answerWith(503);
    await send();
    await postmark.advanceMinutes(24 * 60);
    expect(gaps()).toEqual([1, 5, 15, 1, 5, 10, 10, 10, 15]);
    expect(remaining()).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(new Set(receiver.received.map(({ headers }) => headers['x-pm-webhook-trace-id'])).size).toBe(1);
    expect(new Set(receiver.received.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it('end when the receiver takes the event', async () => {
    await listen();
    receiver.answerWith(500);
    await send();
    receiver.answerWith(202);
    await postmark.advanceMinutes(24 * 60);
    expect(remaining()).toEqual([9, 8]);
  });

  it.each([
    [200, 1],
    [204, 1],
    [299, 1],
    [400, 1],
    [401, 1],
    [403, 1],
    [404, 1],
    [410, 1],
    [304, 1],
    [408, 2],
    [429, 2],
    [500, 2],
    [503, 2],
    [null, 2],
  ])('an answer of %s makes %i calls within a minute', async (answer, calls) => {
    await listen();
    receiver.answerWith(answer);
    await send();
    await postmark.advanceMinutes(1.5);
    expect(receiver.received).toHaveLength(calls);
  });

  it('go on when nobody listens at the address, as after a time-out', async () => {
    await listen();
    await receiver.close();
    await send();
    expect(postmark.world.calls.counts().webhook).toEqual({ Delivery: 1 });
    await postmark.advanceMinutes(1);
    expect(postmark.world.calls.counts().webhook).toEqual({ Delivery: 2 });
  });

  it('are not spent on a pooled connection that the receiver has closed: a new one is tried at once', async () => {
    await listen();
    const used = new WeakSet<object>();
    receiver.answerWith((_received, response) => {
      const connection = response.socket ?? {};
      if (used.has(connection)) response.destroy();
      else response.writeHead(200).end();
      used.add(connection);
    });
    await send();
    await send();
    expect(remaining()).toEqual([9, 9, 9]);
    expect(postmark.world.calls.counts().webhook).toEqual({ Delivery: 2 });
  });

  it('go on when the answer does not come in time', async () => {
    // Long enough that a busy machine has sent the call before it gives up.
    postmark.world.settings.apply({ webhookTimeoutMs: 250 });
    await listen();
    receiver.answerWith((_received, response) => void response);
    await send();
    receiver.answerWith(200);
    postmark.world.settings.apply({ webhookTimeoutMs: 10_000 });
    await postmark.advanceMinutes(1);
    expect(remaining()).toEqual([9, 8]);
  });

  it('use the address and headers that the webhook has by then, and end with the webhook', async () => {
    const { ID } = await listen({ HttpHeaders: [{ Name: 'X-Key', Value: 'old' }] });
    receiver.answerWith(503);
    await send();
    await server.client.editWebhook(ID, { HttpHeaders: [{ Name: 'X-Key', Value: 'new' }] });
    await postmark.advanceMinutes(1);
    await server.client.deleteWebhook(ID);
    await postmark.advanceMinutes(60);
    expect(receiver.received.map(({ headers }) => headers['x-key'])).toEqual(['old', 'new']);
  });

  it('of generation (b) are six', async () => {
    postmark.world.settings.apply({ webhookRetries: 'b' });
    await listen();
    receiver.answerWith(503);
    await send();
    await postmark.advanceMinutes(24 * 60);
    expect([gaps(), remaining()]).toEqual([
      [1, 5, 10, 10, 10, 15],
      [6, 5, 4, 3, 2, 1, 0],
    ]);
  });

  it('of generation (a) are three for a delivery and ten for a bounce', async () => {
    postmark.world.settings.apply({ webhookRetries: 'a' });
    await listen({ Triggers: { Delivery: { Enabled: true } } });
    receiver.answerWith(404);
    await send();
    await postmark.advanceMinutes(24 * 60);
    expect(gaps()).toEqual([1, 5, 15]);
    receiver.received.length = 0;
    await listen({ Triggers: { Bounce: { Enabled: true } } });
    await send(hardBounce);
    await postmark.advanceMinutes(24 * 60);
    expect(gaps()).toEqual([1, 5, 10, 10, 10, 15, 30, 60, 120, 360]);
  });

  it.each([
    [200, 1],
    [403, 1],
    [204, 2],
    [404, 2],
  ])('of generation (a) after %s: %i calls within a minute', async (answer, calls) => {
    postmark.world.settings.apply({ webhookRetries: 'a' });
    await listen();
    receiver.answerWith(answer);
    await send();
    await postmark.advanceMinutes(1.5);
    expect(receiver.received).toHaveLength(calls);
  });
});

describe('faults', () => {
  const fault = (kind: string, more: object = {}) => postmark.fault({ service: 'webhook', kind: kind as 'drop', times: 1, ...more });

  it('drop: the event is lost', async () => {
    await listen();
    fault('drop');
    await send();
    await postmark.advanceMinutes(120);
    expect(types()).toEqual([]);
  });

  it('duplicate: the event comes twice under one trace id', async () => {
    await listen();
    fault('duplicate');
    await send();
    expect(types()).toEqual(['Delivery', 'Delivery']);
    expect(new Set(receiver.received.map(({ headers }) => headers['x-pm-webhook-trace-id'])).size).toBe(1);
  });

  it('reorder: the event goes out after the next one', async () => {
    await listen();
    fault('reorder', { operation: 'Bounce' });
    await send(hardBounce);
    expect(types()).toEqual(['SubscriptionChange', 'Bounce']);
  });

  it('reorder: without a next one, the event goes out when faults are cleared', async () => {
    await listen();
    fault('reorder');
    await send();
    await postmark.advanceMinutes(60);
    expect(types()).toEqual([]);
    postmark.world.faults.clear();
    await postmark.settle();
    expect(types()).toEqual(['Delivery']);
  });

  it('reorder until cleared loses nothing', async () => {
    await listen();
    postmark.fault({ service: 'webhook', kind: 'reorder' });
    for (let i = 0; i < 7; i += 1) await send(`r${i}@example.com`);
    postmark.world.faults.clear();
    await postmark.settle();
    expect(receiver.received.map(({ body }) => body['Recipient']).sort()).toEqual(Array.from({ length: 7 }, (_, i) => `r${i}@example.com`));
  });

  it.each([
    ['status', { status: 503 }, 1],
    ['throttle', {}, 1],
    ['timeout-before', {}, 1],
    ['timeout-after', {}, 2],
    ['cut', {}, 2],
  ])('%s: the first try fails, and with the retry a minute later the event has come %o %i time(s)', async (kind, more, arrivals) => {
    await listen();
    fault(kind, more);
    await send();
    await postmark.advanceMinutes(1);
    expect(receiver.received).toHaveLength(arrivals);
    expect(postmark.world.calls.counts().webhook).toEqual({ Delivery: 2 });
  });

  it('status 404: the event is dropped as the receiver’s own refusal would drop it', async () => {
    await listen();
    fault('status', { status: 404 });
    await send();
    await postmark.advanceMinutes(120);
    expect(types()).toEqual([]);
  });

  it('slow: the event comes late and once', async () => {
    await listen();
    fault('slow', { delayMs: 20 });
    await send();
    expect(types()).toEqual(['Delivery']);
  });

  it('of one kind of event and one server leave the others alone', async () => {
    await listen();
    fault('drop', { operation: 'Bounce', times: 5 });
    postmark.fault({ service: 'webhook', kind: 'drop', server: server.id + 1 });
    await send(hardBounce);
    expect(types()).toEqual(['SubscriptionChange']);
  });
});

describe('a crowd of events', () => {
  it('goes out at most 32 at once, and all of it', async () => {
    await listen();
    let open = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    // Before the 32 are let go, many turns of the loop in which a 33rd would arrive.
    const letGoAfter = (turns: number): void => {
      if (turns > 0) setImmediate(() => letGoAfter(turns - 1));
      else for (const answer of waiting.splice(0)) answer();
    };
    receiver.answerWith((_received, response) => {
      open += 1;
      most = Math.max(most, open);
      waiting.push(() => {
        open -= 1;
        response.writeHead(200).end();
      });
      if (waiting.length === 32 || receiver.received.length > 480) letGoAfter(50);
    });
    await server.client.sendEmailBatch(Array.from({ length: 500 }, (_, i) => mailTo(`r${i}@example.com`)));
    await postmark.settle();
    expect([receiver.received.length, most]).toEqual([500, 32]);
  });
});
