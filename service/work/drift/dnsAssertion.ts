/**
 * drift.dns: rows against the live records of the zone, both in one order and each read once: at most one list call for 300 records, and no more in memory
 * than a few pages. The database holds a part of the zone against the rows of the same part, and hands over those that do not agree to the letter.
 */
import { absent, type Observed, present } from '../../core/drift/observed.ts';
import { checkDkim, checkReturnPath, type ExpectedRecord, type ObservedRecord } from '../../core/drift/recordChecks.ts';
import type { ZoneRecord } from '../../ports/ports.ts';
import { countRowsInZone, type DnsRow, disagreeingRows } from '../../store/driftRows.ts';
import type { Assertion } from './assertion.ts';
import type { DriftContext } from './driftContext.ts';
import type { FindingBook } from './findingBook.ts';
import { zoneParts } from './zoneParts.ts';

export const dnsAssertion = (): Assertion => {
  let judgedUpTo: string | null = '';
  return {
    async judge(ctx, book) {
      for await (const { upTo, records } of zoneParts(ctx, book)) {
        const rows = await disagreeingRows(ctx.db, { after: judgedUpTo ?? '', upTo }, records.flatMap(toListed));
        if (rows.length > 0) await judgeRows(ctx, book, rows, records);
        judgedUpTo = upTo;
      }
    },
    countUnjudged: async ({ db }) => (judgedUpTo === null ? 0 : countRowsInZone(db, judgedUpTo)),
  };
};

/** Only what has one value can agree with a row. */
const toListed = ({ name, type, values }: ZoneRecord) => {
  const [value, ...others] = values;
  return value === undefined || others.length > 0 ? [] : [{ name, type, value }];
};

const judgeRows = async (
  { now }: DriftContext,
  book: FindingBook,
  rows: readonly DnsRow[],
  records: readonly ZoneRecord[],
): Promise<void> => {
  const byKey = new Map(records.map((record) => [`${record.type} ${record.name}`, record]));
  const observedAt = (type: string, name: string): Observed<ObservedRecord> => {
    const found = byKey.get(`${type} ${name.toLowerCase()}`);
    return found === undefined ? absent : present(found);
  };
  for (const row of rows) {
    const { tenantId, eId, serverId, keyVersionId, writtenAt } = row;
    const of = { tenantId, eId, serverId, keyVersionId, writtenAt };
    const checks = [
      { check: checkDkim, type: 'TXT', name: row.dkimName, value: row.dkimValue },
      { check: checkReturnPath, type: 'CNAME', name: row.returnPathName, value: row.returnPathValue },
    ];
    for (const { check, type, name, value } of checks) {
      if (name === null || value === null) continue;
      const expected: ExpectedRecord = { ...of, name, value };
      const finding = check(expected, observedAt(type, name), now());
      if (finding !== null) await book.found(finding, row);
    }
  }
};
