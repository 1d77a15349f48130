import {
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  CreateHostedZoneCommand,
  CreateReusableDelegationSetCommand,
  DeleteHostedZoneCommand,
  DeleteReusableDelegationSetCommand,
  GetAccountLimitCommand,
  GetHealthCheckCountCommand,
  GetHostedZoneCommand,
  GetHostedZoneLimitCommand,
  GetReusableDelegationSetCommand,
  GetReusableDelegationSetLimitCommand,
  ListHostedZonesByVPCCommand,
  ListHostedZonesCommand,
  ListReusableDelegationSetsCommand,
  ListTagsForResourceCommand,
  ListTagsForResourcesCommand,
  UpdateHostedZoneCommentCommand,
  UpdateHostedZoneFeaturesCommand,
} from '@aws-sdk/client-route-53';
import { beforeEach, describe, expect, it } from 'vitest';
import { rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const zone = 'dev.ardamails.com';
const { route53, zoneId } = sandbox;

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

const create = (Name: string, more: { DelegationSetId?: string } = {}) =>
  route53.send(new CreateHostedZoneCommand({ Name, CallerReference: `${Name} ${Math.random()}`, ...more }));

describe('tags', () => {
  const tag = (more: object, ResourceId = zoneId) =>
    route53.send(new ChangeTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId, ...more }));
  const tags = async () =>
    (await route53.send(new ListTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId: zoneId }))).ResourceTagSet?.Tags ?? [];

  it('are added, replaced by key and removed', async () => {
    await tag({
      AddTags: [
        { Key: 'env', Value: 'dev' },
        { Key: 'a', Value: '' },
      ],
    });
    await tag({ AddTags: [{ Key: 'env', Value: 'prod' }], RemoveTagKeys: ['a'] });
    expect(await tags()).toEqual([{ Key: 'env', Value: 'prod' }]);
    const several = await route53.send(new ListTagsForResourcesCommand({ ResourceType: 'hostedzone', ResourceIds: [zoneId] }));
    expect(several.ResourceTagSets).toEqual([{ ResourceType: 'hostedzone', ResourceId: zoneId, Tags: [{ Key: 'env', Value: 'prod' }] }]);
  });

  it('of what is not there are refused', async () => {
    expect(await rejection(tag({ AddTags: [{ Key: 'a', Value: 'b' }] }, 'ZNONE'))).toMatchObject({ name: 'NoSuchHostedZone', status: 404 });
    const check = new ListTagsForResourceCommand({ ResourceType: 'healthcheck', ResourceId: 'x' });
    expect(await rejection(route53.send(check))).toMatchObject({ name: 'NoSuchHealthCheck', status: 404 });
    expect(await rejection(tag({}))).toMatchObject({ name: 'InvalidInput' });
    expect(await rejection(tag({ AddTags: Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: '' })) }))).toMatchObject({
      name: 'InvalidInput',
    });
  });
});

describe('comment and features', () => {
  it('a comment is replaced, and removed by leaving it out', async () => {
    const update = (Comment?: string) =>
      route53.send(new UpdateHostedZoneCommentCommand({ Id: zoneId, ...(Comment === undefined ? {} : { Comment }) }));
    expect((await update('mail & <news>')).HostedZone?.Config?.Comment).toBe('mail & <news>');
    expect((await update()).HostedZone?.Config?.Comment).toBeUndefined();
    expect(await rejection(update('x'.repeat(257)))).toMatchObject({ name: 'InvalidInput' });
  });

  it('accelerated recovery is ENABLING until it is in sync, then ENABLED', async () => {
    await sandbox.post('/settings', { insyncMs: 60_000 });
    const status = async () =>
      (await route53.send(new GetHostedZoneCommand({ Id: zoneId }))).HostedZone?.Features?.AcceleratedRecoveryStatus;
    expect(await status()).toBeUndefined();
    await route53.send(new UpdateHostedZoneFeaturesCommand({ HostedZoneId: zoneId, EnableAcceleratedRecovery: true }));
    expect(await status()).toBe('ENABLING');
    await sandbox.post('/clock/advance', { seconds: 61 });
    expect(await status()).toBe('ENABLED');
  });
});

