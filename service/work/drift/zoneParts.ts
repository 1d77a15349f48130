/** A zone in parts of some pages each, cut between slugs: what stands below one slug is never in two. */
import { placeOfRecord } from '../../core/drift/zoneOrder.ts';
import type { ZoneRecord } from '../../ports/ports.ts';
import type { DriftContext } from './driftContext.ts';
import type { FindingBook } from './findingBook.ts';
import { readPages } from './readPages.ts';

/** `upTo`: the place of its last slug; null for the last part, which goes to the end of the zone. */
export type ZonePart = { upTo: string | null; records: readonly ZoneRecord[] };

/** Five pages: a question to the database costs as much as reading one. */
const partMin = 300;

type From = { name: string; type: string } | null;

export async function* zoneParts({ ports, settings, stopping }: DriftContext, book: FindingBook): AsyncGenerator<ZonePart> {
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
      // What stands elsewhere than its place would be missed by rows that have been passed, and taken for deleted.
      if (its < place) throw new Error(`the zone is not listed in Route 53's order: ${record.name} after ${place}${settings.mailZoneName}`);
      if (its > place && records.length >= partMin) {
        yield { upTo: place, records };
        records = [];
      }
      place = its;
      records.push(record);
    }
  }
  yield { upTo: null, records };
}
