/** The chart's values: what is refused, what reaches the pods, and that the matrix leaves none out. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { valuesJsonSchema } from '../../config/chart/valuesSchema.ts';
import { chartFilesProblem } from '../../config/chart/write.ts';
import { loadSettings } from '../../config/load.ts';
import { loadPartitions } from '../../config/partitions.ts';
import { runbookPages } from '../../config/runbookPages.ts';
import { apiTypes } from '../../dev/chart/apiTypes.ts';
import { chartFolder } from '../../dev/chart/helm.ts';
import { deploymentsOf, fieldOf } from '../../dev/chart/manifests.ts';
import { renderCases, secretsOutside } from '../../dev/chart/matrix.ts';
import { type PodStart, podStart } from '../../dev/chart/podStart.ts';
import { over, type Render, render, type ValuesTree } from '../../dev/chart/render.ts';
import { agreement } from '../../dev/chart/rules/agreement.ts';
import { references } from '../../dev/chart/rules/references.ts';
import { partitionValues } from '../../dev/values/partitionValues.ts';
import { createMetrics } from '../../service/watch/metrics.ts';

const folder = mkdtempSync(join(tmpdir(), 'chart-values-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cases = renderCases();
const plain = cases.find(({ name }) => name === 'one of each')?.values ?? {};
const rendered = (values: ValuesTree, namespaceRelease = 'postroute') =>
  render(chartFolder, { name: 'x', release: namespaceRelease, values }, folder);

type Schema = ReturnType<typeof valuesJsonSchema>;
const leafPaths = (schema: Schema | boolean | undefined, under: string): string[] => {
  if (typeof schema !== 'object') return [];
  if (schema.properties === undefined) return [under];
  return Object.entries(schema.properties).flatMap(([key, child]) => leafPaths(child, under === '' ? key : `${under}.${key}`));
};

describe('the matrix', () => {
  test('has at least sixty cases of different names', () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  test('gives every value of the chart at least once', () => {
    const { settings: _, global: __, ...properties } = valuesJsonSchema().properties ?? {};
    const paths = leafPaths({ properties }, '').filter((path) => !path.startsWith('roles.worker.') || path.includes('replicas'));
    const never = paths.filter((path) => cases.every(({ values }) => fieldOf(values, ...path.split('.')) === undefined));
    expect(never).toEqual([]);
  });
});

test('values.yaml, values.schema.json, the table of the page and the defaults of the templates are what the one schema prints', () => {
  expect(chartFilesProblem()).toBeNull();
});

/** The same mistake, as a value and as what the service reads at its start. */
const mistakes: readonly (readonly [what: string, setting: string, value: unknown])[] = [
  ['an unknown setting', 'sending.retriesMax', 3],
  ['a setting of another type', 'sending.batchMax', 'many'],
  ['a number beyond its range', 'sending.batchMax', 501],
  ['a fraction where whole numbers go', 'work.concurrency', 1.5],
  ['a word that is none of the list', 'log.level', 'loud'],
  ['an empty ladder', 'sending.retryLadderSeconds', []],
  ['an address that is none', 'postmark.baseUrl', 'postmark'],
  ['two settings that contradict each other', 'retention.jobDays', 7],
  ['a time of nothing', 'shutdown.timeoutSeconds', 0],
  ['one port for two', 'metrics.port', 8889],
];

const treeOf = (path: string, value: unknown): ValuesTree =>
  path.split('.').reduceRight<unknown>((below, key) => ({ [key]: below }), value) as ValuesTree;

let soundPod: Promise<PodStart> | undefined;

test.each(mistakes)('%s is refused by helm and by the service alike', async (_what, path, value) => {
  await expect(rendered(over(plain, { settings: treeOf(path, value) }))).rejects.toThrow(/additional properties|settings|want|got/);
  soundPod ??= rendered(plain).then(({ manifests }) =>
    podStart({ manifests, role: 'api', folder: join(folder, 'pod'), secrets: secretsOutside }),
  );
  const start = await soundPod;
  const extra = join(folder, 'extra.json');
  writeFileSync(extra, JSON.stringify({ 'modules.v1.shop-access.email.extras': treeOf(path, value) }));
  await expect(loadSettings({ env: { ...start.env, CONFIG_FILES: `${start.env['CONFIG_FILES']},${extra}` } })).rejects.toThrow(
    /The settings have/,
  );
});

