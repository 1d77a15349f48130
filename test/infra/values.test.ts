import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { exportName, partitionExportKeys } from '../../config/partitionExports.ts';

let cloudFormation: Server;
let folder: string;
let file: string;
/** What is exported, and by which account. */
let exported: Map<string, string>;
let account: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postroute-values-'));
  file = join(folder, 'values.yaml');
  cloudFormation = createServer((incoming, answer) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
    incoming.on('end', () => answer.end(listExports(new URLSearchParams(body))));
  });
  await new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  cloudFormation?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  rmSync(file, { force: true });
  account = '100000000012';
  exported = new Map(partitionExportKeys.map((key) => [exportName('Alpha002-dev', key), `value-of-${key}`]));
  for (const key of partitionExportKeys) exported.set(exportName('Alpha002-stage', key), 'another partition');
});

/** A page holds three, so that what is looked for is on several. */
function listExports(form: URLSearchParams): string {
  expect(form.get('Action')).toBe('ListExports');
  const start = Number(form.get('NextToken') ?? 0);
  const members = [...exported].slice(start, start + 3).map(([name, value]) => {
    const stack = `arn:aws:cloudformation:us-east-1:${account}:stack/S/1`;
    return `<member><ExportingStackId>${stack}</ExportingStackId><Name>${name}</Name><Value>${value}</Value></member>`;
  });
  const next = start + 3 < exported.size ? `<NextToken>${start + 3}</NextToken>` : '';
  const result = `<ListExportsResult><Exports>${members.join('')}</Exports>${next}</ListExportsResult>`;
  return `<ListExportsResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">${result}</ListExportsResponse>`;
}

type Ended = { status: number | null; out: string; errors: string };

function values(...args: string[]): Promise<Ended> {
  const { port } = cloudFormation.address() as AddressInfo;
  const env = {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  };
  const child = spawn(process.execPath, ['dev/values.ts', ...args], { env });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, out, errors })));
}

const forDev = (...args: string[]) => values('--partition', 'Alpha002-dev', '--file', file, ...args);

describe('npm run values', () => {
  test("writes what the stack published and what config/partitions.yaml says, for the chart, and nothing that is a deployer's", async () => {
    expect(await forDev()).toMatchObject({ status: 0, out: expect.stringContaining('written'), errors: '' });
    expect(parse(readFileSync(file, 'utf8'))).toEqual({
      partition: 'Alpha002-dev',
      mailZone: { id: 'value-of-mailZoneId', name: 'value-of-mailZoneName' },
      webhook: { publicUrl: 'https://email.dev.arda.example' },
      aws: { region: 'us-east-1', encryptionKeyArn: 'value-of-encryptionKeyArn' },
      serviceAccount: { name: 'postroute', namespace: 'postroute', identity: 'irsa', roleArn: 'value-of-serviceRoleArn' },
      secretStore: {
        source: 'externalSecrets',
        postmarkAccountToken: 'value-of-postmarkAccountTokenArn',
        apiKeys: 'value-of-apiKeysArn',
        webhookSigningKey: 'value-of-webhookSigningKeyArn',
        materialRegistry: 'value-of-materialRegistryArn',
      },
    });
  });

  test('names everything that is missing at once, and writes nothing', async () => {
    exported.delete('Alpha002-dev-API-PartitionMailZoneId');
    exported.set('Alpha002-dev-API-EmailServiceRoleArn', '');
    const { status, errors } = await forDev();
    expect(errors).toBe(
      [
        'postroute: 2 exports of Alpha002-dev are not there (account 100000000012, us-east-1):',
        '  - Alpha002-dev-API-PartitionMailZoneId',
        '  - Alpha002-dev-API-EmailServiceRoleArn',
        'deploy the stack first: npx cdk deploy Alpha002-dev-Email\n',
      ].join('\n'),
    );
    expect(status).toBe(3);
    expect(() => readFileSync(file)).toThrow();
  });

  test('takes nothing from a namesake in another account, and says whose credentials these are', async () => {
    account = '999999999999';
    const { status, errors } = await forDev();
    expect(errors).toContain(`${partitionExportKeys.length} exports of Alpha002-dev are not there (account 999999999999, us-east-1)`);
    expect(errors).toContain("config/partitions.yaml has account 100000000012: these credentials are another's");
    expect(status).toBe(3);
  });

  test('--check says that the file is as published, writes nothing, and names the lines that differ when it is not', async () => {
    expect(await forDev('--check')).toMatchObject({ status: 1, errors: expect.stringContaining('it does not exist') });
    await forDev();
    const written = readFileSync(file, 'utf8');
    expect(await forDev('--check')).toMatchObject({ status: 0, out: expect.stringContaining('says what Alpha002-dev publishes') });
    exported.set('Alpha002-dev-API-PartitionMailZoneId', 'ZNEW');
    const { status, errors } = await forDev('--check');
    expect(errors).toContain('-   id: value-of-mailZoneId\n+   id: ZNEW');
    expect(status).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe(written);
  });

  test('writes the same bytes again when nothing has changed', async () => {
    await forDev();
    const first = readFileSync(file, 'utf8');
    expect(await forDev()).toMatchObject({ status: 0, out: expect.stringContaining('unchanged') });
    writeFileSync(file, `${first}replicas: 2\n`);
    expect(await forDev()).toMatchObject({ status: 0, out: expect.stringContaining('changed') });
    expect(readFileSync(file, 'utf8')).toBe(first);
  });

  test.each([
    [['--partition', 'Alpha002-dve'], 'did you mean Alpha002-dev?'],
    [[], 'which partition?'],
    [['--partition', 'Alpha002-dev', '--chekc'], "Unknown option '--chekc'"],
  ])('refuses %o', async (args, said) => {
    expect(await values(...args)).toMatchObject({ status: 2, errors: expect.stringContaining(said) });
  });
});
