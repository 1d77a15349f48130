/**
 * The one schema of every setting: name, type, default, and what it is for (`describe`). Key paths are those of
 * `modules.v1.shop-access.email.extras.*`; the environment name is `EMAIL_` + the path in upper snake case
 * (`drift.dns.enabled` → `EMAIL_DRIFT_DNS_ENABLED`), besides the few names the platform already gives (`load.ts`).
 * A setting either works when it is absent, or fails at start.
 */
import { z } from 'zod';

const port = z.number().int().min(0).max(65_535);
const seconds = z.number().positive().max(31_536_000);
const secret = (what: string) => z.string().min(1).meta({ secret: true, description: what });
const flag = (fallback: boolean, what: string) => z.boolean().default(fallback).describe(what);
const section = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape);

export const settingsSchema = section({
  partition: z
    .string()
    .regex(/^[A-Za-z0-9]+-[a-z0-9]+$/, 'must look like Alpha002-dev: {infrastructure}-{purpose}')
    .describe('{infrastructure}-{purpose}; the Sentry environment'),
  roles: z
    .array(z.enum(['api', 'worker']))
    .min(1)
    .default(['api', 'worker'])
    .describe('what this process does'),
  databaseUrl: secret('postgres:// address of the database'),
  http: section({
    host: z.string().default('127.0.0.1').describe('address to listen on'),
    port: port.default(8889).describe('port of the API; 0 takes a free one'),
  }).prefault({}),
  metrics: section({
    port: port.nullable().default(null).describe('a port of its own for /metrics; without it /metrics is on the API port'),
  }).prefault({}),
  log: section({
    level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info').describe('least level that is logged'),
  }).prefault({}),
  apiKey: section({
    current: secret('ARDA_API_KEY: the operator key, and the bearer of our webhooks').optional(),
    previous: secret('ARDA_API_KEY_PREVIOUS: accepted beside the current one during a rotation').optional(),
    file: z.string().optional().describe('ARDA_API_KEY_FILE: JSON { "current", "previous" }, re-read on the tick'),
  }).prefault({}),
  mailZone: section({
    id: z
      .string()
      .regex(/^[A-Z0-9]{1,32}$/, 'must be a hosted zone id')
      .describe('Route 53 hosted zone of the partition'),
    name: z
      .string()
      .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a lower-case domain name without a trailing dot')
      .describe('e.g. dev.ardamails.com'),
  }),
  postmark: section({
    accountToken: secret('X-Postmark-Account-Token').optional(),
    accountTokenPrevious: secret('used while Postmark does not take the current one').optional(),
    accountTokenFile: z.string().optional().describe('JSON { "current", "previous" }, or the token alone; re-read on the tick'),
    baseUrl: z.url().default('https://api.postmarkapp.com').describe('where Postmark answers'),
    timeoutSeconds: seconds.default(30).describe('deadline of one call'),
    requestsPerSecond: z.number().positive().default(2).describe('account calls per second, shared by all replicas'),
    concurrency: z.number().int().min(1).max(100).default(10).describe('calls under way at once in one process'),
  }),
  webhook: section({
    publicUrl: z.url().describe('where Postmark reaches this service, without the base path'),
    signingKey: secret('key of X-Postroute-Signature').optional(),
    signingKeyPrevious: secret('accepted beside the current one while webhooks are rewritten').optional(),
    signingKeyFile: z.string().optional().describe('JSON { "current", "previous" }, or the key alone; re-read on the tick'),
  }),
  aws: section({
    region: z.string().default('us-east-1').describe('region of KMS; Route 53 is global'),
    timeoutSeconds: seconds.default(10).describe('deadline of one call'),
    route53Endpoint: z.url().optional().describe('another address for Route 53'),
    kmsEndpoint: z.url().optional().describe('another address for KMS'),
  }).prefault({}),
  route53: section({
    requestsPerSecond: z.number().positive().default(4).describe('of the account’s 10, shared by all replicas'),
    coalesceMs: z.number().int().min(0).max(60_000).default(250).describe('how long writes of one zone gather before they go out together'),
    insyncPollMs: z.number().int().min(10).max(60_000).default(2000).describe('how often a pending change is asked about'),
  }).prefault({}),
  dns: section({
    servers: z.array(z.string()).default([]).describe('authoritative servers as ip:port; empty: the name servers of the zone'),
    timeoutSeconds: seconds.default(3).describe('deadline of one question'),
  }).prefault({}),
  material: section({
    registryFile: z.string().min(1).describe('the material registry, a JSON document'),
    serverTokens: section({
      enabled: flag(true, 'take over a second token of a server when somebody makes one at Postmark; looked for on the tick'),
    }).prefault({}),
  }),
  sentry: section({ dsn: secret('SENTRY_DSN').optional() }).prefault({}),
  tracing: section({
    endpoint: z
      .url()
      .optional()
      .describe('OTEL_EXPORTER_OTLP_ENDPOINT: collector that takes OTLP over HTTP at {endpoint}/v1/traces; without it nothing is traced'),
    headers: secret('OTEL_EXPORTER_OTLP_HEADERS: name=value, separated by commas, for the collector').optional(),
    sampleRatio: z.number().min(0).max(1).default(1).describe('of the traces that begin here; what a caller has decided stands'),
  }).prefault({}),
  clock: section({
    url: z.url().optional().describe('control address of a sandbox whose virtual clock is domain time; never in production'),
  }).prefault({}),
  verification: section({
    pollingTimeoutHours: z.number().positive().max(8760).default(24).describe('how long a domain may take to verify'),
    pollingIntervalSeconds: seconds.default(30).describe('time between two looks'),
  }).prefault({}),
  provisioning: section({
    stepPatienceMinutes: z.number().positive().default(15).describe('how long a step is retried on transient answers before it fails'),
    unwindAlertMinutes: z.number().positive().default(10).describe('an unwind that takes longer is reported, once'),
  }).prefault({}),
  accept: section({
    groupMax: z.number().int().min(1).max(1000).default(200).describe('messages, or callbacks, that share one commit, at most'),
    groupsAtOnce: z
      .number()
      .int()
      .min(1)
      .max(64)
      .default(2)
      .describe('commits under way at once in one process; what comes meanwhile gathers'),
  }).prefault({}),
  sending: section({
    failureThreshold: z.number().int().min(1).default(5).describe('configuration-level failures in a row that make FAILURE'),
    retryLadderSeconds: z.array(seconds).min(1).max(20).default([10, 60, 300, 1800, 7200]).describe('waits between tries, ±20 %'),
    ambiguityGraceSeconds: seconds
      .default(45)
      .describe('wait before an unknown outcome is looked up; longer than the lag of Postmark’s search'),
    searchProbeMinutes: z
      .number()
      .positive()
      .nullable()
      .default(10)
      .describe('how often the lag of Postmark’s search is measured, with one message; null: never'),
    batchMax: z.number().int().min(1).max(500).default(500).describe('messages in one call'),
    concurrency: z.number().int().min(1).max(64).default(4).describe('configurations sent for at once in one process'),
  }).prefault({}),
  retention: section({
    payloadDays: z
      .number()
      .int()
      .min(1)
      .max(3650)
      .default(30)
      .describe('days a message body is kept; a job that has not ended keeps its own'),
    jobDays: z.number().int().min(1).max(3650).default(90).describe('days jobs, tries and callbacks are kept; they go by whole partitions'),
    idempotencyKeyDays: z.number().int().min(1).max(3650).default(30).describe('days an idempotency key is remembered'),
    partitionDays: z.number().int().min(1).max(365).default(30).describe('days of jobs and callbacks in one partition'),
  })
    // A replay answers with its job, and a body belongs to one.
    .refine(({ jobDays, payloadDays, idempotencyKeyDays }) => jobDays >= Math.max(payloadDays, idempotencyKeyDays), {
      path: ['jobDays'],
      message: 'must be at least retention.payloadDays and retention.idempotencyKeyDays',
    })
    .prefault({}),
  drift: section({
    checkIntervalMinutes: z.number().positive().default(15).describe('the registry-refresh tick'),
    postmarkInventory: section({ enabled: flag(false, 'compare rows with Postmark’s servers') }).prefault({}),
    registry: section({ enabled: flag(false, 'compare rows with the material registry') }).prefault({}),
    dns: section({ enabled: flag(false, 'compare rows with live Route 53 records') }).prefault({}),
    suppressions: section({
      enabled: flag(false, 'compare suppression entries with Postmark’s lists: one call for each server'),
    }).prefault({}),
    webhooks: section({
      enabled: flag(false, 'compare webhooks and server settings with Postmark’s: one call for each server'),
    }).prefault({}),
    plan: section({
      tenantsMax: z.number().int().min(1).max(1000).default(10).describe('tenants that one plan of corrections may touch'),
    }).prefault({}),
  }).prefault({}),
  rateLimit: section({
    tenantRequestsPerSecond: z
      .number()
      .positive()
      .max(100_000)
      .nullable()
      .default(null)
      .describe('requests a second that one tenant may make with its keys, in each process; without it there is no limit'),
    tenantBurst: z.number().int().min(1).max(100_000).default(100).describe('requests of a tenant at once, beyond that rate'),
  }).prefault({}),
  routes: section({
    configuration: section({ enabled: flag(true, 'the configuration routes') }).prefault({}),
    job: section({ enabled: flag(true, 'the job routes') }).prefault({}),
    postmarkEvents: section({ enabled: flag(true, 'the inbound webhook') }).prefault({}),
  }).prefault({}),
  shutdown: section({
    timeoutSeconds: seconds.default(20).describe('how long a stop may take'),
    drainSeconds: z
      .number()
      .min(0)
      .max(600)
      .default(2)
      .describe('of that, how long connections that callers keep open are served; a quarter of it at most'),
  }).prefault({}),
  work: section({
    leaseSeconds: seconds.default(15).describe('a dead holder’s work is free again after this'),
    pollMs: z.number().int().min(10).max(60_000).default(500).describe('how often work is looked for when nothing hints at it'),
    concurrency: z.number().int().min(1).max(64).default(8).describe('effects carried out at once in one process'),
  }).prefault({}),
});

export type Settings = z.infer<typeof settingsSchema>;
