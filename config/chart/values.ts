/**
 * The one schema of the chart's values: name, type, default, and what each is for. From it are printed `values.schema.json`, `values.yaml` and the table
 * of the chart's README (`node config/chart/write.ts`), so that none of them can disagree with what the service accepts.
 *
 * What is a setting of the service has that setting's own schema, taken from `config/schema.ts`. A value without a default must be given.
 */
import { z } from 'zod';
import { settingsSchema } from '../schema.ts';

const section = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape);
const text = (what: string) => z.string().default('').describe(what);
const flag = (fallback: boolean, what: string) => z.boolean().default(fallback).describe(what);
const words = (what: string) => z.record(z.string(), z.string()).default({}).describe(what);
const tree = (what: string) => z.record(z.string(), z.unknown()).default({}).describe(what);
const list = (what: string) => z.array(z.record(z.string(), z.unknown())).default([]).describe(what);
const count = (fallback: number, what: string, least = 0) => z.number().int().min(least).max(1_000).default(fallback).describe(what);
const tcpPort = (fallback: number, what: string) => z.number().int().min(1).max(65_535).default(fallback).describe(what);
const secretName = z
  .string()
  .regex(/^[a-z0-9.-]{0,253}$/, 'must be the name of a Secret')
  .default('');
const arn = z
  .string()
  .regex(/^(arn:aws[a-z-]*:\S+)?$/, 'must be an ARN')
  .default('');
/** A secret of the store: AWS's ARN, or another provider's own name. */
const storeEntry = (what: string) => z.string().default('').describe(what);

const setting = settingsSchema.shape;
const driftFlags = setting.drift.def.innerType.shape;
const enabledOf = (each: (typeof driftFlags)['dns']) => each.def.innerType.shape.enabled;

const resources = (cpu: string, memory: string) =>
  section({
    requests: words('what a pod is placed by').default({ cpu, memory }),
    limits: words('beyond this memory a pod is killed; no limit of CPU, which would only slow it down').default({ memory: '512Mi' }),
  }).prefault({});

const role = (what: string, replicas: number, max: number) =>
  section({
    replicas: count(replicas, `${what}; with autoscaling only where it begins`),
    resources: resources('250m', '256Mi'),
    autoscaling: section({
      enabled: flag(false, 'let the number of replicas follow the load; nothing in Postroute needs a fixed number'),
      minReplicas: count(replicas, 'at least', 1),
      maxReplicas: count(max, 'at most', 1),
      targetCPUUtilizationPercentage: z.number().int().min(1).max(100).default(70).describe('of the requested CPU'),
    }).prefault({}),
  }).prefault({});

/** The four sections that say which partition this is and where its secrets are: `npm run values` writes them from a partition's exports. */
const ofThePartition = {
  partition: setting.partition,
  mailZone: setting.mailZone,
  webhook: section({ publicUrl: setting.webhook.shape.publicUrl }),
  aws: section({
    region: setting.aws.def.innerType.shape.region,
    encryptionKeyArn: arn.describe('the KMS key that wraps the material registry; only shown, since the registry names it'),
  }).prefault({}),
  serviceAccount: section({
    create: flag(true, 'make the service account; without it one of this name must be there'),
    name: text('empty: the name of the release'),
    namespace: text('the namespace that the role trusts; installing anywhere else is refused'),
    identity: z
      .enum(['podIdentity', 'irsa'])
      .default('podIdentity')
      .describe('how a pod gets its role: an EKS Pod Identity association, or an annotation of the service account'),
    roleArn: arn.describe('the role of the service; needed with irsa'),
    annotations: words('more annotations'),
  }).prefault({}),
  secretStore: section({
    source: z
      .enum(['none', 'externalSecrets', 'csi'])
      .default('none')
      .describe('who fetches the secrets named below: nobody, the External Secrets Operator, or the Secrets Store CSI driver'),
    postmarkAccountToken: storeEntry('ARN or name of the Postmark account tokens, `{ "current", "previous" }`'),
    apiKeys: storeEntry('of the operator keys, `{ "current", "previous" }`'),
    webhookSigningKey: storeEntry('of the keys that callbacks are signed with, `{ "current", "previous" }`'),
    materialRegistry: storeEntry('of the material registry, a JSON document'),
    databaseUrl: storeEntry('of `databaseUrl`, as plain text'),
    sentryDsn: storeEntry('of `sentry.dsn`, as plain text'),
    refreshInterval: z
      .string()
      .regex(/^[1-9][0-9]*[smh]$/, 'must look like 1h')
      .default('1h')
      .describe('how often ExternalSecrets look; each look at each secret is billed'),
    storeRef: section({
      name: z.string().min(1).default('aws-secrets-manager').describe('the store that ExternalSecrets read'),
      kind: z.enum(['SecretStore', 'ClusterSecretStore']).default('ClusterSecretStore').describe('its kind'),
    }).prefault({}),
  }).prefault({}),
  drift: section({
    postmarkInventory: section({ enabled: enabledOf(driftFlags.postmarkInventory) }).prefault({}),
    registry: section({ enabled: enabledOf(driftFlags.registry) }).prefault({}),
    dns: section({ enabled: enabledOf(driftFlags.dns) }).prefault({}),
    suppressions: section({ enabled: enabledOf(driftFlags.suppressions) }).prefault({}),
    webhooks: section({ enabled: enabledOf(driftFlags.webhooks) }).prefault({}),
  }).prefault({}),
};

