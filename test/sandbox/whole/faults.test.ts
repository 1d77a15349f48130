/** Every kind of fault on every operation of every service, by count; then by probability and by server. */
import { connect } from 'node:net';
import { AccountClient, Models, ServerClient } from 'postmark';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { identityOperations } from '../../../sandbox/aws/identity/identityOperations.ts';
import { parameterOperations } from '../../../sandbox/aws/parameters/parameterOperations.ts';
import { secretOperations } from '../../../sandbox/aws/secrets/secretOperations.ts';
import { secretValueOperations } from '../../../sandbox/aws/secrets/secretValueOperations.ts';
import { stackOperations } from '../../../sandbox/aws/stacks/stackOperations.ts';
import { cryptoOperations } from '../../../sandbox/kms/cryptoOperations.ts';
import { keyOperations } from '../../../sandbox/kms/keyOperations.ts';
import { operationName, routes } from '../../../sandbox/postmark/rim/routeTable.ts';
import { everyOperation } from '../../../sandbox/route53/operationNames.ts';
import { allTriggers, startReceiver } from '../postmark/webhookReceiver.ts';
import { questionPacket, sendUdp } from '../support/dnsQuestion.ts';
import { sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture({ seed: 3 });
const { addresses } = sandbox;

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

type Call = { operation: string; url: string; init: RequestInit };

const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=00' };
const withBody = (method: string): RequestInit => (method === 'GET' || method === 'DELETE' ? { method } : { method, body: '{}' });

const jsonCalls = (url: string, prefix: string, operations: object): Call[] =>
  Object.keys(operations).map((name) => ({
    operation: name,
    url,
    init: { method: 'POST', headers: { ...signed, 'x-amz-target': `${prefix}.${name}` }, body: '{}' },
  }));

const queryCalls = (version: string, operations: object): Call[] =>
  Object.keys(operations).map((name) => ({
    operation: name,
    url: addresses.aws,
    init: { method: 'POST', headers: signed, body: new URLSearchParams({ Action: name, Version: version }) },
  }));

const services: { service: string; throttled: [status: number, text: string]; calls: Call[] }[] = [
  {
    service: 'postmark',
    throttled: [429, '"ErrorCode":429'],
    calls: routes.map((route) => ({
      operation: operationName(route),
      url: `${addresses.postmark}${route.path.replaceAll(/\{\w+\}/g, '1')}`,
      init: {
        ...withBody(route.method),
        headers: { 'content-type': 'application/json', 'X-Postmark-Account-Token': sandbox.accountToken },
      },
    })),
  },
  {
    service: 'route53',
    throttled: [400, '<Code>Throttling</Code>'],
    calls: everyOperation.map(({ name, method, path }) => ({
      operation: name,
      url: `${addresses.route53}${path.replaceAll('{x}', 'x')}`,
      init: { ...withBody(method), headers: signed },
    })),
  },
  {
    service: 'kms',
    throttled: [400, 'ThrottlingException'],
    calls: jsonCalls(addresses.kms, 'TrentService', { ...keyOperations, ...cryptoOperations }),
  },
  {
    service: 'aws',
    throttled: [400, 'ThrottlingException'],
    calls: [
      ...jsonCalls(addresses.aws, 'secretsmanager', { ...secretOperations, ...secretValueOperations }),
      ...jsonCalls(addresses.aws, 'AmazonSSM', parameterOperations),
      ...queryCalls('2011-06-15', identityOperations),
      ...queryCalls('2010-05-15', stackOperations),
    ],
  },
];

type Outcome = { kind: 'answer'; status: number; text: string } | { kind: 'cut' } | { kind: 'silence' };

async function carriedOut({ url, init }: Call, limitMs: number): Promise<Outcome> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(limitMs) });
    return { kind: 'answer', status: response.status, text: await response.text() };
  } catch (cause) {
    return { kind: cause instanceof Error && cause.name === 'TimeoutError' ? 'silence' : 'cut' };
  }
}

/** At most so many at once: the point is what is answered, not what the machine can carry. */
async function inGroups<T, R>(items: readonly T[], size: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += size) results.push(...(await Promise.all(items.slice(at, at + size).map(work))));
  return results;
}

const patientMs = 10_000;
/** A fault keeps the answer back for ever; a healthy call over loopback is done long before. */
const silenceMs = 500;

