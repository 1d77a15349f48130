import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { noTracer, openTelemetry, type TracingOptions } from '../../service/ports/openTelemetry.ts';
import { type Collector, startCollector } from '../support/collector.ts';

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const traceId = '0af7651916cd43dd8448eb211c80319c';

async function tracing(given: Partial<TracingOptions> = {}, status?: () => number) {
  const collector: Collector = await startCollector(status);
  onTestFinished(() => collector.close());
  const faults: unknown[] = [];
  const tracer = await openTelemetry({
    endpoint: `${collector.url}/`,
    headers: {},
    sampleRatio: 1,
    partition: 'Alpha002-dev',
    version: '1.2.3',
    onFault: (error) => faults.push(error),
    ...given,
  });
  return { collector, faults, tracer };
}

describe('a span', () => {
  it('continues the trace it is given, holds what its caller says, and is the parent of what follows', async () => {
    const { collector, tracer } = await tracing({ headers: { 'x-collector-key': 'k' } });
    const span = tracer.begin({ name: 'POST /job', kind: 'server', parent }, { 'http.route': '/job' });
    expect(span.traceParent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    tracer.record({ name: 'POST /email', kind: 'client', parent: span.traceParent, seconds: 1.5 }, { 'postroute.attempt': 2 }, 'http_500');
    span.end({ 'http.response.status_code': 202 }, null);
    await tracer.close(2000);
    const [first, second] = collector.spans().toSorted((a, b) => a.name.localeCompare(b.name));
    expect(first).toMatchObject({
      name: 'POST /email',
      traceId,
      kind: 3,
      parentSpanId: second?.spanId,
      facts: { 'postroute.attempt': 2 },
      failure: 'http_500',
    });
    expect(first?.seconds).toBeCloseTo(1.5, 2);
    expect(second).toMatchObject({ name: 'POST /job', traceId, kind: 2, parentSpanId: 'b7ad6b7169203331', failure: undefined });
    expect(second?.facts).toEqual({ 'http.route': '/job', 'http.response.status_code': 202 });
    expect(collector.headers()[0]).toMatchObject({ 'x-collector-key': 'k' });
  });

  it('says which service and partition it is of, and nothing of the machine or the process', async () => {
    const { collector, tracer } = await tracing();
    tracer.begin({ name: 'x', kind: 'internal', parent: null }, {}).end({}, null);
    await tracer.close(2000);
    expect(collector.resources()).toEqual([
      { 'service.name': 'postroute', 'service.version': '1.2.3', 'deployment.environment.name': 'Alpha002-dev' },
    ]);
    expect(collector.text()).not.toContain(hostname());
    expect(collector.text()).not.toContain(process.cwd());
  });

  it.each([
    ['nothing', null],
    ['words', 'hello'],
    ['a version to come', parent.replace(/^00/, '01')],
    ['zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ])('of %s begins a trace of its own', async (_, given) => {
    const { collector, tracer } = await tracing();
    const span = tracer.begin({ name: 'x', kind: 'server', parent: given }, {});
    expect(span.traceParent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(span.traceParent).not.toContain(traceId);
    span.end({}, null);
    await tracer.close(2000);
    expect(collector.spans()).toHaveLength(1);
    expect(collector.spans()[0]?.parentSpanId ?? '').toBe('');
  });

  it('that nobody wants is not recorded, and neither is what follows from it', async () => {
    const { collector, tracer } = await tracing({ sampleRatio: 0 });
    const unwanted = parent.replace(/01$/, '00');
    for (const from of [null, unwanted]) {
      const span = tracer.begin({ name: 'x', kind: 'server', parent: from }, {});
      expect(span.traceParent).toBeNull();
      span.end({}, null);
    }
    for (const from of [null, unwanted]) tracer.record({ name: 'y', kind: 'client', parent: from, seconds: 1 }, {}, null);
    const wanted = tracer.begin({ name: 'wanted by its caller', kind: 'server', parent }, {});
    wanted.end({}, null);
    await tracer.close(2000);
    expect(collector.spans().map(({ name }) => name)).toEqual(['wanted by its caller']);
  });
});

describe('recording never fails and never blocks', () => {
  it('a collector that refuses is told once, until it takes spans again', async () => {
    let status = 400;
    const { faults, tracer } = await tracing({}, () => status);
    const flush = async (): Promise<void> => {
      tracer.begin({ name: 'x', kind: 'server', parent: null }, {}).end({}, null);
      await expect.poll(() => faults.length, { timeout: 20_000 }).toBe(1);
    };
    await flush();
    status = 200;
    tracer.begin({ name: 'x', kind: 'server', parent: null }, {}).end({}, null);
    await tracer.close(2000);
    expect(faults).toHaveLength(1);
  });

  it('one that is not there, or never answers, does not keep a process from stopping', async () => {
    const { tracer } = await tracing({ endpoint: 'http://127.0.0.1:65531' });
    tracer.begin({ name: 'x', kind: 'server', parent: null }, {}).end({}, null);
    const from = performance.now();
    await tracer.close(100);
    // A collector is waited for for 5 s, and not by whoever stops.
    expect(performance.now() - from).toBeLessThan(4500);
  });

  it('without a collector nothing is recorded, and its libraries are not even loaded', async () => {
    expect(noTracer.begin({ name: 'x', kind: 'server', parent }, {}).traceParent).toBeNull();
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      const { openTelemetry } = await import('./service/ports/openTelemetry.ts');
      const tracer = await openTelemetry({ endpoint: undefined, headers: {}, sampleRatio: 1, partition: 'x', version: '1', onFault() {} });
      tracer.begin({ name: 'x', kind: 'server', parent: null }, {}).end({}, null);
      console.log(JSON.stringify(loaded.filter((url) => url.includes('@opentelemetry'))));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(JSON.parse(stdout)).toEqual([]);
  });
});
