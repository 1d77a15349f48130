import {
  type Change,
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsResponse,
  type RRType,
} from '@aws-sdk/client-route-53';
import { beforeEach, describe, expect, it } from 'vitest';
import { askUdp } from '../support/dnsQuestion.ts';
import { rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture({ seed: 'odd requests' });
const { route53, addresses, zoneId: HostedZoneId } = sandbox;
const zone = 'dev.ardamails.com';
const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=00' };

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

const made = (Name: string, Type: RRType, values: string[], Action: 'CREATE' | 'UPSERT' = 'CREATE'): Change => ({
  Action,
  ResourceRecordSet: { Name, Type, TTL: 60, ResourceRecords: values.map((Value) => ({ Value })) },
});
const change = (...Changes: Change[]) => route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));

async function posted(path: string, body: string | Buffer): Promise<{ status: number; code: string }> {
  const response = await fetch(`${addresses.route53}/2013-04-01${path}`, { method: 'POST', headers: signed, body });
  return { status: response.status, code: /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1] ?? '' };
}

describe('XML that Route 53 does not take', () => {
  const creating = (name: string, prolog = '') =>
    `${prolog}<CreateHostedZoneRequest><Name>${name}</Name><CallerReference>x</CallerReference></CreateHostedZoneRequest>`;

  it.each<[string, string]>([
    ['a document type with entities', creating('&a;.example.com', '<!DOCTYPE x [<!ENTITY a "b">]>')],
    ['a document type that names a file', creating('a.example.com', '<!DOCTYPE x SYSTEM "file:///etc/hostname">')],
    ['an entity that XML does not have', creating('a&nbsp;b.example.com')],
    ['an entity that nobody declared', creating('&made-up;.example.com')],
    ['an ampersand by itself', creating('a & b.example.com')],
    ['a character beyond Unicode', creating('&#x110000;.example.com')],
    ['a character that XML does not allow', creating('&#0;.example.com')],
    ['half a surrogate pair', creating('&#xD800;.example.com')],
    ['elements nested without end', '<a>'.repeat(40_000) + '</a>'.repeat(40_000)],
    ['two roots', `${creating('a.example.com')}${creating('b.example.com')}`],
    ['a root that is not closed', '<CreateHostedZoneRequest>'],
    ['the name of an object’s insides', '<__proto__><Name>a.example.com</Name></__proto__>'],
  ])('%s', async (_what, body) => {
    expect(await posted('/hostedzone', body)).toEqual({ status: 400, code: 'MalformedInput' });
    expect(sandbox.rooms.route53.zones.all()).toHaveLength(1);
  });

  it('what XML escapes comes back as it was meant', async () => {
    const value = '"a & b < c > d \'e\' &amp; &lt; &#60; ]]>"';
    await change(made(`t.${zone}`, 'TXT', [value]));
    const { ResourceRecordSets } = await route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId, StartRecordName: `t.${zone}`, MaxItems: 1 }),
    );
    expect(ResourceRecordSets?.[0]?.ResourceRecords).toEqual([{ Value: value }]);
    const xml = (text: string) =>
      `<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>UPSERT</Action><ResourceRecordSet><Name>t.${zone}</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>${text}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`;
    expect(await posted(`/hostedzone/${HostedZoneId}/rrset`, xml('<![CDATA["a & b"]]>'))).toMatchObject({ status: 200 });
    expect((await askUdp(addresses.dns, { name: `t.${zone}`, type: 'TXT' })).answers?.[0]).toMatchObject({ data: [Buffer.from('a & b')] });
    expect(await posted(`/hostedzone/${HostedZoneId}/rrset`, xml('&#34;&#x41;&quot;'))).toMatchObject({ status: 200 });
    expect((await askUdp(addresses.dns, { name: `t.${zone}`, type: 'TXT' })).answers?.[0]).toMatchObject({ data: [Buffer.from('A')] });
  });
});

describe('an asterisk', () => {
  it('hands nothing over: NS records of a wildcard are refused, those beneath one are not', async () => {
    expect(await rejection(change(made(`*.${zone}`, 'NS', ['ns.example.com'])))).toMatchObject({
      name: 'InvalidChangeBatch',
      message: expect.stringContaining(`\\052.${zone}`),
    });
    await change(made(`x.*.${zone}`, 'NS', ['ns.example.com']));
  });

  it('may not lead the name of a zone, and may stand elsewhere in it', async () => {
    const create = (Name: string) => route53.send(new CreateHostedZoneCommand({ Name, CallerReference: Name }));
    expect(await rejection(create('*.example.com'))).toMatchObject({ name: 'InvalidDomainName', status: 400 });
    expect((await create('a.*.example.com')).HostedZone?.Name).toBe('a.\\052.example.com.');
  });
});

