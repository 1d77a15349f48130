/**
 * The values that the chart is rendered with: every way of getting secrets, with every way to a role, to the outside and to the number of replicas; and
 * each remaining value once, away from its default.
 */
import { over, type RenderCase, type ValuesTree } from './render.ts';

/** What has no default. */
const base: ValuesTree = {
  partition: 'Alpha002-dev',
  mailZone: { id: 'Z0123456789ABCDEFGHIJ', name: 'dev.ardamails.com' },
  webhook: { publicUrl: 'https://email.dev.example.com' },
};

const arn = (name: string): string => `arn:aws:secretsmanager:us-east-1:111122223333:secret:Alpha002-dev/email/${name}-AbCdEf`;
const fourEntries = {
  postmarkAccountToken: arn('postmark-account-token'),
  apiKeys: arn('api-keys'),
  webhookSigningKey: arn('webhook-signing-key'),
  materialRegistry: arn('material-registry'),
};
const twoMore = { databaseUrl: arn('database-url'), sentryDsn: arn('sentry-dsn') };

const twoKeys = '{"current":"key","previous":null}';

/** Secrets that these values take for granted. */
export const secretsOutside = {
  mail: {
    databaseUrl: 'postgres://u:p@db/mail',
    'postmark.accountToken.json': twoKeys,
    'webhook.signingKey.json': twoKeys,
    'sentry.dsn': 'https://a@b/1',
  },
  'mail-api-key': { 'apiKey.json': twoKeys },
  'mail-material': { 'materialRegistry.json': '{}' },
};

export const storeOutside: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values({ ...fourEntries, ...twoMore }).map((entry) => [entry, entry.includes('api-keys') ? twoKeys : 'postgres://u:p@db/mail']),
);

const existing = { existingSecret: 'mail', apiKey: { existingSecret: 'mail-api-key' }, material: { existingSecret: 'mail-material' } };

type Option = readonly [name: string, values: ValuesTree];

const secrets: readonly Option[] = [
  ['existing Secrets', existing],
  ['External Secrets and an existing one', { existingSecret: 'mail', secretStore: { source: 'externalSecrets', ...fourEntries } }],
  ['External Secrets alone', { secretStore: { source: 'externalSecrets', ...fourEntries, ...twoMore } }],
  ['CSI and an existing one', { existingSecret: 'mail', secretStore: { source: 'csi', ...fourEntries } }],
  ['CSI alone', { secretStore: { source: 'csi', ...fourEntries, ...twoMore } }],
];
const roleArn = 'arn:aws:iam::111122223333:role/Alpha002-dev-EmailService';
const identities: readonly Option[] = [
  ['Pod Identity', { serviceAccount: { identity: 'podIdentity', roleArn, name: 'postroute', namespace: 'postroute' } }],
  ['IRSA', { serviceAccount: { identity: 'irsa', roleArn, annotations: { team: 'mail' } } }],
];
const fronts: readonly Option[] = [
  ['nobody outside', {}],
  ['an Ingress', { ingress: { enabled: true, className: 'alb', tlsSecretName: 'mail-tls', annotations: { a: 'b' } } }],
  ['a Gateway', { gateway: { enabled: true, serves: 'api', parentRefs: [{ name: 'public', namespace: 'edge' }] } }],
];
const scales: readonly Option[] = [
  ['two of each', {}],
  ['autoscaling', { roles: { api: { autoscaling: { enabled: true } }, worker: { autoscaling: { enabled: true, minReplicas: 1 } } } }],
];

