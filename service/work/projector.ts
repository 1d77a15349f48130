/**
 * Acts on stored callbacks, at our own pace. One transaction per batch takes events, folds each job's whole set into its status, and opens or releases
 * suppressions; so an event counts once, whatever the order and number of arrivals. An event whose job we do not know is kept and looked at again for a
 * while: the job, or the number of its message, may be on disk a moment later.
 */
import { outcomeRecordTypes, type ProviderEvent, project } from '../core/job/projection.ts';
import {
  eventsOfJobs,
  findJobsOfEvents,
  hasUnprojected,
  type JobOfTenant,
  lockJobsForProjection,
  markProjected,
  takeUnprojected,
  type UnprojectedEvent,
  type WrittenProjection,
  writeProjections,
} from '../store/emailEvents.ts';
import { nameJobsOfMessages, rematchEvents } from '../store/eventMatches.ts';
import type { DatabaseTransactionConnection } from '../store/pool.ts';
import { openSuppression, releaseSuppression, type SuppressionReason } from '../store/suppressions.ts';
import type { WorkContext } from './workContext.ts';

const takenAtOnce = 200;
/** Longer than a call, its grace and three looks take together; domain time. */
const matchedForMs = 600_000;

/** Bounce types that mean the address will never work (Postmark, "Bounces"): TypeCode 1, 100000, 100002. Everything else may pass. */
const hardBounces: ReadonlySet<string> = new Set(['HardBounce', 'BadEmailAddress', 'ManuallyDeactivated']);

const isHardBounce = (event: { recordType: string; bounceType: string | null }): boolean =>
  event.recordType === 'Bounce' && event.bounceType !== null && hardBounces.has(event.bounceType);

type Told = { statuses: string[]; unmatched: Set<string>; traced: { event: UnprojectedEvent; traceParent: string }[] };

export const projectEvents = async (ctx: WorkContext): Promise<number> => {
  // Asked before a transaction is begun: most looks find nothing.
  if (!(await hasUnprojected(ctx.db))) return 0;
  const { taken, told } = await ctx.db.transaction(async (db) => {
    const events = await named(db, await takeUnprojected(db, takenAtOnce));
    const outcome: Told = { statuses: [], unmatched: new Set(), traced: [] };
    for (const event of events) await suppress(ctx, db, event);
    await projectJobs(ctx, db, events, outcome);
    if (events.length > 0) await markProjected(db, events, outcome.unmatched, ctx.now());
    return { taken: events.length, told: outcome };
  });
  for (const status of told.statuses) {
    ctx.observe.projected(status);
    if (status === 'INCONSISTENT') ctx.observe.inconsistent();
  }
  for (const _ of told.unmatched) ctx.observe.unmatched();
  for (const { event, traceParent } of told.traced) recordCallback(ctx, event, traceParent);
  return taken;
};

/** Looks again for the jobs of events that came too early; answers how many were found. */
export const matchEvents = async (ctx: Pick<WorkContext, 'db' | 'now' | 'hint'>): Promise<number> => {
  const found = await rematchEvents(ctx.db, new Date(ctx.now().getTime() - matchedForMs));
  if (found > 0) ctx.hint('events');
  return found;
};

/** Of a message, and so of a job, though not of one that it names. */
const lacksJob = ({ jobEId, messageId, recipient }: UnprojectedEvent): boolean =>
  jobEId === null && messageId !== null && recipient !== null;

/** The same events, with the job of those that are known by their message alone. */
const named = async (db: DatabaseTransactionConnection, events: readonly UnprojectedEvent[]): Promise<readonly UnprojectedEvent[]> => {
  const asked = events
    .filter(lacksJob)
    .map(({ messageId, recipient, ...of }) => ({ ...of, messageId: messageId ?? '', recipient: recipient ?? '' }));
  if (asked.length === 0) return events;
  const found = new Map((await nameJobsOfMessages(db, asked)).map(({ id, jobEId }) => [id, jobEId]));
  return events.map((event) => ({ ...event, jobEId: event.jobEId ?? found.get(event.id) ?? null }));
};