it('a list is the same in pages of any size, whatever the names', async () => {
  const names = [
    '*',
    '*.a',
    'a',
    'A.b',
    'a\\052',
    '\\100',
    'a-b',
    'a_b',
    '_dmarc',
    'a.a',
    'z.*',
    '\\052.*.a',
    'ü',
    '0',
    '\\056',
    'a\\056b',
  ];
  await change(...names.flatMap((name) => [made(`${name}.${zone}`, 'TXT', ['"t"']), made(`${name}.${zone}`, 'A', ['192.0.2.1'])]));
  const page = (MaxItems: number, from?: ListResourceRecordSetsResponse) =>
    route53.send(
      new ListResourceRecordSetsCommand({
        ...{ HostedZoneId, MaxItems },
        ...(from === undefined ? {} : { StartRecordName: from.NextRecordName, StartRecordType: from.NextRecordType }),
      }),
    );
  const all = ((await page(300)).ResourceRecordSets ?? []).map((set) => `${set.Name} ${set.Type}`);
  expect(all).toHaveLength(2 + 2 * names.length);
  expect(new Set(all).size).toBe(all.length);
  for (const size of [1, 2, 3, 17, all.length - 1, all.length]) {
    const listed: string[] = [];
    for (let from: ListResourceRecordSetsResponse | undefined; from === undefined || from.IsTruncated === true; ) {
      from = await page(size, from);
      listed.push(...(from.ResourceRecordSets ?? []).map((set) => `${set.Name} ${set.Type}`));
    }
    expect(listed, `in pages of ${size}`).toEqual(all);
  }
});

describe('many at once', () => {
  const outcomes = async (calls: Promise<unknown>[]) => {
    const names = await Promise.all(
      calls.map((call) =>
        call.then(
          () => 'done',
          (cause: Error) => cause.name,
        ),
      ),
    );
    return Object.fromEntries([...new Set(names)].map((name) => [name, names.filter((each) => each === name).length]));
  };

  it('of changes of one zone that is strict, one is made and the rest are told PriorRequestNotComplete', async () => {
    await sandbox.post('/settings', { priorRequestStrict: true, insyncMs: 60_000 });
    const calls = Array.from({ length: 20 }, (_, index) => change(made(`n${index}.${zone}`, 'A', ['192.0.2.1'])));
    expect(await outcomes(calls)).toEqual({ done: 1, PriorRequestNotComplete: 19 });
    expect(sandbox.rooms.route53.zones.get(HostedZoneId)?.records.size).toBe(3);
  });

  it('of CREATEs of one record set, one is made', async () => {
    const calls = Array.from({ length: 20 }, (_, index) => change(made(`same.${zone}`, 'A', [`192.0.2.${index}`])));
    expect(await outcomes(calls)).toEqual({ done: 1, InvalidChangeBatch: 19 });
  });

  it('of requests beyond the burst, each is told Throttling and changes nothing', async () => {
    await sandbox.post('/settings', { throttling: 'documented', route53RequestsPerSecond: 0, route53ActionsPerSecond: 0 });
    const calls = Array.from({ length: 80 }, (_, index) => change(made(`n${index}.${zone}`, 'A', ['192.0.2.1'])));
    expect(await outcomes(calls)).toEqual({ done: 50, Throttling: 30 });
    expect(sandbox.rooms.route53.zones.get(HostedZoneId)?.records.size).toBe(52);
  });
});

it('of zones that share a name one answers, then the other once that is deleted, then the zone above', async () => {
  const create = async (Name: string, CallerReference: string) =>
    (await route53.send(new CreateHostedZoneCommand({ Name, CallerReference }))).HostedZone?.Id?.replace('/hostedzone/', '') ?? '';
  const ids = [await create(`sub.${zone}`, '1'), await create(`sub.${zone}`, '2')].sort();
  const zones = sandbox.rooms.route53.zones;
  for (const id of ids) {
    const { nameServers } = zones.get(id) ?? {};
    const soa = (await askUdp(addresses.dns, { name: `sub.${zone}`, type: 'SOA' })).answers?.[0];
    expect(soa).toMatchObject({ name: `sub.${zone}`, data: { mname: nameServers?.[0] } });
    // As after a restart.
    zones.restore(zones.save());
    await route53.send(new DeleteHostedZoneCommand({ Id: id }));
  }
  expect(await askUdp(addresses.dns, { name: `sub.${zone}`, type: 'SOA' })).toMatchObject({
    flag_aa: true,
    answers: [],
    authorities: [{ name: zone, type: 'SOA' }],
  });
});
