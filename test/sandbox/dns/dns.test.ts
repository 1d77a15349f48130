import { Resolver } from 'node:dns/promises';
import { ChangeResourceRecordSetsCommand, GetChangeCommand, type RRType } from '@aws-sdk/client-route-53';
import type { Answer, DecodedPacket } from 'dns-packet';
import { beforeEach, describe, expect, it } from 'vitest';
import { askTcp, askUdp, questionPacket, sendTcp, sendUdp, silenceMs } from '../support/dnsQuestion.ts';
import { sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const zone = 'dev.ardamails.com';
const at = sandbox.addresses.dns;

/** By Route 53, with values as the API takes them. */
async function write(name: string, type: RRType, values: string[], ttl = 300): Promise<void> {
  const set = { Name: name, Type: type, TTL: ttl, ResourceRecords: values.map((Value) => ({ Value })) };
  await sandbox.route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: sandbox.zoneId,
      ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet: set }] },
    }),
  );
}

const rcodeOf = (packet: DecodedPacket): number => (packet.flags ?? 0) & 0xf;
const [noError, servFail, nxDomain, notImplemented, refusedCode] = [0, 2, 3, 4, 5];

const shown = (answers: readonly Answer[] | undefined): string[] =>
  (answers ?? []).map((answer) => {
    const data = 'data' in answer ? answer.data : null;
    const text = Array.isArray(data)
      ? data.map((part) => part.toString()).join('+')
      : typeof data === 'string'
        ? data
        : JSON.stringify(data);
    return `${answer.name} ${'ttl' in answer ? answer.ttl : ''} ${answer.type} ${text}`;
  });

const soaNegative = (packet: DecodedPacket): number | undefined => {
  const soa = packet.authorities?.[0];
  return soa?.type === 'SOA' ? soa.ttl : undefined;
};

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

