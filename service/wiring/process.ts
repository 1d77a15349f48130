/**
 * One service process, put together in order and taken apart in reverse: database, clock, Sentry, ports, registry, work, HTTP. Each part registers how it
 * is closed as soon as it is open, so a start that fails half-way closes what it had opened.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { v7 as uuidv7 } from 'uuid';
import { apiKeySource } from '../../config/apiKeys.ts';
import type { Settings } from '../../config/schema.ts';
import { createApp } from '../http/app.ts';
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
import { type Loop, loop, type Pass } from '../work/loop.ts';
import { retentionPass } from '../work/retention.ts';
import { sender } from '../work/sender.ts';
import { suppressionSweeper } from '../work/suppressionSweep.ts';
import type { HintKind, WorkContext } from '../work/workContext.ts';
import { worker } from '../work/worker.ts';
import { enabledAssertions } from './driftEnabled.ts';
import { openHints } from './hints.ts';
import { httpDeps, operatorKeysOf } from './httpDeps.ts';
import { observer } from './observer.ts';
import { openPorts } from './ports.ts';
import { type RegistryTick, registryTick } from './registryTick.ts';
import { searchProbe } from './searchProbe.ts';
import { workSettings } from './workSettings.ts';

/** `abandon`: what is done in place of closing when the time for it is over. */
export type Closer = { what: string; close: () => Promise<unknown> | unknown; abandon?: () => Promise<unknown> };
/** `unhandled`: told of faults that nobody caught. */
export type Running = { url: string; metricsUrl: string; unhandled: (error: unknown) => void; closers: Closer[] };

/** One beyond the loops' and the requests' usual need; 8 to 16 is where one Postgres peaks. */
const poolSize = 12;
/** How often the tick's due time is compared with the clock; process time. */
const tickLookMs = 1_000;
/** Counters and gauges go to Sentry as differences; process time. */
const telemetryPushMs = 30_000;

type Closing = <T>(what: string, part: T, close: (part: T) => Promise<unknown> | unknown, abandon?: (part: T) => Promise<unknown>) => T;

const closingInto =
  (closers: Closer[]): Closing =>
  (what, part, close, abandon) => {
    closers.push({ what, close: () => close(part), ...(abandon === undefined ? {} : { abandon: () => abandon(part) }) });
    return part;
  };

export const open = async (settings: Settings, closers: Closer[]): Promise<Omit<Running, 'closers'>> => {
  const closing = closingInto(closers);
  const base = await openFoundation(settings, closing);
  const ctx = await openWork(settings, base, closing);
  const deps = httpDeps({ ctx, settings, apiKeys: base.apiKeys, metrics: base.metrics, logger: base.logger, refresh: base.tick.refresh });
  const { url, metricsUrl } = await listen(settings, deps, closing);
  // Last opened, first closed: whoever waits for a job is answered before the server waits for its requests.
  closing('waiting requests', base.stopping, (stopping) => stopping.abort());
  return { url, metricsUrl, unhandled: (error) => tell(base.logger, processEvents.unhandled, {}, error) };
};

/** What everything else stands on: keys, telemetry, database, clock, ports, registry. */
const openFoundation = async (settings: Settings, closing: Closing) => {
  const apiKeys = await apiKeySource(settings.apiKey);
  const sentry = closing('sentry', await sentryReporter({ dsn: settings.sentry.dsn, environment: settings.partition }), (s) =>
    s.flush(2000),
  );
  const logger = createLogger({
    level: settings.log.level,
    base: { partition: settings.partition },
    secrets: () => secretsOf(settings, operatorKeysOf(apiKeys)()),
    forward: (line) => sentry.log(line),
  });
  const metrics = createMetrics();
  const observe = observer(metrics, logger);
  const db = closing('database', await createPool(settings.databaseUrl, { maximumPoolSize: poolSize }), (pool) => pool.end());
  const clockUrl = settings.clock.url;
  const onFault = (error: unknown) => observe.trouble('clock', error);
  const clock = closing('clock', clockUrl === undefined ? systemClock() : await sandboxClock(clockUrl, { onFault }), (c) => c.close());
  const stopping = new AbortController();
  const { ports, keyWrapper } = closing('ports', openPorts(db, settings, sentry, stopping.signal), (open) => open.close());
  const ring = keyring({
    partition: settings.partition,
    registryFile: settings.material.registryFile,
    wrapper: keyWrapper,
    now: clock.now,
  });
  const tick = registryTick({
    keyring: ring,
    apiKeys,
    metrics,
    logger,
    now: clock.now,
    intervalMinutes: settings.drift.checkIntervalMinutes,
  });
  await tick.refresh();
  const push = async (): Promise<number> => {
    sentry.measure(await metrics.changes());
    return 0;
  };
  closing(
    'telemetry',
    loop(push, telemetryPushMs, (error) => observe.trouble('telemetry', error)),
    (l) => l.stop(),
  ).start();
  return { stopping, apiKeys, logger, metrics, observe, db, clock, ports, keyring: ring, tick };
};

