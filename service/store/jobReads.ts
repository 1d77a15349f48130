/** Jobs as they are shown. Bodies are never read here. */
import { z } from 'zod';
import type { EmailJob, JobStatus } from '../core/job/records.ts';
import { jobColumns, jobRow } from './jobRow.ts';
import type { After } from './keyset.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

/** `resendOf`: the job that this one sends again. */
export type ShownJob = EmailJob & { resendOf: string | null };

const shownRow = jobRow.extend({ resendOf: z.string().nullable() });

export const readJob = (db: CommonQueryMethods, { tenantId, eId }: { tenantId: string; eId: string }): Promise<ShownJob | null> =>
  db.maybeOne(sql.type(shownRow)`
    select ${jobColumns}, j.resend_of as "resendOf" from email_job j where j.tenant_id = ${tenantId} and j.e_id = ${eId}`);

export type JobFilter = {
  tenantId: string;
  configurationEId: string | null;
  status: JobStatus | null;
  /** Canonical. */
  recipient: string | null;
};

/** Newest first, which is the order of their ids; at most `limit` rows. */
export const listJobs = (
  db: CommonQueryMethods,
  { tenantId, configurationEId, status, recipient, after, limit }: JobFilter & { after: After | null; limit: number },
): Promise<readonly ShownJob[]> => {
  const conditions = [
    sql.fragment`j.tenant_id = ${tenantId}`,
    configurationEId === null ? null : sql.fragment`j.configuration_e_id = ${configurationEId}`,
    status === null ? null : sql.fragment`j.status = ${status}`,
    recipient === null ? null : sql.fragment`j.recipient = ${recipient}`,
    after === null ? null : sql.fragment`j.e_id < ${after.id}::uuid`,
  ].filter((condition) => condition !== null);
  return db.any(sql.type(shownRow)`
    select ${jobColumns}, j.resend_of as "resendOf" from email_job j where ${sql.join(conditions, sql.fragment` and `)}
    order by j.e_id desc limit ${limit}`);
};