describe('an authoritative answer', () => {
  it('has AA, the TTL of the set, and every value', async () => {
    await write(`a.${zone}`, 'A', ['10.0.0.1', '10.0.0.2'], 77);
    const packet = await askUdp(at, { name: `a.${zone}`, type: 'A' });
    expect(packet).toMatchObject({ flag_aa: true, flag_ra: false, flag_tc: false });
    expect(shown(packet.answers)).toEqual([`a.${zone} 77 A 10.0.0.1`, `a.${zone} 77 A 10.0.0.2`]);
  });

  it('has SOA and NS at the apex', async () => {
    expect((await askUdp(at, { name: zone, type: 'SOA' })).answers).toMatchObject([{ type: 'SOA', ttl: 900, data: { minimum: 86_400 } }]);
    expect((await askUdp(at, { name: zone, type: 'NS' })).answers).toHaveLength(4);
  });

  it.each<[RRType, string, unknown]>([
    ['AAAA', '2001:db8::1', '2001:db8::1'],
    ['MX', '10 mail.example.com', { preference: 10, exchange: 'mail.example.com' }],
    ['SRV', '1 2 443 host.example.com.', { priority: 1, weight: 2, port: 443, target: 'host.example.com' }],
    ['CAA', '0 issue "ca.example.com"', { flags: 0, tag: 'issue', value: 'ca.example.com', issuerCritical: false }],
    ['PTR', 'host.example.com', 'host.example.com'],
    ['CNAME', 'pm.mtasv.net', 'pm.mtasv.net'],
  ])('carries %s', async (type, value, data) => {
    await write(`r.${zone}`, type, [value]);
    const packet = await askUdp(at, { name: `r.${zone}`, type: type as 'A' });
    expect(packet.answers).toMatchObject([{ type, data }]);
  });

  it('keeps the strings of a TXT record apart, and resolvers join them to the text', async () => {
    const key = `k=rsa;p=${'A'.repeat(390)}`;
    await write(`k.${zone}`, 'TXT', [`"${key.slice(0, 255)}" "${key.slice(255)}"`]);
    const resolver = new Resolver({ timeout: 15_000, tries: 1 });
    resolver.setServers([at]);
    expect(await resolver.resolveTxt(`k.${zone}`)).toEqual([[key.slice(0, 255), key.slice(255)]]);
  });

  it('undoes the escapes of a TXT value', async () => {
    await write(`e.${zone}`, 'TXT', ['"\\"\\\\ \\303\\251"']);
    const packet = await askUdp(at, { name: `e.${zone}`, type: 'TXT' });
    expect(shown(packet.answers)).toEqual([`e.${zone} 300 TXT "\\ é`]);
  });

  it('echoes the name in the letters it was asked with', async () => {
    await write(`a.${zone}`, 'A', ['10.0.0.1']);
    const packet = await askUdp(at, { name: 'A.dEv.ArDaMaIlS.cOm', type: 'A' });
    expect(packet.questions?.[0]?.name).toBe('A.dEv.ArDaMaIlS.cOm');
    expect(packet.answers?.[0]?.name).toBe('A.dEv.ArDaMaIlS.cOm');
  });

  it('follows a CNAME inside the zone, and stops at one that leads out', async () => {
    await write(`one.${zone}`, 'CNAME', [`two.${zone}`]);
    await write(`two.${zone}`, 'CNAME', [`three.${zone}`]);
    await write(`three.${zone}`, 'A', ['10.0.0.3']);
    await write(`out.${zone}`, 'CNAME', ['pm.mtasv.net']);
    expect((await askUdp(at, { name: `one.${zone}`, type: 'A' })).answers?.map((answer) => answer.type)).toEqual(['CNAME', 'CNAME', 'A']);
    expect((await askUdp(at, { name: `out.${zone}`, type: 'A' })).answers?.map((answer) => answer.type)).toEqual(['CNAME']);
    expect((await askUdp(at, { name: `one.${zone}`, type: 'CNAME' })).answers).toHaveLength(1);
  });

  it('ends for CNAMEs that lead to each other', async () => {
    await write(`x.${zone}`, 'CNAME', [`y.${zone}`]);
    await write(`y.${zone}`, 'CNAME', [`x.${zone}`]);
    expect(rcodeOf(await askUdp(at, { name: `x.${zone}`, type: 'A' }))).toBe(noError);
  });

  it('a wildcard answers for names that do not exist, and not for one that does', async () => {
    await write(`*.w.${zone}`, 'TXT', ['"wild"']);
    await write(`real.w.${zone}`, 'A', ['10.0.0.1']);
    expect(shown((await askUdp(at, { name: `any.thing.w.${zone}`, type: 'TXT' })).answers)).toEqual([`any.thing.w.${zone} 300 TXT wild`]);
    expect((await askUdp(at, { name: `real.w.${zone}`, type: 'TXT' })).answers).toEqual([]);
  });

  it('NS beneath the apex hands the name over, without AA', async () => {
    await write(`child.${zone}`, 'NS', ['ns1.example.com']);
    const packet = await askUdp(at, { name: `deep.child.${zone}`, type: 'A' });
    expect(packet).toMatchObject({ flag_aa: false, answers: [] });
    expect(shown(packet.authorities)).toEqual([`child.${zone} 300 NS ns1.example.com`]);
  });
});

