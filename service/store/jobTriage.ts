/** An operator's resolution of a job whose events contradict each other. */
import type { JobStatus } from '../core/job/records.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

export type TriageOutcome = { kind: 'triaged' } | { kind: 'notInconsistent' };

export const triage = async (
  db: CommonQueryMethods,
  of: { tenantId: string; eId: string; status: JobStatus; reason: string; author: string },
  now: Date,
): Promise<TriageOutcome> => {
  const triaged = await db.maybeOne(sql.typeAlias('id')`
    update email_job j set status = ${of.status}, triaged_at = ${sql.timestamp(now)}, triaged_by = ${of.author}, triage_reason = ${of.reason}
    where j.tenant_id = ${of.tenantId} and j.e_id = ${of.eId} and j.status = 'INCONSISTENT' returning j.e_id as id`);
  return { kind: triaged === null ? 'notInconsistent' : 'triaged' };
};
