/** One trace from a request over the provider's call to its callback, as a collector gets it from a running Postroute. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Situation, situationOf } from '../docs/support/situation.ts';
import { type CollectedSpan, type Collector, startCollector } from '../support/collector.ts';
import { type Postroute, startPostroute } from '../support/postroute.ts';

const collectorKey = 'CANARY-collector-key';
const caller = { span: 'b7ad6b7169203331', flags: '01' };
let collector: Collector;
let postroute: Postroute;
let situation: Situation;
let traces = 0;

beforeAll(async () => {
  collector = await startCollector();
  postroute = await startPostroute([], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${collectorKey}`,
    EMAIL_SENDING_SEARCH_PROBE_MINUTES: '0.001',
    EMAIL_LOG_LEVEL: 'trace',
  });
  situation = situationOf(postroute, () => postroute.ready.apiKey);
}, 120_000);
afterAll(async () => {
  await postroute?.stop();
  await collector?.close();
});

/** A trace that a caller began. */
function newTrace(flags = caller.flags): { traceId: string; header: { traceparent: string } } {
  traces += 1;
  const traceId = traces.toString(16).padStart(32, 'a');
  return { traceId, header: { traceparent: `00-${traceId}-${caller.span}-${flags}` } };
}

const spansOf = (traceId: string): CollectedSpan[] => collector.spans().filter((span) => span.traceId === traceId);
const untilNamed = (traceId: string, ...names: string[]) =>
  expect
    .poll(() => names.filter((name) => !spansOf(traceId).some((span) => span.name === name)), { timeout: 20_000, interval: 100 })
    .toEqual([]);

const path = (rest: string): string => `/v1/shop-access/email${rest}`;

async function send(configurationEId: string, recipient: string, header: Record<string, string>): Promise<string> {
  const message = { configurationEId, recipient, subject: 'CANARY-subject', textBody: 'CANARY-body' };
  const headers = { 'Idempotency-Key': `traced-${recipient}`, Prefer: 'wait=10', ...header };
  const { status, body } = await situation.api().post('/job', message, { tenant: 'acme', headers });
  expect(status).toBe(200);
  return (body as { eId: string }).eId;
}

describe('a trace', () => {
  let eId: string;

  test('of a provisioning has every step, under the request that asked for it', async () => {
    const { traceId, header } = newTrace();
    const request = { sendingDomainSlug: 'acme', signatureRequest: {}, provision: true };
    const { body } = await situation.api().post('/configuration', request, { tenant: 'acme', headers: header });
    eId = (body as { eId: string }).eId;
    await untilNamed(traceId, `POST ${path('/configuration')}`, 'create-server', 'create-domain', 'install-webhook', 'write-records');
    const spans = spansOf(traceId);
    const root = spans.find(({ name }) => name === `POST ${path('/configuration')}`);
    expect(root).toMatchObject({ kind: 2, parentSpanId: caller.span, facts: { 'http.response.status_code': 201 } });
    for (const step of spans.filter((span) => span !== root)) {
      expect(step).toMatchObject({ kind: 3, parentSpanId: root?.spanId, failure: undefined, facts: { 'postroute.configuration': eId } });
    }
  });

  test('of a message goes from the request over the call to Postmark to its callback', async () => {
    await expect
      .poll(async () => (await situation.api().post(`/configuration/${eId}/unlock`, {}, { tenant: 'acme' })).status, { timeout: 15_000 })
      .toBeLessThan(300);
    const { traceId, header } = newTrace();
    const job = await send(eId, 'canary-recipient@acme.example', header);
    await untilNamed(traceId, `POST ${path('/job')}`, 'POST /email', 'webhook Delivery');
    const [request, ...others] = spansOf(traceId).toSorted((a, b) => Number(b.kind === 2) - Number(a.kind === 2));
    expect(request).toMatchObject({ name: `POST ${path('/job')}`, kind: 2, parentSpanId: caller.span });
    expect(others.map(({ name, kind, parentSpanId, failure }) => ({ name, kind, parentSpanId, failure }))).toEqual([
      { name: 'POST /email', kind: 3, parentSpanId: request?.spanId, failure: undefined },
      { name: 'webhook Delivery', kind: 5, parentSpanId: request?.spanId, failure: undefined },
    ]);
    for (const { facts } of others)
      expect(facts).toMatchObject({ 'postroute.job': job, 'postroute.configuration': eId, 'peer.service': 'postmark' });
    expect(others[0]?.facts).toMatchObject({ 'postroute.outcome': 'accepted' });
  });

  test('shows a call that failed, and why', async () => {
    await situation.control('POST', '/fault', {
      service: 'postmark',
      operation: 'POST /email',
      kind: 'status',
      status: 503,
      errorCode: 100,
      times: 1,
    });
    const { traceId, header } = newTrace();
    const message = { configurationEId: eId, recipient: 'later@acme.example', subject: 's', textBody: 't' };
    await situation.api().post('/job', message, { tenant: 'acme', headers: { 'Idempotency-Key': 'later', ...header } });
    await untilNamed(traceId, 'POST /email');
    expect(spansOf(traceId)).toContainEqual(
      expect.objectContaining({
        name: 'POST /email',
        failure: 'postmark_100',
        facts: expect.objectContaining({ 'postroute.outcome': 'transient' }),
      }),
    );
    await situation.control('POST', '/clock/advance', { seconds: 20 });
    await untilNamed(traceId, 'webhook Delivery');
    expect(
      spansOf(traceId)
        .filter(({ name }) => name === 'POST /email')
        .map(({ facts }) => facts['postroute.attempt']),
    ).toEqual([1, 2]);
  });

  test('that its caller does not want is not recorded, by nobody on its way', async () => {
    const unwanted = newTrace('00');
    await send(eId, 'unwanted@acme.example', unwanted.header);
    const wanted = newTrace();
    await send(eId, 'wanted@acme.example', wanted.header);
    await untilNamed(wanted.traceId, 'webhook Delivery');
    expect(spansOf(unwanted.traceId)).toEqual([]);
  });

  test('holds no address, no secret, no text of a message, and no path of a callback', () => {
    expect(collector.spans().map(({ name }) => name)).toContain(`POST ${path('/job/postmark-events/:routingToken')}`);
    const text = collector.text();
    expect(text).not.toMatch(/canary|@acme\.example|unwanted@/i);
    expect(text).not.toContain(postroute.ready.apiKey);
    const known = [
      ...['http.request.method', 'http.route', 'http.response.status_code', 'peer.service', 'messaging.batch.message_count'],
      ...['request_id', 'job', 'configuration', 'attempt', 'answer', 'outcome'].map((name) => `postroute.${name}`),
    ];
    expect([...new Set(collector.spans().flatMap(({ facts }) => Object.keys(facts)))].filter((name) => !known.includes(name))).toEqual([]);
    for (const headers of collector.headers()) expect(headers['x-collector-key']).toBe(collectorKey);
    expect(postroute.log()).not.toContain(collectorKey);
  });
});

test('the lag of the provider’s search is measured meanwhile, and shown', async () => {
  const count = async (): Promise<number> => {
    const text = await (await fetch(`${postroute.ready.metrics}/metrics`)).text();
    return Number(/^email_send_search_lag_seconds_count (\d+)$/m.exec(text)?.[1]);
  };
  await expect.poll(count, { timeout: 10_000 }).toBeGreaterThan(0);
});
