import { ChangeResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { beforeEach, describe, expect, it } from 'vitest';
import { askUdp } from '../support/dnsQuestion.ts';
import { sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const zone = 'dev.ardamails.com';

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

describe('bad input is answered 400, with the field and the remedy', () => {
  const event = { messageId: 'm', type: 'Delivery' };
  const record = { action: 'UPSERT', name: `a.${zone}`, type: 'TXT', values: ['x'] };
  const fault = { service: 'kms', kind: 'cut' };
  const cases: [path: string, body: unknown, error: string][] = [
    ['/clock/advance', 'not json', 'the body is not JSON; send a JSON object'],
    ['/clock/advance', [], 'the body must be a JSON object'],
    ['/clock/advance', null, 'the body must be a JSON object'],
    ['/clock/advance', {}, "field 'seconds' is missing; it must be a number"],
    ['/clock/advance', { seconds: '5' }, "field 'seconds' must be a number"],
    ['/clock/advance', { seconds: 0 }, "field 'seconds' must be more than 0"],
    ['/clock/advance', { seconds: -1 }, "field 'seconds' must be more than 0"],
    ['/clock/advance', { seconds: 1e12 }, "field 'seconds' must be at most 315576000 (10 years)"],
    ['/clock/advance', { second: 5 }, "unknown field 'second'; did you mean 'seconds'?"],
    ['/clock/settled', { watcher: 'w1', seq: 1, exactMs: null }, "field 'pollMs' is missing"],
    ['/fault', { ...fault, service: 'smtp' }, "field 'service' must be one of postmark, route53, kms, dns, webhook"],
    ['/fault', { ...fault, kind: 'explode' }, "field 'kind' must be one of status, timeout-before,"],
    ['/fault', { kind: 'cut' }, "field 'service' must be one of"],
    ['/fault', { ...fault, times: 1, probability: 0.5 }, "field 'times' excludes 'probability'; send one of them"],
    ['/fault', { ...fault, times: 0 }, "field 'times' must be at least 1"],
    ['/fault', { ...fault, times: 1.5 }, "field 'times' must be a whole number"],
    ['/fault', { ...fault, probability: 2 }, "field 'probability' must be at most 1"],
    ['/fault', { ...fault, probability: 0 }, "field 'probability' must be more than 0"],
    ['/fault', { ...fault, status: 42 }, "field 'status' must be an HTTP status from 200 to 599"],
    ['/fault', { ...fault, status: 199 }, "field 'status' must be an HTTP status from 200 to 599"],
    ['/fault', { ...fault, errorCode: true }, "field 'errorCode' must be a number (Postmark) or a name (AWS, DNS)"],
    ['/fault', { ...fault, delayMs: -1 }, "field 'delayMs' must be at least 0"],
    ['/fault', { ...fault, server: 'x' }, "field 'server' must be a number"],
    ['/fault', { ...fault, kind: 'reorder' }, "are for service 'webhook'"],
    ['/fault', { ...fault, oparation: 'x' }, "unknown field 'oparation'; did you mean 'operation'?"],
    ['/settings', { insyncms: 5 }, "unknown setting 'insyncms'; did you mean 'insyncMs'?"],
    ['/settings', { foreignDomains: [1] }, "field 'foreignDomains' must be a number, a text, true or false, or a list of texts"],
    ['/settings', { insyncMs: '5' }, "setting 'insyncMs' must be a number"],
    ['/postmark/event', { ...event, type: 'Exploded' }, "field 'type' must be one of Delivery, Bounce"],
    ['/postmark/event', { ...event, at: 'yesterday' }, "field 'at' must be a time such as 2026-01-02T03:04:05.000Z"],
    ['/postmark/event', { type: 'Delivery' }, "field 'messageId' is missing"],
    ['/postmark/event', event, "no message 'm'"],
    ['/postmark/server', {}, "field 'name' is missing"],
    ['/route53/record', { ...record, action: 'CREATE' }, "field 'action' must be one of UPSERT, DELETE"],
    ['/route53/record', { ...record, name: 'a.example.com' }, "name 'a.example.com' is in no hosted zone"],
    ['/route53/record', { ...record, type: 'LOC' }, "type 'LOC' is not served; use one of A, AAAA"],
    ['/route53/record', { ...record, values: undefined }, 'values is missing; an UPSERT needs at least one'],
    ['/route53/record', { ...record, values: [] }, "field 'values' must hold at least one value"],
    ['/route53/record', { ...record, action: 'DELETE' }, `there is no TXT record set 'a.${zone}.' to delete`],
    ['/route53/record', { ...record, name: zone, type: 'CNAME' }, 'is not permitted at apex'],
    ['/reset', { hard: true }, "unknown field 'hard'; known fields: none"],
  ];

  it.each(cases)('%s %j', async (path, body, error) => {
    const before = (await sandbox.get('/state')).body;
    const answer = await sandbox.post(path, body);
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(error) } });
    expect({ ...(await sandbox.get('/state')).body, now: null }, 'nothing was changed').toEqual({ ...before, now: null });
  });

  it('a setting nested without end', async () => {
    const deep = `{ "insyncMs": ${'['.repeat(100_000)}${']'.repeat(100_000)} }`;
    expect(await sandbox.post('/settings', deep)).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("field 'insyncMs'") },
    });
  });

  it('an unknown query field of GET /mail', async () => {
    expect(await sandbox.get('/mail?job=1')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("did you mean 'jobId'?") },
    });
  });

  it('an unknown path is 404 with the list of paths, another method 405 with the methods', async () => {
    expect(await sandbox.get('/stat')).toMatchObject({
      status: 404,
      body: { error: expect.stringMatching(/there is no \/stat; .*GET \/state.*POST \/reset/) },
    });
    expect(await sandbox.delete('/state')).toMatchObject({ status: 405, body: { error: '/state takes GET, not DELETE' } });
    expect(await sandbox.get('/constructor')).toMatchObject({ status: 404 });
  });
});

