/**
 * The few names of the world outside that mail set-ups point at, so that a CNAME to them resolves. Addresses are of RFC 5737's documentation
 * range: nothing is to be sent there.
 */
import type { RecordSet } from '../../route53/recordSet.ts';

const ttl = 3600;

const sets: readonly RecordSet[] = [
  { name: 'pm.mtasv.net.', type: 'A', ttl, values: ['192.0.2.25'] },
  { name: 'pm.mtasv.net.', type: 'MX', ttl, values: ['10 inbound.postmarkapp.com'] },
  { name: 'pm.mtasv.net.', type: 'TXT', ttl, values: ['"v=spf1 ip4:192.0.2.0/24 -all"'] },
  { name: 'spf.mtasv.net.', type: 'TXT', ttl, values: ['"v=spf1 ip4:192.0.2.0/24 -all"'] },
  { name: 'inbound.postmarkapp.com.', type: 'A', ttl, values: ['192.0.2.26'] },
];

const soa = 'ns.invalid. hostmaster.invalid. 1 7200 900 1209600 300';

/** Null for a name that nobody here knows anything of. */
export function outsideAnswer(name: string, type: string): { set: RecordSet | null; soa: RecordSet } | null {
  const known = sets.filter((set) => set.name === name);
  if (known.length === 0) return null;
  return { set: known.find((set) => set.type === type) ?? null, soa: { name, type: 'SOA', ttl: 300, values: [soa] } };
}
