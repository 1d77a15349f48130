import {
  AssociateVPCWithHostedZoneCommand,
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  CreateVPCAssociationAuthorizationCommand,
  DeleteVPCAssociationAuthorizationCommand,
  DisableHostedZoneDNSSECCommand,
  DisassociateVPCFromHostedZoneCommand,
  EnableHostedZoneDNSSECCommand,
  GetDNSSECCommand,
  ListResourceRecordSetsCommand,
  ListVPCAssociationAuthorizationsCommand,
  type ResourceRecordSet,
  type RRType,
  TestDNSAnswerCommand,
} from '@aws-sdk/client-route-53';
import { beforeEach, describe, expect, it } from 'vitest';
import { rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const zone = 'dev.ardamails.com';
const { route53, zoneId: HostedZoneId } = sandbox;

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

const put = (set: ResourceRecordSet) =>
  route53.send(
    new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet: set }] } }),
  );

const values = (Type: RRType, ...written: string[]): ResourceRecordSet => ({
  Name: `r.${zone}`,
  Type,
  TTL: 60,
  ResourceRecords: written.map((Value) => ({ Value })),
});

describe('what only other kinds of zone have is refused as Route 53 does for a public, unsigned one', () => {
  const VPC = { VPCId: 'vpc-0a1b2c3d', VPCRegion: 'us-east-1' as const };
  it.each([
    ['PublicZoneVPCAssociation', () => route53.send(new AssociateVPCWithHostedZoneCommand({ HostedZoneId, VPC }))],
    ['VPCAssociationNotFound', () => route53.send(new DisassociateVPCFromHostedZoneCommand({ HostedZoneId, VPC }))],
    ['InvalidInput', () => route53.send(new CreateVPCAssociationAuthorizationCommand({ HostedZoneId, VPC }))],
    ['VPCAssociationAuthorizationNotFound', () => route53.send(new DeleteVPCAssociationAuthorizationCommand({ HostedZoneId, VPC }))],
    ['KeySigningKeyWithActiveStatusNotFound', () => route53.send(new EnableHostedZoneDNSSECCommand({ HostedZoneId }))],
    ['DNSSECNotFound', () => route53.send(new DisableHostedZoneDNSSECCommand({ HostedZoneId }))],
    ['NotImplemented', () => route53.send(new CreateHostedZoneCommand({ Name: 'p.example.com', CallerReference: 'p', VPC }))],
  ])('%s', async (name, call) => {
    expect((await rejection(call())).name).toBe(name);
  });

  it('it is not signed, and no VPC is authorized', async () => {
    expect((await route53.send(new GetDNSSECCommand({ HostedZoneId }))).Status?.ServeSignature).toBe('NOT_SIGNING');
    expect((await route53.send(new ListVPCAssociationAuthorizationsCommand({ HostedZoneId }))).VPCs ?? []).toEqual([]);
  });
});

describe('records that are not simple are refused with what is not served', () => {
  it.each<[string, Partial<ResourceRecordSet>]>([
    ['Weight', { SetIdentifier: 'a', Weight: 1 }],
    ['Region', { SetIdentifier: 'a', Region: 'us-east-1' }],
    ['Failover', { SetIdentifier: 'a', Failover: 'PRIMARY' }],
    ['GeoLocation', { SetIdentifier: 'a', GeoLocation: { CountryCode: '*' } }],
    ['GeoProximityLocation', { SetIdentifier: 'a', GeoProximityLocation: { AWSRegion: 'us-east-1' } }],
    ['MultiValueAnswer', { SetIdentifier: 'a', MultiValueAnswer: true }],
    ['CidrRoutingConfig', { SetIdentifier: 'a', CidrRoutingConfig: { CollectionId: 'c', LocationName: 'l' } }],
    ['AliasTarget', { AliasTarget: { HostedZoneId, DNSName: 'x.example.com', EvaluateTargetHealth: false } }],
    ['HealthCheckId', { HealthCheckId: 'h' }],
    ['TrafficPolicyInstanceId', { TrafficPolicyInstanceId: 't' }],
  ])('%s', async (member, more) => {
    const refused = await rejection(put({ ...values('A', '10.0.0.1'), ...more }));
    expect(refused).toMatchObject({ name: 'NotImplemented', status: 501 });
    expect(refused.message).toContain(member);
    expect(refused.message).toContain('simple record sets only');
  });
});

