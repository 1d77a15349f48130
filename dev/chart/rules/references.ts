/** Whatever names something names something that is there: selectors, volumes, Secrets, ports, targets. */
import { containersOf, type Deployment, deploymentsOf, fieldOf, type Manifest, ofKind, titleOf } from '../manifests.ts';
import type { Render } from '../render.ts';
import { secretsOf } from '../secretsOf.ts';
import type { Rule } from './rule.ts';

export const references: Rule = (render) => [
  ...selectors(render.manifests),
  ...podReferences(render),
  ...services(render.manifests),
  ...targets(render.manifests),
  ...twins(render.manifests),
];

type Labels = Readonly<Record<string, string>>;
const labelsAt = (tree: unknown, ...path: string[]): Labels => (fieldOf(tree, ...path) ?? {}) as Labels;
const matches = (selector: Labels, labels: Labels): boolean =>
  Object.keys(selector).length > 0 && Object.entries(selector).every(([key, value]) => labels[key] === value);
const podLabels = (deployment: Deployment): Labels => deployment.spec.template.metadata.labels;

function selectors(manifests: readonly Manifest[]): string[] {
  const deployments = deploymentsOf(manifests);
  const own = deployments.filter((each) => !matches(each.spec.selector.matchLabels, podLabels(each)));
  const shared = deployments.filter((each) =>
    deployments.some((other) => other !== each && matches(each.spec.selector.matchLabels, podLabels(other))),
  );
  const kinds: readonly (readonly [string, readonly string[], number])[] = [
    ['Service', ['spec', 'selector'], 0],
    ['PodDisruptionBudget', ['spec', 'selector', 'matchLabels'], 1],
    ['NetworkPolicy', ['spec', 'podSelector', 'matchLabels'], 1],
  ];
  const others = kinds.flatMap(([kind, path, exactly]) =>
    ofKind(manifests, kind).flatMap((each) => {
      const found = deployments.filter((deployment) => matches(labelsAt(each, ...path), podLabels(deployment))).length;
      if (found === 0) return [`${titleOf(each)}: its selector finds no pod`];
      return exactly !== 0 && found !== exactly ? [`${titleOf(each)}: its selector finds pods of ${found} Deployments`] : [];
    }),
  );
  const monitors = ofKind(manifests, 'ServiceMonitor').filter(
    (each) =>
      ofKind(manifests, 'Service').filter(({ metadata }) => matches(labelsAt(each, 'spec', 'selector', 'matchLabels'), metadata.labels))
        .length !== 1,
  );
  return [
    ...own.map((each) => `${titleOf(each)}: its selector does not find its own pods`),
    ...shared.map((each) => `${titleOf(each)}: its selector finds another Deployment's pods`),
    ...others,
    ...monitors.map((each) => `${titleOf(each)}: its selector must find one Service`),
  ];
}

function podReferences(render: Render): string[] {
  const { manifests } = render;
  const secrets = secretsOf(render);
  const named = (kind: string): Set<string> => new Set(ofKind(manifests, kind).map(({ metadata }) => metadata.name));
  return deploymentsOf(manifests).flatMap((deployment) => {
    const { volumes, serviceAccountName } = deployment.spec.template.spec;
    const missing = [
      ...volumes.flatMap(({ configMap }) =>
        configMap === undefined || named('ConfigMap').has(configMap.name) ? [] : [`no ConfigMap ${configMap.name}`],
      ),
      ...volumes.flatMap(({ csi }) => {
        const provider = csi?.volumeAttributes['secretProviderClass'];
        return provider === undefined || named('SecretProviderClass').has(provider) ? [] : [`no SecretProviderClass ${provider}`];
      }),
      ...volumes.flatMap(({ projected }) =>
        (projected?.sources ?? []).flatMap(({ secret }) =>
          (secret?.items ?? [])
            .filter(({ key }) => secrets.get(secret?.name ?? '')?.has(key) !== true)
            .map(({ key }) => `no Secret ${secret?.name} with the key ${key}`),
        ),
      ),
      ...((render.values['serviceAccount'] !== undefined && fieldOf(render.values, 'serviceAccount', 'create') === false) ||
      named('ServiceAccount').has(serviceAccountName)
        ? []
        : [`no ServiceAccount ${serviceAccountName}`]),
      ...containersOf(deployment).flatMap(({ name, volumeMounts }) =>
        volumeMounts
          .filter((mount) => !volumes.some((volume) => volume.name === mount.name))
          .map((mount) => `no volume ${mount.name}, which ${name} mounts`),
      ),
    ];
    return missing.map((problem) => `${titleOf(deployment)}: there is ${problem}`);
  });
}

