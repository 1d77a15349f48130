/**
 * Every call of the loop goes wrong once, as answers go wrong over the wire: the loop completes by itself, with one of everything. Each call by itself, and
 * other kinds of trouble, are the table of test/work/crashForth.test.ts.
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { Actor } from './support/actor.ts';
import type { Fault } from './support/control.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld([], {
  EMAIL_LOG_LEVEL: 'fatal',
  EMAIL_POSTMARK_TIMEOUT_SECONDS: '0.4',
  EMAIL_AWS_TIMEOUT_SECONDS: '0.4',
  EMAIL_DNS_TIMEOUT_SECONDS: '0.4',
  EMAIL_POSTMARK_REQUESTS_PER_SECOND: '100',
  EMAIL_ROUTE53_REQUESTS_PER_SECOND: '100',
});

afterEach(async () => {
  await world().control.clearFaults();
});

type Operation = Pick<Fault, 'service'> & { operation: string };
type Manner = Pick<Fault, 'kind' | 'status' | 'errorCode'>;

const postmark = (operation: string): Operation => ({ service: 'postmark', operation });
const route53 = (operation: string): Operation => ({ service: 'route53', operation });

const wayThere = [
  ...[
    'POST /servers',
    'POST /domains',
    'GET /webhooks',
    'POST /webhooks',
    'PUT /domains/{id}/verifyDkim',
    'PUT /domains/{id}/verifyReturnPath',
  ].map(postmark),
  ...['ChangeResourceRecordSets', 'GetChange'].map(route53),
];
const wayBack = [
  ...['GET /webhooks', 'DELETE /webhooks/{id}', 'DELETE /domains/{id}', 'DELETE /servers/{id}', 'PUT /servers/{id}'].map(postmark),
  ...['ListResourceRecordSets', 'ChangeResourceRecordSets', 'GetChange'].map(route53),
];

const manners: [string, Manner, Manner][] = [
  ['happened, and the answer never came', { kind: 'timeout-after' }, { kind: 'timeout-after' }],
  ['happened, and the connection was cut', { kind: 'cut' }, { kind: 'cut' }],
  ['was answered 500', { kind: 'status', status: 500, errorCode: 101 }, { kind: 'status', status: 500, errorCode: 'InternalFailure' }],
];

const spoil = async (operations: readonly Operation[], [, ofPostmark, ofAws]: (typeof manners)[number]): Promise<void> => {
  for (const operation of operations) {
    const manner = operation.service === 'postmark' ? ofPostmark : ofAws;
    await world().control.fault({ ...operation, ...manner, times: 1 });
  }
};

const expectOneOfEach = async (acme: Actor): Promise<void> => {
  const { servers, domains, webhooks, records } = await acme.holdings();
  expect({ servers: servers.length, domains, webhooks, records: records.length }).toEqual({
    servers: 1,
    domains: 1,
    webhooks: 1,
    records: 2,
  });
};

/** Every counted fault has been met: the book is empty. */
const expectAllMet = async (before: number, operations: readonly Operation[]): Promise<void> => {
  const { calls } = await world().control.state();
  const made = operations.reduce((sum, { service, operation }) => sum + (calls[service][operation] ?? 0), 0);
  expect(made - before).toBeGreaterThanOrEqual(operations.length);
};

const callsSoFar = async (operations: readonly Operation[]): Promise<number> => {
  const { calls } = await world().control.state();
  return operations.reduce((sum, { service, operation }) => sum + (calls[service][operation] ?? 0), 0);
};

/** On a busy machine an honest answer may come later than this file's time-out: then its outcome is looked up after a grace, in domain time. */
const expectDelivered = async (acme: Actor): Promise<string> => {
  const { body } = await acme.send();
  for (let n = 0; n < 10 && !['SENT', 'DELIVERED'].includes((await acme.job(body.eId)).status); n += 1) await world().control.advance(20);
  await acme.untilJob(body.eId, 'DELIVERED');
  return body.eId;
};

describe.each(manners)('each call of the way there and back that %s', (...manner) => {
  test('is made again where that is right, and only there', async () => {
    const { actor, control } = world();
    const before = await callsSoFar(wayThere);
    await spoil(wayThere, manner);
    const acme = await actor({ provision: true });
    // Retries wait in domain time, so it is moved on rather than sat out.
    for (let n = 0; n < 40 && (await acme.record()).status !== 'LOCKED'; n += 1) await control.advance(40);
    await acme.unlocked();
    await expectOneOfEach(acme);
    await expectAllMet(before, wayThere);
    const jobEId = await expectDelivered(acme);
    expect(await control.mail({ jobId: jobEId })).toHaveLength(1);

    await acme.signal('lock');
    await acme.untilStatus('LOCKED');
    const beforeBack = await callsSoFar(wayBack);
    await spoil(wayBack, manner);
    await acme.signal('remove');
    for (let n = 0; n < 40 && (await acme.record()).status !== 'REMOVED'; n += 1) await control.advance(10);
    await acme.untilStatus('REMOVED');
    expect(await acme.holdings()).toEqual({ servers: [], domains: 0, webhooks: 0, records: [] });
    await expectAllMet(beforeBack, wayBack);
  });
});

describe('KMS out of reach', () => {
  test.each<[string, Manner]>([
    ['silent', { kind: 'timeout-before' }],
    ['cut', { kind: 'cut' }],
    ['denying', { kind: 'status', status: 400, errorCode: 'AccessDeniedException' }],
    ['throttling', { kind: 'throttle' }],
  ])('(%s): the last good registry stays in use, and mail goes on', async (_how, manner) => {
    const { sender, control, api } = world();
    const acme = await sender();
    await control.fault({ service: 'kms', ...manner });
    await api.post('/material/refresh', {});
    await control.advance(16 * 60);
    await expectDelivered(acme);
    expect((await api.outside('/readyz')).status).toBe(200);
  });
});