describe('the clock', () => {
  it('is told, and moves by what is asked', async () => {
    const before = (await sandbox.get('/clock')).body;
    const answer = (await sandbox.post('/clock/advance', { seconds: 3600 })).body;
    const after = (await sandbox.get('/clock')).body;
    expect(Number(after['offsetMs']) - Number(before['offsetMs'])).toBeGreaterThan(3_599_000);
    expect(Date.parse(String(answer['now'])) - Date.parse(String(before['now']))).toBeGreaterThanOrEqual(3_600_000);
    expect(answer).toEqual({ now: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), steps: expect.any(Number) });
  });
});

describe('the state', () => {
  const upsert = (name: string, value: string) =>
    sandbox.route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: sandbox.zoneId,
        ChangeBatch: {
          Changes: [{ Action: 'UPSERT', ResourceRecordSet: { Name: name, Type: 'TXT', TTL: 300, ResourceRecords: [{ Value: value }] } }],
        },
      }),
    );

  it('has the documented shape', async () => {
    const { body } = await sandbox.get('/state');
    expect(Object.keys(body)).toEqual(['now', 'postmark', 'route53', 'kms', 'aws', 'resolver', 'calls']);
    expect(Object.keys(Object(body['calls']))).toEqual(['postmark', 'route53', 'kms', 'dns', 'webhook', 'resolver', 'aws']);
    expect(body).toMatchObject({
      postmark: { accountTokens: [sandbox.accountToken], servers: [], domains: [] },
      route53: { zones: [{ Id: sandbox.zoneId, Name: `${zone}.`, records: [{ Type: 'NS' }, { Type: 'SOA' }] }] },
      kms: { keys: [{ Arn: sandbox.kmsKeyArn }] },
    });
  });

  it('shows TXT values as text, joined over their strings', async () => {
    await upsert(`t.${zone}`, '"k=rsa;" "p=AB\\"C"');
    expect(JSON.stringify((await sandbox.get('/state')).body['route53'])).toContain(
      JSON.stringify({ Name: `t.${zone}.`, Type: 'TXT', TTL: 300, Values: ['k=rsa;p=AB"C'] }),
    );
  });

  it('is byte for byte the same for the same seed and the same calls, but for the time', async () => {
    const bytes = async (seed: number) => {
      const other = await sandboxFixture({ seed });
      await other.post('/postmark/server', { name: 'ardamails-dev-acme' });
      await other.post('/route53/record', { action: 'UPSERT', name: `a.${zone}`, type: 'TXT', values: ['x'] });
      await other.post('/clock/advance', { seconds: 60 });
      const text = await (await fetch(`${other.addresses.control}/state`)).text();
      return text.replace(/"now":"[^"]*"/, '"now":""');
    };
    expect(await bytes(42)).toBe(await bytes(42));
    expect(await bytes(42)).not.toBe(await bytes(43));
  });
});

