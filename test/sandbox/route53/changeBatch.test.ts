import { type Change, ChangeResourceRecordSetsCommand, ListResourceRecordSetsCommand, type RRType } from '@aws-sdk/client-route-53';
import { beforeEach, describe, expect, it } from 'vitest';
import { rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const zone = 'dev.ardamails.com';

const change = (Action: Change['Action'], name: string, Type: RRType, values: string[], TTL = 300): Change => ({
  Action,
  ResourceRecordSet: { Name: name, Type, TTL, ResourceRecords: values.map((Value) => ({ Value })) },
});

const submit = (...Changes: Change[]) =>
  sandbox.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId, ChangeBatch: { Changes } }));

const refusal = (...changes: Change[]) => rejection(submit(...changes));

async function listed(): Promise<string[]> {
  const page = await sandbox.route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId }));
  return (page.ResourceRecordSets ?? []).map(
    (set) => `${set.Name} ${set.Type} ${set.ResourceRecords?.map((record) => record.Value).join(' | ')}`,
  );
}

const withoutApex = (lines: string[]) => lines.filter((line) => !/ (SOA|NS) /.test(line));

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

describe('a batch that is refused', () => {
  const long = 'x'.repeat(256);
  const values = (count: number, size: number) => Array.from({ length: count }, (_, index) => `"${String(index).padStart(size - 2, '0')}"`);
  const cases: [fact: string, batch: Change[], message: string][] = [
    [
      'CREATE of a set that exists',
      [change('CREATE', `a.${zone}`, 'TXT', ['"1"'])],
      `[Tried to create resource record set [name='a.${zone}.', type='TXT'] but it already exists]`,
    ],
    [
      'DELETE of a set that does not exist',
      [change('DELETE', `nothing.${zone}`, 'TXT', ['"1"'])],
      `[Tried to delete resource record set [name='nothing.${zone}.', type='TXT'] but it was not found]`,
    ],
    [
      'DELETE with another value',
      [change('DELETE', `a.${zone}`, 'TXT', ['"2"'])],
      `[Tried to delete resource record set [name='a.${zone}.', type='TXT'] but the values provided do not match the current values]`,
    ],
    [
      'DELETE with another TTL',
      [change('DELETE', `a.${zone}`, 'TXT', ['"0"'], 301)],
      `[Tried to delete resource record set [name='a.${zone}.', type='TXT'] but the values provided do not match the current values]`,
    ],
    [
      'a name outside the zone',
      [change('UPSERT', 'a.example.com', 'TXT', ['"1"'])],
      `[RRSet with DNS name a.example.com. is not permitted in zone ${zone}.]`,
    ],
    [
      'a name that only ends like the zone',
      [change('UPSERT', `x${zone}`, 'TXT', ['"1"'])],
      `[RRSet with DNS name x${zone}. is not permitted in zone ${zone}.]`,
    ],
    ['a CNAME at the apex', [change('UPSERT', zone, 'CNAME', ['a.example.com'])], 'is not permitted at apex'],
    [
      'a CNAME beside another type',
      [change('UPSERT', `a.${zone}`, 'CNAME', ['b.example.com'])],
      'conflicts with other records with the same DNS name',
    ],
    [
      'another type beside a CNAME',
      [change('UPSERT', `c.${zone}`, 'TXT', ['"1"'])],
      'a conflicting RRSet of type CNAME with the same DNS name already exists',
    ],
    [
      'a TXT value without quotes',
      [change('UPSERT', `t.${zone}`, 'TXT', ['plain'])],
      'InvalidCharacterString (Value should be enclosed in quotation marks)',
    ],
    ['a TXT string of more than 255 bytes', [change('UPSERT', `t.${zone}`, 'TXT', [`"${long}"`])], 'CharacterStringTooLong'],
    ['a TXT value that is not ASCII', [change('UPSERT', `t.${zone}`, 'TXT', ['"é"'])], 'UnsupportedCharacter'],
    ['a TXT quote that is not closed', [change('UPSERT', `t.${zone}`, 'TXT', ['"a" "b'])], 'InvalidCharacterString'],
    ['an A value that is no address', [change('UPSERT', `t.${zone}`, 'A', ['300.1.1.1'])], 'Value is not a valid A record'],
    ['the same value twice', [change('UPSERT', `t.${zone}`, 'TXT', ['"1"', '"1"'])], `Duplicate Resource Record: '"1"'`],
    [
      'the same set twice in one batch',
      [change('UPSERT', `t.${zone}`, 'TXT', ['"1"']), change('UPSERT', `T.${zone}.`, 'TXT', ['"2"'])],
      `The request contains an invalid set of changes for a resource record set 'TXT t.${zone}.'`,
    ],
    [
      'a value of more than 4,000 characters',
      [
        change('UPSERT', `t.${zone}`, 'TXT', [
          Array(16)
            .fill(`"${'y'.repeat(254)}"`)
            .join(' '),
        ]),
      ],
      'exceeds 4000',
    ],
    ['more than 1,000 records', [change('CREATE', `t.${zone}`, 'TXT', values(1001, 6))], 'Number of records limit of 1000 exceeded.'],
    [
      'more than 500 records in UPSERTs, which count twice',
      [change('UPSERT', `t.${zone}`, 'TXT', values(501, 6))],
      'Number of records limit of 1000 exceeded.',
    ],
    [
      'more than 32,000 value characters',
      [change('CREATE', `t.${zone}`, 'TXT', values(161, 200))],
      'Number of characters limit of 32000 exceeded.',
    ],
    [
      'more than 16,000 value characters in UPSERTs',
      [change('UPSERT', `t.${zone}`, 'TXT', values(81, 200))],
      'Number of characters limit of 32000 exceeded.',
    ],
  ];

  it.each(cases)('%s', async (_fact, batch, message) => {
    await submit(change('UPSERT', `a.${zone}`, 'TXT', ['"0"']), change('UPSERT', `c.${zone}`, 'CNAME', ['d.example.com']));
    const before = await listed();
    const refused = await refusal(...batch);
    expect(refused).toMatchObject({ name: 'InvalidChangeBatch', status: 400 });
    expect(refused.message).toContain(message);
    expect(await listed(), 'nothing was changed').toEqual(before);
  });

  it('the SOA and the NS of the apex cannot be deleted', async () => {
    const page = await sandbox.route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId }));
    for (const ResourceRecordSet of page.ResourceRecordSets ?? []) {
      const refused = await refusal({ Action: 'DELETE', ResourceRecordSet });
      expect(refused.message).toMatch(/A HostedZone must contain (exactly one SOA|at least one NS) record/);
    }
  });

  it('names every problem, and nothing of the batch is done', async () => {
    const refused = await refusal(
      change('UPSERT', `good.${zone}`, 'TXT', ['"1"']),
      change('DELETE', `gone.${zone}`, 'TXT', ['"1"']),
      change('UPSERT', `bad.${zone}`, 'TXT', ['bare']),
    );
    expect(refused.message).toMatch(/^\[.*was not found, .*quotation marks.*\]$/);
    expect(withoutApex(await listed())).toEqual([]);
  });

  it('a set without TTL and records is InvalidInput', async () => {
    const refused = await refusal({ Action: 'UPSERT', ResourceRecordSet: { Name: `a.${zone}`, Type: 'TXT' } });
    expect(refused).toMatchObject({ name: 'InvalidInput', status: 400 });
  });

  it('what the sandbox does not serve is refused by name', async () => {
    const weighted = change('UPSERT', `w.${zone}`, 'A', ['10.0.0.1']);
    const refused = await refusal({
      ...weighted,
      ResourceRecordSet: { ...weighted.ResourceRecordSet, SetIdentifier: 'x', Weight: 1 } as Change['ResourceRecordSet'],
    });
    expect(refused.message).toContain('SetIdentifier, Weight');
  });
});