const ofTheService = {
  existingSecret: secretName.describe(
    'a Secret with the keys `databaseUrl`, `postmark.accountToken.json`, `webhook.signingKey.json` and, if wanted, `sentry.dsn`: whatever `secretStore` does not fetch',
  ),
  apiKey: section({ existingSecret: secretName.describe('a Secret whose key `apiKey.json` holds the operator keys') }).prefault({}),
  material: section({
    existingSecret: secretName.describe('a Secret whose key `materialRegistry.json` is the material registry'),
  }).prefault({}),
  routes: setting.routes,
  settings: tree('any other setting, as a tree; those that a value of its own gives are refused here'),
  extraEnv: z
    .array(section({ name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), value: z.string() }))
    .default([])
    .describe('more environment, such as HTTPS_PROXY; a name that is there already is refused'),
};

const exposure = (what: string) =>
  section({
    enabled: flag(false, what),
    serves: z
      .enum(['callbacks', 'api'])
      .default('callbacks')
      .describe("what is reachable from outside: Postmark's callbacks only, or every call"),
    annotations: words('of the object'),
  });

const ofTheNetwork = {
  service: section({ port: tcpPort(80, 'the port of the Service'), annotations: words('of the Service') }).prefault({}),
  ingress: exposure('an Ingress for the host of `webhook.publicUrl`')
    .extend({ className: text('its class; empty: the default one'), tlsSecretName: text('the Secret of the host’s certificate') })
    .prefault({}),
  gateway: exposure('an HTTPRoute of the Gateway API for the host of `webhook.publicUrl`')
    .extend({ parentRefs: list('the Gateways that it is attached to; needed when enabled') })
    .prefault({}),
  networkPolicy: section({
    enabled: flag(true, 'let nothing in and out but what is needed'),
    ingressFrom: list('peers that may call the API; empty: anybody who can reach the pod'),
    metricsFrom: list('peers that may read /metrics; empty: anybody who can reach the pod'),
    postgres: section({
      port: tcpPort(5432, 'the port of `databaseUrl`'),
      to: list('peers that are the database; empty: any'),
    }).prefault({}),
    extraEgress: list('more rules of egress, such as a proxy'),
  }).prefault({}),
};

const ofThePods = {
  roles: section({
    api: role('processes that answer calls', 2, 6),
    worker: role('processes that provision, send and look', 2, 6),
  }).prefault({}),
  image: section({
    repository: z.string().min(1).default('postroute').describe('where the image is'),
    tag: text('empty: the version of the chart’s application'),
    digest: z
      .string()
      .regex(/^(sha256:[0-9a-f]{64})?$/, 'must be sha256: and 64 digits')
      .default('')
      .describe('in the place of a tag'),
    pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).default('IfNotPresent').describe('when it is pulled'),
  }).prefault({}),
  imagePullSecrets: list('Secrets that open the registry'),
  preStopSeconds: z
    .number()
    .int()
    .min(1)
    .max(60)
    .default(5)
    .describe(
      'how long a pod serves on after it was told to go, until nobody sends it anything new; the grace period adds it to `shutdown.timeoutSeconds`',
    ),
  podDisruptionBudget: section({
    enabled: flag(
      true,
      'keep a drain of nodes from taking more than this at once; left out for a role of one replica, which it would never let go',
    ),
    maxUnavailable: count(1, 'pods of a role that may be away', 1),
  }).prefault({}),
  topologySpread: section({
    enabled: flag(true, 'spread a role over zones and nodes'),
    whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']).default('ScheduleAnyway').describe('where it cannot be'),
  }).prefault({}),
  podAnnotations: words('of every pod'),
  podLabels: words('of every pod'),
  nodeSelector: words('nodes that may run a pod'),
  tolerations: list('taints that a pod bears'),
  affinity: tree('rules of placement'),
  priorityClassName: text('the pods’ priority'),
};

const ofTheWatch = {
  metrics: section({
    serviceMonitor: section({
      enabled: flag(false, 'have the Prometheus Operator scrape every pod'),
      interval: z
        .string()
        .regex(/^[1-9][0-9]*[sm]$/, 'must look like 30s')
        .default('30s')
        .describe('how often'),
      labels: words('what the operator selects it by'),
    }).prefault({}),
    prometheusRule: section({
      enabled: flag(false, 'the alerts, each with the address of its runbook'),
      runbookBaseUrl: text('where the pages of `runbooks/` are published; needed when enabled'),
      labels: words('what the operator selects it by'),
    }).prefault({}),
  }).prefault({}),
};

export const chartValuesSchema = section({
  ...ofThePartition,
  ...ofTheService,
  ...ofThePods,
  ...ofTheNetwork,
  ...ofTheWatch,
  nameOverride: text('in the place of the chart’s name'),
  fullnameOverride: text('in the place of the names that the release’s name begins'),
});

/** Settings that the chart gives by itself, or that a value of its own gives; `settings` refuses them. `clock.url` has no business in a cluster. */
export const settingsNotInTree: readonly string[] = [
  ...['partition', 'roles', 'mailZone.id', 'mailZone.name', 'webhook.publicUrl', 'aws.region', 'clock.url'],
  ...['apiKey.file', 'postmark.accountTokenFile', 'webhook.signingKeyFile', 'material.registryFile', 'http.host'],
  ...['routes.configuration.enabled', 'routes.job.enabled', 'routes.postmarkEvents.enabled'],
  ...['drift.postmarkInventory.enabled', 'drift.registry.enabled', 'drift.dns.enabled'],
  ...['drift.suppressions.enabled', 'drift.webhooks.enabled'],
];

/** Settings that the chart reads too, so that it always gives them: a port that is opened, a stop that the grace period covers. */
export const settingsOfTheChart = {
  http: { port: setting.http.def.innerType.shape.port.def.defaultValue },
  metrics: { port: 9090 },
  shutdown: { timeoutSeconds: setting.shutdown.def.innerType.shape.timeoutSeconds.def.defaultValue },
};
