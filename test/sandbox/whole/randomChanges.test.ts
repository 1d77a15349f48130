/** Random batches of changes: nothing answers 500, a refused batch changes nothing, and what must hold of a zone goes on holding. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snapshot } from '../../../sandbox/control/sandboxState.ts';
import { sandboxFixture } from '../support/sandboxFixture.ts';
import { violations } from './zoneInvariants.ts';

const sandbox = await sandboxFixture({ seed: 11 });
const { addresses, rooms } = sandbox;
const root = 'dev.ardamails.com';
const seed = 20_260_102;

const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=00' };

async function statusOf(url: string, init: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.arrayBuffer();
  return response.status;
}

const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const label = fc.constantFrom('a', 'b', '*', 'A', '_dmarc', 'x'.repeat(63), 'y'.repeat(64), 'ü', 'a b', '\\052', '');
const name = fc.array(label, { maxLength: 3 }).map((labels) => [...labels, root].join('.'));
const anyName = fc.oneof(
  { weight: 6, arbitrary: name },
  fc.constantFrom('example.org', '.', '..', root, `${root}.`),
  fc.string({ maxLength: 20 }),
);
const value = fc.oneof(
  fc.constantFrom(
    '192.0.2.1',
    '2001:db8::1',
    'target.example.com',
    `a.${root}`,
    '"text"',
    '"a" "b"',
    '10 mail.example.com',
    '0 issue "ca"',
    '1 . alpn=h2',
  ),
  fc.constantFrom('ns.example.com. host.example.com. 1 2 3 4 5', '12345 13 2 AB', '1 2 3 h.example.com'),
  fc.string({ maxLength: 30 }),
);
const type = fc.constantFrom(
  'A',
  'AAAA',
  'CNAME',
  'TXT',
  'MX',
  'NS',
  'SOA',
  'CAA',
  'SRV',
  'DS',
  'HTTPS',
  'PTR',
  'SPF',
  'NAPTR',
  'TLSA',
  'WEIRD',
);
const odd = fc.record({
  action: fc.constantFrom('CREATE', 'UPSERT', 'UPSERT', 'DELETE', 'MERGE'),
  name: anyName,
  type,
  ttl: fc.constantFrom('0', '60', '300', '-1', 'x', '2147483648'),
  values: fc.array(value, { maxLength: 3 }),
});

/** Well-formed and few, so that changes meet each other: what makes a zone contradict itself is allowed one by one. */
const apexServers = (rooms.route53.zones.get(sandbox.zoneId)?.nameServers ?? []).map((server) => `${server}.`);

/** What every zone begins with, word for word: only so can it be deleted at all. */
const apexDeletion = fc.constantFrom<Change>(
  { action: 'DELETE', name: root, type: 'NS', ttl: '172800', values: apexServers },
  {
    action: 'DELETE',
    name: root,
    type: 'SOA',
    ttl: '900',
    values: [`${apexServers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`],
  },
);

const edit = fc
  .record({
    action: fc.constantFrom('CREATE', 'UPSERT', 'UPSERT', 'UPSERT', 'DELETE'),
    name: fc.constantFrom(`a.${root}`, `a.${root}`, `x.a.${root}`, root),
    kind: fc.constantFrom<[type: string, ttl: string, values: string[]]>(
      ['A', '60', ['192.0.2.1']],
      ['CNAME', '60', [`b.${root}`]],
      ['CNAME', '60', ['one.example.com', 'two.example.com']],
      ['TXT', '60', ['"t"']],
      ['NS', '172800', apexServers],
      ['SOA', '60', ['ns.example.com. host.example.com. 1 2 3 4 5']],
      ['SOA', '60', ['ns.example.com. host.example.com. 1 2 3 4 5', 'ns.example.com. host.example.com. 2 2 3 4 5']],
    ),
  })
  .map(({ action, name: at, kind: [kind, ttl, values] }) => ({ action, name: at, type: kind, ttl, values }));

const plausible = fc.oneof({ weight: 8, arbitrary: edit }, { weight: 1, arbitrary: apexDeletion });

const batch = fc.oneof(
  { weight: 1, arbitrary: fc.array(fc.oneof(odd, plausible), { minLength: 1, maxLength: 4 }) },
  { weight: 5, arbitrary: fc.array(plausible, { minLength: 1, maxLength: 2 }) },
);

type Change = { action: string; name: string; type: string; ttl: string; values: string[] };

const changeXml = (changes: readonly Change[]): string =>
  `<ChangeResourceRecordSetsRequest><ChangeBatch><Changes>${changes
    .map(
      (each) =>
        `<Change><Action>${each.action}</Action><ResourceRecordSet><Name>${escapeXml(each.name)}</Name><Type>${each.type}</Type><TTL>${each.ttl}</TTL><ResourceRecords>${each.values
          .map((written) => `<ResourceRecord><Value>${escapeXml(written)}</Value></ResourceRecord>`)
          .join('')}</ResourceRecords></ResourceRecordSet></Change>`,
    )
    .join('')}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`;

describe('Route 53', () => {
  it('never answers 500 to changes, and every zone stays one', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 12, size: '+1' }), async (batches) => {
        await sandbox.post('/reset', {});
        for (const changes of batches) {
          const init = { method: 'POST', headers: signed, body: changeXml(changes) };
          const before = snapshot(sandbox.world, rooms);
          const status = await statusOf(`${addresses.route53}/2013-04-01/hostedzone/${sandbox.zoneId}/rrset`, init);
          expect([200, 400]).toContain(status);
          if (status === 400)
            expect(JSON.parse(snapshot(sandbox.world, rooms)).rooms.route53, 'all or nothing').toEqual(JSON.parse(before).rooms.route53);
        }
        for (const zone of rooms.route53.zones.all()) expect(violations(zone)).toEqual([]);
      }),
      { numRuns: 120, seed },
    );
  });
});
