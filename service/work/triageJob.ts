/**
 * A person's word on what became of a message, where the provider's reports leave it open. Sends nothing by itself.
 *
 * INCONSISTENT: the reports contradict each other, and the word stands against whatever arrives later. HELD, with nothing left to look it up at: the word
 * stands for want of a report, and one that arrives later is projected as ever, so that any order of arrival ends in the same status.
 */
import type { JobStatus, TriageResolution } from '../core/job/records.ts';
import { triage, triageHeld } from '../store/jobTriage.ts';
import { openSuppression, type SuppressionOrigin, type SuppressionReason } from '../store/suppressions.ts';
import type { AcceptContext } from './accept.ts';
import { answerOf } from './jobActions.ts';
import type { Caller, JobActionOutcome } from './outcomes.ts';

export type TriageRequest = { tenantId: string; eId: string; resolution: TriageResolution; reason: string; origin: SuppressionOrigin };

/** Null: it did not go out, and how that ends depends on whether it was taken back. */
const statusOf: { [resolution in TriageResolution]: JobStatus | null } = {
  delivered: 'DELIVERED',
  bounced: 'BOUNCED',
  complained: 'COMPLAINED',
  dropped: null,
};

/** What a report of the same would have opened. A contradiction has its entry already, by the report. */
const suppressionOf: { [resolution in TriageResolution]?: SuppressionReason } = { bounced: 'HardBounce', complained: 'SpamComplaint' };

export const triageJob = async (ctx: AcceptContext, of: TriageRequest, { author }: Caller): Promise<JobActionOutcome> => {
  const status = statusOf[of.resolution];
  // First what is HELD: a report that turns it into INCONSISTENT meanwhile is found by the second.
  if (await settleHeld(ctx, of, author, status)) return answerOf(ctx, of, true);
  // Events that contradict each other are events: it went out.
  const settled = status !== null && (await triage(ctx.db, { ...of, status, author }, ctx.now())).kind === 'triaged';
  return answerOf(ctx, of, settled);
};

const settleHeld = async (ctx: AcceptContext, of: TriageRequest, author: string, status: JobStatus | null): Promise<boolean> => {
  const now = ctx.now();
  const outcome = await ctx.db.transaction(async (db) => {
    const settled = await triageHeld(db, { ...of, status, author }, now);
    const reason = suppressionOf[of.resolution];
    if (settled.kind === 'triaged' && reason !== undefined) {
      const { tenantId, origin } = of;
      const because = { note: of.reason, sourceJobEId: of.eId, sourceEventId: null, author };
      await openSuppression(db, { tenantId, id: ctx.newId(), recipient: settled.recipient, reason, origin, since: now, ...because });
    }
    return settled;
  });
  if (outcome.kind === 'triaged' && outcome.status === 'DEAD_LETTER') ctx.observe.deadLettered(1);
  return outcome.kind === 'triaged';
};
