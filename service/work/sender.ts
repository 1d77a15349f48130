/**
 * Hands accepted messages to Postmark.
 *
 * Guarantee: each message is handed over at most once per attempt, and a further attempt is made only when the last one is known not to have been taken.
 * Mechanism: a claim records the attempts before the call; outcomes are settled under the claim's fence; what is not known is HELD and looked up.
 * On a crash between the two the jobs stay SENDING under a dead holder and become HELD (tick.ts). A process that stood still until it was taken for
 * dead asks whether its claims are still its own before it makes the next call; and every further call of one claim is preceded by the question whether a
 * force-lock has taken its messages back.
 * Configurations take turns: one claim of at most `batchMax` each, so a tenant with a million queued jobs does not delay another's first. A turn that
 * hangs keeps one lane, and its configuration has no second turn in this process meanwhile: it delays nobody else.
 */
import { findConfiguration } from '../store/configurations.ts';
import { type ClaimedJob, claimJobs, dueConfigurations, findClaimedJobs, readPayloads } from '../store/sendClaims.ts';
import { holdClaimedJobs, holdUnansweredClaim } from '../store/sendSettlements.ts';
import { renewLease } from '../store/workerLeases.ts';
import { deliverBatch, type Ready } from './deliverBatch.ts';
import type { Lanes } from './lanes.ts';
import { parsePayload } from './outgoing.ts';
import { splitByBytes } from './splitByBytes.ts';
import { heartbeatsPerLease, type WorkContext } from './workContext.ts';

export interface Sender {
  /** Begins a turn for configurations with something due, as far as there are lanes. Answers how many it began. */
  pass(lanes: Lanes): Promise<number>;
  /** Aborts this process's calls for a configuration; their messages become HELD. */
  abort(configurationEId: string): void;
}

const firstId = '00000000-0000-0000-0000-000000000000';

export const sender = (ctx: WorkContext): Sender => {
  /** Where the last round of turns ended. */
  let lastServed = firstId;
  const underWay = new Map<string, AbortController>();

  const serve = async (of: { tenantId: string; eId: string }): Promise<number> => {
    const controller = new AbortController();
    underWay.set(of.eId, controller);
    try {
      return await serveTurn(ctx, of, controller.signal);
    } finally {
      underWay.delete(of.eId);
    }
  };

  return {
    async pass(lanes) {
      const free = lanes.free();
      if (free === 0) return 0;
      // Those that have their turn now may be due again, and must not hide the others.
      const due = await dueConfigurations(ctx.db, ctx.now(), lastServed, free + underWay.size);
      const next = due.filter(({ eId }) => !underWay.has(eId)).slice(0, free);
      lastServed = next.at(-1)?.eId ?? lastServed;
      for (const of of next) lanes.begin(serve(of));
      return next.length;
    },
    abort(configurationEId) {
      underWay.get(configurationEId)?.abort();
    },
  };
};

/** Answers how many messages this turn claimed. */
const serveTurn = async (ctx: WorkContext, of: { tenantId: string; eId: string }, signal: AbortSignal): Promise<number> => {
  const claimedAt = performance.now();
  const jobs = await claim(ctx, of);
  if (jobs.length === 0) return 0;
  try {
    await deliver(ctx, of, { jobs, claimedAt }, signal);
  } catch (error) {
    ctx.observe.trouble('sender', error);
    // Whether the call was made is not known here, so what is still SENDING under our fence is looked up before it is sent again.
    ctx.leftovers.keep(() => holdClaimedJobs(ctx.db, of.tenantId, jobs, ctx.now(), lookAt(ctx)));
  }
  return jobs.length;
};

const lookAt = ({ now, settings }: WorkContext): Date => new Date(now().getTime() + settings.ambiguityGraceSeconds * 1000);

const claim = async (ctx: WorkContext, of: { tenantId: string; eId: string }): Promise<readonly ClaimedJob[]> => {
  const claimedAt = ctx.now();
  try {
    return await claimJobs(ctx.db, of, ctx.holder, claimedAt, ctx.settings.batchMax);
  } catch (error) {
    // It may be committed although its answer was lost: then its jobs are ours, and nothing would ever be done with them.
    ctx.leftovers.keep(() => holdUnansweredClaim(ctx.db, of, { holder: ctx.holder, claimedAt }, ctx.now(), lookAt(ctx)));
    throw error;
  }
};

const deliver = async (
  ctx: WorkContext,
  of: { tenantId: string; eId: string },
  { jobs, claimedAt }: { jobs: readonly ClaimedJob[]; claimedAt: number },
  signal: AbortSignal,
): Promise<void> => {
  // Read after the claim: the claim proved that it can send, and shows the token that is in force now.
  const configuration = await findConfiguration(ctx.db, of.tenantId, of.eId);
  if (configuration === null) throw new Error('a configuration that was just claimed for has gone');
  const stored = new Map(
    (
      await readPayloads(
        ctx.db,
        of.tenantId,
        jobs.map(({ eId }) => eId),
      )
    ).map(({ jobEId, payload }) => [jobEId, payload]),
  );
  const ready = jobs.map((job) => ({ job, payload: parsePayload(stored.get(job.eId)) }));
  for (const [part, batch] of splitByBytes(ready, ctx.settings.batchBytesMax).entries()) {
    const fresh = performance.now() - claimedAt < trustedMs(ctx);
    const sureAt = fresh ? claimedAt : performance.now();
    if (!fresh) await renewLease(ctx.db, ctx.holder, ctx.settings.leaseSeconds);
    // The calls before it may have taken long, and the hint of a force-lock may be lost: only the claim itself needs no second look.
    const { ours, takenBack } = fresh && part === 0 ? { ours: batch, takenBack: [] } : await stillOurs(ctx, of.tenantId, batch);
    // The call may wait for its turn; then it is begun while the claim is still surely ours, or not at all.
    const startBy = sureAt + 2 * trustedMs(ctx);
    if (takenBack.length > 0) await deliverBatch(ctx, configuration, takenBack, { abort: AbortSignal.abort(), startBy });
    if (ours.length > 0) await deliverBatch(ctx, configuration, ours, { abort: signal, startBy });
  }
};

/** A claim younger than the time between two heartbeats is ours: nobody takes a holder for dead so soon. */
const trustedMs = ({ settings }: WorkContext): number => (settings.leaseSeconds * 1000) / heartbeatsPerLease;

type Kept = { ours: Ready[]; takenBack: Ready[] };

/** With the lease renewed first, what is ours then stays ours for the length of a lease. What was taken back is ours too, and not to be handed over. */
const stillOurs = async (ctx: WorkContext, tenantId: string, batch: readonly Ready[]): Promise<Kept> => {
  const eIds = batch.map(({ job }) => job.eId);
  const claims = new Map((await findClaimedJobs(ctx.db, tenantId, ctx.holder, eIds)).map((claim) => [claim.eId, claim]));
  const kept = batch.filter(({ job }) => claims.get(job.eId)?.fence === job.fence);
  const isTakenBack = ({ job }: Ready): boolean => claims.get(job.eId)?.takenBack === true;
  return { ours: kept.filter((ready) => !isTakenBack(ready)), takenBack: kept.filter(isTakenBack) };
};