test.each([
  ['a partition that is none', { partition: 'dev' }, /partition/],
  ['a secret as a setting', { settings: { databaseUrl: 'postgres://u:p@h/d' } }, /databaseUrl/],
  ['a setting that a value of its own gives', { settings: { routes: { job: { enabled: false } } } }, /routes/],
  ["a sandbox's clock", { settings: { clock: { url: 'http://127.0.0.1:8590' } } }, /clock/],
  ['a port that only root may open', { settings: { http: { port: 80 } } }, /port/],
  ['no time for a stop', { settings: { shutdown: null } }, /shutdown/],
  ['a secret that nobody gives', { existingSecret: '' }, /databaseUrl has no source/],
  ['an image without a version', { image: { tag: 'latest' } }, /latest names no version/],
  ['a name twice in the environment', { extraEnv: [{ name: 'ROLES', value: 'api' }] }, /ROLES is there already/],
  ['another namespace than the role trusts', { serviceAccount: { namespace: 'elsewhere' } }, /the role trusts/],
  ['IRSA without a role', { serviceAccount: { identity: 'irsa' } }, /roleArn/],
  ['a Gateway without a Gateway', { gateway: { enabled: true } }, /parentRefs/],
  [
    'a front for an address with a path',
    { ingress: { enabled: true }, webhook: { publicUrl: 'https://a.example/mail' } },
    /the path \/mail/,
  ],
  ['alerts without runbooks', { metrics: { prometheusRule: { enabled: true } } }, /runbookBaseUrl/],
  ['fewer replicas at most than at least', { roles: { api: { autoscaling: { enabled: true, minReplicas: 9 } } } }, /maxReplicas/],
] as const)('%s is refused, and the refusal names it', async (_what, values, problem) => {
  await expect(rendered(over(plain, values))).rejects.toThrow(problem);
});

test('every partition of config/partitions.yaml is one that the chart takes as `npm run values` writes it', async () => {
  const arn = (what: string) => `arn:aws:${what}:us-east-1:111122223333:x`;
  const exported = {
    mailZoneId: 'Z0123456789ABCDEFGHIJ',
    encryptionKeyArn: arn('kms'),
    serviceRoleArn: arn('iam'),
    postmarkAccountTokenArn: arn('secretsmanager'),
    apiKeysArn: `${arn('secretsmanager')}-api-keys`,
    webhookSigningKeyArn: `${arn('secretsmanager')}-webhook`,
    materialRegistryArn: `${arn('secretsmanager')}-registry`,
  };
  const { partitions } = loadPartitions();
  expect(partitions.length).toBeGreaterThan(3);
  const all: Render[] = [];
  for (const partition of partitions) {
    const values = { ...partitionValues(partition, { ...exported, mailZoneName: partition.zoneName }), existingSecret: 'mail' };
    const one = await rendered(values);
    all.push(one);
    expect(references(one)).toEqual([]);
    const [deployment] = deploymentsOf(one.manifests);
    const env = deployment?.spec.template.spec.containers[0]?.env ?? [];
    expect(env).toContainEqual({ name: 'SENTRY_ENVIRONMENT', value: partition.name });
  }
  expect((await apiTypes(all)).problems).toEqual([]);
});

test('the grace period follows the time for a stop, and nothing else must be changed with it', async () => {
  const seconds = async (timeoutSeconds: number, preStopSeconds: number): Promise<unknown> => {
    const one = await rendered(over(plain, { settings: { shutdown: { timeoutSeconds } }, preStopSeconds }));
    expect(await agreement(one)).toEqual([]);
    return deploymentsOf(one.manifests)[0]?.spec.template.spec.terminationGracePeriodSeconds;
  };
  expect([await seconds(20, 5), await seconds(120, 5), await seconds(12.3, 30)]).toEqual([30, 130, 48]);
});

test('alerts ask for metrics that the service has, with labels that it gives', async () => {
  const text = readFileSync(join(chartFolder, 'files/alerts.yaml'), 'utf8');
  const exposed = await createMetrics().render();
  const asked = [...new Set([...text.matchAll(/\b((?:email|http)_[a-z0-9_]+)\{PODS/g)].map(([, name = '']) => name))];
  expect(asked.length).toBeGreaterThan(8);
  const base = (name: string): string => name.replace(/_count$/, '');
  expect(asked.filter((name) => !new RegExp(`^# TYPE ${base(name)} `, 'm').test(exposed))).toEqual([]);
  const labelled = [...text.matchAll(/\b(email_[a-z0-9_]+)\{PODS,(\w+)="([^"]+)"/g)];
  expect(labelled.length).toBeGreaterThan(7);
  expect(labelled.filter(([, name, label, value]) => !exposed.includes(`${name}{${label}="${value}"}`)).map(([all]) => all)).toEqual([]);
});

test('the list of pages names each page once, and holds every page there is', () => {
  const names = runbookPages.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const pages = readdirSync(join(chartFolder, '../../runbooks')).map((file) => file.replace(/\.md$/, ''));
  expect(pages.filter((page) => page !== 'README' && !names.includes(page))).toEqual([]);
});