/** Values that no line of the log may hold, whatever field or text they come in. */
const secretsOf = (s: Settings, operatorKeys: readonly string[]): string[] => {
  const dsn = s.sentry.dsn === undefined ? [] : [s.sentry.dsn];
  return [...operatorKeys, s.postmark.accountToken, s.webhook.signingKey, s.databaseUrl, ...dsn];
};

type Foundation = Awaited<ReturnType<typeof openFoundation>>;

/** The context of work, and, in the worker role, its loops. */
const openWork = async (settings: Settings, base: Foundation, closing: Closing): Promise<WorkContext> => {
  const { db, clock, observe, tick } = base;
  const holder = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  let wake: (kind: HintKind) => void = () => {};
  let abort: (configurationEId: string) => void = () => {};
  const heard = {
    onHint: (kind: HintKind) => wake(kind),
    onAbort: (configurationEId: string) => abort(configurationEId),
    onTrouble: (error: unknown) => observe.trouble('hints', error),
  };
  const hints = closing('hints', await openHints(settings.databaseUrl, db, holder, heard), (h) => h.close());
  const ctx: WorkContext = {
    db,
    holder,
    now: clock.now,
    newId: () => uuidv7({ msecs: clock.now().getTime() }),
    random: Math.random,
    settings: workSettings(settings),
    keyring: base.keyring,
    currentApiKey: () => base.apiKeys.keys().current,
    ports: base.ports,
    hint: hints.hint,
    abortSends: hints.abort,
    leftovers: leftovers(),
    stopping: base.stopping.signal,
    observe,
  };
  const drift = drifts(ctx, settings, tick);
  const started = (what: string, pass: Pass): Loop => {
    const looping = closing(
      what,
      loop(pass, tickLookMs, (error) => observe.trouble(what, error)),
      (l) => l.stop(),
    );
    looping.start();
    return looping;
  };
  const ticker = started('registry tick', drift.tick);
  if (!settings.roles.includes('worker')) return ctx;

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
  started('retention', retentionPass(ctx, settings.retention));
  const suppressions = suppressionSweeper({ ...ctx, mail: ctx.ports.mail }, settings.drift.checkIntervalMinutes);
  const sweeper = started('suppression sweep', suppressions.pass);
  const drifting = started('drift', drift.pass);
  clock.follow(async () => {
    await ticker.settle();
    await drifting.settle();
    await sweeper.settle();
    const next = await work.settle();
    const polls = [next.poll, tick.dueAt(), suppressions.dueAt()].filter((at) => at !== null).map((at) => at.getTime());
    return { exact: next.exact, poll: new Date(Math.min(...polls)) };
  });
  return ctx;
};

/** The tick that the assertions ride on, and the passes that carry them out. */
const drifts = (ctx: WorkContext, settings: Settings, tick: RegistryTick) => {
  const intervalMinutes = settings.drift.checkIntervalMinutes;
  const { ticked, pass } = drifter(ctx, { enabled: enabledAssertions(settings), intervalMinutes, refreshRegistry: tick.refresh });
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
): Promise<{ url: string; metricsUrl: string }> => {
  const { host, port } = settings.http;
  let metricsUrl: string | null = null;
  if (settings.metrics.port !== null) {
    const metricsApp = closing('metrics', createMetricsApp(deps), (app) => app.close());
    metricsUrl = await metricsApp.listen({ host, port: settings.metrics.port });
  }
  // A worker answers /livez, /readyz and /metrics as well: the platform asks every pod.
  const app = closing('http', await createApp(deps), (a) => a.close());
  const url = await app.listen({ host, port });
  return { url, metricsUrl: metricsUrl ?? url };
};