describe('values of every type', () => {
  it.each<[RRType, string[], string[]]>([
    ['A', ['10.0.0.1'], ['10.0.0', '10.0.0.256', 'a.b.c.d']],
    ['AAAA', ['2001:db8::1', '::', '::ffff:10.0.0.1'], ['10.0.0.1', '2001:db8', ':::']],
    ['CAA', ['0 issue "ca.example.com"', '128 iodef "mailto:a@b.c"'], ['0 issue ca', '256 issue "x"', '0 other "x"']],
    ['CNAME', ['a.example.com'], ['a b', 'a..b', '']],
    ['DS', ['12345 13 2 0123456789ABCDEF'], ['12345 13 2', '12345 13 2 XYZ', '70000 13 2 AB']],
    [
      'HTTPS',
      ['1 . alpn="h2,h3" port=8443', '0 other.example.com', '1 . ipv4hint=10.0.0.1 ipv6hint=2001:db8::1'],
      ['x .', '0 . alpn=h2', '1 . port=x', '1 . alpn=h2 alpn=h3'],
    ],
    ['MX', ['10 mail.example.com', '0 .'], ['mail.example.com', '70000 m.example.com']],
    [
      'NAPTR',
      ['100 50 "s" "http+I2L" "" _http._tcp.example.com', '1 1 "u" "E2U+sip" "!^.*$!sip:a@b.c!" .'],
      ['100 50 s x y z', '100 50 "s" "x"'],
    ],
    ['NS', ['ns1.example.com'], ['']],
    ['PTR', ['host.example.com'], ['a b']],
    ['SPF', ['"v=spf1 -all"'], ['v=spf1 -all']],
    ['SRV', ['1 2 443 host.example.com', '0 0 0 .'], ['1 2 host.example.com', '1 2 70000 h.example.com']],
    ['SSHFP', ['1 1 67890ABCDEF67890ABCDEF67890ABCDEF1234567'], ['1 1 XYZ', '1 300 AB']],
    ['SVCB', ['16 svc.example.com port=53 key65333=abc'], ['16', '16 a..b']],
    ['TLSA', ['3 1 1 ABCDEF01'], ['3 1 ABCDEF01', '3 1 1 ABC']],
    ['TXT', ['"a" "b"', '""'], ['bare', `"${'x'.repeat(256)}"`]],
  ])('%s', async (type, good, bad) => {
    for (const value of good) await put(values(type, value));
    for (const value of bad) expect((await rejection(put(values(type, value)))).name, value).toMatch(/^Invalid(ChangeBatch|Input)$/);
  });
});

it('a zone has one SOA: a set with two is refused, and so is taking the one away', async () => {
  const soa = 'ns.example.com. host.example.com. 1 7200 900 1209600 86400';
  const refused = await rejection(put({ ...values('SOA', soa, soa.replace(' 1 ', ' 2 ')), Name: zone }));
  expect(refused).toMatchObject({ name: 'InvalidChangeBatch', message: expect.stringContaining('a SOA has one value') });
  await put({ ...values('SOA', soa), Name: zone });
});

describe('TestDNSAnswer', () => {
  const test = (RecordName: string, RecordType: RRType, more = {}) =>
    route53.send(new TestDNSAnswerCommand({ HostedZoneId, RecordName, RecordType, ...more }));

  it('says what is in sync, and how the answer came about', async () => {
    await put(values('TXT', '"one"'));
    expect(await test(`R.${zone}`, 'TXT')).toMatchObject({
      Nameserver: expect.stringMatching(/^ns-\d+\.awsdns-/),
      RecordName: `r.${zone}.`,
      RecordType: 'TXT',
      RecordData: ['"one"'],
      ResponseCode: 'NOERROR',
      Protocol: 'UDP',
    });
    await sandbox.post('/settings', { insyncMs: 60_000 });
    await put(values('TXT', '"two"'));
    expect((await test(`r.${zone}`, 'TXT')).RecordData).toEqual(['"one"']);
    expect(await test(`none.${zone}`, 'TXT')).toMatchObject({ ResponseCode: 'NXDOMAIN' });
  });

  it('does not return the name servers of a delegation, as dig’s answer section does not', async () => {
    await put({ ...values('NS', 'ns1.example.com'), Name: `child.${zone}` });
    expect((await test(`a.child.${zone}`, 'A')).RecordData ?? []).toEqual([]);
  });

  it.each([
    ['a name outside the zone', 'x.example.com', {}],
    ['a resolver that is no address', `r.${zone}`, { ResolverIP: 'resolver' }],
    ['a subnet that is no address', `r.${zone}`, { EDNS0ClientSubnetIP: 'x' }],
    ['a mask without a subnet', `r.${zone}`, { EDNS0ClientSubnetMask: '24' }],
    ['a mask that is too long', `r.${zone}`, { EDNS0ClientSubnetIP: '192.0.2.1', EDNS0ClientSubnetMask: '33' }],
  ])('refuses %s', async (_what, name, more) => {
    expect(await rejection(test(name, 'A', more))).toMatchObject({ name: 'InvalidInput', status: 400 });
  });
});

describe('the start of a list of record sets', () => {
  const list = (more: object) => route53.send(new ListResourceRecordSetsCommand({ HostedZoneId, ...more }));

  it('must be a type that there is, and an identifier needs name and type', async () => {
    expect(await rejection(list({ StartRecordName: zone, StartRecordType: 'LOC' }))).toMatchObject({ name: 'InvalidInput' });
    expect(await rejection(list({ StartRecordName: zone, StartRecordIdentifier: 'x' }))).toMatchObject({ name: 'InvalidInput' });
    expect(await rejection(list({ MaxItems: 0 }))).toMatchObject({ name: 'InvalidInput' });
  });

  it('may be a name that does not exist: the list begins with the next one', async () => {
    await put({ ...values('TXT', '"v"'), Name: `m.${zone}` });
    const page = await list({ StartRecordName: `b.${zone}` });
    expect(page.ResourceRecordSets?.map((set) => set.Name)).toEqual([`m.${zone}.`]);
    expect((await list({ StartRecordName: `z.${zone}` })).ResourceRecordSets ?? []).toEqual([]);
  });

  it('shows PENDING changes at once, and * as \\052', async () => {
    await sandbox.post('/settings', { insyncMs: 60_000 });
    await put({ ...values('TXT', '"v"'), Name: `*.w.${zone}` });
    expect((await list({})).ResourceRecordSets?.map((set) => set.Name)).toContain(`\\052.w.${zone}.`);
  });
});
