import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { sentryReporter } from '../../service/ports/sentry.ts';
import { closedPort, json, localServer, silence } from './support/localServer.ts';

const incident = {
  message: 'email.drift.dns_dkim_mismatch',
  level: 'warning',
  fingerprint: ['email.drift.dns_dkim_mismatch', 'e1'],
  tags: { 'email.drift': 'dns_dkim_mismatch' },
  context: { eId: 'e1', postmarkServerId: 7, keyVersionId: null },
} as const;

const sink = async () => {
  const server = await localServer(json(200, {}));
  return { server, dsn: `${server.url.replace('http://', 'http://pub@')}/1` };
};
const environment = 'Alpha002-dev';
const events = (bodies: readonly string[]): Record<string, unknown>[] =>
  bodies
    .map((body) => body.split('\n'))
    .flatMap(([, header = '{}', payload = '{}']) => (JSON.parse(header).type === 'event' ? [JSON.parse(payload)] : []));

describe('an incident', () => {
  it('is told with its message, fingerprint, tags and context, in the partition’s environment', async () => {
    const { server, dsn } = await sink();
    const reporter = await sentryReporter({ dsn, environment });
    reporter.report(incident);
    await reporter.flush(2000);
    expect(server.received[0]?.url).toMatch(/^\/api\/1\/envelope\//);
    expect(events(server.received.map(({ body }) => body))).toEqual([
      expect.objectContaining({
        message: 'email.drift.dns_dkim_mismatch',
        level: 'warning',
        environment,
        fingerprint: incident.fingerprint,
        tags: incident.tags,
        contexts: expect.objectContaining({ postroute: incident.context }),
      }),
    ]);
  });

  it('that must not get lost is said to be delivered when Sentry took it, and not when it refused it, was away, or said nothing', async () => {
    const { server, dsn } = await sink();
    const reporter = await sentryReporter({ dsn, environment });
    expect(await Promise.all([reporter.deliver(incident), reporter.deliver(incident)])).toEqual(['delivered', 'delivered']);
    expect(events(server.received.map(({ body }) => body))).toHaveLength(2);
    const refusing = await localServer(json(500, {}));
    const refused = await sentryReporter({ dsn: `${refusing.url.replace('http://', 'http://pub@')}/1`, environment });
    expect(await refused.deliver(incident)).toBe('undelivered');
    const away = await sentryReporter({ dsn: `${(await closedPort()).replace('http://', 'http://pub@')}/1`, environment });
    expect(await away.deliver(incident)).toBe('undelivered');
    expect(await (await sentryReporter({ dsn: undefined, environment })).deliver(incident)).toBe('delivered');
  });

  it('tells nothing that it does not say: no host, no request, no breadcrumbs, no modules, no environment of the process', async () => {
    const { server, dsn } = await sink();
    process.env['CANARY_SETTING'] = 'SECRET-CANARY';
    const reporter = await sentryReporter({ dsn, environment });
    reporter.report(incident);
    reporter.log({ level: 'error', message: 'a line of the log', fields: { event: 'email.send.dead_letter', count: 2 } });
    reporter.measure([{ kind: 'gauge', name: 'email.send.held', value: 4, labels: {} }]);
    await reporter.flush(2000);
    delete process.env['CANARY_SETTING'];
    const all = server.received.map(({ body }) => body).join('\n');
    expect(all).toContain('a line of the log');
    expect(all).toContain('email.send.held');
    expect(all).not.toContain('SECRET-CANARY');
    expect(all).not.toContain(hostname());
    const [event = {}] = events(server.received.map(({ body }) => body));
    for (const field of ['server_name', 'request', 'breadcrumbs', 'modules', 'user', 'extra']) expect(event).not.toHaveProperty(field);
    expect(Object.keys(event['contexts'] ?? {}).sort()).toEqual(['postroute', 'runtime', 'trace']);
  });
});

describe('forwarded telemetry', () => {
  it('rises of counters, gauges and log lines go out under their own names', async () => {
    const { server, dsn } = await sink();
    const reporter = await sentryReporter({ dsn, environment });
    reporter.measure([
      { kind: 'counter', name: 'email.webhook.rejected.total', value: 2, labels: { reason: 'malformed' } },
      { kind: 'gauge', name: 'email.send.held', value: 4, labels: {} },
    ]);
    reporter.log({ level: 'warn', message: 'careful', fields: { event: 'email.send.held' } });
    await reporter.flush(2000);
    const items = server.received.flatMap(({ body }) => JSON.parse(body.split('\n')[2] ?? '{}').items ?? []);
    expect(items).toContainEqual(
      expect.objectContaining({
        type: 'counter',
        name: 'email.webhook.rejected.total',
        value: 2,
        attributes: expect.objectContaining({ reason: { type: 'string', value: 'malformed' } }),
      }),
    );
    expect(items).toContainEqual(expect.objectContaining({ type: 'gauge', name: 'email.send.held', value: 4 }));
    expect(items).toContainEqual(expect.objectContaining({ level: 'warn', body: 'careful' }));
  });
});

describe('reporting never fails and never blocks', () => {
  it.each([
    ['nobody listens', async () => (await closedPort()).replace('http://', 'http://pub@')],
    ['the sink never answers', async () => (await localServer(silence)).url.replace('http://', 'http://pub@')],
    ['the sink refuses', async () => (await localServer(json(500, {}))).url.replace('http://', 'http://pub@')],
  ])('when %s', async (_, base) => {
    const reporter = await sentryReporter({ dsn: `${await base()}/1`, environment });
    const startMs = performance.now();
    reporter.report(incident);
    await reporter.flush(100);
    // A sink is waited for for 5 s, and not by whoever stops.
    expect(performance.now() - startMs).toBeLessThan(4500);
  });

  it('without a DSN, and then its libraries are not even loaded', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      const { sentryReporter } = await import('./service/ports/sentry.ts');
      const reporter = await sentryReporter({ dsn: undefined, environment: 'x' });
      reporter.report({ message: 'm', level: 'error', fingerprint: [], tags: {}, context: {} });
      await reporter.flush(10);
      console.log(JSON.stringify(loaded.filter((url) => url.includes('@sentry'))));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(JSON.parse(stdout)).toEqual([]);
  });
});
