/** Both directions are said for every pod, what is needed is among them, and the node's own credentials are not. */
import { deploymentsOf, fieldOf, type Manifest, ofKind, titleOf } from '../manifests.ts';
import type { Rule } from './rule.ts';

export const network: Rule = ({ manifests, values }) => {
  const policies = ofKind(manifests, 'NetworkPolicy');
  if (fieldOf(values, 'networkPolicy', 'enabled') === false)
    return policies.map((each) => `${titleOf(each)} is there although it was switched off`);
  const bare = deploymentsOf(manifests).length - policies.length;
  const podIdentity = fieldOf(values, 'serviceAccount', 'identity') !== 'irsa';
  const database = Number(fieldOf(values, 'networkPolicy', 'postgres', 'port') ?? 5432);
  return [
    ...(bare === 0 ? [] : ['a role has no NetworkPolicy']),
    ...policies.flatMap((each) => policyProblems(each, database, podIdentity).map((problem) => `${titleOf(each)}: ${problem}`)),
  ];
};

type Peer = { ipBlock?: { cidr: string; except?: string[] } };
type Egress = { ports?: { port: number | string; protocol: string }[]; to?: Peer[] };

/** Where an EKS node answers for its Pod Identity agent. */
const agent = '169.254.170.23/32';
const nodeCredentials = '169.254.169.254/32';

function policyProblems(policy: Manifest, database: number, podIdentity: boolean): string[] {
  const egress = (fieldOf(policy, 'spec', 'egress') ?? []) as Egress[];
  const types = fieldOf(policy, 'spec', 'policyTypes');
  const opens = (port: number, protocol: string): boolean =>
    egress.some(({ ports }) => ports?.some((each) => each.port === port && each.protocol === protocol) === true);
  const peers = egress.flatMap(({ to }) => to ?? []);
  const everywhere = peers.filter(({ ipBlock }) => ipBlock?.cidr === '0.0.0.0/0');
  const rules: readonly (readonly [boolean, string])[] = [
    [!(Array.isArray(types) && types.includes('Ingress') && types.includes('Egress')), 'must speak of both directions'],
    [!opens(53, 'UDP') || !opens(53, 'TCP'), 'names cannot be looked up'],
    [!opens(443, 'TCP'), 'AWS and Postmark cannot be reached'],
    [!opens(database, 'TCP'), 'the database cannot be reached'],
    [
      podIdentity !== peers.some(({ ipBlock }) => ipBlock?.cidr === agent),
      podIdentity ? 'the agent of Pod Identity cannot be reached' : 'the agent of Pod Identity is none of its business',
    ],
    [everywhere.some(({ ipBlock }) => ipBlock?.except?.includes(nodeCredentials) !== true), "the node's own credentials can be reached"],
    [egress.some(({ ports, to }) => ports === undefined && to === undefined), 'lets everything out'],
  ];
  return rules.filter(([broken]) => broken).map(([, problem]) => problem);
}
