import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  GetHostedZoneCountCommand,
  GetHostedZoneLimitCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { beforeEach, describe, expect, it } from 'vitest';
import { rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const zone = 'dev.ardamails.com';
const { route53 } = sandbox;

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

const txt = (name: string, value = '"1"'): ResourceRecordSet => ({
  Name: name,
  Type: 'TXT',
  TTL: 300,
  ResourceRecords: [{ Value: value }],
});

async function upsert(...sets: ResourceRecordSet[]): Promise<string> {
  const Changes = sets.map((set) => ({ Action: 'UPSERT' as const, ResourceRecordSet: set }));
  const answer = await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId, ChangeBatch: { Changes } }));
  return answer.ChangeInfo?.Id ?? '';
}

describe('hosted zones', () => {
  it('the zone of the seed has an id that follows from the seed, four name servers, SOA and NS', async () => {
    expect(sandbox.zoneId).toMatch(/^Z[A-Z0-9]{20}$/);
    const answer = await route53.send(new GetHostedZoneCommand({ Id: sandbox.zoneId }));
    expect(answer.HostedZone).toMatchObject({ Id: `/hostedzone/${sandbox.zoneId}`, Name: `${zone}.`, ResourceRecordSetCount: 2 });
    expect(answer.DelegationSet?.NameServers).toHaveLength(4);
  });

  it('a zone is made, listed, counted, and deleted once it is empty', async () => {
    const made = await route53.send(new CreateHostedZoneCommand({ Name: 'Test.Example.com', CallerReference: 'r1' }));
    const id = made.HostedZone?.Id?.replace('/hostedzone/', '') ?? '';
    expect(made).toMatchObject({
      HostedZone: { Name: 'test.example.com.' },
      ChangeInfo: { Status: 'PENDING' },
      Location: expect.stringContaining(id),
    });
    expect((await route53.send(new GetHostedZoneCountCommand({}))).HostedZoneCount).toBe(2);
    expect((await route53.send(new ListHostedZonesCommand({ MaxItems: 1 }))).IsTruncated).toBe(true);
    const byName = await route53.send(new ListHostedZonesByNameCommand({ DNSName: 'test.example.com' }));
    expect(byName.HostedZones?.[0]?.Name).toBe('test.example.com.');
    await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: id,
        ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: txt('a.test.example.com') }] },
      }),
    );
    expect(await rejection(route53.send(new DeleteHostedZoneCommand({ Id: id })))).toMatchObject({
      name: 'HostedZoneNotEmpty',
      status: 400,
    });
    await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: id,
        ChangeBatch: { Changes: [{ Action: 'DELETE', ResourceRecordSet: txt('a.test.example.com') }] },
      }),
    );
    expect((await route53.send(new DeleteHostedZoneCommand({ Id: id }))).ChangeInfo?.Status).toBe('PENDING');
    expect(await rejection(route53.send(new GetHostedZoneCommand({ Id: id })))).toMatchObject({ name: 'NoSuchHostedZone', status: 404 });
  });

  it('a caller reference makes one zone only', async () => {
    await route53.send(new CreateHostedZoneCommand({ Name: 'one.example.com', CallerReference: 'same' }));
    const refused = await rejection(route53.send(new CreateHostedZoneCommand({ Name: 'two.example.com', CallerReference: 'same' })));
    expect(refused).toMatchObject({ name: 'HostedZoneAlreadyExists', status: 409 });
  });

  it('a zone’s limit and count are told', async () => {
    const answer = await route53.send(new GetHostedZoneLimitCommand({ HostedZoneId: sandbox.zoneId, Type: 'MAX_RRSETS_BY_ZONE' }));
    expect(answer).toMatchObject({ Limit: { Value: 10_000 }, Count: 2 });
  });

  it('a zone or a change that is not there is said to be missing', async () => {
    expect(await rejection(route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: 'ZNONE' })))).toMatchObject({
      name: 'NoSuchHostedZone',
      status: 404,
    });
    expect(await rejection(route53.send(new GetChangeCommand({ Id: 'CNONE' })))).toMatchObject({ name: 'NoSuchChange', status: 404 });
  });

  it('an operation that is not served is refused by its name', async () => {
    const refused = await rejection(
      route53.send(
        new CreateHealthCheckCommand({ CallerReference: 'x', HealthCheckConfig: { Type: 'TCP', IPAddress: '10.0.0.1', Port: 1 } }),
      ),
    );
    expect(refused.message).toContain('CreateHealthCheck');
  });

  it('a request without a signature is refused', async () => {
    const response = await fetch(`${sandbox.addresses.route53}/2013-04-01/hostedzone`);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  });
});

