/**
 * One service process, put together in order and taken apart in reverse: database, clock, Sentry, ports, registry, work, HTTP. Each part registers how it
 * is closed as soon as it is open, so a start that fails half-way closes what it had opened.
 */
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { hostname } from 'node:os';
import type { Settings } from '../../config/schema.ts';
import { createApp } from '../http/app.ts';
import { connectionDrain } from '../http/connectionDrain.ts';
import { createMetricsApp } from '../http/metricsApp.ts';
import { sandboxClock, systemClock } from '../ports/clock.ts';
import { keyring } from '../ports/keyring.ts';
import { sentryReporter } from '../ports/sentry.ts';
import { createPool } from '../store/pool.ts';
import { tell } from '../watch/logEvent.ts';
import { createLogger } from '../watch/logger.ts';
import { createMetrics } from '../watch/metrics.ts';
import { processEvents } from '../watch/processEvents.ts';
import { drifter } from '../work/drift/drifter.ts';
import { leftovers } from '../work/leftovers.ts';
import { loop } from '../work/loop.ts';
import { sender } from '../work/sender.ts';
import type { HintKind, WorkContext } from '../work/workContext.ts';
import { worker } from '../work/worker.ts';
import { type Closer, type Closing, closingInto } from './closing.ts';
import { enabledAssertions } from './driftEnabled.ts';
import { frugally } from './frugalHeap.ts';
import { sampleGauges } from './gauges.ts';
import { openHints } from './hints.ts';
import { httpDeps } from './httpDeps.ts';
import { newIds } from './newIds.ts';
import { observer } from './observer.ts';
import { openPorts } from './ports.ts';
import { type RegistryTick, registryTick } from './registryTick.ts';
import { openRounds, startedIn } from './rounds.ts';
import { searchProbe } from './searchProbe.ts';
import { everySecret, openSecrets, reloadSecrets, type Secrets } from './secrets.ts';
import { type Spread, spread } from './spread.ts';
import { telemetryPush } from './telemetryPush.ts';
import { headersOf, openTracing } from './tracing.ts';
import { workSettings } from './workSettings.ts';

/** `unhandled`: told of faults that nobody caught. */
export type Running = { url: string; metricsUrl: string; unhandled: (error: unknown) => void; closers: Closer[] };

/** One beyond the loops' and the requests' usual need; 8 to 16 is where one Postgres peaks. */
const poolSize = 12;
/** Of a stop, for the spans of its last seconds. */
const traceFlushMs = 2_000;
/** Counters and gauges go to Sentry as differences; process time. */
const telemetryPushMs = 30_000;

/** What callers' open connections may have of the time for a stop; the rest is for the work under way. */
const drainMs = ({ timeoutSeconds, drainSeconds }: Settings['shutdown']): number => Math.min(drainSeconds, timeoutSeconds / 4) * 1000;

export const open = async (settings: Settings, closers: Closer[]): Promise<Omit<Running, 'closers'>> => {
  const closing = closingInto(closers);
  const base = await openFoundation(settings, closing);
  const { ctx, reach } = await openWork(settings, base, closing);
  const { secrets, metrics, logger } = base;
  const drain = connectionDrain();
  const deps = httpDeps({ ctx, settings, secrets, metrics, logger, refresh: reach.request, isDraining: drain.hasBegun });
  const { url, metricsUrl, server } = await listen(settings, deps, closing);
  // Last opened, first closed: connections are served to their end, then whoever waits for a job is answered before the server waits for its requests.
  closing('waiting requests', base.stopping, (stopping) => stopping.abort());
  closing('open connections', server, (open) => drain.run(open, drainMs(settings.shutdown)));
  return { url, metricsUrl, unhandled: (error) => tell(base.logger, processEvents.unhandled, {}, error) };
};

/** What everything else stands on: keys, telemetry, database, clock, ports, registry. */
const openFoundation = async (settings: Settings, closing: Closing) => {
  const secrets = await openSecrets(settings);
  const sentry = closing('sentry', await sentryReporter({ dsn: settings.sentry.dsn, environment: settings.partition }), (s) =>
    s.flush(2000),
  );
  const logger = createLogger({
    level: settings.log.level,
    base: { partition: settings.partition },
    secrets: () => secretsToMask(settings, secrets),
    forward: (line) => sentry.log(line),
  });
  const metrics = createMetrics();
  const observe = observer(metrics, logger);
  const tracer = closing('traces', await openTracing(settings, observe), (t) => t.close(traceFlushMs));
  const db = closing('database', await createPool(settings.databaseUrl, { maximumPoolSize: poolSize }), (pool) => pool.end());
  const clockUrl = settings.clock.url;
  const onFault = (error: unknown) => observe.trouble('clock', error);
  const clock = closing('clock', clockUrl === undefined ? systemClock() : await sandboxClock(clockUrl, { onFault }), (c) => c.close());
  const stopping = new AbortController();
  const portNeeds = { db, settings, incidents: sentry, accountTokens: secrets.accountTokens.keys, stopping: stopping.signal };
  const { ports, keyWrapper, account } = closing('ports', openPorts(portNeeds), (open) => open.close());
  const { partition, material } = settings;
  const ringNeeds = { partition, registryFile: material.registryFile, wrapper: keyWrapper, now: clock.now };
  const ring = closing('keyring', keyring(ringNeeds), (r) => r.close());
  const tick = registryTick({
    keyring: ring,
    reloadSecrets: reloadSecrets(secrets, logger),
    metrics,
    logger,
    now: clock.now,
    intervalMinutes: settings.drift.checkIntervalMinutes,
  });
  await tick.refresh();
  const onTrouble = (error: unknown) => observe.trouble('telemetry', error);
  const sample = () => sampleGauges(db, metrics, ring, clock.now());
  const push = telemetryPush({ sample, changes: metrics.changes, measure: sentry.measure, onTrouble });
  if (settings.sentry.dsn !== undefined) closing('telemetry', loop(push, telemetryPushMs, onTrouble), (l) => l.stop()).start();
  return { stopping, secrets, logger, metrics, observe, tracer, db, clock, ports, account, keyring: ring, tick };
};

