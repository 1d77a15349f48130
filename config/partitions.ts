/**
 * The partitions of this installation, from `partitions.yaml`. Guarantee: either every one is whole and no two own the same mail zone, or the error
 * names every problem of the file, each with its key path and what would be valid.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { isTree } from './layer.ts';
import { nearest } from './nearest.ts';
import { type ClusterTrust, nameSchemas, type PartitionsFile, partitionsSchema } from './partitionsSchema.ts';

export type MailRoot = { name: string; account: string; region: string; dmarcReports: string | null };

export type Partition = {
  /** `{infrastructure}-{purpose}` */
  name: string;
  infrastructure: string;
  purpose: string;
  account: string;
  region: string;
  mailRoot: MailRoot;
  /** What CDK publishes; everything else takes the published value. */
  zoneName: string;
  postmarkAccount: string;
  publicUrl: string;
  delegation: 'manual' | 'custom-resource';
  nameServers: readonly string[];
  dnssec: boolean;
  negativeTtlSeconds: number;
  cluster: ClusterTrust;
  namespace: string;
  serviceAccount: string;
  secretAccess: 'externalSecrets' | 'csi';
  drift: { postmarkInventory: boolean; registry: boolean; dns: boolean; suppressions: boolean; webhooks: boolean };
  alarmEmail: string | null;
};

export type Installation = { mailRoots: readonly MailRoot[]; partitions: readonly Partition[] };

export type PartitionProblem = { key: string; problem: string };

export class PartitionsError extends Error {
  readonly problems: readonly PartitionProblem[];

  constructor(file: string, problems: readonly PartitionProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super([`${file} has ${count}:`, ...problems.map(({ key, problem }) => `  - ${key}: ${problem}`)].join('\n'));
    this.name = 'PartitionsError';
    this.problems = problems;
  }
}

export const partitionsFile = fileURLToPath(new URL('partitions.yaml', import.meta.url));

/** Throws a `PartitionsError`. */
export function loadPartitions(file = partitionsFile): Installation {
  return parsePartitions(readFileSync(file, 'utf8'), file);
}

/** `file` names the text in what is thrown. */
export function parsePartitions(text: string, file: string): Installation {
  let tree: unknown;
  try {
    tree = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new PartitionsError(file, [
      { key: 'the file', problem: `is not YAML: ${error instanceof Error ? error.message : String(error)}` },
    ]);
  }
  const parsed = partitionsSchema.safeParse(tree);
  const problems = [...(parsed.success ? [] : parsed.error.issues.flatMap(shapeProblems)), ...problemsBetween(tree)];
  if (!parsed.success || problems.length > 0) throw new PartitionsError(file, problems);
  return installation(parsed.data);
}

type Issue = { code: string; path: PropertyKey[]; message: string; keys?: string[] };

function shapeProblems({ code, path, message, keys }: Issue): PartitionProblem[] {
  const at = path.map(String).join('.') || 'the file';
  if (code === 'unrecognized_keys' && keys !== undefined)
    return keys.map((key) => ({
      key: at === 'the file' ? key : `${at}.${key}`,
      problem: `is not a key here${suggestion(key, knownKeys)}`,
    }));
  const missing = /received undefined/.test(message) ? 'is missing: ' : '';
  const problem = message
    .replace(/^Invalid (input|option): expected /, 'must be ')
    .replace(/^Too small: expected \w+ to (?:have|be) >=(\d+)/, 'must be at least $1')
    .replace(/^Too big: expected \w+ to (?:have|be) <=(\d+)/, 'must be at most $1')
    .replace(/, received.*$/, '');
  return [{ key: at, problem: `${missing}${problem}` }];
}

const knownKeys = [
  ...['mailRoots', 'infrastructures', 'account', 'region', 'dmarcReports', 'cluster', 'alarmEmail', 'partitions', 'name', 'trust'],
  ...['oidcIssuer', 'mailRoot', 'postmarkAccount', 'publicUrl', 'delegation', 'nameServers', 'dnssec', 'negativeTtlSeconds', 'namespace'],
  ...['serviceAccount', 'secretAccess', 'drift', 'postmarkInventory', 'registry', 'dns', 'suppressions', 'webhooks'],
];

