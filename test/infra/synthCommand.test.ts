import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const limitMs = 180_000;
let copy: string;

/** A checkout of its own, with one partition, and without the seconds that CloudFormation's own schema check takes. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'postroute-synth-'));
  for (const part of ['infra', 'config', 'dev', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const cdk = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const context = { ...cdk.context, '@aws-cdk/core:validateAgainstDefaultRules': false };
  writeFileSync(join(copy, 'cdk.json'), JSON.stringify({ ...cdk, context }));
  writeFileSync(join(copy, 'config/partitions.yaml'), partitions);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const partitions = `
mailRoots: { ardamails.com: { account: '100000000001', region: us-east-1 } }
infrastructures:
  Alpha002:
    account: '100000000012'
    region: us-east-1
    cluster: { name: alpha002, trust: podIdentity }
    partitions: { dev: { mailRoot: ardamails.com, postmarkAccount: arda, publicUrl: https://email.example } }
`;

/** `npm run synth` in a checkout. No credentials, and no address that anything could be asked at. */
function synth(folder: string, ...args: string[]): { status: number | null; output: string } {
  const env = { PATH: process.env['PATH'], HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', HTTPS_PROXY: 'http://127.0.0.1:9' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'dev/synth.ts'), ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

/** With this text of this file replaced, for the time of one synthesis. */
function synthWith(file: string, from: string, to: string): ReturnType<typeof synth> {
  const path = join(copy, file);
  const whole = readFileSync(path, 'utf8');
  expect(whole).toContain(from);
  writeFileSync(path, whole.replace(from, to));
  try {
    return synth(copy);
  } finally {
    writeFileSync(path, whole);
  }
}

describe('npm run synth', () => {
  test('makes every stack without an account and without a network, with every resource held to its schema', { timeout: limitMs }, () => {
    const assembly = join(copy, 'whole');
    const { status, output } = synth(root, '--output', assembly);
    expect({ status, output }).toMatchObject({ status: 0, output: expect.stringContaining('synthesised in') });
    const { artifacts } = JSON.parse(readFileSync(join(assembly, 'manifest.json'), 'utf8'));
    const stacks = Object.values<{ type: string }>(artifacts).filter(({ type }) => type === 'aws:cloudformation:stack');
    expect(stacks).toHaveLength(5);
  });

  test.each<[string, string, string, string, RegExp]>([
    [
      'a permission on everything',
      'infra/constructs/stateless/serviceRole.ts',
      "allow('ReadZone', ['route53:GetHostedZone', 'route53:ListResourceRecordSets'], [zone.hostedZoneArn])",
      "allow('ReadZone', ['route53:*'], ['*'])",
      /AwsSolutions-IAM5\[Action::route53:\*\]/,
    ],
    [
      'a renamed export',
      'infra/constructs/stateless/partitionOutputs.ts',
      'exportName: exportName(partition, key)',
      "exportName: exportName(partition, key).replace('ZoneId', 'Id')",
      /Alpha002-dev-API-PartitionMailZoneId is not exported/,
    ],
    [
      'an export renamed in the contract itself',
      'config/partitionExports.ts',
      'API-PartitionMailZoneId',
      'API-PartitionZoneId',
      /API-PartitionMailZoneId is promised by infra\/README\.md, and not published/,
    ],
    [
      'a partition that is not whole',
      'config/partitions.yaml',
      'postmarkAccount: arda, ',
      '',
      /infrastructures\.Alpha002\.partitions\.dev\.postmarkAccount: is missing/,
    ],
  ])(
    'ends with an error at %s, and names it',
    (_name, file, from, to, named) => {
      const { status, output } = synthWith(file, from, to);
      expect(output).toMatch(named);
      expect(status).toBe(1);
    },
    limitMs,
  );
});
