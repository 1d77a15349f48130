import { Resolver } from 'node:dns/promises';
import { ChangeResourceRecordSetsCommand, type RRType } from '@aws-sdk/client-route-53';
import type { Answer, DecodedPacket } from 'dns-packet';
import { beforeEach, describe, expect, it } from 'vitest';
import { askTcp, askUdp, questionPacket, sendUdp, silenceMs } from '../support/dnsQuestion.ts';
import { sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture({ clock: 'stopped', startAt: Date.parse('2026-01-01T00:00:00Z') });
const zone = 'dev.ardamails.com';
const at = sandbox.addresses.resolver;
const [noError, servFail, nxDomain, refused] = [0, 2, 3, 5];

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

async function write(name: string, type: RRType, values: string[], ttl = 300, action: 'UPSERT' | 'DELETE' = 'UPSERT'): Promise<void> {
  const set = { Name: name, Type: type, TTL: ttl, ResourceRecords: values.map((Value) => ({ Value })) };
  const ChangeBatch = { Changes: [{ Action: action, ResourceRecordSet: set }] };
  await sandbox.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId, ChangeBatch }));
}

const rcodeOf = (packet: DecodedPacket): number => (packet.flags ?? 0) & 0xf;
const advance = (seconds: number) => sandbox.post('/clock/advance', { seconds });
const upstreamCalls = async (): Promise<unknown> => Object((await sandbox.get('/state')).body['calls'])['dns'];

const brief = (answers: readonly Answer[] | undefined): string[] =>
  (answers ?? []).map((answer) => `${answer.type} ${'ttl' in answer ? answer.ttl : ''} ${'data' in answer ? String(answer.data) : ''}`);

const ask = (name: string, type: 'A' | 'TXT' | 'CNAME' | 'MX' = 'TXT') => askUdp(at, { name, type, recursionDesired: true });

describe('what was found', () => {
  it('is answered with RA and without AA, from memory until its TTL is over, counting down', async () => {
    await write(`a.${zone}`, 'TXT', ['"one"'], 300);
    expect(await ask(`a.${zone}`)).toMatchObject({ flag_ra: true, flag_aa: false, flag_rd: true });
    await write(`a.${zone}`, 'TXT', ['"two"'], 300);
    await advance(100);
    expect(brief((await ask(`a.${zone}`)).answers)).toEqual(['TXT 200 one']);
    await advance(199);
    expect(brief((await ask(`a.${zone}`)).answers)).toEqual(['TXT 1 one']);
    expect(await upstreamCalls()).toEqual({ TXT: 1 });
    await advance(1);
    expect(brief((await ask(`a.${zone}`)).answers)).toEqual(['TXT 300 two']);
    expect(await upstreamCalls()).toEqual({ TXT: 2 });
  });

  it('is found again whatever the letters', async () => {
    await write(`a.${zone}`, 'TXT', ['"one"']);
    await ask(`A.dEv.ArDaMaIlS.cOm`);
    expect((await ask(`a.${zone}`)).answers).toHaveLength(1);
    expect(await upstreamCalls()).toEqual({ TXT: 1 });
  });

  it('with a TTL of 0 is not remembered', async () => {
    await write(`a.${zone}`, 'TXT', ['"one"'], 0);
    await ask(`a.${zone}`);
    await ask(`a.${zone}`);
    expect(await upstreamCalls()).toEqual({ TXT: 2 });
  });

  it('is remembered no longer than the setting says', async () => {
    await sandbox.post('/settings', { resolverTtlMaxSeconds: 10 });
    await write(`a.${zone}`, 'TXT', ['"one"'], 3000);
    expect(brief((await ask(`a.${zone}`)).answers)).toEqual(['TXT 10 one']);
    await advance(11);
    await ask(`a.${zone}`);
    expect(await upstreamCalls()).toEqual({ TXT: 2 });
  });
});

