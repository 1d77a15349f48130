import type { RecordSet } from '../../../sandbox/route53/recordSet.ts';
import type { Zone } from '../../../sandbox/route53/zones.ts';

/** What is true of every zone, whatever was asked. */
export function violations(zone: Zone): string[] {
  const problems: string[] = [];
  for (const table of [zone.records, zone.served]) {
    const sets: RecordSet[] = table.all();
    const apex = sets.filter((set) => set.name === zone.name).map((set) => set.type);
    if (apex.filter((each) => each === 'SOA').length !== 1) problems.push('not one SOA');
    if (!apex.includes('NS')) problems.push('no NS at the apex');
    if (apex.includes('CNAME')) problems.push('a CNAME at the apex');
    if (sets.some((set) => set.type === 'SOA' && (set.name !== zone.name || set.values.length !== 1)))
      problems.push('an SOA elsewhere, or of two values');
    for (const set of sets) {
      if (set.name !== zone.name && !set.name.endsWith(`.${zone.name}`)) problems.push(`${set.name} is outside`);
      if (set.type === 'CNAME' && sets.filter((other) => other.name === set.name).length > 1)
        problems.push(`CNAME beside others at ${set.name}`);
      if (set.type === 'CNAME' && set.values.length > 1) problems.push(`two CNAMEs at ${set.name}`);
      if (set.values.length === 0) problems.push(`no value at ${set.name}`);
    }
    const order = sets.map((set) => `${set.name.split('.').reverse().join('.').slice(1)}. ${set.type}`);
    if (order.some((each, index) => index > 0 && each <= (order[index - 1] ?? ''))) problems.push('out of order');
  }
  return problems;
}
