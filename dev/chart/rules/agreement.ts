/**
 * What the pod is told and what the service will do are the same: the settings are loaded as the service loads them, from the files and the environment
 * that the chart gives, and held against ports, probes, grace period, Sentry environment and network.
 */
import { rmSync } from 'node:fs';
import { loadSettings } from '../../../config/load.ts';
import type { Settings } from '../../../config/schema.ts';
import { temporaryFolder } from '../../temporaryFolder.ts';
import { type Deployment, deploymentsOf, fieldOf, type Manifest, ofKind, titleOf } from '../manifests.ts';
import { secretsOutside, storeOutside } from '../matrix.ts';
import { type PodStart, podStart } from '../podStart.ts';
import type { Render } from '../render.ts';

/** Between the end of the service's own time for a stop and kubelet's kill: the process must be gone, and its container be collected. */
const collectSeconds = 1;

export async function agreement(render: Render): Promise<string[]> {
  const problems: string[] = [];
  for (const deployment of deploymentsOf(render.manifests)) {
    const role = deployment.metadata.labels['app.kubernetes.io/component'] ?? '';
    const folder = temporaryFolder('chart');
    try {
      const start = podStart({ manifests: render.manifests, role, folder, secrets: secretsOutside, store: storeOutside });
      const { settings } = await loadSettings({ env: start.env });
      problems.push(...disagreements({ start, settings, deployment, render, role }).map((problem) => `${titleOf(deployment)}: ${problem}`));
    } catch (error) {
      problems.push(`${titleOf(deployment)}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return problems;
}

/** Opening the database may take five seconds, reading the registry two rounds of KMS, and loading the code on a busy node the rest. */
const startSeconds = ({ aws }: Settings): number => 35 + 2 * aws.timeoutSeconds;

const startupWindow = ({ spec }: Deployment): number => {
  const { periodSeconds = 0, failureThreshold = 0 } = spec.template.spec.containers[0]?.startupProbe ?? {};
  return periodSeconds * failureThreshold;
};

type Sides = { start: PodStart; settings: Settings; deployment: Deployment; render: Render; role: string };

function disagreements({ start, settings, deployment, render, role }: Sides): string[] {
  const stop = start.preStopSeconds + settings.shutdown.timeoutSeconds + collectSeconds;
  const given = render.values;
  const rules: readonly (readonly [boolean, string])[] = [
    [
      start.graceSeconds < stop,
      `terminationGracePeriodSeconds is ${start.graceSeconds}, and preStop and shutdown.timeoutSeconds need ${stop}`,
    ],
    [start.preStopSeconds < 1, 'no preStop keeps the pod serving until nobody sends it anything new'],
    [start.ports['http'] !== settings.http.port, `the port http is ${start.ports['http']}, and http.port is ${settings.http.port}`],
    [
      start.ports['metrics'] !== settings.metrics.port,
      `the port metrics is ${start.ports['metrics']}, and metrics.port is ${settings.metrics.port}`,
    ],
    [
      startupWindow(deployment) < startSeconds(settings),
      `the startup probe gives up after ${startupWindow(deployment)} s, and a start may take ${startSeconds(settings)}`,
    ],
    [settings.http.host !== '0.0.0.0', `http.host is ${settings.http.host}, where no probe comes through`],
    [settings.roles.join() !== role, `its pods have the roles ${settings.roles.join()}`],
    [start.env['SENTRY_ENVIRONMENT'] !== settings.partition, 'SENTRY_ENVIRONMENT is not the partition'],
    [deployment.spec.template.metadata.annotations['checksum/settings'] === undefined, 'other settings would not replace its pods'],
    [settings.partition !== given['partition'], 'the partition is not the one that was given'],
  ];
  return [
    ...rules.filter(([broken]) => broken).map(([, problem]) => problem),
    ...notHandedOn(settings, given),
    ...closedPorts(settings, render.manifests, role),
  ];
}

/** Every switch of the values reaches the setting of the same name. */
function notHandedOn(settings: Settings, values: Render['values']): string[] {
  const paths = ['routes', 'drift', 'mailZone', 'webhook', 'settings'].flatMap((key) =>
    leaves(fieldOf(values, key), key === 'settings' ? '' : key),
  );
  return paths
    .filter(([path, value]) => JSON.stringify(fieldOf(settings, ...path.split('.'))) !== JSON.stringify(value))
    .map(([path]) => `the value of ${path} does not reach the service`);
}

function leaves(tree: unknown, under: string): [string, unknown][] {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return tree === undefined ? [] : [[under, tree]];
  return Object.entries(tree).flatMap(([key, value]) => leaves(value, under === '' ? key : `${under}.${key}`));
}

/** Where the service will call, by the settings, must be among what the policy lets out. */
function closedPorts(settings: Settings, manifests: readonly Manifest[], role: string): string[] {
  const policy = ofKind(manifests, 'NetworkPolicy').find(({ metadata }) => metadata.labels['app.kubernetes.io/component'] === role);
  if (policy === undefined) return [];
  const egress = fieldOf(policy, 'spec', 'egress');
  const open = new Set(
    (Array.isArray(egress) ? egress : []).flatMap((rule) =>
      (fieldOf(rule, 'ports') as { port: number; protocol: string }[]).map(({ port, protocol }) => `${protocol} ${port}`),
    ),
  );
  const urls = [settings.postmark.baseUrl, settings.aws.kmsEndpoint, settings.aws.route53Endpoint]
    .filter((url) => url !== undefined)
    .map((url) => new URL(url));
  const asked = role === 'worker' ? settings.dns.servers.map((server) => `UDP ${server.split(':').at(-1)}`) : [];
  const needed = [
    'UDP 53',
    'TCP 53',
    'TCP 443',
    ...urls.map((url) => `TCP ${url.port || (url.protocol === 'http:' ? '80' : '443')}`),
    ...asked,
  ];
  return needed.filter((each) => !open.has(each)).map((each) => `its NetworkPolicy lets nothing out to ${each}, which the settings need`);
}