describe('what was not found', () => {
  it('stays absent for the lesser of the SOA’s TTL and minimum (RFC 2308), although the record is there by now', async () => {
    const early = await ask(`k._domainkey.acme.${zone}`);
    expect(rcodeOf(early)).toBe(nxDomain);
    await write(`k._domainkey.acme.${zone}`, 'TXT', ['"k=rsa;p=A"']);
    await advance(899);
    const still = await ask(`k._domainkey.acme.${zone}`);
    expect([rcodeOf(still), still.authorities]).toMatchObject([nxDomain, [{ type: 'SOA', ttl: 1 }]]);
    await advance(1);
    expect(brief((await ask(`k._domainkey.acme.${zone}`)).answers)).toEqual(['TXT 300 k=rsa;p=A']);
  });

  it('is forgotten sooner where the zone’s SOA has a lower minimum', async () => {
    await write(zone, 'SOA', ['ns.example.com. hostmaster.example.com. 1 7200 900 1209600 60'], 900);
    await ask(`late.${zone}`);
    await write(`late.${zone}`, 'TXT', ['"here"']);
    await advance(60);
    expect(rcodeOf(await ask(`late.${zone}`))).toBe(noError);
  });

  it('NXDOMAIN is remembered for every type of the name, NODATA for one type only', async () => {
    await ask(`none.${zone}`, 'A');
    await ask(`none.${zone}`, 'TXT');
    await write(`some.${zone}`, 'A', ['10.0.0.1']);
    expect(rcodeOf(await ask(`some.${zone}`, 'TXT'))).toBe(noError);
    await write(`some.${zone}`, 'TXT', ['"t"']);
    expect((await ask(`some.${zone}`, 'TXT')).answers).toEqual([]);
    expect((await ask(`some.${zone}`, 'A')).answers).toHaveLength(1);
    expect(await upstreamCalls()).toEqual({ A: 2, TXT: 1 });
  });

  it('is remembered no longer than three hours, whatever the SOA says', async () => {
    await write(zone, 'SOA', ['ns.example.com. hostmaster.example.com. 1 7200 900 1209600 86400'], 86_400);
    const packet = await ask(`none.${zone}`);
    expect(packet.authorities).toMatchObject([{ ttl: 10_800 }]);
  });
});

describe('a CNAME', () => {
  it('is followed, link by link, each with its own TTL', async () => {
    await write(`one.${zone}`, 'CNAME', [`two.${zone}`], 600);
    await write(`two.${zone}`, 'A', ['10.0.0.2'], 60);
    expect(brief((await ask(`one.${zone}`, 'A')).answers)).toEqual([`CNAME 600 two.${zone}`, 'A 60 10.0.0.2']);
    await write(`two.${zone}`, 'A', ['10.0.0.3'], 60);
    await advance(61);
    expect(brief((await ask(`one.${zone}`, 'A')).answers)).toEqual([`CNAME 539 two.${zone}`, 'A 60 10.0.0.3']);
  });

  it('to Postmark’s return path resolves, and one to a name of nobody is SERVFAIL', async () => {
    await write(`pm-bounces.acme.${zone}`, 'CNAME', ['pm.mtasv.net']);
    expect(brief((await ask(`pm-bounces.acme.${zone}`, 'A')).answers)).toEqual(['CNAME 300 pm.mtasv.net', 'A 3600 192.0.2.25']);
    expect(brief((await ask(`pm-bounces.acme.${zone}`, 'CNAME')).answers)).toEqual(['CNAME 300 pm.mtasv.net']);
    await write(`out.${zone}`, 'CNAME', ['nobody.example.org']);
    expect(rcodeOf(await ask(`out.${zone}`, 'A'))).toBe(servFail);
  });

  it('to a name that is not there is NXDOMAIN with the alias; a loop is SERVFAIL', async () => {
    await write(`dangling.${zone}`, 'CNAME', [`gone.${zone}`]);
    const packet = await ask(`dangling.${zone}`, 'A');
    expect([rcodeOf(packet), packet.answers?.length]).toEqual([nxDomain, 1]);
    await write(`x.${zone}`, 'CNAME', [`y.${zone}`]);
    await write(`y.${zone}`, 'CNAME', [`x.${zone}`]);
    expect(rcodeOf(await ask(`x.${zone}`, 'A'))).toBe(servFail);
  });
});

