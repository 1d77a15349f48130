import { createSocket, type Socket } from 'node:dgram';
import { decode, encode, type Packet } from 'dns-packet';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dnsProbe } from '../../service/ports/dns.ts';

type Reply = Partial<Packet> & { rcode?: string };
const codes: Record<string, number> = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };

/** Answers every question the same way; null is silence. */
async function server(reply: (name: string) => Reply | null): Promise<{ address: string; asked: () => number; socket: Socket }> {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (raw, peer) => {
    asked += 1;
    const query = decode(raw);
    const answer = reply(query.questions?.[0]?.name ?? '');
    if (answer === null) return;
    const { rcode = 'NOERROR', ...rest } = answer;
    const flags = 0x400 | (codes[rcode] ?? 0);
    socket.send(encode({ type: 'response', id: query.id ?? 0, flags, questions: query.questions ?? [], ...rest }), peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    socket.close();
  });
  return { address: `127.0.0.1:${socket.address().port}`, asked: () => asked, socket };
}

const probe = (...servers: string[]) => dnsProbe({ servers, timeoutMs: 150, nameServers: async () => [] });
const txt = (name: string, ...strings: string[]): Reply => ({ answers: [{ type: 'TXT', name, ttl: 300, data: strings }] });

describe('a look at one name', () => {
  it.each([
    [
      'a TXT record of two strings is one text',
      (name: string) => txt(name, 'k=rsa;', 'p=ABC'),
      { kind: 'present', values: ['k=rsa;p=ABC'], ttl: null },
    ],
    ['NXDOMAIN is absent', () => ({ rcode: 'NXDOMAIN' }), { kind: 'absent' }],
    ['no record of the type is absent', () => ({}), { kind: 'absent' }],
    ['SERVFAIL is unreachable', () => ({ rcode: 'SERVFAIL' }), { kind: 'unreachable' }],
    ['REFUSED is unreachable', () => ({ rcode: 'REFUSED' }), { kind: 'unreachable' }],
    ['silence is unreachable', () => null, { kind: 'unreachable' }],
  ] as [string, (name: string) => Reply | null, Record<string, unknown>][])('%s', async (_, reply, expected) => {
    const { address } = await server(reply);
    expect(await probe(address).txt('a.example')).toMatchObject(expected);
  });

  it('a CNAME’s target is told in lower case without the trailing dot', async () => {
    const { address } = await server((name) => ({ answers: [{ type: 'CNAME', name, ttl: 300, data: 'PM.mtasv.NET' }] }));
    expect(await probe(address).cname('pm-bounces.example')).toMatchObject({ kind: 'present', values: ['pm.mtasv.net'] });
  });
});

describe('several authoritative servers', () => {
  it('a server that is down is passed over', async () => {
    const silent = await server(() => null);
    const good = await server((name) => txt(name, 'x'));
    expect(await probe(silent.address, good.address).txt('a.example')).toMatchObject({ kind: 'present', values: ['x'] });
    expect(silent.asked()).toBe(1);
  });

  it('"absent" is believed at the first word: it comes from an authority', async () => {
    const first = await server(() => ({ rcode: 'NXDOMAIN' }));
    const second = await server((name) => txt(name, 'x'));
    expect(await probe(first.address, second.address).txt('a.example')).toEqual({ kind: 'absent' });
    expect(second.asked()).toBe(0);
  });

  it('when none answers, the reason names each', async () => {
    const first = await server(() => null);
    const second = await server(() => ({ rcode: 'SERVFAIL' }));
    const seen = await probe(first.address, second.address).txt('a.example');
    expect(seen).toEqual({ kind: 'unreachable', reason: `${first.address} ETIMEOUT, ${second.address} ESERVFAIL` });
  });
});

describe('without configured servers', () => {
  it('the zone’s name servers are looked up once and kept', async () => {
    let looks = 0;
    const look = dnsProbe({
      servers: [],
      timeoutMs: 50,
      nameServers: async () => {
        looks += 1;
        return ['localhost'];
      },
    });
    // Nothing answers DNS on port 53 of this machine: what matters is that it was asked there.
    const [first, second] = [await look.txt('a.example'), await look.txt('b.example')];
    expect([first.kind, second.kind]).toEqual(['unreachable', 'unreachable']);
    expect(looks).toBe(1);
  });

  it('a zone whose name servers cannot be had is unreachable, and asked again next time', async () => {
    let looks = 0;
    const nameServers = async (): Promise<string[]> => {
      looks += 1;
      throw new Error('throttled');
    };
    const look = dnsProbe({ servers: [], timeoutMs: 50, nameServers });
    expect(await look.txt('a.example')).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('throttled') });
    await look.txt('a.example');
    expect(looks).toBe(2);
  });
});