describe.each(services)('$service', ({ service, throttled, calls }) => {
  const add = (fault: object) => sandbox.post('/fault', { service, times: 1, ...fault });
  const counted = async (): Promise<number> => {
    const counts: Record<string, number> = Object(Object((await sandbox.get('/state')).body['calls'])[service]);
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  };

  /** Each operation has its own fault; then each is called once. */
  async function underFault(kind: string, more: object, limitMs: number): Promise<[string, Outcome][]> {
    for (const { operation } of calls) await add({ operation, kind, ...more });
    const outcomes = await inGroups(
      calls,
      20,
      async (call): Promise<[string, Outcome]> => [call.operation, await carriedOut(call, limitMs)],
    );
    expect(sandbox.world.faults.list(), 'each fault was met by its own operation').toEqual([]);
    return outcomes;
  }

  const answered = (outcomes: [string, Outcome][], status: number, text: string) =>
    outcomes
      .filter(([, outcome]) => outcome.kind !== 'answer' || outcome.status !== status || !outcome.text.includes(text))
      .map(([operation]) => operation);

  it(`status, on each operation, with the status and code that were asked for`, async () => {
    const errorCode = service === 'postmark' ? 101 : 'ServiceUnavailable';
    expect(answered(await underFault('status', { status: 503, errorCode }, patientMs), 503, String(errorCode))).toEqual([]);
  });

  it('throttle, on each operation, in the vendor’s words', async () => {
    expect(answered(await underFault('throttle', {}, patientMs), ...throttled)).toEqual([]);
  });

  it('cut, on each operation: the connection drops', async () => {
    const outcomes = await underFault('cut', {}, patientMs);
    expect(outcomes.filter(([, outcome]) => outcome.kind !== 'cut').map(([operation]) => operation)).toEqual([]);
  });

  it.each(['timeout-before', 'timeout-after'])('%s, on each operation: no answer', { timeout: 60_000 }, async (kind) => {
    const outcomes = await underFault(kind, {}, silenceMs);
    expect(outcomes.filter(([, outcome]) => outcome.kind !== 'silence').map(([operation]) => operation)).toEqual([]);
    expect(await counted(), 'each was counted').toBe(calls.length);
  });

  it('slow, on each operation: the usual answer, later', async () => {
    const startedMs = performance.now();
    const outcomes = await underFault('slow', { delayMs: 40 }, patientMs);
    expect(
      outcomes
        .filter(([, outcome]) => outcome.kind !== 'answer' || (outcome.status >= 500 && outcome.status !== 501))
        .map(([operation]) => operation),
    ).toEqual([]);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(40);
  });

  it('a fault without an operation is for all of them, as often as it says', async () => {
    await sandbox.post('/fault', { service, kind: 'status', status: 503, times: 3 });
    const outcomes: Outcome[] = [];
    for (const call of calls.slice(0, 5)) outcomes.push(await carriedOut(call, patientMs));
    expect(outcomes.map((outcome) => outcome.kind === 'answer' && outcome.status === 503)).toEqual([true, true, true, false, false]);
  });

  it('a probability meets about as many calls as it says, and the same ones for the same seed', async () => {
    const call = calls[0];
    if (call === undefined) throw new Error('there is no call');
    const run = async (): Promise<boolean[]> => {
      await sandbox.post('/reset', {});
      await sandbox.post('/fault', { service, kind: 'status', status: 503, probability: 0.3 });
      const met: boolean[] = [];
      for (let index = 0; index < 100; index += 1) {
        const outcome = await carriedOut(call, patientMs);
        met.push(outcome.kind === 'answer' && outcome.status === 503);
      }
      return met;
    };
    const first = await run();
    const met = first.filter(Boolean).length;
    expect(met).toBeGreaterThan(15);
    expect(met).toBeLessThan(45);
    expect(await run()).toEqual(first);
  });
});

describe.each([
  ['dns', addresses.dns],
  ['resolver', addresses.resolver],
])('%s', (service, at) => {
  const types = ['A', 'AAAA', 'CAA', 'CNAME', 'DS', 'MX', 'NAPTR', 'NS', 'PTR', 'SOA', 'SRV', 'SSHFP', 'TLSA', 'TXT'] as const;
  const ask = (type: (typeof types)[number], waitMs?: number) =>
    sendUdp(at, questionPacket({ name: 'dev.ardamails.com', type, recursionDesired: true }), waitMs);

  it.each([
    ['status', 2],
    ['throttle', 2],
    ['slow', 0],
    ['timeout-before', null],
    ['timeout-after', null],
    ['cut', null],
  ])('%s, on each type', async (kind, rcode) => {
    for (const type of types)
      await sandbox.post('/fault', { service, operation: type, kind, times: 1, ...(kind === 'slow' ? { delayMs: 5 } : {}) });
    const answers = await Promise.all(types.map((type) => ask(type, rcode === null ? silenceMs : undefined)));
    expect(answers.map((answer) => (answer === null ? null : answer.readUInt8(3) & 0xf))).toEqual(types.map(() => rcode));
    await expect.poll(() => sandbox.world.faults.list()).toEqual([]);
  });
});

