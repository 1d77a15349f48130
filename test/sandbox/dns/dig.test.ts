/** Other people's programs ask our servers: what BIND's and Knot's tools make of the answers. */
import { ChangeResourceRecordSetsCommand, type RRType } from '@aws-sdk/client-route-53';
import { beforeAll, describe, expect, it } from 'vitest';
import { laneProgram } from '../../support/lane.ts';
import { runProgram } from '../support/runProgram.ts';
import { sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const zone = 'dev.ardamails.com';
const key = `k=rsa;p=${'A'.repeat(390)}`;

async function write(name: string, type: RRType, values: string[]): Promise<void> {
  const set = { Name: name, Type: type, TTL: 300, ResourceRecords: values.map((Value) => ({ Value })) };
  const ChangeBatch = { Changes: [{ Action: 'UPSERT' as const, ResourceRecordSet: set }] };
  await sandbox.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId, ChangeBatch }));
}

beforeAll(async () => {
  await write(`a.${zone}`, 'A', ['192.0.2.1']);
  await write(`k.${zone}`, 'TXT', [`"${key.slice(0, 255)}" "${key.slice(255)}"`]);
  await write(`one.${zone}`, 'CNAME', [`a.${zone}`]);
  await write(`pm.${zone}`, 'CNAME', ['pm.mtasv.net']);
  await write(
    `big.${zone}`,
    'TXT',
    Array.from({ length: 40 }, (_, index) => `"${String(index).padStart(40, 'v')}"`),
  );
  await write(`*.w.${zone}`, 'TXT', ['"wild"']);
  await write(`child.${zone}`, 'NS', [`ns.child.${zone}`]);
  await write(`ns.child.${zone}`, 'A', ['192.0.2.53']);
  await write(`s.${zone}`, 'HTTPS', ['1 . alpn="h2,h3" ipv4hint=192.0.2.1']);
  await write(`s.${zone}`, 'CAA', ['0 issue "ca.example.com"']);
  await write(`s.${zone}`, 'TLSA', ['3 1 1 ABCDEF01']);
  await write(`s.${zone}`, 'NAPTR', ['100 50 "s" "http+I2L" "" _http._tcp.example.com.']);
});

const [host = '', authoritative = ''] = sandbox.addresses.dns.split(':');
const resolver = sandbox.addresses.resolver.split(':')[1] ?? '';

type Case = { what: string; ask: string[]; port?: string; says: RegExp[]; not?: RegExp };

const cases: Case[] = [
  {
    what: 'an address, with authority',
    ask: [`a.${zone}`, 'A'],
    says: [/status: NOERROR/, /\baa\b/, /a\.dev\.ardamails\.com\.\s+300\s+IN\s+A\s+192\.0\.2\.1/],
  },
  { what: 'NXDOMAIN with the SOA', ask: [`nothing.${zone}`, 'A'], says: [/status: NXDOMAIN/, /IN\s+SOA/] },
  { what: 'NODATA with the SOA', ask: [`a.${zone}`, 'TXT'], says: [/status: NOERROR/, /ANSWER: 0/, /IN\s+SOA/] },
  {
    what: 'text of more than 255 bytes in its strings',
    ask: [`k.${zone}`, 'TXT'],
    says: [new RegExp(`"${key.slice(0, 255)}" "${key.slice(255)}"`)],
  },
  { what: 'a CNAME with what it leads to', ask: [`one.${zone}`, 'A'], says: [/IN\s+CNAME\s+a\.dev/, /IN\s+A\s+192\.0\.2\.1/] },
  { what: 'a long answer after truncation, over TCP', ask: [`big.${zone}`, 'TXT'], says: [/ANSWER: 40/] },
  {
    what: 'a wildcard under the name that was asked',
    ask: [`x.y.w.${zone}`, 'TXT'],
    says: [/x\.y\.w\.dev\.ardamails\.com\.\s+300\s+IN\s+TXT\s+"wild"/],
  },
  {
    what: 'a referral with glue',
    ask: [`deep.child.${zone}`, 'A'],
    says: [/IN\s+NS\s+ns\.child/, /IN\s+A\s+192\.0\.2\.53/, /ANSWER: 0/],
    not: /\baa\b/,
  },
  { what: 'an HTTPS record', ask: [`s.${zone}`, 'TYPE65'], says: [/ANSWER: 1/, /alpn="?h2,h3/] },
  { what: 'CAA', ask: [`s.${zone}`, 'CAA'], says: [/CAA\s+0 issue "ca\.example\.com"/] },
  { what: 'TLSA', ask: [`s.${zone}`, 'TLSA'], says: [/TLSA\s+3 1 1 ABCDEF01/i] },
  { what: 'NAPTR', ask: [`s.${zone}`, 'NAPTR'], says: [/NAPTR\s+100 50 "s" "http\+I2L" "" _http\._tcp\.example\.com\./] },
  { what: 'REFUSED outside its zones', ask: ['example.org', 'A'], says: [/status: REFUSED/] },
  {
    what: 'a resolver’s answer',
    ask: [`one.${zone}`, 'A'],
    port: resolver,
    says: [/status: NOERROR/, /\bra\b/, /IN\s+A\s+192\.0\.2\.1/],
    not: /flags:[^;]*\baa\b/,
  },
  { what: 'a resolver’s NXDOMAIN', ask: [`no.${zone}`, 'A'], port: resolver, says: [/status: NXDOMAIN/, /IN\s+SOA/] },
  { what: 'a resolver’s long answer', ask: [`big.${zone}`, 'TXT'], port: resolver, says: [/ANSWER: 40/] },
];

describe.each(['dig', 'kdig'])('%s understands', (lane) => {
  const program = laneProgram(lane);

  it.skipIf(program === null).each(cases)('$what', async ({ ask, port, says, not }) => {
    const { output } = await runProgram(program ?? '', [`@${host}`, '-p', port ?? authoritative, ...ask, '+time=5']);
    for (const expected of says) expect(output).toMatch(expected);
    if (not !== undefined) expect(output.match(/flags:[^;]*/i)?.[0] ?? '').not.toMatch(not);
    expect(output).not.toMatch(/malformed|WARNING: (?!recursion|truncated reply)|ERROR: mal/i);
  });

  it.skipIf(program === null)('BADVERS for an EDNS version that we do not speak', async () => {
    const flags = lane === 'dig' ? ['+edns=1', '+noednsneg'] : ['+edns=1'];
    const { output } = await runProgram(program ?? '', [`@${host}`, '-p', authoritative, zone, 'SOA', ...flags]);
    expect(output).toMatch(/BADVERS/);
  });
});
