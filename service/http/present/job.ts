/** A job as the contract has it. Its bodies are never shown, nor the tenant: who may ask knows it. */
import type { EmailJob } from '../../core/job/records.ts';
import type { JobRecord } from '../schemas/job.ts';

/** A job that was just accepted resends nothing; `resendOf` says otherwise where it is known. */
export const presentJob = ({ tenantId: _tenant, ...job }: EmailJob & { resendOf?: string | null }): JobRecord => ({
  resendOf: null,
  ...job,
});
