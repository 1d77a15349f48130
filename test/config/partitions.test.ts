import { describe, expect, test } from 'vitest';
import { loadPartitions, PartitionsError, parsePartitions } from '../../config/partitions.ts';

const small = {
  mailRoots: { 'ardamails.com': { account: '100000000001', region: 'us-east-1' } },
  infrastructures: {
    Alpha002: {
      account: '100000000012',
      region: 'us-east-1',
      cluster: { name: 'alpha002', trust: 'podIdentity' },
      partitions: { dev: { mailRoot: 'ardamails.com', postmarkAccount: 'arda', publicUrl: 'https://email.example' } },
    },
  },
};

/** The small file with what stands at these paths replaced; undefined takes it away. */
function changed(...changes: [path: string, value: unknown][]): string {
  const copy = structuredClone(small);
  for (const [path, value] of changes) {
    const keys = path.split('/');
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Record<string, unknown>>((tree, key) => tree[key] as Record<string, unknown>, copy);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return JSON.stringify(copy);
}

function problemsOf(text: string): string[] {
  try {
    parsePartitions(text, 'partitions.yaml');
  } catch (error) {
    if (error instanceof PartitionsError) return error.problems.map(({ key, problem }) => `${key}: ${problem}`);
    throw error;
  }
  return [];
}

const dev = 'infrastructures/Alpha002/partitions/dev';
const at = 'infrastructures.Alpha002.partitions.dev';

describe('partitions.yaml', () => {
  test('ships Alpha001 with demo and prod, and Alpha002 with dev and stage', () => {
    const { partitions } = loadPartitions();
    expect(partitions.map(({ name, zoneName }) => ({ name, zoneName }))).toEqual([
      { name: 'Alpha001-demo', zoneName: 'demo.ardamails.com' },
      { name: 'Alpha001-prod', zoneName: 'prod.ardamails.com' },
      { name: 'Alpha002-dev', zoneName: 'dev.ardamails.com' },
      { name: 'Alpha002-stage', zoneName: 'stage.ardamails.com' },
    ]);
  });

  test('needs three lines for a partition; everything else has a default', () => {
    const [partition] = parsePartitions(changed(), 'partitions.yaml').partitions;
    expect(partition).toEqual({
      name: 'Alpha002-dev',
      infrastructure: 'Alpha002',
      purpose: 'dev',
      account: '100000000012',
      region: 'us-east-1',
      cluster: { name: 'alpha002', trust: 'podIdentity' },
      mailRoot: { name: 'ardamails.com', account: '100000000001', region: 'us-east-1', dmarcReports: null },
      zoneName: 'dev.ardamails.com',
      postmarkAccount: 'arda',
      publicUrl: 'https://email.example',
      delegation: 'manual',
      nameServers: [],
      dnssec: false,
      negativeTtlSeconds: 60,
      namespace: 'postroute',
      serviceAccount: 'postroute',
      secretAccess: 'externalSecrets',
      drift: { postmarkInventory: false, registry: false, dns: false, suppressions: false, webhooks: false },
      alarmEmail: null,
    });
  });

  test.each<[string, [string, unknown][], string]>([
    ['a missing key', [[`${dev}/publicUrl`, undefined]], `${at}.publicUrl: is missing: must be string`],
    ['a mistyped key', [[`${dev}/delegations`, 'manual']], `${at}.delegations: is not a key here; did you mean delegation?`],
    [
      'an account as a number',
      [['mailRoots/ardamails.com/account', 1]],
      'mailRoots.ardamails.com.account: must be text: put it in quotes, or YAML drops its leading zeros',
    ],
    [
      'an unknown mail root',
      [[`${dev}/mailRoot`, 'ardamail.com']],
      `${at}.mailRoot: ardamail.com is not one of mailRoots; did you mean ardamails.com?`,
    ],
    [
      'an unknown trust',
      [['infrastructures/Alpha002/cluster', { name: 'a', trust: 'irs' }]],
      'infrastructures.Alpha002.cluster.trust: must have trust: podIdentity or trust: irsa',
    ],
    [
      'IRSA without an issuer',
      [['infrastructures/Alpha002/cluster/trust', 'irsa']],
      'infrastructures.Alpha002.cluster.oidcIssuer: is missing: must be string',
    ],
    [
      'an address with a path',
      [[`${dev}/publicUrl`, 'https://a.example/v1']],
      `${at}.publicUrl: must be an https:// address without a path`,
    ],
    ['one name server', [[`${dev}/nameServers`, ['ns-1.awsdns-1.com']]], `${at}.nameServers: must be at least 2 items`],
    [
      'a purpose that is no label',
      [['infrastructures/Alpha002/partitions/Dev_1', small.infrastructures.Alpha002.partitions.dev]],
      'infrastructures.Alpha002.partitions.Dev_1: a purpose must be 1 to 32 of a-z and 0-9',
    ],
    [
      'name servers beside a delegation that writes itself',
      [
        [`${dev}/delegation`, 'custom-resource'],
        [`${dev}/nameServers`, ['a.b.c', 'd.e.f']],
      ],
      `${at}.nameServers: custom-resource delegation writes the NS record by itself: leave nameServers out`,
    ],
    [
      'DNSSEC away from us-east-1',
      [
        [`${dev}/dnssec`, true],
        ['infrastructures/Alpha002/region', 'eu-west-1'],
      ],
      `${at}.dnssec: the signing key must be in us-east-1, and this infrastructure is in eu-west-1`,
    ],
    [
      'two owners of one zone',
      [['infrastructures/Alpha003', small.infrastructures.Alpha002]],
      `infrastructures.Alpha003.partitions.dev: owns dev.ardamails.com, which ${at} owns already: give it another purpose or another mail root`,
    ],
  ])('refuses %s, by its key and with what would be valid', (_name, changes, expected) => {
    expect(problemsOf(changed(...changes))).toEqual([expected]);
  });

  test('tells every problem at once: of shape, of names, and between two keys, also below a name that is wrong itself', () => {
    const body = { ...small.infrastructures.Alpha002, partitions: { dev: { mailRoot: 'elsewhere.org' }, De: 3 } };
    expect(problemsOf(changed(['infrastructures/Alpha-3', body], ['mailRoots/ardamails.com/region', 'here']))).toEqual([
      'mailRoots.ardamails.com.region: must look like us-east-1',
      'infrastructures.Alpha-3.partitions.dev.postmarkAccount: is missing: must be string',
      'infrastructures.Alpha-3.partitions.dev.publicUrl: is missing: must be string',
      'infrastructures.Alpha-3.partitions.De: must be object',
      'infrastructures.Alpha-3: an infrastructure must be 1 to 32 letters and digits',
      'infrastructures.Alpha-3.partitions.dev.mailRoot: elsewhere.org is not one of mailRoots; known are ardamails.com',
      'infrastructures.Alpha-3.partitions.De: a purpose must be 1 to 32 of a-z and 0-9',
    ]);
  });

  test('says where a file that is no YAML stops being one', () => {
    expect(problemsOf('a: [')).toEqual([expect.stringMatching(/^the file: is not YAML: .*line 1/)]);
  });
});
