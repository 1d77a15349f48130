/**
 * KMS in a bad mood, seen from outside: mail under loaded keys goes on, `/readyz`, `/metrics` and `GET /material` say what is so, and a process that starts
 * meanwhile takes mail and sends none until it has a key.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CancelKeyDeletionCommand, DisableKeyCommand, EnableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { Registry } from '../../service/core/material/registry.ts';
import type { MaterialStatus } from '../../service/http/materialStatus.ts';
import { awsCredentialsOfNobody } from '../ports/support/outside.ts';
import type { Actor } from './support/actor.ts';
import { crashableWorld } from './support/crashable.ts';
import { until } from './support/until.ts';

const world = crashableWorld({ EMAIL_AWS_TIMEOUT_SECONDS: '0.5' });

let client: KMSClient;
let KeyId: string;
let acme: Actor;

beforeAll(async () => {
  awsCredentialsOfNobody();
  const { ready } = world();
  client = new KMSClient({ region: 'us-east-1', endpoint: ready.sandbox.kms, maxAttempts: 1 });
  const registry: Registry = JSON.parse(readFileSync(join(ready.dataDir, 'material-registry.json'), 'utf8'));
  KeyId = registry.versions[registry.current]?.kmsKeyArn ?? '';
  acme = await world().sender();
}, 120_000);
afterAll(() => client?.destroy());

const refresh = async (): Promise<MaterialStatus> => {
  const { status, body } = await world().api.post('/material/refresh', {});
  expect(status).toBe(200);
  return body as MaterialStatus;
};
const readyz = async () => {
  const { status, body } = await world().api.outside('/readyz');
  return [status, (body as { checks: Record<string, string> }).checks['registry']];
};
const metric = async (name: string): Promise<number> => {
  const { body } = await world().api.outside('/metrics');
  return Number(new RegExp(`^email_material_registry_refresh_${name} (\\S+)$`, 'm').exec(String(body))?.[1] ?? Number.NaN);
};

type Mood = { name: string; code: string; begin: () => Promise<unknown>; end: () => Promise<unknown> };
const fault = (kind: 'throttle' | 'timeout-before') => () => world().control.fault({ service: 'kms', operation: 'Decrypt', kind });
const noFaults = () => world().control.clearFaults();

const moods: Mood[] = [
  {
    name: 'the key is disabled',
    code: 'key_disabled',
    begin: () => client.send(new DisableKeyCommand({ KeyId })),
    end: () => client.send(new EnableKeyCommand({ KeyId })),
  },
  {
    name: 'the key waits for its deletion',
    code: 'key_state',
    begin: () => client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })),
    async end() {
      await client.send(new CancelKeyDeletionCommand({ KeyId }));
      await client.send(new EnableKeyCommand({ KeyId }));
    },
  },
  { name: 'KMS throttles', code: 'throttled', begin: fault('throttle'), end: noFaults },
  { name: 'KMS does not answer', code: 'unreachable', begin: fault('timeout-before'), end: noFaults },
];

describe.each(moods)('while $name', ({ code, begin, end }) => {
  test('mail under loaded keys goes on, and the process says that a restart would not have them', async () => {
    expect([await readyz(), await metric('kms_answers')]).toEqual([[200, 'ok'], 1]);
    const failures = await metric(`failures_total\\{reason="${code}"\\}`);
    await begin();
    // The next mood begins with KMS as it should be.
    onTestFailed(async () => {
      await end();
    });
    const material = await refresh();
    expect([material.kms.state, material.current, material.versions[0]?.loaded]).toEqual(['failing', material.documentedCurrent, true]);
    expect([await readyz(), await metric('kms_answers')]).toEqual([[200, 'degraded'], 0]);
    expect(await metric(`failures_total\\{reason="${code}"\\}`)).toBe(failures + 1);
    const { body } = await acme.send('ada@example.com', { key: code });
    await acme.untilJob(body.eId, 'DELIVERED');
    await end();
    expect([(await refresh()).kms.state, await readyz(), await metric('kms_answers')]).toEqual(['answers', [200, 'ok'], 1]);
  });
});

test('a process that starts while KMS is away says so, keeps what it is given, seals nothing, and goes on by itself', async () => {
  const { control, api, crash } = world();
  await fault('timeout-before')();
  await crash();
  const revived = world().revive();
  revived.catch(() => undefined);
  await until(
    'it answers',
    () => readyz().catch(() => null),
    (seen) => seen !== null,
  );
  expect([await readyz(), await metric('versions')]).toEqual([[503, 'failing'], 0]);
  expect((await api.post('/configuration', { sendingDomainSlug: 'unsealed' }, { tenant: 'unsealed' })).status).toBe(503);
  const { status, body } = await acme.send('ada@example.com', { key: 'while-away' });
  expect(status).toBe(202);
  // Claimed now and then, since a key may come at any time, and handed back unsent.
  await acme.untilJob(body.eId, 'QUEUED');
  const material = (await api.get('/material')).body as MaterialStatus;
  expect(material).toMatchObject({
    current: null,
    lastOutcome: 'partial',
    versions: [{ loaded: false, reason: expect.stringMatching(/^Decrypt: /), rows: 1 }],
  });
  expect(await acme.explain()).toMatchObject({ firstBlocker: 'keyLoaded' });
  await control.clearFaults();
  // Sooner than the next tick: without a key nothing is sealed or sent.
  await control.advance(35);
  await revived;
  await acme.untilJob(body.eId, 'DELIVERED');
  expect(await readyz()).toEqual([200, 'ok']);
});