describe('webhook', async () => {
  const receiver = await startReceiver();
  afterAll(() => receiver.close());
  const types = ['Delivery', 'Bounce', 'SpamComplaint', 'Open', 'Click', 'SubscriptionChange'];
  const options = { useHttps: false, requestHost: new URL(addresses.postmark).host };

  async function tenant() {
    const account = new AccountClient(sandbox.accountToken, options);
    const server = await account.createServer({ Name: 'ardamails-dev-acme' });
    const client = new ServerClient(server.ApiTokens[0] ?? '', options);
    await client.createWebhook({ Url: receiver.url, Triggers: allTriggers });
    const domain = await account.createDomain({ Name: 'acme.dev.ardamails.com', ReturnPathDomain: 'pm-bounces.acme.dev.ardamails.com' });
    await sandbox.post('/route53/record', {
      action: 'UPSERT',
      name: domain.DKIMPendingHost,
      type: 'TXT',
      values: [domain.DKIMPendingTextValue],
    });
    await account.verifyDomainDKIM(domain.ID);
    return client;
  }

  const mail = (index: number) => ({
    From: 'noreply@acme.dev.ardamails.com',
    To: `r${index}@example.com`,
    Subject: 's',
    HtmlBody: '<a href="https://example.com/">x</a>',
    TrackOpens: true,
    TrackLinks: Models.LinkTrackingOptions.HtmlOnly,
  });

  /** How many callbacks of the type arrive at once, after an hour of retries, and when the faults are cleared. */
  it.each<[kind: string, atOnce: number, inAnHour: number, cleared: number]>([
    ['status', 0, 1, 1],
    ['throttle', 0, 1, 1],
    ['timeout-before', 0, 1, 1],
    ['timeout-after', 1, 2, 2],
    ['cut', 1, 2, 2],
    ['slow', 1, 1, 1],
    ['duplicate', 2, 2, 2],
    ['drop', 0, 0, 0],
    ['reorder', 0, 0, 1],
  ])('%s, on each record type', async (kind, atOnce, inAnHour, cleared) => {
    await sandbox.post('/settings', { autoDeliver: false });
    const client = await tenant();
    for (const [index, type] of types.entries()) {
      receiver.received.length = 0;
      const { MessageID: messageId } = await client.sendEmail(mail(index));
      await sandbox.post('/clock/advance', { seconds: 1 });
      await sandbox.post('/fault', { service: 'webhook', operation: type, kind, times: 1, ...(kind === 'slow' ? { delayMs: 5 } : {}) });
      expect((await sandbox.post('/postmark/event', { messageId, type })).status, type).toBe(200);
      await sandbox.post('/clock/advance', { seconds: 1 });
      const counts = [receiver.ofType(type).length];
      await sandbox.post('/clock/advance', { seconds: 3600 });
      counts.push(receiver.ofType(type).length);
      await sandbox.delete('/fault');
      await sandbox.post('/clock/advance', { seconds: 1 });
      counts.push(receiver.ofType(type).length);
      // A bounce and a complaint are followed by the change of the subscription, which overtakes them: then they go out.
      const isOvertaken = kind === 'reorder' && (type === 'Bounce' || type === 'SpamComplaint');
      expect(counts, type).toEqual(isOvertaken ? [1, 1, 1] : [atOnce, inAnHour, cleared]);
      if (isOvertaken) expect(receiver.received.map(({ body }) => body['RecordType'])).toEqual(['SubscriptionChange', type]);
    }
  });
});

it('by server: only the calls of that tenant are met', async () => {
  const options = { useHttps: false, requestHost: new URL(addresses.postmark).host };
  const account = new AccountClient(sandbox.accountToken, options);
  const [one, two] = [await account.createServer({ Name: 'one' }), await account.createServer({ Name: 'two' })];
  await sandbox.post('/fault', { service: 'postmark', kind: 'status', status: 503, server: one.ID });
  const statusOf = async (token: string | undefined) =>
    (
      await fetch(`${addresses.postmark}/server`, {
        headers: { 'X-Postmark-Server-Token': token ?? '', accept: 'application/json', 'content-type': 'application/json' },
      })
    ).status;
  expect([await statusOf(one.ApiTokens[0]), await statusOf(two.ApiTokens[0]), await statusOf(one.ApiTokens[0])]).toEqual([503, 200, 503]);
  await sandbox.delete('/fault');
  expect(await statusOf(one.ApiTokens[0])).toBe(200);
});

it('a request line that is no path is answered, and the next call as well', async () => {
  const raw = (url: string, line: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname, () => socket.write(`${line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
  for (const url of [addresses.postmark, addresses.route53, addresses.kms, addresses.aws, addresses.control, addresses.sentry]) {
    for (const line of ['GET //', 'GET /%', 'GET /2013-04-01/hostedzone/%E0%A4%A', 'POST http://[', 'DELETE *']) {
      expect(await raw(url, line), `${line} at ${url}`).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
  }
});
