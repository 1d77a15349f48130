/**
 * Sentry, as a list of incidents and nothing else. Guarantee: reporting never fails, never blocks, and sends only what the incident says: no
 * request, no header, no host name, no breadcrumb, no variable of a stack frame, because no integration is installed that could collect one.
 *
 * Mechanism: the SDK's own server client on `@sentry/core`, without `@sentry/node`: that package brings its integrations along, on by default
 * (it sent whole request bodies when measured, `sendDefaultPii: false` notwithstanding), and 30 MB of memory: 138 MB against 108 MB for everything
 * this service imports. Without a DSN nothing is imported at all. A crash loses what has not been flushed.
 */
import type { ServerRuntimeClient } from '@sentry/core/server';
import type { Incident, IncidentReporter } from './ports.ts';

export type SentryOptions = { dsn: string | undefined; environment: string; release?: string | undefined };

/** Sentry is told in at most this long, or not at all; a dead sink must not pile up calls. */
const sendTimeoutMs = 5000;

export type SentryMetric = { kind: 'counter' | 'gauge'; name: string; value: number; labels: Readonly<Record<string, string>> };
export type SentryLog = { level: string; message: string; fields: Readonly<Record<string, unknown>> };

/** Incidents, and the telemetry that is forwarded besides: rises of counters, values of gauges, structured log lines without secrets. */
export interface SentryReporter extends IncidentReporter {
  measure(metrics: readonly SentryMetric[]): void;
  log(line: SentryLog): void;
}

/** There is nobody to tell, so nothing is left untold. */
const silent: SentryReporter = {
  report: () => undefined,
  deliver: async () => 'delivered',
  measure: () => undefined,
  log: () => undefined,
  flush: async () => undefined,
};

export async function sentryReporter(options: SentryOptions): Promise<SentryReporter> {
  if (options.dsn === undefined) return silent;
  const { logger, metrics, Scope } = await import('@sentry/core');
  const client = await sentryClient(options.dsn, options);
  const scope = new Scope();
  scope.setClient(client);
  const quietly = (tell: () => void): void => {
    try {
      tell();
    } catch {
      // Sentry is where faults are told; there is nobody left to tell this one.
    }
  };
  const receipts = sendReceipts(client);
  return {
    deliver: (incident) => receipts(() => client.captureEvent(toEvent(incident), {}, scope)),
    report: (incident) => quietly(() => client.captureEvent(toEvent(incident), {}, scope)),
    measure: (changes) =>
      quietly(() => {
        for (const { kind, name, value, labels } of changes) {
          const attributes = { ...labels };
          if (kind === 'counter') metrics.count(name, value, { attributes, scope });
          else metrics.gauge(name, value, { attributes, scope });
        }
      }),
    log: ({ level, message, fields }) => quietly(() => logger[levelOf(level)](message, { ...fields }, { scope })),
    async flush(timeoutMs) {
      await client.flush(timeoutMs).then(
        () => undefined,
        () => undefined,
      );
    },
  };
}

/** Answers what became of an event, once its sending has ended or its time is over. */
const sendReceipts = (client: ServerRuntimeClient): ((capture: () => string) => Promise<'delivered' | 'undelivered'>) => {
  const waiting = new Map<string, (taken: boolean) => void>();
  client.on('afterSendEvent', ({ event_id: id = '' }, { statusCode = 0 }) => waiting.get(id)?.(statusCode >= 200 && statusCode < 300));
  return async (capture) => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let id = '';
    try {
      id = capture();
    } catch {
      return 'undelivered';
    }
    waiting.set(id, resolve);
    // Twice what a sending may take: it may have to wait for another.
    const timer = setTimeout(resolve, 2 * sendTimeoutMs, false);
    try {
      return (await promise) ? 'delivered' : 'undelivered';
    } finally {
      clearTimeout(timer);
      waiting.delete(id);
    }
  };
};

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
const levelOf = (level: string): (typeof levels)[number] => levels.find((each) => each === level) ?? 'info';

const toEvent = (incident: Incident) => ({
  message: incident.message,
  level: incident.level,
  fingerprint: [...incident.fingerprint],
  tags: { ...incident.tags },
  contexts: { postroute: { ...incident.context } },
});

async function sentryClient(dsn: string, { environment, release }: SentryOptions): Promise<ServerRuntimeClient> {
  const { applySdkMetadata, createTransport } = await import('@sentry/core');
  const { ServerRuntimeClient } = await import('@sentry/core/server');
  const clientOptions: ConstructorParameters<typeof ServerRuntimeClient>[0] = {
    dsn,
    environment,
    ...(release === undefined ? {} : { release }),
    platform: 'node',
    runtime: { name: 'node', version: process.version },
    tracesSampleRate: 0,
    traceLifecycle: 'static',
    sendClientReports: false,
    maxBreadcrumbs: 0,
    integrations: [],
    stackParser: () => [],
    dataCollection: {
      userInfo: false,
      cookies: false,
      httpHeaders: false,
      httpBodies: [],
      urlQueryParams: false,
      stackFrameVariables: false,
      databaseQueryData: false,
      queues: false,
    },
    transport: (transportOptions) =>
      createTransport(transportOptions, async (request) => {
        const signal = AbortSignal.timeout(sendTimeoutMs);
        const body = typeof request.body === 'string' ? request.body : Buffer.from(request.body);
        const response = await fetch(transportOptions.url, {
          method: 'POST',
          body,
          redirect: 'error',
          signal,
          headers: { 'content-type': 'application/x-sentry-envelope', ...transportOptions.headers },
        });
        await response.body?.cancel();
        const header = (name: string): string | null => response.headers.get(name);
        return {
          statusCode: response.status,
          headers: { 'x-sentry-rate-limits': header('x-sentry-rate-limits'), 'retry-after': header('retry-after') },
        };
      }),
  };
  applySdkMetadata(clientOptions, 'node');
  const client = new ServerRuntimeClient(clientOptions);
  client.init();
  return client;
}
