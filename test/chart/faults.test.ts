/** Each check of the chart goes red on the fault it is there for: the fault is planted in a copy, and the lane must name it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { alertPages, alertTable } from '../../dev/chart/alertRules.ts';
import { apiTypes } from '../../dev/chart/apiTypes.ts';
import { chartFolder } from '../../dev/chart/helm.ts';
import { renderCases } from '../../dev/chart/matrix.ts';
import { over, type Render, render, type ValuesTree } from '../../dev/chart/render.ts';
import { agreement } from '../../dev/chart/rules/agreement.ts';
import { environment } from '../../dev/chart/rules/environment.ts';
import { network } from '../../dev/chart/rules/network.ts';
import { operation } from '../../dev/chart/rules/operation.ts';
import { podSecurity } from '../../dev/chart/rules/podSecurity.ts';
import { references } from '../../dev/chart/rules/references.ts';
import { laneProgram } from '../support/lane.ts';

const folder = mkdtempSync(join(tmpdir(), 'chart-faults-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Edit = readonly [file: string, from: string | RegExp, to: string];

let copies = 0;
/** A copy of the chart with these texts replaced; a text that is not there is a mistake of the test. */
function spoiled(...edits: readonly Edit[]): string {
  copies += 1;
  const copy = join(folder, String(copies));
  cpSync(chartFolder, copy, { recursive: true });
  for (const [file, from, to] of edits) {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`${file} has no ${from}`);
    writeFileSync(path, changed);
  }
  return copy;
}

const caseNamed = (name: string) => {
  const found = renderCases().find((one) => one.name === name);
  if (found === undefined) throw new Error(`the matrix has no case ${name}`);
  return found;
};

async function rendered(chart: string, name: string, values: ValuesTree = {}): Promise<Render> {
  const one = caseNamed(name);
  return render(chart, { ...one, values: over(one.values, values) }, folder);
}

const sounds = new Map<string, Promise<Render>>();
function soundRender(name: string): Promise<Render> {
  const found = sounds.get(name) ?? rendered(chartFolder, name);
  sounds.set(name, found);
  return found;
}

const plain = 'scraped and alerted';
const outside = 'existing Secrets, Pod Identity, an Ingress, autoscaling';
const pod = 'templates/_pod.tpl';

type Rule = (one: Render) => readonly string[] | Promise<readonly string[]>;
type Fault = readonly [what: string, rule: Rule, name: string, edit: Edit, problem: RegExp];

