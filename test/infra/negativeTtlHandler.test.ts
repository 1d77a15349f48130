import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { runInNewContext } from 'node:vm';
import { ListResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { onePartition, synthesise, theOne } from '../support/synthesised.ts';

type Event = { RequestType: 'Create' | 'Update' | 'Delete'; ResponseURL: string; ResourceProperties: Record<string, string> };
type Answer = { Status: string; Reason?: string; PhysicalResourceId: string };

let sandbox: Sandbox;
let cloudFormation: Server;
const received: { answer: Answer; headers: IncomingHttpHeaders }[] = [];
let handler: (event: Event) => Promise<void>;
let code: string;

beforeAll(async () => {
  sandbox = await startSandbox({ zone: 'dev.ardamails.com' });
  vi.stubEnv('AWS_ENDPOINT_URL', sandbox.addresses.route53);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  cloudFormation = createServer((incoming, reply) => {
    let text = '';
    incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
    incoming.on('end', () => {
      received.push({ answer: JSON.parse(text), headers: incoming.headers });
      reply.end();
    });
  });
  await new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve));
  // The very text that CloudFormation gets.
  const template = synthesise(onePartition())['Alpha002-dev-Email'] ?? { Resources: {} };
  code = z.object({ ZipFile: z.string() }).parse(theOne(template, 'AWS::Lambda::Function', 'NegativeTtl').properties['Code']).ZipFile;
  const exports: { handler?: typeof handler } = {};
  runInNewContext(code, { exports, require: createRequire(import.meta.url), fetch, Buffer });
  if (exports.handler === undefined) throw new Error('the code exports no handler');
  handler = exports.handler;
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  cloudFormation?.close();
  await sandbox?.close();
});

async function handle(RequestType: Event['RequestType'], properties: Record<string, string>): Promise<Answer> {
  const { port } = cloudFormation.address() as AddressInfo;
  const ResourceProperties = { zoneId: sandbox.zoneId, zoneName: sandbox.zoneName, ...properties };
  await handler({ RequestType, ResponseURL: `http://127.0.0.1:${port}/`, ResourceProperties });
  const last = received.at(-1);
  if (last === undefined) throw new Error('nothing was answered');
  expect(last.headers['content-type']).toBe('');
  return last.answer;
}

async function soa(): Promise<{ ttl: number | undefined; fields: string[] }> {
  const client = new Route53Client({});
  const { ResourceRecordSets } = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId }));
  const record = ResourceRecordSets?.find(({ Type }) => Type === 'SOA');
  return { ttl: record?.TTL, fields: record?.ResourceRecords?.[0]?.Value?.split(' ') ?? [] };
}

test('shortens how long a name is remembered not to exist, changes nothing else of the SOA record, and may run again', async () => {
  const before = await soa();
  expect(before.ttl).not.toBe(60);
  expect(await handle('Create', { seconds: '60' })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: `${sandbox.zoneId}-soa` });
  const after = { ttl: 60, fields: [...before.fields.slice(0, 6), '60'] };
  expect(await soa()).toEqual(after);
  expect(await handle('Update', { seconds: '60' })).toMatchObject({ Status: 'SUCCESS' });
  expect(await soa()).toEqual(after);
});

test('leaves the zone alone when the stack goes', async () => {
  const before = await soa();
  expect(await handle('Delete', { seconds: '60' })).toMatchObject({ Status: 'SUCCESS' });
  expect(await soa()).toEqual(before);
});

test('tells CloudFormation why it could not, so that a deployment does not wait an hour for an answer', async () => {
  expect(await handle('Create', { zoneId: 'ZNOTHERE', seconds: '60' })).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(/ZNOTHERE/),
  });
});

test('fits into a template', () => {
  expect(code.length).toBeLessThanOrEqual(4096);
  expect(code).toBe(readFileSync('infra/constructs/stateless/negativeTtlHandler.cjs', 'utf8'));
});