const singles: readonly Option[] = [
  ['one of each', { roles: { api: { replicas: 1 }, worker: { replicas: 1 } } }],
  ['no worker', { roles: { worker: { replicas: 0 } } }],
  ['a budget of two', { podDisruptionBudget: { maxUnavailable: 2 }, roles: { api: { replicas: 5 } } }],
  ['no budget', { podDisruptionBudget: { enabled: false } }],
  ['a longer stop', { settings: { shutdown: { timeoutSeconds: 90 } }, preStopSeconds: 15 }],
  ['a stop of a fraction', { settings: { shutdown: { timeoutSeconds: 7.5 } }, preStopSeconds: 1 }],
  ['other ports', { settings: { http: { port: 9000 }, metrics: { port: 9001 } }, service: { port: 8080, annotations: { a: 'b' } } }],
  ['slow AWS', { settings: { aws: { timeoutSeconds: 60 } } }],
  [
    'other addresses',
    { settings: { postmark: { baseUrl: 'http://proxy.example:3128' }, aws: { kmsEndpoint: 'https://kms.example:8443' } } },
  ],
  ['name servers of its own', { settings: { dns: { servers: ['10.0.0.2:8053', '10.0.0.3:53'] } } }],
  ['no configuration routes', { routes: { configuration: { enabled: false } } }],
  ['no job routes', { routes: { job: { enabled: false } } }],
  ['no callbacks', { routes: { postmarkEvents: { enabled: false } } }],
  ['drift of servers', { drift: { postmarkInventory: { enabled: true } }, settings: { drift: { checkIntervalMinutes: 5 } } }],
  ['drift of the registry', { drift: { registry: { enabled: true } } }],
  ['drift of records', { drift: { dns: { enabled: true } } }],
  ['drift beyond the runbook', { drift: { suppressions: { enabled: true }, webhooks: { enabled: true } } }],
  [
    'scraped and alerted',
    {
      metrics: {
        serviceMonitor: { enabled: true, interval: '15s', labels: { release: 'prometheus' } },
        prometheusRule: { enabled: true, runbookBaseUrl: 'https://runbooks.example.com/postroute/', labels: { role: 'alerts' } },
      },
    },
  ],
  [
    'alerts of a slow tick',
    {
      settings: { drift: { checkIntervalMinutes: 240 } },
      metrics: { prometheusRule: { enabled: true, runbookBaseUrl: 'https://runbooks.example.com' } },
    },
  ],
  ['no network policy', { networkPolicy: { enabled: false } }],
  [
    'a narrow network policy',
    {
      networkPolicy: {
        ingressFrom: [{ namespaceSelector: { matchLabels: { name: 'edge' } } }],
        metricsFrom: [{ podSelector: { matchLabels: { app: 'prometheus' } } }],
        postgres: { port: 6432, to: [{ ipBlock: { cidr: '10.1.0.0/16' } }] },
        extraEgress: [{ to: [{ ipBlock: { cidr: '10.2.0.1/32' } }], ports: [{ port: 3128, protocol: 'TCP' }] }],
      },
    },
  ],
  [
    'an image by digest',
    {
      image: { repository: 'registry.example.com/postroute', digest: `sha256:${'0123456789abcdef'.repeat(4)}` },
      imagePullSecrets: [{ name: 'mail' }],
    },
  ],
  ['an image by tag', { image: { tag: '1.2.3', pullPolicy: 'Always' } }],
  [
    'placed',
    {
      nodeSelector: { pool: 'mail' },
      tolerations: [{ key: 'mail', operator: 'Exists', effect: 'NoSchedule' }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'arch', operator: 'In', values: ['amd64'] }] }],
          },
        },
      },
      priorityClassName: 'mail',
      topologySpread: { whenUnsatisfiable: 'DoNotSchedule' },
    },
  ],
  [
    'not spread, and marked',
    { topologySpread: { enabled: false }, podAnnotations: { 'reloader.stakater.com/auto': 'true' }, podLabels: { team: 'mail' } },
  ],
  ['a service account that is there', { serviceAccount: { create: false, name: 'mail' } }],
  [
    'more environment',
    {
      extraEnv: [
        { name: 'HTTPS_PROXY', value: 'http://proxy.example:3128' },
        { name: 'NODE_OPTIONS', value: '--max-old-space-size=384' },
      ],
    },
  ],
  ['other resources', { roles: { worker: { resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '2Gi' } } } } }],
  [
    'every setting',
    {
      settings: {
        log: { level: 'debug' },
        postmark: { timeoutSeconds: 20, requestsPerSecond: 5, concurrency: 20 },
        route53: { coalesceMs: 500 },
        verification: { pollingTimeoutHours: 48 },
        sending: { retryLadderSeconds: [5, 50], batchMax: 100 },
        retention: { jobDays: 400, payloadDays: 365 },
        rateLimit: { tenantRequestsPerSecond: 50 },
        work: { leaseSeconds: 30 },
      },
    },
  ],
  [
    'an autoscaler of its own numbers',
    { roles: { api: { autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 30, targetCPUUtilizationPercentage: 55 } } } },
  ],
  ['small pods', { roles: { api: { resources: { requests: { cpu: '100m', memory: '200Mi' }, limits: { memory: '300Mi' } } } } }],
  ['the API from outside', { ingress: { enabled: true, serves: 'api' } }],
  ['an annotated route', { gateway: { enabled: true, annotations: { a: 'b' }, parentRefs: [{ name: 'public', sectionName: 'https' }] } }],
  [
    'another store, looked at often',
    {
      secretStore: { source: 'externalSecrets', ...fourEntries, refreshInterval: '10m', storeRef: { name: 'vault', kind: 'SecretStore' } },
    },
  ],
  ['names of its own', { nameOverride: 'mail', fullnameOverride: 'mail-of-the-house' }],
  [
    'production',
    {
      partition: 'Alpha001-prod',
      mailZone: { name: 'prod.ardamails.com' },
      aws: { region: 'eu-central-1', encryptionKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/0000' },
    },
  ],
];

/** Each at its longest still has names that Kubernetes takes. */
const releases: readonly Option[] = [['a release of fifty-three letters', {}]];

export function renderCases(): RenderCase[] {
  const crossed = secrets.flatMap((secret) =>
    identities.flatMap((identity) => fronts.flatMap((front) => scales.map((scale) => [secret, identity, front, scale]))),
  );
  const inBase = (name: string, ...values: readonly ValuesTree[]): RenderCase => ({
    name,
    release: 'postroute',
    values: [base, ...values].reduce(over),
  });
  return [
    ...crossed.map((options) => inBase(options.map(([name]) => name).join(', '), ...options.map(([, values]) => values))),
    ...singles.map(([name, values]) => inBase(name, existing, values)),
    ...releases.map(([name, values]) => ({ ...inBase(name, existing, values), release: 'r'.repeat(53) })),
  ];
}