const faults: readonly Fault[] = [
  ['a missing probe', operation, plain, [pod, /readinessProbe:[\s\S]*?failureThreshold: 2\n/, ''], /postroute has no readinessProbe/],
  ['liveness that looks at the database', operation, plain, [pod, 'path: /livez', 'path: /readyz'], /livenessProbe must ask \/livez/],
  [
    'an environment with one name twice',
    environment,
    plain,
    [pod, 'env:\n      {{- include', 'env:\n      - { name: ROLES, value: api }\n      {{- include'],
    /the environment has ROLES twice/,
  ],
  [
    'a secret in the environment',
    environment,
    plain,
    [
      pod,
      '(dict "name" "ROLES"',
      '(dict "name" "X" "valueFrom" (dict "secretKeyRef" (dict "name" "mail" "key" "databaseUrl")))\n  (dict "name" "ROLES"',
    ],
    /X comes from elsewhere/,
  ],
  [
    'a root file system to write to',
    podSecurity,
    plain,
    [pod, 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'],
    /readOnlyRootFilesystem must be true/,
  ],
  [
    'a capability too many',
    podSecurity,
    plain,
    [pod, 'drop: ["ALL"]', 'drop: ["ALL"]\n    add: ["NET_ADMIN"]'],
    /may add NET_BIND_SERVICE alone/,
  ],
  ['root', podSecurity, plain, [pod, 'runAsNonRoot: true', 'runAsNonRoot: false'], /runAsNonRoot must be true/],
  [
    'a folder of the node',
    podSecurity,
    plain,
    [pod, 'volumes:\n', 'volumes:\n  - name: node\n    hostPath: { path: / }\n'],
    /a volume must not be of the kind hostPath/,
  ],
  ['no seccomp profile', podSecurity, plain, [pod, /\n {2}seccompProfile:\n {4}type: RuntimeDefault/, ''], /seccompProfile must be/],
  [
    'a selector that finds other pods',
    references,
    plain,
    ['templates/service.yaml', 'app.kubernetes.io/component: api\n  ports', 'app.kubernetes.io/component: apis\n  ports'],
    /Service\/postroute: its selector finds no pod/,
  ],
  [
    'a volume that nobody declares',
    references,
    plain,
    [pod, '- name: settings\n    mountPath', '- name: setings\n    mountPath'],
    /there is no volume setings/,
  ],
  [
    'a key that the Secret lacks',
    references,
    plain,
    ['templates/_secrets.tpl', '(list "apiKey.json"', '(list "apikey.json"'],
    /there is no Secret mail-api-key with the key apikey\.json/,
  ],
  [
    'a port that no container opens',
    references,
    plain,
    ['templates/service.yaml', 'targetPort: metrics\n', 'targetPort: web\n'],
    /opens no port web/,
  ],
  [
    'an autoscaler of something else',
    references,
    outside,
    ['templates/horizontalpodautoscaler.yaml', 'fullname" $ }}-{{ $role }}\n  minReplicas', 'fullname" $ }}\n  minReplicas'],
    /there is no Deployment postroute$/,
  ],
  [
    'replicas beside an autoscaler',
    references,
    'existing Secrets, IRSA, a Gateway, autoscaling',
    ['templates/deployment.yaml', '{{- if not $own.autoscaling.enabled }}', '{{- if true }}'],
    /says a number of replicas besides/,
  ],
  [
    'a budget that lets no pod go',
    operation,
    plain,
    ['templates/poddisruptionbudget.yaml', 'maxUnavailable: {{', 'minAvailable: {{'],
    /no pod may ever be away/,
  ],
  [
    'an image without a version',
    operation,
    plain,
    ['templates/_names.tpl', '"%s:%s" .Values.image.repository $tag', '"%s" .Values.image.repository'],
    /names no version/,
  ],
  [
    'no migration before the pods',
    operation,
    plain,
    [pod, '["service/migrate.ts"]', '["service/other.ts"]'],
    /nothing migrates the database/,
  ],
  [
    'a grace period that is shorter than the stop',
    agreement,
    'a longer stop',
    ['templates/_settings.tpl', '{{- add .Values.preStopSeconds (.Values.settings.shutdown.timeoutSeconds | ceil | int) 5 -}}', '30'],
    /terminationGracePeriodSeconds is 30, and preStop and shutdown\.timeoutSeconds need 106/,
  ],
  [
    'a port that is not the service’s',
    agreement,
    'other ports',
    [pod, 'containerPort: {{ .Values.settings.http.port }}', 'containerPort: 8889'],
    /the port http is 8889, and http\.port is 9000/,
  ],
  [
    'a start that is not waited for',
    agreement,
    'slow AWS',
    ['templates/_settings.tpl', /\{\{- div \(add 45[^\n]*/, '20'],
    /the startup probe gives up after 60 s, and a start may take 155/,
  ],
  [
    'a switch that switches nothing',
    agreement,
    'no job routes',
    ['templates/_settings.tpl', '"routes" .Values.routes', '"routes" dict'],
    /the value of routes\.job\.enabled does not reach the service/,
  ],
  [
    'settings that the service refuses',
    agreement,
    plain,
    ['templates/_settings.tpl', '"http" (dict "host" "0.0.0.0")', '"http" (dict "hots" "0.0.0.0")'],
    /http\.hots.*there is no such setting/,
  ],
  [
    'no time before the stop',
    agreement,
    'one of each',
    [pod, /\n {4}lifecycle:[\s\S]*?seconds: {{ .Values.preStopSeconds }}/, ''],
    /no preStop keeps the pod serving/,
  ],
  [
    'a Sentry environment of its own',
    agreement,
    plain,
    [pod, '"value" $root.Values.partition', '"value" "dev"'],
    /SENTRY_ENVIRONMENT.*must equal the partition/,
  ],
  [
    'no way to the agent of Pod Identity',
    network,
    plain,
    ['templates/_egress.tpl', '169.254.170.23/32', '169.254.170.24/32'],
    /the agent of Pod Identity cannot be reached/,
  ],
  [
    "the node's own credentials",
    network,
    plain,
    ['templates/_egress.tpl', '        except: [169.254.169.254/32]\n', ''],
    /the node's own credentials can be reached/,
  ],
  [
    'no way to an address of the settings',
    agreement,
    'other addresses',
    ['templates/_egress.tpl', '$settings.postmark).baseUrl', '$settings.postmark).baseUr'],
    /lets nothing out to TCP 3128/,
  ],
  [
    'an alert without a page',
    alertPages,
    plain,
    ['files/alerts.yaml', 'runbook: jobs-held', 'runbook: jobs-hold'],
    /jobs-hold is not on the list of pages/,
  ],
];

/** Faults of one rule and one case are planted in one copy: each must be named beside the others. */
const planted = new Map<string, Promise<Render>>();
function withItsNeighbours(rule: Rule, name: string): Promise<Render> {
  const key = `${rule.name} ${name}`;
  const edits = faults.filter(([, otherRule, otherName]) => otherRule === rule && otherName === name).map(([, , , edit]) => edit);
  const found = planted.get(key) ?? rendered(spoiled(...edits), name);
  planted.set(key, found);
  return found;
}

test.each(faults)('%s', async (_what, rule, name, _edit, problem) => {
  const found = await rule(await withItsNeighbours(rule, name));
  expect(found.filter((each) => problem.test(each))).not.toEqual([]);
  const sound = await rule(await soundRender(name));
  expect(sound).toEqual([]);
});

test('what the API server would not take: an unknown field, another type, a word that is none, in core objects and in custom resources', async () => {
  const copy = spoiled(
    [pod, 'livenessProbe:', 'livenesProbe:'],
    [pod, 'enableServiceLinks: false', 'enableServiceLinks: "no"'],
    ['templates/poddisruptionbudget.yaml', 'AlwaysAllow', 'Always'],
    ['templates/servicemonitor.yaml', 'path: /metrics', 'pat: /metrics'],
    ['templates/prometheusrule.yaml', 'groups:\n    {{- toYaml', 'group:\n    {{- toYaml'],
    ['templates/configmap.yaml', 'apiVersion: v1', 'apiVersion: v2'],
  );
  const { problems } = await apiTypes([await rendered(copy, plain)]);
  const all = problems.join('\n');
  for (const told of [
    /livenesProbe/,
    /Deployment\/postroute-api.*'string' is not assignable to type 'boolean/,
    /"pat\\?"/,
    /"group\\?"/,
    /there is no ConfigMap in v2/,
  ])
    expect(all).toMatch(told);
});

test('a document with a key that is there twice is none', async () => {
  const copy = spoiled([pod, 'enableServiceLinks: false', 'enableServiceLinks: false\nenableServiceLinks: true']);
  await expect(rendered(copy, plain)).rejects.toThrow(/keys must be unique/);
});

const promtool = laneProgram('promtool');

describe.skipIf(promtool === null)('the alerts, played', () => {
  test('a threshold that nobody reaches', async () => {
    const copy = spoiled(['files/alerts.yaml', 'email_send_held{PODS}) > 0', 'email_send_held{PODS}) > 1000']);
    expect((await alertTable(promtool ?? '', copy, await rendered(copy, plain))).join('\n')).toMatch(/PostrouteJobsHeld/);
  });

  test('an expression that is none', async () => {
    const copy = spoiled([
      'files/alerts.yaml',
      'max by (namespace, job) (email_send_paused{PODS}) == 1',
      'max by namespace (email_send_paused{PODS}) == 1',
    ]);
    expect((await alertTable(promtool ?? '', copy, await rendered(copy, plain))).join('\n')).toMatch(/could not parse expression/);
  });
});

test('`npm run chart` ends with 1 on a fault, and says which', () => {
  const copy = spoiled(
    [pod, /readinessProbe:[\s\S]*?failureThreshold: 2\n/, ''],
    [pod, 'env:\n      {{- include', 'env:\n      - { name: ROLES, value: api }\n      {{- include'],
  );
  const script = fileURLToPath(new URL('../../dev/chart.ts', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [script, '--chart', copy, '--only', plain], { encoding: 'utf8' });
  expect(stdout).toContain('FAIL probes, budgets, images');
  expect(stdout).toContain('FAIL environment, nothing twice');
  // One part less where promtool is missing.
  expect(stdout).toMatch(/^2 of 1[01] parts fail/m);
  expect(status).toBe(1);
});
