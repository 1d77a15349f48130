/**
 * Resolves jobs whose outcome is unknown: asks Postmark's message search for `Metadata.jobId`. Found: SENT, with that MessageID. Not found after the
 * grace and three looks over two minutes: it was never taken, and goes to the next rung. A search that cannot be asked proves nothing and costs no look;
 * and one that lags is wrong about a message that Postmark has called back about, be it only that somebody opened it. Nor does the search of a server that
 * was made in place of the one that had the message; where that one is gone, an operator may say what became of it (`triageJob`), and every look tells anew
 * whether that is so.
 */
import { heldLooks } from '../core/job/retry.ts';
import { nextRung } from '../core/job/settle.ts';
import { PortFault } from '../core/portFault.ts';
import { findConfiguration } from '../store/configurations.ts';
import { findReportedMessage } from '../store/eventMatches.ts';
import {
  claimHeldJobs,
  type HeldJob,
  type HeldSettlement,
  releaseHeldJobs,
  settleHeldJob,
  wasHandedToAServerThatIsGone,
} from '../store/heldJobs.ts';
import type { Lanes } from './lanes.ts';
import { openServerToken } from './serverToken.ts';
import type { WorkContext } from './workContext.ts';

/** Until the search can be asked again; domain time. */
const searchAwayMs = 10_000;
/** Only a callback that is still on its way can tell now; domain time. */
const serverGoneMs = 3_600_000;
const serverGone =
  'the Postmark server it was handed to is gone, and with it the record of what became of it; it is not sent again by itself: an operator says what became of it with POST /job/{eId}/triage';
/** Postmark: "Bad or missing API token". */
const badServerToken = 10;

/** One pass: begins the looks that are due, as far as there are lanes. Answers how many it began. */
export const resolveHeld = async (ctx: WorkContext, lanes: Lanes): Promise<number> => {
  if (lanes.free() === 0) return 0;
  const jobs = await claimHeldJobs(ctx.db, ctx.holder, ctx.now(), lanes.free()).catch((error: unknown) => {
    // It may be committed although its answer was lost; a look too many harms nothing.
    ctx.leftovers.keep(() => releaseHeldJobs(ctx.db, ctx.holder));
    throw error;
  });
  for (const job of jobs) lanes.begin(resolve(ctx, job));
  return jobs.length;
};

/** Answers 1: the claim was dealt with, whatever came of it. */
const resolve = async (ctx: WorkContext, job: HeldJob): Promise<number> => {
  try {
    const settled = await settleHeldJob(ctx.db, job, await look(ctx, job), ctx.now());
    if (settled?.status === 'QUEUED') ctx.hint('jobs');
    if (settled?.status === 'DEAD_LETTER') ctx.observe.deadLettered(1);
  } catch (error) {
    ctx.observe.trouble('held job', error);
    const again = later(ctx, searchAwayMs, false, 'the last look could not be finished');
    ctx.leftovers.keep(() => settleHeldJob(ctx.db, job, again, ctx.now()));
  }
  return 1;
};

const look = async (ctx: WorkContext, job: HeldJob): Promise<HeldSettlement> => {
  const seen = await search(ctx, job);
  if (seen.kind === 'found') return { kind: 'found', messageId: seen.messageId, sentAt: seen.receivedAt };
  if (seen.kind === 'notAsked') return later(ctx, searchAwayMs, false, seen.why);
  const reported = await findReportedMessage(ctx.db, job.tenantId, job.eId);
  if (reported !== null) return { kind: 'found', ...reported };
  const isGone = seen.kind === 'serverGone' || (await wasHandedToAServerThatIsGone(ctx.db, job));
  return isGone ? { ...later(ctx, serverGoneMs, false, serverGone), code: 'server_gone' } : notFound(ctx, job);
};

type Seen =
  | { kind: 'found'; messageId: string; receivedAt: Date }
  | { kind: 'notFound' }
  /** Nothing was learned, and a later look may learn it. */
  | { kind: 'notAsked'; why: string }
  /** There is no server whose search could be asked, and none comes back. */
  | { kind: 'serverGone' };

const search = async (ctx: WorkContext, job: HeldJob): Promise<Seen> => {
  const c = await findConfiguration(ctx.db, job.tenantId, job.configurationEId);
  if (c === null || c.serverId === null || c.serverToken === null) return { kind: 'serverGone' };
  const opened = openServerToken(ctx.keyring, c);
  if (opened.kind === 'closed') {
    ctx.keyMissed();
    return { kind: 'notAsked', why: `the server token cannot be opened now, so the message cannot be looked up: ${opened.why}` };
  }
  try {
    const found = await ctx.ports.mail.findByJobId(opened.token, job.eId);
    return found === null ? { kind: 'notFound' } : { kind: 'found', ...found };
  } catch (error) {
    if (!(error instanceof PortFault)) throw error;
    return (await isAbsent(ctx, c.serverId, error))
      ? { kind: 'serverGone' }
      : { kind: 'notAsked', why: `the message search cannot be asked: ${error.message}` };
  }
};

/** A refused token alone may have been withdrawn by hand, and is replaced; the account says whether the server itself is there. */
const isAbsent = async (ctx: WorkContext, serverId: number, refusal: PortFault): Promise<boolean> => {
  if (!refusal.refusedWith(badServerToken)) return false;
  try {
    return (await ctx.ports.inventory.findServer(serverId)) === null;
  } catch (error) {
    if (error instanceof PortFault) return false;
    throw error;
  }
};

const later = (ctx: WorkContext, afterMs: number, counts: boolean, note: string): Extract<HeldSettlement, { kind: 'lookAgain' }> => ({
  kind: 'lookAgain',
  at: new Date(ctx.now().getTime() + afterMs),
  counts,
  code: 'outcome_unknown',
  note,
});

const notFound = (ctx: WorkContext, job: HeldJob): HeldSettlement => {
  const waitSeconds = heldLooks[job.looks + 1];
  if (waitSeconds !== undefined)
    return later(ctx, waitSeconds * 1000, true, `look ${job.looks + 1} of ${heldLooks.length}: the provider does not show the message`);
  const { retryLadderSeconds, ambiguityGraceSeconds } = ctx.settings;
  const ladder = { attempts: job.rungs, now: ctx.now(), jitter: ctx.random() * 2 - 1, retryLadderSeconds, ambiguityGraceSeconds };
  return { kind: 'neverTaken', nextAttemptAt: nextRung(ladder).nextAttemptAt };
};