function suggestion(given: string, known: readonly string[]): string {
  const best = nearest(given, known);
  return best === null ? `; known are ${known.join(', ')}` : `; did you mean ${best}?`;
}

const entries = (tree: unknown, key: string): [string, unknown][] => {
  const found = isTree(tree) ? tree[key] : undefined;
  return isTree(found) ? Object.entries(found) : [];
};

function nameProblems(kind: keyof typeof nameSchemas, at: string, name: string): PartitionProblem[] {
  const parsed = nameSchemas[kind].safeParse(name);
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => ({ key: at, problem: message }));
}

/** Looks at whatever is readable, so that a mistake elsewhere hides none of these. */
function problemsBetween(tree: unknown): PartitionProblem[] {
  const roots = entries(tree, 'mailRoots').map(([name]) => name);
  const ownerOf = new Map<string, string>();
  return [
    ...roots.flatMap((name) => nameProblems('mailRoot', `mailRoots.${name}`, name)),
    ...entries(tree, 'infrastructures').flatMap(([infrastructure, body]) => [
      ...nameProblems('infrastructure', `infrastructures.${infrastructure}`, infrastructure),
      ...entries(body, 'partitions').flatMap(([purpose, partition]) => {
        const at = `infrastructures.${infrastructure}.partitions.${purpose}`;
        const named = nameProblems('purpose', at, purpose);
        if (!isTree(partition)) return named;
        const region = isTree(body) ? body['region'] : undefined;
        return [...named, ...zoneProblems(at, purpose, partition, roots, ownerOf), ...choiceProblems(at, partition, region)];
      }),
    ]),
  ];
}

function zoneProblems(
  at: string,
  purpose: string,
  { mailRoot }: Record<string, unknown>,
  roots: readonly string[],
  ownerOf: Map<string, string>,
): PartitionProblem[] {
  if (typeof mailRoot !== 'string') return [];
  const unknown = { key: `${at}.mailRoot`, problem: `${mailRoot} is not one of mailRoots${suggestion(mailRoot, roots)}` };
  const zone = `${purpose}.${mailRoot}`;
  const owner = ownerOf.get(zone);
  ownerOf.set(zone, owner ?? at);
  const taken = { key: at, problem: `owns ${zone}, which ${owner} owns already: give it another purpose or another mail root` };
  return [...(roots.includes(mailRoot) ? [] : [unknown]), ...(owner === undefined ? [] : [taken])];
}

function choiceProblems(at: string, { dnssec, delegation, nameServers }: Record<string, unknown>, region: unknown): PartitionProblem[] {
  const elsewhere = { key: `${at}.dnssec`, problem: `the signing key must be in us-east-1, and this infrastructure is in ${region}` };
  const both = { key: `${at}.nameServers`, problem: 'custom-resource delegation writes the NS record by itself: leave nameServers out' };
  return [
    ...(dnssec === true && typeof region === 'string' && region !== 'us-east-1' ? [elsewhere] : []),
    ...(delegation === 'custom-resource' && nameServers !== undefined ? [both] : []),
  ];
}

function installation(file: PartitionsFile): Installation {
  const mailRoots = Object.entries(file.mailRoots).map(([name, root]) => ({ ...root, name, dmarcReports: root.dmarcReports ?? null }));
  const partitions = Object.entries(file.infrastructures).flatMap(([infrastructure, { account, region, cluster, alarmEmail, ...body }]) =>
    Object.entries(body.partitions).flatMap(([purpose, partition]) =>
      mailRoots
        .filter(({ name }) => name === partition.mailRoot)
        .map((mailRoot) => ({
          ...partition,
          ...{ infrastructure, purpose, account, region, cluster, mailRoot },
          name: `${infrastructure}-${purpose}`,
          zoneName: `${purpose}.${mailRoot.name}`,
          nameServers: partition.nameServers ?? [],
          alarmEmail: alarmEmail ?? null,
        })),
    ),
  );
  return { mailRoots, partitions };
}
