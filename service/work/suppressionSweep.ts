/**
 * Reads every server's suppression list and puts right what a lost callback or a lost call has left apart.
 *
 * Guarantee: within one tick of the callback that never came, the recipient is refused here too (or no longer refused); within one tick of the call
 * that failed, the provider knows. Runs on one replica at a time; what cannot be read is told, and changes nothing.
 * Idempotent: entries are opened and released as by a callback, and the provider takes repeats.
 */
import { type SweepPlan, sweepPlan } from '../core/job/suppressionSweep.ts';
import type { MailTransport } from '../ports/ports.ts';
import { tryWithLock } from '../store/advisoryLocks.ts';
import { activeSuppressions, lastReleases, type SweptServer, sweptServers } from '../store/suppressionSweeps.ts';
import { openSuppression, releaseSuppression } from '../store/suppressions.ts';
import { inParallel } from './inParallel.ts';
import { openServerToken } from './serverToken.ts';
import type { WorkContext } from './workContext.ts';

export type SweepContext = Pick<WorkContext, 'db' | 'now' | 'newId' | 'keyring' | 'observe' | 'stopping'> & { mail: MailTransport };

const author = 'postroute';
const readAtOnce = 100;
/** Lists read at the same time: far below Postmark's limit of calls at once, which sending needs. */
const listsAtOnce = 4;
/** Postmark says that a change shows after some time and not after how long; a quarter of the tick is generous. */
const lagSeconds = 240;
const firstId = '00000000-0000-0000-0000-000000000000';

/** One whole sweep; null when another replica has it. Answers how many lists it read. */
export const sweepSuppressions = (ctx: SweepContext): Promise<number | null> =>
  tryWithLock(ctx.db, 'postroute:suppression-sweep', async () => {
    let read = 0;
    for (let after = firstId; !ctx.stopping.aborted; ) {
      const servers = await sweptServers(ctx.db, after, readAtOnce);
      await inParallel(listsAtOnce, servers, async (server) => {
        try {
          await sweepServer(ctx, server);
          read += 1;
        } catch (error) {
          ctx.observe.trouble('suppression sweep', error);
        }
      });
      const last = servers.at(-1);
      if (last === undefined) break;
      after = last.eId;
    }
    return read;
  });

/** `by`: whose wish it is, as entries keep it. */
export const sweepServer = async (
  ctx: SweepContext,
  server: Pick<SweptServer, 'tenantId' | 'eId' | 'serverToken' | 'listBegan' | 'servers'>,
  by = author,
): Promise<void> => {
  const opened = openServerToken(ctx.keyring, server);
  if (opened.kind === 'closed') return;
  const { tenantId } = server;
  const readAt = ctx.now();
  await carryOut(ctx, { tenantId, token: opened.token, by, readAt }, await suppressionsApart(ctx, server, opened.token));
};

type ListedFor = Pick<SweptServer, 'tenantId' | 'listBegan' | 'servers'>;

/** What would make our entries and the server's list say the same. */
export const suppressionsApart = async (
  ctx: Pick<SweepContext, 'db' | 'now' | 'mail'>,
  { tenantId, listBegan, servers }: ListedFor,
  token: string,
): Promise<SweepPlan> => {
  // Ours first: what a callback opens meanwhile is on their list as well, and not the other way round.
  const own = await activeSuppressions(ctx.db, tenantId);
  const listed = await ctx.mail.listSuppressions(token);
  const released = await lastReleases(
    ctx.db,
    tenantId,
    listed.map(({ recipient }) => recipient),
  );
  const plan = sweepPlan({ listed, own, released, listBegan, now: ctx.now(), lagSeconds });
  // A recipient that one of several servers does not list may be listed by another.
  return servers > 1 ? { ...plan, release: [] } : plan;
};

type Carrying = { tenantId: string; token: string; by: string; readAt: Date };

const carryOut = async (ctx: SweepContext, { tenantId, token, by, readAt }: Carrying, plan: SweepPlan): Promise<void> => {
  for (const { recipient, reason, since } of plan.open) {
    const entry = { tenantId, id: ctx.newId(), recipient, reason, origin: 'provider', since, author: by } as const;
    const opened = await openSuppression(ctx.db, {
      ...entry,
      note: 'found on the provider’s list',
      sourceJobEId: null,
      sourceEventId: null,
    });
    if (opened.kind === 'suppressed') ctx.observe.suppressionsSwept('opened', 1);
  }
  for (const recipient of plan.release) {
    const entry = await releaseSuppression(ctx.db, {
      tenantId,
      recipient,
      at: ctx.now(),
      by,
      reason: 'no longer on the provider’s list',
      // As it was when it was read: somebody may have asked for it, or a complaint may have come, since then.
      only: { origins: ['webhook', 'provider'], openedUpTo: readAt },
    });
    if (entry !== null) ctx.observe.suppressionsSwept('released', 1);
  }
  if (plan.suppress.length > 0) await ctx.mail.suppress(token, plan.suppress);
  if (plan.unsuppress.length > 0) await ctx.mail.release(token, plan.unsuppress);
  const carried = plan.suppress.length + plan.unsuppress.length;
  if (carried > 0) ctx.observe.suppressionsSwept('carried', carried);
};

const minuteMs = 60_000;

/** For a loop: once every `intervalMinutes` of domain time. Not at a start: a fleet that restarts does not read every list each time. */
export const suppressionSweeper = (ctx: SweepContext, intervalMinutes: number) => {
  const next = (): Date => new Date(ctx.now().getTime() + intervalMinutes * minuteMs);
  let dueAt = next();
  return {
    dueAt: (): Date => dueAt,
    async pass(): Promise<number> {
      if (ctx.now() < dueAt) return 0;
      dueAt = next();
      await sweepSuppressions(ctx);
      return 1;
    },
  };
};