describe('listing record sets', () => {
  it('goes by labels from the right, then by type', async () => {
    await upsert(txt(`b.a.${zone}`), txt(`a.b.${zone}`), txt(`a.${zone}`), {
      ...txt(`a.${zone}`),
      Type: 'A',
      ResourceRecords: [{ Value: '10.0.0.1' }],
    });
    const page = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId }));
    expect(page.ResourceRecordSets?.map((set) => `${set.Type} ${set.Name}`)).toEqual([
      `NS ${zone}.`,
      `SOA ${zone}.`,
      `A a.${zone}.`,
      `TXT a.${zone}.`,
      `TXT b.a.${zone}.`,
      `TXT a.b.${zone}.`,
    ]);
  });

  it('gives at most 300 a page, and where the next begins', async () => {
    for (const part of [0, 1]) {
      await upsert(...Array.from({ length: 400 }, (_, index) => txt(`n${String(part * 400 + index).padStart(4, '0')}.${zone}`)));
    }
    const names: string[] = [];
    const sizes: number[] = [];
    let start: { StartRecordName?: string; StartRecordType?: 'TXT' } = {};
    for (;;) {
      const page = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId, MaxItems: 1000, ...start }));
      names.push(...(page.ResourceRecordSets ?? []).map((set) => `${set.Type} ${set.Name}`));
      sizes.push(page.ResourceRecordSets?.length ?? 0);
      if (page.IsTruncated !== true) break;
      start = { StartRecordName: page.NextRecordName ?? '', StartRecordType: 'TXT' };
    }
    expect(sizes).toEqual([300, 300, 202]);
    expect(new Set(names).size).toBe(802);
  });

  it('a start type needs a start name', async () => {
    const refused = await rejection(
      route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId, StartRecordType: 'TXT' })),
    );
    expect(refused).toMatchObject({ name: 'InvalidInput', status: 400 });
  });
});

describe('changes', () => {
  const status = async (id: string) => (await route53.send(new GetChangeCommand({ Id: id }))).ChangeInfo?.Status;

  it('are answered PENDING and are in sync at the first look by default', async () => {
    const answer = await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: sandbox.zoneId,
        ChangeBatch: { Comment: 'why', Changes: [{ Action: 'UPSERT', ResourceRecordSet: txt(`a.${zone}`) }] },
      }),
    );
    expect(answer.ChangeInfo).toMatchObject({ Id: expect.stringMatching(/^\/change\/C[A-Z0-9]{20}$/), Status: 'PENDING', Comment: 'why' });
    expect(await status(answer.ChangeInfo?.Id ?? '')).toBe('INSYNC');
  });

  it('stay PENDING for insyncMs of domain time, and the list shows them meanwhile', async () => {
    await sandbox.post('/settings', { insyncMs: 60_000 });
    const id = await upsert(txt(`a.${zone}`));
    await sandbox.post('/clock/advance', { seconds: 50 });
    expect(await status(id)).toBe('PENDING');
    const page = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId }));
    expect(page.ResourceRecordSets?.map((set) => set.Name)).toContain(`a.${zone}.`);
    await sandbox.post('/clock/advance', { seconds: 11 });
    expect(await status(id)).toBe('INSYNC');
  });

  it('wait for each other when the zone is strict', async () => {
    await sandbox.post('/settings', { insyncMs: 60_000, priorRequestStrict: true });
    await upsert(txt(`a.${zone}`));
    expect(await rejection(upsert(txt(`b.${zone}`)))).toMatchObject({ name: 'PriorRequestNotComplete', status: 400 });
    await sandbox.post('/clock/advance', { seconds: 61 });
    await upsert(txt(`b.${zone}`));
  });

  it('may follow each other while PENDING otherwise', async () => {
    await sandbox.post('/settings', { insyncMs: 60_000 });
    await upsert(txt(`a.${zone}`));
    await upsert(txt(`b.${zone}`));
  });
});

describe('faults', () => {
  const change = () => upsert(txt(`a.${zone}`));
  const cases: [fault: object, seen: object][] = [
    [{ kind: 'throttle' }, { name: 'Throttling', status: 400, message: 'Rate exceeded' }],
    [
      { kind: 'status', status: 500 },
      { name: 'InternalFailure', status: 500 },
    ],
    [
      { kind: 'status', status: 503 },
      { name: 'ServiceUnavailable', status: 503 },
    ],
    [
      { kind: 'status', errorCode: 'PriorRequestNotComplete' },
      { name: 'PriorRequestNotComplete', status: 400 },
    ],
    [
      { kind: 'status', errorCode: 'NoSuchHostedZone' },
      { name: 'NoSuchHostedZone', status: 404 },
    ],
  ];
  it.each(cases)('%o is answered in the vendor’s shape, once, and nothing is done', async (fault, seen) => {
    await sandbox.post('/fault', { service: 'route53', operation: 'changeresourcerecordsets', times: 1, ...fault });
    expect(await rejection(change())).toMatchObject(seen);
    expect(JSON.stringify((await sandbox.get('/state')).body['route53'])).not.toContain(`a.${zone}`);
    await change();
  });

  it('cut: the change is made and the answer is lost', async () => {
    await sandbox.post('/fault', { service: 'route53', kind: 'cut', times: 1 });
    expect((await rejection(change())).status).toBeUndefined();
    expect(JSON.stringify((await sandbox.get('/state')).body['route53'])).toContain(`a.${zone}`);
  });

  it('calls are counted by operation, refused and faulty ones too', async () => {
    await sandbox.post('/fault', { service: 'route53', kind: 'throttle', times: 1 });
    await rejection(change());
    await rejection(route53.send(new GetChangeCommand({ Id: 'CNONE' })));
    await change();
    expect((await sandbox.get('/state')).body['calls']).toMatchObject({ route53: { ChangeResourceRecordSets: 2, GetChange: 1 } });
  });
});