/** From its arrival to what it changed. Its own request knew only the routing token; here its job is known, and with it its trace. */
const recordCallback = (ctx: WorkContext, event: UnprojectedEvent, parent: string): void => {
  const seconds = Math.max(0, (ctx.now().getTime() - event.receivedAt.getTime()) / 1000);
  const facts = { 'peer.service': 'postmark', 'postroute.job': event.jobEId ?? '', 'postroute.configuration': event.configurationEId };
  ctx.trace.record({ name: `webhook ${event.recordType}`, kind: 'consumer', parent, seconds }, facts, null);
};

const toProviderEvent = (event: { recordType: string; bounceType: string | null; occurredAt: Date }): ProviderEvent[] => {
  const { occurredAt } = event;
  if (event.recordType === 'Delivery') return [{ kind: 'delivered', occurredAt }];
  if (event.recordType === 'SpamComplaint') return [{ kind: 'complained', occurredAt }];
  return isHardBounce(event) ? [{ kind: 'bounced', occurredAt }] : [];
};

type EventOfJob = UnprojectedEvent & { jobEId: string };

const isOfJob = (event: UnprojectedEvent): event is EventOfJob => event.jobEId !== null;
const isOfOutcome = ({ recordType }: EventOfJob): boolean => outcomeRecordTypes.includes(recordType);

const jobsOf = (events: readonly EventOfJob[]): readonly JobOfTenant[] => [
  ...new Map(events.map(({ tenantId, jobEId }) => [`${tenantId} ${jobEId}`, { tenantId, jobEId }])).values(),
];

/** All jobs of a batch with one look and one write each way. A message that is opened a thousand times is neither held nor folded a thousand times. */
const projectJobs = async (
  ctx: WorkContext,
  db: DatabaseTransactionConnection,
  taken: readonly UnprojectedEvent[],
  told: Told,
): Promise<void> => {
  for (const event of taken.filter(lacksJob)) told.unmatched.add(event.id);
  const ofJobs = taken.filter(isOfJob);
  const ofOutcomes = ofJobs.filter(isOfOutcome);
  const others = ofJobs.filter((event) => !isOfOutcome(event));
  const folded = await fold(ctx, db, jobsOf(ofOutcomes), told);
  const seen = others.length === 0 ? [] : await findJobsOfEvents(db, jobsOf(others));
  const known = new Map([...folded, ...seen].map(({ jobEId, traceParent }) => [jobEId, traceParent]));
  for (const event of ofJobs) {
    const traceParent = known.get(event.jobEId);
    if (traceParent === undefined) told.unmatched.add(event.id);
    else if (traceParent !== null) told.traced.push({ event, traceParent });
  }
};

/** Holds the jobs, and writes what all that Postmark has said of each comes to. Answers those that exist. */
const fold = async (
  ctx: WorkContext,
  db: DatabaseTransactionConnection,
  asked: readonly JobOfTenant[],
  told: Told,
): Promise<readonly { jobEId: string; traceParent: string | null }[]> => {
  if (asked.length === 0) return [];
  const jobs = await lockJobsForProjection(db, asked);
  // An operator's triage stands, whatever arrives afterwards.
  const open = jobs.filter(({ triaged }) => !triaged);
  if (open.length === 0) return jobs;
  const events = Map.groupBy(await eventsOfJobs(db, open, outcomeRecordTypes), ({ jobEId }) => jobEId);
  const written = open.flatMap(({ tenantId, jobEId }): WrittenProjection[] => {
    const own = events.get(jobEId) ?? [];
    const projection = project(own.flatMap(toProviderEvent));
    if (projection === null) return [];
    return [{ tenantId, jobEId, ...projection, messageId: own.find(({ messageId }) => messageId !== null)?.messageId ?? null }];
  });
  if (written.length > 0) await writeProjections(db, written, ctx.now());
  const before = new Map(open.map(({ jobEId, status }) => [jobEId, status]));
  told.statuses.push(...written.filter(({ jobEId, status }) => before.get(jobEId) !== status).map(({ status }) => status));
  return jobs;
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
      unlessReleasedSince: true,
    });
  } else if (event.recordType === 'SubscriptionChange' && event.suppressSending === false) {
    await releaseSuppression(db, {
      tenantId,
      recipient,
      at: event.occurredAt,
      by: 'postmark',
      reason: 'reactivated at the provider',
      only: { origins: ['webhook'], openedUpTo: event.occurredAt },
    });
  }
};