/** Values that no line of the log may hold, whatever field or text they come in. */
const secretsToMask = (s: Settings, secrets: Secrets): string[] => {
  const dsn = s.sentry.dsn === undefined ? [] : [s.sentry.dsn];
  const headers = Object.values(headersOf(s.tracing.headers));
  return [...everySecret(secrets), s.databaseUrl, ...dsn, ...headers];
};

type Foundation = Awaited<ReturnType<typeof openFoundation>>;

/** What is asked of one process and meant for all reaches this one, and this one says what it holds. */
const openSpread = async (settings: Settings, base: Foundation, of: { holder: string; hint: () => void }, closing: Closing) => {
  const { db, clock, keyring: ring, secrets, account, tick, observe } = base;
  const onTrouble = (error: unknown) => observe.trouble('refresh', error);
  const needs = { db, now: clock.now, keyring: ring, secrets, account, refresh: tick.refresh, onTrouble, ...of };
  const reach = closing('status', spread({ ...needs, leaseSeconds: settings.work.leaseSeconds }), (s) => s.close());
  await reach.pass();
  return { reach, wake: startedIn(observe, closing)('refresh', reach.pass).wake };
};

/** The context of work, and, in the worker role, its loops. */
const openWork = async (settings: Settings, base: Foundation, closing: Closing): Promise<{ ctx: WorkContext; reach: Spread }> => {
  const { db, clock, observe, tick, secrets } = base;
  const holder = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  let wake: (kind: HintKind) => void = () => {};
  let abort: (configurationEId: string) => void = () => {};
  let refreshAsked = () => {};
  const heard = {
    onHint: (kind: HintKind) => wake(kind),
    onAbort: (configurationEId: string) => abort(configurationEId),
    onRefresh: () => refreshAsked(),
    onTrouble: (error: unknown) => observe.trouble('hints', error),
  };
  const hints = closing('hints', await openHints(settings.databaseUrl, db, holder, heard), (h) => h.close());
  const { reach, wake: wakeRefresh } = await openSpread(settings, base, { holder, hint: hints.refresh }, closing);
  refreshAsked = wakeRefresh;
  const ctx: WorkContext = {
    db,
    holder,
    now: clock.now,
    newId: newIds(clock.now),
    random: Math.random,
    settings: workSettings(settings),
    keyring: base.keyring,
    credentials: { apiKeys: secrets.apiKeys.keys, signingKeys: secrets.signingKeys.keys },
    keyMissed: reach.keyMissed,
    ports: base.ports,
    hint: hints.hint,
    abortSends: hints.abort,
    leftovers: leftovers(),
    stopping: base.stopping.signal,
    observe,
    trace: base.tracer,
  };
  const drift = drifts(ctx, settings, tick);
  const started = startedIn(observe, closing);
  const ticker = started('registry tick', drift.tick);
  if (!settings.roles.includes('worker')) return { ctx, reach };

  const probe = searchProbe(ctx, settings.sending.searchProbeMinutes);
  closing('search probe', probe.loop, (l) => l.stop()).start();
  const mail = sender(probe.ctx);
  const work = closing(
    'worker',
    worker(ctx, mail, settings.work.pollMs),
    (w) => w.stop(),
    (w) => w.abandon(),
  );
  wake = work.wake;
  abort = mail.abort;
  await work.start();
  const rounds = openRounds(ctx, settings, drift.pass, started);
  clock.follow(async () => {
    await ticker.settle();
    await rounds.settle();
    const next = await work.settle();
    const polls = [next.poll, tick.dueAt(), rounds.dueAt()].filter((at) => at !== null).map((at) => at.getTime());
    return { exact: next.exact, poll: new Date(Math.min(...polls)) };
  });
  return { ctx, reach };
};

/** The tick that the assertions ride on, and the passes that carry them out. */
const drifts = (ctx: WorkContext, settings: Settings, tick: RegistryTick) => {
  const intervalMinutes = settings.drift.checkIntervalMinutes;
  const enabled = enabledAssertions(settings);
  const { ticked, pass } = drifter(ctx, { enabled, intervalMinutes, refreshRegistry: tick.refresh, frugally });
  return {
    pass,
    async tick(): Promise<number> {
      const ticks = await tick.pass();
      if (ticks > 0) ticked();
      return ticks;
    },
  };
};

const listen = async (
  settings: Settings,
  deps: Parameters<typeof createApp>[0],
  closing: Closing,
): Promise<{ url: string; metricsUrl: string; server: Server }> => {
  const { host, port } = settings.http;
  let metricsUrl: string | null = null;
  if (settings.metrics.port !== null) {
    const metricsApp = closing('metrics', createMetricsApp(deps), (app) => app.close());
    metricsUrl = await metricsApp.listen({ host, port: settings.metrics.port });
  }
  // A worker answers /livez, /readyz and /metrics as well: the platform asks every pod.
  const app = closing('http', await createApp(deps), (a) => a.close());
  const url = await app.listen({ host, port });
  return { url, metricsUrl: metricsUrl ?? url, server: app.server };
};
