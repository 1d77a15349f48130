import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  CreateResourceRecordSetProtectionsCommand,
  DeleteHostedZoneCommand,
  DeleteResourceRecordSetProtectionsCommand,
  InvalidResourceRecordSetProtectionBatch,
  ListResourceRecordSetProtectionsCommand,
  ProtectionAlreadyExists,
  type ResourceRecordSetProtectionConfig,
  type RRType,
} from '@aws-sdk/client-route-53';
import { beforeEach, expect, it } from 'vitest';
import { rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const zone = 'dev.ardamails.com';
const { route53, zoneId: HostedZoneId } = sandbox;

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

const entry = (label: string, RecordType: RRType = 'TXT', Comment?: string): ResourceRecordSetProtectionConfig => ({
  RecordName: `${label}.${zone}`,
  RecordType,
  ...(Comment === undefined ? {} : { Comment }),
});

const protect = (...Protections: ResourceRecordSetProtectionConfig[]) =>
  route53.send(new CreateResourceRecordSetProtectionsCommand({ HostedZoneId, Protections }));

const unprotect = (...Protections: { RecordName: string; RecordType: RRType }[]) =>
  route53.send(new DeleteResourceRecordSetProtectionsCommand({ HostedZoneId, Protections }));

const list = async (more: { StartRecordName?: string; StartRecordType?: RRType; MaxResults?: number; NextToken?: string } = {}) =>
  route53.send(new ListResourceRecordSetProtectionsCommand({ HostedZoneId, ...more }));

const shown = async () =>
  ((await list()).ResourceRecordSetProtections ?? []).map((each) => [each.RecordName, each.RecordType, each.Comment ?? null].join(' '));

const change = (Action: 'CREATE' | 'UPSERT' | 'DELETE', label: string, Type: RRType = 'TXT') =>
  route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId,
      ChangeBatch: {
        Changes: [
          {
            Action,
            ResourceRecordSet: { Name: `${label}.${zone}`, Type, TTL: 60, ResourceRecords: [{ Value: Type === 'A' ? '10.0.0.1' : '"v"' }] },
          },
        ],
      },
    }),
  );

async function entryCodes(call: Promise<unknown>): Promise<{ name: string; codes: string[] }> {
  try {
    await call;
  } catch (cause) {
    if (cause instanceof InvalidResourceRecordSetProtectionBatch || cause instanceof ProtectionAlreadyExists)
      return { name: cause.name, codes: (cause.Errors ?? []).map((each) => `${each.RecordName} ${each.Code}`) };
    throw cause;
  }
  throw new Error('the batch was expected to be refused');
}

it.each(['CREATE', 'UPSERT', 'DELETE'] as const)(
  'a protected name and type rejects %s with InvalidChangeBatch that names the protection',
  async (action) => {
    await change('UPSERT', 'kept');
    await protect(entry('kept', 'TXT', 'verified tenant'));
    const refused = await rejection(change(action, 'kept'));
    expect(refused).toMatchObject({ name: 'InvalidChangeBatch', status: 400 });
    expect(refused.message).toContain(`RRSet of type TXT with DNS name kept.${zone}. is protected`);
    expect(refused.message).toContain("'verified tenant'");
    await change('UPSERT', 'kept', 'A');
    await change('UPSERT', 'other');
  },
);

it('a protected name that does not exist yet cannot be created either', async () => {
  await protect(entry('later'));
  expect(await rejection(change('CREATE', 'later'))).toMatchObject({ name: 'InvalidChangeBatch' });
});

it('one protected name refuses the whole batch, and after its protection is deleted all of it goes in', async () => {
  await protect(entry('a'));
  const both = () =>
    route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId,
        ChangeBatch: {
          Changes: ['a', 'b'].map((label) => ({
            Action: 'UPSERT' as const,
            ResourceRecordSet: { Name: `${label}.${zone}`, Type: 'TXT' as const, TTL: 60, ResourceRecords: [{ Value: '"v"' }] },
          })),
        },
      }),
    );
  await rejection(both());
  expect(JSON.stringify((await sandbox.get('/state')).body['route53'])).not.toContain(`b.${zone}`);
  await unprotect({ RecordName: `a.${zone}`, RecordType: 'TXT' });
  await both();
});

