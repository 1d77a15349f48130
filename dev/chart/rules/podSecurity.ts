/** Pod Security Standards, profile `restricted`, and one thing more: a root file system that nobody writes to. */
import { containersOf, deploymentsOf, fieldOf } from '../manifests.ts';
import type { Rule } from './rule.ts';

const volumeKinds = new Set(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret']);
const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
]);

export const podSecurity: Rule = ({ manifests }) =>
  deploymentsOf(manifests).flatMap((deployment) => {
    const pod = deployment.spec.template.spec;
    const containers = containersOf(deployment);
    const problems = [
      ...podProblems(pod),
      ...containers.flatMap((container) =>
        containerProblems(container, pod.securityContext).map((problem) => `${container.name}: ${problem}`),
      ),
    ];
    return problems.map((problem) => `Deployment/${deployment.metadata.name}: ${problem}`);
  });

function podProblems(pod: object): string[] {
  const volumes = fieldOf(pod, 'volumes');
  const kinds = Array.isArray(volumes) ? volumes.flatMap((volume: object) => Object.keys(volume).filter((key) => key !== 'name')) : [];
  const sysctls = fieldOf(pod, 'securityContext', 'sysctls');
  return [
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => fieldOf(pod, key) === true).map((key) => `${key} must not be true`),
    ...kinds.filter((kind) => !volumeKinds.has(kind)).map((kind) => `a volume must not be of the kind ${kind}`),
    ...(Array.isArray(sysctls) ? sysctls : [])
      .filter((each) => !safeSysctls.has(String(fieldOf(each, 'name'))))
      .map((each) => `the sysctl ${String(fieldOf(each, 'name'))} is not a safe one`),
  ];
}

function containerProblems(container: object, ofPod: unknown): string[] {
  const own = fieldOf(container, 'securityContext');
  /** A container's word goes before its pod's. */
  const said = (...path: string[]): unknown => fieldOf(own, ...path) ?? fieldOf(ofPod, ...path);
  const added = fieldOf(own, 'capabilities', 'add');
  const dropped = fieldOf(own, 'capabilities', 'drop');
  const ports = fieldOf(container, 'ports');
  const rules: readonly (readonly [boolean, string])[] = [
    [fieldOf(own, 'privileged') === true, 'must not be privileged'],
    [fieldOf(own, 'allowPrivilegeEscalation') !== false, 'allowPrivilegeEscalation must be false'],
    [said('runAsNonRoot') !== true, 'runAsNonRoot must be true'],
    [said('runAsUser') === 0, 'runAsUser must not be 0'],
    [
      !['RuntimeDefault', 'Localhost'].includes(String(said('seccompProfile', 'type'))),
      'seccompProfile must be RuntimeDefault or Localhost',
    ],
    [!(Array.isArray(dropped) && dropped.includes('ALL')), 'capabilities must drop ALL'],
    [Array.isArray(added) && added.some((each) => each !== 'NET_BIND_SERVICE'), 'capabilities may add NET_BIND_SERVICE alone'],
    [!['Default', 'undefined'].includes(String(fieldOf(own, 'procMount'))), 'procMount must be Default'],
    [said('windowsOptions', 'hostProcess') === true, 'must not be a host process'],
    [
      !['undefined', '', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'].includes(
        String(said('seLinuxOptions', 'type')),
      ),
      'seLinuxOptions.type is not an allowed one',
    ],
    [
      said('seLinuxOptions', 'user') !== undefined || said('seLinuxOptions', 'role') !== undefined,
      'seLinuxOptions must not set user or role',
    ],
    [
      !['undefined', 'RuntimeDefault', 'Localhost'].includes(String(said('appArmorProfile', 'type'))),
      'appArmorProfile must not be Unconfined',
    ],
    [(Array.isArray(ports) ? ports : []).some((port) => Number(fieldOf(port, 'hostPort') ?? 0) !== 0), 'must not take a port of the host'],
    [fieldOf(own, 'readOnlyRootFilesystem') !== true, 'readOnlyRootFilesystem must be true'],
  ];
  return rules.filter(([broken]) => broken).map(([, problem]) => problem);
}