describe('trouble', () => {
  it.each([
    ['upstream does not answer', { service: 'dns', kind: 'timeout-before' }],
    ['upstream cuts', { service: 'dns', kind: 'cut' }],
    ['upstream says SERVFAIL', { service: 'dns', kind: 'status' }],
    ['the resolver itself fails', { service: 'resolver', kind: 'status' }],
  ])('%s: SERVFAIL, and nothing of it is remembered', async (_what, fault) => {
    await write(`a.${zone}`, 'TXT', ['"one"']);
    await sandbox.post('/fault', { ...fault, times: 1 });
    expect(rcodeOf(await ask(`a.${zone}`))).toBe(servFail);
    expect(rcodeOf(await ask(`a.${zone}`))).toBe(noError);
  });

  it('a resolver that is silent is silent, and its calls are counted by type', async () => {
    await sandbox.post('/fault', { service: 'resolver', operation: 'TXT', kind: 'timeout-before', times: 1 });
    expect(await sendUdp(at, questionPacket({ name: zone, type: 'TXT' }), silenceMs)).toBeNull();
    expect((await sandbox.get('/state')).body['calls']).toMatchObject({ resolver: { TXT: 1 }, dns: {} });
  });

  it('names that are served nowhere and delegations to elsewhere are SERVFAIL', async () => {
    expect(rcodeOf(await ask('example.org', 'A'))).toBe(servFail);
    await write(`child.${zone}`, 'NS', ['ns.example.org']);
    expect(rcodeOf(await ask(`a.child.${zone}`, 'A'))).toBe(servFail);
  });

  it('who does not want recursion gets what is remembered, or REFUSED', async () => {
    await write(`a.${zone}`, 'TXT', ['"one"']);
    const quiet = () => askUdp(at, { name: `a.${zone}`, type: 'TXT', recursionDesired: false });
    expect(rcodeOf(await quiet())).toBe(refused);
    await ask(`a.${zone}`);
    expect(brief((await quiet()).answers)).toEqual(['TXT 300 one']);
  });
});

it('answers over TCP, and cuts over UDP, like any server', async () => {
  await write(
    `big.${zone}`,
    'TXT',
    Array.from({ length: 24 }, (_, index) => `"${String(index).padStart(40, 'v')}"`),
  );
  expect(await ask(`big.${zone}`)).toMatchObject({ flag_tc: true, answers: [] });
  expect((await askTcp(at, { name: `big.${zone}`, type: 'TXT', recursionDesired: true })).answers).toHaveLength(24);
  const stub = new Resolver({ timeout: 15_000, tries: 1 });
  stub.setServers([at]);
  expect(await stub.resolveTxt(`big.${zone}`)).toHaveLength(24);
});

it('is shown, kept over a restart, flushed, and forgotten by a reset', async () => {
  await write(`a.${zone}`, 'TXT', ['"one"']);
  await ask(`a.${zone}`);
  await ask(`none.${zone}`);
  expect((await sandbox.get('/state')).body['resolver']).toMatchObject({
    cache: [
      { Name: `a.${zone}.`, Type: 'TXT', Values: ['"one"'], expiresAt: expect.stringMatching(/Z$/) },
      { Name: `none.${zone}.`, Type: null, Values: null },
    ],
  });
  const saved = JSON.parse(JSON.stringify(sandbox.rooms.resolver.save()));
  expect((await sandbox.post('/resolver/flush', {})).body).toEqual({ flushed: 2 });
  sandbox.rooms.resolver.restore(saved);
  expect(sandbox.rooms.resolver.save()).toEqual(saved);
  await sandbox.post('/reset', {});
  expect((await sandbox.get('/state')).body['resolver']).toEqual({ cache: [] });
});

describe('Postmark’s verification', () => {
  const token = { 'X-Postmark-Account-Token': sandbox.accountToken, accept: 'application/json', 'content-type': 'application/json' };
  const call = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const init = { method, headers: token, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer: unknown = await (await fetch(`${sandbox.addresses.postmark}${path}`, init)).json();
    return Object.fromEntries(Object.entries(answer ?? {}));
  };

  it('goes through the resolver when told to: an early look costs the negative TTL', async () => {
    await sandbox.post('/settings', { verifyThrough: 'resolver' });
    const made = await call('POST', '/domains', { Name: `acme.${zone}`, ReturnPathDomain: `pm-bounces.acme.${zone}` });
    const verify = () => call('PUT', `/domains/${made['ID']}/verifyDkim`);
    expect((await verify())['DKIMVerified']).toBe(false);
    await write(String(made['DKIMPendingHost']), 'TXT', [`"${made['DKIMPendingTextValue']}"`]);
    expect((await verify())['DKIMVerified'], 'the resolver remembers that it was not there').toBe(false);
    await advance(900);
    expect((await verify())['DKIMVerified']).toBe(true);
  });

  it('goes to the authoritative server otherwise', async () => {
    const made = await call('POST', '/domains', { Name: `beta.${zone}`, ReturnPathDomain: `pm-bounces.beta.${zone}` });
    const verify = () => call('PUT', `/domains/${made['ID']}/verifyDkim`);
    await verify();
    await write(String(made['DKIMPendingHost']), 'TXT', [`"${made['DKIMPendingTextValue']}"`]);
    expect((await verify())['DKIMVerified']).toBe(true);
  });
});
