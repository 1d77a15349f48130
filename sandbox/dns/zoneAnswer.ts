/**
 * What an authoritative server says to one question (RFC 1034 section 4.3.2), from the records that are in sync.
 * Pure: zones in, sets out; packets are the server's business.
 */
import { canonicalName } from '../route53/recordName.ts';
import type { RecordSet } from '../route53/recordSet.ts';
import type { Zone, Zones } from '../route53/zones.ts';

/** `owner` is the name the records answer for: as asked, or a canonical name further along. */
export type OwnedSet = { owner: string; set: RecordSet };

export type ZoneAnswer = {
  rcode: 'NOERROR' | 'NXDOMAIN' | 'REFUSED';
  authoritative: boolean;
  answers: OwnedSet[];
  authorities: OwnedSet[];
};

/** A longer chain than this is a loop, or as good as one. */
const cnameChainMax = 16;

const refused: ZoneAnswer = { rcode: 'REFUSED', authoritative: false, answers: [], authorities: [] };

const parentOf = (name: string): string => name.slice(name.indexOf('.') + 1);

/** RFC 2308: a negative answer may be kept for the lesser of the SOA's TTL and its minimum. */
function negativeSoa(zone: Zone): OwnedSet[] {
  const soa = zone.served.get(zone.name, 'SOA');
  if (soa === undefined) return [];
  const minimum = Number(soa.values[0]?.split(/\s+/)[6] ?? soa.ttl);
  return [{ owner: zone.name, set: { ...soa, ttl: Math.min(soa.ttl, minimum) } }];
}

/** NS records beneath the apex hand the name to someone else: the topmost cut on the way down counts. */
function delegationOf(zone: Zone, name: string): RecordSet | undefined {
  let cut: RecordSet | undefined;
  for (let at = name; at !== zone.name; at = parentOf(at)) cut = zone.served.get(at, 'NS') ?? cut;
  return cut;
}

/** Records at the name, or those of the wildcard beneath its closest existing ancestor; null when the name does not exist. */
function setsFor(zone: Zone, name: string): readonly RecordSet[] | null {
  if (zone.served.exists(name) || name === zone.name) return zone.served.at(name);
  let encloser = parentOf(name);
  while (encloser !== zone.name && !zone.served.exists(encloser)) encloser = parentOf(encloser);
  const wildcard = zone.served.at(`\\052.${encloser}`);
  return wildcard.length > 0 ? wildcard : null;
}

export function answerQuestion(zones: Zones, asked: string, type: string): ZoneAnswer {
  let name = canonicalName(asked);
  const zone = name === null ? undefined : zones.holding(name);
  if (name === null || zone === undefined) return refused;
  const answers: OwnedSet[] = [];
  let owner = asked;
  for (let hops = 0; hops < cnameChainMax; hops += 1) {
    const delegation = delegationOf(zone, name);
    if (delegation !== undefined) return referral(answers, delegation);
    const sets = setsFor(zone, name);
    if (sets === null) return { rcode: 'NXDOMAIN', authoritative: true, answers, authorities: negativeSoa(zone) };
    const matching = sets.filter((set) => type === 'ANY' || set.type === type);
    answers.push(...matching.map((set) => ({ owner, set })));
    if (matching.length > 0) break;
    const alias = sets.find((set) => set.type === 'CNAME');
    if (alias === undefined) return { rcode: 'NOERROR', authoritative: true, answers, authorities: negativeSoa(zone) };
    answers.push({ owner, set: alias });
    const target = canonicalName(alias.values[0] ?? '');
    if (target === null || zones.holding(target)?.id !== zone.id) break;
    name = target;
    owner = target;
  }
  return { rcode: 'NOERROR', authoritative: true, answers, authorities: [] };
}

const referral = (answers: OwnedSet[], delegation: RecordSet): ZoneAnswer => ({
  rcode: 'NOERROR',
  // After a CNAME of ours the answer still has authority for the alias.
  authoritative: answers.length > 0,
  answers,
  authorities: [{ owner: delegation.name, set: delegation }],
});