it('a zone with protections cannot be deleted', async () => {
  const made = await route53.send(new CreateHostedZoneCommand({ Name: 'guarded.example.com', CallerReference: 'g' }));
  const id = made.HostedZone?.Id ?? '';
  const Protections = [{ RecordName: 'guarded.example.com', RecordType: 'NS' as const }];
  await route53.send(new CreateResourceRecordSetProtectionsCommand({ HostedZoneId: id, Protections }));
  expect(await rejection(route53.send(new DeleteHostedZoneCommand({ Id: id })))).toMatchObject({ name: 'HostedZoneNotEmpty' });
  await route53.send(new DeleteResourceRecordSetProtectionsCommand({ HostedZoneId: id, Protections }));
  await route53.send(new DeleteHostedZoneCommand({ Id: id }));
});

it('when every entry exists it is ProtectionAlreadyExists (409), when only some do InvalidResourceRecordSetProtectionBatch', async () => {
  await protect(entry('a'));
  expect(await entryCodes(protect(entry('a')))).toEqual({ name: 'ProtectionAlreadyExists', codes: [`a.${zone} ProtectionAlreadyExists`] });
  expect(await rejection(protect(entry('a')))).toMatchObject({ status: 409 });
  const some = await entryCodes(protect(entry('a'), entry('b')));
  expect(some).toEqual({ name: 'InvalidResourceRecordSetProtectionBatch', codes: [`a.${zone} ProtectionAlreadyExists`] });
  expect(await shown(), 'all or nothing').toEqual([`a.${zone}. TXT `]);
});

it('invalid entries are told first, and alone', async () => {
  await protect(entry('a'));
  const asked = [
    entry('a'),
    entry('twice'),
    entry('twice'),
    { RecordName: 'elsewhere.com', RecordType: 'A' as const },
    { RecordName: 'a..b', RecordType: 'A' as const },
  ];
  expect((await entryCodes(protect(...asked))).codes).toEqual([
    `twice.${zone} InvalidInput`,
    'elsewhere.com InvalidInput',
    'a..b InvalidInput',
  ]);
});

it('deleting what is not protected is ProtectionNotFound, and deletes nothing', async () => {
  await protect(entry('a'));
  const keys = ['a', 'b'].map((label) => ({ RecordName: `${label}.${zone}`, RecordType: 'TXT' as const }));
  expect(await entryCodes(unprotect(...keys))).toEqual({
    name: 'InvalidResourceRecordSetProtectionBatch',
    codes: [`b.${zone} ProtectionNotFound`],
  });
  expect(await shown()).toHaveLength(1);
});

it('at most 100 entries a call, and a comment of at most 256 characters', async () => {
  const entries = Array.from({ length: 101 }, (_, index) => entry(`n${index}`));
  expect(await rejection(protect(...entries))).toMatchObject({ name: 'InvalidInput' });
  expect(await rejection(protect(entry('a', 'TXT', 'x'.repeat(257))))).toMatchObject({ name: 'InvalidInput' });
  await protect(...entries.slice(0, 100));
});

it('the quota refuses with LimitsExceeded when limits are enforced', async () => {
  await sandbox.post('/settings', { route53Limits: 'enforced', protectionsPerZoneMax: 2 });
  expect(await rejection(protect(entry('a'), entry('b'), entry('c')))).toMatchObject({ name: 'LimitsExceeded' });
  await protect(entry('a'), entry('b'));
});

it('they are listed by reversed name and type, from a place on, in pages of at most 300', async () => {
  await protect(entry('b.a'), entry('a'), entry('a', 'A'), entry('c'));
  expect(await shown()).toEqual([`a.${zone}. A `, `a.${zone}. TXT `, `b.a.${zone}. TXT `, `c.${zone}. TXT `]);
  const first = await list({ MaxResults: 2 });
  const second = await list({ MaxResults: 2, NextToken: first.NextToken ?? '' });
  expect(second.ResourceRecordSetProtections?.map((each) => each.RecordName)).toEqual([`b.a.${zone}.`, `c.${zone}.`]);
  expect(second.NextToken).toBeUndefined();
  expect((await list({ StartRecordName: `a.${zone}`, StartRecordType: 'TXT' })).ResourceRecordSetProtections).toHaveLength(3);
  expect(await rejection(list({ StartRecordType: 'TXT' }))).toMatchObject({ name: 'InvalidInput' });
  expect(await rejection(list({ NextToken: 'nonsense' }))).toMatchObject({ name: 'InvalidPaginationToken' });
});

it('a hand edit is held back by a protection as well', async () => {
  await protect(entry('a'));
  const edit = await sandbox.post('/route53/record', { action: 'UPSERT', name: `a.${zone}`, type: 'TXT', values: ['x'] });
  expect(edit).toMatchObject({ status: 400, body: { error: expect.stringContaining('is protected') } });
});