describe('limits', () => {
  it('are told with what is there', async () => {
    const account = await route53.send(new GetAccountLimitCommand({ Type: 'MAX_HOSTED_ZONES_BY_OWNER' }));
    expect(account).toMatchObject({ Limit: { Type: 'MAX_HOSTED_ZONES_BY_OWNER', Value: 500 }, Count: 1 });
    expect(await route53.send(new GetAccountLimitCommand({ Type: 'MAX_HEALTH_CHECKS_BY_OWNER' }))).toMatchObject({
      Limit: { Value: 200 },
      Count: 0,
    });
    const vpcs = await route53.send(new GetHostedZoneLimitCommand({ HostedZoneId: zoneId, Type: 'MAX_VPCS_ASSOCIATED_BY_ZONE' }));
    expect(vpcs).toMatchObject({ Limit: { Value: 300 }, Count: 0 });
    expect((await route53.send(new GetHealthCheckCountCommand({}))).HealthCheckCount).toBe(0);
  });

  it('do not refuse unless they are enforced', async () => {
    await sandbox.post('/settings', { zonesPerAccountMax: 1, recordSetsPerZoneMax: 2 });
    await create('one.example.com');
  });

  it('enforced, one zone too many is TooManyHostedZones', async () => {
    await sandbox.post('/settings', { route53Limits: 'enforced', zonesPerAccountMax: 2 });
    await create('one.example.com');
    expect(await rejection(create('two.example.com'))).toMatchObject({ name: 'TooManyHostedZones', status: 400 });
  });

  it('enforced, a batch that makes a zone too large is refused, and one that deletes as much as it adds is not', async () => {
    await sandbox.post('/settings', { route53Limits: 'enforced', recordSetsPerZoneMax: 3 });
    const change = (...changes: ['CREATE' | 'DELETE', string][]) =>
      route53.send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId: zoneId,
          ChangeBatch: {
            Changes: changes.map(([Action, label]) => ({
              Action,
              ResourceRecordSet: { Name: `${label}.${zone}`, Type: 'TXT', TTL: 60, ResourceRecords: [{ Value: '"v"' }] },
            })),
          },
        }),
      );
    await change(['CREATE', 'a']);
    const refused = await rejection(change(['CREATE', 'b']));
    expect([refused.name, refused.message]).toEqual(['InvalidChangeBatch', expect.stringContaining('limit of 3')]);
    await change(['DELETE', 'a'], ['CREATE', 'b']);
  });
});

