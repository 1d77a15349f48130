/**
 * Hands accepted messages to Postmark.
 *
 * Guarantee: each message is handed over at most once per attempt, and a further attempt is made only when the last one is known not to have been taken.
 * Mechanism: a claim records the attempts before the call; outcomes are settled under the claim's fence; what is not known is HELD and looked up.
 * On a crash between the two the jobs stay SENDING under a dead holder and become HELD (tick.ts).
 * Configurations take turns: one claim of at most `batchMax` each, so a tenant with a million queued jobs does not delay another's first.
 */
import { findConfiguration } from '../store/configurations.ts';
import { type ClaimedJob, claimJobs, dueConfigurations, readPayloads } from '../store/sendClaims.ts';
import { holdClaimedJobs } from '../store/sendSettlements.ts';
import { deliverBatch } from './deliverBatch.ts';
import { parsePayload } from './outgoing.ts';
import { splitByBytes } from './splitByBytes.ts';
import type { WorkContext } from './workContext.ts';

export interface Sender {
  pass(): Promise<number>;
  /** Aborts this process's calls for a configuration; their messages become HELD. */
  abort(configurationEId: string): void;
}

const firstId = '00000000-0000-0000-0000-000000000000';

export const sender = (ctx: WorkContext): Sender => {
  /** Where the last round of turns ended. */
  let lastServed = firstId;
  const underWay = new Map<string, Set<AbortController>>();

  const withAbort = async (configurationEId: string, call: (signal: AbortSignal) => Promise<number>): Promise<number> => {
    const controller = new AbortController();
    const controllers = underWay.get(configurationEId) ?? new Set();
    underWay.set(configurationEId, controllers.add(controller));
    try {
      return await call(controller.signal);
    } finally {
      controllers.delete(controller);
      if (controllers.size === 0) underWay.delete(configurationEId);
    }
  };

  const serve = (of: { tenantId: string; eId: string }): Promise<number> => withAbort(of.eId, (signal) => serveTurn(ctx, of, signal));

  return {
    async pass() {
      const due = await dueConfigurations(ctx.db, ctx.now(), lastServed, ctx.settings.sendConcurrency);
      lastServed = due.at(-1)?.eId ?? lastServed;
      const claimed = await Promise.all(due.map(serve));
      return claimed.reduce((sum, count) => sum + count, 0);
    },
    abort(configurationEId) {
      for (const controller of underWay.get(configurationEId) ?? []) controller.abort();
    },
  };
};

/** Answers how many messages this turn claimed. */
const serveTurn = async (ctx: WorkContext, of: { tenantId: string; eId: string }, signal: AbortSignal): Promise<number> => {
  const jobs = await claimJobs(ctx.db, of, ctx.holder, ctx.now(), ctx.settings.batchMax);
  if (jobs.length === 0) return 0;
  try {
    await deliver(ctx, of, jobs, signal);
  } catch (error) {
    ctx.observe.trouble('sender', error);
    // Whether the call was made is not known here, so what is still SENDING under our fence is looked up before it is sent again.
    ctx.leftovers.keep(() =>
      holdClaimedJobs(ctx.db, of.tenantId, jobs, ctx.now(), new Date(ctx.now().getTime() + ctx.settings.ambiguityGraceSeconds * 1000)),
    );
  }
  return jobs.length;
};

const deliver = async (
  ctx: WorkContext,
  of: { tenantId: string; eId: string },
  jobs: readonly ClaimedJob[],
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
  for (const batch of splitByBytes(ready)) await deliverBatch(ctx, configuration, batch, signal);
};
