/** The history of a configuration: appended inside the transaction that made it, never changed. */
import type { Configuration } from '../core/configuration/records.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

export type HistoryEntry = {
  at: Date;
  author: string;
  event: string;
  fromStatus: string | null;
  toStatus: string;
  detail: Readonly<Record<string, string | number | boolean | null>>;
  requestId: string | null;
};

/** Secrets stay out of the kept record: it is read by people, dumped, and backed up. */
const withoutSecrets = ({ serverToken: _token, routingToken: _routing, routingTokenHash: _hash, ...rest }: Configuration) => rest;

/** The caller holds the configuration's row, so the next sequence is free. */
export const appendEvent = async (db: CommonQueryMethods, entry: HistoryEntry, after: Configuration): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    insert into configuration_event (tenant_id, configuration_e_id, sequence, at, author, event, from_status, to_status, detail, request_id, record)
    select ${after.tenantId}, ${after.eId},
      coalesce((select max(e.sequence) from configuration_event e where e.tenant_id = ${after.tenantId} and e.configuration_e_id = ${after.eId}), 0) + 1,
      ${sql.timestamp(entry.at)}, ${entry.author}, ${entry.event}, ${entry.fromStatus}, ${entry.toStatus},
      ${JSON.stringify(entry.detail)}::jsonb, ${entry.requestId}, ${JSON.stringify(withoutSecrets(after))}::jsonb`);
};