describe('reusable delegation sets', () => {
  const createSet = (CallerReference: string, HostedZoneId?: string) =>
    route53.send(new CreateReusableDelegationSetCommand({ CallerReference, ...(HostedZoneId === undefined ? {} : { HostedZoneId }) }));
  const setId = async (reference: string): Promise<string> => (await createSet(reference)).DelegationSet?.Id ?? '';

  it('give several zones the same name servers', async () => {
    const set = (await createSet('shared')).DelegationSet;
    expect(set).toMatchObject({ Id: expect.stringMatching(/^\/delegationset\/N[A-Z0-9]+$/), CallerReference: 'shared' });
    const zones = await Promise.all(['one.example.com', 'two.example.com'].map((name) => create(name, { DelegationSetId: set?.Id ?? '' })));
    for (const made of zones) expect(made.DelegationSet?.NameServers).toEqual(set?.NameServers);
    const listed = await route53.send(new ListHostedZonesCommand({ DelegationSetId: set?.Id ?? '' }));
    expect(listed.HostedZones?.map((each) => each.Name)).toEqual(['one.example.com.', 'two.example.com.']);
    const limit = new GetReusableDelegationSetLimitCommand({
      DelegationSetId: set?.Id ?? '',
      Type: 'MAX_ZONES_BY_REUSABLE_DELEGATION_SET',
    });
    expect(await route53.send(limit)).toMatchObject({ Limit: { Value: 100 }, Count: 2 });
  });

  it('can be made from the name servers of a zone, once', async () => {
    const servers = (await route53.send(new GetHostedZoneCommand({ Id: zoneId }))).DelegationSet?.NameServers;
    expect((await createSet('from', zoneId)).DelegationSet?.NameServers).toEqual(servers);
    expect(await rejection(createSet('again', zoneId))).toMatchObject({ name: 'DelegationSetAlreadyReusable' });
    expect(await rejection(createSet('none', 'ZNONE'))).toMatchObject({ name: 'HostedZoneNotFound' });
    expect(await rejection(createSet('from'))).toMatchObject({ name: 'DelegationSetAlreadyCreated' });
  });

  it('cannot be deleted while a zone uses them, nor hold two zones of one name', async () => {
    const id = await setId('used');
    const made = await create('one.example.com', { DelegationSetId: id });
    expect(await rejection(create('one.example.com', { DelegationSetId: id }))).toMatchObject({ name: 'ConflictingDomainExists' });
    expect(await rejection(route53.send(new DeleteReusableDelegationSetCommand({ Id: id })))).toMatchObject({ name: 'DelegationSetInUse' });
    await route53.send(new DeleteHostedZoneCommand({ Id: made.HostedZone?.Id ?? '' }));
    await route53.send(new DeleteReusableDelegationSetCommand({ Id: id }));
    expect(await rejection(route53.send(new GetReusableDelegationSetCommand({ Id: id })))).toMatchObject({ name: 'NoSuchDelegationSet' });
    expect(await rejection(create('x.example.com', { DelegationSetId: id }))).toMatchObject({ name: 'NoSuchDelegationSet' });
  });

  it('are listed in pages, and held to the quota when it is enforced', async () => {
    await setId('a');
    await setId('b');
    const first = await route53.send(new ListReusableDelegationSetsCommand({ MaxItems: 1 }));
    expect([first.IsTruncated, first.DelegationSets?.length]).toEqual([true, 1]);
    const second = await route53.send(new ListReusableDelegationSetsCommand({ Marker: first.NextMarker ?? '' }));
    expect(second.DelegationSets).toHaveLength(1);
    await sandbox.post('/settings', { route53Limits: 'enforced', delegationSetsPerAccountMax: 2, zonesPerDelegationSetMax: 1 });
    expect(await rejection(createSet('c'))).toMatchObject({ name: 'LimitsExceeded' });
    const id = first.DelegationSets?.[0]?.Id ?? '';
    await create('one.example.com', { DelegationSetId: id });
    expect(await rejection(create('two.example.com', { DelegationSetId: id }))).toMatchObject({ name: 'TooManyHostedZones' });
  });
});

it('there are no private zones, and none for a VPC', async () => {
  expect((await route53.send(new ListHostedZonesCommand({ HostedZoneType: 'PrivateHostedZone' }))).HostedZones ?? []).toEqual([]);
  const byVpc = await route53.send(new ListHostedZonesByVPCCommand({ VPCId: 'vpc-0a1b2c3d', VPCRegion: 'us-east-1' }));
  expect(byVpc.HostedZoneSummaries ?? []).toEqual([]);
});

it('all of it survives a restart from its snapshot', async () => {
  await route53.send(
    new ChangeTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId: zoneId, AddTags: [{ Key: 'k', Value: 'v' }] }),
  );
  await createSetNamed('kept');
  const room = sandbox.rooms.route53;
  const saved = JSON.parse(JSON.stringify(room.save()));
  await sandbox.post('/reset', {});
  room.restore(saved);
  expect(room.save()).toEqual(saved);
});

const createSetNamed = (CallerReference: string) => route53.send(new CreateReusableDelegationSetCommand({ CallerReference }));
