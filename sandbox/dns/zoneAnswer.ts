/**
 * What an authoritative server says to one question (RFC 1034 section 4.3.2, wildcards by RFC 4592), from the records that are in sync.
 * Pure: zones in, sets out; packets are the server's business.
 */
import { canonicalName } from '../route53/recordName.ts';
import { fieldsOf, type RecordSet } from '../route53/recordSet.ts';
import type { Zone, Zones } from '../route53/zones.ts';
import type { OwnedSet } from './reply.ts';

export type ZoneAnswer = {
  rcode: 'NOERROR' | 'NXDOMAIN' | 'REFUSED';
  authoritative: boolean;
  answers: OwnedSet[];
  authorities: OwnedSet[];
  additionals: OwnedSet[];
};

/** How a question for all types is met (RFC 8482): with one record set, with REFUSED, or with all of them as servers once did. */
export type AnyPolicy = 'minimal' | 'refused' | 'whole';

/** A longer chain than this is a loop, or as good as one. */
const cnameChainMax = 16;

const refused: ZoneAnswer = { rcode: 'REFUSED', authoritative: false, answers: [], authorities: [], additionals: [] };

const parentOf = (name: string): string => name.slice(name.indexOf('.') + 1);

/** RFC 2308: a negative answer may be kept for the lesser of the SOA's TTL and its minimum. */
function negativeSoa(zone: Zone): OwnedSet[] {
  const soa = zone.served.get(zone.name, 'SOA');
  if (soa === undefined) return [];
  const minimum = Number(fieldsOf(soa.values[0] ?? '')[6] ?? soa.ttl);
  return [{ owner: zone.name, set: { ...soa, ttl: Math.min(soa.ttl, minimum) } }];
}

/** NS records beneath the apex hand the name to someone else: the topmost cut on the way down counts. The cut's own DS is ours to answer. */
function delegationOf(zone: Zone, name: string, type: string): RecordSet | undefined {
  let cut: RecordSet | undefined;
  for (let at = name; at !== zone.name; at = parentOf(at)) {
    if (at === name && type === 'DS') continue;
    cut = zone.served.get(at, 'NS') ?? cut;
  }
  return cut;
}

/** Records at the name, or those of the wildcard beneath its closest encloser; null when the name does not exist. */
function setsFor(zone: Zone, name: string): readonly RecordSet[] | null {
  if (name === zone.name || zone.served.exists(name)) return zone.served.at(name);
  let encloser = parentOf(name);
  while (encloser !== zone.name && !zone.served.exists(encloser)) encloser = parentOf(encloser);
  const wildcard = `\\052.${encloser}`;
  return zone.served.exists(wildcard) ? zone.served.at(wildcard) : null;
}

/** The addresses that the zone itself has for the name servers it names. */
function glueFor(zone: Zone, delegation: RecordSet): OwnedSet[] {
  return delegation.values.flatMap((value) => {
    const name = canonicalName(value) ?? '';
    return zone.served.at(name).flatMap((set) => (set.type === 'A' || set.type === 'AAAA' ? { owner: name, set } : []));
  });
}

const referral = (zone: Zone, answers: OwnedSet[], delegation: RecordSet): ZoneAnswer => ({
  rcode: 'NOERROR',
  // After a CNAME of ours the answer still has authority for the alias.
  authoritative: answers.length > 0,
  answers,
  authorities: [{ owner: delegation.name, set: delegation }],
  additionals: glueFor(zone, delegation),
});

/** A DS set lives on the parent's side of a cut: the child's apex is the one name that another zone answers for. */
function zoneFor(zones: Zones, name: string, type: string): Zone | undefined {
  const zone = zones.holding(name);
  if (zone?.name !== name || type !== 'DS') return zone;
  return zones.holding(parentOf(name)) ?? zone;
}

function matchingSets(sets: readonly RecordSet[], type: string, any: AnyPolicy): readonly RecordSet[] {
  if (type !== 'ANY') return sets.filter((set) => set.type === type);
  return any === 'whole' ? sets : sets.slice(0, 1);
}

/** `name` is canonical; `type` by name. */
export function answerQuestion(zones: Zones, asked: string, type: string, any: AnyPolicy = 'minimal'): ZoneAnswer {
  const zone = zoneFor(zones, asked, type);
  const isTransfer = type === 'AXFR' || type === 'IXFR';
  if (zone === undefined || isTransfer || (type === 'ANY' && any === 'refused')) return refused;
  const answers: OwnedSet[] = [];
  let name = asked;
  for (let hops = 0; hops < cnameChainMax; hops += 1) {
    const delegation = delegationOf(zone, name, type);
    if (delegation !== undefined) return referral(zone, answers, delegation);
    const sets = setsFor(zone, name);
    const negative = { authoritative: true, answers, authorities: negativeSoa(zone), additionals: [] };
    if (sets === null) return { rcode: 'NXDOMAIN', ...negative };
    const matching = matchingSets(sets, type, any);
    const owner = name;
    answers.push(...matching.map((set) => ({ owner, set })));
    if (matching.length > 0) break;
    const alias = sets.find((set) => set.type === 'CNAME');
    if (alias === undefined) return { rcode: 'NOERROR', ...negative };
    // A name that was here before has led back to itself: all there is to say has been said.
    if (answers.some((answered) => answered.owner === owner)) break;
    answers.push({ owner, set: alias });
    const target = canonicalName(alias.values[0] ?? '');
    if (target === null || zones.holding(target)?.id !== zone.id) break;
    name = target;
  }
  return { rcode: 'NOERROR', authoritative: true, answers, authorities: [], additionals: [] };
}
