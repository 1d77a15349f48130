import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand, type RRType } from '@aws-sdk/client-route-53';
import { type DecodedPacket, decode } from 'dns-packet';
import { beforeEach, describe, expect, it } from 'vitest';
import { askTcp, askUdp, questionPacket, sendUdp } from '../support/dnsQuestion.ts';
import { sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const zone = 'dev.ardamails.com';
const at = sandbox.addresses.dns;
const [noError, formErr, nxDomain, refused] = [0, 1, 3, 5];

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

async function write(name: string, type: RRType, values: string[], HostedZoneId = sandbox.zoneId): Promise<void> {
  const set = { Name: name, Type: type, TTL: 300, ResourceRecords: values.map((Value) => ({ Value })) };
  const ChangeBatch = { Changes: [{ Action: 'UPSERT' as const, ResourceRecordSet: set }] };
  await sandbox.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
}

const rcodeOf = (packet: DecodedPacket): number => (packet.flags ?? 0) & 0xf;
const brief = (answers: DecodedPacket['answers']): string[] =>
  (answers ?? []).map((answer) => `${answer.name} ${answer.type} ${'data' in answer ? String(answer.data) : ''}`);

/** A question with the type as a number, since the library does not know them all. */
function numbered(name: string, type: number): Buffer {
  const packet = questionPacket({ name, type: 'A' });
  packet.writeUInt16BE(type, packet.length - 4);
  return packet;
}

async function answerTo(packet: Buffer): Promise<Buffer> {
  const answer = await sendUdp(at, packet);
  if (answer === null) throw new Error('no answer came');
  return answer;
}

describe('a delegation', () => {
  it('comes with the addresses that the zone has for its name servers (glue)', async () => {
    await write(`child.${zone}`, 'NS', [`ns1.child.${zone}`, `ns2.${zone}`, 'ns.elsewhere.example']);
    await write(`ns1.child.${zone}`, 'A', ['192.0.2.1']);
    await write(`ns2.${zone}`, 'AAAA', ['2001:db8::2']);
    const packet = await askUdp(at, { name: `deep.child.${zone}`, type: 'A' });
    expect(packet).toMatchObject({ flag_aa: false, answers: [] });
    expect(packet.authorities).toHaveLength(3);
    expect(brief(packet.additionals)).toEqual([`ns1.child.${zone} A 192.0.2.1`, `ns2.${zone} AAAA 2001:db8::2`]);
  });

  it('hands over the name servers’ own names as well, and its DS is answered here', async () => {
    await write(`child.${zone}`, 'NS', [`ns1.child.${zone}`]);
    await write(`ns1.child.${zone}`, 'A', ['192.0.2.1']);
    await write(`child.${zone}`, 'DS', ['12345 13 2 ABCDEF01']);
    expect(await askUdp(at, { name: `ns1.child.${zone}`, type: 'A' })).toMatchObject({ flag_aa: false, answers: [] });
    expect(await askUdp(at, { name: `child.${zone}`, type: 'DS' })).toMatchObject({
      flag_aa: true,
      answers: [{ type: 'DS', data: { keyTag: 12345, algorithm: 13, digestType: 2 } }],
    });
  });

  it('of a zone that is hosted here too is answered by that zone', async () => {
    await write(`sub.${zone}`, 'NS', ['ns.sub.example']);
    const made = await sandbox.route53.send(new CreateHostedZoneCommand({ Name: `sub.${zone}`, CallerReference: 'sub' }));
    await write(`a.sub.${zone}`, 'A', ['192.0.2.9'], made.HostedZone?.Id ?? '');
    const packet = await askUdp(at, { name: `a.sub.${zone}`, type: 'A' });
    expect([packet.flag_aa, brief(packet.answers)]).toEqual([true, [`a.sub.${zone} A 192.0.2.9`]]);
  });

  it('a CNAME that leads below it is answered with authority, and the rest is handed over', async () => {
    await write(`child.${zone}`, 'NS', ['ns.elsewhere.example']);
    await write(`alias.${zone}`, 'CNAME', [`deep.child.${zone}`]);
    const packet = await askUdp(at, { name: `alias.${zone}`, type: 'A' });
    expect([packet.flag_aa, packet.answers?.length, packet.authorities?.[0]?.type]).toEqual([true, 1, 'NS']);
  });
});

/** RFC 4592 section 2.2.1, told for our zone. */
describe('wildcards', () => {
  beforeEach(async () => {
    await write(`*.${zone}`, 'TXT', ['"wild"']);
    await write(`*.${zone}`, 'MX', ['10 host1.example']);
    await write(`sub.*.${zone}`, 'TXT', ['"beneath an asterisk"']);
    await write(`host1.${zone}`, 'A', ['192.0.2.1']);
    await write(`_ssh._tcp.host2.${zone}`, 'SRV', ['0 0 22 h.example']);
    await write(`subdel.${zone}`, 'NS', ['ns.example.com']);
    await write(`*.alias.${zone}`, 'CNAME', [`host1.${zone}`]);
  });

  it.each<[string, string, 'MX' | 'A' | 'TXT', number, string[]]>([
    ['synthesised for a name that does not exist', 'host3', 'MX', noError, ['MX']],
    ['NODATA for a type that the wildcard has not', 'host3', 'A', noError, []],
    ['synthesised several labels down', 'foo.bar', 'TXT', noError, ['TXT']],
    ['not for a name that exists', 'host1', 'MX', noError, []],
    ['not for the wildcard’s own descendants, where it is the closest encloser', 'sub.*', 'MX', noError, []],
    ['the asterisk itself is a name like any other', '*', 'TXT', noError, ['TXT']],
    ['not beneath an empty non-terminal', 'ghost._tcp.host2', 'MX', nxDomain, []],
    ['not for an empty non-terminal', '_tcp.host2', 'MX', noError, []],
    ['not beneath a delegation', 'host.subdel', 'A', noError, []],
    ['not beneath the asterisk', 'ghost.*', 'MX', nxDomain, []],
    ['a wildcard CNAME is followed', 'x.alias', 'A', noError, ['CNAME', 'A']],
  ])('%s', async (_what, label, type, rcode, types) => {
    const packet = await askUdp(at, { name: `${label}.${zone}`, type });
    expect([rcodeOf(packet), packet.answers?.map((answer) => answer.type)]).toEqual([rcode, types]);
    if (types.length > 0) expect(packet.answers?.[0]?.name).toBe(`${label}.${zone}`);
  });

  it('an asterisk that has only names beneath it is NODATA for what it covers', async () => {
    await write(`a.*.empty.${zone}`, 'A', ['192.0.2.1']);
    expect(rcodeOf(await askUdp(at, { name: `x.empty.${zone}`, type: 'A' }))).toBe(noError);
  });
});

describe('EDNS0', () => {
  const withOption = (more: { version?: number; flags?: number; count?: number }): Buffer => {
    const option = Buffer.alloc(11);
    option.writeUInt16BE(41, 1);
    option.writeUInt16BE(1232, 3);
    option.writeUInt8(more.version ?? 0, 6);
    option.writeUInt16BE(more.flags ?? 0, 7);
    const packet = questionPacket({ name: zone, type: 'SOA' });
    packet.writeUInt16BE(more.count ?? 1, 10);
    return Buffer.concat([packet, ...Array.from({ length: more.count ?? 1 }, () => option)]);
  };

  it('a version that is not ours is BADVERS, with version 0 and no answer', async () => {
    const answer = await answerTo(withOption({ version: 1 }));
    const opt = decode(answer).additionals?.[0];
    expect(opt).toMatchObject({ type: 'OPT', extendedRcode: 1, ednsVersion: 0 });
    expect([answer.readUInt8(3) & 0xf, answer.readUInt16BE(6)]).toEqual([noError, 0]);
  });

  it('DO comes back, our size is 1232, and who does not speak EDNS gets none', async () => {
    expect(decode(await answerTo(withOption({ flags: 0x8000 }))).additionals?.[0]).toMatchObject({ flag_do: true, udpPayloadSize: 1232 });
    expect((await askUdp(at, { name: zone, type: 'SOA' })).additionals).toEqual([]);
  });

  it('two OPT records, or a question for OPT, are a format error', async () => {
    expect((await answerTo(withOption({ count: 2 }))).readUInt8(3) & 0xf).toBe(formErr);
    expect((await answerTo(numbered(zone, 41))).readUInt8(3) & 0xf).toBe(formErr);
  });
});

describe('questions of other kinds', () => {
  it('ANY is answered with one record set (RFC 8482), refused, or with all, as the setting says', async () => {
    await write(`a.${zone}`, 'A', ['192.0.2.1']);
    await write(`a.${zone}`, 'TXT', ['"t"']);
    const any = async () => {
      const answer = await answerTo(numbered(`a.${zone}`, 255));
      return [answer.readUInt8(3) & 0xf, answer.readUInt16BE(6)];
    };
    expect(await any()).toEqual([noError, 1]);
    await sandbox.post('/settings', { anyQueries: 'refused' });
    expect(await any()).toEqual([refused, 0]);
    await sandbox.post('/settings', { anyQueries: 'whole' });
    expect(await any()).toEqual([noError, 2]);
  });

  it.each([
    ['AXFR', 252],
    ['IXFR', 251],
  ])('%s is refused: zones are not given away', async (_name, type) => {
    expect((await answerTo(numbered(zone, type))).readUInt8(3) & 0xf).toBe(refused);
  });

  it('another class than IN is refused', async () => {
    const packet = questionPacket({ name: 'version.bind', type: 'TXT' });
    packet.writeUInt16BE(3, packet.length - 2);
    expect((await answerTo(packet)).readUInt8(3) & 0xf).toBe(refused);
  });

  it('no question and two questions are a format error', async () => {
    const none = questionPacket({ name: zone, type: 'A' }).subarray(0, 12);
    none.writeUInt16BE(0, 4);
    expect((await answerTo(none)).readUInt8(3) & 0xf).toBe(formErr);
    const one = questionPacket({ name: zone, type: 'A' });
    const two = Buffer.concat([one, one.subarray(12)]);
    two.writeUInt16BE(2, 4);
    expect((await answerTo(two)).readUInt8(3) & 0xf).toBe(formErr);
  });

  it('CD is copied, and CNAME chains end where the answer is', async () => {
    const packet = questionPacket({ name: zone, type: 'SOA' });
    packet.writeUInt8(packet.readUInt8(3) | 0x10, 3);
    expect((await answerTo(packet)).readUInt8(3) & 0x10).toBe(0x10);
  });
});

describe('names are octets', () => {
  it('a dot and a byte that is no text inside a label are asked for and answered as they are', async () => {
    await write(`a\\056b\\377.${zone}`, 'TXT', ['"odd"']);
    const rest = questionPacket({ name: zone, type: 'TXT' }).subarray(12);
    const question = Buffer.concat([Buffer.from([4]), Buffer.from('A.b\xff', 'latin1'), rest]);
    const answer = await answerTo(Buffer.concat([questionPacket({ name: zone, type: 'TXT' }).subarray(0, 12), question]));
    expect([answer.readUInt8(3) & 0xf, answer.readUInt16BE(6)]).toEqual([noError, 1]);
    expect(answer.subarray(12, 12 + question.length)).toEqual(question);
  });

  it('repeated names are written once: the answer points back at the question', async () => {
    const plain = await sendUdp(at, questionPacket({ name: zone, type: 'NS' }));
    expect(plain?.length).toBeLessThan(250);
    expect((await askUdp(at, { name: zone, type: 'NS' })).answers?.map((answer) => answer.name)).toEqual([zone, zone, zone, zone]);
  });
});

describe('every type that Route 53 holds is carried as its RFC says', () => {
  it.each<[RRType, string, number, string]>([
    ['DS', '12345 13 2 AB01', 43, '30390d02ab01'],
    ['SSHFP', '4 2 ABCD', 44, '0402abcd'],
    ['TLSA', '3 1 1 ABCD', 52, '030101abcd'],
    ['SPF', '"v=spf1 -all"', 99, `0b${Buffer.from('v=spf1 -all').toString('hex')}`],
    ['NAPTR', '100 50 "s" "x" "" .', 35, '006400320173017800' + '00'],
    ['HTTPS', '1 . alpn="h2,h3" port=8443', 65, '0001' + '00' + '00010006' + '026832026833' + '00030002' + '20fb'],
    [
      'SVCB',
      '2 . ipv6hint=2001:db8::1 mandatory=ipv6hint',
      64,
      '0002' + '00' + '00000002' + '0006' + '00060010' + '20010db8000000000000000000000001',
    ],
    [
      'HTTPS',
      '1 . key65333=ab no-default-alpn ech=AAEC ipv4hint=192.0.2.1,192.0.2.2',
      65,
      '000100' + '00020000' + '00040008c0000201c0000202' + '00050003000102' + 'ff3500026162',
    ],
  ])('%s %s', async (type, value, number, rdata) => {
    await write(`r.${zone}`, type, [value]);
    const answer = await answerTo(numbered(`r.${zone}`, number));
    const length = answer.length - rdata.length / 2;
    expect(answer.subarray(length).toString('hex')).toBe(rdata);
    expect(answer.readUInt16BE(length - 2)).toBe(rdata.length / 2);
  });
});

it('additional records are let go before an answer is cut', async () => {
  const servers = Array.from({ length: 8 }, (_, index) => `n${index}.child.${zone}`);
  await write(`child.${zone}`, 'NS', servers);
  for (const server of servers) await write(server, 'AAAA', ['2001:db8::1', '2001:db8::2']);
  const packet = await askUdp(at, { name: `x.child.${zone}`, type: 'A' });
  expect([packet.flag_tc, packet.authorities?.length, packet.additionals?.length]).toEqual([false, 8, 0]);
  expect((await askTcp(at, { name: `x.child.${zone}`, type: 'A' })).additionals).toHaveLength(16);
});
