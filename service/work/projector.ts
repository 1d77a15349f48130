/**
 * Acts on stored callbacks, at our own pace. One transaction per batch takes events, folds each job's whole set into its status, and opens or releases
 * suppressions; so an event counts once, whatever the order and number of arrivals. An event of a job we do not know stays as it is: the job may be
 * committed a moment later, and its own events are then read with it.
 */
import { type ProviderEvent, project } from '../core/job/projection.ts';
import {
  eventsOfJob,
  hasUnprojected,
  lockJobForProjection,
  markProjected,
  takeUnprojected,
  type UnprojectedEvent,
  writeProjection,
} from '../store/emailEvents.ts';
import type { DatabaseTransactionConnection } from '../store/pool.ts';
import { openSuppression, releaseSuppression, type SuppressionReason } from '../store/suppressions.ts';
import type { WorkContext } from './workContext.ts';

const takenAtOnce = 200;

/** Bounce types that mean the address will never work (Postmark, "Bounces"): TypeCode 1, 100000, 100002. Everything else may pass. */
const hardBounces: ReadonlySet<string> = new Set(['HardBounce', 'BadEmailAddress', 'ManuallyDeactivated']);

const isHardBounce = (event: { recordType: string; bounceType: string | null }): boolean =>
  event.recordType === 'Bounce' && event.bounceType !== null && hardBounces.has(event.bounceType);

type Told = { statuses: string[]; unmatched: number };

export const projectEvents = async (ctx: WorkContext): Promise<number> => {
  // Asked before a transaction is begun: most looks find nothing.
  if (!(await hasUnprojected(ctx.db))) return 0;
  const { taken, told } = await ctx.db.transaction(async (db) => {
    const events = await takeUnprojected(db, takenAtOnce);
    const outcome: Told = { statuses: [], unmatched: 0 };
    for (const event of events) await suppress(ctx, db, event);
    // In one order for all: two projectors would otherwise wait for each other's jobs.
    const byJob = [...Map.groupBy(events, ({ jobEId }) => jobEId)].sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1));
    for (const [jobEId, members] of byJob) await projectJob(ctx, db, jobEId, members, outcome);
    if (events.length > 0) await markProjected(db, events, ctx.now());
    return { taken: events.length, told: outcome };
  });
  for (const status of told.statuses) {
    ctx.observe.projected(status);
    if (status === 'INCONSISTENT') ctx.observe.inconsistent();
  }
  for (let n = 0; n < told.unmatched; n += 1) ctx.observe.unmatched();
  return taken;
};

const toProviderEvent = (event: { recordType: string; bounceType: string | null; occurredAt: Date }): ProviderEvent[] => {
  const { occurredAt } = event;
  if (event.recordType === 'Delivery') return [{ kind: 'delivered', occurredAt }];
  if (event.recordType === 'SpamComplaint') return [{ kind: 'complained', occurredAt }];
  return isHardBounce(event) ? [{ kind: 'bounced', occurredAt }] : [];
};

const projectJob = async (
  ctx: WorkContext,
  db: DatabaseTransactionConnection,
  jobEId: string | null,
  members: readonly UnprojectedEvent[],
  told: Told,
): Promise<void> => {
  const [first] = members;
  if (jobEId === null || first === undefined) return;
  const job = await lockJobForProjection(db, first.tenantId, jobEId);
  if (job === null) {
    told.unmatched += members.length;
    return;
  }
  // An operator's triage stands, whatever arrives afterwards.
  if (job.triaged) return;
  const events = await eventsOfJob(db, first.tenantId, jobEId);
  const projection = project(events.flatMap(toProviderEvent));
  if (projection === null) return;
  const messageId = events.find(({ messageId }) => messageId !== null)?.messageId ?? null;
  await writeProjection(db, { tenantId: first.tenantId, jobEId, ...projection, messageId }, ctx.now());
  if (projection.status !== job.status) told.statuses.push(projection.status);
};

const suppressionReasonOf = (event: UnprojectedEvent): SuppressionReason | null => {
  if (event.recordType === 'SpamComplaint') return 'SpamComplaint';
  if (isHardBounce(event)) return 'HardBounce';
  if (event.recordType !== 'SubscriptionChange' || event.suppressSending !== true) return null;
  // A bounce or complaint sends a SubscriptionChange of its own beside its event; whichever comes first names the same reason.
  return event.suppressionReason === 'HardBounce' || event.suppressionReason === 'SpamComplaint'
    ? event.suppressionReason
    : 'SubscriptionChange';
};

const suppress = async (ctx: WorkContext, db: DatabaseTransactionConnection, event: UnprojectedEvent): Promise<void> => {
  const { tenantId, recipient } = event;
  if (recipient === null) return;
  const reason = suppressionReasonOf(event);
  if (reason !== null) {
    await openSuppression(db, {
      tenantId,
      id: ctx.newId(),
      recipient,
      reason,
      origin: 'webhook',
      since: event.occurredAt,
      note: null,
      sourceJobEId: event.jobEId,
      sourceEventId: event.id,
      author: 'postmark',
    });
  } else if (event.recordType === 'SubscriptionChange' && event.suppressSending === false) {
    await releaseSuppression(db, {
      tenantId,
      recipient,
      at: event.occurredAt,
      by: 'postmark',
      reason: 'reactivated at the provider',
      onlyOrigin: 'webhook',
    });
  }
};