describe('a negative answer', () => {
  it('is NXDOMAIN for a name that does not exist, with the SOA and the lesser of its TTL and minimum', async () => {
    const packet = await askUdp(at, { name: `nothing.${zone}`, type: 'A' });
    expect(rcodeOf(packet)).toBe(nxDomain);
    expect(soaNegative(packet)).toBe(900);
  });

  it('takes the SOA’s minimum when that is less', async () => {
    const soa = 'ns.example.com. hostmaster.example.com. 1 7200 900 1209600 60';
    await write(zone, 'SOA', [soa], 900);
    expect(soaNegative(await askUdp(at, { name: `nothing.${zone}`, type: 'A' }))).toBe(60);
  });

  it('is NODATA for another type of a name that exists', async () => {
    await write(`a.${zone}`, 'A', ['10.0.0.1']);
    const packet = await askUdp(at, { name: `a.${zone}`, type: 'TXT' });
    expect([rcodeOf(packet), packet.answers, soaNegative(packet)]).toEqual([noError, [], 900]);
  });

  it('is NODATA for a name that has only names beneath it', async () => {
    await write(`deep.empty.${zone}`, 'A', ['10.0.0.1']);
    expect(rcodeOf(await askUdp(at, { name: `empty.${zone}`, type: 'A' }))).toBe(noError);
    await sandbox.post('/route53/record', { action: 'DELETE', name: `deep.empty.${zone}`, type: 'A' });
    expect(rcodeOf(await askUdp(at, { name: `empty.${zone}`, type: 'A' }))).toBe(nxDomain);
  });

  it.each(['example.com', `x${zone}`, 'com', '.'])('is REFUSED outside our zones: %s', async (name) => {
    const packet = await askUdp(at, { name, type: 'A' });
    expect(rcodeOf(packet)).toBe(refusedCode);
    expect(packet.flag_aa).toBe(false);
  });
});

describe('sizes', () => {
  const values = Array.from({ length: 24 }, (_, index) => `"${String(index).padStart(40, 'v')}"`);
  const asked = { name: `big.${zone}`, type: 'TXT' } as const;

  it('an answer of more than 512 bytes goes out empty with TC, and whole over TCP', async () => {
    await write(asked.name, 'TXT', values);
    expect(await askUdp(at, asked)).toMatchObject({ flag_tc: true, answers: [] });
    const packet = await askTcp(at, asked);
    expect(packet.flag_tc).toBe(false);
    expect(packet.answers).toHaveLength(24);
  });

  it('EDNS0 raises the limit to what it says, at most 1232', async () => {
    await write(asked.name, 'TXT', values.slice(0, 12));
    expect(await askUdp(at, { ...asked, ednsSize: 1232 })).toMatchObject({ flag_tc: false });
    expect(await askUdp(at, { ...asked, ednsSize: 600 })).toMatchObject({ flag_tc: true });
    await write(asked.name, 'TXT', values);
    expect(await askUdp(at, { ...asked, ednsSize: 65_000 })).toMatchObject({ flag_tc: true });
  });

  it('a stub resolver falls back to TCP by itself', async () => {
    await write(asked.name, 'TXT', values);
    const resolver = new Resolver({ timeout: 15_000, tries: 1 });
    resolver.setServers([at]);
    expect(await resolver.resolveTxt(asked.name)).toHaveLength(24);
  });
});

describe('what is in sync', () => {
  it('alone is answered: a pending change is not to be seen, nor is a pending removal', async () => {
    await write(`old.${zone}`, 'TXT', ['"old"']);
    await sandbox.post('/settings', { insyncMs: 30_000 });
    await write(`old.${zone}`, 'TXT', ['"new"']);
    await write(`fresh.${zone}`, 'TXT', ['"fresh"']);
    const text = async (name: string) => shown((await askUdp(at, { name, type: 'TXT' })).answers);
    expect(await text(`old.${zone}`)).toEqual([`old.${zone} 300 TXT old`]);
    expect(await text(`fresh.${zone}`)).toEqual([]);
    await sandbox.post('/clock/advance', { seconds: 31 });
    expect(await text(`old.${zone}`)).toEqual([`old.${zone} 300 TXT new`]);
    expect(await text(`fresh.${zone}`)).toEqual([`fresh.${zone} 300 TXT fresh`]);
  });

  it('is the same for a change that GetChange calls INSYNC', async () => {
    await sandbox.post('/settings', { insyncMs: 5000 });
    const answer = await sandbox.route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: sandbox.zoneId,
        ChangeBatch: {
          Changes: [
            { Action: 'UPSERT', ResourceRecordSet: { Name: `s.${zone}`, Type: 'A', TTL: 1, ResourceRecords: [{ Value: '10.0.0.1' }] } },
          ],
        },
      }),
    );
    await sandbox.post('/clock/advance', { seconds: 5 });
    expect((await sandbox.route53.send(new GetChangeCommand({ Id: answer.ChangeInfo?.Id ?? '' }))).ChangeInfo?.Status).toBe('INSYNC');
    expect((await askUdp(at, { name: `s.${zone}`, type: 'A' })).answers).toHaveLength(1);
  });
});

