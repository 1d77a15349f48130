/** Probes, disruption, images: what keeps a release running while nodes and versions come and go. */
import { containersOf, type Deployment, deploymentsOf, fieldOf, type Manifest, ofKind, type Probe, titleOf } from '../manifests.ts';
import type { Rule } from './rule.ts';

export const operation: Rule = ({ manifests }) => [
  ...deploymentsOf(manifests).flatMap((deployment) =>
    [...probes(deployment), ...images(deployment), ...rollout(deployment)].map((problem) => `${titleOf(deployment)}: ${problem}`),
  ),
  ...budgets(manifests),
  ...autoscalers(manifests),
  ...names(manifests),
];

/** Liveness must not look at what a restart does not mend; readiness must. */
const paths = { startupProbe: '/readyz', readinessProbe: '/readyz', livenessProbe: '/livez' } as const;

function probes({ spec }: Deployment): string[] {
  return spec.template.spec.containers.flatMap((container) =>
    Object.entries(paths).flatMap(([kind, path]) => {
      const probe = container[kind as keyof typeof paths] as Probe | undefined;
      if (probe === undefined) return [`${container.name} has no ${kind}`];
      if (probe.httpGet?.path !== path) return [`${container.name}: ${kind} must ask ${path}`];
      if (probe.httpGet.port !== 'http') return [`${container.name}: ${kind} must ask the port http`];
      return probe.timeoutSeconds > probe.periodSeconds && kind !== 'livenessProbe'
        ? [`${container.name}: ${kind} may take longer than the time to the next one`]
        : [];
    }),
  );
}

function images(deployment: Deployment): string[] {
  return containersOf(deployment)
    .filter(({ image }) => !/@sha256:[0-9a-f]{64}$/.test(image) && (!/:[^:/]+$/.test(image) || image.endsWith(':latest')))
    .map(({ name, image }) => `${name}: the image ${image} names no version`);
}

function rollout(deployment: Deployment): string[] {
  const strategy = fieldOf(deployment, 'spec', 'strategy', 'rollingUpdate');
  const migrates = deployment.spec.template.spec.initContainers.some(({ args }) => args.join(' ') === 'service/migrate.ts');
  return [
    ...(fieldOf(strategy, 'maxUnavailable') === 0 ? [] : ['an old pod may go before a new one is ready']),
    ...(migrates ? [] : ['nothing migrates the database before its pods start']),
  ];
}

/** A budget that allows no pod to go keeps its node from ever being drained. */
function budgets(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'PodDisruptionBudget').flatMap((budget) => {
    const role = budget.metadata.labels['app.kubernetes.io/component'];
    const deployment = deploymentsOf(manifests).find(({ metadata }) => metadata.labels['app.kubernetes.io/component'] === role);
    const scaler = ofKind(manifests, 'HorizontalPodAutoscaler').find(
      ({ metadata }) => metadata.labels['app.kubernetes.io/component'] === role,
    );
    const replicas = Number(deployment?.spec.replicas ?? fieldOf(scaler, 'spec', 'minReplicas') ?? 1);
    const away = fieldOf(budget, 'spec', 'maxUnavailable');
    if (typeof away !== 'number' || away < 1) return [`${titleOf(budget)}: no pod may ever be away`];
    return away >= replicas ? [`${titleOf(budget)}: all ${replicas} pods may be away at once, so it protects nothing`] : [];
  });
}

function autoscalers(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'HorizontalPodAutoscaler').flatMap((each) => {
    const name = fieldOf(each, 'spec', 'scaleTargetRef', 'name');
    const target = deploymentsOf(manifests).find(({ metadata }) => metadata.name === name);
    const containers = target === undefined ? [] : containersOf(target);
    return containers.every((one) => fieldOf(one, 'resources', 'requests', 'cpu') !== undefined)
      ? []
      : [`${titleOf(each)}: its pods ask for no CPU to be a percentage of`];
  });
}

const labelMax = 63;
/** A pod's name is its Deployment's with a hash of ten and one of five. */
const deploymentNameMax = 46;

function names(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((each) => {
    const max = each.kind === 'Deployment' ? deploymentNameMax : labelMax;
    const long = Object.entries(each.metadata.labels).filter(
      ([, value]) => value.length > labelMax || !/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/.test(value),
    );
    return [
      ...(each.metadata.name.length > max || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(each.metadata.name)
        ? [`${titleOf(each)}: its name is none that Kubernetes takes`]
        : []),
      ...long.map(([key]) => `${titleOf(each)}: its label ${key} is none that Kubernetes takes`),
    ];
  });
}