function services(manifests: readonly Manifest[]): string[] {
  const deployments = deploymentsOf(manifests);
  return ofKind(manifests, 'Service').flatMap((service) => {
    const ports = fieldOf(service, 'spec', 'ports');
    const selected = deployments.filter((deployment) => matches(labelsAt(service, 'spec', 'selector'), podLabels(deployment)));
    return (Array.isArray(ports) ? ports : []).flatMap((port) => {
      const target = String(fieldOf(port, 'targetPort'));
      const lacking = selected.filter(
        (each) =>
          !each.spec.template.spec.containers.some((one) =>
            one.ports.some(({ name, containerPort }) => [name, String(containerPort)].includes(target)),
          ),
      );
      return lacking.map((each) => `${titleOf(service)}: ${titleOf(each)} opens no port ${target}`);
    });
  });
}

/** What points at an object by name: an autoscaler, an Ingress, a route. */
function targets(manifests: readonly Manifest[]): string[] {
  const servicePort = (name: unknown, port: unknown): boolean =>
    ofKind(manifests, 'Service').some((each) => {
      const ports = fieldOf(each, 'spec', 'ports');
      return (
        each.metadata.name === name &&
        Array.isArray(ports) &&
        ports.some((one) => fieldOf(one, 'name') === port || fieldOf(one, 'port') === port)
      );
    });
  return [
    ...ofKind(manifests, 'HorizontalPodAutoscaler').flatMap((each) => {
      const name = fieldOf(each, 'spec', 'scaleTargetRef', 'name');
      const target = deploymentsOf(manifests).find(({ metadata }) => metadata.name === name);
      if (target === undefined) return [`${titleOf(each)}: there is no Deployment ${String(name)}`];
      return target.spec.replicas === undefined
        ? []
        : [`${titleOf(each)}: ${titleOf(target)} says a number of replicas besides, and every upgrade would set it back`];
    }),
    ...ofKind(manifests, 'Ingress').flatMap((each) => {
      const backend = fieldOf(each, 'spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service');
      return servicePort(fieldOf(backend, 'name'), fieldOf(backend, 'port', 'name'))
        ? []
        : [`${titleOf(each)}: its backend is no port of a Service`];
    }),
    ...ofKind(manifests, 'HTTPRoute').flatMap((each) => {
      const backend = fieldOf(each, 'spec', 'rules', 0, 'backendRefs', 0);
      return servicePort(fieldOf(backend, 'name'), fieldOf(backend, 'port'))
        ? []
        : [`${titleOf(each)}: its backend is no port of a Service`];
    }),
    ...ofKind(manifests, 'ServiceMonitor').flatMap((each) => {
      const port = fieldOf(each, 'spec', 'endpoints', 0, 'port');
      const services = ofKind(manifests, 'Service').filter(({ metadata }) =>
        matches(labelsAt(each, 'spec', 'selector', 'matchLabels'), metadata.labels),
      );
      return services.every(({ metadata }) => servicePort(metadata.name, port))
        ? []
        : [`${titleOf(each)}: no Service has a port ${String(port)}`];
    }),
  ];
}

/** Two objects of one name are one object, and the second wins. */
function twins(manifests: readonly Manifest[]): string[] {
  const titles = manifests.map(titleOf);
  return titles.filter((title, index) => titles.indexOf(title) !== index).map((title) => `${title} is there twice`);
}