describe('a batch that is accepted', () => {
  it('1,000 records in CREATEs and 500 in UPSERTs just fit', async () => {
    const values = (count: number) => Array.from({ length: count }, (_, index) => `"${index}"`);
    await submit(change('CREATE', `c.${zone}`, 'TXT', values(1000)));
    await submit(change('UPSERT', `u.${zone}`, 'TXT', values(500)));
    expect((await listed()).length).toBe(4);
  });

  it('names come back lower-case and dot-terminated, * as \\052, and _ as it is', async () => {
    await submit(change('UPSERT', `*.Sub.${zone}`, 'TXT', ['"1"']), change('UPSERT', `_DMARC.${zone}.`, 'TXT', ['"2"']));
    expect(withoutApex(await listed())).toEqual([`_dmarc.${zone}. TXT "2"`, `\\052.sub.${zone}. TXT "1"`]);
  });

  it('values come back as they were written, escapes and all', async () => {
    const written = ['"a \\"quoted\\" \\\\ \\303\\251" "second"'];
    await submit(change('UPSERT', `t.${zone}`, 'TXT', written));
    expect(withoutApex(await listed())).toEqual([`t.${zone}. TXT ${written[0]}`]);
    const state = await sandbox.get('/state');
    expect(JSON.stringify(state.body['route53'])).toContain(JSON.stringify('a "quoted" \\ ésecond'));
  });

  it('a set may be deleted and made anew, and a CNAME replaced by a TXT', async () => {
    await submit(change('UPSERT', `a.${zone}`, 'TXT', ['"old"']), change('UPSERT', `c.${zone}`, 'CNAME', ['x.example.com']));
    await submit(
      change('DELETE', `a.${zone}`, 'TXT', ['"old"']),
      change('CREATE', `a.${zone}`, 'TXT', ['"new"']),
      change('DELETE', `c.${zone}`, 'CNAME', ['x.example.com']),
      change('CREATE', `c.${zone}`, 'TXT', ['"text"']),
    );
    expect(withoutApex(await listed())).toEqual([`a.${zone}. TXT "new"`, `c.${zone}. TXT "text"`]);
  });

  it('a DELETE matches values in any order', async () => {
    await submit(change('UPSERT', `a.${zone}`, 'TXT', ['"1"', '"2"']));
    await submit(change('DELETE', `a.${zone}`, 'TXT', ['"2"', '"1"']));
    expect(withoutApex(await listed())).toEqual([]);
  });

  it('UPSERT of the same set again changes nothing', async () => {
    await submit(change('UPSERT', `a.${zone}`, 'TXT', ['"1"']));
    await submit(change('UPSERT', `a.${zone}`, 'TXT', ['"1"']));
    expect(withoutApex(await listed())).toEqual([`a.${zone}. TXT "1"`]);
  });
});
