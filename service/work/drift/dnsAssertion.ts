/**
 * drift.dns: rows against the live records of the zone. Both are read once, in one order, and walked side by side: at most one list call for 300 records,
 * and no more in memory than a page of each.
 */
import { absent, type Observed, present } from '../../core/drift/observed.ts';
import { checkDkim, checkReturnPath, type ExpectedRecord, type ObservedRecord } from '../../core/drift/recordChecks.ts';
import { placeOfRecord, placeOfSlug } from '../../core/drift/zoneOrder.ts';
import type { ZoneRecord } from '../../ports/ports.ts';
import { countDnsRows, type DnsRow, dnsRows } from '../../store/driftRows.ts';
import type { Assertion } from './assertion.ts';
import type { DriftContext } from './driftContext.ts';
import type { FindingBook } from './findingBook.ts';
import { readPages } from './readPages.ts';

/** A query for each page of as many rows as ten pages of the zone hold records of. */
const rowsMax = 1500;
const firstRow = { place: '', eId: '00000000-0000-0000-0000-000000000000' };

/** All that the zone has below one slug. */
type Group = { place: string; records: readonly ZoneRecord[] };

const judgeZone = async (ctx: DriftContext, book: FindingBook): Promise<void> => {
  const groups = zoneGroups(ctx, book);
  let group = await groups.next();
  for await (const row of rowsInZoneOrder(ctx)) {
    const place = placeOfSlug(row.slug);
    while (group.done !== true && group.value.place < place) group = await groups.next();
    const records = group.done !== true && group.value.place === place ? group.value.records : [];
    await judgeRow(ctx, book, row, records);
    book.judged += 1;
  }
  // To its end also when no row is left: a list that cannot be read to its end has not been read.
  while (group.done !== true) group = await groups.next();
};

export const dnsAssertion: Assertion = { judge: judgeZone, count: ({ db }) => countDnsRows(db) };

async function* rowsInZoneOrder({ db }: DriftContext): AsyncGenerator<DnsRow> {
  for (let after = firstRow; ; ) {
    const rows = await dnsRows(db, after, rowsMax);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsMax) return;
    after = { place: placeOfSlug(last.slug), eId: last.eId };
  }
}

async function* zoneGroups({ ports, settings, stopping }: DriftContext, book: FindingBook): AsyncGenerator<Group, undefined> {
  type From = { name: string; type: string } | null;
  const read = async (from: From) => {
    const { records, next } = await ports.zone.listRecords(settings.zoneId, from);
    return { items: records, next };
  };
  const onCall = (): void => {
    book.listCalls += 1;
  };
  let place = '';
  let records: ZoneRecord[] = [];
  for await (const page of readPages<ZoneRecord, From>(read, null, { onCall, stopping })) {
    for (const record of page) {
      const its = placeOfRecord(record.name, settings.mailZoneName);
      if (its === null) continue;
      // What stands elsewhere than its place would be missed by rows that have been walked past, and taken for deleted.
      if (its < place) throw new Error(`the zone is not listed in Route 53's order: ${record.name} after ${place}${settings.mailZoneName}`);
      if (its > place) {
        if (records.length > 0) yield { place, records };
        place = its;
        records = [];
      }
      records.push(record);
    }
  }
  if (records.length > 0) yield { place, records };
  return undefined;
}

const judgeRow = async ({ now }: DriftContext, book: FindingBook, row: DnsRow, records: readonly ZoneRecord[]): Promise<void> => {
  const { tenantId, eId, serverId, keyVersionId, writtenAt } = row;
  const of = { tenantId, eId, serverId, keyVersionId, writtenAt };
  const checks = [
    { check: checkDkim, type: 'TXT', name: row.dkimName, value: row.dkimValue },
    { check: checkReturnPath, type: 'CNAME', name: row.returnPathName, value: row.returnPathValue },
  ] as const;
  for (const { check, type, name, value } of checks) {
    if (name === null || value === null) continue;
    const expected: ExpectedRecord = { ...of, name, value };
    const finding = check(expected, observedAt(records, name, type), now());
    if (finding !== null) await book.found(finding, row);
  }
};

const observedAt = (records: readonly ZoneRecord[], name: string, type: ZoneRecord['type']): Observed<ObservedRecord> => {
  const found = records.find((record) => record.name === name.toLowerCase() && record.type === type);
  return found === undefined ? absent : present(found);
};