describe('faults by record type', () => {
  it.each([
    [{ kind: 'status' }, servFail],
    [{ kind: 'throttle' }, servFail],
    [{ kind: 'status', errorCode: 'REFUSED' }, refusedCode],
    [{ kind: 'status', errorCode: 'nxdomain' }, nxDomain],
  ])('%o', async (fault, rcode) => {
    await sandbox.post('/fault', { service: 'dns', operation: 'txt', times: 1, ...fault });
    expect(rcodeOf(await askUdp(at, { name: zone, type: 'A' })), 'another type is not met').toBe(noError);
    expect(rcodeOf(await askUdp(at, { name: zone, type: 'TXT' }))).toBe(rcode);
    expect(rcodeOf(await askUdp(at, { name: zone, type: 'TXT' })), 'used up').toBe(noError);
  });

  it.each(['timeout-before', 'timeout-after', 'cut'])('%s is silence over UDP', async (kind) => {
    await sandbox.post('/fault', { service: 'dns', kind, times: 1 });
    expect(await sendUdp(at, questionPacket({ name: zone, type: 'SOA' }), silenceMs)).toBeNull();
  });

  it('cut closes the connection over TCP', async () => {
    await sandbox.post('/fault', { service: 'dns', kind: 'cut', times: 1 });
    expect(await sendTcp(at, questionPacket({ name: zone, type: 'SOA' }))).toBeNull();
  });

  it('slow answers later', async () => {
    await sandbox.post('/fault', { service: 'dns', kind: 'slow', delayMs: 60, times: 1 });
    const startedMs = performance.now();
    expect(rcodeOf(await askUdp(at, { name: zone, type: 'SOA' }))).toBe(noError);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(55);
  });

  it('questions are counted by type', async () => {
    await askUdp(at, { name: zone, type: 'SOA' });
    await askTcp(at, { name: zone, type: 'SOA' });
    await askUdp(at, { name: zone, type: 'TXT' });
    expect((await sandbox.get('/state')).body['calls']).toMatchObject({ dns: { SOA: 2, TXT: 1 } });
  });
});

describe('what is no proper question', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a header', Buffer.from([1, 2, 3, 4])],
    ['noise', Buffer.from('\u0001\u0002 this is not DNS at all, is it?')],
    ['a name that ends outside the packet', Buffer.concat([questionPacket({ name: zone, type: 'A' }).subarray(0, 20)])],
    [
      'a name that points at itself',
      Buffer.concat([questionPacket({ name: 'a', type: 'A' }).subarray(0, 12), Buffer.from([0xc0, 0x0c, 0, 1, 0, 1])]),
    ],
    [
      'an answer',
      (() => {
        const packet = questionPacket({ name: zone, type: 'A' });
        packet.writeUInt8(0x80, 2);
        return packet;
      })(),
    ],
  ])('is ignored, and the next question is answered: %s', async (_what, packet) => {
    expect(await sendUdp(at, packet, silenceMs)).toBeNull();
    expect(rcodeOf(await askUdp(at, { name: zone, type: 'SOA' }))).toBe(noError);
  });

  it('another opcode than QUERY is not implemented', async () => {
    const packet = questionPacket({ name: zone, type: 'SOA' });
    packet.writeUInt8(5 << 3, 2);
    const answer = await sendUdp(at, packet);
    expect((answer?.readUInt8(3) ?? 0) & 0xf).toBe(notImplemented);
  });

  it('a type that nobody knows is NODATA, with the question as it was', async () => {
    const packet = questionPacket({ name: zone, type: 'A' });
    packet.writeUInt16BE(65, packet.length - 4);
    const answer = await sendUdp(at, packet);
    expect(answer?.subarray(12, packet.length)).toEqual(packet.subarray(12));
    expect((answer?.readUInt8(3) ?? 15) & 0xf).toBe(noError);
  });
});
