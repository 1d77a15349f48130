/** Suppression entries as they are listed: the active one of an address, and all that came before it. */
import type { After } from './keyset.ts';
import { type CommonQueryMethods, sql } from './pool.ts';
import { type SuppressionEntry, suppressionColumns, suppressionRow } from './suppressions.ts';

export type SuppressionFilter = { tenantId: string; recipient: string | null; active: boolean | null };

/** Newest first; at most `limit` rows. */
export const listSuppressions = (
  db: CommonQueryMethods,
  { tenantId, recipient, active, after, limit }: SuppressionFilter & { after: After | null; limit: number },
): Promise<readonly SuppressionEntry[]> => {
  const conditions = [
    sql.fragment`s.tenant_id = ${tenantId}`,
    recipient === null ? null : sql.fragment`s.recipient = ${recipient}`,
    active === null ? null : sql.fragment`s.active = ${active}`,
    after === null ? null : sql.fragment`(s.since, s.id) < (${sql.timestamp(after.at)}, ${after.id}::uuid)`,
  ].filter((condition) => condition !== null);
  return db.any(sql.type(suppressionRow)`
    select ${suppressionColumns} from suppression_entry s where ${sql.join(conditions, sql.fragment` and `)}
    order by s.since desc, s.id desc limit ${limit}`);
};