describe('records by hand', () => {
  const edit = (body: object) => sandbox.post('/route53/record', body);

  it('are in DNS at once, long text cut as it must be', async () => {
    await sandbox.post('/settings', { insyncMs: 60_000 });
    const text = `k=rsa;p=${'A'.repeat(400)}`;
    const answer = await edit({ action: 'UPSERT', name: `K.${zone}`, type: 'txt', ttl: 60, values: [text] });
    expect(answer).toMatchObject({
      status: 200,
      body: { zoneId: sandbox.zoneId, record: { Name: `k.${zone}.`, Type: 'TXT', TTL: 60, Values: [text] } },
    });
    const packet = await askUdp(sandbox.addresses.dns, { name: `k.${zone}`, type: 'TXT', ednsSize: 1232 });
    expect(packet.answers).toMatchObject([{ ttl: 60, data: [{ length: 255 }, { length: text.length - 255 }] }]);
  });

  it('can be deleted by name, or by their text however it was cut', async () => {
    for (const values of [undefined, ['hello world']]) {
      await sandbox.route53.send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId: sandbox.zoneId,
          ChangeBatch: {
            Changes: [
              {
                Action: 'UPSERT',
                ResourceRecordSet: { Name: `h.${zone}`, Type: 'TXT', TTL: 55, ResourceRecords: [{ Value: '"hello " "world"' }] },
              },
            ],
          },
        }),
      );
      expect(await edit({ action: 'DELETE', name: `h.${zone}`, type: 'TXT', values })).toMatchObject({ status: 200 });
      expect((await askUdp(sandbox.addresses.dns, { name: `h.${zone}`, type: 'TXT' })).answers).toEqual([]);
    }
  });
});

describe('a reset', () => {
  it('brings the seed back, forgets faults, settings and calls, and lets time stand where it is', async () => {
    const seed = (await sandbox.get('/state')).body;
    await sandbox.post('/route53/record', { action: 'UPSERT', name: `a.${zone}`, type: 'TXT', values: ['x'] });
    await sandbox.post('/postmark/server', { name: 'by-hand' });
    await sandbox.post('/settings', { insyncMs: 5 });
    await sandbox.post('/fault', { service: 'kms', kind: 'cut' });
    await sandbox.post('/clock/advance', { seconds: 86_400 });
    await sandbox.post('/reset', {});
    const after = (await sandbox.get('/state')).body;
    expect({ ...after, now: null }).toEqual({ ...seed, now: null });
    expect(Date.parse(String(after['now'])) - Date.parse(String(seed['now']))).toBeGreaterThanOrEqual(86_400_000);
    expect(sandbox.world.faults.list()).toEqual([]);
    expect(sandbox.world.settings.values()).toMatchObject({ insyncMs: 0 });
  });
});

it('clearing faults says how many there were', async () => {
  await sandbox.post('/fault', { service: 'kms', kind: 'cut' });
  expect(await sandbox.post('/fault', { service: 'dns', operation: 'TXT', kind: 'slow', delayMs: 5, times: 2 })).toEqual({
    status: 200,
    body: {
      faults: [
        { service: 'kms', kind: 'cut' },
        { service: 'dns', operation: 'TXT', kind: 'slow', delayMs: 5, times: 2 },
      ],
    },
  });
  expect(await sandbox.delete('/fault')).toEqual({ status: 200, body: { cleared: 2 } });
});
